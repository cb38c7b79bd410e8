"""SQL with named parameters, passed directly to the driver.

SQLAlchemy's overhead for a text statement is larger than the driver's, and a message takes dozens of statements.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from psycopg.pq.abc import PGresult
from sqlalchemy import Connection

from budkavle.storage.pipeline.connection import PipelineConnection

ResultRow: TypeAlias = Any
"""A row; its columns are its attributes."""

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
_PLAIN = (int, UUID, datetime)


class Statement:
    """SQL with `:name` parameters, in the syntax of `sqlalchemy.text`, prepared by the server at its first use.

    Args:
        sql: The statement; a value whose type the server cannot infer is written `CAST(:name AS type)`, and so is every
            list, except in `ANY(...)`.

    Attributes:
        text: The statement with its named parameters, for `sqlalchemy.text`.
    """

    __slots__ = ("_names", "_row_type", "_sql", "text")

    def __init__(self, sql: str) -> None:
        names: dict[str, str] = {}
        self.text = sql
        self._sql = _PARAMETER.sub(lambda match: names.setdefault(match[1], f"${len(names) + 1}"), sql).encode()
        self._names = tuple(names)
        self._row_type: tuple[int, Callable[[Sequence[Any]], ResultRow]] = (0, tuple)

    @property
    def sql(self) -> bytes:
        """The statement for the server, with `$1`, `$2` and so on."""
        return self._sql

    @classmethod
    def insert(cls, table: str, columns: Sequence[str], then: str = "") -> "Statement":
        """Return the statement that inserts one row; the values have the columns' names."""
        parameters = ", ".join(f":{column}" for column in columns)
        return cls(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({parameters}) {then}")  # noqa: S608 - no input

    def all(self, connection: Connection, values: Mapping[str, object]) -> list[ResultRow]:
        """Return all rows."""
        pipeline = self._enqueue(connection, values)
        return self.read_rows(pipeline, pipeline.exchange()[-1])

    def one_or_none(self, connection: Connection, values: Mapping[str, object]) -> ResultRow | None:
        """Return the row, or None; for statements that return at most one."""
        rows = self.all(connection, values)
        return rows[0] if rows else None

    def one(self, connection: Connection, values: Mapping[str, object]) -> ResultRow:
        """Return the only row; for statements that always return one."""
        row = self.one_or_none(connection, values)
        if row is None:
            raise LookupError("The statement gave no row.")
        return row

    def run(self, connection: Connection, values: Mapping[str, object]) -> int:
        """Execute it, and return how many rows it affected."""
        return self._enqueue(connection, values).exchange()[-1].command_tuples or 0

    def enqueue(self, connection: Connection, values: Mapping[str, object]) -> None:
        """Execute it in the same round trip as the next statement or the commit, which also raises its errors."""
        self._enqueue(connection, values)

    def read_rows(self, pipeline: PipelineConnection, result: PGresult) -> list[ResultRow]:
        """Read the rows of its answer."""
        if not result.ntuples:
            return []
        width, make = self._row_type
        if width != result.nfields:  # at first use, or after a migration
            names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
            row_type: Any = namedtuple("ResultRow", names, rename=True)  # type: ignore[misc] # noqa: PYI024 - names of the server's
            width, make = self._row_type = result.nfields, row_type._make
        return pipeline.rows(result, make)

    def _enqueue(self, connection: Connection, values: Mapping[str, object]) -> PipelineConnection:
        pipeline = driver(connection)
        pipeline.enqueue(self._sql, [_adapted(values[name]) for name in self._names])
        return pipeline


def execute_batch(connection: Connection, *statements: tuple[Statement, Mapping[str, object]]) -> list[list[ResultRow]]:
    """Execute several statements in one round trip; return the rows of each."""
    for statement, values in statements:
        statement.enqueue(connection, values)
    pipeline = driver(connection)
    results = pipeline.exchange()[-len(statements) :]
    return [statement.read_rows(pipeline, result) for (statement, _), result in zip(statements, results, strict=True)]


def driver(connection: Connection) -> PipelineConnection:
    """Return the driver's connection below SQLAlchemy's."""
    below: PipelineConnection = connection.connection.driver_connection  # type: ignore[assignment]
    return below


@contextmanager
def with_role(connection: Connection, role: str) -> Iterator[None]:
    """Run the statements in the block with a role, and then switch back to the previous one.

    Args:
        connection: In a transaction.
        role: The role; empty is the one that connected.
    """
    below = driver(connection)
    before = below.role
    if before == role:
        yield
        return
    below.switch_role(role)
    try:
        yield
    finally:
        below.switch_role(before)


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what the block has written if it raises, so that the transaction can continue without it.

    It needs no round trip of its own.

    Args:
        connection: In a transaction.
    """
    below = driver(connection)
    below.set_savepoint(b"block")
    try:
        yield
    except BaseException:
        below.roll_back_to(b"block")
        raise
    below.release_savepoint(b"block")


def _adapted(value: object) -> object:
    """Format a list as a PostgreSQL array; the driver's own conversion is many times slower."""
    if type(value) is list:
        return "{" + ",".join(map(_element, value)) + "}"
    return value


def _element(value: object) -> str:
    if type(value) is int:
        return str(value)
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
