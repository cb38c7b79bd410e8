"""A worker that dies or sleeps: the same bytes are sent again, and what it writes too late is not kept."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.deliveries import queue
from budkavle.deliveries.destinations.claiming import LaneQueue
from budkavle.deliveries.queue import Claim
from budkavle.deliveries.transitions import Transition
from budkavle.deliveries.wire.stored import LeaseLost
from budkavle.model.errors import Temporary
from budkavle.model.messages import Outcome
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker

D = DeliveryState


def expire(organisation):
    with organisation.platform.database.transaction(organisation.id) as connection:
        past = "now() - interval '1 second'"
        connection.execute(text(f"UPDATE deliveries SET lease_until = {past}, due_at = {past}"))


@pytest.mark.feature("SD7")
def test_a_crash_after_keeping_sends_the_same_bytes(platform, organisation, fake_transport, delivery, dying):
    """A worker that dies between keeping the bytes and writing the outcome is followed by one that sends the same."""
    wires = []

    def send(outgoing):
        wires.append(outgoing.wire or outgoing.keep(uuid4().bytes))
        assert outgoing.delivery.attempt == len(wires)
        return Outcome(D.ACKNOWLEDGED)

    fake_transport.send = send
    with dying():
        Worker(platform).work_once()
    assert Worker(platform).work_once() == 0
    expire(organisation)
    assert Worker(platform).work_once() == 1
    assert wires[0] == wires[1]
    assert organisation.delivery_states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD7")
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_bytes_of_any_size_are_kept_sealed_and_come_back(platform, organisation, fake_transport, delivery, size):
    """Small bytes lie in the row and large among the blobs; a second `keep` gives back the first bytes."""
    wire = b"hemligt " * size
    got = []

    def send(outgoing):
        got.append(outgoing.wire)
        assert outgoing.keep(wire) == wire
        assert outgoing.keep(b"other" * size) == wire
        raise Temporary("Senare.")

    fake_transport.send = send
    worker = Worker(platform)
    worker.work_once()
    organisation.make_due()
    worker.work_once()
    assert got == [None, wire]
    (row,) = organisation.rows("SELECT wire, wire_blob FROM deliveries")
    assert (row.wire is None) == (size > 100)
    assert b"hemligt" not in bytes(row.wire or b"")
    assert len(list(platform.blobs.names(organisation.id))) == (row.wire_blob is not None)


@pytest.mark.feature("SD7")
def test_the_result_of_a_lost_lease_is_not_written(platform, organisation, fake_transport, delivery):
    """A worker that slept past its lease neither keeps bytes nor writes its outcome over the next one's."""
    release = []

    def slow(outgoing):
        expire(organisation)
        fake_transport.send = lambda outgoing: Outcome(D.ACKNOWLEDGED, remote_id="second")
        Worker(platform).work_once()
        try:
            outgoing.keep(b"late")
        except LeaseLost:
            release.append("lost")
        return Outcome(D.SEND_FAILURE, remote_id="first")

    fake_transport.send = slow
    Worker(platform).work_once()
    assert release == ["lost"]
    assert organisation.rows("SELECT state, remote_id, wire FROM deliveries")[0] == ("ACKNOWLEDGED", "second", None)


@pytest.mark.feature("S9")
def test_an_old_fence_settles_nothing(platform, case_worker, delivery):
    """Only the number of the present lease can write an outcome."""
    (claim,) = LaneQueue(platform, "fake").claim(1, timedelta(minutes=1))
    with platform.work(case_worker) as work:
        for fence, done in ((claim.fence - 1, False), (claim.fence + 1, False), (claim.fence, True)):
            stale = Claim(claim.organisation_id, claim.id, fence)
            moved = queue.finish_attempt(work, stale, Transition(D.ACKNOWLEDGED, ()))
            assert (moved is not None) == done


@pytest.mark.feature("S9")
def test_a_lease_is_renewed_while_its_transport_takes_long(platform, organisation, fake_transport, delivery):
    """A send that takes longer than the lease is not taken over."""
    lease = timedelta(seconds=0.6)
    started, finish = threading.Event(), threading.Event()

    def slow(outgoing):
        started.set()
        assert finish.wait(20)
        return Outcome(D.ACKNOWLEDGED)

    fake_transport.send = slow
    worker = Worker(platform, lease=lease)
    thread = threading.Thread(target=worker.work_once)
    thread.start()
    assert started.wait(20)
    waited = threading.Event()
    for _ in range(8):
        waited.wait(0.2)  # past the first lease, in steps in which another worker looks
        assert Worker(platform).work_once() == 0
    finish.set()
    thread.join()
    worker.close()
    assert organisation.delivery_states() == ["ACKNOWLEDGED"]
