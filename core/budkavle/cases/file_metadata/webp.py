"""WebP (RFC 9649, 2): the chunks that a picture needs are kept, and all others removed."""

from typing import Final

from budkavle.cases.file_metadata.orientation import exif_of, orientation_in
from budkavle.cases.file_metadata.reading import MOST_PARTS, Change, Reader

_KEPT: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_EXIF: Final = b"EXIF"
_LONGEST_EXIF: Final = 1 << 20
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def changes(reader: Reader) -> list[Change]:
    """Return what to replace in a WebP: Exif, XMP, chunks of programs, and data after its end."""
    found: list[Change] = []
    last = min(8 + int.from_bytes(reader.read(4, 4), "little"), reader.size)
    at, flags_at, exif = 12, 0, b""
    for _ in range(MOST_PARTS):
        head = reader.read(at, 8)
        length, name = int.from_bytes(head[4:], "little"), head[:4]
        end = at + 8 + length
        end += length % 2 if end < last else 0
        if len(head) < 8 or end > last:
            break
        if name == b"VP8X" and length:
            flags_at = at + 8
        elif name not in _KEPT:
            chunk = _turned(reader, at, length) if name == _EXIF and flags_at and not exif else b""
            exif = exif or chunk
            if len(chunk) != end - at or chunk != reader.read(at, end - at):
                found.append(Change(at, end, chunk))
        at = end
    removed = sum(change.end - change.start - len(change.put) for change in found)
    if at == last < reader.size:  # a length that ends within a chunk is wrong: what follows may be the picture
        found.append(Change(last, reader.size))
    return [*_heads(reader, last - removed, flags_at, has_exif=bool(exif)), *found] if found else []


def _heads(reader: Reader, size: int, flags_at: int, *, has_exif: bool) -> list[Change]:
    """Return the changes to the header: the length, and which kinds of metadata there are."""
    heads = [Change(4, 8, (size - 8).to_bytes(4, "little"))]
    if flags_at:
        flags = reader.number(flags_at, 1) & ~_HAS_XMP & ~_HAS_EXIF | (_HAS_EXIF if has_exif else 0)
        heads.append(Change(flags_at, flags_at + 1, bytes([flags])))
    return heads


def _turned(reader: Reader, at: int, length: int) -> bytes:
    """Return a chunk with the orientation; empty if the picture is not turned."""
    original = reader.read(at + 8, min(length, _LONGEST_EXIF)).removeprefix(b"Exif\0\0")
    orientation = orientation_in(original)
    if orientation == 1:
        return b""
    exif = exif_of(orientation)
    return _EXIF + len(exif).to_bytes(4, "little") + exif + bytes(len(exif) % 2)
