"""The fence: triggers that refuse writes to an organisation while it works in the other installation.

They are created before anything is copied, in both installations, and only for this organisation: others are not
slowed down. They let everything through until the state forbids it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.errors import LockNotAvailable
from psycopg.sql import SQL, Composed, Identifier, Literal

from budkavle.model.errors import Unavailable
from budkavle.operations.moves.sides import Side
from budkavle.operations.moves.tables import PENDING, all_tables
from budkavle.storage.platform import Platform

_CHAINED: Final = frozenset({"audit_log", "audit_heads"})
"""Tables that only the chainer writes; other code writes to `audit_pending`."""
_TRIES: Final = 20
_LOCKED = "Tabellen {table} är upptagen av något som tar lång tid. Organisationen har inte flyttats. Försök igen."
_STILL_WRITING = "Något skriver fortfarande i organisationen. Den har inte flyttats. Försök igen."


def close_off(side: Side, organisation_id: UUID) -> None:
    """Create the missing triggers.

    Raises:
        Unavailable: A table is in use all the time.
    """
    there = _tables_behind(side.raw, organisation_id)
    for table in all_tables(side.raw):
        if table.name not in _CHAINED | there:
            _patiently(side.raw, table.name, partial(_make, side.raw, table.name, organisation_id))


def close_off_restored(platform: Platform) -> None:
    """Create the triggers of all organisations that were being moved or have moved: a backup has only rows.

    Raises:
        Unavailable: A table is in use all the time.
    """
    query = "SELECT id FROM organisations WHERE state IN ('leaving', 'moving', 'moved', 'arriving')"
    with platform.database.owner() as engine, engine.connect() as connection:
        side = Side(platform, connection)
        side.raw.autocommit = True
        for (organisation_id,) in side.raw.execute(query).fetchall():
            close_off(side, organisation_id)


def open_up(side: Side, organisation_id: UUID) -> None:
    """Remove the triggers."""
    for table in sorted(_tables_behind(side.raw, organisation_id)):
        _patiently(side.raw, table, partial(_drop, side.raw, table, organisation_id))


def wait_for_writers(side: Side, organisation_id: UUID) -> None:
    """Wait for the transactions that wrote before the state was changed; later ones are refused.

    Raises:
        Unavailable: A transaction takes too long.
    """
    name = str(organisation_id)
    try:
        with side.raw.transaction():
            side.raw.execute("SET LOCAL lock_timeout = '10s'")
            side.raw.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 52))", [name])
    except LockNotAvailable as error:
        raise Unavailable(_STILL_WRITING) from error


def _names(organisation_id: UUID) -> tuple[str, str]:
    return f"moving_{organisation_id.hex}_written", f"moving_{organisation_id.hex}_deleted"


def _tables_behind(connection: "psycopg.Connection[Any]", organisation_id: UUID) -> set[str]:
    query = "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = ANY (%s)"
    return {name for (name,) in connection.execute(query, [list(_names(organisation_id))])}


def _make(connection: "psycopg.Connection[Any]", table: str, organisation_id: UUID) -> None:
    written, deleted = _names(organisation_id)
    events = SQL("INSERT" if table == PENDING else "INSERT OR UPDATE")
    connection.execute(_trigger(written, events, SQL("new"), table, organisation_id))
    if table != PENDING:  # the chainer deletes entries there
        connection.execute(_trigger(deleted, SQL("DELETE"), SQL("old"), table, organisation_id))


def _trigger(name: str, events: SQL, row: SQL, table: str, organisation_id: UUID) -> Composed:
    whose = Literal(str(organisation_id))
    return SQL(
        "CREATE TRIGGER {} BEFORE {} ON {} FOR EACH ROW WHEN ({}.organisation_id = {}::uuid)"
        " EXECUTE FUNCTION refuse_moving({})"
    ).format(Identifier(name), events, Identifier(table), row, whose, whose)


def _drop(connection: "psycopg.Connection[Any]", table: str, organisation_id: UUID) -> None:
    for name in _names(organisation_id):
        connection.execute(SQL("DROP TRIGGER IF EXISTS {} ON {}").format(Identifier(name), Identifier(table)))


def _patiently(connection: "psycopg.Connection[Any]", table: str, change: Callable[[], None]) -> None:
    """Change a table without holding up its users for longer than a page waits for a lock."""
    for _ in range(_TRIES):
        try:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '1300ms'")  # autovacuum yields after a second
                change()
        except LockNotAvailable:
            continue
        return
    raise Unavailable(_LOCKED, table=table)
