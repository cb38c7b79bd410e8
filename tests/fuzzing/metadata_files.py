"""Files of strangers that lose their metadata: in the process that takes uploads, and PDF files in a closed child."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pikepdf
from tests.core.cases.file_metadata import documents, pdfs, pictures
from tests.fuzzing.desk import Desk, Fallen

from budkavle.cases.file_metadata import apart, xmp
from budkavle.cases.file_metadata.rewriting import cleaned

_ROOT: Final = str(Path(__file__).parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)  # the child looks for this module where its parent does

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


warm_up = apart.warm_up


def is_cleaned(document: bytes) -> bool:
    """Take the metadata of a PDF away, and open what comes of it; tell whether anything has."""
    made = apart.cleaned_within(document, depth=apart.DEEPEST)
    if made is None:
        return False
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert set(pdf.docinfo.keys()) <= {"/Title"}, "its notes are still there"
    return True


PDF_DESK: Final = Desk(is_cleaned, apart.bounds_of(1_000_000))
PDF_PATIENCE: Final = apart.bounds_of(1_000_000).wall + 5.0


def read_pdf(data: bytes) -> None:
    """Take the metadata of a PDF away, at a desk.

    Raises:
        Kept: The file stays as it is, or has brought the child down, so that the product keeps it.
    """
    try:
        is_changed = PDF_DESK.opens(data)
    except Fallen as error:
        raise Kept from error
    if not is_changed:
        raise Kept


def pdf_seeds() -> list[bytes]:
    """Return documents with all that programs write in them."""
    return [pdfs.plain(), pdfs.packed(), pdfs.archived(), pdfs.linearized(), pdfs.revised()]


def read_packet(data: bytes) -> None:
    """Keep of a packet what standards need; what says who wrote it is never among it."""
    kept = xmp.what_standards_need(data, title=True)
    assert b"CreatorTool" not in (kept or b""), "who made it is still there"


def packets() -> list[bytes]:
    """Return what documents say of themselves."""
    return [pdfs.packet(), pdfs.packet(pdfs.STANDARDS)]
