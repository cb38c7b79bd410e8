"""The backup that is being restored, stored in the database: a restore that died between rows and files continues."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from budkavle.storage.database import Database
from budkavle.storage.outside import notes

NAME: Final = "restoring"


class Restoring(msgspec.Struct, frozen=True):
    """A backup whose rows are here, and whose files may be missing.

    Attributes:
        made_at: When it was made.
        seal: Of its manifest.
    """

    made_at: datetime
    seal: str


def find(database: Database) -> Restoring | None:
    """Return which backup is being restored; None where none is."""
    with database.transaction(None) as connection:
        return notes.load(connection, NAME, Restoring) if notes.has_table(connection) else None


def begin(connection: Connection, backup: Restoring) -> None:
    """Note it, in the transaction that writes the rows."""
    notes.store(connection, NAME, backup)


def end(database: Database) -> None:
    """Forget it: everything is here."""
    with database.transaction(None) as connection:
        notes.remove(connection, NAME)
