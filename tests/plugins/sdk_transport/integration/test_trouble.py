"""When something is down, breaks off or has changed: nothing is lost, nothing goes twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy.exc import OperationalError

from budkavle.testing.working import do_job
from budkavle_sdk_transport.discovery.refresh import CertificateRefresh
from budkavle_sdk_transport.incoming.receiving import AT_ONCE, Receiver
from budkavle_sdk_transport.keys.memberships import Memberships
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.simulator.ca import Validity


def _arrivals(town: Any, point: Any) -> Receiver:
    """Another worker's."""
    host, parts = town.platform.plugins.host("sdk"), town.network
    return Receiver(host, host.settings, parts.memberships, point, parts.certificates)


@pytest.mark.feature("SD4", "SD7")
def test_two_workers_that_have_one_parcel_at_once_take_it_once(town: Any, point: Any) -> None:
    """One has lost its lease without knowing: the message is stored once, and its sender is told once, and no lie."""
    town.a.send(town.b.address())
    town.carry()
    point.meeting = Barrier(2)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda one: one.fetch(), [_arrivals(town, point), _arrivals(town, point)]))
    assert len(point.asked) == 2
    assert [row.outcome for row in town.b.rows("SELECT outcome FROM sdk_arrivals")] == ["ACCEPTED"]
    assert len(town.b.rows("SELECT 1 FROM deliveries WHERE purpose = 'receipt'")) == 1
    assert town.b.events("message.refused") == []
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD15")
def test_an_access_point_that_goes_away_is_not_asked_for_all_that_waits(town: Any, point: Any) -> None:
    """What waits is left alone, nothing of it is put off, and it arrives when the access point answers again."""
    for _ in range(AT_ONCE + 3):
        town.a.send(town.b.address())
    town.carry()
    point.offers_only = True
    assert _arrivals(town, point).fetch() == 0
    assert len(point.asked) <= AT_ONCE
    assert town.b.events("parcel.postponed") == []
    point.offers_only = False
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"] * (AT_ONCE + 3)


@pytest.mark.feature("S8", "S10", "SD7", "SD15")
def test_an_access_point_that_is_down_is_waited_for(town: Any, point: Any) -> None:
    """The delivery waits, says why, and goes when the access point answers again."""
    point.down = True
    town.a.send(town.b.address())
    town.carry()
    assert town.a.timeline()[1:] == ["SEND_IN_PROGRESS", "SEND_ATTEMPT_FAILED", "WAITING_FOR_RETRY"]
    assert "Accesspunkten svarar inte" in town.a.failure()
    point.down = False
    town.a.make_due()
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD7")
def test_what_broke_off_is_asked_for_before_it_goes_again(town: Any, point: Any) -> None:
    """The line breaks after the parcel was taken: the access point says that it has it, and it arrives once."""
    point.breaks = True
    town.a.send(town.b.address())
    town.carry()
    assert town.a.states() == ["WAITING_FOR_RETRY"]
    point.breaks = False
    town.a.make_due()
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
    assert [one.transport_id for one in point.taken].count(str(town.a.delivery().id)) == 1
    assert len(town.b.messages()) == 1


@pytest.mark.feature("SD7")
def test_what_was_kept_before_a_crash_is_what_goes(town: Any, point: Any) -> None:
    """Sealed and kept, but never handed over: the kept bytes go, and nothing is sealed anew."""
    point.down = True
    town.a.send(town.b.address())
    town.carry()
    kept = town.a.delivery().wire
    point.down = False
    town.a.make_due()
    town.carry()
    assert town.a.delivery().wire == kept
    assert len(point.taken) == 1


@pytest.mark.feature("SD6", "S15")
def test_a_receipt_may_overtake_the_outcome(town: Any, point: Any, stranger: Any) -> None:
    """The receiver has answered before we have written that we sent: the receipt counts, and nothing lowers it."""
    point.breaks = True
    town.a.send(stranger)
    town.carry()
    town.answer(town.receipt(str(town.a.delivery().id)))
    town.fetch()
    assert town.a.states() == ["ACKNOWLEDGED"]
    point.breaks = False
    town.a.make_due()
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]


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
def test_what_is_enqueued_is_asked_about(town: Any, point: Any, stranger: Any, word: str | None, state: str) -> None:
    """The access point has it and has not told; it is asked until it tells, or the receipt is faster."""
    point.words = "SEND_ENQUEUED"
    town.a.send(stranger)
    town.carry()
    assert town.a.states() == ["SEND_ENQUEUED"]
    status_polling = StatusPolling(town.platform.plugins.host("sdk"), town.network.memberships, point)
    status_polling.poll()
    assert town.a.states() == ["SEND_ENQUEUED"]
    if word is None:
        town.answer(town.receipt(str(town.a.delivery().id)))
        town.fetch()
    point.words = word or "ACKNOWLEDGED"
    status_polling.poll()
    assert town.a.states() == [state]
    assert town.a.rows("SELECT 1 FROM sdk_enqueued") == []


