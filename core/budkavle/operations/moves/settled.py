"""What needs no summing up once the organisation is closed, since it was the same and has not changed since.

A round that copies while the organisation works notes for each bucket how many of its rows are old: written before all
that was under way at its snapshot. No old row appears later, and one that is changed or deleted is gone from the old
ones. So a bucket with as many old rows as then, and no newer ones, is what it was. Over there only the command writes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from budkavle.operations.moves.comparing import bucket_of
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
_COUNTS: Final = SQL("SELECT {name}, count(*) FROM {table} WHERE organisation_id = {organisation}")
_UNEQUAL: Final = -1
"""In the place of a number of old rows: the bucket was not the same."""


class Settled:
    """What the last round has found the same in both installations.

    Args:
        organisation_id: Whose rows.

    Attributes:
        organisation_id: Whose rows.
    """

    def __init__(self, organisation_id: UUID) -> None:
        self.organisation_id = organisation_id
        self._horizon = ""
        self._old: dict[str, dict[int, int]] = {}

    def begin(self, connection: "psycopg.Connection[Any]") -> None:
        """Begin a round in its snapshot: what the one before has found is forgotten."""
        row = connection.execute(_HORIZON).fetchone()
        self._horizon, self._old = row[0] if row else "", {}

    def note(self, connection: "psycopg.Connection[Any]", table: OwnedTable, unequal: Iterable[int]) -> None:
        """Note a table, of which all buckets but those that are `unequal` are the same."""
        old = {bucket: old for bucket, (old, _) in self._ages(connection, table).items()}
        self._old[table.name] = old | dict.fromkeys(unequal, _UNEQUAL)

    def forget(self, names: Iterable[str]) -> None:
        """Forget tables that have been written to over there."""
        for name in names:
            self._old.pop(name, None)

    def counts(self, connection: "psycopg.Connection[Any]", tables: Iterable[OwnedTable]) -> dict[str, int]:
        """Return how many rows each table has."""
        queries = [self._fill(_COUNTS, table) for table in tables]
        return dict(connection.execute(SQL(" UNION ALL ").join(queries)).fetchall())

    def unsettled(
        self, connection: "psycopg.Connection[Any]", tables: Iterable[OwnedTable]
    ) -> dict[OwnedTable, list[int] | None]:
        """Return the tables that must be compared, each with the buckets in question; None is all of them."""
        summed_before = [table for table in tables if table.name in self._old]
        totals: dict[str, tuple[int, int]] = {}
        if summed_before:
            queries = SQL(" UNION ALL ").join([self._fill(_TOTALS, table) for table in summed_before])
            totals = {name: (old, newer) for name, old, newer in connection.execute(queries)}
        unsettled: dict[OwnedTable, list[int] | None] = {}
        for table in tables:
            old = self._old.get(table.name)
            if old is None:
                unsettled[table] = None
            elif _UNEQUAL in old.values() or totals[table.name] != (sum(old.values()), 0):
                unsettled[table] = self._changed(old, self._ages(connection, table))
        return unsettled

    @staticmethod
    def _changed(before: Mapping[int, int], now: Mapping[int, tuple[int, int]]) -> list[int]:
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
