"""The loop that carries deliveries: what may go wrong in it, and that nothing is lost or doubled."""

import threading
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from budkavle.deliveries import queue
from budkavle.deliveries.destinations.claiming import LaneQueue
from budkavle.deliveries.queue import Claim
from budkavle.deliveries.transitions import Transition
from budkavle.deliveries.wire.stored import LeaseLost
from budkavle.messaging import sending
from budkavle.model.errors import NotYet, Permanent, Temporary
from budkavle.model.messages import File, Outcome
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.plugins.protocols.transport import Backoff
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport

D = DeliveryState


@pytest.fixture
def delivery(platform, organisation, case_worker, mailbox, draft):
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    return organisation.rows("SELECT id FROM deliveries")[0].id


def expire(organisation):
    with organisation.platform.database.transaction(organisation.id) as connection:
        past = "now() - interval '1 second'"
        connection.execute(text(f"UPDATE deliveries SET lease_until = {past}, due_at = {past}"))


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


@pytest.mark.feature("S8", "S10", "S11", "PL5")
def test_temporary_faults_back_off_and_end_parked(platform, organisation, fake_transport, delivery):
    """Each try has its events, and after the last one the delivery is parked with the reason, not dropped."""
    fake_transport.backoff = Backoff(timedelta(seconds=30), timedelta(minutes=1), tries=3)
    fake_transport.failures += [Temporary("Accesspunkten svarar inte.")] * 3
    worker = Worker(platform)
    for _ in range(3):
        assert worker.work_once() == 1
        assert worker.work_once() == 0
        organisation.make_due()
    (row,) = organisation.rows("SELECT state, failure, attempt FROM deliveries")
    assert (row.state, row.attempt) == ("SEND_FAILURE", 3)
    assert Sentence.from_stored(row.failure).startswith("Accesspunkten svarar inte. Det gick inte på 3 försök.")
    assert organisation.timeline(delivery).count("SEND_ATTEMPT_FAILED") == 2
    assert organisation.rows("SELECT trouble FROM cases")[0].trouble
    assert worker.work_once() == 0


