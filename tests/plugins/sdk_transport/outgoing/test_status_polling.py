"""When something does not come in time, comes too late, or has to go once more (feature SD7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from budkavle import DeliveryState, Temporary
from budkavle.messaging.sending import retry
from budkavle.testing.acting import in_work
from budkavle_message_api.status import KV_MEDDELANDESTATUS
from budkavle_sdk_transport.formats.findings import Finding
from budkavle_sdk_transport.incoming.receiving import Receiver
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.settings import TimingSettings

TIMING = TimingSettings(transport_receipt_hours=2, message_receipt_hours=0.5, resends=2, resend_minutes=(15, 60))


@pytest.fixture
def status_polling(town: Any, point: Any) -> Callable[..., StatusPolling]:
    """The job that follows, as many hours from now as is said."""

    def at(hours: float = 0) -> StatusPolling:
        host, memberships = town.platform.plugins.host("sdk"), town.network.memberships
        return StatusPolling(host, memberships, point, TIMING, lambda: datetime.now(UTC) + timedelta(hours=hours))

    return at


@pytest.fixture
def unanswered(town: Any, stranger: Any, status_polling: Any) -> str:
    """The id of a message whose message receipt has not come in time."""
    town.a.send(stranger)
    town.carry()
    assert status_polling(0.4).end_overdue() == 0
    assert status_polling(0.6).end_overdue() == 1
    return str(town.a.delivery().id)


def again(town: Any) -> None:
    """A person says "försök igen"."""
    in_work(town.platform, town.a.person, retry, town.a.delivery().id)
    town.carry()


@pytest.mark.feature("SD7")
def test_a_message_that_nobody_receipts_stands_under_what_needs_attention(
    town: Any, status_polling: Any, unanswered: str
) -> None:
    """KV Meddelandestatus: a missing message receipt is MESSAGE_EXCHANGE_ERROR; it is told what is not known."""
    (state,) = town.a.states()
    assert KV_MEDDELANDESTATUS[DeliveryState(state)] == "MESSAGE_EXCHANGE_ERROR"
    assert "har inte kvitterat det på 30 min. Ring och fråga." in town.a.failure()
    assert town.a.sent()[0].trouble
    assert status_polling(9).end_overdue() == 0


def test_it_goes_once_more_byte_for_byte_when_a_person_asks(town: Any, point: Any, unanswered: str) -> None:
    """The message is the same, so are its bytes; the transport id is new (SAD 5.3.7.3). Then its receipt counts."""
    again(town)
    assert [one.transport_id for one in point.taken] == [unanswered, f"{unanswered}.1"]
    assert point.taken[0].payload == point.taken[1].payload
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    town.answer(town.receipt(unanswered))
    town.fetch()
    assert town.a.states() == ["ACKNOWLEDGED"]


def test_the_receiver_may_have_had_it_all_the_time(town: Any, point: Any, status_polling: Any) -> None:
    """Sent once more to one who took it, it is refused as a double there, read once, and never called accepted."""
    town.a.send(town.b.address())
    town.carry()
    status_polling(0.6).end_overdue()
    again(town)
    town.fetch()
    assert len(town.b.messages()) in {0, 1}
    town.settle()
    assert len(town.b.messages()) == 1
    assert town.a.states()[0] in {"ACKNOWLEDGED", "REJECTED"}
    assert sorted(one.outcome for one in town.b.rows("SELECT outcome FROM sdk_arrivals")) == ["ACCEPTED", "REJECTED"]


@pytest.mark.feature("SD6")
def test_an_acceptance_that_comes_too_late_counts_when_somebody_asks(town: Any, point: Any, unanswered: str) -> None:
    """It changes nothing by itself; people are told of it, and "försök igen" sends nothing then."""
    town.answer(town.receipt(unanswered))
    town.fetch()
    assert town.a.states() == ["SEND_FAILURE"]
    assert "kvitterat meddelandet, men för sent" in town.a.failure()
    again(town)
    assert town.a.states() == ["ACKNOWLEDGED"]
    assert len(point.taken) == 1


@pytest.mark.feature("SD6")
def test_contradicting_receipts_confirm_nothing(town: Any, point: Any, unanswered: str, not_found: Finding) -> None:
    """Both are kept as evidence; the message goes again, and the receiver has to decide."""
    town.answer(town.receipt(unanswered, not_found))
    town.answer(town.receipt(unanswered))
    town.fetch()
    assert "både kvitterat och avvisat" in town.a.failure()
    again(town)
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    assert len(point.taken) == 2


@pytest.mark.feature("SD6")
def test_nobody_else_confirms_a_message_that_was_given_up(town: Any, point: Any, unanswered: str) -> None:
    """An acceptance of another participant is not the recipient's, however late."""
    other = town.b.participant.participant
    town.answer(town.receipt(unanswered, sender=other), sender=other)
    town.fetch()
    assert "Ring och fråga" in town.a.failure()
    again(town)
    assert len(point.taken) == 2


