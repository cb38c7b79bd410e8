"""Compares the key store with what the database knows of it: whether it is there, the same one, and not too old.

The database notes the store's id and how far it had come. A store that has fallen behind was restored from a copy, or
is one: messages since then cannot be opened, and what was destroyed since then is destroyed again. That stays noted
until an operator accepts it.
"""

from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from budkavle.storage.database import Database
from budkavle.storage.key_slots.root import Root
from budkavle.storage.key_slots.store import KeyStore
from budkavle.storage.keys import KeysUnavailable
from budkavle.storage.tables import doomed_slots, installation

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
        generation: How far it had come when it was last looked at.
        fell_to: How far back it was when it had fallen behind; None where it has not, or that has been accepted.
    """

    store: str
    generation: int
    fell_to: int | None = None


class BackupNote(msgspec.Struct, frozen=True):
    """When the key store was last copied, and for how many days that copy is kept."""

    at: datetime
    days: int


def find_store(store: KeyStore, database: Database) -> bool:
    """Compare the store with the note, and make both in an installation that has neither.

    Returns:
        Whether there is a store now; False where the database has not been migrated yet.

    Raises:
        KeysUnavailable: It is away, or another one.
        Damaged: It belongs to another installation.
    """
    with database.transaction(None) as connection:
        if not has_table(connection):
            return False
        note = load_note(connection)
        if note is None:
            root = store.create()
            _write(connection, _STORE, StoreNote(root.store.hex(), root.generation), replace=False)
            note = load_note(connection)
    judge(store, note)
    return True


def judge(store: KeyStore, note: StoreNote | None) -> Root:
    """Return the root of the store that the note means.

    Raises:
        KeysUnavailable: It is away, or another one.
    """
    root = store.root()
    if root is None:
        raise KeysUnavailable(_AWAY, place=store.place)
    if note is not None and note.store != root.store.hex():
        raise KeysUnavailable(_OTHER, place=store.place)
    return root


def look(store: KeyStore, database: Database) -> StoreNote | None:
    """Note how far the store has come; where it has fallen behind, doom again what was destroyed since.

    Returns:
        The note as it is now; None in a database that has none.

    Raises:
        KeysUnavailable: The store is away, or another one.
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
        _write(connection, _STORE, note)
    return note


def accept(store: KeyStore, database: Database) -> None:
    """Take the store as it is from now on; an empty one is made where there is none."""
    root = store.create()
    with database.transaction(None) as connection:
        note = load_note(connection)
        if note is None or note.store != root.store.hex():
            again = update(doomed_slots).values(generation=None, destroyed_at=None)
            connection.execute(again)
        _write(connection, _STORE, StoreNote(root.store.hex(), root.generation))


def has_table(connection: Connection) -> bool:
    """Tell whether the database has been migrated so far that it knows slots."""
    return connection.execute(select(func.to_regclass(doomed_slots.name))).scalar_one() is not None


def load_note(connection: Connection) -> StoreNote | None:
    """Return what the database knows of the key store."""
    value = _read(connection, _STORE)
    return msgspec.json.decode(value, type=StoreNote) if value else None


def note_backup(database: Database, days: int) -> None:
    """Note that the store has been copied just now."""
    with database.transaction(None) as connection:
        _write(connection, _BACKUP, BackupNote(datetime.now(UTC), days))


def last_backup(connection: Connection) -> BackupNote | None:
    """Return when the store was last copied; None where it never was."""
    value = _read(connection, _BACKUP)
    return msgspec.json.decode(value, type=BackupNote) if value else None


def last_copy_gone(connection: Connection, destroyed_at: datetime, days: int) -> date:
    """Return the date at which the last copy of what was destroyed at a moment is gone, at the latest.

    Args:
        connection: Any transaction.
        destroyed_at: When it was destroyed.
        days: For how many days copies of the key store are kept by the settings.
    """
    backup = last_backup(connection)
    longest = max(days, backup.days if backup else 0)
    return (destroyed_at + timedelta(days=longest + 1)).date()


def _read(connection: Connection, name: str) -> bytes | None:
    value: bytes | None = connection.execute(
        select(installation.c.value).where(installation.c.name == name)
    ).scalar_one_or_none()
    return value


def _write(connection: Connection, name: str, note: StoreNote | BackupNote, *, replace: bool = True) -> None:
    row = insert(installation).values(name=name, value=msgspec.json.encode(note))
    change = row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})
    connection.execute(change if replace else row.on_conflict_do_nothing())
