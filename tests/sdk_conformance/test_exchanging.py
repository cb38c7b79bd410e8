"""Digg's cases that need a whole message system: mailboxes, receipts both ways, time, and the test organisations."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle import Address, Attachment, DeliveryState, Draft, Sentence, Unavailable
from budkavle.messaging.sending import retry
from budkavle.testing.acting import in_work
from budkavle_message_api.status import KV_MEDDELANDESTATUS
from budkavle_sdk_transport.access_points.interface import AccessPointUnavailable
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.settings import TimingSettings
from budkavle_sdk_transport.simulator.participants import (
    ORGANISATIONS,
    PROVING_OFFICE,
    SimulatedParticipant,
    SimulatedParticipants,
    address,
)


@pytest.fixture
def troupe(town: Any) -> SimulatedParticipants:
    """The test organisations and the proving office, in the town's federation."""
    return SimulatedParticipants.join(town.federation, lambda: datetime.now(UTC) + timedelta(seconds=1))


@pytest.fixture
def status_polling(town: Any, point: Any) -> Callable[..., StatusPolling]:
    """The job that follows, so many hours from now, with one resend."""
    host, memberships = town.platform.plugins.host("sdk"), town.network.memberships

    def at(hours: float = 0) -> StatusPolling:
        return StatusPolling(
            host, memberships, point, TimingSettings(resends=1), lambda: datetime.now(UTC) + timedelta(hours=hours)
        )

    return at


def office(name: str) -> Address:
    return Address("sdk", address(name), name, PROVING_OFFICE.name, PROVING_OFFICE.participant)


def status(town: Any) -> str:
    """In the words of KV Meddelandestatus."""
    return KV_MEDDELANDESTATUS[DeliveryState(town.a.states()[0])]


def send(town: Any, to: Address) -> str:
    town.a.send(to)
    town.carry()
    return str(town.a.delivery().id)


@pytest.mark.feature("SD16", "SD17")
@pytest.mark.digg("2.1.1", "2.1.3", "2.4.4", "2.4.5", "TF-04")
def test_what_is_received_is_shown_and_receipted(town: Any) -> None:
    """A message reaches its mailbox and its receipt the sender; its double and a wrong address are told so."""
    message = town.message()
    twice = [town.seal(message), town.seal(message)]
    wrong = town.seal(town.message(recipient=_elsewhere(message.recipient)))
    for xhe in (*twice, wrong):
        town.submit(xhe)
        town.settle()
    (shown,) = town.b.messages()
    assert (shown.body, shown.subject, len(shown.attachments)) == ("Hej!", "Begäran", 1)
    answers = [(one.accepted, [str(why.detail) for why in one.reasons]) for one in town.read_receipts()]
    assert sorted(answers) == [(False, ["duplicate"]), (False, ["not-found"]), (True, [])]


def _elsewhere(party: Any) -> Any:
    from dataclasses import replace

    return replace(party, function="finns:inte")


@pytest.mark.digg("2.3.1")
def test_what_is_too_large_is_stopped_before_it_is_sent(town: Any, point: Any) -> None:
    """The form says it at the files; nothing reaches the access point."""
    from uuid import uuid4

    box = town.a.boxes[0]
    draft = Draft((town.b.full_address(),), "Stort", "Se filen.", sender=town.a.full_address())
    file = Attachment(uuid4(), "stor.pdf", "application/pdf", 30_000_001)
    (fault,) = town.network.transport.check(town.a.person, box.id, draft, [file])
    assert (fault.field, "för stort" in fault.sentence) == ("attachments", True)
    assert point.taken == []


