"""Files embedded in a document: pictures and other documents, which may have as much metadata as the document."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from budkavle.cases.file_metadata import rewriting


@dataclass(slots=True)
class Nested:
    """Removes the metadata of files embedded in a document, within limits.

    Attributes:
        write: Writes a document without its metadata, and tells whether to keep it (`apart.write_document`).
        depth: How many levels of nested documents are left.
        files: How many files may still be examined, in all documents together.
        size: How many unpacked bytes of them may still be examined.
        names_people: Whether a comment or a tracked change with a name has been found.
    """

    write: "Callable[[BinaryIO, BinaryIO, Nested], bool]"
    depth: int = 2
    files: int = 2_000
    size: int = 200_000_000
    names_people: bool = False

    def has_room(self, size: int) -> bool:
        """Tell whether a file of this size may be examined."""
        return self.files > 0 and size <= self.size

    def cleaned(self, data: bytes) -> bytes | None:
        """Return a file without its metadata; None if it is kept unchanged."""
        if not self.has_room(len(data)):
            return None
        self.files, self.size = self.files - 1, self.size - len(data)
        if is_document(data[:64]):
            return self._document(data)
        pieces = rewriting.cleaned(lambda start: iter((data[start:],)), len(data))
        return None if pieces is None else b"".join(pieces)

    def _document(self, data: bytes) -> bytes | None:
        if not self.depth:
            return None
        out = BytesIO()
        self.depth -= 1
        is_written = self.write(BytesIO(data), out, self)
        self.depth += 1
        return out.getvalue() if is_written else None


def is_document(head: bytes) -> bool:
    """Tell by its first 64 bytes whether a file is a PDF or may be an office document."""
    return b"%PDF-" in head or head.startswith(b"PK\x03\x04")
