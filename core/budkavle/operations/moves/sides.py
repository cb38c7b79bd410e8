"""The two installations of a move, each with an owner's connection that sees all rows."""

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
"""Makes both servers write a row in the same form, whatever their settings."""
_BUSY = "Organisationen flyttas redan av ett annat kommando. Vänta tills det är klart."


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two installations.

    Attributes:
        connection: The owner's; each statement commits by itself.
    """

    platform: Platform
    connection: Connection

    @property
    def raw(self) -> "psycopg.Connection[Any]":
        """The underlying connection of the driver."""
        return driver(self.connection)

    @contextmanager
    def writing(self, organisation_id: UUID) -> Iterator[None]:
        """Write rows of the organisation in a transaction, past the fence; its deletes doom no slots."""
        with self.raw.transaction():
            self.raw.execute("SELECT set_config('budkavle.mover', %s, true)", [str(organisation_id)])
            yield
            # The slots belong to the copy that stays; only this transaction has seen these rows.
            self.raw.execute("DELETE FROM doomed_slots WHERE xmin = pg_current_xact_id()::xid")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read all tables in one snapshot."""
        with self.raw.transaction():
            self.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


@contextmanager
def both(source: Platform, target: Platform, organisation_id: UUID) -> Iterator[tuple[Side, Side]]:
    """Open both sides for one command at a time; no migration runs meanwhile.

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
        # The lock lasts as long as the writing connection: a suspended command either holds it, or can no longer write.
        row = raw.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 53))", [str(organisation_id)]).fetchone()
        if row is None or not row[0]:
            raise Conflict(_BUSY)
        yield Side(platform, connection)
