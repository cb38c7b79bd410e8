"""When something does not come in time, comes too late, or has to go once more (feature SD7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from budkavle import DeliveryState, Platform, Temporary, Unavailable
from budkavle.cases.teamwork.restricting import restrict
from budkavle.messaging.sending import retry
from budkavle.testing.acting import in_work
from budkavle_message_api.status import KV_MEDDELANDESTATUS
from budkavle_sdk_transport.formats.findings import Finding
from budkavle_sdk_transport.incoming.receiving import Receiver
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.receipts import late_receipts
from budkavle_sdk_transport.settings import TimingSettings

TIMING = TimingSettings(transport_receipt_hours=2, message_receipt_hours=0.5, resends=2, resend_minutes=(15, 60))


@pytest.fixture
def status_polling(platform: Platform, parts: Network, point: Any) -> Callable[..., StatusPolling]:
    """The job that follows, as many hours from now as is said."""

    def at(hours: float = 0) -> StatusPolling:
        host, memberships = platform.plugins.host("sdk"), parts.memberships
        return StatusPolling(host, memberships, point, TIMING, lambda: datetime.now(UTC) + timedelta(hours=hours))

    return at


@pytest.fixture
def unanswered(municipality: Any, sdk_worker: Any, stranger: Any, status_polling: Any) -> str:
    """The id of a message whose message receipt has not come in time."""
    municipality.send(stranger)
    sdk_worker.deliver()
    assert status_polling(0.4).end_overdue() == 0
    assert status_polling(0.6).end_overdue() == 1
    return str(municipality.delivery().id)


def again(platform: Platform, municipality: Any, sdk_worker: Any) -> None:
    """A person says "försök igen"."""
    in_work(platform, municipality.case_worker, retry, municipality.delivery().id)
    sdk_worker.deliver()


@pytest.mark.feature("SD7")
def test_a_message_that_nobody_receipts_stands_under_what_needs_attention(
    municipality: Any, status_polling: Any, unanswered: str
) -> None:
    """KV Meddelandestatus: a missing message receipt is MESSAGE_EXCHANGE_ERROR; it is told what is not known."""
    (state,) = municipality.states()
    assert KV_MEDDELANDESTATUS[DeliveryState(state)] == "MESSAGE_EXCHANGE_ERROR"
    assert "har inte kvitterat det på 30 min. Ring och fråga." in municipality.failure()
    assert municipality.sent()[0].trouble
    assert status_polling(9).end_overdue() == 0


def test_it_goes_once_more_byte_for_byte_when_a_person_asks(
    platform: Platform, municipality: Any, peer: Any, sdk_worker: Any, point: Any, unanswered: str
) -> None:
    """The message is the same, so are its bytes; the transport id is new (SAD 5.3.7.3). Then its receipt counts."""
    again(platform, municipality, sdk_worker)
    assert [one.transport_id for one in point.taken] == [unanswered, f"{unanswered}.1"]
    assert point.taken[0].payload == point.taken[1].payload
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    peer.answer(peer.receipt(unanswered))
    sdk_worker.fetch()
    assert municipality.states() == ["ACKNOWLEDGED"]


def test_the_receiver_may_have_had_it_all_the_time(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, point: Any, status_polling: Any
) -> None:
    """Sent once more to one who took it, it is refused as a double there, read once, and never called accepted."""
    municipality.send(region.address())
    sdk_worker.deliver()
    status_polling(0.6).end_overdue()
    again(platform, municipality, sdk_worker)
    sdk_worker.fetch()
    assert len(region.messages()) in {0, 1}
    sdk_worker.settle()
    assert len(region.messages()) == 1
    assert municipality.states()[0] in {"ACKNOWLEDGED", "REJECTED"}
    assert sorted(one.outcome for one in region.organisation.rows("SELECT outcome FROM sdk_arrivals")) == [
        "ACCEPTED",
        "REJECTED",
    ]


@pytest.mark.feature("SD6")
def test_an_acceptance_that_comes_too_late_counts_when_somebody_asks(
    platform: Platform, municipality: Any, peer: Any, sdk_worker: Any, point: Any, unanswered: str
) -> None:
    """It changes nothing by itself; people are told of it, and "försök igen" sends nothing then."""
    peer.answer(peer.receipt(unanswered))
    sdk_worker.fetch()
    assert municipality.states() == ["SEND_FAILURE"]
    assert "kvitterat meddelandet, men för sent" in municipality.failure()
    again(platform, municipality, sdk_worker)
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert len(point.taken) == 1


@pytest.mark.feature("SD6", "E22")
def test_it_counts_in_a_restricted_case_too(
    platform: Platform, municipality: Any, peer: Any, sdk_worker: Any, point: Any, unanswered: str
) -> None:
    """What the recipient has said is looked for by the system; else the message would go a second time."""
    worker, case_id = municipality.case_worker, municipality.delivery().case_id
    in_work(platform, worker, restrict, case_id, [worker.id], "Skyddade uppgifter")
    peer.answer(peer.receipt(unanswered))
    sdk_worker.fetch()
    assert "kvitterat meddelandet, men för sent" in municipality.failure()
    again(platform, municipality, sdk_worker)
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert len(point.taken) == 1


@pytest.mark.feature("SD6", "E22")
def test_a_receipt_comes_to_a_restricted_case(
    platform: Platform, municipality: Any, peer: Any, sdk_worker: Any, stranger: Any, status_polling: Any
) -> None:
    """As to any other: the receipt counts, and one that does not come is missed."""
    worker = municipality.case_worker
    municipality.send(stranger)
    sdk_worker.deliver()
    in_work(platform, worker, restrict, municipality.delivery().case_id, [worker.id], "Skyddade uppgifter")
    assert status_polling(0.6).end_overdue() == 1
    again(platform, municipality, sdk_worker)
    peer.answer(peer.receipt(str(municipality.delivery().id)))
    sdk_worker.fetch()
    assert municipality.states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD6")
def test_contradicting_receipts_confirm_nothing(
    platform: Platform, municipality: Any, peer: Any, sdk_worker: Any, point: Any, unanswered: str, not_found: Finding
) -> None:
    """Both are kept as evidence; the message goes again, and the receiver has to decide."""
    peer.answer(peer.receipt(unanswered, not_found))
    peer.answer(peer.receipt(unanswered))
    sdk_worker.fetch()
    assert "både kvitterat och avvisat" in municipality.failure()
    again(platform, municipality, sdk_worker)
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    assert len(point.taken) == 2


@pytest.mark.feature("SD6")
def test_a_contradiction_stays_told_where_two_workers_have_the_receipts(
    municipality: Any,
    peer: Any,
    sdk_worker: Any,
    parts: Network,
    unanswered: str,
    not_found: Finding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The refusal is stored and told after the other worker has looked, and before that one writes."""
    read = late_receipts.acceptances

    def overtaken(*which: Any) -> set[bool]:
        answers = read(*which)
        monkeypatch.setattr(late_receipts, "acceptances", read)
        peer.answer(peer.receipt(unanswered, not_found))
        assert parts.receiver.fetch()
        return answers

    monkeypatch.setattr(late_receipts, "acceptances", overtaken)
    peer.answer(peer.receipt(unanswered))
    sdk_worker.fetch()
    assert "både kvitterat och avvisat" in municipality.failure()


