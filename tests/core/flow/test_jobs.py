"""Work by the schedule: one worker at a time, again at once while there is something, failures alone."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from budkavle.contracts import Job
from budkavle.worker import Worker


@pytest.mark.feature("PL5")
def test_a_job_that_fails_leaves_the_others_alone(build_house):
    """One job raises, the next is done, and both are due again after their time."""
    done = []

    def fail():
        raise ValueError("secret")

    house = build_house(jobs=(Job("bad", fail), Job("good", lambda: done.append(1) or 0)))
    worker = Worker(house.platform)
    worker.jobs.run_due()
    assert done == [1]
    worker.jobs.run_due()
    assert done == [1]
    with house.platform.database.transaction(None) as connection:
        rows = connection.execute(text("SELECT name, lease_until FROM schedule WHERE due_at > now()")).all()
    assert {("fake.bad", None), ("fake.good", None)} <= set(rows)


def test_a_job_goes_on_while_it_finds_something(build_house):
    """More than none means: again at once."""
    left = [3, 2, 1]
    house = build_house(jobs=(Job("pull", lambda: left.pop() if left else 0),))
    Worker(house.platform).jobs.run_due()
    assert not left


def test_a_job_is_done_by_one_worker_at_a_time(build_house):
    """While one worker does a job another one does not take it, until the lease of a dead one runs out."""
    house = build_house(jobs=(Job("slow", lambda: 0),))
    first, second = Worker(house.platform), Worker(house.platform)
    assert "fake.slow" in first.jobs.take(10)
    assert "fake.slow" not in second.jobs.take(10)
    with house.platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE schedule SET lease_until = now() - interval '1 second'"))
    assert "fake.slow" in second.jobs.take(10)


def test_the_running_worker_does_jobs(build_house):
    """A job comes again after its time, also one with `async def`."""
    twice, count = threading.Event(), []

    async def job():
        count.append(1)
        if len(count) == 2:
            twice.set()
        return 0

    house = build_house(jobs=(Job("often", job, timedelta(seconds=0.05)),))
    stop = threading.Event()
    thread = threading.Thread(target=Worker(house.platform).run, args=(stop,))
    thread.start()
    assert twice.wait(20)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
