"""Receipts are believed as they were signed, and of their parties alone."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from budkavle_sdk_transport.envelope.sealing import seal_receipt
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt
from budkavle_sdk_transport.receipts.reader import ReceiptRefused, open_receipt


@pytest.mark.feature("SD5")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">ACCEPTED<", b">REJECTED<"),
        (b"</cac:DocumentReference>", b"</cac:DocumentReference><!-- --><x></x>"),
        (b"<ds:DigestValue>", b"<ds:DigestValue>A"),
    ],
)
def test_changed_receipt_is_refused(exchange: Any, old: bytes, new: bytes) -> None:
    """A receipt that was changed on its way is not believed."""
    xhe = exchange.open(exchange.seal()).receipt_xhe
    assert old in xhe
    with pytest.raises(ReceiptRefused):
        open_receipt(xhe.replace(old, new), certificates=exchange.certificates)


@pytest.mark.feature("SD5")
def test_receipt_of_other_parties_is_refused(exchange: Any) -> None:
    """A receipt that names other parties than its envelope is not believed, though it is signed."""
    receipt = MessageReceipt(
        str(uuid.uuid4()), datetime.now(UTC), "0203:annan.example", exchange.sender, str(uuid.uuid4()), accepted=True
    )
    envelope = replace(
        exchange.envelope(exchange.message(), encrypted=False, document=DOCUMENT_RECEIPT),
        sender=exchange.recipient,
        recipient=exchange.sender,
    )
    xhe = seal_receipt(build_receipt(receipt), envelope, signer=exchange.recipient_keys)
    with pytest.raises(ReceiptRefused, match="andra parter"):
        open_receipt(xhe, certificates=exchange.certificates)


@pytest.mark.feature("SD5")
def test_message_is_no_receipt(exchange: Any) -> None:
    """A message's envelope is refused where a receipt is awaited, and so is any rubbish."""
    for data in (exchange.seal(), b"", b"<a></a>"):
        with pytest.raises(ReceiptRefused):
            open_receipt(data, certificates=exchange.certificates)
