"""A destination bears more with each success and less with each failure, and is left alone where it is dead."""

from uuid import uuid4

import pytest

from budkavle.deliveries.destinations import windows
from budkavle.deliveries.destinations.windows import CLOSE_AFTER, LONGEST_PAUSE, MOST, Windows
from budkavle.model import sources

HERE, THERE = 7, 8


@pytest.fixture
def clock(monkeypatch):
    """The monotonic clock of the module, which a test moves."""
    now = [1000.0]
    monkeypatch.setattr(sources, "monotonic", lambda: now[0])
    return now


def fail(judged, destination=HERE, delivery_id=None, *, hangs=False):
    assert judged.enter(destination)
    closed = judged.fail(destination, delivery_id or uuid4(), hangs=hangs)
    if not hangs:
        judged.leave(destination)
    return closed


def room(judged, destination=HERE):
    """How many attempts it lets in."""
    entered = 0
    while judged.enter(destination):
        entered += 1
    for _ in range(entered):
        judged.leave(destination)
    return entered


@pytest.mark.feature("ZO1")
def test_room_grows_with_success_and_shrinks_with_failure():
    """From what a worker begins with up to a limit; one failure takes one place away, and one is always left."""
    judged = Windows(2)
    assert room(judged) == 2
    for _ in range(500):
        judged.enter(HERE)
        judged.succeed(HERE)
        judged.leave(HERE)
    assert room(judged) == MOST
    fail(judged)
    assert room(judged) == MOST - 1
    assert room(judged, THERE) == 2


@pytest.mark.feature("ZO1")
def test_a_destination_that_fails_for_several_is_closed_for_longer_and_longer(clock):
    """Then one attempt at a time asks it; a success opens it again, and tells its name."""
    judged = Windows(2)
    assert [fail(judged) for _ in range(CLOSE_AFTER)] == [False] * (CLOSE_AFTER - 1) + [True]
    judged.name(HERE, "habo.se")
    assert judged.shut() == [HERE]
    assert judged.closed() == ["habo.se"]
    pauses = []
    for _ in range(8):
        begun = clock[0]
        while judged.shut():
            clock[0] += 1.0
        pauses.append(clock[0] - begun)
        assert room(judged) == 1
        assert fail(judged)
    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0, 60.0]
    clock[0] += LONGEST_PAUSE
    judged.enter(HERE)
    assert judged.succeed(HERE) == "habo.se"
    judged.leave(HERE)
    assert (judged.shut(), judged.closed(), room(judged)) == ([], [], 2)


@pytest.mark.feature("ZO1")
def test_one_delivery_alone_closes_nothing():
    """It may be one recipient whose mailbox is full."""
    judged, same = Windows(2), uuid4()
    assert not any(fail(judged, delivery_id=same) for _ in range(20))
    assert judged.shut() == []


@pytest.mark.feature("ZO1")
def test_calls_that_hang_take_up_room_until_they_end():
    """So that a dead destination never has more of the threads than it had room for."""
    judged = Windows(2)
    assert [fail(judged, hangs=True) for _ in range(2)] == [False, True]
    assert judged.shut() == [HERE]
    assert not judged.enter(HERE)
    judged.succeed(HERE)
    assert judged.shut() == [HERE]
    judged.leave(HERE)
    assert judged.shut() == []


@pytest.mark.feature("ZO1")
def test_what_is_not_used_is_forgotten(clock):
    """A closed destination that nothing goes to any more is not told of for ever."""
    judged = Windows(2)
    for _ in range(CLOSE_AFTER):
        fail(judged)
    clock[0] += windows.FORGOTTEN_AFTER + 1
    assert judged.closed() == []
