"""The receipt handlers keep the contract, and read what recipients and the access point say."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from budkavle import DeliveryState, Purpose, ReceiptHandler
from budkavle.testing.contracts import ORGANISATION, ReceiptHandlerContract
from budkavle_sdk_transport import texts
from budkavle_sdk_transport.incoming.message_receipts import MessageReceipts
from budkavle_sdk_transport.outgoing.access_point_statuses import AccessPointStatuses
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt

CONTEXT = {
    "organisation_id": str(ORGANISATION),
    "delivery_id": "b5a7c1f0-0000-4000-8000-000000000001",
    "transport_id": "t1",
    "purpose": Purpose.MESSAGE.value,
    "since": "2026-05-01 11:00:00+00:00",
    "at": "2026-05-01T12:00:00+00:00",
}


@pytest.mark.feature("PL6")
class TestMessageReceipts(ReceiptHandlerContract):
    """What a recipient says of a message."""

    @pytest.fixture
    def handler(self) -> ReceiptHandler:
        return MessageReceipts()

    @pytest.fixture
    def words(self) -> bytes:
        at = datetime(2026, 5, 1, 12, tzinfo=UTC)
        ids = (str(uuid4()), at, "0203:kisa.example", "0203:bjorkvik.example", str(uuid4()))
        return build_receipt(MessageReceipt(*ids, accepted=True))


def test_a_receipt_that_names_no_message_is_none() -> None:
    """Nothing is looked for by an empty name."""
    receipt = MessageReceipt("r", datetime(2026, 5, 1, 12, tzinfo=UTC), "0203:a.se", "0203:b.se", "m", accepted=True)
    xml = build_receipt(receipt)
    assert MessageReceipts().read(xml, CONTEXT) is not None
    assert MessageReceipts().read(xml.replace(b"<cbc:ID>m<", b"<cbc:ID> <"), CONTEXT) is None


@pytest.mark.feature("PL6")
class TestAccessPointStatuses(ReceiptHandlerContract):
    """What our access point says of a message."""

    @pytest.fixture
    def handler(self) -> ReceiptHandler:
        return AccessPointStatuses()

    @pytest.fixture
    def words(self) -> bytes:
        return b"ACKNOWLEDGED"

    @pytest.fixture
    def context(self) -> Mapping[str, str]:
        return CONTEXT


@pytest.mark.parametrize(
    ("word", "more", "state", "sentence"),
    [
        ("ACKNOWLEDGED", {}, DeliveryState.WAITING_FOR_RECEIPT, ""),
        ("ACKNOWLEDGED", {"purpose": Purpose.RECEIPT.value}, DeliveryState.ACKNOWLEDGED, ""),
        ("NOT_FOUND", {}, DeliveryState.NOT_FOUND, texts.LOST),
        ("SEND_FAILURE", {}, DeliveryState.SEND_FAILURE, texts.NOT_DELIVERED),
        ("SEND_FAILURE", {"pause": "900.0"}, DeliveryState.SEND_ATTEMPT_FAILED, texts.SENT_AGAIN),
        ("WAITING_FOR_RETRY", {}, DeliveryState.WAITING_FOR_RETRY, ""),
    ],
)
def test_a_status_means_a_state(word: str, more: dict[str, str], state: DeliveryState, sentence: str) -> None:
    """A receipt of ours ends when it has arrived; what has failed goes once more where the settings say so."""
    receipt = AccessPointStatuses().read(word.encode(), {**CONTEXT, **more})
    assert receipt is not None
    assert (receipt.state, "".join(reason.text for reason in receipt.reasons)) == (state, sentence)
    assert receipt.pause == (timedelta(minutes=15) if "pause" in more else None)
