"""What a plugin sees of the installation, and the function that builds an installation."""

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

    Use its members only after the start: a hook that registers objects only creates them and uses no database. It has
    twelve public members; a new one is added only if most plugins need it.

    Attributes:
        settings: An object of the type that `budkavle_settings` returned, or None.
        log: A structlog logger that adds the plugin's name. Never log content or personal data.
    """

    def __init__(self, name: str, settings: Any, data: Path, platform: Callable[[], Platform]) -> None:
        """Create the host; `platform` is called only when needed, so that checking plugins needs no database."""
        self.settings = settings
        self.log = structlog.get_logger(f"budkavle.plugin.{name}").bind(plugin=name)
        self._name = name
        self._data = data / "plugins" / name
        self._platform = platform

    @property
    def data(self) -> Path:
        """The plugin's own folder, created on first use. Encrypt secrets with the vault before writing them."""
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._data

    @property
    def platform(self) -> Platform:
        """The installation, the first argument of functions without a unit of work, such as `within_limit`."""
        return self._platform()

    @property
    def vault(self) -> Vault:
        """Encrypts and decrypts stored data: `vault.seal_small(organisation_id, label, plain)`."""
        return self.platform.vault

    def work(self, actor: Actor) -> AbstractContextManager[Work]:
        """Open a unit of work: a transaction of the core's functions, acting as an actor.

        It commits when its block ends, and rolls back if the block raises.

        Args:
            actor: A user who acts through the plugin, or `host.system(organisation_id, ...)`.

        Example:
            with host.work(actor) as work:
                take(work, case_id)
        """
        return self.platform.work(actor)

    def tables(self, work: Work) -> AbstractContextManager[Connection]:
        """Return a block in which the connection of a unit of work accesses the plugin's own tables.

        Statements run with the plugin's database role, which has access to the plugin's tables only. Call the core's
        functions outside of the block: inside it, `work.connection` raises.

        Args:
            work: The unit of work.

        Example:
            with host.work(actor) as work:
                require_member(work, mailbox_id)
                with host.tables(work) as connection:
                    connection.execute(insert(doves).values(row))
                record(work, "pigeon.dove-added", dove_id)
        """
        return work.lend(self._role)

    def transaction(self, organisation_id: UUID | None) -> AbstractContextManager[Connection]:
        """Open a transaction for the plugin's own tables only, with the plugin's database role; see `tables`.

        Args:
            organisation_id: The organisation whose rows are visible; None sees only tables that belong to none.
        """
        return self.platform.database.transaction(organisation_id, role=self._role)

    @property
    def _role(self) -> str:
        platform = self.platform
        has_tables = self._name in platform.plugins.folders("migrations")
        return platform.database.plugin_role(self._name if has_tables else None)

    def system(self, organisation_id: UUID | None, *scopes: ActorScope, name: str = "") -> SystemActor:
        """Return the plugin itself as an actor, for actions that are not on a user's behalf.

        Args:
            organisation_id: The organisation in which it acts; None for an actor of the installation.
            scopes: What it may do. Name only what the call needs; without scopes it may do what needs no right.
            name: Its name in the event log, which also marks it as a plugin; by default the plugin's name.

        Example:
            with host.work(host.system(organisation_id, ActorScope.READ)) as work:
                organisation = find_organisation(work)
                mailboxes = all_mailboxes(work)
        """
        return SystemActor(organisation_id or INSTALLATION, name or self._name, frozenset(scopes), self._name)

    def accept(self, incoming: Incoming, work: Work | None = None) -> Accepted:
        """Store a message that a transport has verified. Once this returns, the transport may acknowledge it.

        Args:
            incoming: The message.
            work: A unit of work to store it in, together with the plugin's own changes; then acknowledge it only after
                the commit. None stores it at once.

        Returns:
            The stored message.

        Raises:
            Invalid: A field is invalid, or the transport is not this plugin's; `fields` says what to do.
            Permanent: No mailbox has the address, and the organisation has no default mailbox.
            Unavailable: It cannot be stored now; the peer may send it again.
        """
        self._require_own(incoming.transport)
        with self._joined(work, incoming.organisation_id, incoming.transport) as joined:
            return sending.accept(joined, incoming)

    def refuse(self, refusal: Refusal, work: Work | None = None) -> None:
        """Record an incoming message that was not accepted, and send its receipt, if it has one.

        Args:
            refusal: What was refused, and why.
            work: A unit of work to record it in; None records it at once.

        Raises:
            Invalid: The transport is not this plugin's.
        """
        self._require_own(refusal.transport)
        with self._joined(work, refusal.organisation_id, refusal.transport) as joined:
            sending.refuse(joined, refusal)

    def receipt(self, words: ReceiptWords, work: Work | None = None) -> ReceiptResult:
        """Parse a peer's receipt with the transport's receipt handlers, store it, and apply it to the delivery's state.

        Args:
            words: The receipt as the transport got it; the transport has verified its sender.
            work: A unit of work to store it in, together with the plugin's own changes; None stores it at once.

        Returns:
            The receipt, or None if no handler of the transport could parse it; and whether it changed the state.

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
        """Open a unit of work, or join the given one, with access to restricted cases: messages may belong to those."""
        if work is None:
            with self.platform.work(self.system(organisation_id, name=transport)) as own:
                yield own
        elif work.actor.meets_all_cases:
            yield work
        else:
            with with_all_cases(work.connection, work.reader):
                yield work

    def _require_own(self, transport: str) -> None:
        """Refuse another plugin's transport: its messages and receipts would be mixed up with this plugin's."""
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
    """Recover the organisations' keys after the master key is lost: wrap their recovery copies under a new master key.

    The installation must be stopped. A missing key file is created, and removed again if nothing is recovered.

    Args:
        settings: The installation's settings, which name the new provider.
        private: The private half of the recovery key.

    Returns:
        The number of organisations' keys that were recovered, and of those that have no copy.

    Raises:
        NotFound: There are no copies.
        Damaged: The copies were made for another recovery key. Nothing has changed.
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
        except (NotFound, Damaged):  # after any other error, some keys may already be wrapped with the new file
            if is_new:
                settings.key_file.unlink(missing_ok=True)
            raise


def build(settings: Settings, offers: Mapping[str, Sequence[Installed]] | None = None) -> Platform:
    """Build an installation: plugins, database, keys and files. Web and worker are not started.

    Args:
        settings: The installation's settings.
        offers: The installed plugins, by name; by default from the environment's entry points.

    Raises:
        Misconfigured: A plugin or a setting is wrong.
    """
    opened: list[Platform] = []
    plugins = Plugins.load(settings, offers)
    # Before the database is opened, since a plugin may provide the key provider. Registering hooks use no database.
    plugins.start(lambda plugin: host_of(plugin, settings, lambda: _opened(opened)))
    check_fixed(settings, plugins)
    opened.append(open_platform(settings, plugins=plugins))
    with suppress(Unavailable):  # worker and web processes try again with each heartbeat
        end_access(opened[0])
    return opened[0]
