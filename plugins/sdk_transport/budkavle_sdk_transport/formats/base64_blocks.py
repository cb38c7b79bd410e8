"""Long base64 is kept out of the XML tree: a placeholder replaces it, and large content is copied once.

A `CipherValue` or `content` whose text is nothing but strict base64 is its own canonical form, wherever it stands:
none of its characters is ever escaped, normalised or looked at by a schema. So a document with such a block and the
same document with a mark in its place are parsed, canonicalised and judged alike. Only two steps have to know: whoever
hashes puts the blocks back between the marks, and whoever decodes takes what was decoded here. Marks are made of 384
random bits each time, so no document holds one by itself. Whatever is odd about a block (a carriage return, an entity,
white space at its beginning, padding in its middle), or CDATA anywhere in the document, leaves it where it is: then the
tree holds it, as before.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pybase64
from lxml import etree

from budkavle_sdk_transport.formats.xml import MAX_BYTES, MAX_TAGS, MalformedXml, check_size, parse

LONG: Final = 65_536
"""Bytes from which a block is worth the trouble."""
_START_TAG: Final = re.compile(rb"<((?:[A-Za-z_][A-Za-z0-9_.-]*:)?(?:CipherValue|content))>")
_LONGEST_TAG: Final = 80
_CDATA: Final = b"<![CDATA["
_CHUNK: Final = 2**20
_SPARE: Final = 16
"""Bytes behind what is decoded, which a cipher may use when it decrypts in place."""


@dataclass(frozen=True, slots=True)
class Base64Block:
    """A block of base64 in the document, and its bytes, followed by `_SPARE` more."""

    text: memoryview
    decoded: bytearray

    @property
    def size(self) -> int:
        """The number of decoded bytes of the block."""
        return len(self.decoded) - _SPARE

    def content(self) -> bytes:
        """Return the decoded bytes of the block."""
        return bytes(memoryview(self.decoded)[: self.size])


@dataclass(slots=True)
class Base64Blocks:
    """The blocks of one document by their marks."""

    by_mark: dict[bytes, Base64Block] = field(default_factory=dict)

    def take(self, mark: str) -> Base64Block | None:
        """Return the block of a placeholder, and drop its bytes; None if the text is no placeholder."""
        return self.by_mark.pop(mark.encode("ascii"), None) if self.by_mark and mark.isascii() else None

    def feed(self, update: Callable[[bytes | memoryview], object], data: bytes) -> None:
        """Hand data on piece by piece, with the blocks in place of their marks."""
        for piece in self._pieces(data):
            update(piece)

    def restored(self, data: bytes) -> bytes:
        """Return data with the blocks in place of their marks."""
        return b"".join(self._pieces(data))

    def _pieces(self, data: bytes) -> Iterator[bytes | memoryview]:
        places = sorted((at, mark) for mark in self.by_mark if (at := data.find(mark)) >= 0)
        done = 0
        for at, mark in places:
            yield data[done:at]
            yield self.by_mark[mark].text
            done = at + len(mark)
        yield data[done:]


def parse_with_blocks(data: bytes, *, max_bytes: int = MAX_BYTES) -> tuple[etree._Element, Base64Blocks]:
    """Parse bytes from outside as `xml.parse` does, with long blocks of base64 left out of the tree.

    Raises:
        MalformedXml: As `xml.parse` raises it, for the document as it is.
    """
    check_size(data, max_bytes)
    skeleton, blocks = extract_blocks(data)
    if not blocks.by_mark or _CDATA in skeleton:  # a block in CDATA is text, and a mark would be read
        return parse(data, max_bytes=max_bytes), Base64Blocks()
    try:
        return parse(skeleton, max_bytes=max_bytes), blocks
    except MalformedXml:
        return parse(data, max_bytes=max_bytes), Base64Blocks()  # the fault is told where it stands in the document


def extract_blocks(data: bytes) -> tuple[bytes, Base64Blocks]:
    """Return the document with a mark in place of each long block, and the blocks; itself where it has none."""
    blocks, pieces, done = Base64Blocks(), [], 0
    if len(data) >= LONG:
        for start, end in _texts(data):
            decoded = _decode(data, start, end)
            if decoded is not None:
                mark = pybase64.b64encode(secrets.token_bytes(48))
                blocks.by_mark[mark] = Base64Block(memoryview(data)[start:end], decoded)
                pieces += [data[done:start], mark]
                done = end
    return (b"".join([*pieces, data[done:]]) if blocks.by_mark else data), blocks


def _texts(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where long texts stand, each the whole of an element of those names without attributes."""
    start = 0
    for _ in range(MAX_TAGS):  # with more tags than that it is not read at all
        start = data.find(b">", start) + 1
        end = data.find(b"<", start)
        if not start or end < 0:
            return
        if end - start < LONG:
            continue
        tag = _START_TAG.fullmatch(data, data.rfind(b"<", max(0, start - _LONGEST_TAG), start), start)
        if tag and data.startswith(b"</" + tag[1] + b">", end):
            yield start, end


def _decode(data: bytes, start: int, end: int) -> bytearray | None:
    """Return the bytes of a block; None unless it is strict base64, in one line or in lines of one length."""
    text: bytes | memoryview = memoryview(data)[start:end]
    if data.find(b"\n", start, end) >= 0:
        if data[start] == 0x0A:
            return None
        text = data[start:end].translate(None, b"\n")
    size, padding = len(text), bytes(text[-2:]).count(b"=")
    if size % 4 or data.find(b"=", start, end - 4) >= 0:
        return None
    decoded = bytearray(size // 4 * 3 - padding + _SPARE)
    into, done = memoryview(decoded), 0
    try:
        for at in range(0, size, _CHUNK):
            piece = pybase64.b64decode(text[at : at + _CHUNK], validate=True)
            into[done : done + len(piece)] = piece
            done += len(piece)
    except ValueError:
        return None
    return decoded if done == len(decoded) - _SPARE else None
