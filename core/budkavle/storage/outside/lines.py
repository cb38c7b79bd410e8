"""Appending lines to a file, from several processes."""

import errno
import fcntl
import os


def add(handle: int, data: bytes) -> None:
    """Append lines in one call, so that lines of several processes do not mix.

    Args:
        handle: A file opened with `O_APPEND`.
        data: Complete lines.

    Raises:
        OSError: They cannot be written, or only a part was written.
    """
    if os.write(handle, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def add_durably(handle: int, data: bytes) -> None:
    """Append lines durably, or leave the file unchanged; one process at a time.

    Args:
        handle: A file opened with `O_APPEND`.
        data: Complete lines.

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
