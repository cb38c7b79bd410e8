"""Connections of closed installations, kept for the next test in the same database.

A new connection is a new server process, which first reads the whole catalogue and plans every statement. A kept one
remembers that, and nothing else: its settings, locks and temporary tables are gone.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from budkavle.storage.database import Database
from budkavle.storage.pipeline import PipelineConnection

MOST = 8
"""How many are kept: those of the databases that were used last."""


_FORGET = b"RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP"


class _Kept(NamedTuple):
    """A connection to a place, and the names of its prepared statements, as both of its layers know them."""

    place: str
    pgconn: PGconn
    names: Any
    prepared: Any

    def forget(self) -> bool:
        """Make it look new; tells whether the server still answers."""
        try:
            return self.pgconn.exec_(_FORGET).status == ExecStatus.COMMAND_OK
        except psycopg.OperationalError:
            return False

    def as_new(self, kind: type[PipelineConnection]) -> PipelineConnection:
        """Return a connection of this class."""
        connection = kind(self.pgconn)
        connection._names, connection._prepared = self.names, self.prepared
        return connection


class KeptConnections:
    """The kept connections to databases with these names.

    Attributes:
        names: The databases; connections to others are closed as usual.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._idle: list[_Kept] = []
        self._lock = threading.Lock()

    def pids(self) -> list[int]:
        """Return the ids of their server processes."""
        with self._lock:
            return [kept.pgconn.backend_pid for kept in self._idle]

    def drop(self, *names: str) -> None:
        """Close those to databases that are to be renamed or removed."""
        with self._lock:
            gone = [kept for kept in self._idle if kept.pgconn.db.decode() in names]
            self._idle = [kept for kept in self._idle if kept not in gone]
        for kept in gone:
            kept.pgconn.finish()

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keep connections while the block lasts."""
        connect = Database.connect

        def connect_or_take(database: Database, conninfo: str | None = None, kind: Any = psycopg.Connection) -> Any:
            if not issubclass(kind, PipelineConnection) or conninfo is None:
                return connect(database, conninfo, kind)
            kept = self._take(conninfo)
            connection: Any = kept.as_new(kind) if kept else connect(database, conninfo, kind)
            connection.place = conninfo
            return connection

        def close(_: Any, connection: Any) -> None:
            if not self._keep(connection):
                connection.close()

        with patch.object(Database, "connect", connect_or_take), patch.object(PGDialect_psycopg, "do_close", close):
            yield
        self.drop(*self.names)

    def _take(self, place: str) -> _Kept | None:
        """Return the connection to this place that was closed last; None if there is none."""
        while True:
            with self._lock:
                here = [kept for kept in self._idle if kept.place == place]
                if not here:
                    return None
                self._idle.remove(here[-1])
            if here[-1].forget():
                return here[-1]
            here[-1].pgconn.finish()

    def _keep(self, connection: Any) -> bool:
        place, pgconn = getattr(connection, "place", ""), connection.pgconn
        if not place or pgconn.transaction_status != TransactionStatus.IDLE or pgconn.db.decode() not in self.names:
            return False
        connection.pgconn = _CLOSED
        with self._lock:
            self._idle.append(_Kept(place, pgconn, connection._names, connection._prepared))
            oldest = self._idle.pop(0) if len(self._idle) > MOST else None
        if oldest:
            oldest.pgconn.finish()
        return True


_CLOSED = psycopg.pq.PGconn.connect_start(b"host=/nowhere")
_CLOSED.finish()
KEPT = KeptConnections()
