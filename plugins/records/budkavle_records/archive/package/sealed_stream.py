"""An encrypted file as a seekable stream, so that a zip in the store is read without being in memory or on disk."""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class SealedStream(io.RawIOBase):
    """Reads a file from the store, and opens it again at the new position after a seek.

    Args:
        size: The size of the file in bytes.
        open_at: Returns the bytes from a given position on.
    """

    def __init__(self, size: int, open_at: Callable[[int], Iterator[bytes]]) -> None:
        self._size = size
        self._open_at = open_at
        self._place = 0
        self._pieces: Iterator[bytes] | None = None
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        """Return True: the stream can be read."""
        return True

    def seekable(self) -> bool:
        """Return True: the stream can seek."""
        return True

    def tell(self) -> int:
        """Return the position of the next byte to read."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a position, and return it."""
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
        """Fill the buffer; only the end gives fewer bytes, since zipfile reads each header in one call."""
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target) and self._place < self._size and self._fetch():
            count = min(len(target) - filled, len(self._waiting))
            target[filled : filled + count] = self._waiting[:count]
            self._waiting = self._waiting[count:]
            self._place += count
            filled += count
        return filled

    def _fetch(self) -> bool:
        """Make sure that bytes are waiting if any are left, and return whether there are any."""
        if self._pieces is None:
            self._pieces = self._open_at(self._place)
        if not self._waiting:
            self._waiting = memoryview(next(self._pieces, b""))
        return bool(self._waiting)
