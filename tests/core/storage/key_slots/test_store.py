"""The key store: what is destroyed is destroyed for every process, and for every copy but its own from before.

Each test runs with the folder and with PostgreSQL: they keep one contract.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from budkavle.model.errors import Damaged
from budkavle.storage.key_slots import store as store_module
from budkavle.storage.key_slots.folder import FolderShelf
from budkavle.storage.key_slots.postgres import PostgresShelf
from budkavle.storage.key_slots.root import NO_KEY, Root
from budkavle.storage.key_slots.store import (
    DESTROYED,
    FIRST,
    FRESH_SECONDS,
    POSITION_BITS,
    KeyStore,
    SlotsMissing,
)
from budkavle.storage.keys import KeysUnavailable, decrypt

KEY = b"k" * 32

OpenStore = Callable[[], KeyStore]


def test_a_slot_is_read_by_every_process_and_given_out_once(open_store: OpenStore) -> None:
    """Two processes hand out different slots, and each reads the other's."""
    one, other = open_store(), open_store()
    slots = [store.take() for _ in range(3 * FIRST) for store in (one, other)]
    assert len({slot.number for slot in slots}) == len({slot.secret for slot in slots}) == len(slots)
    for store in (one, other):
        assert store.secrets(slot.number for slot in slots) == {slot.number: slot.secret for slot in slots}


def test_what_one_process_destroys_another_cannot_open_from_its_cache(open_store: OpenStore) -> None:
    """A block that a process has open is dropped a moment after another process has changed it."""
    one, other = open_store(), open_store()
    doomed, kept = one.take(), one.take()
    assert other.secrets([doomed.number, kept.number])[doomed.number] == doomed.secret
    one.destroy([doomed.number])
    assert one.secrets([doomed.number]) == {doomed.number: None}
    time.sleep(FRESH_SECONDS)
    assert other.secrets([doomed.number, kept.number]) == {doomed.number: None, kept.number: kept.secret}


def test_destroying_twice_changes_nothing(open_store: OpenStore) -> None:
    """It is idempotent, for slots that the store never had too; nothing is written where nothing changes."""
    store = open_store()
    slot = store.take()
    first = store.destroy([slot.number])
    assert store.destroy([slot.number, 77 << POSITION_BITS]) == first
    assert store.secrets([slot.number]) == {slot.number: None}


@pytest.mark.feature("ZS8")
def test_every_block_gets_a_new_key_while_others_go_on(open_store: OpenStore) -> None:
    """All slots stay, whoever has them open; what was destroyed stays so, and a root from before opens no block."""
    one, other = open_store(), open_store()
    slots = [one.take() for _ in range(3 * FIRST)]
    doomed = [other.take() for _ in range(FIRST)]
    one.destroy([slot.number for slot in (*doomed, slots[0])])
    before = one.root()
    assert before
    handed = [other.take() for _ in range(3)]
    left = [*one.renew()]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    after = one.root()
    assert after
    old = {key for key in before.keys.values() if key != NO_KEY}
    assert len(old) > 1
    assert not old & set(after.keys.values())
    assert after.keys.keys() >= before.keys.keys()
    time.sleep(FRESH_SECONDS)
    handed.append(other.take())
    for store in (one, other, open_store()):
        assert store.secrets([slots[0].number, doomed[-1].number]) == {slots[0].number: None, doomed[-1].number: None}
        kept = [*slots[1:], *handed]
        assert store.secrets(slot.number for slot in kept) == {slot.number: slot.secret for slot in kept}