def test_what_the_access_point_gives_up_goes_again_by_itself(
    town: Any, point: Any, stranger: Any, status_polling: Any
) -> None:
    """As often as the settings say, at their intervals, always the same bytes; then a person is asked."""
    point.words = "SEND_FAILURE"
    town.a.send(stranger)
    town.carry()
    pauses = []
    for _ in range(TIMING.resends):
        status_polling().poll()
        assert town.a.states() == ["WAITING_FOR_RETRY"]
        row = town.a.rows("SELECT round(extract(epoch FROM due_at - now()) / 60) AS pause FROM deliveries")[0]
        pauses.append(int(row.pause))
        town.a.make_due()
        town.carry()
    assert pauses == [15, 60]
    status_polling().poll()
    assert town.a.states() == ["SEND_FAILURE"]
    assert "gick inte att nå" in town.a.failure()
    own = str(town.a.delivery().id)
    assert [one.transport_id for one in point.taken] == [own, f"{own}.1", f"{own}.2"]
    assert len({one.payload for one in point.taken}) == 1
    point.words = None
    again(town)
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.parametrize("word", ["SEND_FAILURE", "ACKNOWLEDGED"])
def test_what_the_access_point_says_at_once_is_not_lost(
    town: Any, point: Any, stranger: Any, status_polling: Any, word: str
) -> None:
    """It is asked while the worker still has the message in hand: whatever it says counts then, or a moment later."""
    send, point.words = town.network.transport.send, "SEND_ENQUEUED"

    def asked_at_once(outgoing: Any) -> Any:
        outcome = send(outgoing)
        point.words = word
        status_polling().poll()
        return outcome

    town.network.transport.__dict__["send"] = asked_at_once
    town.a.send(stranger)
    town.carry()
    status_polling().poll()
    del town.network.transport.__dict__["send"]
    point.words = None
    town.a.make_due()
    town.carry()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]


def test_after_a_crash_only_the_last_resend_is_followed(
    town: Any, point: Any, stranger: Any, status_polling: Any
) -> None:
    """What the access point says of the parcel before it is known already, and puts nothing off."""
    send = town.network.transport.send
    point.status = lambda transport_id: "SEND_ENQUEUED" if "." in transport_id else "SEND_FAILURE"

    def crash(outgoing: Any) -> Any:
        send(outgoing)
        raise Temporary("Avbrott.")

    town.network.transport.__dict__["send"] = crash
    town.a.send(stranger)
    town.carry()
    del town.network.transport.__dict__["send"]
    town.a.make_due()
    town.carry()
    status_polling().poll()
    own = str(town.a.delivery().id)
    assert [one.transport_id for one in point.taken] == [own, f"{own}.1"]
    assert town.a.states() == ["SEND_ENQUEUED"]


def test_a_missing_transport_receipt_is_told_for_what_it_is(
    town: Any, point: Any, stranger: Any, status_polling: Any
) -> None:
    """The access point still has it, so nothing may go once more; a person can only let it go on waiting."""
    point.words = "SEND_ENQUEUED"
    town.a.send(stranger)
    town.carry()
    status_polling(1.9).poll()
    assert town.a.states() == ["SEND_ENQUEUED"]
    status_polling(2.1).poll()
    assert town.a.states() == ["SEND_FAILURE"]
    assert "inte kunnat leverera meddelandet på 2 h" in town.a.failure()
    again(town)
    assert town.a.states() == ["SEND_ENQUEUED"]
    assert len(point.taken) == 1
    point.words = "ACKNOWLEDGED"
    status_polling().poll()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("SD6")
def test_the_access_points_own_tries_are_seen(town: Any, point: Any, stranger: Any, status_polling: Any) -> None:
    """KV: SCHEDULED_FOR_RESEND. Told once, however often it is asked; whichever way it ends, it goes on from there."""
    point.words = "SEND_ENQUEUED"
    town.a.send(stranger)
    town.carry()
    point.words = "WAITING_FOR_RETRY"
    status_polling().poll()
    status_polling().poll()
    assert town.a.states() == ["WAITING_FOR_RETRY"]
    assert town.a.timeline().count("WAITING_FOR_RETRY") == 1
    assert town.carry() == 0
    point.words = "SEND_FAILURE"
    status_polling().poll()
    town.a.make_due()
    point.words = None
    town.carry()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    assert town.a.events("receipt.late") == []


