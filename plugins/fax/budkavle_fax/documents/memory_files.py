"""Files that lie in memory only, for programs that need a path: decrypted faxes never touch a disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - memory, and every folder made there is its owner's alone
PIECE = 1 << 20


class RamFile:
    """A file in memory; gone when it is closed, whatever happens to the process.

    Attributes:
        path: Where a child process finds it, when it is given `number` among its `pass_fds`.
    """

    def __init__(self, content: bytes = b"") -> None:
        # What systems other than Linux lack is made up for by a file without a name.
        made = os.memfd_create("fax") if hasattr(os, "memfd_create") else _nameless()
        self.number = made
        self.path = f"/dev/fd/{made}"
        self.write(content)

    def write(self, content: bytes) -> None:
        """Let it hold these bytes."""
        view = memoryview(content)
        while view:
            view = view[os.write(self.number, view) :]
        os.lseek(self.number, 0, os.SEEK_SET)

    def read(self) -> bytes:
        """Return what it holds now."""
        size = os.fstat(self.number).st_size
        return b"".join(os.pread(self.number, PIECE, at) for at in range(0, size, PIECE))

    def close(self) -> None:
        """Let it go, once: by a second time the number may be another file's."""
        number, self.number = self.number, -1
        if number >= 0:
            os.close(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _nameless() -> int:
    number, name = tempfile.mkstemp()
    Path(name).unlink()
    return number


@contextmanager
def ram_folder() -> Iterator[Path]:
    """Give a folder of one's own in memory, where the system has such; emptied at the end."""
    where = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="budkavle-fax-", dir=where) as folder:
        yield Path(folder)
