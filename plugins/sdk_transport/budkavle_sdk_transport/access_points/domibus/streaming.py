"""A body while it comes: piece by piece, or what is left of it at once, read straight to where it stays.

A parcel has up to 40 MB. What passes through an HTTP library is copied three times on its way and once more into a
buffer that grows; each new page of memory costs more than the arithmetic. So where its length is known, the rest of a
large body is read by the system into one piece of memory of that size.
"""

import contextlib
import ctypes
import io
import mmap
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from budkavle_sdk_transport.formats.xml import MAX_BYTES

MOST_ON_THE_WIRE: Final = MAX_BYTES * 3 // 2
"""The largest parcel as base64, and room for what is around it."""
LARGE: Final = 2**20
"""Bytes from which a body is worth a way of its own."""

Fill = Callable[[memoryview], int]
"""Reads what comes next into memory, as much as there is, and says how much that was; 0 at the end."""


class Unreadable(ValueError):
    """What came is no SOAP that we read: broken off, too large, or something else altogether."""


class IncomingBody(Iterator[bytes]):
    """The bytes of one body.

    Args:
        pieces: They, as they come.
        length: How many there are in all, as far as the peer says so.
        fill: Reads on from behind the pieces that have been taken; then no further piece may be.
        most: How many there may be.
    """

    def __init__(
        self,
        pieces: Iterable[bytes],
        *,
        length: int | None = None,
        fill: Fill | None = None,
        most: int = MOST_ON_THE_WIRE,
    ) -> None:
        self._pieces = iter(pieces)
        self._length, self._fill, self._most = length, fill, most
        self._seen = 0

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self._count(len(piece))
        return piece

    def rest(self, before: bytes) -> io.BytesIO | None:
        """`before` and all that is still to come, in one piece; None where it has to be taken piece by piece.

        At least one piece has been taken: an HTTP library may have read further than the header.

        Raises:
            Unreadable: It broke off, or is larger than anything may be.
        """
        if self._fill is None or self._length is None or not self._seen:
            return None
        left = self._length - self._seen
        self._count(left)
        into = io.BytesIO(bytes(len(before) + left))  # zeros that the system gives and nobody has written
        with into.getbuffer() as view:
            _in_large_pages(view)
            view[: len(before)] = before
            _fill_up(view, len(before), self._fill)
        self._pieces = iter(())
        return into

    def _count(self, more: int) -> None:
        self._seen += more
        if self._seen > self._most:
            raise Unreadable("What came is larger than any parcel.")


def _in_large_pages(view: memoryview) -> None:
    """Ask for memory by the 2 MB rather than by the 4 kB: making it ready takes half of the time. Only Linux does."""
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is None or len(view) < LARGE:
        return
    start = ctypes.addressof(ctypes.c_char.from_buffer(view))
    aligned = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    length = (start + len(view) - aligned) // mmap.PAGESIZE * mmap.PAGESIZE
    with contextlib.suppress(OSError, AttributeError):  # it is only advice, and another system takes none
        ctypes.CDLL(None).madvise(ctypes.c_void_p(aligned), ctypes.c_size_t(length), advice)


def _fill_up(view: memoryview, at: int, fill: Fill) -> None:
    while at < len(view):
        with view[at:] as open_end:
            came = fill(open_end)
        if not came:
            raise Unreadable("It broke off in the middle.")
        at += came
