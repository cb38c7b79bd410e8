"""The format of a stored file: version 1, the STREAM construction over AES-256-GCM.

Hoang, Reyhanitabar, Rogaway and Vizár, 2015:

    header   "BKVB", version (1 byte: 1), log2 of the chunk's plain size (1 byte: 16), random prefix (7 bytes)
    chunks   64 KiB of plain bytes each, the last one fewer, as ciphertext and 16 bytes of tag

A chunk's nonce is the prefix, its number from 0 (4 bytes, big-endian) and 1 for the last chunk, otherwise 0. The header
and the caller's AAD are authenticated with every chunk, so chunks that are altered, cut off, swapped, repeated, or
moved from another file do not open. A key is used for one file only.
"""

import os
import struct
from collections.abc import Iterator
from typing import Final

from budkavle.storage.keys import Damaged

MAGIC: Final = b"BKVB"
VERSION: Final = 1
CHUNK_LOG2: Final = 16
CHUNK: Final = 1 << CHUNK_LOG2
TAG: Final = 16
PREFIX: Final = 7
HEADER: Final = len(MAGIC) + 2 + PREFIX
DAMAGED: Final = "Filen i lagringen är inte den som sparades: den har ändrats, kortats eller flyttats."


def new_header() -> bytes:
    """Return the header of a new file."""
    return MAGIC + bytes((VERSION, CHUNK_LOG2)) + os.urandom(PREFIX)


def read_header(data: bytes) -> bytes:
    """Return the header of a file, checked.

    Raises:
        Damaged: It is not a header of ours.
    """
    if len(data) != HEADER or not data.startswith(MAGIC + bytes((VERSION, CHUNK_LOG2))):
        raise Damaged(DAMAGED)
    return data


def nonce(header: bytes, number: int, *, last: bool) -> bytes:
    """Return the nonce of a chunk."""
    return header[-PREFIX:] + struct.pack(">I?", number, last)


def sealed_size(size: int) -> int:
    """Return the stored size for a number of plaintext bytes."""
    return HEADER + size + TAG * max(1, -(-size // CHUNK))


def cut(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cut a stream into the header and sealed chunks, and tell which is the last."""
    waiting = bytearray()
    size = HEADER
    for piece in pieces:
        waiting += piece
        start = 0
        while len(waiting) - start > size:
            yield bytes(waiting[start : start + size]), False
            start += size
            size = CHUNK + TAG
        del waiting[:start]
    yield bytes(waiting), True
