"""Faults: tried again later, parked with their reason, and never in the way of other deliveries."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from budkavle.deliveries import queue
from budkavle.messaging import sending
from budkavle.model.errors import NotYet, Permanent, Temporary, Unavailable
from budkavle.model.messages import Outcome
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.plugins.protocols.transport import Backoff
from budkavle.testing.acting import in_work

D = DeliveryState


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


@pytest.mark.feature("S8", "S10", "S11")
@pytest.mark.parametrize("state", [D.WAITING_FOR_RETRY, D.SEND_ATTEMPT_FAILED])
def test_a_transport_may_return_that_a_try_failed(platform, organisation, fake_transport, delivery, state):
    """As if it had raised it: there is a pause, and after the last try the delivery is parked with the reason."""
    fake_transport.backoff = Backoff(timedelta(hours=1), timedelta(hours=1), tries=2)
    fake_transport.send = lambda outgoing: Outcome(state, detail="Accesspunkten svarar inte.")
    worker = Worker(platform)
    assert [worker.work_once(), worker.work_once()] == [1, 0]
    assert organisation.timeline(delivery)[-2:] == ["SEND_ATTEMPT_FAILED", "WAITING_FOR_RETRY"]
    organisation.make_due()
    assert worker.work_once() == 1
    (row,) = organisation.rows("SELECT state, failure FROM deliveries")
    assert row.state == "SEND_FAILURE"
    assert Sentence.from_stored(row.failure).startswith("Accesspunkten svarar inte. Det gick inte på 2 försök.")


@pytest.mark.feature("S11", "S21")
@pytest.mark.parametrize(
    ("state", "failure"), [(D.SEND_FAILURE, "Enligt svaret."), (D.REJECTED, "Enligt svaret."), (D.ACKNOWLEDGED, "")]
)
def test_what_a_transport_says_of_a_failure_is_why_it_failed(
    platform, organisation, fake_transport, delivery, state, failure
):
    """What it says of a success stands in the timeline alone."""
    fake_transport.send = lambda outgoing: Outcome(state, detail="Enligt svaret.")
    Worker(platform).work_once()
    assert organisation.rows("SELECT state, failure FROM deliveries") == [(state, failure)]
    (*_, last) = organisation.rows(
        "SELECT detail FROM delivery_events WHERE delivery_id = :id ORDER BY id", id=delivery
    )
    assert last.detail == "Enligt svaret."


@pytest.mark.feature("PL5", "S8")
@pytest.mark.parametrize("error", [Temporary, Unavailable])
def test_what_a_transport_cannot_reach_is_no_mistake_of_the_plugin(
    platform, organisation, fake_transport, delivery, error, capsys
):
    """Its own sentence is told, and the log has no fault of a plugin."""
    fake_transport.failures.append(error("Registret svarar inte."))
    Worker(platform).work_once()
    (row,) = organisation.rows("SELECT state, attempt, failure FROM deliveries")
    assert row == ("WAITING_FOR_RETRY", 1, "Registret svarar inte.")
    assert "delivery.plugin_failed" not in capsys.readouterr().out
    assert platform.plugins.walls.faults() == []


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