@pytest.mark.feature("S7")
def test_the_job_that_asks_is_registered(town: Any) -> None:
    """It finds nothing to ask about with the simulator, which never leaves a parcel enqueued."""
    assert do_job(town.platform, "sdk.status") == 0


@pytest.mark.feature("SD3", "SD14")
def test_a_participant_that_is_not_in_the_network_is_a_lasting_fault(town: Any, stranger: Any) -> None:
    """The sentence says what to do; it stands under what needs attention."""
    town.withdraw()
    town.a.send(stranger)
    town.carry()
    assert town.a.states() == ["SEND_FAILURE"]
    assert "finns inte i nätet SDK" in town.a.failure()
    assert town.a.sent()[0].trouble


@pytest.mark.feature("SD14")
def test_a_certificate_service_that_is_down_is_waited_for(town: Any, stranger: Any) -> None:
    """It says nothing of the recipient, so the delivery waits."""
    town.break_certificates()
    town.a.send(stranger)
    town.carry()
    assert town.a.states() == ["WAITING_FOR_RETRY"]
    assert "certifikattjänst svarar inte" in town.a.failure()


@pytest.mark.feature("SD14")
def test_nothing_is_encrypted_to_an_expired_certificate(town: Any, point: Any, stranger: Any) -> None:
    """It waits for the recipient to renew it; not a byte leaves."""
    ago = datetime.now(UTC) - timedelta(days=2)
    valid = Validity(ago, ago + timedelta(days=1))
    town.publish(town.federation.authority.issue("trygghet.example", "Gammal", valid=valid).certificate)
    town.a.send(stranger)
    town.carry()
    assert town.a.states() == ["WAITING_FOR_RETRY"]
    assert "be dem förnya det" in town.a.failure()
    assert point.taken == []


@pytest.mark.feature("SD18", "SD7")
def test_a_change_of_keys_loses_nothing_that_is_on_its_way(town: Any) -> None:
    """The recipient changes keys while a message to the old one is under way; its receipt bears the new one."""
    town.a.send(town.b.address())
    town.carry()
    name = town.b.participant.participant
    new = town.federation.authority.issue("regionvattern.example", "Region Vättern")
    town.network.memberships.add(town.b.admin.organisation_id, name, new)
    town.federation.publisher.publish(name, encryption=new.certificate, signing=new.certificate)
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
    town.certificates.forget()
    town.a.send(town.b.address())
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED", "ACKNOWLEDGED"]


@pytest.mark.feature("SD18", "PL5")
def test_keys_that_cannot_be_read_stop_their_organisation_alone(town: Any) -> None:
    """The other one sends and receives; health says whose keys it is."""
    town.b.rows("UPDATE sdk_identities SET pair = decode('00', 'hex') RETURNING 1")
    host = town.platform.plugins.host("sdk")
    memberships = Memberships(host)
    assert [one.organisation_id for one in memberships.all()] == [town.a.admin.organisation_id]
    watch = CertificateRefresh(host, memberships, town.network.certificates, None)
    answers = [watch.ending(one) for one in (None, town.a.admin.organisation_id, town.b.admin.organisation_id)]
    assert [[one.ok for one in told] for told in answers] == [[False], [True], [False]]
    assert str(answers[0][0]).endswith("tar emot: 1.")


@pytest.mark.feature("SD18", "PL5")
def test_a_database_that_goes_away_makes_no_keys_unreadable(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked is told that it does not answer; both organisations take part as soon as it does."""
    memberships = Memberships(town.platform.plugins.host("sdk"))
    with monkeypatch.context() as gone:
        gone.setattr(memberships, "_read_one", Mock(side_effect=OperationalError("SELECT", {}, Exception())))
        with pytest.raises(OperationalError):
            memberships.all()
    assert len(memberships.all()) == 2
    assert not memberships.unreadable
