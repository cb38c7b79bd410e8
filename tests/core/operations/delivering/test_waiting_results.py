"""A result that cannot be recorded is tried again for as long as a lease; the others of its lane do not wait for it."""

import threading
from datetime import timedelta

import pytest

from budkavle.deliveries import results
from budkavle.model.errors import Permanent, Unavailable
from budkavle.operations.worker import Worker
from budkavle.testing.working import wait_until


@pytest.mark.feature("PL5", "S9")
@pytest.mark.parametrize("result", ["together", "alone"])
def test_a_result_that_cannot_be_recorded_keeps_no_other_from_its_turn(
    platform, organisation, other_organisation, fake_transport, delivery, monkeypatch, result
):
    """In an organisation that is being moved; though the lane has one thread, what others send goes meanwhile."""
    name = {"together": "record_results", "alone": "record_result"}[result]
    record, answers, refused, stop = getattr(results, name), threading.Event(), threading.Event(), threading.Event()
    fake_transport.failures += [Permanent("Nej.")] * (result == "alone")

    def refuse(*given, **more):
        if not answers.is_set() and given[1]:
            refused.set()
            raise Unavailable("Organisationen flyttas just nu.")
        return record(*given, **more)

    monkeypatch.setattr(results, "WRITE_PAUSE", 0.01)
    monkeypatch.setattr(results, name, refuse)
    worker = Worker(platform, threads=1, lease=timedelta(hours=1))
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        assert refused.wait(60)
        other_organisation.send(other_organisation.case_worker)
        wait_until(lambda: len(set(fake_transport.tries)) == 2)
        assert organisation.delivery_states() == ["SEND_IN_PROGRESS"]
    finally:
        answers.set()
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    assert other_organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]
    assert organisation.delivery_states() == ["SEND_FAILURE" if result == "alone" else "WAITING_FOR_RECEIPT"]
    assert len(fake_transport.tries) == 2
