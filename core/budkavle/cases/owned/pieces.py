"""How a file uploaded in several pieces is stored: a blob for each, encrypted under a key of its own.

The key of a piece is derived from the file's key and the piece's offset. Offset and total size are authenticated with
every piece, so pieces that are missing, swapped or moved from another file do not open.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from budkavle.model.errors import Damaged
from budkavle.storage.blobs import Blobs
from budkavle.storage.keys import derive
from budkavle.storage.platform import Work
from budkavle.storage.tables import owned_file_pieces
from budkavle.storage.vault import part_aad

PART: Final = "owned-file"
PIECE_BYTES: Final = 16 << 20
"""The most plain bytes of a piece; a killed process loses at most two pieces of an unfinished file."""
_DAMAGED: Final = "Filen i lagringen är inte den som sparades: en del av den saknas."


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a file.

    Attributes:
        start: The first byte of the file that is in it.
        size: How many bytes it has.
        blob: Its name in the store.
    """

    start: int
    size: int
    blob: str


@dataclass(frozen=True, slots=True, repr=False)
class PieceKeys:
    """Encrypts and decrypts the pieces of one file.

    Args:
        organisation_id: The file's organisation.
        file_id: The file.
        key: The file's key.
        size: How many bytes the whole file has.
    """

    organisation_id: UUID
    file_id: UUID
    key: bytes
    size: int

    def key_of(self, start: int) -> bytes:
        """Return the key of the piece at this offset."""
        return derive(self.key, f"owned-file-piece/{start}")

    def aad_of(self, start: int) -> bytes:
        """Return the additional authenticated data of the piece at this offset."""
        return part_aad(self.organisation_id, self.file_id, f"{PART}|{start}|{self.size}")


def list_pieces(work: Work, file_id: UUID, start: int = 0) -> list[Piece]:
    """Return the pieces of a file in order, without those that end before `start`."""
    c = owned_file_pieces.c
    query = select(c.start, c.size, c.blob).where(
        c.organisation_id == work.organisation_id, c.file_id == file_id, c.start + c.size > start
    )
    return [Piece(row.start, row.size, row.blob) for row in work.connection.execute(query.order_by(c.start))]


def join_names(names: Iterable[str]) -> str:
    """Return the stored form of the names of blobs that are being written."""
    return " ".join(names)


def split_names(writing: str) -> list[str]:
    """Return the names of the blobs that are being written according to a row."""
    return writing.split()


def read_pieces(blobs: Blobs, keys: PieceKeys, pieces: Sequence[Piece], start: int = 0) -> Iterator[bytes]:
    """Yield the plain bytes of a file from an offset on.

    Raises:
        Damaged: While reading: a piece is missing, or not what was stored.
        Unavailable: While reading: the store does not answer.
    """
    at = start
    for piece in pieces:
        if not piece.start <= at < piece.start + piece.size:
            raise Damaged(_DAMAGED)
        for plain in blobs.read(piece.blob, keys.key_of(piece.start), keys.aad_of(piece.start), at - piece.start):
            at += len(plain)
            yield plain
    if at != keys.size:
        raise Damaged(_DAMAGED)
