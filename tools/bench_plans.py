"""Whether a statement of the product would read a large table from end to end.

The tests run once more, with the plugin of `plans.explaining`: each statement that they lead to is explained as the
role and with the values that it has, where every table is said to have 2,000,000 rows.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench_sealing import Figure

ROOT = Path(__file__).parent.parent
FOLDERS = ("tests/core", "tests/plugins")
Found = dict[str, Any]
"""`at`, the function; `tables`, those read from end to end; `sql` and `plan` where there are any."""

SYSTEM = ("pg_", "alembic_version")
"""What the names of tables begin with that PostgreSQL and its migrations have of their own."""
SMALL = {
    "attempts": "what was tried lately, by address",
    "approvals": "what waits for a second person, and what was decided in some months",
    "case_restrictions": "cases that are restricted: few of all",
    "clocks": "a row for each host",
    "counters": "some rows of each mailbox",
    "doomed_slots": "keys whose files are still to be removed",
    "eid_connections": "a row for each provider of identities",
    "flows": "who is signing in just now",
    "invitations": "those that nobody has answered yet",
    "kept_drafts": "what people are writing",
    "licence_warnings": "a row for each amount",
    "member_news": "what members are still to be told, for some hours",
    "node_processes": "a row for each process",
    "nodes": "a row for each host",
    "organisation_keys": "a row for each renewal",
    "organisations": "those of the installation",
    "outbox": "what waits for the worker, for seconds",
    "processing_notes": "a row for each processing of personal data",
    "removals": "files of organisations that are being removed",
    "sdk_identities": "a row for each key",
    "worker_faults": "a row for each fault of a worker that is still there",
}
"""Tables of at most some thousand rows in an organisation of 50,000 people, and what they hold."""
MEANT = {
    ("cases", "budkavle.cases.teamwork.left_alone._tell_in"): "begins at the restrictions, which are few",
    ("guest_sessions", "budkavle.identification.guest_sessions._sweep"): "at intervals, and they live for an hour",
    ("invitations", "budkavle.accounts.user_list.count_users"): "measured by the bench of users",
    ("memberships", "budkavle.accounts.mailboxes.sizes"): "counts the members of all mailboxes for their list",
    (
        "notice_choices",
        "budkavle.cases.member_news.waiting.note_arrivals",
    ): "ends at the first of those that are on",
    (
        "sessions",
        "budkavle.identification.sessions._sweep",
    ): "at intervals; an index by time would be written at each page",
    ("users", "budkavle.accounts.user_list.count_users"): "measured by the bench of users",
    ("users", "budkavle.accounts.user_list.list_users"): "measured by the bench of users",
    ("users", "budkavle.accounts.users.search_users"): "measured by the bench of users",
    ("users", "budkavle.web.pages.events.filters._people"): "ends at the tenth, in the order of names",
}
"""Tables that a function does read, and why that costs little: fewer rows than the planner takes them for."""
WHOLE = {
    "budkavle.operations.organisation_states.end_all_sessions": "ends the sessions of an organisation that is closed",
    "budkavle.organisation.archive._rows": "hands over all that an organisation has",
    "budkavle.organisation.removal._delete_from": "removes all that an organisation has",
    "budkavle.organisation.removal.destroy_keys": "removes all that an organisation has",
    "budkavle.organisation.usage.count_now": "once a day, and on the page of the licence",
    "budkavle.storage.events.search.walk_entries": "hands over the whole event log as a file",
    "budkavle.storage.events.verifying._begin": "verifies the whole event log",
    "budkavle.storage.key_slots.checking.check_store": "compares all keys with their store",
    "budkavle.storage.key_slots.moving._move_small": "seals all that there is with a new key",
}
"""Functions whose task it is to read everything."""


def measure() -> Iterator[Figure]:
    """Explain all statements; those that read a large table from end to end are told on standard error."""
    with tempfile.TemporaryDirectory() as folder:
        found = explain(Path(folder) / "plans", *FOLDERS)
    wrong = [one for one in found if large_of(one)]
    for one in wrong:
        print(f"{one['at']} reads {', '.join(large_of(one))} from end to end:\n{one['sql']}\n", file=sys.stderr)
    name = f"statements that read a large table, of {len(found)}"
    yield {"name": name, "value": len(wrong), "unit": "statements", "limit": 0, "ratio": float(len(wrong))}


def explain(file: Path, *tests: str) -> list[Found]:
    """Run tests, and tell of each statement that they lead to where it is and what it reads from end to end.

    A statement is told once for each process that runs tests.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not browser", "-p", "plans.explaining"]
    environment = os.environ | {"BUDKAVLE_PLANS": str(file), "PYTHONPATH": str(ROOT / "tools")}
    run = subprocess.run([*command, *tests], cwd=ROOT, env=environment, check=False, stdout=sys.stderr)
    if run.returncode not in (0, 1):  # tests that fail have led to statements all the same
        raise SystemExit(f"The tests did not run: pytest ended with {run.returncode}.")
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def large_of(found: Found) -> list[str]:
    """The tables that a statement should not read from end to end."""
    if found["at"] in WHOLE or found["at"] == "tests":
        return []
    tables = (one for one in found["tables"] if not one.startswith(SYSTEM))
    return [one for one in tables if one not in SMALL and (one, found["at"]) not in MEANT]
