"""Connections and transactions. A transaction sees the rows of one organisation, or only the shared tables."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from budkavle.measures import catalogue
from budkavle.model.errors import Misconfigured, Unavailable
from budkavle.settings import DatabaseSettings, Settings
from budkavle.storage.database.case_readers import READER
from budkavle.storage.database.installation_roles import APP_ROLE, OWNER_ROLE, prepare
from budkavle.storage.database.listener import CHANNEL, Listener, notices_statement, notify
from budkavle.storage.database.losses import BUSY, is_in_doubt, is_lost, is_of_standby, is_overdue, is_silent, refusal
from budkavle.storage.database.notifier import Notice, Notifier
from budkavle.storage.database.plugin_roles import working_role
from budkavle.storage.database.server_errors import server_errors
from budkavle.storage.database.silence import DOWN, Silence
from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.pipeline import PipelineConnection, ResultRow, Statement, driver

if TYPE_CHECKING:
    from budkavle.storage.database.revisions import PluginMigrations

SYSTEM_USERS = ("budkavle", "postgres", "pgserver", "nobody")
"""Users that a new embedded server may run as, if the process is root."""
NAME = "budkavle"
_DRIVER = re.compile(r"^postgres(ql)?(\+\w+)?://")
_UNREADABLE = "{setting} går inte att läsa. Den ska se ut som postgresql://budkavle_app:lösenord@värd/budkavle."
_NAMELESS = "{setting} måste nämna rollen, som i postgresql://budkavle_app@värd/budkavle."
_KEEPING = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""When a vanished host is noticed on an idle connection: seconds, and number of probes."""


