"""What need not be compared again once the organisation is closed, because it was equal and has not changed since.

A round that copies while the organisation works notes for each bucket how many of its rows are old: written before all
transactions that were under way at its snapshot. No old row appears later, and a changed or deleted row no longer
counts as old. So a bucket is unchanged if it has as many old rows as then, and no newer ones. At the destination only
the command writes. If the newer rows have been copied too, all rows from here are there; then an equal number of rows
means the same rows.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from budkavle.operations.moves.comparing import bucket_of, rows_of
from budkavle.operations.moves.tables import OwnedTable

_HORIZON: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text"
_OLD: Final = SQL("age(xmin) > age({}::xid)")
_AGES: Final = SQL("""
SELECT {bucket}, count(*) FILTER (WHERE {old}), count(*) FILTER (WHERE NOT {old})
FROM {table} WHERE organisation_id = {organisation} GROUP BY 1
""")
_TOTALS: Final = SQL("""
SELECT {name}, count(*) FILTER (WHERE {old}), count(*) FILTER (WHERE NOT {old})
FROM {table} WHERE organisation_id = {organisation}
""")
_NEVER: Final = "0"
"""Not a transaction; nothing is older."""
_UNEQUAL: Final = -1
"""Instead of a number of old rows: the bucket was not equal."""


class Totals(NamedTuple):
    """How many rows a table has."""

    old: int
    newer: int


def find_horizon(connection: "psycopg.Connection[Any]") -> str:
    """Return the oldest transaction that is under way: every later statement sees what was written before it."""
    row = connection.execute(_HORIZON).fetchone()
    return str(row[0]) if row else ""


class Settled:
    """What the last round has found equal in both installations.

    Args:
        organisation_id: The organisation.

    Attributes:
        organisation_id: The organisation.
    """

    def __init__(self, organisation_id: UUID) -> None:
        self.organisation_id = organisation_id
        self._horizon = _NEVER
        self._old: dict[str, dict[int, int]] = {}

    def begin(self, connection: "psycopg.Connection[Any]") -> None:
        """Begin a round in its snapshot: the results of the round before are discarded."""
        self._horizon, self._old = find_horizon(connection), {}

    def note(self, connection: "psycopg.Connection[Any]", table: OwnedTable, unequal: Iterable[int]) -> None:
        """Note a table in which all buckets except the `unequal` ones are equal."""
        old = {bucket: old for bucket, (old, _) in self._ages(connection, table).items()}
        self._old[table.name] = old | dict.fromkeys(unequal, _UNEQUAL)

    def forget(self, names: Iterable[str]) -> None:
        """Forget tables that have been written to at the destination."""
        for name in names:
            self._old.pop(name, None)

    def totals(self, connection: "psycopg.Connection[Any]", tables: Iterable[OwnedTable]) -> dict[OwnedTable, Totals]:
        """Return how many rows each table has, old and newer ones."""
        tables = list(tables)
        queries = SQL(" UNION ALL ").join([self._fill(_TOTALS, table) for table in tables])
        rows = {name: Totals(old, newer) for name, old, newer in connection.execute(queries)}
        return {table: rows[table.name] for table in tables}

    def is_known(self, table: OwnedTable) -> bool:
        """Tell whether all buckets of the table were equal, so that only its newer rows can differ."""
        return table.name in self._old and _UNEQUAL not in self._old[table.name].values()

    def has_changed(self, table: OwnedTable, totals: Totals) -> bool:
        """Tell whether a row of a known table has been written or deleted since."""
        return totals != (sum(self._old[table.name].values()), 0)

    def newer_rows(self, table: OwnedTable) -> Composed:
        """Return the condition of the rows that are not old."""
        return SQL("{} AND NOT {}").format(rows_of(table, self.organisation_id), _OLD.format(Literal(self._horizon)))

    def unsettled(self, connection: "psycopg.Connection[Any]", table: OwnedTable) -> list[int] | None:
        """Return the buckets of a table that must be compared; None means all of them."""
        before = self._old.get(table.name)
        if before is None:
            return None
        now = self._ages(connection, table)
        buckets = before.keys() | now.keys()
        return sorted(bucket for bucket in buckets if now.get(bucket, (0, 0)) != (before.get(bucket, 0), 0))

    def _ages(self, connection: "psycopg.Connection[Any]", table: OwnedTable) -> dict[int, tuple[int, int]]:
        """Return the number of old and of newer rows by bucket."""
        rows = connection.execute(self._fill(_AGES, table))
        return {bucket: (old, newer) for bucket, old, newer in rows}

    def _fill(self, query: SQL, table: OwnedTable) -> Composed:
        return query.format(
            name=Literal(table.name),
            table=Identifier(table.name),
            organisation=Literal(self.organisation_id),
            old=_OLD.format(Literal(self._horizon)),
            bucket=bucket_of(table),
        )
