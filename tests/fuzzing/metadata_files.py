"""Files of strangers that lose their metadata: in the process that takes uploads, and documents in a closed child."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pikepdf
from tests.core.cases.file_metadata import documents, pdfs, pictures
from tests.fuzzing.desk import Desk, Fallen

from budkavle.cases.file_metadata import apart, xmp
from budkavle.cases.file_metadata.nested import Nested
from budkavle.cases.file_metadata.rewriting import cleaned

_ROOT: Final = str(Path(__file__).parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)  # the child looks for this module where its parent does

_PIECE = 97
_GROWTH = 10_000
"""Bytes of parts of an office document that say nothing, unpacked, where the packed ones were shorter."""


class Kept(Exception):
    """There was nothing to take away."""


def read(data: bytes) -> None:
    """Take the metadata of a picture away; it never grows.

    Raises:
        Kept: The file stays as it is.
    """

    def source(start: int) -> Iterator[bytes]:
        return (data[at : at + _PIECE] for at in range(start, len(data), _PIECE))

    pieces = cleaned(source, len(data))
    if pieces is None:
        raise Kept
    assert sum(map(len, pieces)) <= len(data), "a file grew"


def seeds() -> list[bytes]:
    """Return a picture of each format, with all that a camera writes."""
    photos = [pictures.jpeg(), pictures.png(), pictures.webp(), pictures.tiff(), pictures.tiff(big=True)]
    return [*photos, pictures.avif()]


warm_up = apart.warm_up


def is_cleaned(document: bytes) -> bool:
    """Take the metadata of a document away, and open what comes of it; tell whether anything has."""
    made = Nested(apart.write_document).cleaned(document)
    if made is None:
        return False
    if document.startswith(b"PK"):
        assert len(made) <= len(document) + _GROWTH, "a file grew"
        return True
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert set(pdf.docinfo.keys()) <= {"/Title"}, "its notes are still there"
    return True


DESK: Final = Desk(is_cleaned, apart.bounds_of(1_000_000))
PATIENCE: Final = apart.bounds_of(1_000_000).wall + 5.0


def read_document(data: bytes) -> None:
    """Take the metadata of a document away, at a desk.

    Raises:
        Kept: The file stays as it is, or has brought the child down, so that the product keeps it.
    """
    try:
        is_changed = DESK.opens(data)
    except Fallen as error:
        raise Kept from error
    if not is_changed:
        raise Kept


def documents_of_programs() -> list[bytes]:
    """Return documents with all that programs write in them."""
    texts = [documents.docx_parts(), documents.odt_parts(), documents.full_docx_parts(), documents.full_odt_parts()]
    offices = [documents.zipped(parts, stored=True) for parts in texts]
    return [*offices, pdfs.plain(), pdfs.packed(), pdfs.archived(), pdfs.linearized(), pdfs.revised()]


def read_packet(data: bytes) -> None:
    """Keep of a packet what standards need; what says who wrote it is never among it."""
    kept = xmp.what_standards_need(data, title=True)
    assert b"CreatorTool" not in (kept or b""), "who made it is still there"


def packets() -> list[bytes]:
    """Return what documents say of themselves."""
    return [pdfs.packet(), pdfs.packet(pdfs.STANDARDS)]
