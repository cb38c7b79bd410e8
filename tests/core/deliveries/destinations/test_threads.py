"""A thread that waits for a slow peer has a replacement, and when it is back there are as many as before."""

import threading

import pytest

from budkavle.deliveries.destinations.threads import LaneThreads

THREADS, MOST = 2, 5


@pytest.mark.feature("ZO1", "PL5")
def test_those_that_wait_are_replaced_up_to_a_limit_and_all_surplus_leaves():
    """Ten wait one after the other; five threads are the most, and two stay."""
    lane, stop, started = LaneThreads("posts", THREADS, MOST), threading.Event(), []

    def loop():
        started.append(threading.current_thread())
        while not stop.is_set():
            if lane.leave_surplus():
                return
            lane.rest(0.01)
        lane.leave()

    first = [threading.Thread(target=loop) for _ in range(THREADS)]
    for thread in first:
        lane.enter()
        thread.start()
    for _ in range(10):
        lane.begin_waiting(loop)
    replacements = [thread for thread in started if thread not in first]
    assert lane._running == MOST
    assert len(replacements) <= MOST - THREADS
    for _ in range(10):
        lane.end_waiting()
    for _ in range(1000):
        if lane._running == THREADS:
            break
        stop.wait(0.01)
    assert lane._running == THREADS
    stop.set()
    lane.wake_all()
    lane.join()
    for thread in first:
        thread.join()
    assert lane._running == 0


@pytest.mark.feature("ZO1")
def test_a_wake_is_for_a_thread_that_rests():
    """It is not lost on one that waits for a peer, and no more wakes are kept than there are threads."""
    lane = LaneThreads("posts", THREADS, MOST)
    for _ in range(10):
        lane.wake()
    for _ in range(THREADS):
        lane.rest(0)
        lane.begin()
    assert lane._wakes == 0


@pytest.mark.feature("ZO1")
def test_without_room_for_another_thread_the_one_that_waits_goes_on(monkeypatch):
    """What it waits for is under way: it must not look as if it had failed."""

    def refuse(_):
        raise RuntimeError("can't start new thread")

    lane = LaneThreads("posts", THREADS, MOST)
    lane.enter()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    lane.begin_waiting(lambda: None)
    lane.end_waiting()
    assert lane._running == 1
    lane.join()
