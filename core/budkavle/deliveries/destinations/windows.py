"""How many attempts at a time each destination of a lane bears, and which are left alone for a while.

As Postfix does: each success lets a little more in, each failure less. A destination that fails for several deliveries
in a row is closed; then it is asked by one attempt at a time, at growing intervals, until one succeeds. Each worker
judges for itself: nothing is stored, and a crash leaves nothing wrong.
"""

import threading
from dataclasses import dataclass, field
from uuid import UUID

from budkavle.model import sources

CLOSE_AFTER = 3
"""So many deliveries that fail in a row close a destination; one delivery alone does not, however often it fails."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""Seconds for which a destination is closed: doubled each time, up to the longest."""
MOST = 16
"""The most attempts at a time to one destination."""
FORGOTTEN_AFTER = 600.0
"""Seconds after which a destination is forgotten that nothing has been sent to since."""


@dataclass(slots=True)
class _Window:
    """What one destination bears.

    Attributes:
        room: How many attempts at a time; whole ones count.
        busy: How many are under way, also those that nobody waits for any more.
        failed: The deliveries that have failed since the last success.
        closings: How often it has been closed since then.
        closed_until: When it may be asked again, by the monotonic clock.
        used_at: When it was last asked.
        name: What the transport calls it, while it is closed.
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
        """Whether it is as good as new."""
        return self.busy == 0 and sources.monotonic() - self.used_at > FORGOTTEN_AFTER


class Windows:
    """The destinations of one lane of one worker.

    Args:
        start: How many attempts at a time a destination gets that nothing is said of yet.
    """

    def __init__(self, start: int) -> None:
        self._start = start
        self._windows: dict[int, _Window] = {}
        self._lock = threading.Lock()

    def shut(self) -> list[int]:
        """Return the destinations that have no room now."""
        with self._lock:
            return sorted(number for number, window in self._windows.items() if window.is_shut)

    def closed(self) -> list[str]:
        """Return the names of the destinations that are closed, and forget those that are so no more."""
        with self._lock:
            self._windows = {number: one for number, one in self._windows.items() if not one.is_forgotten}
            return sorted(one.name for one in self._windows.values() if one.closings)

    def enter(self, destination: int) -> bool:
        """Begin an attempt; False where there is no room for it."""
        with self._lock:
            window = self._windows.setdefault(destination, _Window(self._start))
            if window.is_shut:
                return False
            window.busy += 1
            window.used_at = sources.monotonic()
            return True

    def leave(self, destination: int) -> None:
        """End an attempt that says nothing of the destination."""
        with self._lock:
            self._windows[destination].busy -= 1

    def succeed(self, destination: int) -> str | None:
        """Note that an attempt has reached the destination; return its name where it had been closed."""
        with self._lock:
            window = self._windows[destination]
            reopened = window.name if window.closings else None
            window.failed.clear()
            window.closings, window.closed_until, window.name = 0, 0.0, ""
            window.room = min(max(window.room, 1.0) + 1 / window.room, MOST)
            return reopened

    def fail(self, destination: int, delivery_id: UUID, *, hangs: bool) -> bool:
        """Note that an attempt did not reach the destination; return whether that has closed it.

        Args:
            destination: The destination.
            delivery_id: The delivery.
            hangs: Whether its call still runs. It goes on taking up room, so none is taken away for it.
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
        """Keep what a closed destination is called.

        Args:
            destination: The destination.
            name: What the transport calls it.
        """
        with self._lock:
            self._windows[destination].name = name
