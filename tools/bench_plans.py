"""Whether a statement of the product would read a large table from end to end.

The tests are run with the plugin `plans.explaining`: each statement that they cause is explained with its own role and
values, assuming that every table has 2,000,000 rows.
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
"""`at` is the function, `tables` those read from end to end, and `sql` and `plan` exist if there are any."""

SYSTEM = ("pg_", "alembic_version")
"""The prefixes of the tables of PostgreSQL itself and of its migrations."""
SMALL = {
    "addressbook_copy": "a row for each address book",
    "approvals": "what waits for a second person, and what was decided in some months",
    "attempts": "what was tried lately, by address",
    "audit_pending": "entries of the event log that are not linked yet, for a second",
    "case_restrictions": "cases that are restricted: few of all",
    "clocks": "a row for each host",
    "counters": "some rows of each mailbox",
    "disclosure_requests": "requests for public records",
    "doomed_slots": "keys whose files are still to be removed",
    "economy_corrections": "corrections of a month's amounts",
    "economy_prices": "a row for each price",
    "eid_connections": "a row for each provider of identities",
    "files_locks": "what is being written by WebDAV",
    "files_note_writers": "who is writing in a note just now",
    "files_origins": "files that hold back the destruction of a case",
    "files_passwords": "passwords for programs that read by WebDAV",
    "files_retention": "catalogues that have a rule of their own",
    "files_sums": "what is added to the sums of a catalogue, until the job has done it",
    "files_uploads": "what is being uploaded",
    "flows": "who is signing in just now",
    "invitations": "those that nobody has answered yet",
    "kept_drafts": "what people are writing",
    "licence_warnings": "a row for each amount",
    "member_news": "what members are still to be told, for some hours",
    "message_api_clients": "a row for each program",
    "node_processes": "a row for each process",
    "nodes": "a row for each host",
    "organisation_keys": "a row for each renewal",
    "organisations": "those of the installation",
    "outbox": "what waits for the worker, for seconds",
    "processing_notes": "a row for each processing of personal data",
    "records_rules": "rows of the retention schedule",
    "records_transfers": "a row for each transfer to the archive",
    "removals": "files of organisations that are being removed",
    "schedule": "a row for each job",
    "sdk_identities": "a row for each key",
    "sdk_resends": "messages that the access point sent anew",
    "traces": "who has read what in the last minutes",
    "worker_faults": "a row for each fault of a worker that is still there",
}
"""Tables of at most some thousand rows in an organisation of 50,000 people, and what they contain."""
MEANT = {
    ("addressbook_changes", "budkavle_addressbook.watch.history"): "ends at the hundredth, the latest first",
    ("case_system_deliveries", "budkavle_case_system.lists.count"): "counts what its list shows",
    ("case_system_deliveries", "budkavle_case_system.lists.page"): "ends at the fiftieth, the latest first",
    ("cases", "budkavle.cases.mailbox_deletion.deleted_mailboxes"): "begins at the mailboxes that are deleted",
    ("cases", "budkavle.cases.teamwork.left_alone._tell_in"): "begins at the restrictions, which are few",
    ("cases", "budkavle.cases.teamwork.restricting.list_restricted"): "begins at the restrictions, which are few",
    ("guest_sessions", "budkavle.identification.guest_sessions._sweep"): "at intervals, and they live for an hour",
    ("files_entries", "budkavle_files.tree.retention_rules.load_rules"): "begins at the rules, which are few",
    ("invitations", "budkavle.accounts.user_list.count_users"): "measured by the bench of users",
    ("mailboxes", "budkavle.accounts.mailboxes.readable_mailboxes"): "a program that reads all mailboxes asks for all",
    ("mailboxes", "budkavle.cases.mailbox_deletion.deleted_mailboxes"): "begins at those that are deleted",
    ("mailboxes", "budkavle.cases.search._mine"): "a program that reads all mailboxes asks for all",
    ("mailboxes", "budkavle.web.pages.events.filters._mailboxes"): "finds a mailbox by a part of its name",
    ("memberships", "budkavle.accounts.mailboxes.sizes"): "counts the members of all mailboxes for their list",
    ("notice_choices", "budkavle.cases.member_news.waiting.note_arrivals"): "ends at the first of those that are on",
    ("sessions", "budkavle.identification.sessions._sweep"): "at intervals; its index would be written at each page",
    ("users", "budkavle.accounts.user_list.count_users"): "measured by the bench of users",
    ("users", "budkavle.accounts.user_list.list_users"): "measured by the bench of users",
    ("users", "budkavle.accounts.users.search_users"): "measured by the bench of users",
    ("users", "budkavle.web.pages.events.filters._people"): "ends at the tenth, in the order of names",
}
"""Tables that a function does read, and why that is cheap: it reads fewer rows than the planner assumes."""
WHOLE = {
    "budkavle.operations.backup.deciding._count": "what a restored installation would send",
    "budkavle.operations.backup.drill._open_messages": "tries messages of a backup, drawn by lot",
    "budkavle.operations.backup.ending._end": "ends what a restored installation must not go on with",
    "budkavle.operations.organisation_states.end_all_sessions": "ends the sessions of an organisation that is closed",
    "budkavle.operations.stored_files.references.list_references": "compares all files with their store",
    "budkavle.operations.stored_files.references.names_being_written": "compares all files with their store",
    "budkavle.organisation.archive._rows": "hands over all that an organisation has",
    "budkavle.organisation.removal._delete_from": "removes all that an organisation has",
    "budkavle.organisation.removal.destroy_keys": "removes all that an organisation has",
    "budkavle.organisation.usage.count_now": "once a day, and on the page of the licence",
    "budkavle.storage.events.search.walk_entries": "hands over the whole event log as a file",
    "budkavle.storage.events.signed.signed_entries": "hands over what has been signed",
    "budkavle.storage.events.verifying._begin": "verifies the whole event log",
    "budkavle.storage.events.verifying._seals": "verifies the whole event log",
    "budkavle.storage.key_slots.checking.check_store": "compares all keys with their store",
    "budkavle.storage.key_slots.moving._move_small": "seals all that there is with a new key",
}
"""Functions whose purpose is to read everything."""


def measure() -> Iterator[Figure]:
    """Explain all statements, and print to standard error those that read a large table from end to end."""
    with tempfile.TemporaryDirectory() as folder:
        statements = explain(Path(folder) / "plans", *FOLDERS)
    wrong = [one for one in statements if large_of(one)]
    for one in wrong:
        print(f"{one['at']} reads {', '.join(large_of(one))} from end to end:\n{one['sql']}\n", file=sys.stderr)
    name = f"statements that read a large table, of {len(statements)}"
    yield {"name": name, "value": len(wrong), "unit": "statements", "limit": 0, "ratio": float(len(wrong))}


def explain(file: Path, *tests: str) -> list[Found]:
    """Run tests, and return the function and the tables read from end to end of each statement that they cause.

    A statement is included once for each process that runs tests.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not browser", "-p", "plans.explaining"]
    environment = os.environ | {"BUDKAVLE_PLANS": str(file), "PYTHONPATH": str(ROOT / "tools")}
    run = subprocess.run([*command, *tests], cwd=ROOT, env=environment, check=False, stdout=sys.stderr)
    if run.returncode not in (0, 1):  # failing tests have caused statements too
        raise SystemExit(f"The tests did not run: pytest ended with {run.returncode}.")
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def large_of(found: Found) -> list[str]:
    """Return the tables that a statement should not read from end to end."""
    if found["at"] in WHOLE or found["at"] == "tests":
        return []
    tables = (one for one in found["tables"] if not one.startswith(SYSTEM))
    return [one for one in tables if one not in SMALL and (one, found["at"]) not in MEANT]
