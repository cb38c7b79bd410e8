"""Which way a picture is turned, the one note of a camera that a picture needs (Exif 2.32, 4.6.4, tag 274)."""

from struct import pack, unpack_from
from typing import Final

_TAG: Final = 274
_SHORT: Final = 3
_MOST_ENTRIES: Final = 1000


def orientation_in(exif: bytes) -> int:
    """Return which way the picture of this Exif block is turned, 1 to 8; 1, as it lies, where it does not say."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return 1
    (at,) = unpack_from(f"{order}I", exif, 4)
    if at + 2 > len(exif):
        return 1
    (count,) = unpack_from(f"{order}H", exif, at)
    for entry in range(at + 2, min(at + 2 + 12 * min(count, _MOST_ENTRIES), len(exif) - 11), 12):
        tag, kind, values, value = unpack_from(f"{order}HHIH", exif, entry)
        if tag == _TAG:
            return value if (kind, values) == (_SHORT, 1) and 1 <= value <= 8 else 1
    return 1


def exif_of(orientation: int) -> bytes:
    """Return an Exif block that says which way the picture is turned, and nothing else."""
    return b"MM\0*" + pack(">IHHHIHHI", 8, 1, _TAG, _SHORT, 1, orientation, 0, 0)
