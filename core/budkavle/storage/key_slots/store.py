"""The key store: hands out slots, reads them, and destroys them so that copies of the database no longer open.

Slots are stored in blocks of up to 8,192, each sealed under its own key, and the root names the blocks and their keys.
Destroying slots rewrites their block under a new key: what the disk, or a snapshot of it, still has of the old block
cannot be opened once the old root is gone. A process reserves a block ahead, durably, and hands out its slots from
memory; unused slots of a process that has ended are simply lost.
"""

import hashlib
import os
import secrets
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from budkavle.storage.key_slots.root import NO_KEY, Root
from budkavle.storage.key_slots.shelf import Shelf, ShelfWriter
from budkavle.storage.keys import KEY_BYTES, KeysUnavailable, decrypt, encrypt

SLOT_BYTES = 32
POSITION_BITS = 13
FIRST, MOST = 64, 1 << POSITION_BITS
"""Slots that a process reserves the first time, and at most: four times as many each time."""
CACHED_BLOCKS = 64
AT_ONCE = 16
"""Blocks that are written while holding the lock once, so that other processes get their turn."""
LOOK_SECONDS = 1.0
"""How often a process that only hands out slots checks whether its block still exists."""
FRESH_SECONDS = 0.1
"""How long a process that reads slots trusts the root it has read, so that a message needs one check at most."""
DESTROYED = bytes(SLOT_BYTES)
_EMPTY = "Nyckellagret i {place} är tomt eller kan inte nås, så inget krypterat kan läsas eller skrivas."
_LACKS = (
    "Nyckellagret i {place} saknar nycklar som databasen räknar med: det är äldre än databasen, eller ett annat."
    " Kör budkavle keys check."
)


class SlotsMissing(KeysUnavailable):
    """The database names a slot that the key store has never had: the store lags behind, or is another one."""


@dataclass(frozen=True, slots=True, repr=False)
class Slot:
    """A slot: its number, which the database stores, and its content, which the database never sees."""

    number: int
    secret: bytes


@dataclass(slots=True, repr=False)
class _Reserved:
    """A block reserved by this process, and how many of its slots have been handed out."""

    block: int = 0
    slots: bytes = b""
    used: int = 0

    @property
    def is_empty(self) -> bool:
        return self.used * SLOT_BYTES >= len(self.slots)

    def pop(self) -> Slot:
        position, self.used = self.used, self.used + 1
        return Slot((self.block << POSITION_BITS) + position, _at(self.slots, position))


