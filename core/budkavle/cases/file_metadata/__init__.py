"""What cameras and programs write beside what a file shows: position, serial numbers, names, times, thumbnails.

Taken away without touching the rest: of a picture the stored pixels, their colour profile and the way that it is turned
stay byte for byte, of an office document all parts but those that tell of it, of a PDF all that its pages show.

`rewriting` walks pictures, a module for each format. Documents are opened in a child process (`apart`): `office`
replaces parts of them, `pdf` writes them anew, and `nested` cleans what lies in them.
"""

from collections.abc import Hashable
from typing import Final

from budkavle.cases.file_metadata import apart, rewriting
from budkavle.cases.file_metadata.nested import is_document
from budkavle.cases.file_metadata.reading import Cleaned, Reader, Source

HEAD: Final = 64
"""Bytes by which a format is known."""


def may_have(head: bytes) -> bool:
    """Tell by its first `HEAD` bytes whether a file is of a format that is known here."""
    return is_document(head[:HEAD]) or rewriting.is_known(head)


def cleaned(source: Source, size: int, whose: Hashable = None) -> Cleaned:
    """Return a file without its metadata, where it is not kept as it is.

    Args:
        source: Returns the bytes of the file from a place on, piece by piece; called as often as needed.
        size: The file's bytes.
        whose: Who attached it: documents of one wait for each other, so that anybody else's come in between.

    Raises:
        Temporary: Too many documents are being opened just now.
    """
    if is_document(Reader(source, size).read(0, HEAD)):
        return apart.cleaned_document(source, size, whose)
    return Cleaned(rewriting.cleaned(source, size))
