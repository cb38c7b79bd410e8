"""Receipts as they come: in any order, twice, from anybody; all are evidence, and only the right one counts."""

import json
import uuid
from typing import Any

import pytest

from budkavle import Sentence
from budkavle.operations.retention import empty_bin
from budkavle_sdk_transport.formats.findings import Finding


@pytest.fixture
def sent(town: Any, stranger: Any) -> str:
    """The id of a message that waits for the stranger's receipt."""
    town.a.send(stranger)
    town.carry()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    return str(town.a.delivery().id)


def stored(town: Any) -> list[tuple[bool, bool]]:
    """Of each stored receipt: whether it belongs to what we sent, and whether it counted."""
    rows = town.a.rows("SELECT delivery_id, applied FROM receipts WHERE state <> 'REFUSED' ORDER BY received_at")
    return [(row.delivery_id is not None, row.applied) for row in rows]


@pytest.mark.feature("SD5", "SD6", "S15")
def test_the_receivers_receipt_acknowledges(town: Any, sent: str) -> None:
    """A receipt from outside, read from its envelope."""
    town.answer(town.receipt(sent))
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
    assert stored(town) == [(True, True)]


@pytest.mark.feature("SD4", "SD6", "S11", "S14")
def test_a_rejection_stands_under_what_needs_attention(town: Any, sent: str, not_found: Finding) -> None:
    """The reason is told in words, with what to do next."""
    town.answer(town.receipt(sent, not_found))
    town.settle()
    assert town.a.states() == ["REJECTED"]
    (case,) = [one for one in town.a.sent() if one.trouble]
    (to,) = case.recipients
    assert "Funktionsadressen finns inte hos mottagaren. Välj mottagaren på nytt" in to.failure
    assert "Wrong or unknown subOrganization." in to.failure


@pytest.mark.feature("SD4", "S11")
def test_a_receivers_words_are_shown_in_part(town: Any, sent: str) -> None:
    """Megabytes of reasons would make the page of whoever sent the message as large; the receipt is kept whole."""
    long = Finding("BV", "", "/x" * 100_000, "w" * 100_000, "receipt")
    town.answer(town.receipt(sent, *[long] * 60))
    town.settle()
    (case,) = [one for one in town.a.sent() if one.trouble]
    (to,) = case.recipients
    assert "w" * 1000 + "… (BV)" in to.failure
    assert to.failure.count("(BV)") == 50
    assert len(to.failure) < 100_000


@pytest.mark.feature("SD5", "SD6")
def test_a_receipt_of_what_has_been_destroyed_is_taken_and_changes_nothing(town: Any, sent: str) -> None:
    """The message is gone, and to whom it went: its late receipt does not stay at the access point for ever."""
    town.answer(town.receipt(sent))
    town.settle()
    town.a.rows("UPDATE cases SET state = 'binned', binned_at = now() - interval '1 year' RETURNING 1")
    assert empty_bin(town.platform) == 1
    town.answer(town.receipt(sent))
    town.settle()
    assert town.network.access_point.pending(town.a.participant.participant) == []
    assert town.a.states() == ["DELETED"]
    assert town.a.events("parcel.postponed") == []


@pytest.mark.feature("SD4", "SD6")
def test_the_whole_way_to_a_rejection(town: Any) -> None:
    """Two organisations of ours: the one has moved its function, the other is told to choose again."""
    from budkavle_addressbook import links

    links.unlink(town.platform.plugins.host("addressbook"), town.b.admin, town.b.boxes[0].id)
    town.a.send(town.b.address())
    town.settle()
    assert town.a.states() == ["REJECTED"]
    assert "Välj mottagaren på nytt" in town.a.delivery().failure
    assert town.b.rows("SELECT 1 FROM messages") == []


@pytest.mark.feature("SD5", "SD6")
def test_a_reason_that_nobody_knows_is_told_in_the_receivers_words(town: Any, sent: str) -> None:
    """Test case 2.6.7: an unknown orsakskod does not make the receipt void."""
    town.answer(town.receipt(sent, Finding("XX", "new-code", "NA", "Stängt på söndagar.", "receipt")))
    town.settle()
    assert town.a.states() == ["REJECTED"]
    assert "Stängt på söndagar." in town.a.delivery().failure


