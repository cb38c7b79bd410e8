"""Statements on a message's way, straight to the driver.

SQLAlchemy's part of executing a text costs more than the driver's, and a message takes dozens of them. Everything that
is not on that way uses SQLAlchemy.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from psycopg.pq.abc import PGresult
from sqlalchemy import Connection

from budkavle.storage.database.wire import Wire

Line: TypeAlias = Any
"""A row; its columns are its attributes."""

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
_PLAIN = (int, UUID, datetime)


class Statement:
    """SQL with `:name` parameters, as `sqlalchemy.text` writes them, prepared by the server at its first use.

    Args:
        sql: The statement; a value whose type the server cannot know is written `CAST(:name AS type)`, and a list
            always is, unless it stands in `ANY(...)`.
    """

    __slots__ = ("_line", "_names", "_sql")

    def __init__(self, sql: str) -> None:
        names: dict[str, str] = {}
        self._sql = _PARAMETER.sub(lambda found: names.setdefault(found[1], f"${len(names) + 1}"), sql).encode()
        self._names = tuple(names)
        self._line: tuple[int, Callable[[Sequence[Any]], Line]] = (0, tuple)

    @classmethod
    def insert(cls, table: str, columns: Sequence[str], then: str = "") -> "Statement":
        """Return the statement that adds one row; the values' names are the columns'."""
        values = ", ".join(f":{column}" for column in columns)
        return cls(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) {then}")  # noqa: S608 - names of ours

    def all(self, connection: Connection, facts: Mapping[str, object]) -> list[Line]:
        """Return all rows."""
        wire = self._wait(connection, facts)
        return self.lines(wire, wire.exchange()[-1])

    def one_or_none(self, connection: Connection, facts: Mapping[str, object]) -> Line | None:
        """Return the row, or None; the statement gives no more than one."""
        rows = self.all(connection, facts)
        return rows[0] if rows else None

    def one(self, connection: Connection, facts: Mapping[str, object]) -> Line:
        """Return the row that there always is."""
        row = self.one_or_none(connection, facts)
        if row is None:
            raise LookupError("The statement gave no row.")
        return row

    def run(self, connection: Connection, facts: Mapping[str, object]) -> int:
        """Execute it, and return how many rows it touched."""
        return self._wait(connection, facts).exchange()[-1].command_tuples or 0

    def later(self, connection: Connection, facts: Mapping[str, object]) -> None:
        """Execute it before the next statement or the commit, whose exchange it joins; what fails is told there."""
        self._wait(connection, facts)

    def lines(self, wire: Wire, result: PGresult) -> list[Line]:
        """Read the rows of its answer."""
        if not result.ntuples:
            return []
        width, make = self._line
        if width != result.nfields:  # at its first use, or after a migration
            names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
            line: Any = namedtuple("Line", names, rename=True)  # type: ignore[misc] # noqa: PYI024 - names of the server's
            width, make = self._line = result.nfields, line._make
        return wire.rows(result, make)

    def _wait(self, connection: Connection, facts: Mapping[str, object]) -> Wire:
        wire = driver(connection)
        wire.later(self._sql, [_adapted(facts[name]) for name in self._names])
        return wire


def together(connection: Connection, *asked: tuple[Statement, Mapping[str, object]]) -> list[list[Line]]:
    """Execute several statements in one exchange; return the rows of each."""
    for statement, facts in asked:
        statement.later(connection, facts)
    wire = driver(connection)
    results = wire.exchange()[-len(asked) :]
    return [statement.lines(wire, result) for (statement, _), result in zip(asked, results, strict=True)]


def driver(connection: Connection) -> Wire:
    """Return the driver's connection below SQLAlchemy's."""
    below: Wire = connection.connection.driver_connection  # type: ignore[assignment]
    return below


def _adapted(value: object) -> object:
    """Write a list as the server reads an array, which costs the driver many times as much."""
    if type(value) is list:
        return "{" + ",".join(map(_element, value)) + "}"
    return value


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        text = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    if isinstance(value, _PLAIN):
        return f'"{value}"'
    raise TypeError(f"An array of {type(value).__name__} is not written here.")
