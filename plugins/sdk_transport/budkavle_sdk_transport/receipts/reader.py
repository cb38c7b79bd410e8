"""Reading a receipt that has come back for a message of ours.

Sources: Meddelandekvittens 1.0; Transportmodell Utökad Bas 2.11. A receipt is signed, never encrypted, and never itself
receipted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from lxml import etree

from budkavle import Sentence
from budkavle_sdk_transport.envelope.unsealing import Rejected, Silent, read_received, verified
from budkavle_sdk_transport.envelope.xhe import Envelope, payload_of
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT
from budkavle_sdk_transport.keys.certificates import CertificateSource
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, read_receipt
from budkavle_sdk_transport.receipts.validation import check_foreign_receipt


class ReceiptRefused(ValueError):
    """A receipt is not to be believed; the sentence, in Swedish for the administrator, says why."""


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """A receipt that may be believed.

    Attributes:
        envelope: What it came in.
        receipt: What it says.
        document: The receipt's own bytes, as they were signed.
    """

    envelope: Envelope
    receipt: MessageReceipt
    document: bytes


def open_receipt(
    xhe: bytes,
    *,
    certificates: CertificateSource,
    is_revoked: Callable[[x509.Certificate], bool] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> VerifiedReceipt:
    """Verify and read a receipt.

    The caller still has to see that the receipt's sender is whom it sent the message to.

    Raises:
        ReceiptRefused: It is not a receipt that may be believed.
        CertificatesUnavailable: The certificates could not be asked for; try again.
    """
    try:
        opened = _read_receipt(xhe, certificates, is_revoked, clock())
    except Silent as silent:
        reasons = " ".join(finding.text for finding in silent.findings[:3])
        raise ReceiptRefused(Sentence.joined([Sentence.of(silent), reasons])) from None
    except Rejected as rejected:
        raise ReceiptRefused(
            Sentence("Underskriften håller inte. {text}", text=Sentence(rejected.findings[0].text))
        ) from None
    envelope, receipt = opened.envelope, opened.receipt
    if (receipt.sender, receipt.recipient) != (envelope.sender, envelope.recipient):
        raise ReceiptRefused("Kvittensen anger andra parter än sitt kuvert.")
    return opened


def _read_receipt(
    xhe: bytes,
    certificates: CertificateSource,
    is_revoked: Callable[[x509.Certificate], bool] | None,
    at: datetime,
) -> VerifiedReceipt:
    received = read_received(xhe)
    envelope = received.envelope
    if envelope.document != DOCUMENT_RECEIPT or envelope.encrypted:
        raise Silent("Kuvertet innehåller ingen okrypterad kvittens.")
    root = verified(received, certificates, is_revoked, at)
    payload = payload_of(root)
    if findings := check_foreign_receipt(payload):
        raise Silent("Kvittensen följer inte sin specifikation.", findings)
    document = etree.tostring(payload, method="c14n", exclusive=True)
    return VerifiedReceipt(envelope, read_receipt(payload), document)
