"""When something is down, breaks off or has changed: nothing is lost, nothing goes twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy.exc import OperationalError

from budkavle import Platform
from budkavle.testing.working import do_job
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.discovery.refresh import CertificateRefresh
from budkavle_sdk_transport.incoming.receiving import AT_ONCE, Receiver
from budkavle_sdk_transport.keys.memberships import Memberships
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.simulator.ca import Validity
from budkavle_sdk_transport.simulator.federation import Federation


def _arrivals(platform: Platform, parts: Network, point: Any) -> Receiver:
    """Another worker's."""
    host = platform.plugins.host("sdk")
    return Receiver(host, host.settings, parts.memberships, point, parts.certificates)


@pytest.mark.feature("SD4", "SD7")
def test_two_workers_that_have_one_parcel_at_once_take_it_once(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, parts: Network, point: Any
) -> None:
    """One has lost its lease without knowing: the message is stored once, and its sender is told once, and no lie."""
    municipality.send(region.address())
    sdk_worker.deliver()
    point.meeting = Barrier(2)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda one: one.fetch(), [_arrivals(platform, parts, point), _arrivals(platform, parts, point)]))
    assert len(point.asked) == 2
    assert [row.outcome for row in region.organisation.rows("SELECT outcome FROM sdk_arrivals")] == ["ACCEPTED"]
    assert len(region.organisation.rows("SELECT 1 FROM deliveries WHERE purpose = 'receipt'")) == 1
    assert region.organisation.log_entries("message.refused") == []
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD15")
def test_an_access_point_that_goes_away_is_not_asked_for_all_that_waits(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, parts: Network, point: Any
) -> None:
    """What waits is left alone, nothing of it is put off, and it arrives when the access point answers again."""
    for _ in range(AT_ONCE + 3):
        municipality.send(region.address())
    sdk_worker.deliver()
    point.offers_only = True
    assert _arrivals(platform, parts, point).fetch() == 0
    assert len(point.asked) <= AT_ONCE
    assert region.organisation.log_entries("parcel.postponed") == []
    point.offers_only = False
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"] * (AT_ONCE + 3)


@pytest.mark.feature("S8", "S10", "SD7", "SD15")
def test_an_access_point_that_is_down_is_waited_for(
    municipality: Any, region: Any, sdk_worker: Any, point: Any
) -> None:
    """The delivery waits, says why, and goes when the access point answers again."""
    point.down = True
    municipality.send(region.address())
    sdk_worker.deliver()
    assert municipality.timeline()[1:] == ["SEND_IN_PROGRESS", "SEND_ATTEMPT_FAILED", "WAITING_FOR_RETRY"]
    assert "Accesspunkten svarar inte" in municipality.failure()
    point.down = False
    municipality.organisation.make_due()
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD7")
def test_what_broke_off_is_asked_for_before_it_goes_again(
    municipality: Any, region: Any, sdk_worker: Any, point: Any
) -> None:
    """The line breaks after the parcel was taken: the access point says that it has it, and it arrives once."""
    point.breaks = True
    municipality.send(region.address())
    sdk_worker.deliver()
    assert municipality.states() == ["WAITING_FOR_RETRY"]
    point.breaks = False
    municipality.organisation.make_due()
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert [one.transport_id for one in point.taken].count(str(municipality.delivery().id)) == 1
    assert len(region.messages()) == 1


@pytest.mark.feature("SD7")
def test_what_was_kept_before_a_crash_is_what_goes(municipality: Any, region: Any, sdk_worker: Any, point: Any) -> None:
    """Sealed and kept, but never handed over: the kept bytes go, and nothing is sealed anew."""
    point.down = True
    municipality.send(region.address())
    sdk_worker.deliver()
    kept = municipality.delivery().wire
    point.down = False
    municipality.organisation.make_due()
    sdk_worker.deliver()
    assert municipality.delivery().wire == kept
    assert len(point.taken) == 1


@pytest.mark.feature("SD6", "S15")
def test_a_receipt_may_overtake_the_outcome(
    municipality: Any, peer: Any, sdk_worker: Any, point: Any, stranger: Any
) -> None:
    """The receiver has answered before we have written that we sent: the receipt counts, and nothing lowers it."""
    point.breaks = True
    municipality.send(stranger)
    sdk_worker.deliver()
    peer.answer(peer.receipt(str(municipality.delivery().id)))
    sdk_worker.fetch()
    assert municipality.states() == ["ACKNOWLEDGED"]
    point.breaks = False
    municipality.organisation.make_due()
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("S7", "SD6", "SD7")
@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ACKNOWLEDGED", "WAITING_FOR_RECEIPT"),
        ("SEND_FAILURE", "WAITING_FOR_RETRY"),
        ("NOT_FOUND", "NOT_FOUND"),
        (None, "ACKNOWLEDGED"),
    ],
)
def test_what_is_enqueued_is_asked_about(
    platform: Platform,
    municipality: Any,
    peer: Any,
    sdk_worker: Any,
    parts: Network,
    point: Any,
    stranger: Any,
    word: str | None,
    state: str,
) -> None:
    """The access point has it and has not told; it is asked until it tells, or the receipt is faster."""
    point.words = "SEND_ENQUEUED"
    municipality.send(stranger)
    sdk_worker.deliver()
    assert municipality.states() == ["SEND_ENQUEUED"]
    status_polling = StatusPolling(platform.plugins.host("sdk"), parts.memberships, point)
    status_polling.poll()
    assert municipality.states() == ["SEND_ENQUEUED"]
    if word is None:
        peer.answer(peer.receipt(str(municipality.delivery().id)))
        sdk_worker.fetch()
    point.words = word or "ACKNOWLEDGED"
    status_polling.poll()
    assert municipality.states() == [state]
    assert municipality.organisation.rows("SELECT 1 FROM sdk_enqueued") == []


