"""docs/authorisation.md has the tables that the code makes, and nothing is open to anybody without being named so."""

import re
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FURTHER = {
    "/plugin/eid/passkey/": "the middle of signing in",
    "/plugin/meetings/book/": "times that an organisation offers to everybody",
    "/plugin/outlook/about": "what the shop's listing leads to",
    "/plugin/outlook/icon/": "pictures of the manifest",
    "/plugin/outlook/outlook/": "pages before there is a session in the frame",
    "/plugin/phone/app.webmanifest": "the same for everybody",
    "/plugin/phone/share": "keeps what a photo app shares until its own browser has signed in",
    "/plugin/phone/worker.js": "a script",
    "/plugin/teams/about": "what the shop's listing leads to",
    "/plugin/teams/teams/": "pages before there is a session in the frame",
    "/unlock": "judges the locked session itself",
}
"""What is open to anybody beside OPEN of tests/core/web/hostile/test_closed_routes.py, and why: more plugins are on."""


@pytest.fixture(scope="module")
def authorisation() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        return import_module("authorisation")


@pytest.fixture(scope="module")
def tables(authorisation: ModuleType) -> str:
    made: str = authorisation.tables()
    return made


def rows(tables: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    part = tables.split(f"### {heading}", 1)[1].split("### ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_tables_are_today_s(authorisation: ModuleType, tables: str) -> None:
    """A route that is new, or asks for something else, is told of (`make authorisation`)."""
    text = authorisation.DOCUMENT.read_text("utf-8")
    assert text.partition(authorisation.BEGIN)[2].partition(authorisation.END)[0] == f"\n{tables}\n"


def test_what_is_open_to_anybody_is_named_so(tables: str) -> None:
    """Each stands in the list that the walk of every route goes by, or here with a reason."""
    place = ROOT / "tests/core/web/hostile/test_closed_routes.py"
    spec: Any = spec_from_file_location("hostile", place)
    hostile = module_from_spec(spec)
    spec.loader.exec_module(hostile)
    paths = [path for _, path, *_ in rows(tables, "Anybody")]
    assert len(paths) > 20
    assert [path for path in paths if not _is_named(path, hostile.OPEN)] == []


def test_each_right_is_explained(authorisation: ModuleType, tables: str) -> None:
    """The names that the tables have stand in the list above them."""
    above = authorisation.DOCUMENT.read_text("utf-8").partition(authorisation.BEGIN)[0]
    assert [right for right in sorted(authorisation.RIGHTS) if f"`{right}`" not in above] == []
    asked = {
        right.strip(" `") for _, _, _, _, rights in rows(tables, "Whoever is signed in") for right in rights.split(",")
    }
    assert {"require_admin", "require_platform", "require_writer", "require_manager"} <= asked
    assert asked <= authorisation.RIGHTS | {""}


def _is_named(path: str, names: tuple[str, ...]) -> bool:
    plain = path.replace("{name:str}", "x")
    return plain.startswith((*names, *FURTHER))


ADMINISTRATION = frozenset({"require_admin", "require_manager", "require_changer"})
ASKS_AGAIN = frozenset({"require_fresh", "require_authority"})
NOT_AGAIN = {
    "/mailboxes/": "the daily work of a mailbox's administrators: its members are told, and the event log has it",
    "/organisation/accessibility": "what the accessibility statement says",
    "/organisation/help": "what the organisation's own help says",
    "/organisation/information": "its name and how it is reached",
    "/organisation/logo": "its logo",
    "/organisation/processing/": "what the register of processing says",
    "/organisation/restricted/": "who reads a restricted case that nobody can read any longer",
    "/organisation/settings/{key:str}/test": "tries what is typed and keeps nothing",
    "/plugin/absence/": "one's own absence",
    "/plugin/addressbook/link/": "which function of the organisation's own a mailbox is",
    "/plugin/case_system/again": "sends once more what was to be sent",
    "/plugin/disclosure/requests/": "works with a request; its package asks",
    "/plugin/fax/settings/": "numbers of the range that the installation has given",
    "/plugin/records/archive/packages/": "checks a package and changes nothing",
    "/plugin/records/import": "reads a file; keeping it asks",
    "/plugin/records/mailboxes/": "which class of the plan a mailbox's cases get",
    "/plugin/records/runs": "proposes; destroying asks",
    "/plugin/scim/groups/{group_id:uuid}/preview": "shows what rules would do",
    "/plugin/timestamps/stamp": "has the log stamped at once",
}
"""Forms of organisations' administration that do not ask who somebody is once more, and why."""


def test_what_protects_an_organisation_asks_who_changes_it(tables: str) -> None:
    """Each form of its administration asks for a fresh identification, or is named above with its reason."""
    places = ("/organisation/", "/mailboxes/", "/plugin/")
    forms = [row for row in rows(tables, "Whoever is signed in") if row[0] == "POST" and row[1].startswith(places)]
    administering = {row[1]: set(re.findall(r"\w+", row[-1])) for row in forms}
    administering = {path: asks for path, asks in administering.items() if asks & ADMINISTRATION}
    unasked = {path for path, asks in administering.items() if not asks & ASKS_AGAIN}
    reasons = {path: next((name for name in NOT_AGAIN if path.startswith(name)), "") for path in unasked}
    assert sorted(path for path, reason in reasons.items() if not reason) == []
    assert set(NOT_AGAIN) == set(reasons.values())
    asking = set(administering) - unasked
    assert {
        "/organisation/levels",
        "/organisation/methods",
        "/organisation/settings/{key:str}",
        "/mailboxes/{mailbox_id:uuid}/users/administrator",
        "/plugin/message_api/clients",
        "/plugin/message_api/service",
        "/plugin/records/rules",
        "/plugin/scim/tokens",
        "/plugin/sdk/keys",
    } <= asking
