"""The quarantine of a restored installation, as stored in the database.

While it lasts, the statements that claim deliveries, outbox entries and jobs claim nothing (see their `.sql` files), in
any worker of any host: nothing is sent, fetched, notified or run automatically.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import Connection

from budkavle.storage.database import Database
from budkavle.storage.outside import notes

NAME: Final = "quarantine"


class Cause(StrEnum):
    """Why there is a quarantine."""

    RESTORED = "restored"
    """`budkavle restore` has restored a backup here."""
    BEHIND = "behind"
    """The database has gone back in time: it was restored by other means."""
    ASKED = "asked"
    """An administrator has begun it."""


class Quarantine(msgspec.Struct, frozen=True):
    """A quarantine and its progress.

    Attributes:
        made_at: When the backup was made; None if unknown.
        is_ended: Whether all sessions have been ended.
        left: The plugins that have not yet ended the access they granted.
        is_recalled: Whether the recalls in the ledger have been repeated.
    """

    since: datetime
    cause: Cause
    made_at: datetime | None = None
    is_ended: bool = False
    left: list[str] = []
    is_recalled: bool = False


def new(cause: Cause, made_at: datetime | None = None) -> Quarantine:
    """Return a quarantine that begins now."""
    return Quarantine(datetime.now(UTC), cause, made_at)


def find(database: Database) -> Quarantine | None:
    """Return the quarantine; None if there is none, or no table yet."""
    with database.transaction(None) as connection:
        return load(connection)


def load(connection: Connection) -> Quarantine | None:
    """Do the same as `find`, in a transaction."""
    return notes.load(connection, NAME, Quarantine) if notes.has_table(connection) else None


def begin(database: Database, cause: Cause) -> None:
    """Begin a quarantine, unless there is one already."""
    with database.transaction(None) as connection:
        notes.store(connection, NAME, new(cause), replace=False)


def change(database: Database, note: Quarantine) -> None:
    """Store its progress; a quarantine that has ended meanwhile does not begin again."""
    with database.transaction(None) as connection:
        notes.change(connection, NAME, note)


def lift(connection: Connection) -> bool:
    """End it; tells whether there was one."""
    return notes.remove(connection, NAME)
