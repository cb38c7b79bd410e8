"""Files of a store that is a folder of this host."""

import os
from collections.abc import Iterator
from pathlib import Path

from budkavle.storage.blobs.format import CHUNK, HEADER, TAG

BUFFER = 1 << 20


class LocalFile:
    """A file in a folder; until it is closed it has the temporary name that the store also uses for partial files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_named = False
        self._part = path.with_name(f"{path.name}#1")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("xb", buffering=0)

    def write(self, data: bytes, /) -> object:
        """Write the next bytes."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        return None

    def close(self) -> None:
        """Rename the file once it is on disk, so that a power cut leaves no partial file with that name."""
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self._path)
        self._is_named = True

    def discard(self) -> None:
        """Remove the file."""
        try:
            self._file.close()
        finally:
            (self._path if self._is_named else self._part).unlink(missing_ok=True)


def local_pieces(path: Path, first: int) -> Iterator[bytes]:
    """Yield the bytes as stored: the header, then everything from a given chunk on."""
    # The store's own stream is ten times slower.
    with path.open("rb", buffering=0) as file:
        if first:
            yield file.read(HEADER)
            file.seek(HEADER + first * (CHUNK + TAG))
        while piece := file.read(BUFFER):
            yield piece
