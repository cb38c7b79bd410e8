"""Statements on a message's way, straight to the driver.

SQLAlchemy's part of executing a text costs more than psycopg's, and a message takes dozens of them. Everything that is
not on that way uses SQLAlchemy.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection

Line: TypeAlias = Any
"""A row; its columns are its attributes."""

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")


class Statement:
    """SQL with `:name` parameters, as `sqlalchemy.text` writes them, prepared by the server at its first use.

    Args:
        sql: The statement; a value whose type the server cannot know is written `CAST(:name AS type)`.
    """

    __slots__ = ("_sql",)

    def __init__(self, sql: str) -> None:
        self._sql = _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%")).encode()

    @classmethod
    def insert(cls, table: str, columns: Sequence[str], then: str = "") -> "Statement":
        """Return the statement that adds one row; the values' names are the columns'."""
        values = ", ".join(f":{column}" for column in columns)
        return cls(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) {then}")  # noqa: S608 - names of ours

    def all(self, connection: Connection, facts: Mapping[str, object]) -> Sequence[Line]:
        """Return all rows."""
        return self._execute(connection, facts).fetchall()

    def one_or_none(self, connection: Connection, facts: Mapping[str, object]) -> Line | None:
        """Return the row, or None; the statement gives no more than one."""
        return self._execute(connection, facts).fetchone()

    def one(self, connection: Connection, facts: Mapping[str, object]) -> Line:
        """Return the row that there always is."""
        row = self._execute(connection, facts).fetchone()
        if row is None:
            raise LookupError("The statement gave no row.")
        return row

    def run(self, connection: Connection, facts: Mapping[str, object]) -> int:
        """Execute it, and return how many rows it touched."""
        return self._execute(connection, facts).rowcount

    def _execute(self, connection: Connection, facts: Mapping[str, object]) -> "psycopg.Cursor[Line]":
        cursor = driver(connection).cursor(row_factory=namedtuple_row)
        return cursor.execute(self._sql, facts, prepare=True)


def driver(connection: Connection) -> "psycopg.Connection[Any]":
    """Return psycopg's connection below SQLAlchemy's."""
    below: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    return below
