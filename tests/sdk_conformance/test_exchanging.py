"""Digg's cases that need a whole message system: mailboxes, receipts both ways, time, and the test organisations."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle import Address, Attachment, DeliveryState, Draft, Platform, Sentence, Unavailable
from budkavle.messaging.sending import retry
from budkavle.testing.acting import in_work
from budkavle_message_api.status import KV_MEDDELANDESTATUS
from budkavle_sdk_transport.access_points.interface import AccessPointUnavailable
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.settings import TimingSettings
from budkavle_sdk_transport.simulator.federation import Federation
from budkavle_sdk_transport.simulator.participants import (
    ORGANISATIONS,
    PROVING_OFFICE,
    SimulatedParticipant,
    SimulatedParticipants,
    address,
)


@pytest.fixture
def troupe(live_federation: Federation) -> SimulatedParticipants:
    """The test organisations and the proving office, in the test's federation."""
    return SimulatedParticipants.join(live_federation, lambda: datetime.now(UTC) + timedelta(seconds=1))


@pytest.fixture
def status_polling(platform: Platform, parts: Network, point: Any) -> Callable[..., StatusPolling]:
    """The job that follows, so many hours from now, with one resend."""
    host, memberships = platform.plugins.host("sdk"), parts.memberships

    def at(hours: float = 0) -> StatusPolling:
        return StatusPolling(
            host, memberships, point, TimingSettings(resends=1), lambda: datetime.now(UTC) + timedelta(hours=hours)
        )

    return at


def office(name: str) -> Address:
    return Address("sdk", address(name), name, PROVING_OFFICE.name, PROVING_OFFICE.participant)


def status(municipality: Any) -> str:
    """In the words of KV Meddelandestatus."""
    return KV_MEDDELANDESTATUS[DeliveryState(municipality.states()[0])]


def send(municipality: Any, sdk_worker: Any, to: Address) -> str:
    municipality.send(to)
    sdk_worker.deliver()
    return str(municipality.delivery().id)


@pytest.mark.feature("SD16", "SD17")
@pytest.mark.digg("2.1.1", "2.1.3", "2.4.4", "2.4.5", "TF-04")
def test_what_is_received_is_shown_and_receipted(region: Any, peer: Any, sdk_worker: Any) -> None:
    """A message reaches its mailbox and its receipt the sender; its double and a wrong address are told so."""
    message = peer.message()
    twice = [peer.seal(message), peer.seal(message)]
    wrong = peer.seal(peer.message(recipient=_elsewhere(message.recipient)))
    for xhe in (*twice, wrong):
        peer.submit(xhe)
        sdk_worker.settle()
    (shown,) = region.messages()
    assert (shown.body, shown.subject, len(shown.attachments)) == ("Hej!", "Begäran", 1)
    answers = [(one.accepted, [str(why.detail) for why in one.reasons]) for one in peer.read_receipts()]
    assert sorted(answers) == [(False, ["duplicate"]), (False, ["not-found"]), (True, [])]


def _elsewhere(party: Any) -> Any:
    from dataclasses import replace

    return replace(party, function="finns:inte")


@pytest.mark.digg("2.3.1")
def test_what_is_too_large_is_stopped_before_it_is_sent(
    municipality: Any, region: Any, parts: Network, point: Any
) -> None:
    """The form says it at the files; nothing reaches the access point."""
    from uuid import uuid4

    box = municipality.mailboxes[0]
    draft = Draft((region.full_address(),), "Stort", "Se filen.", sender=municipality.full_address())
    file = Attachment(uuid4(), "stor.pdf", "application/pdf", 30_000_001)
    (fault,) = parts.transport.check(municipality.case_worker, box.id, draft, [file])
    assert (fault.field, "för stort" in fault.sentence) == ("attachments", True)
    assert point.taken == []


