"""The texts of attachments, read in a closed child process; old office documents are converted by LibreOffice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from budkavle.file_texts import LARGEST, ForeignFile, is_readable, read_texts
from budkavle.model.errors import Invalid, NotFound, Temporary, TooLarge
from budkavle.model.messages import Attachment
from budkavle.plugins.bounded_process import Bounds, bounded
from budkavle.previews import office
from budkavle.storage.blobs.faults import MissingFile
from budkavle.storage.vault import Destroyed

FILE_BOUNDS = Bounds(cpu=30, wall=90, closed=True)
"""The limits of a child that reads some files."""
OLD_OFFICE: Final = frozenset({"doc", "xls", "ppt"})
"""Formats that none of our libraries reads: LibreOffice makes a PDF of them first."""


def texts_of_files(
    files: Sequence[Attachment], open_file: Callable[[UUID], Iterable[bytes]]
) -> tuple[dict[UUID, str], int]:
    """Return the texts of files, by their ids, and how many could not be read.

    Args:
        files: The files; other formats and very large files are left out.
        open_file: Returns a file's bytes; raises NotFound if it may not be read, or is gone.
    """
    texts: dict[UUID, str] = {}
    batch: dict[UUID, ForeignFile] = {}
    for file in files:
        is_old = file.file_name.rpartition(".")[2].lower() in OLD_OFFICE and file.size <= LARGEST
        if not is_old and not is_readable(file.file_name, file.content_type, file.size):
            continue
        if batch and file.size + sum(len(waiting.content) for waiting in batch.values()) > LARGEST:
            texts |= _read_files(batch)
            batch = {}
        try:
            content = b"".join(open_file(file.id))
        except (NotFound, MissingFile, Destroyed):
            continue
        if is_old:
            content = _as_pdf(file.file_name, content)
        batch[file.id] = ForeignFile(file.file_name, content)
    texts |= _read_files(batch)
    return texts, len(files) - len(texts)


def _as_pdf(name: str, content: bytes) -> bytes:
    try:
        return office.office_pdf(name, content) if office.is_office(name, content) else content
    except (Invalid, TooLarge, Temporary):
        return b""


def _read_files(batch: Mapping[UUID, ForeignFile]) -> dict[UUID, str]:
    """Read several files in one child; if one of them crashes it, each gets a child of its own."""
    batch = {file_id: file for file_id, file in batch.items() if file.content}
    if not batch:
        return {}
    try:
        texts = bounded(read_texts, list(batch.values()), bounds=FILE_BOUNDS)
    except (Invalid, TooLarge):
        if len(batch) == 1:
            return {}
        return {file_id: text for item in batch.items() for file_id, text in _read_files(dict([item])).items()}
    return {file_id: text for file_id, text in zip(batch, texts, strict=True) if text is not None}
