"""Files as one ZIP, written while it is sent: nothing of it lies anywhere, and it may be of any size."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from stat import S_IFREG
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stream_zip import Method

_MODE: Final = S_IFREG | 0o600
_STORED: Final = 0
"""The level of compression: none, which costs nothing; most large files are compressed already."""
GATHERED: Final = 1 << 20
"""Bytes that are handed to the server at a time: each hand-over costs a change of threads."""
ZipMember = tuple[str, datetime, int, Iterable[bytes]]
"""A path in the ZIP, when the file was made, its bytes, and these."""


def write_zip(members: Iterable[ZipMember]) -> Iterator[bytes]:
    """Yield a ZIP of some files, as they come."""
    from stream_zip import stream_zip  # with a parser of C: an eighth of what a process takes to start

    waiting, size = list[bytes](), 0
    for piece in stream_zip(_entries(members)):
        waiting.append(piece)
        size += len(piece)
        if size >= GATHERED:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _entries(members: Iterable[ZipMember]) -> Iterator[tuple[str, datetime, int, "Method", Iterable[bytes]]]:
    from stream_zip import ZIP_AUTO

    for path, at, size, pieces in members:
        yield path, at, _MODE, ZIP_AUTO(size, level=_STORED), pieces


def safe_name(name: str) -> str:
    """Return a name that leads nowhere else where it is unpacked; Windows takes no colon and no backslash."""
    return name.translate(dict.fromkeys(map(ord, '<>:"|?*\\/'), "_")).strip(". ") or "_"


def unique_paths(paths: Iterable[str]) -> list[str]:
    """Return paths of which no two are the same, to a system that does not tell capitals apart either."""
    taken, result = set[str](), list[str]()
    for path in paths:
        stem, dot, ending = path.rpartition(".")
        count, unique = 1, path
        while unique.casefold() in taken:
            count += 1
            unique = f"{stem} ({count}){dot}{ending}" if stem and "/" not in ending else f"{path} ({count})"
        taken.add(unique.casefold())
        result.append(unique)
    return result
