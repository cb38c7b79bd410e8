"""Files of strangers whose metadata is taken away in the process that takes uploads."""

from collections.abc import Iterator

from tests.core.cases.file_metadata import documents, pictures

from budkavle.cases.file_metadata import cleaned

_PIECE = 97
_EMPTY = 2000
"""Bytes of properties that say nothing, unpacked, where the packed ones were shorter."""


class Kept(Exception):
    """There was nothing to take away."""


def read(data: bytes) -> None:
    """Take the metadata away; a picture never grows, and a document by its empty properties at most.

    Raises:
        Kept: The file stays as it is.
    """

    def source(start: int) -> Iterator[bytes]:
        return (data[at : at + _PIECE] for at in range(start, len(data), _PIECE))

    pieces = cleaned(source, len(data))
    if pieces is None:
        raise Kept
    most = len(data) + (_EMPTY if data.startswith(b"PK") else 0)
    assert sum(map(len, pieces)) <= most, "a file grew"


def seeds() -> list[bytes]:
    """Return a picture of each format, with all that a camera writes, and documents with all that programs do."""
    photos = [pictures.jpeg(), pictures.png(), pictures.webp(), pictures.tiff(), pictures.tiff(big=True)]
    texts = [documents.docx_parts(), documents.odt_parts()]
    return [*photos, pictures.avif(), *(documents.zipped(parts, stored=True) for parts in texts)]
