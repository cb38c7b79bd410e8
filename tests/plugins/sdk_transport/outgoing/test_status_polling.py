"""What the access point says of a message, and what follows from it."""

from typing import Any

import pytest
from tests.plugins.sdk_transport.outgoing.retrying import TIMING, again

from budkavle import Platform, Temporary, Unavailable
from budkavle_sdk_transport.network import Network


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
