"""Pictures without their metadata, piece by piece as they are read.

Each format's module walks the file's own structure and returns what to replace; no picture is decoded. A malformed
picture is changed up to the point where its structure could be followed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from budkavle.cases.file_metadata import heif, jpeg, png, tiff, webp
from budkavle.cases.file_metadata.reading import Change, Reader, Source

_WALKS: Final[Mapping[bytes, Callable[[Reader], list[Change]]]] = {
    b"\xff\xd8\xff": jpeg.changes,
    b"\x89PNG\r\n\x1a\n": png.changes,
    b"RIFF": webp.changes,
    b"II*\0": tiff.changes,
    b"MM\0*": tiff.changes,
    b"II+\0": tiff.changes,
    b"MM\0+": tiff.changes,
}


def is_known(head: bytes) -> bool:
    """Tell by its first 12 bytes whether a file is of a known format."""
    return _walk_of(head) is not None


def cleaned(source: Source, size: int) -> Iterator[bytes] | None:
    """Return a picture's bytes without its metadata; None if it has none, or is of an unknown format.

    Args:
        source: Returns the bytes of the file from an offset on, piece by piece; called as often as needed.
        size: The file's bytes.
    """
    reader = Reader(source, size)
    walk = _walk_of(reader.read(0, 12))
    return rewritten(source, size, walk(reader)) if walk else None


def rewritten(source: Source, size: int, changes: list[Change]) -> Iterator[bytes] | None:
    """Return a file's bytes with these changes; None if there are none."""
    changes = in_order(changes, size)
    return _changed(source, size, changes) if changes else None


def _walk_of(head: bytes) -> Callable[[Reader], list[Change]] | None:
    if head[4:8] == b"ftyp":
        return heif.changes if head[8:12] in heif.BRANDS else None
    if head.startswith(b"RIFF") and head[8:12] != b"WEBP":
        return None
    return next((walk for start, walk in _WALKS.items() if head.startswith(start)), None)


def in_order(changes: list[Change], size: int) -> list[Change]:
    """Return the changes by offset; a blanked range is cut to the part within the file that no other change covers."""
    ordered: list[Change] = []
    for change in sorted(changes, key=lambda change: (change.start, -change.end)):
        free = ordered[-1].end if ordered else 0
        if change.start < free or change.end > size:
            if not change.blank:
                continue
            change = Change(max(change.start, free), min(change.end, size), blank=True)  # noqa: PLW2901 - the same, cut
        if change.start < change.end:
            ordered.append(change)
    return ordered


def _changed(source: Source, size: int, changes: list[Change]) -> Iterator[bytes]:
    at = 0
    for change in changes:
        yield from _between(source, at, change.start)
        yield from change.pieces()
        at = change.end
    yield from _between(source, at, size)


def _between(source: Source, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from one offset up to another."""
    if start >= end:
        return
    for piece in source(start):
        if start + len(piece) >= end:
            yield piece[: end - start]
            return
        yield piece
        start += len(piece)
