"""What a plugin sees of the installation, and the function that puts an installation together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection

from budkavle.accounts.settings_registry import check_fixed
from budkavle.deliveries import receipt_handlers
from budkavle.messaging import sending
from budkavle.messaging.incoming_rules import refuse
from budkavle.messaging.sending import Accepted
from budkavle.model.errors import Damaged, NotFound, Unavailable
from budkavle.model.messages import Incoming, Refusal
from budkavle.model.people import INSTALLATION, Actor, ActorScope, SystemActor
from budkavle.model.receipts import ReceiptResult, ReceiptWords
from budkavle.model.sentences import Sentence
from budkavle.operations.backup.ending import end_access
from budkavle.plugins import host_protocol
from budkavle.plugins.loader import Installed, Plugin
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.database import Database
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.key_wrapping.hybrid import PrivateKey
from budkavle.storage.key_wrapping.recovery import recover
from budkavle.storage.key_wrapping.ring import find_provider
from budkavle.storage.keys import FILE, FileKeys
from budkavle.storage.platform import Platform, Work, open_platform
from budkavle.storage.vault import Vault


class Host(host_protocol.Host):
    """One plugin's view of the installation; its hooks get it, and its objects keep it.

    Use its members after the start only: a hook that registers objects builds them and touches no database. It has
    twelve public members, and no more will be added without a reason that holds for most plugins.

    Attributes:
        settings: An object of the type that `budkavle_settings` returned, or None.
        log: A structlog logger that says which plugin it is. Never log content or personal data.
    """

    def __init__(self, name: str, settings: Any, data: Path, platform: Callable[[], Platform]) -> None:
        """Make it; `platform` is asked at the first need, so that a check of plugins needs no database."""
        self.settings = settings
        self.log = structlog.get_logger(f"budkavle.plugin.{name}").bind(plugin=name)
        self._name = name
        self._data = data / "plugins" / name
        self._platform = platform

    @property
    def data(self) -> Path:
        """A folder of the plugin's own, made when first asked for. What needs to be secret goes through the vault."""
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._data

    @property
    def platform(self) -> Platform:
        """The installation: what functions without a unit of work take, such as `within_limit`."""
        return self._platform()

    @property
    def vault(self) -> Vault:
        """Seals and opens what is kept: `vault.seal_small(organisation_id, label, plain)`."""
        return self.platform.vault

    def work(self, actor: Actor) -> AbstractContextManager[Work]:
        """Open a unit of work: what the core's functions do in its block is stored together, or not at all.

        Args:
            actor: A user who acts through the plugin, or `host.system(organisation_id, ...)`.

        Example:
            with host.work(actor) as work:
                take(work, case_id)
        """
        return self.platform.work(actor)

    def tables(self, work: Work) -> AbstractContextManager[Connection]:
        """Give the connection of a unit of work to the plugin's own tables, while the block lasts.

        Its statements have the plugin's own role in the database, which reaches the plugin's tables and no others. The
        core's functions are called outside of the block: `work.connection` raises in it.

        Example:
            with host.work(actor) as work:
                require_member(work, mailbox_id)
                with host.tables(work) as connection:
                    connection.execute(insert(doves).values(row))
                record(work, "pigeon.dove-added", dove_id)
        """
        return work.lend(self._role)

    def transaction(self, organisation_id: UUID | None) -> AbstractContextManager[Connection]:
        """Open a transaction for the plugin's own tables alone, with the plugin's own role; see `tables`.

        Args:
            organisation_id: Whose rows; None sees only the tables that belong to no organisation.
        """
        return self.platform.database.transaction(organisation_id, role=self._role)

    @property
    def _role(self) -> str:
        platform = self.platform
        has_tables = self._name in platform.plugins.folders("migrations")
        return platform.database.plugin_role(self._name if has_tables else None)

    def system(self, organisation_id: UUID | None, *scopes: ActorScope, name: str = "") -> SystemActor:
        """Return the plugin itself as an actor, for what it does in nobody else's name.

        Args:
            organisation_id: In which organisation it acts; None for an actor of the installation.
            scopes: What it may do. Name only what the call needs; without scopes it may do what needs no right.
            name: What the event log calls it, beside the mark that it is a plugin; the plugin's name by default.

        Example:
            with host.work(host.system(organisation_id, ActorScope.READ)) as work:
                organisation = find_organisation(work)
                mailboxes = all_mailboxes(work)
        """
        return SystemActor(organisation_id or INSTALLATION, name or self._name, frozenset(scopes), self._name)

    def accept(self, incoming: Incoming, work: Work | None = None) -> Accepted:
        """Store a message that a transport has verified. Once this returns it is safe to answer the peer.

        Args:
            incoming: The message.
            work: Stores it together with what else the plugin writes in this unit of work; then it is safe to answer
                once the work is committed. Without it, it is stored at once.

        Raises:
            Invalid: A field is not what it must be, or the transport is not this plugin's; `fields` says what to do.
            Permanent: It fits no mailbox, and the organisation has no default one.
            Unavailable: It cannot be stored now; the peer may send it again.
        """
        self._require_own(incoming.transport)
        with self._joined(work, incoming.organisation_id, incoming.transport) as joined:
            return sending.accept(joined, incoming)

    def refuse(self, refusal: Refusal, work: Work | None = None) -> None:
        """Note an incoming message that was not accepted, and send its receipt, if it has one.

        Raises:
            Invalid: The transport is not this plugin's.
        """
        self._require_own(refusal.transport)
        with self._joined(work, refusal.organisation_id, refusal.transport) as joined:
            sending.refuse(joined, refusal)

    def receipt(self, words: ReceiptWords, work: Work | None = None) -> ReceiptResult:
        """Have a peer's words about a delivery read by a receipt handler, stored, and applied to its state.

        Args:
            words: The words, whose sender the transport has verified.
            work: Stores it together with what else the plugin writes in this unit of work; without it, at once.

        Returns:
            The receipt, None where no handler of the transport reads the words; and whether it changed the state.

        Raises:
            Invalid: The transport is not this plugin's.

        Example:
            context = {"delivery_id": str(delivery_id)}
            host.receipt(ReceiptWords(organisation_id, "pigeon", ring.read_bytes(), context))
        """
        self._require_own(words.transport)
        receipt = receipt_handlers.read(self.platform.plugins, words)
        if receipt is None:
            return ReceiptResult(None, changed=False)
        with self._joined(work, words.organisation_id, words.transport) as joined:
            return ReceiptResult(receipt, changed=sending.receipt(joined, receipt))

    @contextmanager
    def _joined(self, work: Work | None, organisation_id: UUID, transport: str) -> Iterator[Work]:
        """Open a unit of work, or join the given one: what comes belongs to restricted cases too, whoever stores it."""
        if work is None:
            with self.platform.work(self.system(organisation_id, name=transport)) as own:
                yield own
        elif work.actor.meets_all_cases:
            yield work
        else:
            with with_all_cases(work.connection, work.reader):
                yield work

    def _require_own(self, transport: str) -> None:
        """Let no plugin speak for another's transport, whose duplicates and answers would be mixed up with it."""
        own = self.platform.plugins.own_transports(self._name)
        if transport not in own:
            known = ", ".join(own) or "–"
            refuse(
                {
                    "transport": Sentence(
                        "{transport} är inte en transport i tillägget {name}. Dess egna är: {known}.",
                        transport=transport,
                        name=self._name,
                        known=known,
                    )
                }
            )