@pytest.mark.feature("SD5", "SD6")
def test_late_and_double_receipts_change_nothing(town: Any, sent: str, not_found: Finding) -> None:
    """The first one counts; the same again is not stored again, another is stored beside it."""
    first = town.receipt(sent)
    for payload in (first, first, town.receipt(sent), town.receipt(sent, not_found)):
        town.answer(payload)
        town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
    assert stored(town) == [(True, True), (True, False), (True, False)]


@pytest.mark.feature("SD6")
def test_a_rejected_message_is_never_acknowledged(town: Any, sent: str, not_found: Finding) -> None:
    """An acceptance after the rejection is evidence and no more."""
    town.answer(town.receipt(sent, not_found))
    town.settle()
    town.answer(town.receipt(sent))
    town.settle()
    assert town.a.states() == ["REJECTED"]
    assert stored(town) == [(True, True), (True, False)]


@pytest.mark.feature("SD5", "SD6")
def test_a_receipt_for_what_we_have_not_sent_is_kept(town: Any) -> None:
    """It changes nothing and is no error."""
    town.answer(town.receipt(str(uuid.uuid4())))
    town.settle()
    assert stored(town) == [(False, False)]
    assert len(town.a.events("receipt.unmatched")) == 1


@pytest.mark.feature("SD5", "SD6")
def test_a_receipt_from_somebody_else_is_kept_and_changes_nothing(town: Any, sent: str) -> None:
    """Another participant, with good keys of its own, cannot acknowledge what was not sent to it."""
    town.answer(town.receipt(sent, sender="0203:regionvattern.example"), sender="0203:regionvattern.example")
    town.settle()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    assert stored(town) == [(True, False)]
    assert len(town.a.events("receipt.stranger")) == 1


@pytest.mark.feature("SD5")
def test_a_receipt_under_anothers_name_is_refused(town: Any, sent: str) -> None:
    """The access point says who has sent it; the envelope says somebody else."""
    town.answer(town.receipt(sent), sender="0203:regionvattern.example")
    town.settle()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    assert "utställd av eller till någon annan" in town.a.events("message.refused")[0]


@pytest.mark.feature("SD5")
def test_a_forged_receipt_is_refused(town: Any, sent: str) -> None:
    """Signed with keys that the sender has not published: an event, and nothing changes."""
    forger = town.federation.authority.issue("trygghet.example", "Förfalskare")
    town.answer(town.receipt(sent, signer=forger))
    town.settle()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    assert "går inte att lita på" in town.a.events("message.refused")[0]
    assert stored(town) == []


@pytest.mark.feature("SD5")
def test_a_changed_receipt_is_refused(town: Any, sent: str, not_found: Finding) -> None:
    """One word is turned after the signing."""
    town.answer(town.receipt(sent, not_found).replace(b">REJECTED<", b">ACCEPTED<"))
    town.settle()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    assert len(town.a.events("message.refused")) == 1


@pytest.mark.feature("SD5")
@pytest.mark.parametrize("payload", [b"", b"<a", b"<!DOCTYPE a><a/>", b"<x/>"])
def test_what_is_no_receipt_gets_an_event(town: Any, sent: str, payload: bytes) -> None:
    """Malformed or hostile, it changes nothing, and an administrator reads a line about it."""
    town.answer(payload)
    town.settle()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    reason = Sentence.from_stored(json.loads(town.a.events("message.refused")[0])["facts"]["reason"])
    assert "En kvittens från 0203:trygghet.example går inte att lita på" in reason


@pytest.mark.feature("SD18", "SD5")
def test_a_receipt_with_new_keys_is_believed(town: Any, sent: str) -> None:
    """The receiver has changed keys since its certificate was fetched."""
    town.certificates.signing_certificate("0203:trygghet.example")
    new = town.federation.authority.issue("trygghet.example", "Trygghetsmyndigheten")
    town.publish(new.certificate)
    town.answer(town.receipt(sent, signer=new))
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
