"""JPEG (ITU-T T.81, annex B): application segments, comments, and data after the picture."""

import re
from typing import Final

from budkavle.cases.file_metadata.orientation import exif_of, orientation_in
from budkavle.cases.file_metadata.reading import MOST_PARTS, Change, Reader

_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length: TEM, the restarts, and the start."""
_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_APPLICATIONS: Final = range(0xE0, 0xF0)
_KEPT: Final = {0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""The colour profile, and the colour encoding."""
_EXIF: Final = b"Exif\0\0"
_JFIF: Final = b"JFIF\0"
_JFIF_BYTES: Final = 18
"""The length of a JFIF segment without a thumbnail."""
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_WINDOW: Final = 1 << 16


def changes(reader: Reader) -> list[Change]:
    """Return what to replace in a JPEG: all metadata, the thumbnails, and the pictures and films after the picture."""
    found: list[Change] = []
    at, is_turned = 2, False
    for _ in range(MOST_PARTS):
        at = _after_fill(reader, at)
        marker = reader.read(at, 2)
        if len(marker) < 2 or marker[0] != 0xFF:
            break
        if marker[1] == _END:
            found += [Change(at + 2, reader.size)] if at + 2 < reader.size else []
            break
        if marker[1] in _ALONE:
            at += 2
            continue
        end = at + 2 + reader.number(at + 2, 2)
        if end < at + 4 or end > reader.size:
            break
        change = _changed(reader, marker[1], at, end, is_turned=is_turned)
        if change:
            found.append(change)
            is_turned = is_turned or change.put.startswith(b"\xff\xe1")
        at = _after_scan(reader, end) if marker[1] == _SCAN else end
    return found


def _changed(reader: Reader, marker: int, start: int, end: int, *, is_turned: bool) -> Change | None:
    """Return the change to a segment; None if it is kept."""
    if marker != _COMMENT and marker not in _APPLICATIONS:
        return None
    segment = reader.read(start, end - start)
    name = segment[4:16]
    replacement = b""
    if marker in _KEPT and name.startswith(_KEPT[marker]):
        replacement = segment
    elif marker == 0xE0 and name.startswith(_JFIF) and len(segment) >= _JFIF_BYTES:
        replacement = b"\xff\xe0\0\x10" + segment[4:16] + b"\0\0"
    elif marker == 0xE1 and name.startswith(_EXIF) and not is_turned:
        replacement = _turned(segment)
    return None if replacement == segment else Change(start, end, replacement)


def _turned(segment: bytes) -> bytes:
    """Return a segment with the orientation; empty if the picture is not turned."""
    orientation = orientation_in(segment[4 + len(_EXIF) :])
    if orientation == 1:
        return b""
    block = _EXIF + exif_of(orientation)
    return b"\xff\xe1" + (len(block) + 2).to_bytes(2) + block


def _after_fill(reader: Reader, at: int) -> int:
    """Return the offset of the marker: any number of 0xFF may precede it."""
    while (window := reader.read(at, _WINDOW)) and window[0] == 0xFF and window[1:2] == b"\xff":
        filled = len(window) - len(window.lstrip(b"\xff"))
        at += filled - 1
        if filled < len(window):
            break
    return at


def _after_scan(reader: Reader, at: int) -> int:
    """Return the offset of the next marker after the compressed picture."""
    while window := reader.read(at, _WINDOW):
        if match := _MARKER.search(window):
            return at + match.start()
        if len(window) == 1:
            break
        at += len(window) - window.endswith(b"\xff")
    return reader.size
