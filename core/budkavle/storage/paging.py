"""One page of a long list, read by keyset, so that the last page costs no more than the first.

The rows are ordered by what the reader chose and then by their key, so the order is always the same. The place in the
list is the key of a neighbouring row, and reveals nothing of its content.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select, tuple_

PAGE_SIZE = 50
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list a page begins. Without `after` and `before` it is the first page.

    Attributes:
        after: The key of the row before the page's first.
        before: The key of the row after the page's last; used only if `after` is empty.
        position: The position of the page's first row in the whole list, from 1.
    """

    after: str = ""
    before: str = ""
    position: int = 1


FIRST_PAGE = Place()


@dataclass(frozen=True, slots=True)
class RowPage:
    """The rows of one page.

    Attributes:
        rows: The rows, at most the page's size.
        place: Where the page begins; the first page if the row of the requested place is gone.
        more_before: Whether there are rows before the page.
        more_after: Whether there are rows after the page.
    """

    rows: Sequence[RowMapping]
    place: Place
    more_before: bool
    more_after: bool


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list.

    Attributes:
        columns: The columns to sort by; none of them may be NULL.
        key: The column that identifies a row, of type UUID or integer.
        descending: Whether the greatest comes first.
    """

    columns: tuple[ColumnElement[Any], ...]
    key: ColumnElement[Any]
    descending: bool = False


def read_page(
    connection: Connection, query: Select[Any], order: Order, place: Place = FIRST_PAGE, *, size: int = PAGE_SIZE
) -> RowPage:
    """Read one page of a list.

    Args:
        connection: The connection of the unit of work.
        query: The list with its filters, without order and limit.
        order: The order of the list.
        place: Where the page begins.
        size: The number of rows of a page.

    Example:
        read_page(work.connection, select(users).where(...), Order((users.c.name,), users.c.id), place)
    """
    backwards = not place.after and bool(place.before)
    neighbour = _parse_key(order.key, place.after or place.before)
    rows = [] if neighbour is None else _read(connection, query, order, size, neighbour, backwards=backwards)
    if not rows:  # the neighbour is gone, or there are no more rows on that side
        rows = _read(connection, query, order, size)
        return RowPage(rows[:size], FIRST_PAGE, more_before=False, more_after=len(rows) > size)
    if not backwards:
        return RowPage(rows[:size], place, more_before=True, more_after=len(rows) > size)
    more_before = len(rows) > size
    position = max(place.position, 2) if more_before else 1
    begin = Place(before=place.before, position=position)
    return RowPage(rows[:size][::-1], begin, more_before=more_before, more_after=True)


def count_rows(connection: Connection, query: Select[Any]) -> int:
    """Count the rows of a list.

    Args:
        connection: The connection of the unit of work.
        query: The list with its filters, as for `read_page`.
    """
    return connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()


def _read(
    connection: Connection,
    query: Select[Any],
    order: Order,
    size: int,
    neighbour: UUID | int | None = None,
    *,
    backwards: bool = False,
) -> list[RowMapping]:
    columns = (*order.columns, order.key)
    falling = order.descending is not backwards
    page = query.order_by(None).order_by(*(column.desc() if falling else column.asc() for column in columns))
    if neighbour is not None:
        # The neighbour's values stay in the database: a time or a name in the URL would reveal something of a person.
        anchor = query.with_only_columns(*columns).where(order.key == neighbour).correlate(None).scalar_subquery()
        place = tuple_(*columns)
        page = page.where(place < anchor if falling else place > anchor)
    return list(connection.execute(page.limit(size + 1)).mappings())


def _parse_key(column: ColumnElement[Any], text: str) -> UUID | int | None:
    """Return the key in an address; None if there is none."""
    try:
        if column.type.python_type is UUID:
            return UUID(text)
        number = int(text)
    except ValueError:
        return None
    return number if 0 <= number <= LARGEST_NUMBER else None
