"""Receipts as they come: in any order, twice, from anybody; all are evidence, and only the right one counts."""

import json
import uuid
from typing import Any

import pytest

from budkavle import Platform, Sentence
from budkavle.operations.retention import empty_bin
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.formats.findings import Finding
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.simulator.federation import Federation


@pytest.fixture
def sent(municipality: Any, sdk_worker: Any, stranger: Any) -> str:
    """The id of a message that waits for the stranger's receipt."""
    municipality.send(stranger)
    sdk_worker.deliver()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    return str(municipality.delivery().id)


def stored(municipality: Any) -> list[tuple[bool, bool]]:
    """Of each stored receipt: whether it belongs to what we sent, and whether it counted."""
    rows = municipality.organisation.rows(
        "SELECT delivery_id, applied FROM receipts WHERE state <> 'REFUSED' ORDER BY received_at"
    )
    return [(row.delivery_id is not None, row.applied) for row in rows]


@pytest.mark.feature("SD5", "SD6", "S15")
def test_the_receivers_receipt_acknowledges(municipality: Any, peer: Any, sdk_worker: Any, sent: str) -> None:
    """A receipt from outside, read from its envelope."""
    peer.answer(peer.receipt(sent))
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert stored(municipality) == [(True, True)]


@pytest.mark.feature("SD4", "SD6", "S11", "S14")
def test_a_rejection_stands_under_what_needs_attention(
    municipality: Any, peer: Any, sdk_worker: Any, sent: str, not_found: Finding
) -> None:
    """The reason is told in words, with what to do next."""
    peer.answer(peer.receipt(sent, not_found))
    sdk_worker.settle()
    assert municipality.states() == ["REJECTED"]
    (case,) = [one for one in municipality.sent() if one.trouble]
    (to,) = case.recipients
    assert "Funktionsadressen finns inte hos mottagaren. Välj mottagaren på nytt" in to.failure
    assert "Wrong or unknown subOrganization." in to.failure


@pytest.mark.feature("SD4", "S11")
def test_a_receivers_words_are_shown_in_part(municipality: Any, peer: Any, sdk_worker: Any, sent: str) -> None:
    """Megabytes of reasons would make the page of whoever sent the message as large; the receipt is kept whole."""
    long = Finding("BV", "", "/x" * 100_000, "w" * 100_000, "receipt")
    peer.answer(peer.receipt(sent, *[long] * 60))
    sdk_worker.settle()
    (case,) = [one for one in municipality.sent() if one.trouble]
    (to,) = case.recipients
    assert "w" * 1000 + "… (BV)" in to.failure
    assert to.failure.count("(BV)") == 50
    assert len(to.failure) < 100_000


@pytest.mark.feature("SD5", "SD6")
def test_a_receipt_of_what_has_been_destroyed_is_taken_and_changes_nothing(
    platform: Platform, municipality: Any, peer: Any, sdk_worker: Any, parts: Network, sent: str
) -> None:
    """The message is gone, and to whom it went: its late receipt does not stay at the access point for ever."""
    peer.answer(peer.receipt(sent))
    sdk_worker.settle()
    municipality.organisation.rows(
        "UPDATE cases SET state = 'binned', binned_at = now() - interval '1 year' RETURNING 1"
    )
    assert empty_bin(platform) == 1
    peer.answer(peer.receipt(sent))
    sdk_worker.settle()
    assert parts.access_point.pending(municipality.participant.participant) == []
    assert municipality.states() == ["DELETED"]
    assert municipality.organisation.log_entries("parcel.postponed") == []


@pytest.mark.feature("SD4", "SD6")
def test_the_whole_way_to_a_rejection(platform: Platform, municipality: Any, region: Any, sdk_worker: Any) -> None:
    """Two organisations of ours: the one has moved its function, the other is told to choose again."""
    from budkavle_addressbook import links

    links.unlink(platform.plugins.host("addressbook"), region.organisation.system, region.mailboxes[0].id)
    municipality.send(region.address())
    sdk_worker.settle()
    assert municipality.states() == ["REJECTED"]
    assert "Välj mottagaren på nytt" in municipality.delivery().failure
    assert region.organisation.rows("SELECT 1 FROM messages") == []


@pytest.mark.feature("SD5", "SD6")
def test_a_reason_that_nobody_knows_is_told_in_the_receivers_words(
    municipality: Any, peer: Any, sdk_worker: Any, sent: str
) -> None:
    """Test case 2.6.7: an unknown orsakskod does not make the receipt void."""
    peer.answer(peer.receipt(sent, Finding("XX", "new-code", "NA", "Stängt på söndagar.", "receipt")))
    sdk_worker.settle()
    assert municipality.states() == ["REJECTED"]
    assert "Stängt på söndagar." in municipality.delivery().failure


