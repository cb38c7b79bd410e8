"""The start of a process: what it creates there, it keeps."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keeping() -> Iterator[None]:
    """Look for no garbage in the block: a start makes half a million objects, and drops few of them.

    Python would look through all of them again and again, which takes a sixth of the start.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def keep_all() -> None:
    """Look never again through what exists now; later collections have only what pages create."""
    gc.freeze()
