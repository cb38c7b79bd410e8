"""Breakers: a part of a plugin that fails repeatedly is paused, and then tried with one call."""

import threading
from dataclasses import dataclass, field
from time import monotonic

LIMIT, HANG = 12, 4
"""How many faults in a row open a breaker, and how many faults a hang counts as, since it costs time."""
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 120.0
"""Seconds: each pause is twice as long as the one before."""


_BY_PART = frozenset({"identity_providers", "jobs", "outboxes"})


@dataclass(frozen=True, slots=True)
class Called:
    """A callable part of a plugin, as health and the page Tillägg name it.

    Attributes:
        plugin: The plugin's name.
        hook: The hook that returned it, without `budkavle_`.
        part: Which of its objects, and which method if it has several.
    """

    plugin: str
    hook: str
    part: str = ""

    @property
    def threads(self) -> str:
        """The name under which its hanging threads are counted: one hanging peer does not block the plugin's others."""
        return f"{self.plugin}.{self.part.partition('.')[0]}" if self.hook in _BY_PART else self.plugin


@dataclass(slots=True)
class Breaker:
    """Counts the faults of one part of a plugin, and says whether it may be called.

    It starts closed and lets every call through. When open, it lets none through until its pause is over. Then one call
    is tried, while the others are still refused; its result closes the breaker, or opens it for twice as long.

    Attributes:
        faults: How many there have been since the last correct answer.
        pause: The length of the latest pause, in seconds.
    """

    faults: int = 0
    pause: float = 0.0
    _weight: int = 0
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether it is open, or its pause is over and no call has succeeded since."""
        return self._weight >= LIMIT

    def lets_through(self, seconds: float) -> bool:
        """Tell whether a call may be made now.

        Args:
            seconds: How long the call may take: if it is the trial call, no other is tried for that long.
        """
        if self._weight < LIMIT:
            return True
        with self._lock:
            if monotonic() < self._until:
                return False
            self._until = monotonic() + seconds
            return True

    @property
    def left(self) -> float:
        """Seconds until a trial call is allowed."""
        return max(0.0, self._until - monotonic()) if self.is_open else 0.0

    def succeed(self) -> bool:
        """Record a correct answer; returns whether there had been faults."""
        if not self.faults:
            return False
        with self._lock:
            had_faults = self.faults > 0
            self.faults, self.pause, self._weight, self._until = 0, 0.0, 0, 0.0
        return had_faults

    def fail(self, *, hangs: bool = False) -> None:
        """Record a fault."""
        with self._lock:
            self.faults += 1
            self._weight += HANG if hangs else 1
            if self._weight >= LIMIT:
                self.pause = min(self.pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
                self._until = monotonic() + self.pause