@pytest.mark.feature("SD6")
def test_nobody_else_confirms_a_message_that_was_given_up(
    platform: Platform, municipality: Any, region: Any, peer: Any, sdk_worker: Any, point: Any, unanswered: str
) -> None:
    """An acceptance of another participant is not the recipient's, however late."""
    other = region.participant.participant
    peer.answer(peer.receipt(unanswered, sender=other), sender=other)
    sdk_worker.fetch()
    assert "Ring och fråga" in municipality.failure()
    again(platform, municipality, sdk_worker)
    assert len(point.taken) == 2


def test_what_the_access_point_gives_up_goes_again_by_itself(
    platform: Platform, municipality: Any, sdk_worker: Any, point: Any, stranger: Any, status_polling: Any
) -> None:
    """As often as the settings say, at their intervals, always the same bytes; then a person is asked."""
    point.words = "SEND_FAILURE"
    municipality.send(stranger)
    sdk_worker.deliver()
    pauses = []
    for _ in range(TIMING.resends):
        status_polling().poll()
        assert municipality.states() == ["WAITING_FOR_RETRY"]
        row = municipality.organisation.rows(
            "SELECT round(extract(epoch FROM due_at - now()) / 60) AS pause FROM deliveries"
        )[0]
        pauses.append(int(row.pause))
        municipality.organisation.make_due()
        sdk_worker.deliver()
    assert pauses == [15, 60]
    status_polling().poll()
    assert municipality.states() == ["SEND_FAILURE"]
    assert "gick inte att nå" in municipality.failure()
    own = str(municipality.delivery().id)
    assert [one.transport_id for one in point.taken] == [own, f"{own}.1", f"{own}.2"]
    assert len({one.payload for one in point.taken}) == 1
    point.words = None
    again(platform, municipality, sdk_worker)
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]


