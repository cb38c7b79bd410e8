"""Connections and transactions. A transaction sees the rows of one organisation, or only the shared tables."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from budkavle.database.embedded import EmbeddedServer
from budkavle.database.migrate import PluginMigrations, downgrade_plugin, migrate
from budkavle.database.statements import Line, Statement, driver, together
from budkavle.database.wire import Wire
from budkavle.errors import Misconfigured, Unavailable
from budkavle.settings import Settings

CHANNEL = "budkavle"
"""What open pages hear."""
WORK = "budkavle_work"
"""What workers hear: that something is due. They are not woken by all the rest."""
APP_ROLE = "budkavle_app"
OWNER_ROLE = "budkavle_owner"
NAME = "budkavle"
_CREATE_ROLE = SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
_CREATE_DATABASE = SQL("CREATE DATABASE {} OWNER {}")
_DOWN = "Databasen svarar inte just nu. Försök igen om en stund."
_NOTIFY = Statement("SELECT pg_notify(channel, :payload) FROM unnest(CAST(:channels AS text[])) AS channel")


class Database:
    """The connections of one process.

    Args:
        app: How libpq reaches the database as the role that works.
        owner: The same as the role that owns the tables; None where this installation migrates elsewhere.
        server: The embedded server, where there is one; it is started again when it has died.
        pool: Connections to keep.
    """

    def __init__(self, app: str, owner: str | None, server: EmbeddedServer | None = None, pool: int = 10) -> None:
        self._app = app
        self._owner = owner
        self.server = server
        self.engine = self._engine(app, pool, explicit=True)
        self._here = _Here()

    @classmethod
    def open(cls, settings: Settings) -> "Database":
        """Connect by the settings, starting the embedded server where no URL is set.

        Raises:
            Misconfigured: The roles are not two, or the server cannot run here.
            Unavailable: The embedded server does not start.
        """
        if settings.database.url:
            owner = settings.database.owner_url
            return cls(_conninfo(settings.database.url), owner and _conninfo(owner), pool=settings.database.pool)
        server = EmbeddedServer(settings.data / "postgres")
        server.join()
        try:
            prepare(server, NAME)
        except psycopg.OperationalError as error:
            raise Unavailable(_DOWN) from error
        return cls(
            server.conninfo(NAME, APP_ROLE), server.conninfo(NAME, OWNER_ROLE), server, pool=settings.database.pool
        )

    def migrate(self, plugins: PluginMigrations = ()) -> None:
        """Bring the core's and the given plugins' tables up to date, as the owner."""
        role = conninfo_to_dict(self._app).get("user")
        with self.owner() as engine:
            migrate(engine, str(role), plugins)

    def downgrade_plugin(self, name: str, folder: Path) -> None:
        """Take away the tables of one plugin and its history."""
        with self.owner() as engine:
            downgrade_plugin(engine, name, folder)

    @contextlib.contextmanager
    def owner(self) -> Iterator[Engine]:
        """Connect as the owner of the tables for as long as the block lasts."""
        if self._owner is None:
            raise Misconfigured("Ange database.owner_url: tabellerna ändras av en annan roll än den som arbetar.")
        engine = self._engine(self._owner, 1)
        try:
            yield engine
        finally:
            engine.dispose()

    @contextlib.contextmanager
    def transaction(self, organisation_id: UUID | None, *, durable: bool = True) -> Iterator[Connection]:
        """Open a transaction that sees one organisation's rows; it is committed where the block ends well.

        Args:
            organisation_id: Whose rows; None sees only the shared tables.
            durable: See `at_once`.

        Raises:
            Unavailable: The database does not answer, or was lost before the commit; nothing was stored, unless
                it was lost in the very commit.
        """
        shared = self._here.shared
        if shared is not None and organisation_id in {None, shared.organisation_id}:
            yield shared.connection
            return
        connection = self._begin(organisation_id, durable=durable)
        below = driver(connection)
        try:
            yield connection
            below.finish()
        except (DBAPIError, PendingRollbackError, psycopg.Error) as error:
            if not _is_lost(below, error):
                raise
            raise Unavailable(_DOWN) from error
        finally:
            _leave(connection, below)

    def at_once(
        self,
        organisation_id: UUID | None,
        *asked: tuple[Statement, Mapping[str, object]],
        durable: bool = True,
    ) -> list[list[Line]]:
        """Do statements in a transaction of their own (or in the shared one), in one exchange.

        Args:
            organisation_id: As for `transaction`.
            asked: Each statement with its values.
            durable: Whether it must survive a crash of the server; what is done again after one need not.

        Returns:
            The rows of each statement.

        Raises:
            Unavailable: As `transaction` does.
        """
        with self.transaction(organisation_id, durable=durable) as connection:
            shared = self._here.shared
            if shared is not None and shared.connection is connection:
                return together(connection, *asked)
            for statement, facts in asked:
                statement.later(connection, facts)
            below = driver(connection)
            answers = below.finish()[-len(asked) :]
            return [one.lines(below, answer) for (one, _), answer in zip(asked, answers, strict=True)]

    @contextlib.contextmanager
    def shared(self, organisation_id: UUID) -> Iterator[None]:
        """Make one transaction of all that this thread does in the organisation while the block lasts.

        Blocks of `transaction` within it, for the same organisation or for none, join it: what they write is stored
        when this block ends, all of it or nothing. For several small steps that belong together.
        """
        if self._here.shared is not None:
            yield
            return
        with self.transaction(organisation_id) as connection:
            self._here.shared = shared = _Shared(organisation_id, connection, [])
            try:
                yield
            finally:
                self._here.shared = None
        for work in shared.afterwards:
            work()

    def afterwards(self, work: Callable[[], None]) -> None:
        """Do something once what was written is stored: now, or at the end of the block of `shared`."""
        if self._here.shared is None:
            work()
        else:
            self._here.shared.afterwards.append(work)

    @staticmethod
    def notify(connection: Connection, payload: Mapping[str, object]) -> None:
        """Tell all listening processes something when this transaction commits; ids only, never content.

        A payload with `w` says that a delivery is due, by which transports, and one with nothing else but `o` and `k`
        only that.
        """
        _NOTIFY.later(connection, notice(payload))

    @contextlib.contextmanager
    def listen(self, pause: float = 1.0, channel: str = CHANNEL) -> Iterator["Listener"]:
        """Listen to what `notify` tells, on a connection of its own; `pause` is how often silence is told."""
        listener = Listener(self, pause, channel)
        try:
            yield listener
        finally:
            listener.close()

    def close(self) -> None:
        """Close the connections; the last process that used the embedded server stops it."""
        self.engine.dispose()
        self.engine.pool.dispose()  # the new one too, so that what a late thread opens is closed as it comes back
        if self.server:
            self.server.leave()

    def connect(
        self, conninfo: str | None = None, kind: "type[psycopg.Connection[Any]]" = psycopg.Connection
    ) -> "psycopg.Connection[Any]":
        """Open one connection beside the pool, starting the embedded server where it has died."""
        conninfo = conninfo or self._app
        try:
            return kind.connect(conninfo)
        except psycopg.OperationalError:
            if self.server is None:
                raise
        self.server.ensure_running()
        return kind.connect(conninfo)

    def _engine(self, conninfo: str, pool: int, *, explicit: bool = False) -> Engine:
        """Make a pool; `explicit` leaves it to us to say BEGIN, in one exchange with what belongs to it."""

        def connect() -> "psycopg.Connection[Any]":
            connection = self.connect(conninfo, Wire if explicit else psycopg.Connection)
            connection.autocommit = explicit
            return connection

        return create_engine(
            "postgresql+psycopg://",
            creator=connect,
            poolclass=_Pool,
            pool_size=pool,
            max_overflow=pool,
            pool_reset_on_return=None if explicit else "rollback",
            query_cache_size=1000,
        )

    def _begin(self, organisation_id: UUID | None, *, durable: bool) -> Connection:
        """Begin, once more where the pool's connections turn out to be dead."""
        for last in (False, True):
            lost: Exception | None = None
            try:
                connection = self.engine.connect()
                below = driver(connection)
                if below.is_alive():
                    below.begin_later(str(organisation_id or ""), durable=durable)
                    return connection
                _give_up(connection)
            except (OperationalError, psycopg.OperationalError) as error:
                lost = error
            if last:
                raise Unavailable(_DOWN) from lost
            self.engine.dispose()
        raise AssertionError


