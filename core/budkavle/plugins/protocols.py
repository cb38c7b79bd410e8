"""What the objects of a plugin promise. Their methods may be `def` or `async def`, as the author likes.

The core calls them in threads of the plugin's own and with a deadline, in the process that needs the answer: web,
worker or command. What one raises beside the errors that its method names is logged as the plugin's own fault. What
an object may promise beside stands in `optional_protocols`.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import field as filled  # where a promise has a `field` of its own
from datetime import timedelta
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable
from uuid import UUID

from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Attachment, Draft, Fault, Outcome, Outgoing, Terms
from budkavle.model.people import Actor, Identity
from budkavle.model.receipts import Receipt
from budkavle.model.sentences import Sentence
from budkavle.plugins.provider_traits import ProviderTraits

T = TypeVar("T")
MaybeAsync: TypeAlias = T | Awaitable[T]
"""A value, or a coroutine that ends in one."""
UnitOfWork: TypeAlias = Any
"""A `budkavle.Work`, which is defined in a higher layer; plugins name that class in their signatures."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a transport can do; the pages ask before they offer."""

    receipts: bool = False
    """Whether the peer answers with receipts, so that a delivery waits for one (WAITING_FOR_RECEIPT)."""
    inbound: bool = False
    """Whether messages come in too; then an inbox of a person's own is offered it only where it has an address."""
    attachments: bool = True
    recall: bool = False
    """Whether what has been handed over can still be called back, as long as nobody has opened it."""
    confidentiality: bool = False
    """Whether a message may be marked as confidential."""
    references: bool = False
    """Whether it carries references and persons in fields of their own."""
    markdown: bool = False
    """Whether the recipient sees the named subset of Markdown formatted."""
    family: str = ""
    """The kind of message that people choose, where several transports are one kind; empty means its own name."""
    guests: bool = False
    """Whether it reaches people without an account, by an address that anybody may type."""
    max_bytes: int = 30_000_000
    """For the whole message, as the transport counts it."""
    content_types: tuple[str, ...] = ()
    """Types of file it takes; empty means any."""
    attachment_bytes: int | None = None
    """For all attachments together, in bytes of the files themselves; None where `max_bytes` counts them so."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """When to try again: the first pause, doubled up to the longest; how many tries in all; how long one may take."""

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)
    tries: int = 12
    deadline: timedelta = timedelta(minutes=5)


@runtime_checkable
class Transport(Protocol):
    """A way to carry messages: SDK, fax, SMS, e-mail links."""

    name: str
    """The word in settings, tables and addresses, such as `sdk`."""
    label: str
    """What people call it, such as `SDK`."""
    icon: str
    """A name of the icon set."""
    capabilities: Capabilities
    backoff: Backoff

    def check(
        self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]
    ) -> MaybeAsync[list[Fault]]:
        """Say what is wrong with a draft before it is stored.

        Called each time somebody presses Skicka, 10 seconds at most. Where it fails, nothing is stored, and the writer
        keeps what was written.

        Args:
            actor: Who writes.
            mailbox_id: The mailbox that it is written from.
            draft: Its recipients are this transport's own; its `sender` is the mailbox's address, if it has one.
            files: The attachments, without their bytes.

        Returns:
            One fault for each thing that must change; an empty list lets the draft go.
        """
        ...

    def send(self, outgoing: Outgoing) -> MaybeAsync[Outcome]:
        """Hand one delivery to the peer.

        Called by a worker, `backoff.deadline` at most. A worker may repeat the call after a fault or a crash. The
        transport must then hand over the same bytes: those that `outgoing.keep` has stored are in `outgoing.wire`.

        Args:
            outgoing: The delivery; its `message` is None for a receipt.

        Returns:
            ACKNOWLEDGED if no more will be heard, WAITING_FOR_RECEIPT if a receipt follows, SEND_ENQUEUED if the peer
            does not have it yet.

        Raises:
            Temporary: Try again after `backoff`; it counts as a try.
            NotYet: Nothing was tried. Try again after its `pause`; it does not count.
            Permanent: Give up. Its sentence says why, and what to do.

        Example:
            wire = outgoing.wire or outgoing.keep(self.build(outgoing))
            return Outcome(DeliveryState.WAITING_FOR_RECEIPT, self.client.submit(wire))
        """
        ...


@runtime_checkable
class ReceiptHandler(Protocol):
    """Reads a peer's words about a delivery. Pure: it never sets a state."""

    name: str
    transport: str
    """The transport whose peers' words it reads; that of another plugin is possible."""

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        """Turn a peer's words into a receipt.

        Called where the transport has got the words, in its own thread if it is the same plugin's. Reading is pure: the
        same words and context give the same receipt.

        Args:
            words: The bytes, whose sender the transport has verified.
            context: What the transport knows beside them, and `organisation_id`.

        Returns:
            The receipt; None where the words are none of this kind, and then the next handler is asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One recipient that a directory knows."""

    address: Address
    description: str = ""
    keywords: tuple[str, ...] = ()
    favourite: bool = False
    source: str = ""
    """What a person calls the directory, such as "SDK adressbok"."""
    terms: Terms = field(default_factory=Terms)
    """What is known of a person by which they can show who they are; filled in where somebody writes to them."""


