"""Work by the schedule: one worker at a time, again at once while there is something, failures alone."""

import sys
import threading
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from time import sleep

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from budkavle.operations import jobs as jobs_module
from budkavle.operations.jobs import Jobs
from budkavle.operations.leases import Leases
from budkavle.operations.worker import Worker
from budkavle.plugins.protocols.job import Job
from budkavle.testing.working import wait_until


@pytest.mark.feature("PL5")
def test_a_job_that_fails_leaves_the_others_alone(build_organisation):
    """One job raises, the next is done, and both are due again after their time."""
    done = []

    def fail():
        raise ValueError("secret")

    organisation = build_organisation(jobs=(Job("bad", fail), Job("good", lambda: done.append(1) or 0)))
    worker = Worker(organisation.platform)
    worker.jobs.run_due()
    assert done == [1]
    worker.jobs.run_due()
    assert done == [1]
    with organisation.platform.database.transaction(None) as connection:
        rows = connection.execute(text("SELECT name, lease_until FROM schedule WHERE due_at > now()")).all()
    assert {("fake.bad", None), ("fake.good", None)} <= set(rows)


def test_a_job_goes_on_while_it_finds_something(build_organisation):
    """More than none means: again at once."""
    left = [3, 2, 1]
    organisation = build_organisation(jobs=(Job("pull", lambda: left.pop() if left else 0),))
    Worker(organisation.platform).jobs.run_due()
    assert not left


def test_a_job_is_done_by_one_worker_at_a_time(build_organisation):
    """While one worker does a job another one does not take it, until the lease of a dead one runs out."""
    organisation = build_organisation(jobs=(Job("slow", lambda: 0),))
    first, second = Worker(organisation.platform), Worker(organisation.platform)
    assert "fake.slow" in first.jobs.take(50)
    assert "fake.slow" not in second.jobs.take(50)
    with organisation.platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE schedule SET lease_until = now() - interval '1 second'"))
    assert "fake.slow" in second.jobs.take(50)


def test_a_worker_that_has_lost_a_job_neither_renews_nor_ends_it(build_organisation):
    """It was stopped for longer than its lease: the job is the other's, who alone keeps and gives back its lease."""
    done = []

    def run():
        done.append(1)
        if len(done) == 1:
            expire_jobs(organisation)
            assert "fake.slow" in second.take(50)
            renew = next(iter(first._leases._held.values()))
            renew()
        return 1

    organisation = build_organisation(jobs=(Job("slow", run),))
    first, second = Worker(organisation.platform).jobs, Worker(organisation.platform).jobs
    assert "fake.slow" in first.take(50)
    first.do("fake.slow", threading.Event())
    assert done == [1]  # although it found something
    with organisation.platform.database.transaction(None) as connection:
        query = text("SELECT lease_until > now() FROM schedule WHERE name = 'fake.slow'")
        assert connection.execute(query).scalar_one()


def expire_jobs(organisation):
    with organisation.platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE schedule SET lease_until = now() - interval '1 second'"))


def test_the_running_worker_does_jobs(build_organisation):
    """A job comes again after its time, also one with `async def`."""
    twice, count = threading.Event(), []

    async def job():
        count.append(1)
        if len(count) == 2:
            twice.set()
        return 0

    organisation = build_organisation(jobs=(Job("often", job, timedelta(seconds=0.05)),))
    stop = threading.Event()
    thread = threading.Thread(target=Worker(organisation.platform).run, args=(stop,))
    thread.start()
    assert twice.wait(20)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_worker_leaves_a_second_job_to_another(build_organisation, monkeypatch):
    """Of two jobs that always find something each of two workers gets one."""
    monkeypatch.setattr(jobs_module, "PATIENCE", timedelta(minutes=1))
    platform = build_organisation().platform
    busy = {"here": set(), "there": set()}
    crew = [Jobs(platform, Leases(timedelta(minutes=1)), _always(found)) for found in busy.values()]
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in crew]
    for thread in threads:
        thread.start()
    wait_until(lambda: all(busy.values()))
    stop.set()
    for thread in threads:
        thread.join(20)
    assert sorted(map(len, busy.values())) == [1, 1]
    assert busy["here"] | busy["there"] == {"fake.a", "fake.b"}