@pytest.mark.feature("SD7")
def test_what_is_not_yet_due_is_no_try(platform, organisation, fake_transport, delivery):
    """A transport may say that it is too early: the delivery waits as long as it says, and uses up no try."""
    fake_transport.failures += [NotYet("Många väntar.", pause=timedelta(minutes=7))]
    worker = Worker(platform)
    before = organisation.timeline(delivery)
    assert worker.work_once() == 1
    (row,) = organisation.rows(
        "SELECT state, attempt, failure, due_at > now() + interval '6 minutes' AS far FROM deliveries"
    )
    assert (row.state, row.attempt, row.failure, row.far) == ("WAITING_FOR_RETRY", 0, "Många väntar.", True)
    assert organisation.timeline(delivery) == before
    organisation.make_due()
    assert worker.work_once() == 1
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("S8", "SD7")
def test_pauses_double_up_to_the_longest():
    """The pause doubles with each try, never exceeds the longest by more than a fifth, and is never the same twice."""
    backoff = Backoff(timedelta(seconds=10), timedelta(minutes=10), tries=12)
    pauses = [queue.pause_after(backoff, attempt) for attempt in range(1, 8)]
    assert timedelta(seconds=8) <= pauses[0] <= timedelta(seconds=12)
    assert all(after > before for before, after in pairwise(pauses[:6]))
    assert queue.pause_after(backoff, 12) <= timedelta(minutes=12)
    assert queue.pause_after(backoff, 13) <= timedelta(seconds=12)


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", [ValueError("hemlig text"), "not an outcome", Outcome(D.READY_TO_SEND)])
def test_a_plugin_that_misbehaves_is_tried_again_alone(
    platform, organisation, fake_transport, case_worker, mailbox, draft, delivery, fault, capsys
):
    """Whatever a plugin raises or returns, its delivery waits for another try; nothing of the text is logged."""

    def send(outgoing):
        if outgoing.delivery.id != delivery:
            return Outcome(D.ACKNOWLEDGED)
        if isinstance(fault, Exception):
            raise fault
        return fault

    fake_transport.send = send
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    Worker(platform).work_once()
    rows = {row.id: row for row in organisation.rows("SELECT id, state, failure FROM deliveries")}
    _, state, failure = rows.pop(delivery)
    misbehaved = "Tillägget för Låtsas svarade inte som det ska."
    assert (state, Sentence.from_stored(failure)) == ("WAITING_FOR_RETRY", misbehaved)
    assert [row.state for row in rows.values()] == ["ACKNOWLEDGED"]
    written = capsys.readouterr()
    assert "hemlig text" not in written.out + written.err
    (fault,) = platform.plugins.walls.faults()
    assert (fault.called.hook, fault.called.part) == ("transports", f"{fake_transport.name}.send")


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("word", ["250 OK\0", "250 \udcff"])
def test_words_that_no_column_holds_do_not_stop_a_delivery(
    platform, organisation, case_worker, mailbox, fake_transport, draft, delivery, word
):
    """What a peer says may hold anything; the delivery is written without it, and the others of the batch too."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    fake_transport.send = lambda outgoing: Outcome(D.ACKNOWLEDGED, f"{outgoing.delivery.id} {word}", word)
    Worker(platform).work_once()
    assert organisation.delivery_states() == ["ACKNOWLEDGED"] * 2
    (detail,) = organisation.rows(
        "SELECT detail FROM delivery_events WHERE delivery_id = :id AND detail <> ''", id=delivery
    )
    assert detail[0].startswith("250 ")

    def refuse(outgoing):
        raise Permanent(f"Servern säger {word}")

    fake_transport.send = refuse
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    Worker(platform).work_once()
    assert organisation.delivery_states()[-1] == "SEND_FAILURE"


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
            Worker(organisation.platform).work_once()
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


@pytest.mark.feature("PL5")
def test_a_spoilt_row_is_parked_and_the_others_go(
    platform, organisation, case_worker, mailbox, fake_transport, draft, delivery
):
    """A message that cannot be opened any more is parked; the rest of its batch is carried."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft(body="den andra"))
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(
            text(
                "UPDATE messages SET body = decode('00', 'hex')"
                " WHERE id = (SELECT message_id FROM deliveries WHERE id = :id)"
            ),
            {"id": delivery},
        )
    Worker(platform).work_once()
    assert sorted(organisation.delivery_states()) == ["SEND_FAILURE", "WAITING_FOR_RECEIPT"]
    assert [one.body for one in fake_transport.carried.values()] == ["den andra"]


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


@pytest.mark.feature("S21")
def test_a_peer_that_does_not_know_it_leaves_it_parked(platform, organisation, fake_transport, delivery):
    """NOT_FOUND stands under what needs attention, with the transport's words."""
    fake_transport.send = lambda outgoing: Outcome(D.NOT_FOUND, detail="Accesspunkten känner inte till meddelandet.")
    Worker(platform).work_once()
    assert organisation.rows("SELECT state, failure FROM deliveries")[0] == (
        "NOT_FOUND",
        "Accesspunkten känner inte till meddelandet.",
    )
    assert organisation.rows("SELECT trouble FROM cases")[0].trouble


@pytest.mark.feature("S11")
def test_permanent_faults_are_not_tried_again(platform, organisation, fake_transport, mailbox, delivery):
    """A permanent fault parks the delivery at the first try, with its sentence."""
    fake_transport.failures.append(Permanent("Mottagaren finns inte. Välj en annan."))
    worker = Worker(platform)
    worker.work_once()
    organisation.make_due()
    assert worker.work_once() == 0
    assert organisation.timeline(delivery)[-1] == "SEND_FAILURE"
    assert organisation.log_kinds()[-1] == "message.parked"
    assert organisation.last_log_facts()["mailbox"] == str(mailbox.id)


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
