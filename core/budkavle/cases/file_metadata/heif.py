"""HEIC and AVIF (ISO/IEC 14496-12 and 23008-12): the Exif and XMP items are blanked in place.

Orientation is a property of the picture itself here, so nothing of Exif is needed.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from budkavle.cases.file_metadata.reading import MOST_PARTS, Change, Reader

BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"avif", b"avis"})
_NO_EXIF: Final = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
"""An Exif item without any entry."""
_LARGEST_META: Final = 8 << 20


class _Box(NamedTuple):
    name: bytes
    start: int
    """Start of its content."""
    end: int


def changes(reader: Reader) -> list[Change]:
    """Return what to blank in a HEIC or AVIF: Exif and XMP items, and boxes of programs."""
    found: list[Change] = []
    for box in _boxes(reader, 0, reader.size):
        if box.name == b"uuid":
            found += [Change(box.start - 4, box.start, b"free"), Change(box.start, box.end, blank=True)]
        if box.name == b"meta" and box.end - box.start <= _LARGEST_META:
            found += _items(reader, box)
    return [change for change in found if change.start < change.end]


def _boxes(reader: Reader, at: int, end: int) -> Iterator[_Box]:
    for _ in range(MOST_PARTS):
        head = reader.read(at, 16)
        size, start = int.from_bytes(head[:4]), at + 8
        if size == 1:
            size, start = int.from_bytes(head[8:]), at + 16
        size = size or end - at
        if len(head) < 8 or size < start - at or at + size > end:
            return
        yield _Box(head[4:8], start, at + size)
        at += size


def _items(reader: Reader, meta: _Box) -> list[Change]:
    notes: dict[int, bytes] = {}
    inside = {box.name: box for box in _boxes(reader, meta.start + 4, meta.end)}
    if not {b"iinf", b"iloc"} <= inside.keys():
        return []
    info, data = inside[b"iinf"], inside.get(b"idat")
    count = 4 if reader.number(info.start, 1) else 2
    for box in _boxes(reader, info.start + 4 + count, info.end):
        version = reader.number(box.start, 1)
        wide = 4 if version == 3 else 2
        kind = reader.read(box.start + 4 + wide + 2, 4)
        if version in {2, 3} and kind in {b"Exif", b"mime"}:
            notes[reader.number(box.start + 4, wide)] = _NO_EXIF if kind == b"Exif" else b""
    found: list[Change] = []
    for item, in_data, place, length in _places(reader, inside[b"iloc"]):
        start = place + (data.start if data and in_data else 0)
        if item in notes and (data or not in_data):
            found.append(Change(start, start + length, notes[item], blank=True))
            notes[item] = b""
    return found


def _places(reader: Reader, box: _Box) -> Iterator[tuple[int, bool, int, int]]:
    """Yield an item's number, whether it is in the box `idat`, and the offset and length of each part of it."""
    table = reader.read(box.start, box.end - box.start)
    at = 0

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(table[at - size : at])

    version, _, sizes = number(1), number(3), number(2)
    wide = 4 if version == 2 else 2
    offset, length, base = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index = sizes & 15 if version else 0
    parts = 0
    for _ in range(min(number(wide), MOST_PARTS)):
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)
        begin = number(base)
        for _ in range(number(2)):
            parts += 1
            if at >= len(table) or parts > MOST_PARTS:
                return
            number(index)
            place, size = begin + number(offset), number(length)
            if method < 2:  # the third method counts from another item, not from the file
                yield item, method == 1, place, size
        if at >= len(table):
            return