def test_a_status_that_cannot_be_stored_does_not_hide_the_others(
    platform: Platform,
    municipality: Any,
    region: Any,
    sdk_worker: Any,
    point: Any,
    stranger: Any,
    status_polling: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither another message's nor another organisation's, and it is learnt once the fault has passed."""
    point.words, asked, passed = "SEND_ENQUEUED", list[str](), False
    for _ in range(2):
        municipality.send(stranger)
    region.send(stranger)
    sdk_worker.deliver()
    polling, receipt = status_polling(), platform.plugins.host("sdk").receipt

    def stumble(words: Any, *more: Any) -> Any:
        asked.append(words.context["delivery_id"])
        if asked[-1] == asked[0] and not passed:
            raise Unavailable("Databasen svarar inte.")
        return receipt(words, *more)

    monkeypatch.setattr(type(platform.plugins.host("sdk")), "receipt", lambda _, *words: stumble(*words))
    point.words = "ACKNOWLEDGED"
    polling.poll()
    assert sorted([*municipality.states(), *region.states()]) == ["SEND_ENQUEUED", *["WAITING_FOR_RECEIPT"] * 2]
    passed = True
    polling.poll()
    assert [*municipality.states(), *region.states()] == ["WAITING_FOR_RECEIPT"] * 3


@pytest.mark.parametrize("state", ["moving", "moved", "arriving"])
def test_an_organisation_on_the_move_takes_no_part_here(
    municipality: Any, region: Any, peer: Any, sdk_worker: Any, parts: Network, state: str
) -> None:
    """What comes to it stays at the access point, for the installation where it works; the other's is fetched."""
    region.organisation.rows(
        "UPDATE organisations SET state = :state, moved_to = 'https://two.example' WHERE id = :id",
        state=state,
        id=region.organisation.id,
    )
    assert [one.participant for one in parts.memberships.all(fresh=True)] == [municipality.participant.participant]
    waiting = peer.submit(peer.seal(peer.message()))
    peer.submit(peer.seal(peer.message(municipality.participant)), recipient=municipality.participant.participant)
    sdk_worker.settle()
    assert len(municipality.messages()) == 1
    assert parts.access_point.pending(region.participant.participant) == [waiting]


@pytest.mark.parametrize("word", ["SEND_FAILURE", "ACKNOWLEDGED"])
def test_what_the_access_point_says_at_once_is_not_lost(
    municipality: Any, sdk_worker: Any, parts: Network, point: Any, stranger: Any, status_polling: Any, word: str
) -> None:
    """It is asked while the worker still has the message in hand: whatever it says counts then, or a moment later."""
    send, point.words = parts.transport.send, "SEND_ENQUEUED"

    def asked_at_once(outgoing: Any) -> Any:
        outcome = send(outgoing)
        point.words = word
        status_polling().poll()
        return outcome

    parts.transport.__dict__["send"] = asked_at_once
    municipality.send(stranger)
    sdk_worker.deliver()
    status_polling().poll()
    del parts.transport.__dict__["send"]
    point.words = None
    municipality.organisation.make_due()
    sdk_worker.deliver()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]


