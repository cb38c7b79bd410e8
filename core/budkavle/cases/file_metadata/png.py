"""PNG (W3C, third edition, 11): the chunks that a picture needs are kept, and all others removed."""

from typing import Final
from zlib import crc32

from budkavle.cases.file_metadata.orientation import exif_of, orientation_in
from budkavle.cases.file_metadata.reading import MOST_PARTS, Change, Reader

_KEPT: Final = frozenset(
    b"tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs hIST sPLT sTER acTL fcTL fdAT".split(b" ")
)
"""Colours, transparency, sizes and animation; chunks with a capital first letter are always kept."""
_EXIF: Final = b"eXIf"
_LONGEST_EXIF: Final = 1 << 20


def changes(reader: Reader) -> list[Change]:
    """Return what to replace in a PNG: texts, times, Exif, chunks of programs, and data after its end."""
    found: list[Change] = []
    at = 8
    for _ in range(MOST_PARTS):
        head = reader.read(at, 8)
        length, name = int.from_bytes(head[:4]), head[4:]
        end = at + 12 + length
        if len(head) < 8 or end > reader.size:
            break
        if name == b"IEND":
            found += [Change(end, reader.size)] if end < reader.size else []
            break
        if name[0] & 0x20 and name not in _KEPT:
            turned = _turned(reader, at, length) if name == _EXIF else b""
            if len(turned) != end - at or turned != reader.read(at, end - at):
                found.append(Change(at, end, turned))
        at = end
    return found


def _turned(reader: Reader, at: int, length: int) -> bytes:
    """Return a chunk with the orientation; empty if the picture is not turned."""
    orientation = orientation_in(reader.read(at + 8, min(length, _LONGEST_EXIF)))
    if orientation == 1:
        return b""
    exif = exif_of(orientation)
    return len(exif).to_bytes(4) + _EXIF + exif + crc32(_EXIF + exif).to_bytes(4)
