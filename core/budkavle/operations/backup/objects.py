"""The store's files in a backup: a list of all, and if the store is a folder, copies of the sealed files."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from budkavle.model.errors import Damaged
from budkavle.operations.backup.files import PIECE, PackedFile, copy_pieces, sum_of
from budkavle.operations.backup.manifest import Objects
from budkavle.storage.blobs import Blobs
from budkavle.storage.blobs.faults import MissingFile

LIST: Final = "objects.jsonl.gz"
FOLDER: Final = "objects"
_UNREADABLE = "Listan över filer i säkerhetskopian går inte att läsa."


class ObjectLine(msgspec.Struct, frozen=True):
    """A file of the store.

    Attributes:
        name: Its name in the store.
        bytes: Its size, sealed.
        sha256: Of the sealed bytes; empty where the backup has no copy.
    """

    name: str
    bytes: int
    sha256: str = ""


def copy_out(blobs: Blobs, folder: Path) -> Objects:
    """List the files, and copy those of a folder; files that are destroyed meanwhile are left out.

    Call it after the rows have been copied: a file without its row is harmless, a row without its file is not.
    """
    count = size = 0
    if blobs.is_local:
        (folder / FOLDER).mkdir(mode=0o700)
    with PackedFile(folder / LIST) as file:
        for stored in blobs.all_files():
            name, line = stored.name, ObjectLine(stored.name, stored.size)
            if blobs.is_local:
                path = folder / FOLDER / name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                try:
                    line = ObjectLine(name, *copy_pieces(blobs.sealed_pieces(name), path))
                except (MissingFile, FileNotFoundError):
                    path.unlink(missing_ok=True)
                    continue
            file.write(msgspec.json.encode(line) + b"\n")
            count, size = count + 1, size + line.bytes
    return Objects(blobs.is_local, count, size, file.sha256)


def copy_in(blobs: Blobs, folder: Path, objects: Objects) -> int:
    """Put the files of a backup into the store; return how many there are. Existing files are kept."""
    if not objects.copied:
        return 0
    for line in read_list(folder):
        blobs.put_sealed(line.name, _pieces(folder / FOLDER / line.name))
    return objects.count


def read_list(folder: Path) -> Iterator[ObjectLine]:
    """Yield the lines of the list.

    Raises:
        Damaged: It cannot be read, or names a path outside of the backup.
    """
    try:
        with gzip.open(folder / LIST) as file:
            for text in file:
                line = msgspec.json.decode(text, type=ObjectLine)
                if ".." in Path(line.name).parts or line.name.startswith("/"):
                    raise Damaged(_UNREADABLE)
                yield line
    except (OSError, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(_UNREADABLE) from error


def damaged(folder: Path) -> Iterator[str]:
    """Yield the names of the copied files that are missing or differ from the list."""
    for line in read_list(folder):
        path = folder / FOLDER / line.name
        if not path.is_file() or sum_of(path) != (line.bytes, line.sha256):
            yield line.name


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