@pytest.mark.feature("SD6", "S15")
def test_a_receipt_may_come_before_its_message_has_been_handed_over(town: Any, point: Any, stranger: Any) -> None:
    """The receiver has answered before the access point has: the receipt counts, and the outcome lowers nothing."""
    hand_over = point.submit

    def answered_at_once(parcel: Any) -> Any:
        submitted = hand_over(parcel)
        town.answer(town.receipt(parcel.transport_id))
        town.fetch()
        return submitted

    point.submit = answered_at_once
    town.a.send(stranger)
    town.carry()
    assert town.a.states() == ["ACKNOWLEDGED"]
    assert town.a.rows("SELECT applied FROM receipts")[0].applied


@pytest.mark.feature("SD4", "SD8")
def test_a_receipt_of_ours_that_does_not_arrive_goes_again(town: Any, point: Any, status_polling: Any) -> None:
    """KV: a receipt that cannot be delivered is an error of the exchange; the message can be read meanwhile."""
    town.submit(town.seal(town.message()))
    town.fetch()
    status = point.status
    point.status = lambda transport_id: status(transport_id) if "." in transport_id else "SEND_FAILURE"
    town.carry()
    assert len(town.b.messages()) == 1
    states = "SELECT state FROM deliveries WHERE purpose = 'receipt'"
    assert town.b.rows(states)[0].state == "SEND_ENQUEUED"
    status_polling().poll()
    assert town.b.rows(states)[0].state == "WAITING_FOR_RETRY"
    town.b.make_due()
    town.carry()
    assert town.b.rows(states)[0].state == "ACKNOWLEDGED"
    assert len(town.receipts_for_the_stranger()) == 2
    assert len(set(town.receipts_for_the_stranger())) == 1


@pytest.mark.feature("SD4", "SD6")
@pytest.mark.parametrize("ended", ["overdue", "rejected"])
def test_nobody_can_answer_a_message_that_was_given_up(
    town: Any, unanswered: str, status_polling: Any, not_found: Finding, ended: str
) -> None:
    """Innehållsspecifikation 5.3, row 11: REJECTED BV not-supported, whether by our time-out or by their refusal."""
    if ended == "rejected":
        again(town)
        town.answer(town.receipt(unanswered, not_found))
        town.fetch()
        assert town.a.states() == ["REJECTED"]
    answer = town.message(town.a, ref_to_message_id=unanswered)
    town.submit(town.seal(answer), recipient=town.a.participant.participant)
    town.settle()
    assert town.a.rows("SELECT 1 FROM messages WHERE direction = 'in'") == []
    (receipt,) = town.read_receipts()
    assert [(one.cause, one.detail) for one in receipt.reasons] == [("BV", "not-supported")]


@pytest.mark.feature("SD9")
def test_completions_are_one_conversation(town: Any) -> None:
    """SAD 5.3.7.7: each refers to the first message and keeps its conversation; in whatever order they come."""
    first = town.message(texts=("Först",))
    chain = [
        town.message(texts=(words,), conversation_id=first.message_id, ref_to_message_id=first.message_id)
        for words in ("Komplettering 1", "Komplettering 2", "Komplettering 3")
    ]
    for message in (chain[0], first, *chain[1:]):
        town.submit(town.seal(message))
        town.settle()
    (case,) = town.b.cases()
    assert [one.message.body for one in case.thread] == [
        "Komplettering 1",
        "Först",
        "Komplettering 2",
        "Komplettering 3",
    ]
    assert {one.message.ref_to for one in case.thread} == {None, first.message_id}


@pytest.mark.feature("SD9")
def test_many_functions_at_once_are_messages_of_their_own(town: Any, point: Any, stranger: Any) -> None:
    """Each function gets its own message with its own id, in one conversation, and is receipted by itself."""
    town.a.send(town.b.address(0), town.b.address(1), stranger)
    town.settle()
    assert sorted(town.a.states()) == ["ACKNOWLEDGED", "ACKNOWLEDGED", "WAITING_FOR_RECEIPT"]
    sent = [one for one in point.taken if one.sender == town.a.participant.participant]
    assert len({one.transport_id for one in sent}) == 3
    assert len({one.conversation_id for one in sent}) == 1


@pytest.mark.feature("SD3", "SD4")
def test_a_double_that_is_opened_at_the_same_time_is_told_so(town: Any, point: Any) -> None:
    """Two parcels with one message, opened at once: one is accepted and the other is a double; nobody is told a lie."""
    xhe = town.seal(town.message())
    for _ in range(2):
        town.submit(xhe)
    point.meeting = Barrier(2)
    host, parts = town.platform.plugins.host("sdk"), town.network
    Receiver(host, host.settings, parts.memberships, point, parts.certificates).fetch()
    town.carry()
    assert sorted(one.accepted for one in town.read_receipts()) == [False, True]
    assert len(town.b.messages()) == 1
