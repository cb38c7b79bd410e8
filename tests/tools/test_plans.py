"""`make bench ARGS=plans`: what reads a large table from end to end is found, and nothing else is."""

from collections.abc import Iterator
from pathlib import Path

import bench_plans
import psycopg
import pytest
from plans.explaining import PAGES, PARTIAL, enlarge
from plans.judging import whole_tables
from psycopg.sql import SQL, Literal

from budkavle.testing.databases import Databases

OWN = "organisation_id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"
CASE = "'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"


@pytest.fixture
def large(budkavle_databases: Databases) -> Iterator[psycopg.Connection]:
    """A connection to a database whose tables the planner takes to be large."""
    name = budkavle_databases.take()
    url = budkavle_databases.urls(name).owner_url or ""
    with psycopg.connect(url.replace("budkavle_owner", "postgres"), autocommit=True) as connection:
        enlarge(connection)
        connection.execute(SQL("SET seq_page_cost = {}").format(Literal(PAGES)))
        yield connection
    budkavle_databases.give_back(name)


def read_whole(connection: psycopg.Connection, query: str) -> list[str]:
    """The tables that a query reads from end to end."""
    ((plan,),) = connection.execute(f"EXPLAIN (FORMAT JSON) {query}")  # type: ignore[arg-type]
    partial = {index for (index,) in connection.execute(PARTIAL)}
    return sorted({*whole_tables(plan[0]["Plan"], partial)})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM cases WHERE opened_at = now()",
        f"SELECT * FROM cases WHERE {OWN}",
        f"SELECT * FROM cases WHERE {OWN} AND opened_at = now()",
        f"SELECT * FROM cases WHERE {OWN} AND channel = 'fax' ORDER BY number LIMIT 10",
        f"SELECT * FROM cases WHERE {OWN} ORDER BY channel LIMIT 10",
        f"UPDATE cases SET due_on = NULL WHERE {OWN} AND opened_at = now()",
        f"SELECT EXISTS (SELECT FROM cases WHERE {OWN} AND opened_at = now())",
    ],
)
@pytest.mark.feature("ZO7")
def test_reading_a_table_from_end_to_end_is_found(large: psycopg.Connection, query: str) -> None:
    """In sequence, or by an index that finds the organisation alone."""
    assert read_whole(large, query) == ["cases"]


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * FROM cases WHERE {OWN} AND id = {CASE}",
        f"SELECT * FROM cases WHERE {OWN} ORDER BY number LIMIT 10",
        f"SELECT EXISTS (SELECT FROM cases WHERE {OWN})",
        f"SELECT * FROM cases WHERE {OWN} AND state = 'binned' AND binned_at < now()",
        f"SELECT m.id FROM messages m JOIN cases c USING (organisation_id) WHERE {OWN} AND c.id = {CASE} AND case_id = c.id",  # noqa: E501 - a query is read whole
    ],
)
@pytest.mark.feature("ZO7")
def test_what_an_index_finds_is_no_such_reading(large: psycopg.Connection, query: str) -> None:
    """Nor is what stops after some rows, or at the first."""
    assert read_whole(large, query) == []


@pytest.mark.slow
@pytest.mark.feature("ZO7")
def test_statements_are_explained_as_the_tests_lead_to_them(tmp_path: Path) -> None:
    """Those of retention, by the plugin that the bench runs all tests with: each by the function that it comes from."""
    found = bench_plans.explain(tmp_path / "plans", "tests/core/operations/test_retention.py")
    assert {"budkavle.operations.retention._find_due", "budkavle.operations.retention._end_mailboxes"} <= {
        one["at"] for one in found
    }
    assert len(found) > 100
    assert [one["at"] for one in found if bench_plans.large_of(one)] == []
