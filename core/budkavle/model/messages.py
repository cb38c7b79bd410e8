"""Messages, their addresses and attachments, and their deliveries."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from budkavle.model.loa import Loa
from budkavle.model.states import DeliveryState, IncomingState


class Direction(StrEnum):
    """The direction of a message, seen from the mailbox."""

    IN = "in"
    OUT = "out"


LONGEST_SUBJECT = 256
"""Characters of a subject."""
LONGEST_BODY = 2_000_000
"""Characters of a text."""


@dataclass(frozen=True, slots=True)
class Address:
    """A sender or a recipient of a message, for one transport.

    Attributes:
        transport: The transport that understands `value`, such as `sdk`.
        value: The address itself, opaque to the core.
        name: The display name: the function's or person's name.
        organisation: The name of the organisation it belongs to.
        organisation_value: The transport's identifier of that organisation, such as `0203:habo.se`.
    """

    transport: str
    value: str
    name: str = ""
    organisation: str = ""
    organisation_value: str = ""

    def __str__(self) -> str:
        """Return the names, or else the organisation's identifier, or else the bare address."""
        return self.named or self.organisation_value or self.value

    @property
    def named(self) -> str:
        """The names of organisation and function, empty if it has none."""
        return " · ".join(part for part in (self.organisation, self.name) if part)


class SenderCheck(StrEnum):
    """What the address books say about a message's sender, if its names are the sender's own claims."""

    CONFIRMED = "confirmed"
    """The function belongs to the verified organisation; both have the names of the address book."""
    UNKNOWN_FUNCTION = "unknown-function"
    """The address book had the organisation when the message came, but not the function."""
    OTHERS_FUNCTION = "others-function"
    """The function belongs to another organisation than the verified one."""
    UNKNOWN_ORGANISATION = "unknown-organisation"
    """The address book did not have the verified organisation when the message came."""
    UNCHECKED = "unchecked"
    """No address book has answered yet; the core asks again."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference such as a diarienummer: `root` names the code system, `value` the number.

    Attributes:
        party: Whose reference it is: `sender` or `recipient`.
    """

    root: str
    value: str
    label: str = ""
    party: str = "sender"


@dataclass(frozen=True, slots=True)
class Person:
    """A person that the message refers to; this restricts no access.

    Attributes:
        party: Whose reference it is: `sender` or `recipient`.
    """

    root: str
    value: str
    name: str = ""
    party: str = "recipient"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file of a message; its bytes are read by `open`."""

    id: UUID
    file_name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class File:
    """An incoming file, with its bytes."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Terms:
    """What the reader of one delivery must show, besides the message's level of assurance.

    Attributes:
        method: The only accepted identification method, by its provider's name; empty means any that reaches the level.
        phone: The number for a code by SMS, E.164.
        personnummer: Twelve digits; the reader must identify as this person.
        language: The language of the notification and the page.
    """

    method: str = ""
    phone: str = ""
    personnummer: str = ""
    language: str = "sv"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person wants to send. `attachments` are ids of files already uploaded by the same person.

    Attributes:
        reply_to: The message that this answers; the draft joins its case and conversation.
        forwards: The message that this forwards; its level is the lowest that this may have.
        level_reason: Why it is forwarded with a transport that requires no level of its reader.
        extra: Fields that only one transport has, by the transport's own names.
        loa: The level that a reader must reach; NONE if the transport has no levels.
        open_text: Sent unencrypted in the notification; empty means the standard text.
        terms: Terms by the value of the recipient's address.
        sender: The mailbox's own address; `router.send` fills it in from the directories before a transport sees the
            draft.
        message_id: The network's id, if an external system sets it; the delivery gets it, so there is one recipient.
        conversation_id: The conversation that such a system states; empty: that of the answered message, or a new one.
        once: The id of the message, from the filled-in form: a form that is submitted twice gives one message.
        ref_to: The network's id of the message that such a system answers; None: the message in `reply_to`.
        labels: What such a system says of itself, by the network's names of the fields; see `Incoming.labels`.
    """

    recipients: tuple[Address, ...]
    subject: str
    body: str
    attachments: tuple[UUID, ...] = ()
    confidential: bool = False
    references: tuple[Reference, ...] = ()
    persons: tuple[Person, ...] = ()
    reply_to: UUID | None = None
    forwards: UUID | None = None
    level_reason: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    loa: Loa = Loa.NONE
    reply_allowed: bool = True
    open_text: str = ""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    sender: Address | None = None
    message_id: UUID | None = None
    conversation_id: str = ""
    once: UUID | None = None
    ref_to: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a member of its mailbox reads it, decrypted.

    Attributes:
        claimed: The names that the sender claims, if unverified; `sender` then has the address book's names.
        sender_check: What the address books said of the sender; None if its transport has verified the names.
        author: The name of the user who wrote it, for outgoing messages.
        on_behalf_of: The name of the owner of the inbox, if the author was their stand-in.
        written_at: When it was written, according to its sender; None if its transport does not say, and for outgoing
            messages.
        labels: Further data from the sender's system; see `Incoming.labels`.
    """

    id: UUID
    organisation_id: UUID
    mailbox_id: UUID
    case_id: UUID
    direction: Direction
    transport: str
    subject: str
    body: str
    sender: Address
    recipients: tuple[Address, ...]
    created_at: datetime
    conversation_id: str
    state: IncomingState | None = None
    remote_id: str | None = None
    ref_to: str | None = None
    confidential: bool = False
    attachments: tuple[Attachment, ...] = ()
    references: tuple[Reference, ...] = ()
    persons: tuple[Person, ...] = ()
    claimed: Address | None = None
    sender_check: SenderCheck | None = None
    author: str = ""
    on_behalf_of: str = ""
    warnings: tuple[str, ...] = ()
    loa: Loa = Loa.NONE
    reply_allowed: bool = True
    open_text: str = ""
    written_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def calls_itself(self) -> str:
        """The name that the sender claims, if the address books have another name for it; otherwise empty."""
        return other_name(self.claimed, self.sender)

    @property
    def is_sender_doubted(self) -> bool:
        """Whether to warn the reader about the sender."""
        return self.sender_check not in {None, SenderCheck.CONFIRMED} or bool(self.calls_itself)