@pytest.mark.digg("2.4.6")
def test_a_message_that_cannot_be_passed_on_is_not_refused(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is down: the message stays where it is, and is accepted when the store answers again."""
    host = town.platform.plugins.host("sdk")
    town.submit(town.seal(town.message()))

    def down(_: object) -> None:
        raise Unavailable("Lagringen svarar inte.")

    with monkeypatch.context() as patch:
        patch.setattr(type(host), "accept", lambda _self, incoming: down(incoming))
        town.settle()
        assert town.read_receipts() == []
        assert len(town.federation.access_point.pending(town.b.participant.participant)) == 1
    town.network.receiver._retry_delays.forget(town.federation.access_point.pending(town.b.participant.participant)[0])
    town.settle()
    assert [one.accepted for one in town.read_receipts()] == [True]


@pytest.mark.digg("2.6.6", "2.7.x")
def test_a_receipt_that_does_not_come(
    town: Any, troupe: SimulatedParticipants, point: Any, status_polling: Any
) -> None:
    """Told in words when the time is up; sent once more it is the same to the last byte."""
    own = send(town, office("silent"))
    troupe.act()
    town.settle()
    assert status(town) == "WAITING_FOR_RECEIPT"
    status_polling(25).end_overdue()
    assert status(town) == "MESSAGE_EXCHANGE_ERROR"
    assert "har inte kvitterat det på 24 h" in town.a.failure()
    assert town.a.sent()[0].trouble
    in_work(town.platform, town.a.person, retry, town.a.delivery().id)
    town.carry()
    assert [one.transport_id for one in point.taken] == [own, f"{own}.1"]
    assert point.taken[0].payload == point.taken[1].payload


@pytest.mark.digg("2.6.7", "TF-01")
def test_the_proving_office_answers_in_its_manners(town: Any, troupe: SimulatedParticipants) -> None:
    """At once, late, twice, both ways, falsely, and with a code that nobody knows; each ends as it must."""
    manners = {
        "prompt": "ACKNOWLEDGED",
        "late": "WAITING_FOR_RECEIPT",
        "double": "ACKNOWLEDGED",
        "contradictory": "ACKNOWLEDGED",
        "forged": "WAITING_FOR_RECEIPT",
        "unknown-cause": "REJECTED",
        "not-supported": "REJECTED",
    }
    town.a.send(*map(office, manners))
    town.carry()
    troupe.act()
    town.settle()
    ids = {one.id: one.handling for one in _sent(town)}
    states = {ids[str(row.id)]: row.state for row in town.a.rows("SELECT id, state FROM deliveries")}
    accepted_or_rejected = states.pop("contradictory")
    assert accepted_or_rejected in {"ACKNOWLEDGED", "REJECTED"}
    assert states == {name: state for name, state in manners.items() if name != "contradictory"}
    failures = " ".join(row.failure for row in town.a.rows("SELECT failure FROM deliveries"))
    assert "Provningsverket avvisar: unknown-cause." in failures
    assert len(town.a.events("message.refused")) == 1
    later = SimulatedParticipants.join(town.federation, lambda: datetime.now(UTC) + timedelta(minutes=2))
    later.act()
    town.settle()
    assert sum(state == "ACKNOWLEDGED" for state in town.a.states()) >= 3


def test_a_turn_that_broke_off_is_taken_up_again(
    town: Any, troupe: SimulatedParticipants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receipt was sent and the message not marked: the next turn marks it, and goes on to what came after."""

    def away(_: Any, transport_id: str) -> None:
        raise AccessPointUnavailable(transport_id)

    town.a.send(office("prompt"))
    town.carry()
    with monkeypatch.context() as patch:
        patch.setattr(type(troupe.point), "mark_downloaded", away)
        with pytest.raises(AccessPointUnavailable):
            troupe.act()
    town.a.send(office("not-found"))
    town.carry()
    assert troupe.act() == 2
    assert troupe.act() == 0
    town.settle()
    assert sorted(town.a.states()) == ["ACKNOWLEDGED", "REJECTED"]


def _sent(town: Any) -> list[Any]:
    from types import SimpleNamespace

    from budkavle_sdk_transport.envelope.xhe import read_envelope
    from budkavle_sdk_transport.formats.xml import parse

    folder = town.federation.access_point.folder
    found = []
    for path in folder.glob("*/0203%3Aprovning.example/*"):
        envelope = read_envelope(parse(path.read_bytes().partition(b"\n")[2]))
        found.append(SimpleNamespace(id=envelope.id, handling=envelope.handling_service_id.split(":")[1]))
    return [one for one in found if one.handling]


@pytest.mark.digg(
    "TF-02", "TF-05", "Organisation 2", "Organisation 3", "Organisation 4", "Organisation 5", "Organisation 6"
)
def test_the_test_organisations(town: Any, troupe: SimulatedParticipants, point: Any, status_polling: Any) -> None:
    """What cannot be delivered goes once more, then a person is asked; what is out of time encrypts nothing."""
    town.a.send(*map(_inbox, ORGANISATIONS))
    town.carry()
    status_polling().poll()
    town.a.make_due()
    town.carry()
    status_polling().poll()
    rows = town.a.rows("SELECT state, failure FROM deliveries ORDER BY state DESC")
    assert [row.state for row in rows] == ["WAITING_FOR_RETRY", *["SEND_FAILURE"] * 4]
    assert "be dem förnya det" in rows[0].failure
    assert {Sentence.from_stored(row.failure) for row in rows[1:]} == {
        "Mottagarens accesspunkt gick inte att nå. Försök igen, eller ring mottagaren."
    }
    assert len(point.taken) == 8
    assert len({one.payload for one in point.taken}) == 4


def _inbox(one: SimulatedParticipant) -> Address:
    function = one.participant.functions[0]
    return Address("sdk", function.identifier, function.name, one.participant.name, one.participant.participant)
