"""A sealed file as a stream that can seek, so that a zip in the store is read without being in memory or on a disk."""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class SealedStream(io.RawIOBase):
    """Reads a file from the store, and begins anew where somebody seeks.

    Args:
        size: How many bytes the file has.
        open_at: Gives its bytes from one on.
    """

    def __init__(self, size: int, open_at: Callable[[int], Iterator[bytes]]) -> None:
        self._size = size
        self._open_at = open_at
        self._place = 0
        self._pieces: Iterator[bytes] | None = None
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a byte."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        place = max(0, base + offset)
        if place != self._place:
            ahead = place - self._place
            if 0 < ahead <= len(self._waiting):
                self._waiting = self._waiting[ahead:]
            else:
                self._pieces, self._waiting = None, memoryview(b"")
            self._place = place
        return place

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read some bytes, none at the end."""
        target = memoryview(buffer).cast("B")
        if self._place >= self._size:
            return 0
        if self._pieces is None:
            self._pieces = self._open_at(self._place)
        while not self._waiting:
            self._waiting = memoryview(next(self._pieces, b""))
            if not self._waiting:
                return 0
        count = min(len(target), len(self._waiting))
        target[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        self._place += count
        return count