def test_after_a_crash_only_the_last_resend_is_followed(
    municipality: Any, sdk_worker: Any, parts: Network, point: Any, stranger: Any, status_polling: Any
) -> None:
    """What the access point says of the parcel before it is known already, and puts nothing off."""
    send = parts.transport.send
    point.status = lambda transport_id: "SEND_ENQUEUED" if "." in transport_id else "SEND_FAILURE"

    def crash(outgoing: Any) -> Any:
        send(outgoing)
        raise Temporary("Avbrott.")

    parts.transport.__dict__["send"] = crash
    municipality.send(stranger)
    sdk_worker.deliver()
    del parts.transport.__dict__["send"]
    municipality.organisation.make_due()
    sdk_worker.deliver()
    status_polling().poll()
    own = str(municipality.delivery().id)
    assert [one.transport_id for one in point.taken] == [own, f"{own}.1"]
    assert municipality.states() == ["SEND_ENQUEUED"]


def test_a_missing_transport_receipt_is_told_for_what_it_is(
    platform: Platform, municipality: Any, sdk_worker: Any, point: Any, stranger: Any, status_polling: Any
) -> None:
    """The access point still has it, so nothing may go once more; a person can only let it go on waiting."""
    point.words = "SEND_ENQUEUED"
    municipality.send(stranger)
    sdk_worker.deliver()
    status_polling(1.9).poll()
    assert municipality.states() == ["SEND_ENQUEUED"]
    status_polling(2.1).poll()
    assert municipality.states() == ["SEND_FAILURE"]
    assert "inte kunnat leverera meddelandet på 2 h" in municipality.failure()
    again(platform, municipality, sdk_worker)
    assert municipality.states() == ["SEND_ENQUEUED"]
    assert len(point.taken) == 1
    point.words = "ACKNOWLEDGED"
    status_polling().poll()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("SD6")
def test_the_access_points_own_tries_are_seen(
    municipality: Any, sdk_worker: Any, point: Any, stranger: Any, status_polling: Any
) -> None:
    """KV: SCHEDULED_FOR_RESEND. Told once, however often it is asked; whichever way it ends, it goes on from there."""
    point.words = "SEND_ENQUEUED"
    municipality.send(stranger)
    sdk_worker.deliver()
    point.words = "WAITING_FOR_RETRY"
    status_polling().poll()
    status_polling().poll()
    assert municipality.states() == ["WAITING_FOR_RETRY"]
    assert municipality.timeline().count("WAITING_FOR_RETRY") == 1
    assert sdk_worker.deliver() == 0
    point.words = "SEND_FAILURE"
    status_polling().poll()
    municipality.organisation.make_due()
    point.words = None
    sdk_worker.deliver()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    assert municipality.organisation.log_entries("receipt.late") == []


@pytest.mark.feature("S16")
def test_the_access_points_warning_stays_with_the_message(
    municipality: Any, peer: Any, sdk_worker: Any, point: Any, stranger: Any, status_polling: Any
) -> None:
    """It is told where the message has arrived, and the receipt that accepts it ends in a state with a warning."""
    point.words = "SEND_ENQUEUED"
    municipality.send(stranger)
    sdk_worker.deliver()
    point.words = "ACKNOWLEDGED_WITH_WARNING"
    status_polling().poll()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    details = municipality.organisation.rows("SELECT detail FROM delivery_events WHERE state = 'WAITING_FOR_RECEIPT'")
    assert "varnade" in details[0].detail
    peer.answer(peer.receipt(str(municipality.delivery().id)))
    sdk_worker.fetch()
    assert municipality.states() == ["ACKNOWLEDGED_WITH_WARNING"]


@pytest.mark.feature("SD6", "S15")
def test_a_receipt_may_come_before_its_message_has_been_handed_over(
    municipality: Any, peer: Any, sdk_worker: Any, point: Any, stranger: Any
) -> None:
    """The receiver has answered before the access point has: the receipt counts, and the outcome lowers nothing."""
    hand_over = point.submit

    def answered_at_once(parcel: Any) -> Any:
        submitted = hand_over(parcel)
        peer.answer(peer.receipt(parcel.transport_id))
        sdk_worker.fetch()
        return submitted

    point.submit = answered_at_once
    municipality.send(stranger)
    sdk_worker.deliver()
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert municipality.organisation.rows("SELECT applied FROM receipts")[0].applied


