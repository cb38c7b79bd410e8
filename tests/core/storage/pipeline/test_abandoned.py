"""Commits that were given up are noted whatever befalls the noting: who asked is told that it is uncertain."""

from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from budkavle.storage.pipeline.abandoned import Abandoned
from budkavle.testing.working import wait_until


class FakeCancel:
    """A key that notes that it was used."""

    def __init__(self) -> None:
        self.used = Event()

    def cancel(self) -> None:
        self.used.set()


class FakeConnection:
    """A connection in the middle of its COMMIT; one that is lost has no key."""

    def __init__(self, *, lost: bool = False) -> None:
        self.key = FakeCancel()
        self._lost = lost

    def get_cancel(self) -> Any:
        if self._lost:
            raise psycopg.OperationalError("couldn't create cancel object")
        return self.key


def add(abandoned: Abandoned, connection: FakeConnection) -> None:
    """Give up the commit of a connection."""
    abandoned.add(connection)  # type: ignore[arg-type]


@pytest.mark.feature("ZO9")
def test_the_next_lets_go_what_no_thread_could_be_started_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has no more threads tells the same as one that has."""
    abandoned, oldest, older, last = Abandoned(1), FakeConnection(), FakeConnection(), FakeConnection()

    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    add(abandoned, oldest)
    with monkeypatch.context() as patch:
        patch.setattr(Thread, "start", refuse)
        add(abandoned, older)
    assert not oldest.key.used.is_set()
    add(abandoned, last)
    wait_until(lambda: oldest.key.used.is_set() and older.key.used.is_set())
    assert not last.key.used.is_set()


@pytest.mark.feature("ZO9")
def test_a_connection_that_is_lost_has_nothing_to_let_go() -> None:
    """It counts as none of those that wait."""
    abandoned, waiting = Abandoned(1), FakeConnection()
    add(abandoned, waiting)
    add(abandoned, FakeConnection(lost=True))
    add(abandoned, FakeConnection())
    wait_until(waiting.key.used.is_set)
