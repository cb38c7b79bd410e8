"""The latest notifications of a process, for pages that listen a little later than they were made."""

from collections import deque
from itertools import takewhile
from typing import Any, Final, TypeAlias
from uuid import UUID

from budkavle.model import sources
from budkavle.storage.database.notifier import COMMITTED

Note: TypeAlias = dict[str, Any]
MOST: Final = 5_000
"""The most notes kept, of all organisations."""
DISORDER: Final = 10_000
"""Milliseconds by which notes may arrive in another order than that of their commits; hosts' clocks differ, too."""


class RecentChanges:
    """Changes by the time of their commit, in milliseconds since 1970.

    A page shows what was committed before it was made, and hears what is notified once its stream is open. These notes
    fill the time in between.
    """

    def __init__(self) -> None:
        self._notes: deque[tuple[int, UUID, Note]] = deque(maxlen=MOST)
        self._complete_from: float = float("inf")

    def begin(self) -> None:
        """Begin anew: earlier notifications may have been missed."""
        self._notes.clear()
        self._complete_from = now()

    def add(self, organisation_id: UUID, note: Note) -> None:
        """Keep a note. One of an earlier release has no time of its commit, and gets the present time."""
        committed = note.setdefault(COMMITTED, now())
        if len(self._notes) == MOST:
            self._complete_from = max(self._complete_from, self._notes[0][0])
        self._notes.append((committed, organisation_id, note))

    def since(self, organisation_id: UUID, moment: int) -> list[Note] | None:
        """Return the notes of an organisation that were committed after a moment; None if some may be missing."""
        if moment < self._complete_from:
            return None
        late = takewhile(lambda kept: kept[0] > moment - DISORDER, reversed(self._notes))
        return [note for committed, owner, note in late if owner == organisation_id and committed > moment][::-1]


def now() -> int:
    """Return the milliseconds since 1970."""
    return round(sources.now().timestamp() * 1000)
