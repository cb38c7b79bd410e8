"""Backups of rows, and the job that destroys what is doomed."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text

from budkavle.storage.key_slots.doomed import destroy_doomed
from budkavle.storage.key_slots.store import KeyStore
from budkavle.storage.platform import Platform
from budkavle.storage.tables import doomed_slots, metadata

SLOTTED = {name for name, table in metadata.tables.items() if "slot" in table.c} - {"doomed_slots"}
RESTORED = {"messages", "deliveries", "attachments", "owned_files", "receipts"} | SLOTTED
Backup = dict[str, list[dict[str, Any]]]


def drain(platform: Platform) -> int:
    """Do the job that destroys doomed slots."""
    return destroy_doomed(platform.vault.slots.store, platform.database, 14)


def store_of(platform: Platform) -> KeyStore:
    """Return the key store of an installation."""
    assert platform.vault.slots.store
    return platform.vault.slots.store


def back_up(platform: Platform, organisation_id: UUID) -> Backup:
    """Return the rows that a backup of the database has of an organisation."""
    with platform.database.transaction(organisation_id) as connection:
        rows = {name: connection.execute(select(metadata.tables[name])).all() for name in RESTORED}
    return {name: [dict(row._mapping) for row in of_table] for name, of_table in rows.items()}


def restore(platform: Platform, organisation_id: UUID, rows: Backup) -> None:
    """Put the rows of a backup in the place of those that are there."""
    with platform.database.owner() as engine, engine.begin() as owner:
        for name, values in rows.items():
            table = metadata.tables[name]
            owner.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
            owner.execute(delete(table).where(table.c.organisation_id == organisation_id))
            computed = {column.name for column in table.c if column.computed is not None}
            if values:
                plain = [{key: value for key, value in row.items() if key not in computed} for row in values]
                owner.execute(insert(table), plain)
            owner.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))


def doomed(platform: Platform) -> set[int]:
    """Return the slots that wait to be destroyed."""
    with platform.database.transaction(None) as connection:
        query = select(doomed_slots.c.slot).where(doomed_slots.c.destroyed_at.is_(None))
        return set(connection.execute(query).scalars())
