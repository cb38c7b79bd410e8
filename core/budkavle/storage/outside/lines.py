"""Lines that are added to a file, by several processes at a time."""

import errno
import fcntl
import os


def add(handle: int, data: bytes) -> None:
    """Add lines in one call, so that those of several processes do not mix.

    Args:
        handle: A file that was opened to be added to (`O_APPEND`).
        data: Whole lines.

    Raises:
        OSError: They cannot be written, or the disk took a part of them.
    """
    if os.write(handle, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def add_durably(handle: int, data: bytes) -> None:
    """Add lines that are on the disk when this returns, or leave the file as it was; one process at a time.

    Args:
        handle: A file that was opened to be added to (`O_APPEND`).
        data: Whole lines.

    Raises:
        OSError: They cannot be written.
    """
    fcntl.flock(handle, fcntl.LOCK_EX)  # until it is closed
    size = os.fstat(handle).st_size
    try:
        add(handle, data)
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise
