"""A worker whose lease has run out hands nothing more over, whatever kept it from noticing."""

import os
import signal
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from budkavle.messaging import sending
from budkavle.model import sources
from budkavle.model.messages import Outcome
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.testing.acting import in_work
from budkavle.testing.working import wait_until

D = DeliveryState
DONE = {"ACKNOWLEDGED", "WAITING_FOR_RECEIPT"}


def expire(organisation):
    with organisation.platform.database.transaction(organisation.id) as connection:
        past = "now() - interval '1 second'"
        lease = f"UPDATE deliveries SET lease_until = {past}, due_at = {past} WHERE state = 'SEND_IN_PROGRESS'"
        connection.execute(text(lease))


def take_over(organisation):
    """Do what is left; more than once, since a renewal may still be on its way from the process that was stopped."""
    expire(organisation)
    while Worker(organisation.platform).work_once():
        pass
    return len(organisation.platform.plugins.transports["fake"].tries)


def send(organisation, draft, *subjects):
    for subject in subjects:
        in_work(
            organisation.platform,
            organisation.case_worker,
            sending.send,
            organisation.mailbox.id,
            draft(subject=subject),
        )


@pytest.fixture
def handed_over():
    """How often each delivery has been handed over."""
    return Counter()


@pytest.fixture
def taken_over(platform, organisation, fake_transport, handed_over):
    """Let another worker take over everything, as when this one has been stopped for longer than its lease."""

    def other(outgoing):
        handed_over[outgoing.delivery.id] += 1
        return Outcome(D.ACKNOWLEDGED)

    def take_over():
        expire(organisation)
        own, fake_transport.send = fake_transport.send, other
        while Worker(platform).work_once():
            pass
        fake_transport.send = own

    return take_over


@pytest.mark.feature("S9")
def test_after_a_lost_lease_the_rest_of_the_batch_is_left(
    platform, organisation, fake_transport, draft, handed_over, taken_over, capsys
):
    """The worker stops in the middle of its second of eight: that one is doubled at most, and it is in the log."""
    send(organisation, draft, *["Begäran"] * 8)

    def stopped(outgoing):
        handed_over[outgoing.delivery.id] += 1
        if len(handed_over) == 2:
            taken_over()
        return Outcome(D.ACKNOWLEDGED)

    fake_transport.send = stopped
    assert Worker(platform).work_once() == 8
    assert sorted(handed_over.values()) == [1] * 7 + [2]
    assert organisation.delivery_states() == ["ACKNOWLEDGED"] * 8
    assert "delivery.lease_lost" in capsys.readouterr().out


@pytest.mark.feature("S9")
def test_one_that_was_stopped_right_before_it_hands_over_asks_again(
    platform, organisation, fake_transport, draft, handed_over, taken_over, monkeypatch
):
    """The lease was ours when it was asked for; then the machine sleeps, and nobody has told the worker."""
    send(organisation, draft, *["Begäran"] * 3)
    clock = sources.boottime
    asked, slept = [], []

    def boottime():
        asked.append(1)
        if len(asked) == 2:
            taken_over()
            slept.append(3600)
        return clock() + sum(slept)

    def own(outgoing):
        handed_over[outgoing.delivery.id] += 1
        return Outcome(D.ACKNOWLEDGED)

    fake_transport.send = own
    monkeypatch.setattr(sources, "boottime", boottime)
    Worker(platform).work_once()
    assert sorted(handed_over.values()) == [1] * 3


@pytest.mark.feature("S9")
def test_one_that_was_stopped_and_still_has_its_lease_goes_on(
    platform, organisation, fake_transport, draft, monkeypatch
):
    """Nobody has taken over: it asks, gets its lease for longer, and hands over once."""
    send(organisation, draft, "Begäran")
    clock, asked = sources.boottime, []

    def boottime():
        asked.append(1)
        return clock() + (3600 if len(asked) > 1 else 0)

    monkeypatch.setattr(sources, "boottime", boottime)
    assert Worker(platform).work_once() == 1
    assert len(fake_transport.tries) == 1
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("S9")
def test_what_is_not_renewed_any_more_is_known_as_lost(
    platform, organisation, fake_transport, draft, handed_over, taken_over, capsys
):
    """Renewing tells which are still ours, also while the transport takes its time."""
    send(organisation, draft, *["Begäran"] * 3)
    worker = Worker(platform)

    def slow(outgoing):
        handed_over[outgoing.delivery.id] += 1
        taken_over()
        for renew in list(worker._leases._held.values()):
            renew()
        return Outcome(D.ACKNOWLEDGED)

    fake_transport.send = slow
    worker.work_once()
    assert sorted(handed_over.values()) == [1, 1, 2]
    assert capsys.readouterr().out.count("delivery.lease_lost") == 3


@pytest.mark.feature("S9")
def test_a_process_that_is_stopped_and_goes_on_hands_nothing_more_over(
    organisation, fake_transport, draft, start, tmp_path: Path
):
    """Really: SIGSTOP in the third of eight, another worker takes over all of them, SIGCONT."""
    book = tmp_path / "book"
    send(organisation, draft, "Begäran", "Begäran", "Stanna", *["Begäran"] * 5)
    with ExitStack() as stack:
        process = stack.enter_context(start())
        stack.callback(process.kill)
        wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
        wait_until(lambda: take_over(organisation) and set(organisation.delivery_states()) <= DONE)
        os.kill(process.pid, signal.SIGCONT)
        process.terminate()
        assert process.wait(60) == 0
    done = Counter([*book.read_text().split(), *map(str, fake_transport.tries)])
    assert len(done) == 8
    assert sum(done.values()) - 8 in {1, 2}  # each of the lane's two threads may have had one under way
    assert set(organisation.delivery_states()) <= DONE
