"""The rows of an organisation in one table, hashed so that two installations can be compared.

Rows are put into buckets by a hash of their key. The server computes for each bucket the count of rows and the sum of
their hashes; only buckets that differ are read and copied.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from budkavle.operations.moves.sides import Side
from budkavle.operations.moves.tables import OwnedTable

Sums = Mapping[int, tuple[int, Decimal]]
"""Rows and the sum of their hashes, by bucket."""
_BUCKET: Final = SQL(
    "(('x' || encode(substr(sha256(convert_to(ROW({key})::text, 'UTF8')), 1, 2), 'hex'))::bit(16)::int)"
)
"""One of 65,536 buckets; SHA-256 is the same in every version of the server."""
_SUMS: Final = SQL("""
SELECT bucket, count(*), sum(('x' || encode(substr(hash, 1, 7), 'hex'))::bit(56)::bigint)
FROM (
    SELECT {bucket} AS bucket, sha256(convert_to(ROW({columns})::text, 'UTF8')) AS hash
    FROM {table} WHERE {where}
) AS rows GROUP BY bucket
""")


def names(columns: tuple[str, ...]) -> Composed:
    """Return columns as a list in SQL."""
    return SQL(", ").join(map(Identifier, columns))


def bucket_of(table: OwnedTable) -> Composed:
    """Return the expression for the bucket of a row."""
    return _BUCKET.format(key=names(table.key))


def rows_of(table: OwnedTable, organisation_id: UUID, buckets: Sequence[int] | None = None) -> Composed:
    """Return the condition of the organisation's rows in these buckets (None: in all)."""
    where = SQL("organisation_id = {}").format(Literal(organisation_id))
    if buckets is None:
        return where
    return SQL("{} AND {} = ANY ({}::int[])").format(where, bucket_of(table), Literal(list(buckets)))


def sums(connection: "psycopg.Connection[Any]", table: OwnedTable, where: Composed) -> Sums:
    """Sum up the rows of a table that meet a condition."""
    query = _SUMS.format(
        bucket=bucket_of(table), columns=names(table.columns), table=Identifier(table.name), where=where
    )
    return {bucket: (count, total) for bucket, count, total in connection.execute(query)}


def sums_of_both(here: Side, there: Side, table: OwnedTable, where: Composed) -> tuple[Sums, Sums]:
    """Sum up rows of a table in both installations at the same time."""
    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(sums, there.raw, table, where)
        return sums(here.raw, table, where), other.result()


def differing(here: Sums, there: Sums) -> list[int]:
    """Return the buckets that differ."""
    return sorted(bucket for bucket in here.keys() | there.keys() if here.get(bucket) != there.get(bucket))
