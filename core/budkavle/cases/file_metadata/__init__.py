"""Metadata that cameras and programs write into files: position, serial numbers, names, times, thumbnails.

It is removed without touching the rest. A picture keeps its pixels, colour profile and orientation byte for byte, an
office document all parts without metadata, and a PDF everything that its pages show.

`rewriting` processes pictures, with one module per format. Documents are opened in a child process (`apart`): `office`
replaces parts of them, `pdf` writes them again, and `nested` cleans files embedded in them.
"""

from collections.abc import Hashable
from typing import Final

from budkavle.cases.file_metadata import apart, rewriting
from budkavle.cases.file_metadata.nested import is_document
from budkavle.cases.file_metadata.reading import Cleaned, Reader, Source

HEAD: Final = 64
"""Bytes needed to recognise a format."""


def may_have(head: bytes) -> bool:
    """Tell by its first `HEAD` bytes whether a file is of a known format."""
    return is_document(head[:HEAD]) or rewriting.is_known(head)


def cleaned(source: Source, size: int, whose: Hashable = None) -> Cleaned:
    """Return a file without its metadata, or say that it is kept unchanged.

    Args:
        source: Returns the bytes of the file from an offset on, piece by piece; called as often as needed.
        size: The file's bytes.
        whose: Who attached it: documents of one user wait for each other, so that other users' are not held up.

    Raises:
        Temporary: Too many documents are being opened just now.
    """
    if is_document(Reader(source, size).read(0, HEAD)):
        return apart.cleaned_document(source, size, whose)
    return Cleaned(rewriting.cleaned(source, size))