def other_name(claimed: Address | None, verified: Address) -> str:
    """Return the name that a sender claims, if it differs from the verified one.

    Args:
        claimed: The sender as it names itself; None if it does not.
        verified: The sender as a directory or a certificate names it.

    Returns:
        Empty if the names agree, or if none is claimed.
    """
    if claimed is None:
        return ""
    pairs = ((claimed.organisation, verified.organisation), (claimed.name, verified.name))
    return claimed.named if any(word and not _same(word, name) for word, name in pairs) else ""


def _same(first: str, second: str) -> bool:
    """Tell whether two names are the same but for capitals and spaces."""
    return first.casefold().split() == second.casefold().split()


class Purpose(StrEnum):
    """What a delivery carries: a message, or a receipt for an incoming message."""

    MESSAGE = "message"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message (or receipt) on its way to one recipient. The row behind it is the queue.

    Attributes:
        id: Also the message's identifier on the network, where the network has one (SDK messageId).
        attempt: 1 at the first attempt. Above 1 the transport must expect that the peer already has it.
        fence: The number of the lease; a result with an older number is not stored.
        failure: Why it failed, and what to do, in a sentence.
    """

    id: UUID
    organisation_id: UUID
    message_id: UUID | None
    purpose: Purpose
    transport: str
    recipient: Address
    state: DeliveryState
    attempt: int = 0
    fence: int = 0
    remote_id: str | None = None
    created_at: datetime | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """A row of a delivery's timeline."""

    at: datetime
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All that a transport needs for one attempt of one delivery.

    Attributes:
        delivery: What to deliver.
        message: The message with its texts; None if the delivery is a receipt.
        files: Opens the attachments one by one, in order, decrypted.
        wire: The exact bytes of an earlier attempt, to be sent again unchanged, or None.
        keep: Stores the exact bytes durably before they are handed over, and returns them.
        terms: What the recipient must show to read it.
    """

    delivery: Delivery
    message: Message | None
    files: Callable[[], Iterator[File]]
    wire: bytes | None
    keep: Callable[[bytes], bytes]
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt: the new state, the peer's identifier, and a text for the timeline."""

    state: DeliveryState
    remote_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptToSend:
    """A receipt that a transport wants delivered for an incoming message: its exact bytes and its recipient."""

    id: UUID
    recipient: Address
    wire: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that a transport has verified and parsed, ready to be stored.

    Attributes:
        organisation_id: The receiving organisation; the transport knows which identifiers belong to it.
        remote_id: The sender's identifier of the message; together with the transport it identifies duplicates.
        receipt: If given, the message is held until this has been handed over.
        evidence: The bytes as received, stored as proof.
        mailbox_id: The receiving mailbox, if the transport knows it; otherwise the address books are asked.
        others: Other recipients, who may be answered too.
        names_claimed: Whether the names in `sender` and `recipient` are the sender's own claims. Then the address
            books give the names, and the sender's claims are shown as such.
        written_at: When it was written, according to the sender; aware.
        labels: Further data from the sender's system, such as the system's own name: the network's name of each field,
            and its unchanged text. It is stored sealed and returned by APIs; no decision depends on it.
    """

    organisation_id: UUID
    transport: str
    remote_id: str
    sender: Address
    recipient: Address
    subject: str
    body: str
    received_at: datetime
    conversation_id: str = ""
    ref_to: str | None = None
    files: tuple[File, ...] = ()
    confidential: bool = False
    references: tuple[Reference, ...] = ()
    persons: tuple[Person, ...] = ()
    warnings: tuple[str, ...] = ()
    receipt: ReceiptToSend | None = None
    evidence: bytes = b""
    loa: Loa = Loa.NONE
    reply_allowed: bool = True
    mailbox_id: UUID | None = None
    others: tuple[Address, ...] = ()
    names_claimed: bool = False
    written_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An incoming message that was not accepted: why, and the receipt that says so, if one may be sent.

    Attributes:
        reason: One line for an administrator; no content of the message.
    """

    organisation_id: UUID
    transport: str
    remote_id: str
    reason: str
    receipt: ReceiptToSend | None = None
    evidence: bytes = b""


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem of a draft: the field, and a sentence."""

    field: str
    sentence: str