def host_of(plugin: Plugin, settings: Settings, platform: Callable[[], Platform]) -> Host:
    """Return the host of one plugin."""
    return Host(plugin.name, plugin.settings, settings.data, platform)


def _opened(opened: list[Platform]) -> Platform:
    if not opened:
        raise RuntimeError("A plugin uses the installation while it registers: it is not open yet.")
    return opened[0]


def recover_keys(settings: Settings, private: PrivateKey) -> tuple[int, int]:
    """Let the key provider of the settings wrap all keys anew from their copies: the master key is lost.

    Nothing else of the installation may run. A key file that is missing is made, and taken away again where nothing is
    recovered.

    Args:
        settings: The installation's settings, which name the new provider.
        private: The private half of the recovery key.

    Returns:
        How many keys of organisations were recovered, and how many have no copy.

    Raises:
        NotFound: There are no copies.
        Damaged: They were made for another recovery key. Nothing has changed.
        Misconfigured: A plugin or a setting is wrong.
    """
    plugins = Plugins.load(settings)
    plugins.start(lambda plugin: host_of(plugin, settings, lambda: _opened([])))
    with closing(Database.open(settings)) as database:
        if settings.key_provider != FILE:
            return recover(database, private, find_provider(settings.key_provider, plugins))
        is_new = not settings.key_file.exists()
        try:
            return recover(database, private, FileKeys.make(settings.key_file))
        except (NotFound, Damaged):  # of other faults it is not known whether keys lie with the file now
            if is_new:
                settings.key_file.unlink(missing_ok=True)
            raise


def build(settings: Settings, offers: Mapping[str, Sequence[Installed]] | None = None) -> Platform:
    """Put an installation together: plugins, database, keys, files; everything started but web and worker.

    Args:
        settings: The installation's settings.
        offers: The plugins that are installed, by name; from the environment's entry points where left out.

    Raises:
        Misconfigured: A plugin or a setting is wrong.
    """
    opened: list[Platform] = []
    plugins = Plugins.load(settings, offers)
    # Before the database is opened: a plugin may bring the key provider. Hooks that register touch no database.
    plugins.start(lambda plugin: host_of(plugin, settings, lambda: _opened(opened)))
    check_fixed(settings, plugins)
    opened.append(open_platform(settings, plugins=plugins))
    with suppress(Unavailable):  # then a process that tells that it is there does it
        end_access(opened[0])
    return opened[0]