class _Pool(QueuePool):
    """Closes what comes back after the pool has been given up; else the collector would have to."""

    _retired = False

    def dispose(self) -> None:
        """Close what is here now, and what comes back later."""
        self._retired = True
        super().dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if self._retired:
            super().dispose()


def _is_lost(below: Wire, error: SQLAlchemyError | psycopg.Error) -> bool:
    """Whether the server is gone, or has said (57P01 to 57P05) that it is going."""
    if below.is_lost:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    return isinstance(cause, psycopg.OperationalError) and (state is None or state.startswith("57P"))


def _leave(connection: Connection, below: Wire) -> None:
    """Give a connection back to the pool, rolled back where it was not committed; one that is dead is let go."""
    lost = below.is_lost
    try:
        if not lost:
            below.roll_back()
    except psycopg.Error:
        lost = True  # with the connection goes what was not committed
    finally:
        if lost and not connection.invalidated:
            connection.invalidate()
        connection.close()


def _give_up(connection: Connection) -> None:
    connection.invalidate()
    connection.close()


@dataclass(frozen=True, slots=True)
class _Shared:
    """A transaction that others join, and what is to be done after it."""

    organisation_id: UUID
    connection: Connection
    afterwards: list[Callable[[], None]]


class _Here(threading.local):
    """What this thread is in the middle of."""

    shared: _Shared | None = None


