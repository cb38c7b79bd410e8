"""The JSON of the API, as in the OpenAPI file; used by both the server and the client.

Where the specification contradicts itself, both spellings are written and either is read: `events` in the OpenAPI file
and `event` in the examples of B1.4.2; `dateTime` in the examples and `datetime` in its table.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from budkavle import Address, Message
from budkavle_message_api.addresses import FUNCTIONAL_ADDRESS

Short = Annotated[str, msgspec.Meta(max_length=256)]
Status = Literal[
    "SCHEDULED",
    "SUBMITTED",
    "SCHEDULED_FOR_RESEND",
    "ACKNOWLEDGE",
    "WAITING_FOR_RECEIPT",
    "MESSAGE_EXCHANGE_ERROR",
    "ACCEPTED",
    "REJECTED",
    "RETRIEVED",
    "RECEIPT_SENT",
    "NEW",
    "ERROR",
]
MediaType = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[\w.+-]+/[\w.+-]+(;.*)?$")]
Code = Annotated[int, msgspec.Meta(ge=400, lt=600)]


class Identifier(Struct, frozen=True):
    """A system, identified by the code system `root` and its `extension`."""

    root: str | UnsetType = UNSET
    extension: str | UnsetType = UNSET
    label: str | UnsetType = UNSET


class Labelled(Struct, frozen=True):
    """A person or a reference; the OpenAPI file requires all three fields."""

    root: str
    extension: Short
    label: str


class SubOrganization(Struct, frozen=True):
    """A function, by its address."""

    extension: Short
    root: str = FUNCTIONAL_ADDRESS
    label: str | UnsetType = UNSET


class Attention(Struct, frozen=True, rename="camel"):
    """A function, with the persons and references on its side."""

    sub_organization: SubOrganization
    attention_person: list[Labelled] | UnsetType = UNSET
    reference_id: list[Labelled] | UnsetType = UNSET


class ContentFile(Struct, frozen=True, rename="camel"):
    """A file; its content is base64 in JSON."""

    file_name: str
    content_type: MediaType
    content: bytes


class DigitalDocument(Struct, frozen=True, rename="camel"):
    """A document with texts and files."""

    document_id: str
    document_name: str | UnsetType = UNSET
    index: str | UnsetType = UNSET
    content_text_body: list[str] | UnsetType = UNSET
    content_files: list[ContentFile] | UnsetType = UNSET


class Issue(Struct, frozen=True):
    """An event, or an error."""

    type_code: str | UnsetType = msgspec.field(default=UNSET, name="typeCode")
    title: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    where: str | UnsetType = msgspec.field(default=UNSET, name="in")
    date_time: str | UnsetType = msgspec.field(default=UNSET, name="dateTime")
    type: str | UnsetType = UNSET
    status: Code | UnsetType = UNSET
    instance: str | UnsetType = UNSET


class Events(Struct, frozen=True):
    """The events of a message, the latest first; also the body of a problem (RFC 9457)."""

    type: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    status: Code | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    instance: str | UnsetType = UNSET
    issues: list[Issue] | UnsetType = msgspec.field(default=UNSET, name="eventIssues")


class Attributes(Struct, frozen=True, rename="camel", kw_only=True):
    """A message. The limits are those of the OpenAPI file."""

    message_status: Status | UnsetType = UNSET
    creation_date_time: str | UnsetType = UNSET
    message_id: str | UnsetType = UNSET
    conversation_id: str | UnsetType = UNSET
    ref_to_message_id: str | UnsetType = UNSET
    confidentiality: bool
    generating_system: Identifier | UnsetType = UNSET
    recipient_attention: Attention | UnsetType = UNSET
    sender_attention: Attention | UnsetType = UNSET
    sender: str
    recipient: str
    label: Short
    digital_document: list[DigitalDocument] | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    event: Events | UnsetType = UNSET


class Resource(Struct, frozen=True):
    """A message with its id at the message service."""

    attributes: Attributes
    type: Literal["messages"] = "messages"
    id: str | UnsetType = UNSET


class Meta(Struct, frozen=True):
    """The version of the API."""

    version: str | UnsetType = UNSET


class Links(Struct, frozen=True):
    """Links to this page, and to the pages before and after it."""

    this: str | UnsetType = msgspec.field(default=UNSET, name="self")
    first: str | UnsetType = UNSET
    prev: str | UnsetType = UNSET
    next: str | UnsetType = UNSET


class MessageDocument(Struct, frozen=True):
    """A document with one message."""

    data: Resource
    meta: Meta | UnsetType = UNSET
    links: Links | UnsetType = UNSET


class MessageList(Struct, frozen=True):
    """A document with several messages."""

    data: list[Resource]
    meta: Meta | UnsetType = UNSET
    links: Links | UnsetType = UNSET


class Create(Struct, frozen=True):
    """The body of a request to send a message."""

    data: Resource


def attention(message: Message, address: Address, side: str) -> Attention:
    """Return a function with the persons and references on its side, `sender` or `recipient`."""
    persons = [Labelled(person.root, person.value, person.name) for person in message.persons if person.party == side]
    references = [
        Labelled(reference.root, reference.value, reference.label)
        for reference in message.references
        if reference.party == side
    ]
    function = SubOrganization(address.value, label=address.name or UNSET)
    return Attention(function, persons or UNSET, references or UNSET)


def stamp(at: datetime) -> str:
    """Format a time as the message format does, in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text_of(value: "str | UnsetType") -> str:
    """Return a text; empty if it is unset."""
    return "" if isinstance(value, UnsetType) else value
