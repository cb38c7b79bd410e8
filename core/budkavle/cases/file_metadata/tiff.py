"""TIFF (revision 6.0, section 2) and BigTIFF: metadata entries are removed, together with what they point to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from budkavle.cases.file_metadata.reading import MOST_PARTS, Change, Reader

_DIRECTORIES: Final = frozenset({34665, 34853, 40965})
"""Exif, GPS and Interoperability: entries that point to a directory of their own."""
_SUB_PICTURES: Final = 330
_NOTES: Final = _DIRECTORIES | {
    *(269, 270, 271, 272, 285, 305, 306, 315, 316),  # names, descriptions, camera, program, time, author, computer
    *(700, 32781, 33432, 33723, 34377, 37500),  # XMP, ImageID, copyright, IPTC, Photoshop, maker notes
    *range(40091, 40096),  # Windows' title, comment, author, keywords, subject
    *(42016, 42032, 42033, 42037),  # the picture's id, the camera's owner, serial numbers
    *(50708, 50709, 50735, 50740, 50827, 50828),  # DNG: the camera, its serial number, its notes, the original file
}
_PLACES: Final = frozenset({4, 13, 16, 18})
"""Value types that hold a directory's offset: LONG, IFD, and their BigTIFF counterparts."""
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value of each type."""
_MOST_DIRECTORIES: Final = 1000
_MOST_ENTRIES: Final = 4096


@dataclass(frozen=True, slots=True)
class _Shape:
    """Widths: `head` is the offset of the first directory's offset; then count, entry, and an offset."""

    order: Literal["little", "big"]
    head: int
    count: int
    entry: int
    place: int


class _Entry(NamedTuple):
    tag: int
    raw: bytes
    kind: int
    place: int
    length: int
    """Bytes of its values; they are at `place` if they do not fit into the entry."""


def changes(reader: Reader) -> list[Change]:
    """Return what to replace in a TIFF; everything keeps its offset, so that pointers stay valid."""
    head = reader.read(0, 4)
    order: Literal["little", "big"] = "little" if head.startswith(b"II") else "big"
    shape = _Shape(order, 8, 8, 20, 8) if b"+" in head else _Shape(order, 4, 2, 12, 4)
    found: list[Change] = []
    waiting = [(_number(shape, reader.read(shape.head, shape.place)), False)]
    visited: set[int] = set()
    parts = 0
    while waiting and len(visited) < _MOST_DIRECTORIES and parts < MOST_PARTS:
        at, is_note = waiting.pop()
        if at in visited or at < shape.head + shape.place:
            continue
        visited.add(at)
        entries = list(_entries(reader, shape, at))
        if not entries:
            continue
        parts += len(entries)
        end = at + shape.count + len(entries) * shape.entry
        following = _number(shape, reader.read(end, shape.place))
        for entry in entries:
            if len(waiting) < _MOST_DIRECTORIES:
                waiting += [
                    (place, is_note or entry.tag in _DIRECTORIES) for place in _pointed_to(reader, shape, entry)
                ]
            if (is_note or entry.tag in _NOTES) and entry.length > shape.place:
                found.append(Change(entry.place, entry.place + entry.length, blank=True))
        if is_note:
            found.append(Change(at, end, blank=True))
            continue
        waiting.append((following, False))
        remaining = [entry.raw for entry in entries if entry.tag not in _NOTES]
        if len(remaining) < len(entries):
            count = len(remaining).to_bytes(shape.count, shape.order)
            directory = b"".join((count, *remaining, following.to_bytes(shape.place, shape.order)))
            found.append(Change(at, end + shape.place, directory, blank=True))
    return found


def _entries(reader: Reader, shape: _Shape, at: int) -> Iterator[_Entry]:
    """Yield the entries of a directory; none if it is truncated, or has more than a picture needs."""
    count = _number(shape, reader.read(at, shape.count))
    table = reader.read(at + shape.count, count * shape.entry) if count <= _MOST_ENTRIES else b""
    if len(table) < count * shape.entry:
        return
    for start in range(0, len(table), shape.entry):
        raw = table[start : start + shape.entry]
        kind, number = _number(shape, raw[2:4]), _number(shape, raw[4 : 4 + shape.place])
        place = _number(shape, raw[-shape.place :])
        yield _Entry(_number(shape, raw[:2]), raw, kind, place, _SIZES.get(kind, 1) * number)


def _pointed_to(reader: Reader, shape: _Shape, entry: _Entry) -> list[int]:
    """Return the offsets of the directories that an entry points to; none for other entries."""
    if entry.kind not in _PLACES or entry.tag not in {*_DIRECTORIES, _SUB_PICTURES}:
        return []
    size, values = _SIZES[entry.kind], entry.raw[-shape.place :]
    if entry.length > shape.place:
        is_list = entry.tag == _SUB_PICTURES
        values = reader.read(entry.place, min(entry.length, _MOST_DIRECTORIES * size)) if is_list else b""
    whole = min(entry.length, len(values)) // size * size
    return [_number(shape, values[at : at + size]) for at in range(0, whole, size)]


def _number(shape: _Shape, data: bytes) -> int:
    return int.from_bytes(data, shape.order)
