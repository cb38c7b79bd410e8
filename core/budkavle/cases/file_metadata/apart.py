"""Removing metadata from PDF and office documents, and from what is embedded in them, in a sandboxed child process.

The bytes are passed in files that exist in memory only. A document that crashes the child, or exceeds its limits, is
kept unchanged.
"""

import os
import tempfile
import threading
from collections.abc import Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final
from weakref import WeakValueDictionary

from budkavle.cases.file_metadata import office, pdf
from budkavle.cases.file_metadata.nested import Nested
from budkavle.cases.file_metadata.reading import Cleaned, Source
from budkavle.model import sources
from budkavle.model.errors import Invalid, Temporary, TooLarge
from budkavle.plugins.bounded_process import FULL, Bounds, bounded

LARGEST: Final = 100_000_000
"""The most bytes of a document that loses its metadata; a larger one keeps it."""
PATIENCE: Final = 60.0
"""Seconds that a document waits for others: the waiting threads serve uploads, not pages."""
_PIECE: Final = 1 << 20


class _Turns:
    """Which document is opened next: each person has one document in the queue, and their others wait for it.

    A person with many slow documents delays mostly their own. The queue is not strictly first come, first served, so
    another person may wait for a few of them; `PATIENCE` bounds the wait.
    """

    def __init__(self) -> None:
        self._everybody = threading.Semaphore(1)
        self._own: WeakValueDictionary[Hashable, threading.Semaphore] = WeakValueDictionary()
        self._lock = threading.Lock()

    @contextmanager
    def take(self, whose: Hashable) -> Iterator[None]:
        """Hold the turn while the block lasts.

        Raises:
            Temporary: The turn did not come within `PATIENCE`.
        """
        with self._lock:
            own_turn = self._own.setdefault(whose, threading.Semaphore(1))
        until = sources.monotonic() + PATIENCE
        with ExitStack() as acquired:
            for turn in (own_turn, self._everybody):
                if not turn.acquire(timeout=max(0.0, until - sources.monotonic())):
                    raise Temporary(FULL)
                acquired.callback(turn.release)
            yield


_turns = _Turns()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result from the child.

    Attributes:
        is_written: Whether to keep what was written.
        names_people: Whether the document has comments or tracked changes with names.
    """

    is_written: bool = False
    names_people: bool = False


def cleaned_document(source: Source, size: int, whose: Hashable) -> Cleaned:
    """Return a document without its metadata, or say that it is kept unchanged (see `pdf`, `office`).

    A document that exceeds the limits is also kept unchanged.

    Args:
        source: Returns the document's bytes.
        size: How many they are.
        whose: Who attached it; documents of one user wait for each other.

    Raises:
        Temporary: Too many documents are being opened just now.
    """
    if size > LARGEST:
        return Cleaned()
    target = _memory_file()
    try:
        with _turns.take(whose):
            outcome = _outcome(source, size, target)
    except BaseException:
        target.close()
        raise
    if outcome.is_written:
        return Cleaned(_pieces(target), names_people=outcome.names_people)
    target.close()
    return Cleaned(names_people=outcome.names_people)


def bounds_of(size: int) -> Bounds:
    """Return the limits for a document of this size: legitimate ones need more if they are larger."""
    cpu, memory = min(2 + size // 4_000_000, 12), min(180_000_000 + 15 * size, 600_000_000)
    return Bounds(cpu=cpu, wall=5 * cpu, memory=memory, closed=True)


def _outcome(source: Source, size: int, target: BinaryIO) -> Outcome:
    """Write a document without its metadata in a child process."""
    try:
        with _memory_file() as document:
            for piece in source(0):
                document.write(piece)
            document.flush()
            numbers = (document.fileno(), target.fileno())
            return bounded(clean, *numbers, bounds=bounds_of(size), files=numbers)
    except (Invalid, TooLarge):
        return Outcome()


def _memory_file() -> BinaryIO:
    # Systems other than Linux lack memfd: a temporary file without a name replaces it.
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("document"), "w+b")
    return tempfile.TemporaryFile()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def clean(read_fd: int, write_fd: int) -> Outcome:
    """Do the child's part.

    Args:
        read_fd: The file descriptor of the document.
        write_fd: The file descriptor to write to.
    """
    nested = Nested(write_document)
    with os.fdopen(read_fd, "rb", closefd=False) as source, os.fdopen(write_fd, "wb", closefd=False) as target:
        is_written = write_document(source, target, nested)
    return Outcome(is_written, nested.names_people)


def write_document(source: BinaryIO, target: BinaryIO, nested: Nested) -> bool:
    """Write a document without its metadata; tell whether to keep what was written."""
    source.seek(0)
    write = office.write_cleaned if source.read(4) == b"PK\x03\x04" else pdf.write_cleaned
    return write(source, target, nested)


def warm_up() -> None:
    """Import all that the child needs: a closed child imports nothing."""
    import pikepdf

    out, empty = BytesIO(), pikepdf.new()
    empty.add_blank_page()
    empty.docinfo["/Title"] = "å"
    empty.save(out)
    Nested(write_document).cleaned(out.getvalue())
