"""What all functions above storage work with: settings, database, vault, attachments and plugins of an installation."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from types import TracebackType
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Row, select

from budkavle.logs import describe
from budkavle.model.errors import Damaged, Misconfigured, Unavailable
from budkavle.model.people import INSTALLATION, Actor
from budkavle.model.states import OrganisationState
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import installation_key, master_key
from budkavle.storage.blobs import Blobs
from budkavle.storage.database import ALL_CASES, Database, Statement
from budkavle.storage.key_slots.places import open_shelf
from budkavle.storage.keys import Keys
from budkavle.storage.outside import epoch
from budkavle.storage.pipeline import with_role
from budkavle.storage.plugin_faults import PluginFaults
from budkavle.storage.tables import organisations
from budkavle.storage.vault import Vault

_OTHERS_STORE = (
    "Nyckellagret i {place} hör till en annan installation. Ange rätt plats under key_store, eller återställ det."
)
log = structlog.get_logger("budkavle.storage.keys")


@dataclass(slots=True)
class Platform:
    """One installation in one process; the first argument of most functions above storage."""

    settings: Settings
    database: Database
    vault: Vault
    blobs: Blobs
    plugins: Plugins = field(repr=False)
    keys: Keys = field(repr=False)

    def check_key(self) -> None:
        """Compare the master key with what the installation is sealed with; at the first start, store its fingerprint.

        Raises:
            Misconfigured: It is a different key.
        """
        master_key.check(self.keys, self.database, self.settings.key_file)

    def check_key_store(self) -> None:
        """Compare the key store with the database; log it if the store is unreachable, as the pages that need it do.

        Raises:
            Misconfigured: It belongs to another installation.
        """
        try:
            self.vault.slots.find_store()
        except Damaged as error:
            raise Misconfigured(_OTHERS_STORE, place=open_shelf(self.settings).place) from error
        except Unavailable as error:
            log.error("keys.store-away", **describe(error))  # noqa: TRY400 - the sentence says what there is to say

    def check_epoch(self) -> None:
        """Begin a quarantine if the database has gone back in time; while it does not answer, nothing is claimed."""
        try:
            epoch.compare(self.database, self.settings.outside_folder)
        except Unavailable as error:
            log.warning("epoch.not_compared", **describe(error))

    def ask_key_provider(self) -> None:
        """Ask the key provider for the installation's key, bypassing the copy in memory.

        Raises:
            Damaged: It has a different key.
            KeysUnavailable: It does not answer.
        """
        with self.database.transaction(None) as connection:
            stored = installation_key.load(connection)
        installation_key.opened(self.keys, stored)

    @contextmanager
    def work(self, actor: Actor, *, durable: bool = True) -> Iterator["Work"]:
        """Open a unit of work for one actor; it is committed if the block ends normally and rolled back if it raises.

        Args:
            actor: Who acts; the work sees the rows of the actor's organisation.
            durable: Whether it must survive a crash of the database server. What is repeated after a crash need not.

        Raises:
            Unavailable: The database does not answer; nothing was stored, unless it was lost during the commit.

        Example:
            with platform.work(actor) as work:
                take(work, case_id)
        """
        with ExitStack() as transaction:
            work = Work(self, actor, transaction, durable=durable)
            yield work
            work.flush()
        work.finish()

    def organisations(
        self, *, paused: bool = True, leaving: bool = False
    ) -> Sequence[Row[UUID, Mapping[str, Any], str]]:
        """Return id, settings and state of every organisation, for work in each of them.

        Args:
            paused: Whether to include paused ones; those that are being removed are never included.
            leaving: Whether to include those that are about to be moved, but have not left yet.
        """
        states = [OrganisationState.ACTIVE, *([OrganisationState.PAUSED] if paused else [])]
        states += [OrganisationState.LEAVING, OrganisationState.MOVING] if leaving else []
        query = select(organisations.c.id, organisations.c.settings, organisations.c.state)
        with self.database.transaction(None) as connection:
            return connection.execute(query.where(organisations.c.state.in_(states))).all()

    def in_each_organisation(
        self, run: Callable[[UUID], int], *, paused: bool = True, installation: bool = False
    ) -> int:
        """Run a function in every organisation; a failure in one is logged, and the others still run.

        Args:
            run: Called with each organisation's id; returns how much it has done.
            paused: Whether to include paused organisations.
            installation: Whether to run it for the installation itself too, first, with the id `INSTALLATION`.

        Returns:
            The sum.

        Raises:
            Exception: The first error, after all organisations have run: the calling job has not done all of its work.
                `Unavailable` at once when two organisations in a row raise it: then the database does not answer, and
                it is not just one slow statement in one organisation.
        """
        own = [INSTALLATION] if installation else []
        return run_for_each([*own, *(row.id for row in self.organisations(paused=paused))], run)

    def close(self) -> None:
        """Close the connections; the last process that uses the embedded database stops it."""
        if self.vault.slots.store is not None:
            self.vault.slots.store.close()
        self.database.close()


def run_for_each(organisation_ids: Iterable[UUID], run: Callable[[UUID], int]) -> int:
    """Do what `Platform.in_each_organisation` does, for these organisations in this order."""
    done, faults, was_away = 0, list[Exception](), False
    for organisation_id in organisation_ids:
        is_away = False
        try:
            done += run(organisation_id)
        except Exception as error:
            is_away = isinstance(error, Unavailable)
            if is_away and was_away:
                raise
            log.exception("job.organisation_failed", organisation=str(organisation_id), **describe(error))
            faults.append(error)
        was_away = is_away
    if faults:
        raise faults[0]
    return done


class Work:
    """A unit of work of one actor in one organisation, committed or rolled back as a whole; made by `Platform.work`.

    The transaction begins when `connection` is first used, so work that only calls plugins holds no connection.
    Announce nothing outside before the commit: use `after_commit`.

    Attributes:
        platform: The installation.
        actor: Who acts.
    """

    __slots__ = ("_after", "_connection", "_durable", "_is_lent", "_last", "_transaction", "actor", "platform")

    def __init__(self, platform: Platform, actor: Actor, transaction: ExitStack, *, durable: bool = True) -> None:
        self.platform = platform
        self.actor = actor
        self._transaction = transaction
        self._durable = durable
        self._connection: Connection | None = None
        self._is_lent = False
        self._after: list[Callable[[], None]] = []
        self._last: list[tuple[int, Statement, Mapping[str, object]]] = []

    @property
    def organisation_id(self) -> UUID:
        """The organisation whose rows the work sees."""
        return self.actor.organisation_id

    @property
    def reader(self) -> str:
        """The reader for the database's policies: only named readers see a restricted case."""
        return ALL_CASES if self.actor.meets_all_cases else str(self.actor.user_id or "")

    @property
    def vault(self) -> Vault:
        """The vault of the installation."""
        return self.platform.vault

    @property
    def connection(self) -> Connection:
        """The connection, in the transaction of this work.

        Raises:
            Unavailable: The database does not answer.
            RuntimeError: It is lent to a plugin's own tables, where the core's tables are out of reach.
        """
        if self._is_lent:
            raise RuntimeError("The core's functions are called outside of the block of `host.tables(work)`.")
        if self._connection is None:
            opened = self.platform.database.transaction(self.organisation_id, durable=self._durable, reader=self.reader)
            self._connection = self._transaction.enter_context(opened)
        return self._connection

    @contextmanager
    def lend(self, role: str) -> Iterator[Connection]:
        """Lend the connection to statements with another role in the database, while the block lasts.

        Args:
            role: The role, see `Database.plugin_role`.
        """
        connection = self.connection
        self._is_lent = True
        try:
            with with_role(connection, role):
                yield connection
        finally:
            self._is_lent = False

    def at_commit(self, statement: Statement, values: Mapping[str, object], order: int = 0) -> None:
        """Run a statement at the end of the transaction, so that its locks are held only briefly.

        Args:
            statement: The statement.
            values: Its parameters.
            order: Lower orders run first, so that all transactions lock the same rows in the same order.
        """
        self._last.append((order, statement, values))

    def after_commit(self, action: Callable[[], None]) -> None:
        """Call something after the commit, and never if the transaction is not committed."""
        self._after.append(action)

    def after_rollback(self, action: Callable[[], None]) -> None:
        """Call something at a rollback, but never if the data may be stored: files without a row are harmless.

        It runs before the rollback if the transaction has already begun.
        """

        def undo(_: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
            if error is not None and not isinstance(error, Unavailable):  # perhaps lost during the commit
                action()

        self._transaction.push(undo)

    def commit(self) -> None:
        """Commit what has been written so far and release the connection, before something slow.

        Later statements begin a new transaction.

        Raises:
            Unavailable: The database does not answer.
        """
        self.flush()
        self._transaction.close()
        self.finish()

    def flush(self) -> None:
        """Run the statements for the end of the transaction; called by `commit` and at the end of the block."""
        statements, self._last = self._last, []
        for _, statement, values in sorted(statements, key=itemgetter(0)):
            statement.enqueue(self.connection, values)

    def finish(self) -> None:
        """Call what was registered for after the commit; if one fails, the others are still called.

        Raises:
            Exception: The first error, after all of them.
        """
        self._connection = None
        actions, self._after = self._after, []
        faults = list[Exception]()
        for action in actions:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - raised below
                faults.append(error)
        if faults:
            raise faults[0]


def open_platform(settings: Settings, plugins: Plugins | None = None, *, keys: Keys | None = None) -> Platform:
    """Open the database, the keys and the store; nothing is migrated.

    Args:
        settings: The installation's settings.
        plugins: Started plugins, one of which may provide the key provider; without them, the plugins enabled in the
            settings are loaded but not started.
        keys: A key provider to use instead of the one in the settings.

    Raises:
        Misconfigured: A setting, a plugin or the master key is wrong.
        Unavailable: The database does not start.
    """
    plugins = plugins or Plugins.load(settings)
    blobs = Blobs.open(settings)
    database = Database.open(settings)
    try:
        provider = keys or master_key.open_provider(settings, plugins, database)
        vault = Vault(provider, database, open_shelf(settings))
        platform = Platform(settings, database, vault, blobs, plugins, provider)
        plugins.walls.tell = PluginFaults(database).report
        platform.check_key()
        platform.check_key_store()
        platform.check_epoch()
    except BaseException:
        database.close()
        raise
    return platform
