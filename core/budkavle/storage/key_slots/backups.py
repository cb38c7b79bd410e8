"""Copies of the key store, kept for a few days only: destroyed data can be opened with a copy from before.

A copy is a zip file of sealed blocks and their root. Reading it requires the installation's master key.
"""

import os
import secrets
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from budkavle.model.errors import Damaged, Misconfigured
from budkavle.storage.database import Database
from budkavle.storage.key_slots import watch
from budkavle.storage.key_slots.store import KeyStore
from budkavle.storage.keys import sync_folder

ROOT = "root"
_STEM, _TIME, _NEW = "key-store-", "%Y%m%dT%H%M%SZ", ".new"


def back_up(store: KeyStore, database: Database, folder: Path, days: int) -> Path:
    """Write a copy into a folder, and remove copies there that are older than `days`.

    Args:
        store: The key store.
        database: Records when it was copied.
        folder: A folder for copies of the key store only.
        days: For how many days this copy is kept.

    Returns:
        The copy's file.

    Raises:
        KeysUnavailable: The store does not answer, or is empty.
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = datetime.now(UTC)
    path = folder / f"{_STEM}{now:{_TIME}}.zip"
    new = folder / f"{_STEM}{secrets.token_hex(4)}{_NEW}"
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as copy:
                for name, sealed in store.pieces():
                    copy.writestr(name or ROOT, sealed)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(folder)
    remove_old(folder, now - timedelta(days=days))
    watch.note_backup(database, days)
    return path


def remove_old(folder: Path, before: datetime) -> list[Path]:
    """Remove the copies in a folder made before a given time, and partial ones; return what was removed."""
    old = [path for path in folder.glob(f"{_STEM}*.zip") if (made := made_at(path)) is not None and made < before]
    old += [path for path in folder.glob(f"{_STEM}*{_NEW}") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def made_at(path: Path) -> datetime | None:
    """Return when a copy was made, by its file name; None for any other file."""
    try:
        return datetime.strptime(path.stem.removeprefix(_STEM), _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def restore(store: KeyStore, path: Path) -> int:
    """Replace the key store with a copy; return its generation.

    Stop web and workers first. The worker destroys again what has been destroyed since the copy was made.

    Raises:
        Misconfigured: The file is not a copy of a key store.
        Damaged: It belongs to another installation.
    """
    try:
        with zipfile.ZipFile(path) as copy:
            blocks = {name: copy.read(name) for name in copy.namelist()}
        root = blocks.pop(ROOT)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise Misconfigured("{path} är ingen kopia av ett nyckellager.", path=str(path)) from error
    try:
        return store.replace(root, blocks).generation
    except Damaged as error:
        raise Damaged("Kopian hör till en annan installation, eller har ändrats.") from error
