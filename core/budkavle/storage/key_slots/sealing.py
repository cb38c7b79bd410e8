"""How a slot is mixed into a key, and how small sealed values name their slot: in the first bytes, which are public.

The key that wraps a content key is derived from the organisation's key and the slot together, so neither opens anything
alone. A small value is two bytes with the key's version, whose highest bit says that eight bytes with the number of a
slot follow, and then the ciphertext.
"""

import hashlib
import hmac
from typing import Final
from uuid import UUID

from budkavle.storage.key_slots.store import Slot

HAS_SLOT: Final = 0x8000
_VERSION, _NUMBER = 2, 8


def wrapping_key(parts_key: bytes, owner_id: UUID, slot: Slot | None) -> bytes:
    """Return the key that wraps the content keys of an owner.

    Args:
        parts_key: The organisation's key for parts.
        owner_id: The owner.
        slot: Its slot; None for keys from before slots existed.
    """
    if slot is None:
        return parts_key
    return hmac.digest(parts_key, b"budkavle/slot/1" + slot.secret + owner_id.bytes, hashlib.sha256)


def small_key(key: bytes, slot: Slot | None) -> bytes:
    """Return the key that seals small values under a slot; without a slot, the organisation's own."""
    return key if slot is None else hmac.digest(key, b"budkavle/small-slot/1" + slot.secret, hashlib.sha256)


def header(version: int, slot: Slot | None) -> bytes:
    """Return the first bytes of a small value."""
    if slot is None:
        return version.to_bytes(_VERSION, "big")
    return (version | HAS_SLOT).to_bytes(_VERSION, "big") + slot.number.to_bytes(_NUMBER, "big")


def key_version(sealed: bytes) -> int:
    """Return the version of the organisation's key that a small value was sealed under."""
    return int.from_bytes(sealed[:_VERSION], "big") & ~HAS_SLOT


def slot_number(sealed: bytes) -> int | None:
    """Return the number of the slot that a small value was sealed under, if it has one."""
    if len(sealed) <= _VERSION + _NUMBER or not int.from_bytes(sealed[:_VERSION], "big") & HAS_SLOT:
        return None
    return int.from_bytes(sealed[_VERSION : _VERSION + _NUMBER], "big")


def body(sealed: bytes) -> bytes:
    """Return the ciphertext of a small value."""
    return sealed[_VERSION + _NUMBER if slot_number(sealed) is not None else _VERSION :]