def test_a_worker_alone_does_all_jobs(build_organisation, monkeypatch):
    """What nobody else takes is done by the worker that is busy already, a little later."""
    monkeypatch.setattr(jobs_module, "PATIENCE", timedelta(milliseconds=50))
    found = set()
    jobs = Jobs(build_organisation().platform, Leases(timedelta(minutes=1)), _always(found))
    stop = threading.Event()
    thread = threading.Thread(target=jobs.run, args=(stop,))
    thread.start()
    wait_until(lambda: found == {"fake.a", "fake.b"})
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_job_that_always_finds_something_is_offered_to_others(build_organisation, monkeypatch):
    """After its turn it is given back, and due at once."""
    monkeypatch.setattr(jobs_module, "TURN", 0.0)
    organisation = build_organisation(jobs=(Job("endless", lambda: 1, timedelta(hours=1)),))
    first, second = Worker(organisation.platform).jobs, Worker(organisation.platform).jobs
    assert "fake.endless" in first.take(50)
    first.do("fake.endless", threading.Event())
    assert "fake.endless" in second.take(50)


@pytest.fixture
def hanging():
    """Something to hang on, let go at the end."""
    go = threading.Event()
    yield go
    go.set()


@pytest.mark.feature("PL5")
def test_jobs_that_hang_stop_no_other(build_organisation, hanging):
    """More jobs hang than a worker begins at the same time: the sound one is done again and again."""
    done = []
    bad = [Job(f"bad{number}", hanging.wait, EVERY) for number in range(jobs_module.AT_ONCE + 2)]
    organisation = build_organisation(jobs=(*bad, Job("good", lambda: done.append(1) or 0, EVERY)))
    with running(organisation, slow=0.05, grace=0.05):
        wait_until(lambda: len(done) > 3)


@pytest.mark.feature("PL5")
def test_a_job_has_a_deadline_and_is_never_in_one_worker_twice(build_organisation, hanging):
    """After its deadline it is another worker's to begin; this one waits until its own late run has ended."""
    begun = threading.Semaphore(0)

    def hang():
        begun.release()
        hanging.wait()

    organisation = build_organisation(
        jobs=(Job("slow", hang, timedelta(microseconds=1), deadline=timedelta(seconds=0.05)),)
    )
    first, second = Worker(organisation.platform).jobs, Worker(organisation.platform).jobs
    assert first.take(50)
    with capture_logs() as logs:
        first.do("fake.slow", threading.Event())
    assert [log["error"] for log in logs if log["event"] == "job.failed"] == ["Late"]
    assert begun.acquire(timeout=60)
    assert "fake.slow" not in first.take(50)
    assert "fake.slow" in second.take(50)
    second.do("fake.slow", threading.Event())
    hanging.set()
    wait_until(lambda: "fake.slow" in first.take(50))


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("answer", ["many", [1], object()])
def test_a_job_that_answers_nonsense_is_no_endless_job(build_organisation, answer):
    """What is no number of things done is the plugin's fault, by name, and the job comes again at its time."""
    organisation = build_organisation(jobs=(Job("odd", lambda: answer, timedelta(hours=1)),))
    with capture_logs() as logs:
        Worker(organisation.platform).jobs.run_due()
    assert [(log["job"], log["error"]) for log in logs if log["event"] == "job.failed"] == [("fake.odd", "TypeError")]
    assert "fake.odd" not in Worker(organisation.platform).jobs.take(50)


@pytest.mark.feature("PL5")
def test_a_job_that_exits_leaves_the_others_alone(build_organisation):
    """`sys.exit()` in one job is its failure; the next is done."""
    done = []
    organisation = build_organisation(jobs=(Job("leaves", sys.exit), Job("good", lambda: done.append(1) or 0)))
    with capture_logs() as logs:
        Worker(organisation.platform).jobs.run_due()
    assert done == [1]
    assert [log["job"] for log in logs if log["event"] == "job.failed"] == ["fake.leaves"]


EVERY = timedelta(milliseconds=50)


@contextmanager
def running(organisation, *, slow, grace):
    """Let a worker do jobs, with less patience than a real one."""
    stop = threading.Event()
    jobs = Worker(organisation.platform).jobs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs_module, "SLOW", slow)
        patch.setattr(jobs_module, "GRACE", grace)
        thread = threading.Thread(target=jobs.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(60)
        assert not thread.is_alive()  # what hangs is not waited for


def _always(found):
    """Return two jobs that never come to an end, and note their names."""

    def find(name):
        found.add(name)
        sleep(0.01)
        return 1

    return {f"fake.{n}": Job(n, partial(find, f"fake.{n}"), timedelta(seconds=0.05)) for n in "ab"}
