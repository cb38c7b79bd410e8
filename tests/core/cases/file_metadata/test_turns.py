"""Documents that take long hold up those of the person who attached them, and nobody else's by more than one."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from budkavle.cases.file_metadata import apart
from budkavle.model.errors import Temporary

PATIENCE = 20.0


class Slow:
    """Stands for the child: each document is opened until it is told to end."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self._changed = threading.Condition()
        self._ended = 0

    def open(self, whose: str) -> None:
        with self._changed:
            self.opened.append(whose)
            number = len(self.opened)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._ended >= number, PATIENCE)

    def end_one(self) -> None:
        with self._changed:
            self._ended += 1
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.opened) >= count, PATIENCE), self.opened


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def attach(slow: Slow) -> Iterator[Callable[[str], "Future[None]"]]:
    """Let somebody attach a document, in a thread as uploads have them."""
    turns = apart._Turns()

    def run(whose: str) -> None:
        with turns.take(whose):
            slow.open(whose)

    with ThreadPoolExecutor(20) as pool:
        yield lambda whose: pool.submit(run, whose)


def test_many_of_one_let_another_in_between(slow: Slow, attach: Callable[[str], "Future[None]"]) -> None:
    """The other's is opened after the one that is being opened, though eight came before it."""
    several = [attach("Kim") for _ in range(8)]
    slow.wait_for(1)
    other = attach("Ada")
    slow.end_one()
    slow.wait_for(2)
    for _ in range(8):
        slow.end_one()
    for each in (*several, other):
        each.result(PATIENCE)
    assert slow.opened.index("Ada") < 6, "not after all that came before it"
    assert slow.opened.count("Kim") == 8


def test_one_that_does_not_get_its_turn_says_so(
    slow: Slow, attach: Callable[[str], "Future[None]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind one's own as behind another's; whoever has given up holds nothing."""
    first = attach("Kim")
    slow.wait_for(1)
    monkeypatch.setattr(apart, "PATIENCE", 0.05)
    for whose in ("Kim", "Ada"):
        with pytest.raises(Temporary):
            attach(whose).result(PATIENCE)
    slow.end_one()
    first.result(PATIENCE)
    for whose in ("Kim", "Ada"):
        slow.end_one()
        attach(whose).result(PATIENCE)
