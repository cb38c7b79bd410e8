"""Which tables are moved: those of the core and all plugins that have `organisation_id`, except sign-ins.

What belongs to no organisation stays with its installation: sign-ins under way, the schedule, nodes, data that is
fetched from outside again (a copy of the address book, revocation lists), prices.
"""

from dataclasses import dataclass
from typing import Any, Final

import psycopg

LEFT: Final = {
    "sessions": "whoever is signed in signs in again at the new address",
    "guest_sessions": "a guest opens the link again",
}
"""Tables of organisations whose rows are not moved, with the reason."""
PENDING: Final = "audit_pending"
"""Entries of the event log without a number. They are copied last, and are numbered at once."""
_TABLES: Final = """
SELECT
    c.relname,
    array_agg(a.attname::text ORDER BY a.attname) FILTER (WHERE a.attgenerated = ''),
    (SELECT array_agg(k.attname::text ORDER BY k.attnum)
     FROM pg_index i
     JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
     WHERE i.indrelid = c.oid AND i.indisprimary),
    coalesce(array_agg(a.attname::text) FILTER (WHERE a.attidentity = 'a'), '{}'),
    ARRAY(SELECT f.confrelid::regclass::text FROM pg_constraint f
          WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE')
  AND EXISTS (SELECT FROM pg_attribute o
              WHERE o.attrelid = c.oid AND o.attname = 'organisation_id' AND NOT o.attisdropped)
GROUP BY c.oid, c.relname
ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class OwnedTable:
    """A table whose rows belong to organisations.

    Attributes:
        columns: The stored ones, by name: two installations may have added them in another order.
        key: The columns of its primary key.
        numbered: The columns that the server numbers by itself.
        needs: The tables that its rows refer to.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    numbered: tuple[str, ...]
    needs: tuple[str, ...]


def all_tables(connection: "psycopg.Connection[Any]") -> list[OwnedTable]:
    """Return every table with rows of organisations; tables that others refer to come first."""
    waiting = [OwnedTable(row[0], *(tuple(part or ()) for part in row[1:])) for row in connection.execute(_TABLES)]
    ordered: list[OwnedTable] = []
    while waiting:
        names = {table.name for table in waiting}
        ready = [table for table in waiting if names.isdisjoint(table.needs)] or waiting
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return ordered


def moved_tables(connection: "psycopg.Connection[Any]", *, last: bool) -> list[OwnedTable]:
    """Return the tables that are moved; in the `last` round including log entries without a number."""
    return [table for table in all_tables(connection) if table.name not in LEFT and (last or table.name != PENDING)]
