"""Reads a file at given offsets, and describes what in it is replaced."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

Source = Callable[[int], Iterator[bytes]]
"""Returns the bytes of a file from an offset on."""

MOST_PARTS: Final = 100_000
"""The most segments, chunks or entries that are followed in a file."""
_NEAR: Final = 1 << 20
"""How far ahead to read on instead of opening the source again."""
_ZEROS: Final = bytes(1 << 16)


class Change(NamedTuple):
    """Replaces the bytes from one offset up to another.

    Attributes:
        put: The new bytes.
        blank: Whether zeros fill up after them, so that everything behind keeps its offset.
    """

    start: int
    end: int
    put: bytes = b""
    blank: bool = False

    def pieces(self) -> Iterator[bytes]:
        """Yield the replacement."""
        replacement = self.put[: self.end - self.start] if self.blank else self.put
        if replacement:
            yield replacement
        remaining = self.end - self.start - len(replacement) if self.blank else 0
        while remaining > 0:
            yield _ZEROS[:remaining]
            remaining -= len(_ZEROS)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The result for a file.

    Attributes:
        pieces: Its bytes without metadata; None if it is kept unchanged.
        names_people: Whether it has comments or tracked changes with names, which are kept.
    """

    pieces: Iterator[bytes] | None = None
    names_people: bool = False


class Reader:
    """Reads bytes of a file by offset; fast for ascending offsets.

    Args:
        source: The file.
        size: Its bytes.
    """

    def __init__(self, source: Source, size: int) -> None:
        self.size = size
        self._source = source
        self._pieces: Iterator[bytes] = iter(())
        self._window = b""
        self._at = size
        """The window's offset."""

    def read(self, start: int, length: int) -> bytes:
        """Return this many bytes from an offset on; fewer at the end of the file."""
        end = min(start + length, self.size)
        if start < 0 or start >= end:
            return b""
        if not self._at <= start <= self._at + len(self._window) + _NEAR:
            self._pieces, self._window, self._at = self._source(start), b"", start
        while self._at + len(self._window) < end and (piece := next(self._pieces, b"")):
            passed = min(max(start - self._at, 0), len(self._window))
            self._at += passed
            self._window = self._window[passed:] + piece
        return self._window[start - self._at : end - self._at]

    def number(self, start: int, length: int) -> int:
        """Return a big-endian number of this many bytes; 0 past the end."""
        return int.from_bytes(self.read(start, length))
