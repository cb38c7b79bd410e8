"""Opening an envelope: what is checked, in which order, and what the sender is told.

Sources: Innehållsspecifikation 1.5.2, 5.3 (outcomes and codes); Kuverteringsprofil XHE 1.0, 3.2 and 3.4.1 (never
decrypt before the signature holds); Meddelandekvittens 1.0, 2.1.2 (when no receipt is sent).

The first check that finds something ends the opening, and its findings are the receipt's reasons.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from lxml import etree

from budkavle import Sentence
from budkavle_sdk_transport.envelope.sealing import seal_receipt
from budkavle_sdk_transport.envelope.unsealing import (
    Rejected,
    Silent,
    decrypted,
    message_element,
    read_received,
    reject,
    verified,
)
from budkavle_sdk_transport.envelope.validation import check_envelope, check_mirroring
from budkavle_sdk_transport.envelope.xhe import Envelope, payload_of
from budkavle_sdk_transport.formats.base64_blocks import Base64Blocks
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT
from budkavle_sdk_transport.formats.xml import hold, parse, path_of
from budkavle_sdk_transport.incoming.content_checks import Checks, check_content
from budkavle_sdk_transport.keys.certificates import CertificateSource
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.message.sdk_message import SdkMessage, read_message
from budkavle_sdk_transport.message.validation import check_message
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt
from budkavle_sdk_transport.receipts.validation import check_receipt

Outcome = Literal["ACCEPTED", "REJECTED"]

MOST_REASONS: Final = 50
PLAIN: Final = "The message was refused."
"""A reason's words, where its own would not make a valid receipt."""


@dataclass(slots=True)
class Opened:
    """What came of opening an envelope, as far as it was opened.

    Attributes:
        outcome: `ACCEPTED`, `REJECTED`, or None when the sender is told nothing.
        findings: Why it was not accepted.
        envelope: What the envelope says; trust it only as far as the outcome goes.
        message: The message; only when accepted.
        message_xml: The decrypted message, a document of its own; also when it was rejected after decryption.
        receipt_xml: The receipt, when there is an outcome.
        receipt_xhe: The receipt in its signed envelope, when there was a key to sign with.
        why_no_receipt: The reason in a Swedish sentence for the administrator, when there is no outcome.
    """

    outcome: Outcome | None = None
    findings: list[Finding] = field(default_factory=list)
    envelope: Envelope | None = None
    message: SdkMessage | None = None
    message_xml: bytes | None = None
    receipt_xml: bytes | None = None
    receipt_xhe: bytes | None = None
    why_no_receipt: str | None = None


def open_message(
    xhe: bytes,
    *,
    keys: Sequence[KeyPair],
    certificates: CertificateSource,
    checks: Checks,
    signer: KeyPair | None = None,
) -> Opened:
    """Open an envelope and make the receipt that the specification's tables ask for.

    Args:
        xhe: What the access point handed over.
        keys: The recipient's pairs that may open it, newest first.
        certificates: Published certificates.
        checks: What the organisation knows.
        signer: Signs the receipt; the first of `keys` when not given.

    Raises:
        CertificatesUnavailable: The certificates could not be asked for; nothing is known yet, try again.
    """
    opened = Opened()
    try:
        _open(opened, xhe, keys, certificates, checks)
        opened.outcome = "ACCEPTED"
    except Rejected as rejected:
        opened.outcome, opened.findings = "REJECTED", rejected.findings
    except Silent as silent:
        opened.why_no_receipt, opened.findings = Sentence.of(silent), silent.findings
    if opened.outcome is not None:
        _make_receipt(opened, signer or next(iter(keys), None), checks.clock())
    return opened


def _open(
    opened: Opened,
    xhe: bytes,
    keys: Sequence[KeyPair],
    certificates: CertificateSource,
    checks: Checks,
) -> None:
    received = read_received(xhe)
    opened.envelope = received.envelope
    _check_arrival(opened.envelope, checks)
    # The envelope was read from the very nodes that are verified here: only the signature leaves the tree.
    root = verified(received, certificates, checks.is_revoked, checks.clock())
    plain = decrypted(root, received, keys)
    if len(plain) > checks.max_bytes:
        raise Rejected([Finding(Cause.BV, Detail.TOO_LONG, "NA", "Message size too large.", "SDK-CS-Size")])
    message_root, blocks, opened.message_xml = message_element(plain, root)
    del received, root, plain
    held = hold(message_root)
    reject(check_message(message_root, size=len(opened.message_xml), max_bytes=checks.max_bytes))
    message = _read_message(message_root, blocks)
    reject(check_mirroring(opened.envelope, message))
    check_content(opened.envelope, message, message_root, checks)
    opened.message = message
    del held


def _check_arrival(envelope: Envelope, checks: Checks) -> None:
    if envelope.document == DOCUMENT_RECEIPT:
        raise Silent("Kuvertet innehåller en kvittens, och en kvittens kvitteras aldrig.")
    if envelope.document != DOCUMENT_MESSAGE:
        raise Silent("Kuvertet innehåller en meddelandetyp som inte tas emot här.")
    if not checks.serves(envelope.recipient):
        raise Silent(Sentence("Mottagaren {recipient} är ingen organisation här.", recipient=envelope.recipient))


def _read_message(root: etree._Element, blocks: Base64Blocks) -> SdkMessage:
    try:
        return read_message(root, blocks)
    except ValueError:
        text = "The message's content cannot be read."
        raise Rejected([Finding(Cause.SV, Detail.STRUCTURE, path_of(root), text, "SDK-CONTENT")]) from None


def _make_receipt(opened: Opened, signer: KeyPair | None, at: datetime) -> None:
    """Make the receipt, and see that it is one: what is sent is judged as what comes (Transportmodell Bas 2.9.3[b])."""
    if opened.envelope is None:
        return
    findings = opened.findings[:MOST_REASONS]
    # Where a reason's path or words make no valid receipt, its codes still say what is wrong.
    plain = [replace(finding, path="NA", text=PLAIN) for finding in findings[:1]]
    for reasons in (findings, plain):
        _make_receipt_of(opened, opened.envelope, reasons, signer, at)
        if opened.receipt_xhe is None or _is_valid(opened.receipt_xhe):
            return
    raise ValueError("No valid receipt can be made.")


def _is_valid(xhe: bytes) -> bool:
    root = parse(xhe)
    return not check_envelope(root) and not check_receipt(payload_of(root))


def _make_receipt_of(
    opened: Opened, envelope: Envelope, reasons: Sequence[Finding], signer: KeyPair | None, at: datetime
) -> None:
    receipt = MessageReceipt(
        id=str(uuid.uuid4()),
        issued_at=at,
        sender=envelope.recipient,
        recipient=envelope.sender,
        message_id=envelope.id,
        accepted=opened.outcome == "ACCEPTED",
        reasons=tuple(reasons),
    )
    opened.receipt_xml = build_receipt(receipt)
    if signer is not None:
        opened.receipt_xhe = seal_receipt(opened.receipt_xml, _receipt_envelope(receipt, envelope), signer=signer)


def _receipt_envelope(receipt: MessageReceipt, answered: Envelope) -> Envelope:
    """The functional address of the message is also used on its receipt (Innehållsspecifikation 3.2)."""
    return Envelope(
        id=receipt.id,
        created_at=receipt.issued_at,
        sender=receipt.sender,
        recipient=receipt.recipient,
        document=DOCUMENT_RECEIPT,
        handling_service_id=answered.handling_service_id,
        encrypted=False,
        federation=answered.federation,
    )
