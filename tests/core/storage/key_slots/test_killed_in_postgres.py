"""The key store in PostgreSQL: whoever is killed while destroying leaves every slot whole or destroyed."""

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import closing

from budkavle.storage.key_slots.postgres import PostgresShelf
from budkavle.storage.key_slots.store import KeyStore

KEY = b"k" * 32
PROGRAM = """
import json, sys
from budkavle.storage.key_slots.postgres import PostgresShelf
from budkavle.storage.key_slots.store import KeyStore
store = KeyStore(PostgresShelf(sys.argv[1]), lambda: b"k" * 32)
numbers = json.load(sys.stdin)
print("ready", flush=True)
store.destroy(numbers)
"""


def open_store(url: str) -> KeyStore:
    return KeyStore(PostgresShelf(url), lambda: KEY)


def kill_while_destroying(url: str, numbers: list[int], after: float) -> bool:
    """Let a process destroy slots and kill it so many seconds later; tells whether it was still at it."""
    command = [sys.executable, "-c", PROGRAM, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(numbers).encode())
        process.stdin.close()
        assert process.stdout.readline() == b"ready\n"
        time.sleep(after)
        process.kill()
    return process.returncode == -signal.SIGKILL


def test_a_kill_in_the_middle_leaves_no_slot_half(key_database: str) -> None:
    """At random moments, six times; others live, doing it again ends it, and no block is left that nobody names."""
    chance = random.Random(1)  # noqa: S311
    with closing(open_store(key_database)) as store:
        store.create()
        slots = [store.take() for _ in range(20_000)]
        numbers = [slot.number for slot in chance.sample(slots, 10_000)]
        kept = {slot.number: slot.secret for slot in slots} | dict.fromkeys(numbers)
        killed = 0
        for _ in range(6):
            killed += kill_while_destroying(key_database, numbers, chance.random() * 0.3)
            with closing(open_store(key_database)) as other:
                seen = other.secrets(slot.number for slot in slots)
            for slot in slots:
                assert seen[slot.number] in ({slot.secret} if kept[slot.number] else {slot.secret, None})
        assert killed
        with closing(open_store(key_database)) as again:
            again.destroy(numbers)
            assert again.sweep() == 0  # blocks and root change in one transaction
            assert again.secrets(slot.number for slot in slots) == kept
