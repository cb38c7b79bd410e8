"""The two installations of a move, each with a connection of its owner that sees all rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection

from budkavle.model.errors import Conflict
from budkavle.storage.database.migrate import LOCK
from budkavle.storage.pipeline import driver
from budkavle.storage.platform import Platform

_SAME_TEXT = """
SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex';
SET extra_float_digits = 1
"""
"""Both write a row in the same way, whatever their servers are set to."""
_BUSY = "Organisationen flyttas redan av ett annat kommando. Vänta tills det är klart."


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two installations.

    Attributes:
        connection: Of the owner; each statement commits by itself.
    """

    platform: Platform
    connection: Connection

    @property
    def raw(self) -> "psycopg.Connection[Any]":
        """The driver's connection below."""
        return driver(self.connection)

    @contextmanager
    def writing(self, organisation_id: UUID) -> Iterator[None]:
        """Write rows of the organisation in a transaction, past the fence; no slot is doomed by what it deletes."""
        with self.raw.transaction():
            self.raw.execute("SELECT set_config('budkavle.mover', %s, true)", [str(organisation_id)])
            yield
            # The slots belong to the copy that lives; only this transaction knows of these rows.
            self.raw.execute("DELETE FROM doomed_slots WHERE xmin = pg_current_xact_id()::xid")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read all tables as they are at one moment."""
        with self.raw.transaction():
            self.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


@contextmanager
def both(source: Platform, target: Platform, organisation_id: UUID) -> Iterator[tuple[Side, Side]]:
    """Open both sides for one command at a time, in which no migration happens.

    Raises:
        Conflict: Another command moves the organisation.
        Misconfigured: One of them has no `database.owner_url`.
    """
    with _side(source, organisation_id) as here, _side(target, organisation_id) as there:
        yield here, there


@contextmanager
def _side(platform: Platform, organisation_id: UUID) -> Iterator[Side]:
    with platform.database.owner() as engine, engine.connect() as connection:
        raw = driver(connection)
        raw.autocommit = True
        raw.execute(_SAME_TEXT)
        raw.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
        # It lasts as long as the connection that writes: a command that was frozen holds it, or writes no more.
        row = raw.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 53))", [str(organisation_id)]).fetchone()
        if row is None or not row[0]:
            raise Conflict(_BUSY)
        yield Side(platform, connection)
