"""So many messages to one organisation at a time, so that what has piled up does not flood it (feature SD7).

After an outage thousands may be due at once. Those that are too many are given a time later on, each group its own, so
that they are not looked at again and again while they wait. Receipts are small and somebody waits to read what they
are about, so they are never held back.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from budkavle import NotYet

WAITING: Final = "Många meddelanden till mottagaren är redan på väg. Det här skickas när de har kommit fram."
LONGEST: Final = timedelta(minutes=15)
Place = tuple[UUID, str]
"""An organisation of ours, and the participant that it writes to."""


class RecipientLimit:
    """Counts what is under way to each recipient: handed over here and now, or in the access point's hands.

    Args:
        most: How many may be under way to one recipient; 0 for any number.
        pause: How soon room can be expected: how often the access point is asked what has arrived.
    """

    def __init__(self, most: int, pause: timedelta) -> None:
        self._most = most
        self._pause = pause
        self._lock = threading.Lock()
        self._here: Counter[Place] = Counter()
        self._put_off: Counter[Place] = Counter()
        self._idle: set[Place] = set()
        """Of whom the access point had nothing, and has taken nothing of anybody since; one that tells at once never
        has, and is not asked again."""

    def submission_added(self) -> None:
        """Say that the access point has taken something whose outcome is awaited."""
        self._idle.clear()

    @contextmanager
    def slot(self, place: Place, count: Callable[[], int]) -> Iterator[None]:
        """Hold one of the recipient's places while a message is handed over.

        Args:
            place: Between whom.
            count: Tells how many the access point has of theirs.

        Raises:
            NotYet: All places are taken.
        """
        if not self._most:
            yield
            return
        self._take(place, self._at_access_point(place, count))
        try:
            yield
        finally:
            with self._lock:
                self._here[place] -= 1
                if not self._here[place]:
                    del self._here[place]

    def _at_access_point(self, place: Place, count: Callable[[], int]) -> int:
        if place in self._idle:
            return 0
        number = count()
        if not number:
            self._idle.add(place)
        return number

    def _take(self, place: Place, elsewhere: int) -> None:
        with self._lock:
            if self._here[place] + elsewhere < self._most:
                self._here[place] += 1
                self._put_off[place] = max(0, self._put_off[place] - 1)
                return
            round_number = 1 + self._put_off[place] // self._most
            self._put_off[place] += 1
        raise NotYet(WAITING, pause=min(self._pause * round_number, LONGEST))
