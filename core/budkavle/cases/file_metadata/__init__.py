"""What cameras and programs write beside what a file shows: position, serial numbers, names, times, thumbnails.

Taken away without touching the rest: of a picture the stored pixels, their colour profile and the way that it is turned
stay byte for byte, of an office document all parts but those that tell of it, of a PDF all that its pages show.

`rewriting` walks pictures and office documents, a module for each format; `pdf` writes PDF files anew, in a child
process (`apart`).
"""

from collections.abc import Iterator
from typing import Final

from budkavle.cases.file_metadata import apart, rewriting
from budkavle.cases.file_metadata.reading import Reader, Source

HEAD: Final = 64
"""Bytes by which a format is known."""


def may_have(head: bytes) -> bool:
    """Tell by its first `HEAD` bytes whether a file is of a format that is known here."""
    return _is_pdf(head) or rewriting.is_known(head)


def cleaned(source: Source, size: int) -> Iterator[bytes] | None:
    """Return a file's bytes without its metadata; None where it has none, or is kept as it is.

    Args:
        source: Returns the bytes of the file from a place on, piece by piece; called as often as needed.
        size: The file's bytes.

    Raises:
        Temporary: Too many documents are being opened just now.
    """
    head = Reader(source, size).read(0, HEAD)
    return apart.cleaned_pdf(source, size) if _is_pdf(head) else rewriting.cleaned(source, size)


def _is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head[:HEAD]