class Database:
    """The connections of one process.

    Args:
        app: libpq's connection string for the working role.
        owner: The same for the role that owns the tables; None if this installation migrates elsewhere.
        server: The embedded server, if there is one; it is restarted if it has died.
        pool: Connections to keep.
        listen: libpq's connection string to the server itself, for listening, if `app` leads to a pooler.
    """

    def __init__(
        self, app: str, owner: str | None, server: EmbeddedServer | None = None, pool: int = 10, listen: str = ""
    ) -> None:
        self._app = app
        self._listen = listen or app
        self._app_role = str(conninfo_to_dict(app).get("user"))
        self._owner = owner
        self.server = server
        self._connection_class = PipelineConnection
        self._limits: dict[str, str] = {}
        self._silence = Silence()
        self._notifier = Notifier(self._tell)
        self.engine = self._engine(app, pool, explicit=True)
        self._is_closed = False

    @classmethod
    def open(cls, settings: Settings) -> "Database":
        """Connect by the settings, starting the embedded server if no URL is set.

        Raises:
            Misconfigured: The roles are not two, or the server cannot run here.
            Unavailable: The embedded server does not start.
        """
        if settings.database.url:
            owner, lost = settings.database.owner_url, settings.database.lost_seconds
            listen = settings.database.listen_url
            return cls(
                libpq_words(settings.database.url, lost),
                owner and libpq_words(owner, lost),
                pool=settings.database.pool,
                listen=libpq_words(listen, lost, "database.listen_url") if listen else "",
            )
        with server_errors():
            server = EmbeddedServer(settings.data / "postgres", prefix="budkavle", users=SYSTEM_USERS)
            server.join()
            try:
                prepare(server, NAME)
            except psycopg.OperationalError as error:
                raise Unavailable(DOWN) from error
        return cls(
            server.conninfo(NAME, APP_ROLE), server.conninfo(NAME, OWNER_ROLE), server, pool=settings.database.pool
        )

    def hurry(self, settings: DatabaseSettings) -> None:
        """Apply a page's timeouts to all waits in this process; long-running work is done in other processes."""
        self._connection_class = PipelineConnection.within(
            settings.connect_seconds, settings.commit_seconds, abandoned=settings.pool
        )
        self._limits = {
            "lock_timeout": f"{settings.lock_seconds * 1000:.0f}",
            "statement_timeout": f"{settings.statement_seconds * 1000:.0f}",
            "idle_in_transaction_session_timeout": f"{settings.idle_seconds * 1000:.0f}",
        }
        if isinstance(self.engine.pool, _Pool):
            self.engine.pool.hurry(settings.pool_seconds)

    def migrate(self, plugins: "PluginMigrations" = ()) -> None:
        """Bring the core's and the given plugins' tables up to date, as the owner."""
        from budkavle.storage.database.migrate import migrate  # loads Alembic, which no other process needs

        with self.owner() as engine:
            migrate(engine, self._app_role, plugins)

    def downgrade_plugin(self, name: str, folder: Path) -> None:
        """Remove the tables of one plugin and its history."""
        from budkavle.storage.database.migrate import downgrade_plugin

        with self.owner() as engine:
            downgrade_plugin(engine, self._app_role, name, folder)

    def plugin_role(self, plugin: str | None) -> str:
        """Return the role for a plugin's own statements.

        Args:
            plugin: The plugin; None for plugins without tables, which share a role without access to any.
        """
        return working_role(self._app_role, plugin)

    @contextlib.contextmanager
    def owner(self) -> Iterator[Engine]:
        """Connect as the owner of the tables while the block lasts."""
        if self._owner is None:
            raise Misconfigured("Ange database.owner_url: tabellerna ändras av en annan roll än den som arbetar.")
        engine = self._engine(self._owner, 1)
        try:
            yield engine
        finally:
            engine.dispose()

    @contextlib.contextmanager
    def transaction(
        self, organisation_id: UUID | None, *, durable: bool = True, role: str = "", reader: str = ""
    ) -> Iterator[Connection]:
        """Open a transaction that sees one organisation's rows; it is committed if the block ends normally.

        Args:
            organisation_id: Whose rows; None sees only the shared tables.
            durable: See `at_once`.
            role: The role for its statements, see `plugin_role`; empty is the working role.
            reader: Who reads, see `case_readers`: a user's id, `ALL_CASES`, or empty for a reader without access to
                restricted cases.

        Raises:
            Unavailable: The database does not answer, or not within a page's timeout (`hurry`), or was lost before the
                commit; nothing was stored.
            Unsure: It was lost, or timed out, during the commit, or the standby may not have it.
        """
        connection = self._begin(self._settings(organisation_id, durable, role, reader))
        below = driver(connection)
        catalogue.CONNECTIONS.add(1)
        try:
            yield connection
            below.finish()
            self._silence.end()
            if below.notices:
                self._notifier.tell(below.notices)
        except (DBAPIError, PendingRollbackError, psycopg.Error) as error:
            if is_silent(error):
                self._silence.begin()
            elif is_overdue(error):
                self._silence.be_brief(at_commit=is_in_doubt(error))
            if is_of_standby(error):
                below.close()  # the next connection may reach the primary
            if not is_lost(below, error):
                raise
            catalogue.REFUSALS.count()
            raise refusal(error) from error
        finally:
            catalogue.CONNECTIONS.add(-1)
            if below.has_waited_in_vain:  # even if the caller has continued without the lock
                self._silence.be_brief()
            _leave(connection, below)

    def at_once(
        self,
        organisation_id: UUID | None,
        *statements: tuple[Statement, Mapping[str, object]],
        durable: bool = True,
        reader: str = "",
    ) -> list[list[ResultRow]]:
        """Run statements in a separate transaction, in one round trip.

        Args:
            organisation_id: As for `transaction`.
            statements: Each statement with its values.
            durable: Whether it must survive a crash of the server; work that is repeated after a crash need not.
            reader: As for `transaction`.

        Returns:
            The rows of each statement.

        Raises:
            Unavailable: As `transaction` does.
        """
        with self.transaction(organisation_id, durable=durable, reader=reader) as connection:
            for statement, parameters in statements:
                statement.enqueue(connection, parameters)
            below = driver(connection)
            answers = below.finish()[-len(statements) :]
            return [
                statement.read_rows(below, answer) for (statement, _), answer in zip(statements, answers, strict=True)
            ]

    @staticmethod
    def notify(connection: Connection, payload: Mapping[str, object]) -> None:
        """Notify all listening processes soon after this transaction has been committed; ids, never content.

        If this process dies in between, they are not notified: listeners also check by themselves now and then.

        A payload with `w` says that a delivery is due, and for which transports; one with only `w`, `o` and `k` goes to
        workers only.
        """
        notify(connection, payload)

    @contextlib.contextmanager
    def listen(self, pause: float = 1.0, channel: str = CHANNEL) -> Iterator[Listener]:
        """Listen for what `notify` sends, on a separate connection; `pause` is the time until an empty payload."""
        listener = Listener(partial(self.connect, self._listen), pause, channel)
        try:
            yield listener
        finally:
            listener.close()

    def close(self) -> None:
        """Send waiting notifications and close the connections; the last user of the embedded server stops it."""
        self._notifier.close()
        self._is_closed = True
        self._renew_pool()
        if self.server:
            self.server.leave()

    def _renew_pool(self) -> None:
        """Close the connections and continue with a new pool; after `close`, those of late threads are closed too."""
        self.engine.dispose()
        if self._is_closed:
            self.engine.pool.dispose()

    def connect(
        self, conninfo: str | None = None, kind: "type[psycopg.Connection[Any]]" = psycopg.Connection
    ) -> "psycopg.Connection[Any]":
        """Open one connection outside of the pool, starting the embedded server if it has died."""
        conninfo = conninfo or self._app
        try:
            return kind.connect(conninfo)
        except psycopg.errors.ConnectionTimeout:
            raise  # the server exists, but does not answer
        except psycopg.OperationalError:
            if self.server is None:
                raise
        with server_errors():
            self.server.ensure_running()
        return kind.connect(conninfo)

    def _tell(self, notices: Sequence[Notice]) -> None:
        self.at_once(None, notices_statement(notices), durable=False)

    def _engine(self, conninfo: str, pool: int, *, explicit: bool = False) -> Engine:
        """Make a pool; with `explicit` we send BEGIN ourselves, in one round trip with its settings."""

        def connect() -> "psycopg.Connection[Any]":
            connection = self.connect(conninfo, self._connection_class if explicit else psycopg.Connection)
            connection.autocommit = explicit
            return connection

        engine = create_engine(
            "postgresql+psycopg://",
            creator=connect,
            poolclass=_Pool,
            pool_size=pool,
            max_overflow=pool,
            pool_use_lifo=True,  # so that a few server processes have all the plans, and the others idle
            pool_reset_on_return=None if explicit else "rollback",
            query_cache_size=1000,
            use_native_hstore=False,  # otherwise each new connection asks for it, and nobody uses it
        )
        if explicit:
            event.listen(engine, "rollback_savepoint", _forget_role)
        return engine

    def _settings(self, organisation_id: UUID | None, durable: bool, role: str, reader: str) -> dict[str, str]:
        """Return the settings of a transaction: whose rows it sees (none for ""), its timeouts, and its role."""
        # Set also without a reader: on a new connection it would be NULL, and then the policies would deny nothing.
        settings = {
            "budkavle.organisation": str(organisation_id or ""),
            READER: reader,
            **self._silence.shortened(self._limits),
        }
        if role:
            settings["role"] = role
        return settings if durable else {**settings, "synchronous_commit": "off"}

    def _begin(self, settings: Mapping[str, str]) -> Connection:
        """Begin a transaction; try again if the pool's connections turn out to be dead."""
        self._silence.refuse()
        for last in (False, True):
            lost: Exception | None = None
            try:
                connection = self.engine.connect()
                below = driver(connection)
                if below.is_alive():
                    below.begin(settings, brief=self._silence.is_brief_at_commit)
                    return connection
                _give_up(connection)
            except NoneFree as error:
                catalogue.REFUSALS.count()
                raise Unavailable(BUSY) from error
            except (OperationalError, psycopg.OperationalError) as error:
                lost = error
            silent = lost is not None and is_silent(lost)
            if silent:
                self._silence.begin()
            if last or silent:
                catalogue.REFUSALS.count()
                raise Unavailable(DOWN) from lost
            self._renew_pool()
        raise AssertionError


