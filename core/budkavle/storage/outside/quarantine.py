"""The quarantine of a restored installation, as stored in the database.

While it stands, the statements that claim deliveries, entries of outboxes and jobs claim nothing (see their `.sql`
files), in any worker of any host: nothing is sent, fetched, notified or done by itself.
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
    """`budkavle restore` has put a backup here."""
    BEHIND = "behind"
    """The database has gone back in time: something else has restored it."""
    ASKED = "asked"
    """An administrator has begun it."""


class Quarantine(msgspec.Struct, frozen=True):
    """What is known of it.

    Attributes:
        made_at: When the backup was made; None where that is not known.
        is_ended: Whether all that was signed in has been ended.
        left: The plugins that have not ended yet what they had let in by.
        is_recalled: Whether what the ledger tells of has been recalled again.
    """

    since: datetime
    cause: Cause
    made_at: datetime | None = None
    is_ended: bool = False
    left: list[str] = []
    is_recalled: bool = False


def new(cause: Cause, made_at: datetime | None = None) -> Quarantine:
    """Return one that begins now."""
    return Quarantine(datetime.now(UTC), cause, made_at)


def find(database: Database) -> Quarantine | None:
    """Return the quarantine; None where there is none, or no table yet."""
    with database.transaction(None) as connection:
        return load(connection)


def load(connection: Connection) -> Quarantine | None:
    """Do what `find` does, in a transaction."""
    return notes.load(connection, NAME, Quarantine) if notes.has_table(connection) else None


def begin(database: Database, cause: Cause) -> None:
    """Begin one, unless there is one already."""
    with database.transaction(None) as connection:
        notes.store(connection, NAME, new(cause), replace=False)


def change(database: Database, note: Quarantine) -> None:
    """Store what is known of it now; one that has ended meanwhile does not begin again."""
    with database.transaction(None) as connection:
        notes.change(connection, NAME, note)


def lift(connection: Connection) -> bool:
    """End it; tells whether there was one."""
    return notes.remove(connection, NAME)
