"""Files of a backup: newly made, readable by their owner alone, and hashed while they are written."""

import gzip
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from budkavle.model.errors import Conflict

PIECE = 1 << 20
_TAKEN = "Mappen {folder} finns och är inte tom. Ange en ny mapp för varje säkerhetskopia."


def make_folder(folder: Path) -> None:
    """Make the folder of a backup, or use one that is empty.

    Raises:
        Conflict: There is something in it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise Conflict(_TAKEN, folder=str(folder))
    folder.chmod(0o700)


class SummedFile:
    """A new file with mode 0600 that knows its size and SHA-256 and is durable when the block ends.

    Args:
        path: Its path; nothing may exist there yet.
    """

    def __init__(self, path: Path) -> None:
        self.size = 0
        self._sum = hashlib.sha256()
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    @property
    def sha256(self) -> str:
        """The SHA-256 of what has been written, in hexadecimal."""
        return self._sum.hexdigest()

    def write(self, data: bytes) -> int:
        """Write the next bytes."""
        self._sum.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Flush the buffer."""
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file as file:
            if error is None:
                file.flush()
                os.fsync(file.fileno())


class PackedFile:
    """A compressed `SummedFile` that counts lines. Size and checksum are of the stored bytes."""

    def __init__(self, path: Path) -> None:
        self.lines = 0
        self._below = SummedFile(path)
        # Sealed bytes do not compress, so the fastest level suffices; without a time, equal rows give equal checksums.
        self._packer = gzip.GzipFile(
            filename="", mode="wb", compresslevel=1, fileobj=cast("IO[bytes]", self._below), mtime=0
        )

    @property
    def size(self) -> int:
        """How many bytes are stored, once the block has ended."""
        return self._below.size

    @property
    def sha256(self) -> str:
        """The checksum of the stored bytes, after the end of the block."""
        return self._below.sha256

    def write(self, data: bytes) -> None:
        """Write the next bytes."""
        self.lines += data.count(b"\n")
        self._packer.write(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._below:  # closed even if the rest cannot be written
            self._packer.close()


def sum_of(path: Path) -> tuple[int, str]:
    """Return size and SHA-256 of a file."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            total.update(piece)
            size += len(piece)
    return size, total.hexdigest()


def copy_pieces(pieces: Iterable[bytes], path: Path) -> tuple[int, str]:
    """Write pieces into a new file; return its size and SHA-256."""
    with SummedFile(path) as file:
        for piece in pieces:
            file.write(piece)
    return file.size, file.sha256