@pytest.mark.digg("2.4.6")
def test_a_message_that_cannot_be_passed_on_is_not_refused(
    platform: Platform,
    region: Any,
    peer: Any,
    sdk_worker: Any,
    parts: Network,
    live_federation: Federation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The store is down: the message stays where it is, and is accepted when the store answers again."""
    host = platform.plugins.host("sdk")
    peer.submit(peer.seal(peer.message()))

    def down(_: object) -> None:
        raise Unavailable("Lagringen svarar inte.")

    with monkeypatch.context() as patch:
        patch.setattr(type(host), "accept", lambda _self, incoming: down(incoming))
        sdk_worker.settle()
        assert peer.read_receipts() == []
        assert len(live_federation.access_point.pending(region.participant.participant)) == 1
    parts.receiver._retry_delays.forget(live_federation.access_point.pending(region.participant.participant)[0])
    sdk_worker.settle()
    assert [one.accepted for one in peer.read_receipts()] == [True]


@pytest.mark.digg("2.6.6", "2.7.x")
def test_a_receipt_that_does_not_come(
    platform: Platform,
    municipality: Any,
    sdk_worker: Any,
    troupe: SimulatedParticipants,
    point: Any,
    status_polling: Any,
) -> None:
    """Told in words when the time is up; sent once more it is the same to the last byte."""
    own = send(municipality, sdk_worker, office("silent"))
    troupe.act()
    sdk_worker.settle()
    assert status(municipality) == "WAITING_FOR_RECEIPT"
    status_polling(25).end_overdue()
    assert status(municipality) == "MESSAGE_EXCHANGE_ERROR"
    assert "har inte kvitterat det på 24 h" in municipality.failure()
    assert municipality.sent()[0].trouble
    in_work(platform, municipality.case_worker, retry, municipality.delivery().id)
    sdk_worker.deliver()
    assert [one.transport_id for one in point.taken] == [own, f"{own}.1"]
    assert point.taken[0].payload == point.taken[1].payload


@pytest.mark.digg("2.6.7", "TF-01")
def test_the_proving_office_answers_in_its_manners(
    municipality: Any, sdk_worker: Any, live_federation: Federation, troupe: SimulatedParticipants
) -> None:
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
    municipality.send(*map(office, manners))
    sdk_worker.deliver()
    troupe.act()
    sdk_worker.settle()
    ids = {one.id: one.handling for one in _sent(live_federation)}
    states = {ids[str(row.id)]: row.state for row in municipality.organisation.rows("SELECT id, state FROM deliveries")}
    accepted_or_rejected = states.pop("contradictory")
    assert accepted_or_rejected in {"ACKNOWLEDGED", "REJECTED"}
    assert states == {name: state for name, state in manners.items() if name != "contradictory"}
    failures = " ".join(row.failure for row in municipality.organisation.rows("SELECT failure FROM deliveries"))
    assert "Provningsverket avvisar: unknown-cause." in failures
    assert len(municipality.organisation.log_entries("message.refused")) == 1
    later = SimulatedParticipants.join(live_federation, lambda: datetime.now(UTC) + timedelta(minutes=2))
    later.act()
    sdk_worker.settle()
    assert sum(state == "ACKNOWLEDGED" for state in municipality.states()) >= 3


def test_a_turn_that_broke_off_is_taken_up_again(
    municipality: Any, sdk_worker: Any, troupe: SimulatedParticipants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receipt was sent and the message not marked: the next turn marks it, and goes on to what came after."""

    def away(_: Any, transport_id: str) -> None:
        raise AccessPointUnavailable(transport_id)

    municipality.send(office("prompt"))
    sdk_worker.deliver()
    with monkeypatch.context() as patch:
        patch.setattr(type(troupe.point), "mark_downloaded", away)
        with pytest.raises(AccessPointUnavailable):
            troupe.act()
    municipality.send(office("not-found"))
    sdk_worker.deliver()
    assert troupe.act() == 2
    assert troupe.act() == 0
    sdk_worker.settle()
    assert sorted(municipality.states()) == ["ACKNOWLEDGED", "REJECTED"]


def _sent(live_federation: Federation) -> list[Any]:
    from types import SimpleNamespace

    from budkavle_sdk_transport.envelope.xhe import read_envelope
    from budkavle_sdk_transport.formats.xml import parse

    folder = live_federation.access_point.folder
    found = []
    for path in folder.glob("*/0203%3Aprovning.example/*"):
        envelope = read_envelope(parse(path.read_bytes().partition(b"\n")[2]))
        found.append(SimpleNamespace(id=envelope.id, handling=envelope.handling_service_id.split(":")[1]))
    return [one for one in found if one.handling]


@pytest.mark.digg(
    "TF-02", "TF-05", "Organisation 2", "Organisation 3", "Organisation 4", "Organisation 5", "Organisation 6"
)
def test_the_test_organisations(
    municipality: Any, sdk_worker: Any, troupe: SimulatedParticipants, point: Any, status_polling: Any
) -> None:
    """What cannot be delivered goes once more, then a person is asked; what is out of time encrypts nothing."""
    municipality.send(*map(_inbox, ORGANISATIONS))
    sdk_worker.deliver()
    status_polling().poll()
    municipality.organisation.make_due()
    sdk_worker.deliver()
    status_polling().poll()
    rows = municipality.organisation.rows("SELECT state, failure FROM deliveries ORDER BY state DESC")
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
