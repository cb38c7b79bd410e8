"""The limit of concurrent attempts for each destination of a lane, and which destinations pause.

As in Postfix, each success raises the limit a little, and each failure lowers it. A destination that fails for several
deliveries in a row is closed; then it gets one attempt at a time, at growing intervals, until one succeeds. Each worker
decides for itself: nothing is stored, and a crash leaves nothing wrong.
"""

import threading
from dataclasses import dataclass, field
from uuid import UUID

from budkavle.model import sources

CLOSE_AFTER = 3
"""How many deliveries in a row must fail to close a destination; one delivery alone does not, however often."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""Seconds for which a destination is closed: doubled each time, up to the longest."""
MOST = 16
"""The most concurrent attempts to one destination."""
FORGOTTEN_AFTER = 600.0
"""Seconds without an attempt after which a destination is forgotten."""


@dataclass(slots=True)
class _Window:
    """The limit and state of one destination.

    Attributes:
        room: How many concurrent attempts are allowed; fractions do not count.
        busy: How many are under way, including abandoned ones that still run.
        failed: The deliveries that have failed since the last success.
        closings: How often it has been closed since then.
        closed_until: When it may be tried again, by the monotonic clock.
        used_at: When it was last tried.
        name: The transport's name for it, while it is closed.
    """

    room: float
    busy: int = 0
    failed: set[UUID] = field(default_factory=set)
    closings: int = 0
    closed_until: float = 0.0
    used_at: float = field(default_factory=sources.monotonic)
    name: str = ""

    @property
    def is_shut(self) -> bool:
        """Whether nothing more may be attempted now."""
        return self.busy >= int(self.room) or sources.monotonic() < self.closed_until

    @property
    def is_forgotten(self) -> bool:
        """Whether its state may be dropped, because it has not been used for long."""
        return self.busy == 0 and sources.monotonic() - self.used_at > FORGOTTEN_AFTER


class Windows:
    """The destinations of one lane of one worker.

    Args:
        start: How many concurrent attempts a new destination gets.
    """

    def __init__(self, start: int) -> None:
        self._start = start
        self._windows: dict[int, _Window] = {}
        self._lock = threading.Lock()

    def shut(self) -> list[int]:
        """Return the destinations without room now."""
        with self._lock:
            return sorted(number for number, window in self._windows.items() if window.is_shut)

    def closed(self) -> list[str]:
        """Return the names of the closed destinations; also forget unused ones."""
        with self._lock:
            self._windows = {number: one for number, one in self._windows.items() if not one.is_forgotten}
            return sorted(one.name for one in self._windows.values() if one.closings)

    def enter(self, destination: int) -> bool:
        """Begin an attempt; False if there is no room for it."""
        with self._lock:
            window = self._windows.setdefault(destination, _Window(self._start))
            if window.is_shut:
                return False
            window.busy += 1
            window.used_at = sources.monotonic()
            return True

    def leave(self, destination: int) -> None:
        """End an attempt that says nothing about the destination."""
        with self._lock:
            self._windows[destination].busy -= 1

    def succeed(self, destination: int) -> str | None:
        """Record that an attempt has reached the destination; return its name if it had been closed."""
        with self._lock:
            window = self._windows[destination]
            reopened = window.name if window.closings else None
            window.failed.clear()
            window.closings, window.closed_until, window.name = 0, 0.0, ""
            window.room = min(max(window.room, 1.0) + 1 / window.room, MOST)
            return reopened

    def fail(self, destination: int, delivery_id: UUID, *, hangs: bool) -> bool:
        """Record that an attempt did not reach the destination; return whether that has closed it.

        Args:
            destination: The destination.
            delivery_id: The delivery.
            hangs: Whether its call still runs. It continues to use room, so the limit is not lowered for it.
        """
        with self._lock:
            window = self._windows[destination]
            window.failed.add(delivery_id)
            if not hangs:
                window.room = max(1.0, window.room - 1)
            if len(window.failed) < CLOSE_AFTER and not (hangs and window.busy >= int(window.room)):
                return False
            window.room = 1.0
            pause = min(FIRST_PAUSE * 2 ** min(window.closings, 10), LONGEST_PAUSE)
            window.closings += 1
            window.closed_until = sources.monotonic() + pause
            return True

    def name(self, destination: int, name: str) -> None:
        """Store the name of a closed destination.

        Args:
            destination: The destination.
            name: The transport's name for it.
        """
        with self._lock:
            self._windows[destination].name = name