@pytest.mark.feature("S7")
def test_the_job_that_asks_is_registered(platform: Platform) -> None:
    """It finds nothing to ask about with the simulator, which never leaves a parcel enqueued."""
    assert do_job(platform, "sdk.status") == 0


@pytest.mark.feature("SD3", "SD14")
def test_a_participant_that_is_not_in_the_network_is_a_lasting_fault(
    municipality: Any, peer: Any, sdk_worker: Any, stranger: Any
) -> None:
    """The sentence says what to do; it stands under what needs attention."""
    peer.withdraw()
    municipality.send(stranger)
    sdk_worker.deliver()
    assert municipality.states() == ["SEND_FAILURE"]
    assert "finns inte i nätet SDK" in municipality.failure()
    assert municipality.sent()[0].trouble


@pytest.mark.feature("SD14")
def test_a_certificate_service_that_is_down_is_waited_for(
    municipality: Any, peer: Any, sdk_worker: Any, stranger: Any
) -> None:
    """It says nothing of the recipient, so the delivery waits."""
    peer.break_certificates()
    municipality.send(stranger)
    sdk_worker.deliver()
    assert municipality.states() == ["WAITING_FOR_RETRY"]
    assert "certifikattjänst svarar inte" in municipality.failure()


@pytest.mark.feature("SD14")
def test_nothing_is_encrypted_to_an_expired_certificate(
    municipality: Any, peer: Any, sdk_worker: Any, live_federation: Federation, point: Any, stranger: Any
) -> None:
    """It waits for the recipient to renew it; not a byte leaves."""
    ago = datetime.now(UTC) - timedelta(days=2)
    valid = Validity(ago, ago + timedelta(days=1))
    peer.publish(live_federation.authority.issue("trygghet.example", "Gammal", valid=valid).certificate)
    municipality.send(stranger)
    sdk_worker.deliver()
    assert municipality.states() == ["WAITING_FOR_RETRY"]
    assert "be dem förnya det" in municipality.failure()
    assert point.taken == []


@pytest.mark.feature("SD18", "SD7")
def test_a_change_of_keys_loses_nothing_that_is_on_its_way(
    municipality: Any, region: Any, sdk_worker: Any, parts: Network, certpub: CertPub, live_federation: Federation
) -> None:
    """The recipient changes keys while a message to the old one is under way; its receipt bears the new one."""
    municipality.send(region.address())
    sdk_worker.deliver()
    name = region.participant.participant
    new = live_federation.authority.issue("regionvattern.example", "Region Vättern")
    parts.memberships.add(region.organisation.id, name, new)
    live_federation.publisher.publish(name, encryption=new.certificate, signing=new.certificate)
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]
    certpub.forget()
    municipality.send(region.address())
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED", "ACKNOWLEDGED"]


@pytest.mark.feature("SD18", "PL5")
def test_keys_that_cannot_be_read_stop_their_organisation_alone(
    platform: Platform, municipality: Any, region: Any, parts: Network
) -> None:
    """The other one sends and receives; health says whose keys it is."""
    region.organisation.rows("UPDATE sdk_identities SET pair = decode('00', 'hex') RETURNING 1")
    host = platform.plugins.host("sdk")
    memberships = Memberships(host)
    assert [one.organisation_id for one in memberships.all()] == [municipality.organisation.id]
    watch = CertificateRefresh(host, memberships, parts.certificates, None)
    answers = [watch.ending(one) for one in (None, municipality.organisation.id, region.organisation.id)]
    assert [[one.ok for one in told] for told in answers] == [[False], [True], [False]]
    assert str(answers[0][0]).endswith("tar emot: 1.")


@pytest.mark.feature("SD18", "PL5")
@pytest.mark.usefixtures("members")
def test_a_database_that_goes_away_makes_no_keys_unreadable(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked is told that it does not answer; both organisations take part as soon as it does."""
    memberships = Memberships(platform.plugins.host("sdk"))
    with monkeypatch.context() as gone:
        gone.setattr(memberships, "_read_one", Mock(side_effect=OperationalError("SELECT", {}, Exception())))
        with pytest.raises(OperationalError):
            memberships.all()
    assert len(memberships.all()) == 2
    assert not memberships.unreadable
