"""The provider that wraps the installation's keys: that of the settings, until the keys are moved to another.

A move is announced in the database with a probe, so that each process can try the new provider before it wraps any key.
Then the provider is changed in one transaction, and the organisations follow one by one.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, func, select

from budkavle.storage.outside import notes
from budkavle.storage.pipeline import QueryFile, Statement

KEEPER: Final = "key-keeper"
MOVE: Final = "key-move"
MOVED: Final = "key-moved"
_LOCK: Final = "who wraps keys"


class _Queries(QueryFile):
    hold: Statement


QUERIES = _Queries.load()


class Move(Struct, frozen=True):
    """A move that has begun and has not ended.

    Attributes:
        source: The provider that has wrapped the keys.
        target: The provider that they are moved to.
        probe: The installation's key as the target has wrapped it.
        earlier: An unfinished move whose target wraps keys, while this one is only announced.
    """

    source: str
    target: str
    probe: bytes
    earlier: "Move | None" = None


class Moved(Struct, frozen=True):
    """The last move that has ended.

    Attributes:
        source: The provider that had the keys.
        at: When the last key had been moved.
    """

    source: str
    at: datetime


def current(connection: Connection) -> str | None:
    """Return the provider that wraps keys; None while the settings decide."""
    return notes.load(connection, KEEPER, str)


def held(connection: Connection) -> str | None:
    """Return the provider that wraps keys; it stays the same until the transaction ends."""
    QUERIES.hold.enqueue(connection, {"lock": _LOCK})
    return current(connection)


def change(connection: Connection, name: str) -> None:
    """Let another provider wrap keys from the commit on; waits for transactions that are wrapping."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_LOCK, 0))))
    notes.store(connection, KEEPER, name)


def move(connection: Connection) -> Move | None:
    """Return the move that has begun and has not ended."""
    return notes.load(connection, MOVE, Move)


def moved(connection: Connection) -> Moved | None:
    """Return the last move that has ended."""
    return notes.load(connection, MOVED, Moved)
