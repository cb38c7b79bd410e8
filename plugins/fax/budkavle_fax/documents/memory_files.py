"""Files in memory only, for programs that need a path: decrypted faxes never touch a disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - it is memory, and each folder made there is private to its owner
PIECE = 1 << 20


class RamFile:
    """A file in memory; it disappears when it is closed or the process ends.

    Attributes:
        path: Its path in a child process that gets `number` in `pass_fds`.
    """

    def __init__(self, content: bytes = b"") -> None:
        # Other systems than Linux get a file without a name instead.
        made = os.memfd_create("fax") if hasattr(os, "memfd_create") else _nameless()
        self.number = made
        self.path = f"/dev/fd/{made}"
        self.write(content)

    def write(self, content: bytes) -> None:
        """Replace its content."""
        view = memoryview(content)
        while view:
            view = view[os.write(self.number, view) :]
        os.lseek(self.number, 0, os.SEEK_SET)

    def read(self) -> bytes:
        """Return its content."""
        size = os.fstat(self.number).st_size
        return b"".join(os.pread(self.number, PIECE, at) for at in range(0, size, PIECE))

    def close(self) -> None:
        """Close it once: at a second close, the number may belong to another file."""
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
    """Provide a private folder, in memory if the system can; emptied at the end."""
    where = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="budkavle-fax-", dir=where) as folder:
        yield Path(folder)
