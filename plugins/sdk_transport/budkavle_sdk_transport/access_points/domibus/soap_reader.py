"""Reading SOAP piece by piece: the envelope as a small tree, the payloads as bytes beside it.

Domibus sends payloads as base64 within the envelope unless MTOM has been switched on, and then an envelope has 53 MB
of text in one element. So the base64 of payloads never comes into a tree: expat gives it in pieces, and each is
decoded as it comes. There is no DTD, hence no entities; everything else that the envelope has is bounded.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote
from xml.parsers import expat

import pybase64
from lxml import etree

from budkavle_sdk_transport.access_points.domibus.interfaces import NS_SOAP, NS_XOP
from budkavle_sdk_transport.access_points.domibus.multipart import Piece, boundary_of, read_parts
from budkavle_sdk_transport.access_points.domibus.streaming import IncomingBody, Unreadable

_MOST_ENVELOPE: Final = 4 * 2**20
_MOST_TAGS: Final = 20_000
_MOST_DEPTH: Final = 64
_CARRIERS: Final = frozenset({"payload", "bodyload"})
_TYPES: Final = ("application/soap+xml", "text/xml", "application/xml", "application/xop+xml")


@dataclass(slots=True)
class Payload:
    """One payload of a message: its id, and its bytes or where they are."""

    payload_id: str
    content: bytes = b""
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class SoapMessage:
    """An envelope and the payloads that came with it."""

    envelope: etree._Element
    payloads: list[Payload] = field(default_factory=list)

    def body(self) -> etree._Element:
        """Return the content of the SOAP body. Raises `Unreadable` if it is empty."""
        element = self.envelope.find(f"{{{NS_SOAP}}}Body/*")
        if element is None:
            raise Unreadable("The envelope has an empty body.")
        return element


def read_message(content_type: str, incoming: IncomingBody) -> SoapMessage:
    """Read an envelope, or an envelope with its attachments.

    Args:
        content_type: As the peer names it.
        incoming: The bytes as they come; all are taken.

    Raises:
        Unreadable: No SOAP 1.2, broken off, or beyond the bounds.
    """
    boundary = boundary_of(content_type)
    if boundary is not None:
        message = _read_related(incoming, boundary)
    elif content_type.partition(";")[0].strip().lower() in _TYPES:
        message = _read_envelope(incoming)
    else:
        raise Unreadable("What came is no SOAP, by its own type.")
    if message.envelope.tag != f"{{{NS_SOAP}}}Envelope":
        raise Unreadable("What came is XML, but no SOAP 1.2 envelope.")
    return message


def _read_related(incoming: IncomingBody, boundary: bytes) -> SoapMessage:
    message: SoapMessage | None = None
    attached: dict[str, bytes] = {}
    for part in read_parts(incoming, boundary):
        if message is None:
            message = _read_envelope(part)
        else:
            attached[part.content_id] = part.whole()
    if message is None:
        raise Unreadable("A multipart answer without parts.")
    for payload in message.payloads:
        if payload.content_id:
            if payload.content_id not in attached:
                raise Unreadable("The envelope speaks of a part that did not come.")
            payload.content = attached[payload.content_id]
    return message


def _read_envelope(chunks: Iterable[Piece]) -> SoapMessage:
    reader = _Reader()
    try:
        for chunk in chunks:
            reader.feed(chunk)
        return reader.close()
    finally:
        reader.let_go()


class _Reader:
    """Builds the tree of an envelope, and takes the values of its payloads out on the way."""

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._path: list[str] = []
        self._tags, self._text = 0, 0
        self._value: _Base64 | None = None
        self._payloads: list[Payload] = []
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.buffer_size = 2**16
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: Piece) -> None:
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError:
            raise Unreadable("What came is no well-formed XML.") from None

    def close(self) -> SoapMessage:
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            raise Unreadable("The XML broke off in the middle, or is not well-formed.") from None
        return SoapMessage(self._builder.close(), self._payloads)

    def let_go(self) -> None:
        """Break the reference cycle with the parser: else a payload of 40 MB would stay until garbage collection."""
        del self._parser

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._tags += 1
        if self._tags > _MOST_TAGS or len(self._path) >= _MOST_DEPTH:
            raise Unreadable("The envelope has more or deeper elements than any that we know.")
        local = name.rpartition("}")[2]
        if local in _CARRIERS:
            self._payloads.append(Payload(attributes.get("payloadId", "")))
        elif local == "value" and self._within_payload():
            self._value = _Base64()
        elif name == f"{NS_XOP}}}Include" and self._value is not None and self._payloads:
            self._payloads[-1].content_id = unquote(attributes.get("href", "").removeprefix("cid:"))
        self._path.append(local)
        try:
            self._builder.start(_clark(name), {_clark(key): value for key, value in attributes.items()})
        except ValueError:  # expat takes any namespace
            raise Unreadable("The envelope has a namespace that is no address.") from None

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._value is not None and name.rpartition("}")[2] == "value":
            self._payloads[-1].content = self._value.close()
            self._value = None
        self._builder.end(_clark(name))

    def _data(self, text: str) -> None:
        if self._value is not None:
            self._value.feed(text)
            return
        self._text += len(text)
        if self._text > _MOST_ENVELOPE:
            raise Unreadable("The envelope has more text than any that we know.")
        self._builder.data(text)

    def _doctype(self, *_: object) -> None:
        raise Unreadable("The envelope has a DOCTYPE, which SOAP does not allow.")

    def _within_payload(self) -> bool:
        return bool(self._path) and self._path[-1] in _CARRIERS


class _Base64:
    """Decodes text as it comes."""

    def __init__(self) -> None:
        self._into, self._rest = io.BytesIO(), b""

    def feed(self, text: str) -> None:
        try:
            data = self._rest + text.encode("ascii").translate(None, b" \t\r\n")
            whole = len(data) // 4 * 4
            self._into.write(pybase64.b64decode(data[:whole], validate=True))
        except ValueError:
            raise Unreadable("A payload that is no base64.") from None
        self._rest = data[whole:]

    def close(self) -> bytes:
        if self._rest:
            raise Unreadable("A payload whose base64 breaks off.")
        return self._into.getvalue()


def _clark(name: str) -> str:
    return f"{{{name}" if "}" in name else name
