"""Whose turn it is in a lane: urgent deliveries first, then organisations, and within them destinations, in turn.

The list of waiting parts is read from the database now and then, and each claim names some of them. So a claim reads no
row of a destination whose turn it is not, however much waits there.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from budkavle.model import sources

FRESH = 0.25
"""Seconds for which a list is used; a notification of new deliveries ends it sooner."""
MOST_PARTS = 8
"""The most parts of a lane that one claim names."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A part of a lane: the deliveries of one priority, organisation and destination."""

    priority: int
    organisation_id: UUID
    destination: int


class _Circle:
    """The parts of one priority: organisations take turns, and so do the destinations of each."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._by_organisation: OrderedDict[UUID, deque[Part]] = OrderedDict()
        for part in parts:
            self.add(part)

    def __bool__(self) -> bool:
        return bool(self._by_organisation)

    def add(self, part: Part) -> None:
        """Add a part, to wait for its next turn."""
        self._by_organisation.setdefault(part.organisation_id, deque()).append(part)

    def has_room(self, shut: Collection[int]) -> bool:
        """Whether one of them has a destination that is not shut."""
        return any(part.destination not in shut for parts in self._by_organisation.values() for part in parts)

    def pop(self) -> Part:
        """Return the next part; then it is the next organisation's turn."""
        organisation_id, parts = self._by_organisation.popitem(last=False)
        part = parts.popleft()
        if parts:
            self._by_organisation[organisation_id] = parts
        return part


class Turns:
    """The parts of one lane that wait for a claim; shared by the threads of the lane."""

    def __init__(self) -> None:
        self._circles: dict[int, _Circle] = {}
        self._recent: tuple[Part, ...] = ()
        self._read_at = -FRESH
        self._lock = threading.Lock()

    def expire(self) -> None:
        """Record that something new waits, so that the list is read again."""
        self._read_at = -FRESH

    @property
    def is_expired(self) -> bool:
        """Whether the list must be read again."""
        return sources.monotonic() - self._read_at >= FRESH

    def fill(self, parts: Collection[Part]) -> None:
        """Replace the list with one that was just read, in random order."""
        shuffled = sources.chance().sample(list(parts), len(parts))
        with self._lock:
            priorities = sorted({part.priority for part in parts})
            self._circles = {one: _Circle(part for part in shuffled if part.priority == one) for one in priorities}
            self._read_at = sources.monotonic()

    def has_room(self, shut: Collection[int]) -> bool:
        """Whether a part waits whose destination has room.

        Args:
            shut: Destinations without room now.
        """
        with self._lock:
            return any(circle.has_room(shut) for circle in self._circles.values())

    def take(self, shut: Collection[int]) -> Sequence[Part]:
        """Take the parts whose turn it is, of one priority.

        Args:
            shut: Destinations without room now; their parts wait for the next list.
        """
        with self._lock:
            for circle in self._circles.values():
                taken: list[Part] = []
                while circle and len(taken) < MOST_PARTS:
                    part = circle.pop()
                    if part.destination not in shut:
                        taken.append(part)
                if taken:
                    return taken
            return []

    def recent(self, shut: Collection[int]) -> Sequence[Part]:
        """Return the parts that were last claimed from: the same ones often have something again.

        Args:
            shut: Destinations without room now.
        """
        return [part for part in self._recent if part.destination not in shut]

    def claimed(self, parts: Sequence[Part], *, full: bool) -> None:
        """Record which parts a successful claim named.

        Args:
            parts: The named parts.
            full: Whether it got as much as it may, so that more may wait there.
        """
        with self._lock:
            self._recent = tuple(parts)
            if full:
                for part in parts:
                    self._circles.setdefault(part.priority, _Circle(())).add(part)
                self._circles = dict(sorted(self._circles.items()))
