"""Making a backup while everything runs: first the rows of one snapshot, then the files, and last the manifest."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import metadata
from pathlib import Path
from typing import Any, LiteralString

import msgspec
import psycopg
import structlog
from psycopg.sql import SQL, Identifier

from budkavle.model.errors import Unavailable
from budkavle.operations.backup import manifest, objects, tables
from budkavle.operations.backup.files import make_folder
from budkavle.operations.backup.manifest import FORMAT, KeyNote, Manifest
from budkavle.storage import master_key
from budkavle.storage.blobs.faults import FULL
from budkavle.storage.platform import Platform

CORE = "core"
"""The manifest's name for the history of the core's own tables."""
_FULL = "Disken är full, så säkerhetskopian i {folder} är inte hel. Frigör utrymme, ta bort mappen och gör en ny."
_UNWRITTEN = "Det går inte att skriva säkerhetskopian i {folder} ({reason}), så den är inte hel. Ta bort det som blev."
_HISTORIES = r"SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'alembic\_version%'"
log = structlog.get_logger("budkavle.operations.backup")


def make_backup(platform: Platform, folder: Path) -> Manifest:
    """Write a backup of database and files into a new folder, without the master key and the key store.

    Args:
        platform: The installation; it may keep running.
        folder: The folder, which must be empty or not exist. Files have mode 0600.

    Returns:
        The manifest.

    Raises:
        Conflict: There is something in the folder.
        Misconfigured: `database.owner_url` is not set.
        Unavailable: The database, the store or the keys do not answer, or the folder cannot be written. The backup
            then has no manifest.
    """
    with _told_of(folder):
        return _make(platform, folder)


@contextmanager
def _told_of(folder: Path) -> Iterator[None]:
    """Turn write errors, such as a full disk, into a message about the backup."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Unavailable(_FULL, folder=str(folder)) from error
        reason = os.strerror(error.errno or errno.EIO)
        raise Unavailable(_UNWRITTEN, folder=str(folder), reason=reason) from error


def _make(platform: Platform, folder: Path) -> Manifest:
    make_folder(folder)
    key = platform.vault.installation_key()
    with tables.snapshot(platform.database) as connection:
        made_at = datetime.now(UTC)
        heads = read_heads(connection)
        copied = tables.copy_out(connection, folder)
        sequences = tables.read_sequences(connection)
        wrapped = _scalar(connection, "SELECT value FROM installation WHERE name = 'installation-key'") or b""
        kept = _scalar(connection, "SELECT value FROM installation WHERE name = 'key-keeper'")
        provider = platform.keys.name if kept is None else msgspec.json.decode(kept, type=str)
        server = str(_scalar(connection, "SHOW server_version"))
    files = objects.copy_out(platform.blobs, folder)
    keys = _key_note(platform, provider, key, bytes(wrapped))
    made = Manifest(FORMAT, made_at, metadata("budkavle")["Version"], server, heads, copied, sequences, files, keys)
    manifest.write(folder, made, key)
    log.info("backup.made", count=made.rows)
    return made


def read_heads(connection: "psycopg.Connection[Any]") -> dict[str, list[str]]:
    """Return the newest migration of each history, by the plugin's name."""
    names = connection.execute(_HISTORIES).fetchall()
    heads: dict[str, list[str]] = {}
    for (table,) in names:
        query = SQL("SELECT version_num FROM {} ORDER BY 1").format(Identifier(table))
        heads[table.removeprefix("alembic_version_") if table != "alembic_version" else CORE] = [
            revision for (revision,) in connection.execute(query)
        ]
    return heads


def _key_note(platform: Platform, provider: str, key: bytes, wrapped: bytes) -> KeyNote:
    store = platform.vault.slots.store
    root = store.root() if store is not None else None
    return KeyNote(
        provider=provider,
        check=master_key.fingerprint(key).hex(),
        wrapped=wrapped.hex(),
        store=root.store.hex() if root else "",
        generation=root.generation if root else 0,
    )


def _scalar(connection: "psycopg.Connection[Any]", query: LiteralString) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
