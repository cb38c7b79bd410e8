"""Which keys of the database the key store cannot open, and when nothing can open destroyed data any more."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, cast, distinct, func, select

from budkavle.storage.key_slots import watch
from budkavle.storage.key_slots.store import POSITION_BITS
from budkavle.storage.keys import KeysUnavailable
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import content_keys


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """The result of comparing the key store with the database.

    Attributes:
        trouble: What is wrong with the store as a whole; None if nothing is.
        slotted: Owners of keys that have a slot: messages, files, drafts.
        lost: Those of them whose block is missing in the store; they cannot be read.
        unslotted: Owners from before slots existed; `budkavle keys slots` gives them some.
    """

    trouble: KeysUnavailable | None
    slotted: int
    lost: int
    unslotted: int


def keys_gone_by(work: Work, destroyed_at: datetime) -> date:
    """Return the date from which nothing can open what was destroyed at a given time, not even a copy of the key store.

    Args:
        work: Any unit of work.
        destroyed_at: When it was destroyed.

    Example:
        sentence = f"säkerhetskopia av nycklar gallrad senast {keys_gone_by(work, datetime.now(UTC))}"
    """
    return watch.last_copy_gone(work.connection, destroyed_at, work.platform.settings.key_store.backup_days)


def check_store(platform: Platform) -> StoreCheck:
    """Compare every key of every organisation with the key store."""
    store = platform.vault.slots.store
    trouble, blocks = None, set[int]()
    try:
        root = store.root() if store is not None else None
        blocks = set(root.keys) if root is not None else set()
    except KeysUnavailable as error:
        trouble = error
    owners, block = (
        func.count(distinct(content_keys.c.owner_id)),
        content_keys.c.slot.op(">>")(cast(POSITION_BITS, Integer)),
    )
    slotted = lost = unslotted = 0
    for organisation in platform.organisations():
        query = select(block.label("block"), owners.label("owners")).where(
            content_keys.c.organisation_id == organisation.id
        )
        with platform.database.transaction(organisation.id) as connection:
            rows = connection.execute(query.group_by("block")).all()
        unslotted += sum(row.owners for row in rows if row.block is None)
        slotted += sum(row.owners for row in rows if row.block is not None)
        lost += sum(row.owners for row in rows if row.block is not None and row.block not in blocks)
    return StoreCheck(trouble, slotted, lost, unslotted)
