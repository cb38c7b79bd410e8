"""What a parcel carries must be for whom it came to; what it proves is kept."""

from typing import Any
from uuid import UUID

import pytest

from budkavle import Platform
from budkavle.deliveries import read_receipts
from budkavle.testing.acting import in_work
from budkavle_sdk_transport.message.sdk_message import Attachment
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS

MUNICIPALITY, REGION, _ = PARTICIPANTS


@pytest.mark.feature("SD4")
def test_a_message_to_another_organisation_is_met_with_silence(
    region: Any, municipality: Any, peer: Any, sdk_worker: Any
) -> None:
    """Also where the other is one of this installation: the access point has given it to the wrong one."""
    peer.submit(peer.seal(peer.message(MUNICIPALITY)), recipient=REGION.participant)
    sdk_worker.settle()
    assert "ingen organisation här" in region.organisation.log_entries("message.refused")[0]
    assert peer.pending_receipts() == []
    assert region.messages() == municipality.messages() == []


@pytest.mark.feature("SD5")
def test_a_receipt_to_another_organisation_is_refused(municipality: Any, peer: Any, sdk_worker: Any) -> None:
    """Its sender is right, and what it says may be, but it is not for whom it came to."""
    peer.answer(peer.receipt(str(UUID(int=7)), recipient=REGION.participant))
    sdk_worker.settle()
    assert "utställd av eller till någon annan" in municipality.organisation.log_entries("message.refused")[0]
    assert municipality.organisation.rows("SELECT 1 FROM receipts WHERE state <> 'REFUSED'") == []


@pytest.mark.feature("SD4")
def test_a_type_that_the_settings_do_not_name_is_rejected(region: Any, peer: Any, sdk_worker: Any) -> None:
    """As the participant's own list says."""
    files = (Attachment("a.xyz", "application/x-unheard-of", b"x"),)
    peer.submit(peer.seal(peer.message(attachments=files)))
    sdk_worker.settle()
    (answer,) = peer.read_receipts()
    assert [(str(one.cause), str(one.detail)) for one in answer.reasons] == [("BV", "not-supported")]
    assert region.messages() == []


@pytest.mark.feature("SD6")
def test_the_bytes_that_came_are_kept(
    platform: Platform, region: Any, municipality: Any, peer: Any, sdk_worker: Any, stranger: Any
) -> None:
    """Of a message, of what was refused, and of the receipt for what was sent."""
    peer.submit(peer.seal(peer.message()))
    peer.submit(b"no envelope")
    municipality.send(stranger)
    sdk_worker.deliver()
    delivery_id = municipality.delivery().id
    receipt = peer.receipt(str(delivery_id))
    peer.answer(receipt)
    sdk_worker.settle()
    kept = "SELECT 1 FROM messages WHERE direction = 'in' AND (evidence IS NOT NULL OR evidence_blob IS NOT NULL)"
    assert len(region.organisation.rows(kept)) == 1
    refused = "SELECT 1 FROM receipts WHERE state = 'REFUSED' AND evidence IS NOT NULL"
    assert len(region.organisation.rows(refused)) == 1
    assert in_work(platform, municipality.organisation.system, read_receipts, delivery_id) == (receipt,)
