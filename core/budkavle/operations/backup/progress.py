"""The backup that is being restored, stored in the database, so that an interrupted restore can continue."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from budkavle.storage.database import Database
from budkavle.storage.outside import notes

NAME: Final = "restoring"


class Restoring(msgspec.Struct, frozen=True):
    """A backup whose rows are restored, and whose files may be missing.

    Attributes:
        made_at: When the backup was made.
        seal: The seal of its manifest.
    """

    made_at: datetime
    seal: str


def find(database: Database) -> Restoring | None:
    """Return the backup that is being restored; None if there is none."""
    with database.transaction(None) as connection:
        return notes.load(connection, NAME, Restoring) if notes.has_table(connection) else None


def begin(connection: Connection, backup: Restoring) -> None:
    """Record it, in the transaction that writes the rows."""
    notes.store(connection, NAME, backup)


def end(database: Database) -> None:
    """Delete the record: everything is restored."""
    with database.transaction(None) as connection:
        notes.remove(connection, NAME)
