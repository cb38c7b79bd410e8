"""The Protocols of a transport: capabilities, sending, its texts for states, and optional abilities."""

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
    """What a transport supports; the pages offer only that.

    Attributes:
        receipts: Whether the peer answers with receipts, so that a delivery waits for one (WAITING_FOR_RECEIPT).
        inbound: Whether it also receives messages; then it is offered in a personal inbox only if the inbox has an
            address.
        attachments: Whether it carries files.
        recall: Whether a message that has been handed over can be recalled until it is opened.
        confidentiality: Whether a message may be marked as confidential.
        references: Whether it carries references and persons in separate fields.
        markdown: Whether the recipient sees the named subset of Markdown formatted.
        family: The kind of message that people choose, if several transports share one; empty means the transport's
            name.
        guests: Whether it reaches people without an account, by an address that the writer may type.
        address_hint: The hint under Till about addresses that may be typed in full; empty for no hint.
        max_bytes: The limit of a whole message, as the transport counts it.
        content_types: Accepted content types of files; empty means any.
        attachment_bytes: The limit of all attachments together, in bytes of the files; None if `max_bytes` already
            counts that way.
    """

    receipts: bool = False
    inbound: bool = False
    attachments: bool = True
    recall: bool = False
    confidentiality: bool = False
    references: bool = False
    markdown: bool = False
    family: str = ""
    guests: bool = False
    address_hint: str = ""
    max_bytes: int = 30_000_000
    content_types: tuple[str, ...] = ()
    attachment_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often to retry.

    Attributes:
        first: The first pause; each pause is twice the one before.
        longest: The longest pause.
        tries: The number of attempts.
        deadline: The timeout of one attempt.
    """

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)
    tries: int = 12
    deadline: timedelta = timedelta(minutes=5)


@runtime_checkable
class Transport(Protocol):
    """A way to carry messages: SDK, fax, SMS, e-mail links.

    Attributes:
        name: The word in settings, tables and addresses, such as `sdk`.
        label: Its display name, such as `SDK`.
        icon: A name of the icon set.
    """

    name: str
    label: str
    icon: str
    capabilities: Capabilities
    backoff: Backoff

    def check(
        self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]
    ) -> MaybeAsync[list[Fault]]:
        """Validate a draft before it is stored.

        Called each time a user presses Skicka, 10 seconds at most. If it fails, nothing is stored, and the writer keeps
        what they wrote.

        Args:
            actor: Who writes.
            mailbox_id: The sending mailbox.
            draft: Its recipients are this transport's own; its `sender` is the mailbox's address, if it has one.
            files: The attachments, without their bytes.

        Returns:
            One fault for each problem; an empty list accepts the draft.
        """
        ...

    def send(self, outgoing: Outgoing) -> MaybeAsync[Outcome]:
        """Hand one delivery to the peer.

        Called by a worker, `backoff.deadline` at most. A worker may repeat the call after a fault or a crash. The
        transport must then hand over the same bytes: those that `outgoing.keep` has stored are in `outgoing.wire`.

        Args:
            outgoing: The delivery; its `message` is None for a receipt.

        Returns:
            ACKNOWLEDGED if the response is final, WAITING_FOR_RECEIPT if a receipt follows, SEND_ENQUEUED if the peer
            does not have the message yet.

        Raises:
            Temporary: Retry after `backoff`; it counts as an attempt.
            NotYet: Nothing was sent. Retry after its `pause`; it does not count as an attempt.
            Permanent: Give up. Its sentence says why, and what to do.

        Example:
            wire = outgoing.wire or outgoing.keep(self.build(outgoing))
            return Outcome(DeliveryState.WAITING_FOR_RECEIPT, self.client.submit(wire))
        """
        ...


@runtime_checkable
class NamesDestinations(Protocol):
    """Optional, for a transport with more than one peer: it says which of its deliveries fail together."""

    def destination(self, work: UnitOfWork, mailbox_id: UUID | None, recipient: Address) -> str:
        """Name the server or the organisation that a delivery depends on; empty for the one that all depend on.

        Each destination has its own queue, so that one that does not answer delays no other. Called while a message is
        stored, within its unit of work: it may query the database but call no other system. The name is shown on the
        health page, so it must not be a person's address.

        Args:
            work: The unit of work.
            mailbox_id: The sending mailbox; None for a receipt.
            recipient: The recipient's address.
        """
        ...


@runtime_checkable
class TakesBack(Protocol):
    """Optional, for a transport that can recall: it stops a message that is still on its way."""

    def take_back(self, organisation_id: UUID, delivery_id: UUID) -> MaybeAsync[None]:
        """Stop one delivery.

        Called when a member recalls a message, while the delivery's row is locked against other changes of state, and
        before the recall is stored. If that fails, the member recalls it again; return for what is already stopped.

        Args:
            organisation_id: Whose delivery it is.
            delivery_id: The delivery.

        Raises:
            Conflict: The delivery can no longer be stopped; the sentence says why. Then it is not recalled.
        """
        ...


@runtime_checkable
class ClaimsOpening(Protocol):
    """Optional, for an inbound transport: the sender decides whether a message may still be opened.

    The core then shows nothing of a message before the transport has claimed its opening, so that a recalled message
    is never read.
    """

    def open_messages(self, actor: Actor, messages: Sequence[Message]) -> MaybeAsync[Collection[UUID]]:
        """Claim the opening of messages that have come in.

        Called each time a user opens a case, outside of any transaction.

        Args:
            actor: The user who opens them.
            messages: The messages of the case that this transport received and that are not marked as recalled.

        Returns:
            The ids of the messages that their senders have recalled; the core shows nothing of them.
        """
        ...

    def downloaded(self, sender: Address, remote_id: str) -> MaybeAsync[None]:
        """React to the download of a file of an incoming message.

        Called outside of any transaction.

        Args:
            sender: The message's sender.
            remote_id: The sender's id of the message, as in `Incoming`.
        """
        ...

    def recalled(self, recipient: Address, delivery_id: UUID) -> MaybeAsync[None]:
        """React to the recall of a message, so that the recipient's copy can be marked.

        Called after the commit. An opening that is claimed between the commit and this call is refused too.

        Args:
            recipient: The message's recipient.
            delivery_id: The sender's delivery.
        """
        ...


@dataclass(frozen=True, slots=True)
class StateWords:
    """A transport's texts for a state of a delivery, in Swedish (translation keys); empty ones mean the core's text.

    Attributes:
        word: A short tag, such as "Väntar på kvittens".
        sentence: What the state means; it claims nothing that the transport does not know.
        remedy: What to do, for a state that needs an action.
        final: Whether no further state will follow, so that the pages do not show the delivery as waiting.
    """

    word: str = ""
    sentence: str = ""
    remedy: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True)
class FactWords:
    """How the event log and a delivery's timeline show a fact that a plugin records (`budkavle_event_words`).

    Attributes:
        log: The sentence of the event log.
        word: A short tag, such as "Duva sedd".
        sentence: What it means, or what to do.
        kind: `ok`, `wait` (an action is pending), `bad`, `info` or `plain`.
        icon: A name of the icon set.
    """

    log: str
    word: str
    sentence: str
    kind: Literal["ok", "wait", "bad", "info", "plain"] = "info"
    icon: str = "dot"


@runtime_checkable
class SaysStates(Protocol):
    """Optional for a transport: its own texts for the states of its deliveries."""

    state_words: Mapping[DeliveryState, StateWords]
    """States that are missing get the core's texts, which must fit every transport and are therefore vague."""