@pytest.mark.feature("SD4", "SD8")
def test_a_receipt_of_ours_that_does_not_arrive_goes_again(
    region: Any, peer: Any, sdk_worker: Any, point: Any, status_polling: Any
) -> None:
    """KV: a receipt that cannot be delivered is an error of the exchange; the message can be read meanwhile."""
    peer.submit(peer.seal(peer.message()))
    sdk_worker.fetch()
    status = point.status
    point.status = lambda transport_id: status(transport_id) if "." in transport_id else "SEND_FAILURE"
    sdk_worker.deliver()
    assert len(region.messages()) == 1
    states = "SELECT state FROM deliveries WHERE purpose = 'receipt'"
    assert region.organisation.rows(states)[0].state == "SEND_ENQUEUED"
    status_polling().poll()
    assert region.organisation.rows(states)[0].state == "WAITING_FOR_RETRY"
    region.organisation.make_due()
    sdk_worker.deliver()
    assert region.organisation.rows(states)[0].state == "ACKNOWLEDGED"
    assert len(peer.pending_receipts()) == 2
    assert len(set(peer.pending_receipts())) == 1


@pytest.mark.feature("SD4", "SD6")
@pytest.mark.parametrize("ended", ["overdue", "rejected"])
def test_nobody_can_answer_a_message_that_was_given_up(
    platform: Platform,
    municipality: Any,
    peer: Any,
    sdk_worker: Any,
    unanswered: str,
    status_polling: Any,
    not_found: Finding,
    ended: str,
) -> None:
    """Innehållsspecifikation 5.3, row 11: REJECTED BV not-supported, whether by our time-out or by their refusal."""
    if ended == "rejected":
        again(platform, municipality, sdk_worker)
        peer.answer(peer.receipt(unanswered, not_found))
        sdk_worker.fetch()
        assert municipality.states() == ["REJECTED"]
    answer = peer.message(municipality.participant, ref_to_message_id=unanswered)
    peer.submit(peer.seal(answer), recipient=municipality.participant.participant)
    sdk_worker.settle()
    assert municipality.organisation.rows("SELECT 1 FROM messages WHERE direction = 'in'") == []
    (receipt,) = peer.read_receipts()
    assert [(one.cause, one.detail) for one in receipt.reasons] == [("BV", "not-supported")]


@pytest.mark.feature("SD9")
def test_completions_are_one_conversation(region: Any, peer: Any, sdk_worker: Any) -> None:
    """SAD 5.3.7.7: each refers to the first message and keeps its conversation; in whatever order they come."""
    first = peer.message(texts=("Först",))
    chain = [
        peer.message(texts=(words,), conversation_id=first.message_id, ref_to_message_id=first.message_id)
        for words in ("Komplettering 1", "Komplettering 2", "Komplettering 3")
    ]
    for message in (chain[0], first, *chain[1:]):
        peer.submit(peer.seal(message))
        sdk_worker.settle()
    (case,) = region.cases()
    assert [one.message.body for one in case.thread] == [
        "Komplettering 1",
        "Först",
        "Komplettering 2",
        "Komplettering 3",
    ]
    assert {one.message.ref_to for one in case.thread} == {None, first.message_id}


@pytest.mark.feature("SD9")
def test_many_functions_at_once_are_messages_of_their_own(
    municipality: Any, region: Any, sdk_worker: Any, point: Any, stranger: Any
) -> None:
    """Each function gets its own message with its own id, in one conversation, and is receipted by itself."""
    municipality.send(region.address(0), region.address(1), stranger)
    sdk_worker.settle()
    assert sorted(municipality.states()) == ["ACKNOWLEDGED", "ACKNOWLEDGED", "WAITING_FOR_RECEIPT"]
    sent = [one for one in point.taken if one.sender == municipality.participant.participant]
    assert len({one.transport_id for one in sent}) == 3
    assert len({one.conversation_id for one in sent}) == 1


@pytest.mark.feature("SD3", "SD4")
def test_a_double_that_is_opened_at_the_same_time_is_told_so(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any, parts: Network, point: Any
) -> None:
    """Two parcels with one message, opened at once: one is accepted and the other is a double; nobody is told a lie."""
    xhe = peer.seal(peer.message())
    for _ in range(2):
        peer.submit(xhe)
    point.meeting = Barrier(2)
    host = platform.plugins.host("sdk")
    Receiver(host, host.settings, parts.memberships, point, parts.certificates).fetch()
    sdk_worker.deliver()
    assert sorted(one.accepted for one in peer.read_receipts()) == [False, True]
    assert len(region.messages()) == 1
