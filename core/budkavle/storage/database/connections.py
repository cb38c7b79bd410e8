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
    from budkavle.storage.database.migrate import PluginMigrations

SYSTEM_USERS = ("budkavle", "postgres", "pgserver", "nobody")
"""The users that a new embedded server may run as, if the process is root."""
NAME = "budkavle"
_DRIVER = re.compile(r"^postgres(ql)?(\+\w+)?://")
_UNREADABLE = "{setting} går inte att läsa. Den ska se ut som postgresql://budkavle_app:lösenord@värd/budkavle."
_NAMELESS = "{setting} måste nämna rollen, som i postgresql://budkavle_app@värd/budkavle."
_KEEPING = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Seconds until a host that has vanished is noticed on a connection where nothing is said."""


class Database:
    """The connections of one process.

    Args:
        app: How libpq reaches the database as the role that works.
        owner: The same as the role that owns the tables; None where this installation migrates elsewhere.
        server: The embedded server, where there is one; it is started again when it has died.
        pool: Connections to keep.
        listen: How libpq reaches the server itself, for what listens, where `app` leads to a pooler.
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
        """Connect by the settings, starting the embedded server where no URL is set.

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
        """Apply a page's timeouts to all waits here; long-running work is done in other processes."""
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
        from budkavle.storage.database.migrate import migrate  # with Alembic, which no other process needs

        with self.owner() as engine:
            migrate(engine, self._app_role, plugins)

    def downgrade_plugin(self, name: str, folder: Path) -> None:
        """Take away the tables of one plugin and its history."""
        from budkavle.storage.database.migrate import downgrade_plugin

        with self.owner() as engine:
            downgrade_plugin(engine, self._app_role, name, folder)

    def plugin_role(self, plugin: str | None) -> str:
        """Return the role that a plugin's own statements have.

        Args:
            plugin: The plugin; None for those that have no tables, who share a role that reaches nothing.
        """
        return working_role(self._app_role, plugin)

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
    def transaction(
        self, organisation_id: UUID | None, *, durable: bool = True, role: str = "", reader: str = ""
    ) -> Iterator[Connection]:
        """Open a transaction that sees one organisation's rows; it is committed where the block ends well.

        Args:
            organisation_id: Whose rows; None sees only the shared tables.
            durable: See `at_once`.
            role: The role that its statements have, see `plugin_role`; empty is the working role.
            reader: Who reads, see `case_readers`: a user's id, `ALL_CASES`, or empty for nobody who meets restricted
                cases.

        Raises:
            Unavailable: The database does not answer, or not within the time that a page has (`hurry`), or was lost
                before the commit; nothing was stored.
            Unsure: It was lost, or took too long, in the very commit, or the standby may not have it.
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
                below.close()  # the next one may lead to the primary
            if not is_lost(below, error):
                raise
            catalogue.REFUSALS.count()
            raise refusal(error) from error
        finally:
            catalogue.CONNECTIONS.add(-1)
            if below.has_waited_in_vain:  # also where whoever asked has gone on without what was locked
                self._silence.be_brief()
            _leave(connection, below)

    def at_once(
        self,
        organisation_id: UUID | None,
        *statements: tuple[Statement, Mapping[str, object]],
        durable: bool = True,
        reader: str = "",
    ) -> list[list[ResultRow]]:
        """Do statements in a transaction of their own, in one exchange.

        Args:
            organisation_id: As for `transaction`.
            statements: Each statement with its values.
            durable: Whether it must survive a crash of the server; what is done again after one need not.
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
        """Tell all listening processes something soon after this transaction has been committed; ids, never content.

        Where this process dies in between they are not told: who listens looks by itself now and then.

        A payload with `w` says that a delivery is due, by which transports, and one with nothing else but `o` and `k`
        only that.
        """
        notify(connection, payload)

    @contextlib.contextmanager
    def listen(self, pause: float = 1.0, channel: str = CHANNEL) -> Iterator[Listener]:
        """Listen for what `notify` sends, on a connection of its own; `pause` is how often silence is told."""
        listener = Listener(partial(self.connect, self._listen), pause, channel)
        try:
            yield listener
        finally:
            listener.close()

    def close(self) -> None:
        """Tell what waits and close the connections; the last process that used the embedded server stops it."""
        self._notifier.close()
        self._is_closed = True
        self._renew_pool()
        if self.server:
            self.server.leave()

    def _renew_pool(self) -> None:
        """Close the connections, and go on with a new pool; after the end, what a late thread opens closes as well."""
        self.engine.dispose()
        if self._is_closed:
            self.engine.pool.dispose()

    def connect(
        self, conninfo: str | None = None, kind: "type[psycopg.Connection[Any]]" = psycopg.Connection
    ) -> "psycopg.Connection[Any]":
        """Open one connection beside the pool, starting the embedded server where it has died."""
        conninfo = conninfo or self._app
        try:
            return kind.connect(conninfo)
        except psycopg.errors.ConnectionTimeout:
            raise  # it is there, and silent
        except psycopg.OperationalError:
            if self.server is None:
                raise
        with server_errors():
            self.server.ensure_running()
        return kind.connect(conninfo)

    def _tell(self, notices: Sequence[Notice]) -> None:
        self.at_once(None, notices_statement(notices), durable=False)

    def _engine(self, conninfo: str, pool: int, *, explicit: bool = False) -> Engine:
        """Make a pool; `explicit` leaves it to us to say BEGIN, in one exchange with what belongs to it."""

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
            pool_use_lifo=True,  # a few server processes have all the plans, and the others rest
            pool_reset_on_return=None if explicit else "rollback",
            query_cache_size=1000,
            use_native_hstore=False,  # else each process asks for it as it begins, and nobody has any
        )
        if explicit:
            event.listen(engine, "rollback_savepoint", _forget_role)
        return engine

    def _settings(self, organisation_id: UUID | None, durable: bool, role: str, reader: str) -> dict[str, str]:
        """Return what holds for a transaction: whose rows it sees (nobody's for ""), how long it may take, as whom."""
        # Set also where nobody reads: on a new connection it would be NULL, for which the policies deny nothing.
        settings = {
            "budkavle.organisation": str(organisation_id or ""),
            READER: reader,
            **self._silence.shortened(self._limits),
        }
        if role:
            settings["role"] = role
        return settings if durable else {**settings, "synchronous_commit": "off"}

    def _begin(self, settings: Mapping[str, str]) -> Connection:
        """Begin, once more where the pool's connections turn out to be dead."""
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
    """Closes what comes back after the pool has been given up; else the collector would have to."""

    _retired = False

    def hurry(self, seconds: float) -> None:
        """Wait no longer for a connection that is free."""
        self._timeout = seconds

    def dispose(self) -> None:
        """Close what is here now, and what comes back later."""
        self._retired = True
        super().dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if self._retired:
            super().dispose()


def _leave(connection: Connection, below: PipelineConnection) -> None:
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


def _forget_role(connection: Connection, *_: object) -> None:
    driver(connection).forget_role()


def _give_up(connection: Connection) -> None:
    connection.invalidate()
    connection.close()


def libpq_words(url: str, lost_seconds: float, setting: str = "database.url") -> str:
    """Turn an SQLAlchemy or libpq URL, which may name several hosts, into libpq's words."""
    try:
        from_url = conninfo_to_dict(_DRIVER.sub("postgresql://", url, count=1))
    except psycopg.ProgrammingError as error:
        raise Misconfigured(_UNREADABLE, setting=setting) from error
    if "user" not in from_url:
        raise Misconfigured(_NAMELESS, setting=setting)
    defaults = {**_KEEPING, "tcp_user_timeout": round(lost_seconds * 1000), "connect_timeout": 10}
    return make_conninfo("", **{**defaults, **from_url})
