"""A picture's orientation, the only camera metadata that it needs (Exif 2.32, 4.6.4, tag 274)."""

from struct import pack, unpack_from
from typing import Final

_TAG: Final = 274
_SHORT: Final = 3
_MOST_ENTRIES: Final = 1000


def orientation_in(exif: bytes) -> int:
    """Return the orientation in this Exif block, 1 to 8; 1, not turned, if there is none."""
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
    """Return an Exif block with the orientation and nothing else."""
    return b"MM\0*" + pack(">IHHHIHHI", 8, 1, _TAG, _SHORT, 1, orientation, 0, 0)
