"""docs/authorisation.md says of each column that a plugin stores who may read it and who may change it."""

import re
from collections.abc import Iterator
from pkgutil import resolve_name
from typing import NamedTuple

import psycopg
import pytest
from tests.docs.named_tests import ROOT, missing, named_in

from budkavle.plugins.loader import installed

TEXT = (ROOT / "docs/authorisation.md").read_text("utf-8").split("## Fields of plugins\n")[1].split("\n## ")[0]
WORD = re.compile(r"`([\w.]+)`")
GIVEN_ONCE = {"id", "organisation_id"}
"""Columns that the document judges for all tables at once."""
COLUMNS = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, array_agg(a.attname::text)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT starts_with(c.relname, 'alembic')
GROUP BY c.oid
"""


class Stored(NamedTuple):
    """A table of the database."""

    is_guarded: bool
    columns: frozenset[str]


class Row(NamedTuple):
    """What the document says of some columns of a table."""

    plugin: str
    table: str
    columns: str
    read_by: str
    changed_by: str
    where: str
    shown_by: str


def rows() -> Iterator[Row]:
    """Yield the rows of the document; one without a table goes on with that of the row above."""
    plugin, table = "", ""
    for line in TEXT.splitlines():
        if line.startswith("### "):
            plugin = line.removeprefix("### ")
        elif line.startswith("| ") and not line.startswith("| table "):
            first, *cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            table = first.strip("` |") or table
            yield Row(plugin, table, *cells)


def tables(url: str) -> dict[str, Stored]:
    """Return the tables of a database."""
    with psycopg.connect(url) as connection:
        found = connection.execute(COLUMNS).fetchall()
    return {name: Stored(is_guarded, frozenset(columns)) for name, is_guarded, columns in found}


@pytest.fixture
def stored(budkavle_settings, budkavle_open) -> dict[str, Stored]:
    """The tables that the built-in plugins add to those of the core."""
    core = tables(budkavle_settings.database.url)
    names = tuple(name for name, offers in installed().items() if offers[0].distribution == "budkavle")
    platform = budkavle_open(enabled=names)
    return {name: table for name, table in tables(platform.settings.database.url).items() if name not in core}


def test_every_column_of_every_plugin_is_judged_once(stored) -> None:
    """A new table or column is told of, with who reads and who changes it; what is gone is not."""
    judged = [(row.table, column) for row in rows() for column in WORD.findall(row.columns)]
    there = [(name, column) for name, table in stored.items() for column in table.columns - GIVEN_ONCE]
    assert len(there) > 400
    assert set(there) ^ set(judged) == set()
    assert len(judged) == len(there)


def test_every_table_of_an_organisation_is_behind_row_level_security(stored) -> None:
    """The document says so of all of them."""
    assert [name for name, table in stored.items() if "organisation_id" in table.columns and not table.is_guarded] == []


def test_every_row_names_a_place_and_a_test_that_exist() -> None:
    """A function or module of the plugin that its table belongs to, and a test."""
    modules = {name: offers[0].target.split(".")[0] for name, offers in installed().items()}
    assert missing(named_in(TEXT)) == []
    for row in rows():
        of = (row.table, row.columns)
        assert row.table.startswith(f"{row.plugin}_"), of
        assert row.read_by, of
        assert row.changed_by, of
        places = WORD.findall(row.where)
        assert places, of
        assert named_in(row.shown_by), of
        assert [place for place in places if not is_there(modules[row.plugin], place)] == [], of


def is_there(module: str, place: str) -> bool:
    """Tell whether a plugin has a function, method or module of this name."""
    try:
        resolve_name(f"{module}.{place}")
    except (ImportError, AttributeError):
        return False
    return True
