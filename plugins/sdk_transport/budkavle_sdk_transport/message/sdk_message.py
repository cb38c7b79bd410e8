"""The SDK message 3.0: what people write to each other, and its XML.

Source: Digg B1.3.3 Innehållsspecifikation meddelande 1.5.2, chapter 4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import pybase64
from lxml import etree

from budkavle_sdk_transport.formats.base64_blocks import Base64Blocks
from budkavle_sdk_transport.formats.identifiers import FUNCTIONAL_ADDRESS, NS_MESSAGE, SCHEME
from budkavle_sdk_transport.formats.timestamps import format_moment, read_moment
from budkavle_sdk_transport.formats.xml import value
from budkavle_sdk_transport.formats.xml_writer import Writer

DOCUMENT_ID: Final = "SDK-Meddelande"
_WHITESPACE: Final = str.maketrans("", "", " \t\r\n")


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier and the code system that it belongs to (IIType)."""

    root: str
    extension: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person that is referred to; a message is never addressed to one (section 4.3.2.3)."""

    id: Identifier | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A case or record that the message belongs to, such as a diary number."""

    id: Identifier
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """The sender or the recipient.

    Attributes:
        organisation: The participant, such as ``0203:habo.se``.
        label: The organisation's name, at most 256 characters.
        function: The functional address, an opaque text; empty where a foreign sender names none.
        function_label: The function's name.
        persons: Persons that the party refers to.
        references: The party's own references; the recipient's answer brings the sender's back.
    """

    organisation: str
    label: str | None
    function: str
    function_label: str | None = None
    persons: tuple[Person, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, with its MIME type."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """One of several documents of a message: its name, or its id where it has none, and what belongs to it."""

    name: str
    texts: tuple[str, ...]
    file_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SdkMessage:
    """An SDK message.

    Attributes:
        message_id: A UUID, the same as the envelope's id.
        conversation_id: A UUID; a new conversation may use the message's id.
        created_at: An aware moment; written in UTC with milliseconds.
        label: The subject, at most 256 characters.
        confidential: The sender's judgement of secrecy.
        sender: Who sends.
        recipient: To whom.
        texts: The texts, in Markdown of the named subset (section 4.3.3.2).
        attachments: The files.
        ref_to_message_id: The message that this one answers or completes.
        generating_system: The system that made the message.
        document_id: The document's id; a message of several documents is read as one, in the order of their index.
        document_name: The document's name.
        documents: How texts and files are grouped, where there are several documents and one of them has a name.
    """

    message_id: str
    conversation_id: str
    created_at: datetime
    label: str | None
    confidential: bool
    sender: Party
    recipient: Party
    texts: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    ref_to_message_id: str | None = None
    generating_system: Identifier | None = None
    document_id: str = DOCUMENT_ID
    document_name: str | None = None
    documents: tuple[Document, ...] = ()


def build_message(message: SdkMessage) -> bytes:
    """Return the message as canonical XML without a declaration; blank optional parts are left out.

    Raises:
        UnfitText: A text has a character that XML cannot carry.
    """
    writer = Writer()
    writer.open("sdk:messagePayload", f' xmlns:sdk="{NS_MESSAGE}"')
    writer.open("sdk:message")
    _write_header(writer, message)
    writer.open("sdk:messageBody")
    _write_document(writer, message)
    for _ in ("messageBody", "message", "messagePayload"):
        writer.close()
    return writer.bytes()


def read_message(root: etree._Element, blocks: Base64Blocks | None = None) -> SdkMessage:
    """Return the message of a valid messagePayload element; call ``check_message`` first.

    Args:
        root: The element.
        blocks: The files that were left out of its tree (`blocks.parse_with_blocks`).

    Raises:
        ValueError: A file is not in base64.
    """
    inside = _must(root, "message")
    header = _must(inside, "messageHeader")
    documents = sorted(_all(_must(inside, "messageBody"), "documents"), key=_index)
    return SdkMessage(
        message_id=_text(header, "messageId"),
        conversation_id=_text(header, "conversationId"),
        created_at=read_moment(_text(header, "creationDateTime")),
        label=_maybe(header, "label"),
        confidential=_text(header, "confidentiality").strip() in {"true", "1"},
        sender=_read_party(_must(header, "sender"), "senderID"),
        recipient=_read_party(_must(header, "recipient"), "recipientID"),
        texts=tuple(_text(t, "characterSequence") for d in documents for t in _all(d, "ContentText")),
        attachments=tuple(_read_file(f, blocks or Base64Blocks()) for d in documents for f in _all(d, "ContentFiles")),
        ref_to_message_id=_maybe(header, "refToMessageId"),
        generating_system=_identifier(header, "generatingSystem"),
        document_id=_text(documents[0], "documentID"),
        document_name=_maybe(documents[0], "documentName"),
        documents=tuple(_read_documents(documents)),
    )


def decode_base64(text: str) -> bytes:
    """Return the bytes of strict base64 (RFC 4648); line breaks and spaces between the digits are let through.

    Raises:
        ValueError: Another character stands in the text, or its padding is wrong.
    """
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        # Message systems in Java wrap at 76 columns, and nothing is lost by taking it.
        return pybase64.b64decode(text.translate(_WHITESPACE), validate=True)


def _write_header(writer: Writer, message: SdkMessage) -> None:
    writer.open("sdk:messageHeader")
    writer.leaf("sdk:creationDateTime", format_moment(message.created_at))
    writer.leaf("sdk:messageId", message.message_id)
    writer.leaf("sdk:conversationId", message.conversation_id)
    writer.optional("sdk:refToMessageId", message.ref_to_message_id)
    writer.optional("sdk:label", message.label)
    writer.leaf("sdk:confidentiality", "true" if message.confidential else "false")
    if message.generating_system is not None:
        _write_identifier(writer, "sdk:generatingSystem", message.generating_system)
    _write_party(writer, "recipient", message.recipient)
    _write_party(writer, "sender", message.sender)
    writer.close()


def _write_party(writer: Writer, role: str, party: Party) -> None:
    writer.open(f"sdk:{role}")
    _write_identifier(writer, f"sdk:{role}ID", Identifier(SCHEME, party.organisation))
    writer.optional("sdk:label", party.label)
    if party.function:
        writer.open("sdk:attention")
        for person in party.persons:
            _write_person(writer, person)
        function = Identifier(FUNCTIONAL_ADDRESS, party.function)
        _write_labelled(writer, "subOrganization", "organizationId", function, party.function_label)
        for reference in party.references:
            _write_labelled(writer, "reference", "referenceId", reference.id, reference.label)
        writer.close()
    writer.close()


def _write_person(writer: Writer, person: Person) -> None:
    if person.id is not None or (person.label or "").strip():
        _write_labelled(writer, "person", "personId", person.id, person.label)


def _write_labelled(writer: Writer, name: str, id_name: str, identifier: Identifier | None, label: str | None) -> None:
    writer.open(f"sdk:{name}")
    if identifier is not None:
        _write_identifier(writer, f"sdk:{id_name}", identifier)
    writer.optional("sdk:label", label)
    writer.close()


def _write_identifier(writer: Writer, name: str, identifier: Identifier) -> None:
    writer.open(name)
    writer.leaf("sdk:root", identifier.root)
    writer.leaf("sdk:extension", identifier.extension)
    writer.close()


def _write_document(writer: Writer, message: SdkMessage) -> None:
    writer.open("sdk:documents")
    writer.leaf("sdk:documentID", message.document_id)
    writer.optional("sdk:documentName", message.document_name)
    writer.leaf("sdk:index", "1")
    for attachment in message.attachments:
        writer.open("sdk:ContentFiles")
        writer.leaf("sdk:fileName", attachment.file_name)
        writer.leaf("sdk:contentType", attachment.content_type)
        writer.raw("sdk:content", pybase64.b64encode(attachment.content))
        writer.close()
    for text in message.texts:
        if text.strip():
            writer.open("sdk:ContentText")
            writer.leaf("sdk:characterSequence", text)
            writer.close()
    writer.close()


def _read_party(element: etree._Element, id_name: str) -> Party:
    attention = next(_all(element, "attention"), None)
    organisation, label = _text(_must(element, id_name), "extension"), _maybe(element, "label")
    if attention is None:
        return Party(organisation, label, function="")
    function = _must(attention, "subOrganization")
    return Party(
        organisation=organisation,
        label=label,
        function=_text(_must(function, "organizationId"), "extension"),
        function_label=_maybe(function, "label"),
        persons=tuple(
            Person(_identifier(person, "personId"), _maybe(person, "label")) for person in _all(attention, "person")
        ),
        references=tuple(_read_reference(reference) for reference in _all(attention, "reference")),
    )


def _read_reference(element: etree._Element) -> Reference:
    identifier = _must(element, "referenceId")
    return Reference(Identifier(_text(identifier, "root"), _text(identifier, "extension")), _maybe(element, "label"))


def _read_documents(elements: Sequence[etree._Element]) -> Iterator[Document]:
    if len(elements) == 1 or not any(_maybe(element, "documentName") for element in elements):
        return
    for element in elements:
        texts = tuple(_text(text, "characterSequence") for text in _all(element, "ContentText"))
        file_names = tuple(_text(file, "fileName") for file in _all(element, "ContentFiles"))
        yield Document(_maybe(element, "documentName") or _text(element, "documentID"), texts, file_names)


def _read_file(element: etree._Element, blocks: Base64Blocks) -> Attachment:
    text = _text(element, "content")
    block = blocks.take(text)
    content = decode_base64(text) if block is None else block.content()
    return Attachment(_text(element, "fileName"), _text(element, "contentType"), content)


def _index(document: etree._Element) -> int:
    """Return the sort key of a document; those without a number come first, in their order (section 4.3.3.1)."""
    text = (_maybe(document, "index") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _identifier(parent: etree._Element, name: str) -> Identifier | None:
    element = next(parent.iterchildren(_tag(name)), None)
    return None if element is None else Identifier(_text(element, "root"), _text(element, "extension"))


def _all(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    return parent.iterchildren(_tag(name))


@lru_cache(maxsize=64)
def _tag(name: str) -> str:
    return f"{{{NS_MESSAGE}}}{name}"


def _must(parent: etree._Element, name: str) -> etree._Element:
    return next(parent.iterchildren(_tag(name)))


def _text(parent: etree._Element, name: str) -> str:
    return value(_must(parent, name))


def _maybe(parent: etree._Element, name: str) -> str | None:
    element = next(parent.iterchildren(_tag(name)), None)
    return None if element is None else value(element)
