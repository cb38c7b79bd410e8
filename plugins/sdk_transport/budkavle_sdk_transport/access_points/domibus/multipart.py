"""The parts of a multipart/related message (RFC 2387), as MTOM uses them, without holding the whole in one piece."""

import io
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Final

import pybase64
from lxml import etree

from budkavle_sdk_transport.access_points.domibus.interfaces import SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.streaming import IncomingBody, Unreadable

PIECE: Final = 2**16
"""Bytes written at a time: the socket takes about as many, and what it leaves is copied."""
_BASE64_PIECE: Final = PIECE // 4 * 3
_MOST_HEADERS: Final = 16_384
Piece = bytes | memoryview
_XOP: Final = "application/xop+xml"


@dataclass(frozen=True, slots=True)
class Body:
    """What is written to a connection.

    Attributes:
        content_type: Its type, boundary and all.
        length: Bytes in all.
        parts: The bytes, or files of them, to be gone through once.
    """

    content_type: str
    length: int
    parts: Iterable[bytes | Path]

    @property
    def pieces(self) -> Iterator[bytes]:
        """The bytes, as a socket takes them."""
        return (piece for part in self.parts for piece in pieces_of(part))


def pieces_of(data: bytes | Path) -> Iterator[bytes]:
    """Go through bytes without holding a second copy of them, or through a file."""
    if isinstance(data, bytes):
        yield from (data[at : at + PIECE] for at in range(0, len(data), PIECE))
        return
    with data.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def write_related(root: bytes, payload: bytes | Path, content_id: str) -> Body:
    """Return an envelope that refers to a payload, and the payload, which may be a file (MTOM, W3C 2005)."""
    size = len(payload) if isinstance(payload, bytes) else payload.stat().st_size
    boundary = f"budkavle-{secrets.token_hex(16)}"
    head = (
        f'--{boundary}\r\nContent-Type: {_XOP}; charset=UTF-8; type="{SOAP_TYPE}"\r\n'
        "Content-Transfer-Encoding: 8bit\r\nContent-ID: <envelope@budkavle>\r\n\r\n"
    ).encode() + root
    middle = (
        f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Transfer-Encoding: binary\r\nContent-ID: <{content_id}>\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()

    start = f'start="<envelope@budkavle>"; start-info="{SOAP_TYPE}"'
    kind = f'multipart/related; type="{_XOP}"; {start}; boundary="{boundary}"'
    return Body(kind, len(head) + len(middle) + size + len(tail), (head + middle, payload, tail))


def write_inline(envelope: etree._Element, payload: bytes) -> Body:
    """Yield an envelope with a payload as base64 in its only `value`, which is empty in the tree."""
    mark = secrets.token_hex(16)
    next(envelope.iter("value")).text = mark
    before, _, after = etree.tostring(envelope).partition(mark.encode())
    length = len(before) + len(after) + (len(payload) + 2) // 3 * 4

    def pieces() -> Iterator[bytes]:
        yield before
        for at in range(0, len(payload), _BASE64_PIECE):
            yield pybase64.b64encode(payload[at : at + _BASE64_PIECE])
        yield after

    return Body(f"{SOAP_TYPE}; charset=UTF-8", length, pieces())


def write_envelope(envelope: etree._Element) -> Body:
    """Return an envelope alone."""
    data = etree.tostring(envelope)
    return Body(f"{SOAP_TYPE}; charset=UTF-8", len(data), [data])


def boundary_of(content_type: str) -> bytes | None:
    """Return the boundary of a multipart/related type; None for every other type.

    Raises:
        Unreadable: It is one and has no boundary.
    """
    header = Message()
    header["Content-Type"] = content_type
    if header.get_content_type() != "multipart/related":
        return None
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not 0 < len(boundary) <= 70:
        raise Unreadable("A multipart answer without a boundary.")
    return boundary.encode("latin-1", "replace")


class Part:
    """One part, which is gone through or taken whole before the next is asked for; either, once.

    Attributes:
        content_id: Its Content-ID.
    """

    def __init__(self, content_id: str, feed: "_Feed", mark: bytes) -> None:
        self.content_id = content_id
        self._feed, self._mark = feed, mark
        self._pieces = feed.until(mark)

    def __iter__(self) -> Iterator[Piece]:
        return self._pieces

    def whole(self) -> bytes:
        """Return all of it, in one piece of memory that is not copied; raises as `read_parts`."""
        content = self._feed.whole(self._mark)
        if content is not None:
            self._pieces = iter(())
            return content
        into = io.BytesIO()  # grows where it lies; joining a list would touch twice the memory
        for piece in self._pieces:
            into.write(piece)
        return into.getvalue()


def read_parts(incoming: IncomingBody, boundary: bytes) -> Iterator[Part]:
    """Yield the parts, one after the other.

    Raises:
        Unreadable: It ends before its last boundary, or a part's header has no end.
    """
    feed, mark = _Feed(incoming), b"\r\n--" + boundary
    for _ in feed.until(mark):
        pass  # what precedes the first boundary is for old mail programs
    while not feed.at_end():
        # The blank line ends the header; a part without any has only its line break.
        head = b"".join(feed.until(b"\r\n\r\n", most=_MOST_HEADERS))
        headers = BytesHeaderParser().parsebytes(head.lstrip())
        part = Part(str(headers.get("Content-ID", "")).strip().strip("<>"), feed, mark)
        yield part
        for _ in part:
            pass


class _Feed:
    """Bytes as they come, looked through for a mark that may stand across two pieces."""

    def __init__(self, incoming: IncomingBody) -> None:
        self._incoming = incoming
        self._buffer = b"\r\n"

    def until(self, mark: bytes, most: int | None = None) -> Iterator[Piece]:
        keep, passed = len(mark) - 1, 0
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > keep:
                passed += len(self._buffer) - keep
                if most is not None and passed > most:
                    raise Unreadable("A part whose header has no end.")
                yield self._buffer[:-keep]
                self._buffer = self._buffer[-keep:]
            chunk = self._next()
            if len(chunk) > keep and mark not in chunk and mark not in self._buffer + chunk[:keep]:
                yield self._buffer  # the usual piece of a payload, passed on as it is but for its end
                yield memoryview(chunk)[:-keep]
                self._buffer, passed = chunk[-keep:], passed + len(chunk)
            else:
                self._buffer += chunk
        content, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        yield content

    def whole(self, mark: bytes) -> bytes | None:
        """Return the bytes before the boundary, as a slice; None if they have to be read in pieces."""
        if mark in self._buffer or (into := self._incoming.rest(self._buffer)) is None:
            return None
        at = into.getvalue().find(mark)
        if at < 0:
            raise Unreadable("It broke off in the middle.")
        into.seek(at + len(mark))
        self._buffer = into.read()
        into.truncate(at)  # shortened where it lies, and handed out as it is
        return into.getvalue()

    def at_end(self) -> bool:
        """Tell whether the boundary that has just been passed is the last; another is followed by its line break."""
        while len(self._buffer) < 2:
            self._buffer += self._next()
        return self._buffer.startswith(b"--")

    def _next(self) -> bytes:
        chunk = next(self._incoming, None)
        if chunk is None:
            raise Unreadable("It broke off in the middle.")
        return chunk