class Listener:
    """Hears what `Database.notify` tells; connects anew where the connection is lost.

    Iterating yields payloads for ever, with an empty one after each pause without any (so that the loop can look
    whether it should stop) and after a lost connection (something may have been missed).
    """

    def __init__(self, database: Database, pause: float, channel: str) -> None:
        self._database = database
        self._pause = pause
        self._channel = channel
        self._connection: psycopg.Connection[Any] | None = None
        try:
            self._ready()
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[str]:
        """Yield payloads, and empty ones in between."""
        while True:
            yield from self.wait(self._pause) or [""]

    def wait(self, timeout: float) -> list[str]:
        """Wait for the first payload, at most `timeout` seconds, and return it with all that came along.

        Raises:
            Unavailable: The connection was lost and the database does not answer.
        """
        try:
            return [notice.payload for notice in self._ready().notifies(timeout=timeout, stop_after=1)]
        except psycopg.OperationalError:
            self.close()
        self._ready()  # first listen, then tell: nothing falls in between
        return [""]

    def close(self) -> None:
        """Stop listening."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _ready(self) -> "psycopg.Connection[Any]":
        if self._connection is None:
            try:
                self._connection = self._database.connect()
            except psycopg.OperationalError as error:
                raise Unavailable(_DOWN) from error
            self._connection.autocommit = True
            self._connection.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
        return self._connection


def notice(payload: Mapping[str, object]) -> dict[str, object]:
    """Return the values `channels` and `payload` of a statement that notifies."""
    heard = [WORK] if "w" in payload else []
    if not heard or not payload.keys() <= {"o", "k", "w"}:
        heard.append(CHANNEL)
    return {"channels": heard, "payload": json.dumps(payload, default=str, separators=(",", ":"))}


def prepare(server: EmbeddedServer, name: str) -> None:
    """Make the two roles and the database where they are missing; safe for several processes at once."""
    with server.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        for role in (OWNER_ROLE, APP_ROLE):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                connection.execute(_CREATE_ROLE.format(Identifier(role)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(_CREATE_DATABASE.format(Identifier(name), Identifier(OWNER_ROLE)))


def _conninfo(url: str) -> str:
    """Turn an SQLAlchemy or libpq URL into libpq's words."""
    parsed = make_url(url).set(drivername="postgresql")
    if parsed.username is None:
        raise Misconfigured("database.url måste nämna rollen, som i postgresql://budkavle_app@värd/budkavle.")
    return parsed.render_as_string(hide_password=False)
