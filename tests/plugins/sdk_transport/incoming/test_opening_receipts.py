"""Receipts are believed as they were signed, and of their parties alone."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from budkavle_sdk_transport.envelope.sealing import seal_message, seal_receipt
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT
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


def sealed(exchange: Any, xml: bytes, **changes: Any) -> bytes:
    """Return a signed envelope of the recipient's with a receipt's XML, whatever the envelope says of itself."""
    envelope = exchange.envelope(exchange.message(), **{"encrypted": False, "document": DOCUMENT_RECEIPT, **changes})
    back = replace(envelope, sender=exchange.recipient, recipient=exchange.sender)
    if back.encrypted:
        certificate = exchange.sender_keys.certificate
        return seal_message(xml, back, signer=exchange.recipient_keys, recipient_certificate=certificate)
    return seal_receipt(xml, back, signer=exchange.recipient_keys)


def receipt_xml(exchange: Any) -> bytes:
    name, at = str(uuid.uuid4()), datetime.now(UTC)
    return build_receipt(MessageReceipt(name, at, exchange.recipient, exchange.sender, name, accepted=True))


@pytest.mark.feature("SD5")
@pytest.mark.parametrize("changes", [{"document": DOCUMENT_MESSAGE}, {"encrypted": True}], ids=["message", "encrypted"])
def test_a_receipt_in_an_envelope_of_something_else_is_refused(exchange: Any, changes: dict[str, Any]) -> None:
    """It is right in itself, and signed by the right one, but its envelope says that it is no receipt in the open."""
    with pytest.raises(ReceiptRefused, match="ingen okrypterad kvittens"):
        open_receipt(sealed(exchange, receipt_xml(exchange), **changes), certificates=exchange.certificates)


@pytest.mark.feature("SD5")
@pytest.mark.parametrize(
    ("old", "new"),
    [(b">ACCEPTED<", b">MAYBE<"), (b"</cac:DocumentReference>", b"</cac:DocumentReference><x></x>")],
    ids=["outcome", "element"],
)
def test_a_receipt_that_breaks_its_specification_is_refused(exchange: Any, old: bytes, new: bytes) -> None:
    """Also where its sender has signed it so; what is broken is told."""
    xml = receipt_xml(exchange)
    assert old in xml
    with pytest.raises(ReceiptRefused, match=r"följer inte sin specifikation\. \S+"):
        open_receipt(sealed(exchange, xml.replace(old, new)), certificates=exchange.certificates)


@pytest.mark.feature("SD5")
def test_a_receipts_own_bytes_are_kept(exchange: Any) -> None:
    """In canonical form, without the namespaces of the envelope: they are the evidence."""
    xml = receipt_xml(exchange)
    alone = etree.tostring(etree.fromstring(xml), method="c14n", exclusive=True)
    assert open_receipt(sealed(exchange, xml), certificates=exchange.certificates).document == alone


@pytest.mark.feature("SD5")
def test_why_a_receipts_signature_does_not_hold_is_told(exchange: Any) -> None:
    """In the sentence for the administrator."""
    xhe = sealed(exchange, receipt_xml(exchange)).replace(b">ACCEPTED<", b">REJECTED<")
    with pytest.raises(ReceiptRefused, match=r"håller inte\. Sender signature not validated"):
        open_receipt(xhe, certificates=exchange.certificates)
