"""Long lists: each row once, in the same order, forwards and backwards."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Select, Table, Text, Uuid, insert, select

from budkavle.storage.database import Database
from budkavle.storage.paging import FIRST_PAGE, Order, Place, RowPage, count_rows, read_page

PIGEONS = Table(
    "pigeons",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("ring", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
BY_NAME = Order((PIGEONS.c.name,), PIGEONS.c.id)
EVERY = select(PIGEONS)


@pytest.fixture
def connection(budkavle_database: Database) -> Iterator[Connection]:
    """A list of eleven rows, of which many have the same name."""
    with budkavle_database.transaction(None) as connection:
        PIGEONS.create(connection)
        rows = [{"id": uuid4(), "name": f"duva {number % 3}", "ring": number} for number in range(11)]
        connection.execute(insert(PIGEONS), rows)
        yield connection


def walk(connection: Connection, query: Select[tuple[object, ...]], order: Order) -> list[RowPage]:
    pages = [read_page(connection, query, order, size=4)]
    while pages[-1].more_after:
        last = pages[-1]
        place = Place(after=str(last.rows[-1]["id"]), position=last.place.position + len(last.rows))
        pages.append(read_page(connection, query, order, place, size=4))
    return pages


@pytest.mark.parametrize("descending", [False, True])
def test_each_row_comes_once_in_order(connection: Connection, descending: bool) -> None:
    order = Order((PIGEONS.c.name,), PIGEONS.c.id, descending)
    pages = walk(connection, EVERY, order)
    rows = [(row["name"], row["id"].hex) for page in pages for row in page.rows]
    assert rows == sorted(rows, reverse=descending)
    assert len(set(rows)) == count_rows(connection, EVERY) == 11
    assert [page.place.position for page in pages] == [1, 5, 9]
    assert [page.more_before for page in pages] == [False, True, True]


def test_the_way_back_shows_the_same_pages(connection: Connection) -> None:
    pages = walk(connection, EVERY, BY_NAME)
    third = pages[2].rows[0]["id"]
    second = read_page(connection, EVERY, BY_NAME, Place(before=str(third), position=5), size=4)
    assert [row["id"] for row in second.rows] == [row["id"] for row in pages[1].rows]
    assert (second.place.position, second.more_before, second.more_after) == (5, True, True)
    first = read_page(connection, EVERY, BY_NAME, Place(before=str(second.rows[0]["id"]), position=1), size=4)
    assert [row["id"] for row in first.rows] == [row["id"] for row in pages[0].rows]
    assert (first.place.position, first.more_before, first.more_after) == (1, False, True)


def test_filters_hold_on_every_page(connection: Connection) -> None:
    query = EVERY.where(PIGEONS.c.name != "duva 1")
    names = [row["name"] for page in walk(connection, query, BY_NAME) for row in page.rows]
    assert set(names) == {"duva 0", "duva 2"}
    assert len(names) == count_rows(connection, query) == 7


@pytest.mark.parametrize("key", [str(UUID(int=7)), "", "1 OR 1=1", "\u0661", str(2**70)])
def test_a_place_that_is_gone_or_wrong_is_the_first_page(connection: Connection, key: str) -> None:
    for place in (Place(after=key, position=9), Place(before=key, position=9)):
        page = read_page(connection, EVERY, BY_NAME, place, size=4)
        assert (page.place, len(page.rows), page.more_before) == (FIRST_PAGE, 4, False)


def test_numbers_tell_rows_apart_too(connection: Connection) -> None:
    order = Order((), PIGEONS.c.ring, descending=True)
    page = read_page(connection, EVERY, order, Place(after="7"), size=4)
    assert [row["ring"] for row in page.rows] == [6, 5, 4, 3]
    assert read_page(connection, EVERY, order, Place(after=str(2**70)), size=4).rows[0]["ring"] == 10
