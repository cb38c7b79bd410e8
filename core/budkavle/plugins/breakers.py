"""Breakers: what of a plugin fails again and again is left alone for a while, and then tried by one call."""

import threading
from dataclasses import dataclass, field
from time import monotonic

LIMIT, HANG = 12, 4
"""How many faults without a success in between open a breaker, and how many a hang, which costs time, counts as."""
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 120.0
"""Seconds: each pause is twice as long as the one before."""


_BY_PART = frozenset({"identity_providers", "jobs", "outboxes"})


@dataclass(frozen=True, slots=True)
class Called:
    """What of a plugin is called, as health and the page Tillägg name it.

    Attributes:
        plugin: The plugin's name.
        hook: The hook that brought it, without `budkavle_`.
        part: Which of its objects, and where it has several methods, which.
    """

    plugin: str
    hook: str
    part: str = ""

    @property
    def threads(self) -> str:
        """Under which name its threads that hang are counted: a peer that hangs costs a plugin no other peer."""
        return f"{self.plugin}.{self.part.partition('.')[0]}" if self.hook in _BY_PART else self.plugin


@dataclass(slots=True)
class Breaker:
    """Counts the faults of one part of a plugin, and says whether it may be called.

    It is closed at first and lets every call through. Open, it lets none through until its pause is over; then one
    call tries, while the others are still refused, and its outcome closes it or opens it for twice as long.

    Attributes:
        faults: How many there have been since the last right answer.
        pause: How long the latest pause is, in seconds.
    """

    faults: int = 0
    pause: float = 0.0
    _weight: int = 0
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether it is open, or its pause is over and nothing has come right since."""
        return self._weight >= LIMIT

    def lets_through(self, seconds: float) -> bool:
        """Tell whether a call may be made now.

        Args:
            seconds: How long the call may take: where it is the one that tries, no other does for as long.
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
        """Seconds until a call may try."""
        return max(0.0, self._until - monotonic()) if self.is_open else 0.0

    def succeed(self) -> bool:
        """Note a right answer; returns whether there had been faults."""
        if not self.faults:
            return False
        with self._lock:
            had_faults = self.faults > 0
            self.faults, self.pause, self._weight, self._until = 0, 0.0, 0, 0.0
        return had_faults

    def fail(self, *, hangs: bool = False) -> None:
        """Note a fault."""
        with self._lock:
            self.faults += 1
            self._weight += HANG if hangs else 1
            if self._weight >= LIMIT:
                self.pause = min(self.pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
                self._until = monotonic() + self.pause
