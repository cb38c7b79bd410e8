"""Gives slots to data that was sealed before slots existed: in batches, while the installation runs, and resumable.

Each batch is a transaction that takes rows without a slot, so an interrupted run continues where it was. Keys first:
data that belongs to a message, such as its recipients, is then sealed under the message's slot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, func, select, true, update

from budkavle.model.people import INSTALLATION
from budkavle.storage.database import ALL_CASES
from budkavle.storage.key_slots.store import Slot
from budkavle.storage.platform import Platform
from budkavle.storage.tables import (
    approvals,
    attachments,
    content_keys,
    deliveries,
    kept_drafts,
    notices,
    organisations,
    owned_files,
    receipts,
    saved_searches,
)

BATCH = 500


@dataclass(frozen=True, slots=True)
class _Small:
    """A column of small sealed values.

    Attributes:
        table: Its table, whose rows have an `id`.
        column: Its name.
        label: Its label for `seal_small`.
        owner: The column with the owner whose slot is used; empty if each row gets its own slot.
    """

    table: Table
    column: str
    label: str
    owner: str = ""


SMALL = (
    _Small(attachments, "name", "file-name:{id}", "id"),
    _Small(owned_files, "name", "owned-file-name:{id}", "id"),
    _Small(deliveries, "recipient", "recipient:{id}", "message_id"),
    _Small(deliveries, "terms", "terms:{id}", "message_id"),
    _Small(deliveries, "wire", "wire:{id}", "message_id"),
    _Small(receipts, "evidence", "receipt:{id}", "delivery_id"),
    _Small(receipts, "sender", "receipt-sender:{id}", "delivery_id"),
    _Small(kept_drafts, "content", "draft:{id}"),
    _Small(approvals, "sealed", "approval:{id}"),
    _Small(notices, "sealed", "notice:{id}"),
    _Small(saved_searches, "sealed", "saved-search:{id}"),
)
"""Content of messages, or data about them, that was sealed under the organisation's key alone."""


def give_slots(platform: Platform, batch: int = BATCH) -> Iterator[int]:
    """Give slots to everything that has none, and yield how many values each batch has moved.

    Raises:
        KeysUnavailable: The key store does not answer; what has been moved stays moved.
    """
    for organisation_id in _organisations(platform):
        while moved := _move_keys(platform, organisation_id, batch):
            yield moved
        for small in SMALL:
            yield from _move_small(platform, organisation_id, small, batch)


def _organisations(platform: Platform) -> list[UUID]:
    with platform.database.transaction(None) as connection:
        return [*connection.execute(select(organisations.c.id)).scalars(), INSTALLATION]


def _move_keys(platform: Platform, organisation_id: UUID, batch: int) -> int:
    c, vault = content_keys.c, platform.vault
    unslotted = (c.organisation_id == organisation_id, c.slot.is_(None))
    # Locked, so that nothing is destroyed between reading a key and writing it back.
    owners = select(c.owner_id).where(*unslotted).distinct().order_by(c.owner_id).limit(batch)
    query = select(c.owner_id, c.part).where(*unslotted, c.owner_id.in_(owners)).with_for_update()
    with platform.database.transaction(organisation_id, reader=ALL_CASES) as connection:
        parts = [(row.owner_id, row.part) for row in connection.execute(query)]
        if not parts:
            return 0
        keys = vault.content_keys(connection, organisation_id, parts)
        vault.store_keys(
            connection,
            organisation_id,
            [(owner, part, key) for (owner, part), key in zip(parts, keys, strict=True) if key is not None],
        )
    return len(parts)


def _move_small(platform: Platform, organisation_id: UUID, small: _Small, batch: int) -> Iterator[int]:
    last: UUID | None = None
    while True:
        with platform.database.transaction(organisation_id, reader=ALL_CASES) as connection:
            rows = connection.execute(_unslotted(organisation_id, small, last).limit(batch)).all()
            slots = _slots(platform, connection, organisation_id, small, {row.owner for row in rows})
            count = sum(_reseal(platform, connection, small, row, slots.get(row.owner)) for row in rows)
        if not rows:
            return
        last = rows[-1].id
        yield count


def _unslotted(organisation_id: UUID, small: _Small, last: UUID | None) -> Any:
    c = small.table.c
    sealed, owner = c[small.column], c[small.owner] if small.owner else c.id
    query = select(c.organisation_id, c.id, owner.label("owner"), sealed.label("sealed"))
    without = (c.organisation_id == organisation_id, func.length(sealed) > 0, func.sealed_slot(sealed).is_(None))
    return query.where(*without, c.id > last if last else true()).order_by(c.id)


def _slots(
    platform: Platform, connection: Connection, organisation_id: UUID, small: _Small, owners: set[UUID | None]
) -> dict[UUID | None, Slot | None]:
    """Return the slot of each owner: its own, that of a delivery's message, or a new one."""
    if not small.owner:
        return {owner: platform.vault.slots.take() for owner in owners}
    messages = {owner: owner for owner in owners}
    if small.owner == "delivery_id":
        of_deliveries = (deliveries.c.organisation_id == organisation_id, deliveries.c.id.in_(owners - {None}))
        query = select(deliveries.c.id, deliveries.c.message_id).where(*of_deliveries)
        messages = {row.id: row.message_id for row in connection.execute(query)}
    c = content_keys.c
    these = (c.organisation_id == organisation_id, c.owner_id.in_({*messages.values()} - {None}), c.slot.is_not(None))
    query = select(c.owner_id, func.min(c.slot).label("slot")).where(*these).group_by(c.owner_id)
    numbers = {row.owner_id: row.slot for row in connection.execute(query)}
    slots = platform.vault.slots.read(numbers.values())
    return {owner: slots.get(numbers.get(message)) for owner, message in messages.items()}


def _reseal(platform: Platform, connection: Connection, small: _Small, row: "Row[Any]", slot: Slot | None) -> bool:
    """Reseal one value, unless it has changed since it was read; one without an owner stays unchanged."""
    if slot is None:
        return False
    label, c = small.label.format(id=row.id), small.table.c
    plain = platform.vault.open_small(row.organisation_id, label, row.sealed, connection)
    sealed = platform.vault.seal_small(row.organisation_id, label, plain, connection, slot)
    unchanged = (c.organisation_id == row.organisation_id, c.id == row.id, c[small.column] == row.sealed)
    change = update(small.table).where(*unchanged).values({small.column: sealed})
    return connection.execute(change).rowcount > 0
