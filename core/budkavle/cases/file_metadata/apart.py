"""Documents that a library of others parses lose their metadata in a closed child process.

Their bytes go there and back in files that lie in memory only. Whatever a document makes of the child, it is kept as it
came.
"""

import os
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import BinaryIO, Final

from budkavle.cases.file_metadata import pdf, rewriting
from budkavle.cases.file_metadata.reading import Source
from budkavle.model.errors import Invalid, Temporary, TooLarge
from budkavle.plugins.bounded_process import FULL, Bounds, bounded

LARGEST: Final = 100_000_000
"""Bytes of a document that loses its metadata; a larger one keeps it."""
DEEPEST: Final = 2
"""How many documents may lie in each other, below the outermost one."""
PATIENCE: Final = 60.0
"""Seconds that a document waits for others: the threads that wait take uploads, and no pages."""
_PIECE: Final = 1 << 20
_turn = threading.Semaphore(1)


def cleaned_pdf(source: Source, size: int) -> Iterator[bytes] | None:
    """Return a PDF without its metadata; None where it is kept as it is (`pdf`), or is too large or too intricate.

    Raises:
        Temporary: Too many documents are being opened just now.
    """
    if size > LARGEST:
        return None
    made = _memory_file()
    try:
        is_cleaned = _is_cleaned(source, size, made)
    except BaseException:
        made.close()
        raise
    if is_cleaned:
        return _pieces(made)
    made.close()
    return None


def bounds_of(size: int) -> Bounds:
    """Return what a document of so many bytes may take: honest ones need more where they are larger."""
    cpu, memory = min(2 + size // 4_000_000, 12), min(180_000_000 + 15 * size, 600_000_000)
    return Bounds(cpu=cpu, wall=5 * cpu, memory=memory, closed=True)


def _is_cleaned(source: Source, size: int, made: BinaryIO) -> bool:
    """Let a child write a document without its metadata; tell whether it has."""
    if not _turn.acquire(timeout=PATIENCE):
        raise Temporary(FULL)
    try:
        with _memory_file() as given:
            for piece in source(0):
                given.write(piece)
            given.flush()
            numbers = (given.fileno(), made.fileno())
            return bounded(clean, *numbers, bounds=bounds_of(size), files=numbers)
    except (Invalid, TooLarge):
        return False
    finally:
        _turn.release()


def _memory_file() -> BinaryIO:
    # What systems other than Linux lack is made up for by a file without a name.
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("document"), "w+b")
    return tempfile.TemporaryFile()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def clean(given: int, made: int) -> bool:
    """Do the child's part.

    Args:
        given: The number of the file with the document.
        made: The number of the one that is written.

    Returns:
        Whether what is written is to be kept.
    """
    with os.fdopen(given, "rb", closefd=False) as source, os.fdopen(made, "wb", closefd=False) as target:
        source.seek(0)
        return pdf.write_cleaned(source, target, partial(cleaned_within, depth=DEEPEST))


def warm_up() -> None:
    """Import all that the child needs: a closed one imports nothing."""
    import pikepdf

    out, empty = BytesIO(), pikepdf.new()
    empty.add_blank_page()
    empty.docinfo["/Title"] = "å"
    empty.save(out)
    cleaned_within(out.getvalue(), depth=1)


def cleaned_within(data: bytes, depth: int) -> bytes | None:
    """Return a file that lies in a document without its metadata; None where it is kept as it is.

    Args:
        data: The file.
        depth: How many documents may lie in each other from here on.
    """
    if b"%PDF-" not in data[:64]:
        pieces = rewriting.cleaned(lambda start: iter((data[start:],)), len(data))
        return None if pieces is None else b"".join(pieces)
    out = BytesIO()
    is_cleaned = depth > 0 and pdf.write_cleaned(BytesIO(data), out, partial(cleaned_within, depth=depth - 1))
    return out.getvalue() if is_cleaned else None
