"""The parts of a multipart/related message (RFC 2387), as MTOM uses them, without holding the whole in one piece."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Final

import pybase64
from lxml import etree

from budkavle_sdk_transport.domibus.interfaces import SOAP_TYPE

PIECE: Final = 2**16
"""Bytes written at a time: the socket takes about as many, and what it leaves is copied."""
_BASE64_PIECE: Final = PIECE // 4 * 3
_MOST_HEADERS: Final = 16_384
Piece = bytes | memoryview
_XOP: Final = "application/xop+xml"


class Unreadable(ValueError):
    """What came is no SOAP that we read: broken off, too large, or something else altogether."""


@dataclass(frozen=True, slots=True)
class Body:
    """What is written to a connection.

    Attributes:
        content_type: Its type, boundary and all.
        length: Bytes in all.
        pieces: The bytes, to be gone through once.
    """

    content_type: str
    length: int
    pieces: Iterable[bytes]


def pieces_of(data: bytes | Path) -> Iterator[bytes]:
    """Go through bytes without holding a second copy of them, or through a file."""
    if isinstance(data, bytes):
        yield from (data[at : at + PIECE] for at in range(0, len(data), PIECE))
        return
    with data.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def write_related(root: bytes, payload: bytes | Path, content_id: str) -> Body:
    """An envelope that includes a payload by reference, and the payload, which may be a file (MTOM, W3C 2005)."""
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

    def pieces() -> Iterator[bytes]:
        yield head + middle
        yield from pieces_of(payload)
        yield tail

    start = f'start="<envelope@budkavle>"; start-info="{SOAP_TYPE}"'
    kind = f'multipart/related; type="{_XOP}"; {start}; boundary="{boundary}"'
    return Body(kind, len(head) + len(middle) + size + len(tail), pieces())


def write_inline(envelope: etree._Element, payload: bytes) -> Body:
    """An envelope with a payload as base64 in its only `value`, which is empty in the tree."""
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
    """An envelope alone."""
    data = etree.tostring(envelope)
    return Body(f"{SOAP_TYPE}; charset=UTF-8", len(data), [data])


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a multipart/related type; None for every other type.

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


def read_parts(chunks: Iterable[bytes], boundary: bytes) -> Iterator[tuple[str, Iterator[Piece]]]:
    """The Content-ID of each part and its pieces, which are gone through before the next part is asked for.

    Raises:
        Unreadable: It ends before its last boundary, or a part's header has no end.
    """
    feed = _Feed(chunks)
    for _ in feed.until(b"\r\n--" + boundary):
        pass  # what precedes the first boundary is for old mail programs
    while not feed.at_end():
        # The blank line ends the header; a part without any has only its line break.
        head = b"".join(feed.until(b"\r\n\r\n", most=_MOST_HEADERS))
        headers = BytesHeaderParser().parsebytes(head.lstrip())
        body = feed.until(b"\r\n--" + boundary)
        yield headers.get("Content-ID", "").strip().strip("<>"), body
        for _ in body:
            pass


class _Feed:
    """Bytes as they come, looked through for a mark that may stand across two pieces."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = b"\r\n"

    def until(self, mark: bytes, most: int | None = None) -> Iterator[Piece]:
        keep, seen = len(mark) - 1, 0
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > keep:
                seen += len(self._buffer) - keep
                if most is not None and seen > most:
                    raise Unreadable("A part whose header has no end.")
                yield self._buffer[:-keep]
                self._buffer = self._buffer[-keep:]
            chunk = self._next()
            if len(chunk) > keep and mark not in chunk and mark not in self._buffer + chunk[:keep]:
                yield self._buffer  # the usual piece of a payload, passed on as it is but for its end
                yield memoryview(chunk)[:-keep]
                self._buffer, seen = chunk[-keep:], seen + len(chunk)
            else:
                self._buffer += chunk
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        yield found

    def at_end(self) -> bool:
        """Whether the boundary that has just been passed is the last; another is followed by its line break."""
        while len(self._buffer) < 2:
            self._buffer += self._next()
        return self._buffer.startswith(b"--")

    def _next(self) -> bytes:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise Unreadable("It broke off in the middle.")
        return chunk
