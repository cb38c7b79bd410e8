"""A worker carries what is due, and stops in order."""

import threading

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from budkavle.messaging import sending
from budkavle.model.messages import File, Outcome
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport

D = DeliveryState


@pytest.mark.feature("S9", "S12", "S14")
def test_a_delivery_is_carried(platform, organisation, fake_transport, draft, delivery):
    """The transport gets the message as it was written, and its outcome is the delivery's state."""
    assert Worker(platform).work_once() == 1
    assert fake_transport.carried[delivery].body == "Kan ni svara?"
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]
    assert organisation.timeline(delivery) == ["READY_TO_SEND", "SEND_IN_PROGRESS", "WAITING_FOR_RECEIPT"]
    assert Worker(platform).work_once() == 0


@pytest.mark.feature("S13")
def test_attachments_reach_the_transport_decrypted(platform, case_worker, mailbox, fake_transport, draft):
    """Files come in their order, with names, types and bytes as they were."""
    from budkavle.cases import attachments

    files = [File(f"{n}.pdf", "application/pdf", b"%PDF-1." + bytes([n]) * 100_000) for n in range(3)]
    ids = [attachments.store(platform, case_worker, f.file_name, f.content_type, [f.content]).id for f in files]
    in_work(platform, case_worker, sending.send, mailbox.id, draft(attachments=tuple(reversed(ids))))
    Worker(platform).work_once()
    (carried,) = fake_transport.carried.values()
    assert carried.files == tuple(reversed(files))


@pytest.mark.feature("PL5")
def test_async_transports_work_too(build_organisation, draft):
    """A transport may be written with `async def`."""

    class Slow(FakeTransport):
        async def send(self, outgoing):
            return Outcome(D.ACKNOWLEDGED, detail="async")

    from budkavle.model.messages import Address

    organisation = build_organisation(transports=(Slow(name="slow"),))
    in_work(
        organisation.platform,
        organisation.case_worker,
        sending.send,
        organisation.mailbox.id,
        draft(recipients=(Address("slow", "them"),)),
    )
    Worker(organisation.platform).work_once()
    assert organisation.delivery_states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("PL5")
def test_a_transport_that_is_switched_off_waits(organisation, delivery):
    """A delivery whose transport is off waits with a sentence, said once, and goes when it is on again."""
    transports = organisation.platform.plugins.transports
    organisation.platform.plugins.__class__.transports, kept = (
        property(lambda self: {}),
        type(organisation.platform.plugins).transports,
    )
    try:
        for _ in range(2):
            worker = Worker(organisation.platform)
            assert [worker.work_once(), worker.work_once()] == [1, 0], "it is looked at now and then alone"
            organisation.make_due()
    finally:
        type(organisation.platform.plugins).transports = kept
    (row,) = organisation.rows("SELECT state, failure, attempt FROM deliveries")
    assert (row.state, row.attempt) == ("WAITING_FOR_RETRY", 0)
    assert "avstängt" in Sentence.from_stored(row.failure)
    assert organisation.timeline(delivery) == ["READY_TO_SEND", "WAITING_FOR_RETRY"]
    assert transports
    Worker(organisation.platform).work_once()
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("S9")
def test_two_workers_never_carry_the_same_delivery(platform, organisation, case_worker, mailbox, fake_transport, draft):
    """Workers that claim at the same time share the deliveries between them."""
    for _ in range(20):
        in_work(platform, case_worker, sending.send, mailbox.id, draft())
    workers = [Worker(platform, batch=3) for _ in range(4)]

    def drain(worker):
        while worker.work_once():
            pass

    threads = [threading.Thread(target=drain, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake_transport.tries) == len(set(fake_transport.tries)) == 20
    assert set(organisation.delivery_states()) == {"WAITING_FOR_RECEIPT"}


@pytest.mark.feature("S6", "S12")
def test_the_running_worker_is_woken_and_stops_in_order(
    platform, organisation, fake_transport, case_worker, mailbox, draft
):
    """A message sent while the worker sleeps is carried soon after, and `stop` ends every thread."""
    carried, stop = threading.Event(), threading.Event()

    def send(outgoing):
        carried.set()
        return Outcome(D.ACKNOWLEDGED)

    fake_transport.send = send
    before = set(threading.enumerate())
    thread = threading.Thread(target=Worker(platform).run, args=(stop,))
    thread.start()
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    assert carried.wait(20)
    stop.set()
    thread.join(20)
    assert organisation.delivery_states() == ["ACKNOWLEDGED"]
    begun = set(threading.enumerate()) - before
    jobs = [one for one in begun if one.name != "budkavle-call"]  # which waits for the next call, and holds up no end
    for job in jobs:  # on a slow machine one may still be under way
        job.join(20)
    assert not any(job.is_alive() for job in jobs)


def test_what_a_stopping_worker_has_not_tried_is_given_back(
    platform, organisation, case_worker, mailbox, fake_transport, draft
):
    """A worker that is asked to stop finishes one delivery and lets the others be taken at once."""
    stop = threading.Event()
    for _ in range(3):
        in_work(platform, case_worker, sending.send, mailbox.id, draft())
    fake_transport.send = lambda outgoing: (stop.set(), Outcome(D.ACKNOWLEDGED))[1]
    Worker(platform).work_once(stop)
    assert sorted(organisation.delivery_states()) == ["ACKNOWLEDGED", "WAITING_FOR_RETRY", "WAITING_FOR_RETRY"]
    assert Worker(platform).work_once() == 2
    assert set(organisation.delivery_states()) == {"ACKNOWLEDGED"}


@pytest.mark.feature("ZO14")
def test_what_is_logged_of_a_delivery_has_its_ids(platform, organisation, fake_transport, draft, delivery, monkeypatch):
    """Also what the transport logs itself, in the thread that it is called in; nothing of it says what was written."""
    message = organisation.rows("SELECT message_id FROM deliveries")[0].message_id

    def send(outgoing):
        structlog.get_logger("budkavle.plugin.fake").warning("sdk.simulator")
        raise ValueError(outgoing.message.body)

    monkeypatch.setattr(fake_transport, "send", send)
    with capture_logs([merge_contextvars]) as lines:
        Worker(platform).work_once()
    assert {line["event"] for line in lines} >= {"sdk.simulator", "delivery.plugin_failed"}
    assert {(line["delivery"], line["message"]) for line in lines} == {(str(delivery), str(message))}
    assert {line["organisation"] for line in lines} == {str(organisation.id)}
    assert "Kan ni svara?" not in str(lines)