@runtime_checkable
class Directory(Protocol):
    """An address book that the recipient picker searches."""

    name: str
    label: str

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> MaybeAsync[Sequence[Entry]]:
        """Return what matches, best first.

        Called while somebody chooses recipients, 5 seconds at most; a directory that fails is left out, and said so.

        Args:
            actor: Who searches.
            mailbox_id: The mailbox that is written from; None outside of one.
            words: What has been typed; empty means favourites and the most used.
            limit: How many entries there is room for.
        """
        ...

    def find(self, actor: Actor, transport: str, value: str) -> MaybeAsync[Entry | None]:
        """Return the entry of exactly this address, or None."""
        ...

    def mailbox(self, work: UnitOfWork, transport: str, value: str) -> MaybeAsync[tuple[UUID, UUID] | None]:
        """Return (organisation, mailbox) that this address of ours is linked to, or None.

        Called in the unit of work that stores an incoming message; `host.tables(work)` reads the plugin's own tables.
        """
        ...

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> MaybeAsync[Address | None]:
        """Return the address that this mailbox sends from by this transport, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Advice:
    """What a writer should think of before sending; it warns and never forbids.

    Attributes:
        field: Where in the draft: `subject`, `body`, `open_text`.
        sentence: In Swedish, a translation key, with `{fact}` where a fact goes in; no content of the draft.
        loa: The level that would do; NONE where no level makes it right.
    """

    field: str
    sentence: str
    loa: Loa = Loa.NONE
    facts: Mapping[str, object] = filled(default_factory=dict)

    def __str__(self) -> Sentence:
        """Return the Swedish sentence with its facts filled in, as a `Sentence` that can still be translated."""
        return Sentence(self.sentence, **self.facts)


@runtime_checkable
class Adviser(Protocol):
    """Reads a draft while it is written, and says what its writer should think of. Local: no network."""

    name: str

    def advise(self, actor: Actor, draft: Draft) -> Sequence[Advice]:
        """Say what there is to think of; nothing where all is well.

        Called while somebody writes, 10 seconds at most; an adviser that fails is passed over.

        Args:
            actor: Who writes.
            draft: What has been written so far; it may be half written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser elsewhere; it comes back to the flow's own address."""

    url: str
    state: Mapping[str, str] = field(default_factory=dict)
    """What `advance` needs when it comes back, such as a nonce; kept by the core, never sent to the browser."""
    form: Mapping[str, str] | None = None
    """Fields to post to `url` (SAML's POST binding); None means that the browser just goes there."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Show this and ask again after `seconds` (the answer `tick`): a QR code, "open your app".

    Attributes:
        message: What the person does now.
        seconds: How long to wait before the next `tick`.
        qr: The text to draw as a QR code; another one at the next step.
        app_url: Where a link to the person's app leads, on the same device.
        choices: Buttons beside it: what comes back as the answer `choice`, and what the button says.
    """

    message: str
    seconds: float = 1.0
    qr: str | None = None
    app_url: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a prompt."""

    name: str
    label: str
    kind: str = "text"
    """An HTML input type."""
    autocomplete: str = "off"
    error: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Ask the person for these fields.

    Attributes:
        fields: What is asked for.
        message: What the person does now.
        action: What the button says.
        choices: Further buttons: what comes back as the answer `choice`, and what the button says.
    """

    fields: tuple[Field, ...]
    message: str = ""
    action: str = "Fortsätt"
    choices: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not work: a sentence that says what happened and what to do."""

    message: str
    retry: bool = True


Step: TypeAlias = Redirect | Poll | Prompt | Failed | Identity


@runtime_checkable
class IdentityProvider(Protocol):
    """A way to show who one is. The core keeps the flow's state, its binding to the browser and its single use."""

    name: str
    label: str
    icon: str
    traits: ProviderTraits
    """What the core may rely on: the highest level, who may use it, what it asserts."""

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> MaybeAsync[Step]:
        """Begin.

        Called in the web when somebody chooses the provider, 20 seconds at most, as `advance` is. Where it fails the
        person reads that this way does not work now; the level is never lowered.

        Args:
            wanted: The level that is asked for, at most `traits.max_loa`.
            hints: What is known, as below.

        Returns:
            The first step; never an Identity, since nobody has shown anything yet.

        `hints` may carry `email`, `phone`, `personnummer`, `language`, `ip`, `user_agent`, `browser` (an opaque name of
        the browser), `account` (a user id, at a rise of level or when a method is linked), `loa` (of that user's
        session), `link` ("1" when a method is linked), `organisation` (the id of the organisation that asks, where it
        is known), `purpose` (a sentence for the person), and `return_url`, the address of ours that the peer sends
        the browser back to.
        """
        ...

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> MaybeAsync[Step]:
        """Go on with what the browser brought.

        Args:
            state: The last step's `state`, as the core has kept it; the browser never saw it.
            answers: Fields, a peer's parameters, `tick` after a Poll, or `choice` of a button. Nothing in it is
                verified.

        Returns:
            The next step; an Identity, with the level that was returned, ends the flow.
        """
        ...

    def cancel(self, state: Mapping[str, str]) -> MaybeAsync[None]:
        """End a flow that the person gave up; tell the peer if it needs to know."""
        ...


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of a health check: a sentence that an administrator understands."""

    name: str
    ok: bool
    sentence: str
    """In Swedish, a translation key, with `{fact}` where a fact goes in."""
    remedy: str = ""
    """What to do when it is not well."""
    facts: Mapping[str, object] = field(default_factory=dict)
    notable: bool = False
    """Whether somebody should know of it although it is `ok`; it is not shown as well then."""

    def __str__(self) -> Sentence:
        """Return the Swedish sentence with its facts filled in, as a `Sentence` that can still be translated."""
        return Sentence(self.sentence, **self.facts)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A named question about health, per organisation (None: about the installation)."""

    name: str
    check: Callable[[UUID | None], MaybeAsync[Iterable[Health]]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of a page for a named place.

    Attributes:
        place: `compose.options`, `message.panel`, `message.actions`, `mailbox.settings`, `organisation.settings`,
            `account.settings`, `user.settings`, `case.panel`, `case.actions`, `inbox.toolbar`, `list.actions`,
            `administration.page`; `nav.item`, `organisation.menu`, `administration.menu`.
        template: A template of the plugin, by its own name inside the plugin's folder; empty for a line of a menu.
        context: Gives what the template needs, from the actor and the page's subject; a dict of plain values.
    """

    place: str
    template: str
    context: Callable[[Actor, Mapping[str, Any]], Mapping[str, Any]]
    order: int = 100