@pytest.mark.feature("SD5", "SD6")
def test_any_number_of_reasons_that_nobody_knows_is_believed(
    municipality: Any, peer: Any, sdk_worker: Any, sent: str
) -> None:
    """As many as faults are looked for in a document: none of them hides a fault, since none is one."""
    peer.answer(peer.receipt(sent, *[Finding("XX", "new-code", "NA", "Stängt.", "receipt")] * 30))
    sdk_worker.settle()
    assert municipality.states() == ["REJECTED"]


@pytest.mark.feature("SD5", "SD6")
def test_late_and_double_receipts_change_nothing(
    municipality: Any, peer: Any, sdk_worker: Any, sent: str, not_found: Finding
) -> None:
    """The first one counts; the same again is not stored again, another is stored beside it."""
    first = peer.receipt(sent)
    for payload in (first, first, peer.receipt(sent), peer.receipt(sent, not_found)):
        peer.answer(payload)
        sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert stored(municipality) == [(True, True), (True, False), (True, False)]


@pytest.mark.feature("SD6")
def test_a_rejected_message_is_never_acknowledged(
    municipality: Any, peer: Any, sdk_worker: Any, sent: str, not_found: Finding
) -> None:
    """An acceptance after the rejection is evidence and no more."""
    peer.answer(peer.receipt(sent, not_found))
    sdk_worker.settle()
    peer.answer(peer.receipt(sent))
    sdk_worker.settle()
    assert municipality.states() == ["REJECTED"]
    assert stored(municipality) == [(True, True), (True, False)]


@pytest.mark.feature("SD5", "SD6")
def test_a_receipt_for_what_we_have_not_sent_is_kept(municipality: Any, peer: Any, sdk_worker: Any) -> None:
    """It changes nothing and is no error."""
    peer.answer(peer.receipt(str(uuid.uuid4())))
    sdk_worker.settle()
    assert stored(municipality) == [(False, False)]
    assert len(municipality.organisation.log_entries("receipt.unmatched")) == 1


@pytest.mark.feature("SD5", "SD6")
def test_a_receipt_from_somebody_else_is_kept_and_changes_nothing(
    municipality: Any, peer: Any, sdk_worker: Any, sent: str
) -> None:
    """Another participant, with good keys of its own, cannot acknowledge what was not sent to it."""
    peer.answer(peer.receipt(sent, sender="0203:regionvattern.example"), sender="0203:regionvattern.example")
    sdk_worker.settle()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    assert stored(municipality) == [(True, False)]
    assert len(municipality.organisation.log_entries("receipt.stranger")) == 1


@pytest.mark.feature("SD5")
def test_a_receipt_under_anothers_name_is_refused(municipality: Any, peer: Any, sdk_worker: Any, sent: str) -> None:
    """The access point says who has sent it; the envelope says somebody else."""
    peer.answer(peer.receipt(sent), sender="0203:regionvattern.example")
    sdk_worker.settle()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    assert "utställd av eller till någon annan" in municipality.organisation.log_entries("message.refused")[0]


@pytest.mark.feature("SD5")
def test_a_forged_receipt_is_refused(
    municipality: Any, peer: Any, sdk_worker: Any, live_federation: Federation, sent: str
) -> None:
    """Signed with keys that the sender has not published: an event, and nothing changes."""
    forger = live_federation.authority.issue("trygghet.example", "Förfalskare")
    peer.answer(peer.receipt(sent, signer=forger))
    sdk_worker.settle()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    assert "går inte att lita på" in municipality.organisation.log_entries("message.refused")[0]
    assert stored(municipality) == []


@pytest.mark.feature("SD5")
def test_a_changed_receipt_is_refused(
    municipality: Any, peer: Any, sdk_worker: Any, sent: str, not_found: Finding
) -> None:
    """One word is turned after the signing."""
    peer.answer(peer.receipt(sent, not_found).replace(b">REJECTED<", b">ACCEPTED<"))
    sdk_worker.settle()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    assert len(municipality.organisation.log_entries("message.refused")) == 1


@pytest.mark.feature("SD5")
@pytest.mark.parametrize("payload", [b"", b"<a", b"<!DOCTYPE a><a/>", b"<x/>"])
def test_what_is_no_receipt_gets_an_event(
    municipality: Any, peer: Any, sdk_worker: Any, sent: str, payload: bytes
) -> None:
    """Malformed or hostile, it changes nothing, and an administrator reads a line about it."""
    peer.answer(payload)
    sdk_worker.settle()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    reason = Sentence.from_stored(
        json.loads(municipality.organisation.log_entries("message.refused")[0])["facts"]["reason"]
    )
    assert "En kvittens från 0203:trygghet.example går inte att lita på" in reason


@pytest.mark.feature("SD18", "SD5")
def test_a_receipt_with_new_keys_is_believed(
    municipality: Any, peer: Any, sdk_worker: Any, certpub: CertPub, live_federation: Federation, sent: str
) -> None:
    """The receiver has changed keys since its certificate was fetched."""
    certpub.signing_certificate("0203:trygghet.example")
    new = live_federation.authority.issue("trygghet.example", "Trygghetsmyndigheten")
    peer.publish(new.certificate)
    peer.answer(peer.receipt(sent, signer=new))
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]
