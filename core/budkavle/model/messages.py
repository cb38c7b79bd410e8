"""What travels: messages, their addresses and attachments, and their deliveries."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from budkavle.model.loa import Loa
from budkavle.model.states import DeliveryState, IncomingState


class Direction(StrEnum):
    """Which way a message goes, seen from the mailbox."""

    IN = "in"
    OUT = "out"


LONGEST_SUBJECT = 256
"""Characters of a subject."""
LONGEST_BODY = 2_000_000
"""Characters of a text."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes to or comes from, for one transport.

    Attributes:
        transport: The transport that understands `value`, such as `sdk`.
        value: The address itself, opaque to the core.
        name: What a person calls it: the function's or person's name.
        organisation: The name of the organisation it belongs to.
        organisation_value: The transport's identifier of that organisation, such as `0203:habo.se`.
    """

    transport: str
    value: str
    name: str = ""
    organisation: str = ""
    organisation_value: str = ""

    def __str__(self) -> str:
        """Return the names, else the organisation's identifier, else the bare address."""
        return self.named or self.organisation_value or self.value

    @property
    def named(self) -> str:
        """The names of organisation and function, empty where it has none."""
        return " · ".join(part for part in (self.organisation, self.name) if part)


class SenderCheck(StrEnum):
    """What the address books say of who sent a message, where its names are the sender's own words."""

    CONFIRMED = "confirmed"
    """The function belongs to the verified organisation; both are called what the address book calls them."""
    UNKNOWN_FUNCTION = "unknown-function"
    """The organisation was there when the message came; the function was not."""
    OTHERS_FUNCTION = "others-function"
    """The function belongs to another organisation than the verified one."""
    UNKNOWN_ORGANISATION = "unknown-organisation"
    """The verified organisation was not there when the message came."""
    UNCHECKED = "unchecked"
    """No address book has answered yet; it is asked again."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference such as a diarienummer: `root` names the code system, `value` the number."""

    root: str
    value: str
    label: str = ""
    party: str = "sender"
    """Whose reference: `sender` or `recipient`."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is referred to, never an access restriction."""

    root: str
    value: str
    name: str = ""
    party: str = "recipient"
    """On whose side: `sender` or `recipient`."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file of a message; its bytes are read by `open`."""

    id: UUID
    file_name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way in, with its bytes."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Terms:
    """What the reader of one delivery must show, beside the message's level of assurance.

    Attributes:
        method: The only way of identification that will do, by its provider's name; empty means any that reaches the
            level.
        phone: The number for a code by SMS, E.164.
        personnummer: Twelve digits; whoever identifies must be this person.
        language: Of the notification and the page.
    """

    method: str = ""
    phone: str = ""
    personnummer: str = ""
    language: str = "sv"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person wants to send. `attachments` are ids of files already uploaded by the same person."""

    recipients: tuple[Address, ...]
    subject: str
    body: str
    attachments: tuple[UUID, ...] = ()
    confidential: bool = False
    references: tuple[Reference, ...] = ()
    persons: tuple[Person, ...] = ()
    reply_to: UUID | None = None
    """The message that this answers; its case and conversation go on."""
    forwards: UUID | None = None
    """The message that this passes on; its level is the lowest that this may have."""
    level_reason: str = ""
    """Why that is passed on by a way that asks its reader for no level."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """What only one transport asks for, by its own names."""
    loa: Loa = Loa.NONE
    """What a reader must reach; NONE where the transport has no such thing."""
    reply_allowed: bool = True
    open_text: str = ""
    """Goes unencrypted into the notification; empty means the standard text."""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """By the value of a recipient's address."""
    sender: Address | None = None
    """The mailbox's own address; `router.send` fills it in from the directories before a transport sees the draft."""
    message_id: UUID | None = None
    """What a system that writes calls it on the network; the delivery gets it, so there is one recipient."""
    conversation_id: str = ""
    """The conversation that such a system says it belongs to; empty: that of what it answers, or a new one."""
    once: UUID | None = None
    """The id that the message gets, of one filled-in form: sent twice it is one message."""
    ref_to: str | None = None
    """What such a system says that it answers, by its network's identifier; None: as `reply_to` has it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a member of its mailbox reads it, opened from its encrypted parts."""

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
    """What the sender calls itself, where nobody has verified it; `sender` then has the address book's names."""
    sender_check: SenderCheck | None = None
    """What the address books said of the sender; None where its transport vouches for the names."""
    author: str = ""
    """The name of the user who wrote it, for outgoing messages."""
    on_behalf_of: str = ""
    """The name of the owner of the inbox, where the author stood in for them."""
    warnings: tuple[str, ...] = ()
    loa: Loa = Loa.NONE
    reply_allowed: bool = True
    open_text: str = ""
    written_at: datetime | None = None
    """When its sender says that it was written; None where its transport does not tell, and for outgoing messages."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What else its sender's system said about it; see `Incoming.labels`."""

    @property
    def calls_itself(self) -> str:
        """What the sender calls itself where the address books have another name for it; else empty."""
        return other_name(self.claimed, self.sender)

    @property
    def is_sender_doubted(self) -> bool:
        """Whether its reader is to be warned about who sent it."""
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
    """What a delivery carries: a message, or a receipt about a message that came in."""

    MESSAGE = "message"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message (or receipt) on its way to one recipient. The row behind it is the queue.

    Attributes:
        id: Also the message's identifier on the network, where the network has one (SDK messageId).
        attempt: 1 at the first try. Above 1 the transport must expect that the peer already has it.
        fence: The number of the lease; a result that comes with an older one is not written.
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
    """Why it did not go, in words, with the next thing to do."""


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """A row of a delivery's timeline."""

    at: datetime
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All that a transport needs for one try of one delivery.

    Attributes:
        delivery: What to deliver.
        message: The message with its texts; None where the delivery is a receipt.
        files: Opens the attachments one by one, in order, decrypted.
        wire: The exact bytes of an earlier try, to be sent again unchanged, or None.
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
    """How a try ended: the new state, the peer's identifier, and a word for the timeline."""

    state: DeliveryState
    remote_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptToSend:
    """A receipt that a transport wants to have delivered for what came in: its exact bytes and where to."""

    id: UUID
    recipient: Address
    wire: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that a transport has verified and parsed, ready to be stored.

    Attributes:
        organisation_id: Whose it is; the transport knows its own identifiers' owners.
        remote_id: The sender's identifier of the message; with the transport it is the key for duplicates.
        receipt: Where given, the message is held until this has been handed over.
        evidence: The bytes as they came, kept as proof.
        mailbox_id: Where it goes, where the transport knows that itself; otherwise the address books are asked.
        others: Who else got it, and may be answered too.
        names_claimed: Whether the names in `sender` and `recipient` are the sender's own words. Then the address books
            are asked what these are called, and the sender's words are shown as such.
        written_at: When the sender says that it was written; aware.
        labels: What else the sender's system said about it, such as the system's own name: the network's word for each
            thing, and the text as it came. It is kept sealed and given back by APIs; nothing is decided by it.
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
    """An incoming message that was not accepted: why, and the receipt that says so, if one may be sent."""

    organisation_id: UUID
    transport: str
    remote_id: str
    reason: str
    """One line that an administrator understands; no content of the message."""
    receipt: ReceiptToSend | None = None
    evidence: bytes = b""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a draft, at which field, in a sentence."""

    field: str
    sentence: str
