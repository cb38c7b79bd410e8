"""Faults of the store of large files, as the rest of the core knows them."""

import contextlib
import errno
from collections.abc import Iterator

from obstore.exceptions import BaseError

from budkavle.model.errors import NotFound, Unavailable

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""The system's errors for a full disk, or for an exceeded quota."""
_NO_ROOM = "Det finns inte plats för filen i lagringen. Den som kör Budkavle behöver frigöra utrymme."


class MissingFile(NotFound):
    """There is no such file in the store."""


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn errors of the store into `Unavailable`."""
    try:
        yield
    except (BaseError, OSError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise Unavailable(_NO_ROOM) from error
        raise Unavailable("Lagringen av filer svarar inte ({reason}).", reason=type(error).__name__) from error
