"""A message whose message receipt does not come, and receipts that come too late."""

from typing import Any

import pytest
from tests.plugins.sdk_transport.outgoing.retrying import again

from budkavle import DeliveryState, Platform
from budkavle.cases.teamwork.restricting import restrict
from budkavle.testing.acting import in_work
from budkavle_message_api.status import KV_MEDDELANDESTATUS
from budkavle_sdk_transport.formats.findings import Finding
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.receipts import late_receipts


@pytest.fixture
def unanswered(municipality: Any, sdk_worker: Any, stranger: Any, status_polling: Any) -> str:
    """The id of a message whose message receipt has not come in time."""
    municipality.send(stranger)
    sdk_worker.deliver()
    assert status_polling(0.4).end_overdue() == 0
    assert status_polling(0.6).end_overdue() == 1
    return str(municipality.delivery().id)


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