class _Pool(QueuePool):
    """Closes connections returned after the pool has been replaced; otherwise the garbage collector would have to."""

    _retired = False

    def hurry(self, seconds: float) -> None:
        """Set the timeout for a free connection."""
        self._timeout = seconds

    def dispose(self) -> None:
        """Close current connections, and those that are returned later."""
        self._retired = True
        super().dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if self._retired:
            super().dispose()


def _leave(connection: Connection, below: PipelineConnection) -> None:
    """Return a connection to the pool, rolled back if it was not committed; a dead one is dropped."""
    lost = below.is_lost
    try:
        if not lost:
            below.roll_back()
    except psycopg.Error:
        lost = True  # what was not committed is lost with the connection
    finally:
        if lost and not connection.invalidated:
            connection.invalidate()
        connection.close()


def _forget_role(connection: Connection, *_: object) -> None:
    driver(connection).forget_role()


def _give_up(connection: Connection) -> None:
    connection.invalidate()
    connection.close()


def libpq_words(url: str, lost_seconds: float, setting: str = "database.url") -> str:
    """Turn an SQLAlchemy or libpq URL, which may name several hosts, into libpq's connection string."""
    try:
        from_url = conninfo_to_dict(_DRIVER.sub("postgresql://", url, count=1))
    except psycopg.ProgrammingError as error:
        raise Misconfigured(_UNREADABLE, setting=setting) from error
    if "user" not in from_url:
        raise Misconfigured(_NAMELESS, setting=setting)
    defaults = {**_KEEPING, "tcp_user_timeout": round(lost_seconds * 1000), "connect_timeout": 10}
    return make_conninfo("", **{**defaults, **from_url})
