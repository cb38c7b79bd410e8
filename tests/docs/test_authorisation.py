"""docs/authorisation.md has the tables that the code makes, and nothing is open to anybody without being named so."""

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
"""What is open to anybody beside OPEN of tests/core/web/test_hostile.py, which walks fewer plugins, and why."""


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
    place = ROOT / "tests/core/web/test_hostile.py"
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