class KeyStore:
    """The slots of one installation, in one process.

    Args:
        shelf: Where they are stored.
        key: Returns the key under which the root is sealed; called when first needed.
    """

    def __init__(self, shelf: Shelf, key: Callable[[], bytes]) -> None:
        self._shelf = shelf
        self._key = key
        self._lock = threading.RLock()
        self._root: Root | None = None
        self._stamp: object | None = None
        self._cache: OrderedDict[bytes, bytes] = OrderedDict()
        """Decrypted blocks by their keys: a rewritten block has another key."""
        self._reserved = _Reserved()
        self._owner = 0
        self._size = FIRST
        self._looked = 0.0

    @property
    def place(self) -> str:
        """Where the slots are stored, for operators."""
        return self._shelf.place

    def root(self) -> Root | None:
        """Return the current root; None if the store is empty.

        Raises:
            KeysUnavailable: The store does not answer.
            Damaged: It belongs to another installation.
        """
        with self._lock:
            stamp = self._shelf.stamp()
            if stamp is None:
                self._root, self._stamp, self._reserved = None, None, _Reserved()
            elif stamp != self._stamp:
                self._load()
            self._looked = monotonic()
            return self._root

    def create(self) -> Root:
        """Return the root; create an empty one if there is none."""
        with self._lock, self._shelf.writing() as writer:
            sealed = writer.root()
            if sealed is None:
                root = Root(generation=1)
                writer.replace(root.seal(self._key()), {}, ())
                return root
            return Root.open(self._key(), sealed)

    def take(self) -> Slot:
        """Return an unused slot.

        Raises:
            KeysUnavailable: There is none left in memory, and the store does not answer or is empty.
        """
        with self._lock:
            if self._owner != os.getpid():  # after a fork, parent and child would hand out the same slots
                self._owner, self._reserved, self._size = os.getpid(), _Reserved(), FIRST
            if not self._reserved.is_empty and monotonic() > self._looked + LOOK_SECONDS:
                self.root()
            if self._reserved.is_empty:
                self._reserve()
            return self._reserved.pop()

    def secrets(self, numbers: Iterable[int]) -> dict[int, bytes | None]:
        """Return the content of these slots; None for those that have been destroyed.

        What another process destroys can be read for `FRESH_SECONDS`; by then its rows are gone from the database.

        Raises:
            SlotsMissing: The store has no such block.
            KeysUnavailable: The store does not answer, or is empty.
        """
        distinct = set(numbers)
        if not distinct:
            return {}
        with self._lock:
            root = self._recent(number >> POSITION_BITS for number in distinct)
            return {number: self._secret(root, number) for number in distinct}

    def destroy(self, numbers: Iterable[int]) -> int:
        """Destroy slots; those already destroyed, or unknown to the store, are skipped.

        If a process dies in the middle, call it again for the rest.

        Returns:
            The generation of the store in which all of them are destroyed.

        Raises:
            KeysUnavailable: The store does not answer, or is empty.
        """
        by_block = defaultdict[int, set[int]](set)
        for number in numbers:
            by_block[number >> POSITION_BITS].add(number & (MOST - 1))
        generation = self._require().generation
        blocks = sorted(by_block)
        for first in range(0, len(blocks), AT_ONCE):
            with self._writing() as (writer, root):
                doomed = {block: by_block[block] for block in blocks[first : first + AT_ONCE]}
                generation = self._rewrite(writer, root, doomed)
        self._looked = 0.0
        return generation

    def renew(self) -> Iterator[int]:
        """Rewrite every block under a new key, a few at a time; yield how many are left.

        Slots can be handed out, read and destroyed meanwhile. If a run is interrupted, every block is intact; start it
        again.

        Raises:
            KeysUnavailable: The store does not answer, or is empty.
        """
        blocks = sorted(block for block, key in self._require().keys.items() if key != NO_KEY)
        for first in range(0, len(blocks), AT_ONCE):
            with self._writing() as (writer, root):
                self._rewrite(writer, root, dict.fromkeys(blocks[first : first + AT_ONCE], ()))
            yield max(0, len(blocks) - first - AT_ONCE)

    def sweep(self) -> int:
        """Remove blocks that no root names, left by a dead process; return how many."""
        with self._writing() as (writer, root):
            strays = writer.names() - {_name(key) for key in root.keys.values()}
            writer.remove(strays)
        return len(strays)

    def pieces(self) -> Iterator[tuple[str, bytes]]:
        """Yield the root, under the empty name, and every block, still sealed, under the write lock."""
        with self._writing() as (_, root):
            yield "", root.seal(self._key())
            for key in root.keys.values():
                if key != NO_KEY and (sealed := self._shelf.block(_name(key))) is not None:
                    yield _name(key), sealed

    def replace(self, root: bytes, blocks: Mapping[str, bytes]) -> Root:
        """Replace the content of the store with a copy from `pieces`.

        Raises:
            Damaged: It belongs to another installation. Nothing has changed.
        """
        opened = Root.open(self._key(), root)
        with self._lock, self._shelf.writing() as writer:
            lying = writer.names()
            new = {name: sealed for name, sealed in blocks.items() if name not in lying}
            writer.replace(root, new, lying - blocks.keys())
        return opened

    def close(self) -> None:
        """Close connections."""
        self._shelf.close()

    def _secret(self, root: Root, number: int) -> bytes | None:
        block, position = number >> POSITION_BITS, number & (MOST - 1)
        for _ in range(5):  # the block may be rewritten while it is read
            key = root.keys.get(block)
            if key is None:
                raise SlotsMissing(_LACKS, place=self.place)
            if key == NO_KEY:
                return None
            slots = self._open(block, key)
            if slots is not None:
                secret = _at(slots, position)
                return None if secret == DESTROYED else secret
            root = self._require()
        raise SlotsMissing(_LACKS, place=self.place)

    def _open(self, block: int, key: bytes) -> bytes | None:
        slots = self._cache.get(key)
        if slots is None:
            sealed = self._shelf.block(_name(key))
            if sealed is None:
                return None
            slots = decrypt(key, sealed, _aad(block))
            self._cache[key] = slots
            while len(self._cache) > CACHED_BLOCKS:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return slots

    def _recent(self, blocks: Iterable[int]) -> Root:
        """Return the cached root if it is fresh and knows these blocks, otherwise the current one."""
        root = self._root
        if root is None or monotonic() > self._looked + FRESH_SECONDS or not root.keys.keys() >= set(blocks):
            return self._require()
        return root

    def _require(self) -> Root:
        root = self.root()
        if root is None:
            raise KeysUnavailable(_EMPTY, place=self.place)
        return root

    def _load(self) -> None:
        loaded = self._shelf.root()
        if loaded is None:
            self._root, self._stamp, self._reserved = None, None, _Reserved()
            return
        root = Root.open(self._key(), loaded[1])
        self._stamp, self._root = loaded[0], root
        if self._reserved.block not in root.keys:
            self._reserved = _Reserved()  # the store was restored from a copy without this block
        living = set(root.keys.values())
        for key in [key for key in self._cache if key not in living]:
            del self._cache[key]

    def _reserve(self) -> None:
        with self._writing() as (writer, root):
            block = _new_number(root)
            slots, key = os.urandom(self._size * SLOT_BYTES), os.urandom(KEY_BYTES)
            after = Root(root.store, root.generation + 1, {**root.keys, block: key})
            writer.replace(after.seal(self._key()), {_name(key): encrypt(key, slots, _aad(block))}, ())
        self._reserved = _Reserved(block, slots)
        self._size = min(self._size * 4, MOST)

    def _rewrite(self, writer: ShelfWriter, root: Root, doomed: Mapping[int, Collection[int]]) -> int:
        """Destroy the slots at these positions of blocks; a block without positions only gets a new key."""
        keys, blocks, gone = dict(root.keys), dict[str, bytes](), list[str]()
        for block, positions in doomed.items():
            old = keys.get(block, NO_KEY)
            sealed = self._shelf.block(_name(old)) if old != NO_KEY else None
            if sealed is None:
                continue
            before = decrypt(old, sealed, _aad(block))
            slots = bytearray(before)
            for position in positions:
                if position * SLOT_BYTES < len(slots):
                    slots[position * SLOT_BYTES : (position + 1) * SLOT_BYTES] = DESTROYED
            if positions and slots == before:
                continue
            gone.append(_name(old))
            keys[block] = NO_KEY if not any(slots) else os.urandom(KEY_BYTES)
            if keys[block] != NO_KEY:
                blocks[_name(keys[block])] = encrypt(keys[block], bytes(slots), _aad(block))
        if not gone:
            return root.generation
        after = Root(root.store, root.generation + 1, keys)
        writer.replace(after.seal(self._key()), blocks, gone)
        return after.generation

    @contextmanager
    def _writing(self) -> Iterator[tuple[ShelfWriter, Root]]:
        key = self._key()
        with self._lock, self._shelf.writing() as writer:
            sealed = writer.root()
            if sealed is None:
                raise KeysUnavailable(_EMPTY, place=self.place)
            yield writer, Root.open(key, sealed)


def _at(slots: bytes, position: int) -> bytes:
    return slots[position * SLOT_BYTES : (position + 1) * SLOT_BYTES]


def _new_number(root: Root) -> int:
    """Return a number that no block has had: a store restored from a copy must not use one again."""
    while (number := secrets.randbits(63 - POSITION_BITS)) in root.keys:
        pass
    return number


def _name(key: bytes) -> str:
    """Return the name of the block that is sealed under a key."""
    return hashlib.sha256(b"budkavle|key-store|name|" + key).hexdigest()[:32]


def _aad(block: int) -> bytes:
    return f"budkavle|key-store|block|{block}".encode()
