"""What a transport promises: capabilities, sending, its own words, and what it may do beside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, runtime_checkable
from uuid import UUID

from budkavle.model.messages import Address, Attachment, Draft, Fault, Message, Outcome, Outgoing
from budkavle.model.people import Actor
from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols.base import MaybeAsync, UnitOfWork


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
    address_hint: str = ""
    """What stands under Till, of addresses that may be typed there in full; empty where it goes without saying."""
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
class NamesDestinations(Protocol):
    """What a transport that has more than one peer may promise: to say which of its deliveries fail together."""

    def destination(self, work: UnitOfWork, mailbox_id: UUID | None, recipient: Address) -> str:
        """Name the server or the organisation that a delivery depends on; empty for what all depend on.

        Each destination has a queue of its own, so that one that does not answer holds up no other. Called while a
        message is stored, within its unit of work: it must not ask anybody but the database. The name is shown on the
        health page, and so may not be a person's address.

        Args:
            work: The unit of work.
            mailbox_id: The mailbox that a message is sent from; None for a receipt.
            recipient: Where it goes.
        """
        ...


@runtime_checkable
class TakesBack(Protocol):
    """What a transport that can recall may promise: that it stops what is still on its way."""

    def take_back(self, organisation_id: UUID, delivery_id: UUID) -> MaybeAsync[None]:
        """Stop one delivery.

        Called when a member recalls a message, while nobody else can change the delivery's state.

        Args:
            organisation_id: Whose delivery it is.
            delivery_id: The delivery.

        Raises:
            Conflict: It cannot be stopped any more, with the reason; then it is not recalled.
        """
        ...


@runtime_checkable
class ClaimsOpening(Protocol):
    """What an inbound transport may promise: that its sender decides whether a message may still be opened.

    The core then shows nothing of a message before the transport has claimed its opening, so that what is recalled is
    never read.
    """

    def open_messages(self, actor: Actor, messages: Sequence[Message]) -> MaybeAsync[Collection[UUID]]:
        """Claim the opening of messages that have come in.

        Called each time somebody opens a case, outside of any transaction.

        Args:
            actor: The user who opens them.
            messages: Those of the case that came by this transport and are not marked as recalled.

        Returns:
            The ids of those that their senders have recalled; of them nothing is shown.
        """
        ...

    def downloaded(self, sender: Address, remote_id: str) -> MaybeAsync[None]:
        """Hear that somebody has downloaded a file of a message that came in.

        Called outside of any transaction.

        Args:
            sender: Who the message came from.
            remote_id: The message's id at the sender's, as `Incoming` had it.
        """
        ...

    def recalled(self, recipient: Address, delivery_id: UUID) -> MaybeAsync[None]:
        """Hear that a message has been recalled, so that the recipient's copy may be marked.

        Called after the commit. An opening that is claimed before this call is refused all the same.

        Args:
            recipient: Whom it was sent to.
            delivery_id: The sender's delivery.
        """
        ...


@dataclass(frozen=True, slots=True)
class StateWords:
    """What a state of a delivery means by one transport, in Swedish (translation keys); what is empty is the core's.

    Attributes:
        word: A short tag, such as "Väntar på kvittens".
        sentence: What it means, without what the transport does not know.
        remedy: What to do, for a state that somebody must do something about.
        final: Whether the transport will not say more, so that nobody is waited for.
    """

    word: str = ""
    sentence: str = ""
    remedy: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True)
class FactWords:
    """How the event log and a delivery's timeline show a fact that a plugin notes (`budkavle_event_words`).

    Attributes:
        log: The sentence of the event log.
        word: A short tag, such as "Duva sedd".
        sentence: What it means, or what to do.
        kind: `ok`, `wait` (somebody's turn), `bad`, `info` or `plain`.
        icon: A name of the icon set.
    """

    log: str
    word: str
    sentence: str
    kind: Literal["ok", "wait", "bad", "info", "plain"] = "info"
    icon: str = "dot"


@runtime_checkable
class SaysStates(Protocol):
    """What a transport may promise beside: words of its own for the states of its deliveries."""

    state_words: Mapping[DeliveryState, StateWords]
    """The core's own words, for a state that is not here, fit every transport and so say little."""