@pytest.mark.feature("ZS8")
def test_a_renewal_that_is_cut_off_leaves_every_slot(open_store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is destroyed between two steps stays destroyed, and a second run does what the first one left."""
    monkeypatch.setattr(store_module, "AT_ONCE", 1)
    one, other = open_store(), open_store()
    slots = [one.take() for _ in range(3 * FIRST)]
    run = one.renew()
    next(run)
    other.destroy([slots[-1].number])
    next(run)
    del run
    assert [*one.renew()][-1] == 0
    assert one.secrets([slots[-1].number]) == {slots[-1].number: None}
    assert one.secrets(slot.number for slot in slots[:-1]) == {slot.number: slot.secret for slot in slots[:-1]}


def test_a_block_without_slots_is_told_from_one_that_is_lost(open_store: OpenStore) -> None:
    """Of what is all destroyed the bytes go, and it stays known; what was never there is missing."""
    store = open_store()
    slots = [store.take() for _ in range(FIRST)]
    store.destroy(slot.number for slot in slots)
    assert set(store.secrets(slot.number for slot in slots).values()) == {None}
    assert dict(store.pieces()).keys() == {""}
    with pytest.raises(SlotsMissing):
        store.secrets([77 << POSITION_BITS])


def test_old_blocks_do_not_open_with_the_new_root(open_store: OpenStore) -> None:
    """A block is written anew under a new key: what a disk still has of the old one is closed."""
    store = open_store()
    slot, kept = store.take(), store.take()
    before = dict(store.pieces())
    store.destroy([slot.number])
    after = dict(store.pieces())
    new = Root.open(KEY, after[""])
    (key,) = new.keys.values()
    old_blocks = [sealed for name, sealed in before.items() if name and name not in after]
    assert len(old_blocks) == 1
    with pytest.raises(Damaged):
        decrypt(key, old_blocks[0], f"budkavle|key-store|block|{slot.number >> POSITION_BITS}".encode())
    assert store.secrets([kept.number]) == {kept.number: kept.secret}


def test_a_copy_from_before_brings_back_what_was_destroyed(open_store: OpenStore) -> None:
    """So a copy of the key store must be short-lived."""
    store = open_store()
    slot = store.take()
    copy = dict(store.pieces())
    store.destroy([slot.number])
    root = copy.pop("")
    store.replace(root, copy)
    assert store.secrets([slot.number]) == {slot.number: slot.secret}


def test_slots_in_memory_are_not_given_out_of_a_block_that_a_copy_took_away(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has reserved a block sees that the store was restored from before it."""
    monkeypatch.setattr(store_module, "LOOK_SECONDS", 0.0)
    one, other = open_store(), open_store()
    copy = dict(other.pieces())
    lost = one.take()
    other.replace(copy.pop(""), copy)
    after = one.take()
    assert after.number >> POSITION_BITS != lost.number >> POSITION_BITS
    assert other.secrets([after.number]) == {after.number: after.secret}


def test_a_process_that_was_forked_gives_out_slots_of_its_own(open_store: OpenStore) -> None:
    """Two owners of one slot would be destroyed together."""
    store = open_store()
    store.take()
    store._owner = os.getppid()  # as after a fork
    before = store._reserved.block
    assert store.take().number >> POSITION_BITS != before


def test_an_empty_store_is_not_made_by_the_way(tmp_path: Path) -> None:
    """A folder that is not mounted looks empty: nothing may be sealed under what is hidden later."""
    store = KeyStore(FolderShelf(tmp_path / "away"), lambda: KEY)
    for use in (store.take, lambda: store.secrets([1]), lambda: store.destroy([1])):
        with pytest.raises(KeysUnavailable, match="är tomt eller kan inte nås"):
            use()


def test_a_store_of_another_installation_is_refused(open_store: OpenStore, tmp_path: Path) -> None:
    """Its root does not open."""
    shelf = open_store()._shelf
    with pytest.raises(Damaged):
        KeyStore(shelf, lambda: b"x" * 32).root()


def test_a_database_that_is_away_is_told(key_database: str) -> None:
    """One clear sentence, without the password."""
    shelf = PostgresShelf("postgresql://nycklar:hemligt@127.0.0.1:1/nycklar")
    with pytest.raises(KeysUnavailable, match=r"\(127\.0\.0\.1/nycklar\) svarar inte") as caught:
        shelf.stamp()
    assert "hemligt" not in str(caught.value)


PROGRAM = """
import json, sys
from pathlib import Path
from budkavle.storage.key_slots.folder import FolderShelf
from budkavle.storage.key_slots.store import KeyStore
store = KeyStore(FolderShelf(Path(sys.argv[1])), lambda: b"k" * 32)
numbers = json.load(sys.stdin)
print("ready", flush=True)
store.destroy(numbers)
"""


def test_a_kill_in_the_middle_leaves_no_block_half(tmp_path: Path) -> None:
    """Killed at random moments: every slot is as it was or destroyed, others live, and doing it again ends it."""
    folder, chance = tmp_path / "key-store", random.Random(1)  # noqa: S311
    store = KeyStore(FolderShelf(folder), lambda: KEY)
    store.create()
    slots = [store.take() for _ in range(40_000)]
    doomed = chance.sample(slots, 20_000)
    numbers = [slot.number for slot in doomed]
    kept = {slot.number: slot.secret for slot in slots} | dict.fromkeys(numbers)
    killed = 0
    for _ in range(6):
        command = [sys.executable, "-c", PROGRAM, str(folder)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(numbers).encode())
            process.stdin.close()
            assert process.stdout.readline() == b"ready\n"
            time.sleep(chance.random() * 0.3)
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        seen = KeyStore(FolderShelf(folder), lambda: KEY).secrets(slot.number for slot in slots)
        for slot in slots:
            assert seen[slot.number] in ({slot.secret} if kept[slot.number] else {slot.secret, None})
    again = KeyStore(FolderShelf(folder), lambda: KEY)
    again.destroy(numbers)
    again.sweep()
    assert again.secrets(slot.number for slot in slots) == kept
    assert len(list(folder.glob("*.block"))) == len(set(again.root().keys.values()))  # type: ignore[union-attr]
    assert not list(folder.glob("*.new"))
    assert killed
    assert all(DESTROYED not in path.read_bytes() for path in folder.iterdir())
