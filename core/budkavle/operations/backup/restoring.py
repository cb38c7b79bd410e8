"""Restoring a backup into an empty installation, which begins in quarantine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select

from budkavle.model.errors import Conflict, Misconfigured
from budkavle.model.people import INSTALLATION, Actor
from budkavle.operations.backup import checking, manifest, objects, progress, tables
from budkavle.operations.backup.ending import end_access
from budkavle.operations.backup.making import read_heads
from budkavle.operations.backup.manifest import Manifest
from budkavle.operations.backup.progress import Restoring
from budkavle.operations.moves import fence
from budkavle.organisation.register import record_in_installation
from budkavle.storage import installation_key
from budkavle.storage.key_slots.doomed import destroy_doomed
from budkavle.storage.outside import epoch, notes, quarantine
from budkavle.storage.outside.quarantine import Cause
from budkavle.storage.platform import Platform
from budkavle.storage.tables import organisations

_FULL = "Databasen är inte tom. Återställ bara till en ny, tom databas."
_OTHER_TABLES = (
    "Säkerhetskopian är gjord med version {program}, med andra tabeller för {names}. Återställ med den versionen och"
    " samma tillägg, och uppgradera sedan."
)
log = structlog.get_logger("budkavle.operations.backup")


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore.

    Attributes:
        manifest: The backup's manifest.
        is_store_right: Whether the key store is the one that the backup belongs to, and not older.
    """

    manifest: Manifest
    is_store_right: bool


def restore(platform: Platform, actor: Actor, folder: Path) -> Restored:
    """Put a backup into an empty installation, which is in quarantine as soon as it has rows.

    If a restore dies, call it again with the same backup to finish it. Stop web and workers first. The master key and
    the key store must be in place.

    Args:
        platform: The empty installation, with the same plugins.
        actor: Who restores, for the installation's log.
        folder: The backup.

    Raises:
        Conflict: There is something in the database.
        Misconfigured: There is no complete backup in the folder, or its tables are of another version.
        Damaged: It has been changed, or was made under another master key.
    """
    made = require_backup(platform, folder)
    if progress.find(platform.database) != _restoring(made):
        fill(platform, folder, made)
    objects.copy_in(platform.blobs, folder, made.objects)
    end_access(platform)
    is_store_right = _destroy_again(platform, made)
    fence.close_off_restored(platform)
    progress.end(platform.database)
    record_in_installation(platform, actor, "installation.restored", INSTALLATION, made_at=made.made_at.isoformat())
    log.warning("quarantine.begun", reason=Cause.RESTORED.value)
    return Restored(made, is_store_right)


def require_backup(platform: Platform, folder: Path) -> Manifest:
    """Return the manifest of a complete backup that was sealed under this installation's key.

    Raises:
        Misconfigured: There is no complete backup in the folder.
        Damaged: It has been changed, or was made under another master key.
    """
    return checking.require_whole(folder, _key(platform, folder))


def fill(platform: Platform, folder: Path, made: Manifest) -> None:
    """Put the rows of a backup into an empty database, together with the quarantine, in one transaction.

    Raises:
        Conflict: There is something in the database.
        Misconfigured: The tables of the backup are of another version.
    """
    platform.database.migrate(platform.plugins.migrations())
    _require_empty(platform)
    with platform.database.owner() as engine, engine.begin() as connection:
        raw: Any = connection.connection.driver_connection
        _require_tables(made, read_heads(raw))
        tables.copy_in(raw, folder, made.tables)
        tables.set_sequences(raw, dict(made.sequences))
        number = notes.load(connection, epoch.NAME, int) or 0
        number = max(number, epoch.read(platform.settings.outside_folder) or 0) + 1
        notes.store(connection, epoch.NAME, number)
        notes.store(connection, quarantine.NAME, quarantine.new(Cause.RESTORED, made.made_at))
        progress.begin(connection, _restoring(made))
    epoch.keep(platform.settings.outside_folder, number)
    platform.vault.forget()


def _restoring(made: Manifest) -> Restoring:
    return Restoring(made.made_at, made.seal)


def _key(platform: Platform, folder: Path) -> bytes:
    """Return the installation's key: the one in the key file, or the backup's as this provider unwraps it."""
    wrapped = bytes.fromhex(manifest.read(folder).keys.wrapped)
    key = platform.keys.unwrap(wrapped, installation_key.AAD) if wrapped else platform.keys.installation_key
    if key is None:
        raise Misconfigured(
            "Säkerhetskopian är förseglad med en nyckelfil. Ange den med keys, och key_provider = file."
        )
    return key


def _require_empty(platform: Platform) -> None:
    with platform.database.transaction(None) as connection:
        if connection.execute(select(func.count()).select_from(organisations)).scalar_one():
            raise Conflict(_FULL)


def _require_tables(made: Manifest, heads: dict[str, list[str]]) -> None:
    if other := sorted(name for name in {*heads, *made.heads} if heads.get(name) != list(made.heads.get(name, ()))):
        raise Misconfigured(_OTHER_TABLES, program=made.program, names=", ".join(other))


def _destroy_again(platform: Platform, made: Manifest) -> bool:
    """Destroy the key slots that the backup lists as doomed; tell whether the key store is the right one."""
    store = platform.vault.slots.store
    root = store.root() if store is not None else None
    if root is None or root.store.hex() != made.keys.store:
        return False
    while destroy_doomed(store, platform.database, platform.settings.key_store.backup_days):
        pass
    return root.generation >= made.keys.generation
