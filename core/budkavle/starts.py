"""Garbage collection while a process starts: it keeps nearly all that it creates then."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keeping() -> Iterator[None]:
    """Switch the garbage collector off for the block.

    A start creates half a million objects and drops few. Going through them again and again takes a sixth of its time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def keep_all() -> None:
    """Exclude all objects that exist now from garbage collection; later ones are collected as usual."""
    gc.freeze()
