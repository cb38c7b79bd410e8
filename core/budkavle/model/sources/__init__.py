"""Time, new ids and chance: the one place where the product reads what differs from run to run.

What carries messages (`deliveries`, `messaging`, and what they call in `cases`, `operations` and `storage`) reads them
here, so that a run can be repeated: the simulator gives its own `Sources` and gets the same history from the same seed
([ADR 119](docs/adr/119-time-ids-and-chance-have-one-source.md)). Keys, nonces and tokens are not read here: nobody may
replace what they come from.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random, SystemRandom
from uuid import UUID, uuid4

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux has it


class Sources:
    """The machine's own clock, and ids and chance from the operating system."""

    chance: Random = SystemRandom()
    """Spreads what would else happen at the same time; nothing secret comes from it."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds on a clock that is never set."""
        return time.monotonic()

    def boottime(self) -> float:
        """Return seconds on a clock that also goes while the process is stopped or the machine sleeps."""
        return time.clock_gettime(_BOOTTIME)

    def new_id(self) -> UUID:
        """Return an id that nothing else has."""
        return uuid4()

    def pause(self, seconds: float) -> None:
        """Wait before something is tried once more."""
        threading.Event().wait(seconds)


_current = Sources()


def now() -> datetime:
    """Return the time, in UTC."""
    return _current.now()


def monotonic() -> float:
    """Return seconds on a clock that is never set."""
    return _current.monotonic()


def boottime() -> float:
    """Return seconds on a clock that also goes while the process is stopped or the machine sleeps."""
    return _current.boottime()


def new_id() -> UUID:
    """Return an id that nothing else has."""
    return _current.new_id()


def chance() -> Random:
    """Return what spreads things that would else happen at the same time; never for secrets."""
    return _current.chance


def pause(seconds: float) -> None:
    """Wait before something is tried once more."""
    _current.pause(seconds)


@contextmanager
def replaced(other: Sources) -> Iterator[None]:
    """Read from others while the block lasts, in all threads of the process: for tests and the simulator."""
    global _current  # noqa: PLW0603 - the one place
    before, _current = _current, other
    try:
        yield
    finally:
        _current = before
