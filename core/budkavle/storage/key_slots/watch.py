"""Compares the key store with what the database knows of it: whether it exists, is the same one, and is up to date.

The database records the store's id and generation. A store with an older generation was restored from a copy, or is
one: messages since then cannot be opened, and what was destroyed since then is destroyed again. This stays recorded
until an operator accepts it.
"""

from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy import Connection, update

from budkavle.storage.database import Database
from budkavle.storage.key_slots.root import Root
from budkavle.storage.key_slots.store import KeyStore
from budkavle.storage.keys import KeysUnavailable
from budkavle.storage.outside import notes
from budkavle.storage.tables import doomed_slots

_STORE, _BACKUP = "key-store", "key-store-backup"
_AWAY = (
    "Nyckellagret i {place} saknas, men installationen har ett. Anslut mappen eller databasen där det ligger, ange rätt"
    " plats under key_store, eller återställ det från sin säkerhetskopia. Utan det kan inga meddelanden läsas."
)
_OTHER = "Nyckellagret i {place} är inte det som installationen använder. Ange rätt plats under key_store."


class StoreNote(msgspec.Struct, frozen=True):
    """What the database knows of the key store.

    Attributes:
        store: Its id, in hexadecimal.
        generation: Its generation at the last check.
        fell_to: The generation it had when it was found to be older; None if it was not, or if that has been accepted.
    """

    store: str
    generation: int
    fell_to: int | None = None


class BackupNote(msgspec.Struct, frozen=True):
    """When the key store was last copied, and for how many days that copy is kept."""

    at: datetime
    days: int


def find_store(store: KeyStore, database: Database) -> bool:
    """Compare the store with the note, and create both in an installation that has neither.

    Returns:
        Whether there is a store now; False if the database has not been migrated yet.

    Raises:
        KeysUnavailable: It is missing, or another one.
        Damaged: It belongs to another installation.
    """
    with database.transaction(None) as connection:
        if not has_table(connection):
            return False
        note = load_note(connection)
    if note is None:
        root = store.create()
        with database.transaction(None) as connection:
            notes.store(connection, _STORE, StoreNote(root.store.hex(), root.generation), replace=False)
            note = load_note(connection)
    judge(store, note)
    return True


def judge(store: KeyStore, note: StoreNote | None) -> Root:
    """Return the root of the store that the note describes.

    Raises:
        KeysUnavailable: It is missing, or another one.
    """
    root = store.root()
    if root is None:
        raise KeysUnavailable(_AWAY, place=store.place)
    if note is not None and note.store != root.store.hex():
        raise KeysUnavailable(_OTHER, place=store.place)
    return root


def look(store: KeyStore, database: Database) -> StoreNote | None:
    """Record the store's generation; if the store is older than recorded, doom again what was destroyed since.

    Returns:
        The current note; None if the database has none.

    Raises:
        KeysUnavailable: The store is missing, or another one.
    """
    with database.transaction(None) as connection:
        note = load_note(connection)
        if note is None:
            return None
        root = judge(store, note)
        if root.generation < note.generation:
            again = update(doomed_slots).where(doomed_slots.c.generation > root.generation)
            connection.execute(again.values(generation=None, destroyed_at=None))
            fell_to = min(root.generation, note.fell_to if note.fell_to is not None else root.generation)
            note = StoreNote(note.store, root.generation, fell_to)
        elif root.generation > note.generation:
            note = StoreNote(note.store, root.generation, note.fell_to)
        else:
            return note
        notes.store(connection, _STORE, note)
    return note


def accept(store: KeyStore, database: Database) -> None:
    """Accept the store as it is from now on; create an empty one if there is none."""
    root = store.create()
    with database.transaction(None) as connection:
        note = load_note(connection)
        if note is None or note.store != root.store.hex():
            again = update(doomed_slots).values(generation=None, destroyed_at=None)
            connection.execute(again)
        notes.store(connection, _STORE, StoreNote(root.store.hex(), root.generation))


def has_table(connection: Connection) -> bool:
    """Tell whether the database has been migrated to a version with slots."""
    return notes.has_table(connection, doomed_slots.name)


def load_note(connection: Connection) -> StoreNote | None:
    """Return what the database knows of the key store."""
    return notes.load(connection, _STORE, StoreNote)


def note_backup(database: Database, days: int) -> None:
    """Record that the store has just been copied."""
    with database.transaction(None) as connection:
        notes.store(connection, _BACKUP, BackupNote(datetime.now(UTC), days))


def last_backup(connection: Connection) -> BackupNote | None:
    """Return when the store was last copied; None if never."""
    return notes.load(connection, _BACKUP, BackupNote)


def last_copy_gone(connection: Connection, destroyed_at: datetime, days: int) -> date:
    """Return the date by which the last copy of what was destroyed at a given time is gone.

    Args:
        connection: Any transaction.
        destroyed_at: When it was destroyed.
        days: How many days the settings keep copies of the key store.
    """
    backup = last_backup(connection)
    longest = max(days, backup.days if backup else 0)
    return (destroyed_at + timedelta(days=longest + 1)).date()
