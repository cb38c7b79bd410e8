"""Opening an envelope: what is checked, in which order, and what the sender is told.

Sources: Innehållsspecifikation 1.5.2, 5.3 (outcomes and codes); Kuverteringsprofil XHE 1.0, 3.2 and 3.4.1 (never
decrypt before the signature holds); Meddelandekvittens 1.0, 2.1.2 (when no receipt is sent).

The first check that finds something ends the opening, and its findings are the receipt's reasons. A receipt is signed,
never encrypted, and never itself receipted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from cryptography import x509
from lxml import etree

from budkavle_sdk_transport.canonical import namespace_axis
from budkavle_sdk_transport.certificates import (
    CertificateRefused,
    CertificateSource,
    UnknownParticipant,
    check_certificate,
)
from budkavle_sdk_transport.encryption import Undecryptable, decrypt
from budkavle_sdk_transport.envelope import Envelope, payload_of, read_envelope
from budkavle_sdk_transport.findings import Cause, Detail, Finding
from budkavle_sdk_transport.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT, MAX_MESSAGE_BYTES, NS_DS, NS_MESSAGE
from budkavle_sdk_transport.keys import KeyPair
from budkavle_sdk_transport.message import Attachment, SdkMessage, read_message
from budkavle_sdk_transport.receipt import MessageReceipt, build_receipt, read_receipt
from budkavle_sdk_transport.sealing import seal_receipt
from budkavle_sdk_transport.signature import SignatureRefused, verify
from budkavle_sdk_transport.validate import check_envelope, check_message, check_mirroring, check_receipt
from budkavle_sdk_transport.xml import MalformedXml, parse, path_of

Outcome = Literal["ACCEPTED", "REJECTED"]

PDF: Final = "application/pdf"
"""Every participant takes PDF (Innehållsspecifikation 4.3.3.3)."""
MOST_REASONS: Final = 50

_SIGNATURE_PATH: Final = "/xhe:XHE/ds:Signature"
_HEADER_PATH: Final = "/xhe:XHE/xha:Header"
_PAYLOAD_PATH: Final = "/xhe:XHE/xha:Payloads/xha:Payload"
_FUNCTION_PATH: Final = (
    "/sdk:messagePayload/sdk:message/sdk:messageHeader/sdk:recipient"
    "/sdk:attention/sdk:subOrganization/sdk:organizationId/sdk:extension"
)
_HEADER_IN_MESSAGE: Final = "/sdk:messagePayload/sdk:message/sdk:messageHeader"
_FILE_PATH: Final = "/sdk:messagePayload/sdk:message/sdk:messageBody/sdk:documents/sdk:ContentFiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What only the receiving organisation knows.

    Attributes:
        serves: Whether the participant is one of ours.
        knows_function: Whether (participant, functional address) has a function mailbox.
        accepts_type: Whether files of a MIME type are taken; PDF always is.
        scan: True when the bytes hold malware, False when not, None when nothing scans.
        is_duplicate: Whether a message of this id has been received before.
        refers_to_failed: Whether the id is of a message that we have marked as failed.
        is_revoked: Whether the sender's certificate is revoked; None when nothing knows.
        transport_sender: The originalSender that the access point has verified; None when not known.
        transport_recipient: The finalRecipient; None when not known.
        max_bytes: The largest message, decrypted, in bytes.
        clock: The time.
    """

    serves: Callable[[str], bool] = lambda _participant: True
    knows_function: Callable[[str, str], bool] = lambda _participant, _function: True
    accepts_type: Callable[[str], bool] = lambda _content_type: True
    scan: Callable[[bytes], bool | None] = lambda _content: None
    is_duplicate: Callable[[str], bool] = lambda _message_id: False
    refers_to_failed: Callable[[str], bool] = lambda _message_id: False
    is_revoked: Callable[[x509.Certificate], bool] | None = None
    transport_sender: str | None = None
    transport_recipient: str | None = None
    max_bytes: int = MAX_MESSAGE_BYTES
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


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


class ReceiptRefused(ValueError):
    """A receipt is not to be believed; the sentence, in Swedish for the administrator, says why."""


class _Rejected(Exception):
    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.findings = list(findings)


class _Silent(Exception):
    def __init__(self, why: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(why)
        self.findings = list(findings)


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
    except _Rejected as rejected:
        opened.outcome, opened.findings = "REJECTED", rejected.findings
    except _Silent as silent:
        opened.why_no_receipt, opened.findings = str(silent), silent.findings
    if opened.outcome is not None:
        _make_receipt(opened, signer or next(iter(keys), None), checks.clock())
    return opened


def open_receipt(
    xhe: bytes,
    *,
    certificates: CertificateSource,
    is_revoked: Callable[[x509.Certificate], bool] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Envelope, MessageReceipt]:
    """Verify and read a receipt.

    The caller still has to see that the receipt's sender is whom it sent the message to.

    Raises:
        ReceiptRefused: It is not a receipt that may be believed.
        CertificatesUnavailable: The certificates could not be asked for; try again.
    """
    try:
        envelope, receipt = _read_receipt(xhe, certificates, is_revoked, clock())
    except _Silent as silent:
        reasons = " ".join(finding.text for finding in silent.findings[:3])
        raise ReceiptRefused(f"{silent} {reasons}".strip()) from None
    except _Rejected as rejected:
        raise ReceiptRefused(f"Underskriften håller inte. {rejected.findings[0].text}") from None
    except MalformedXml as error:
        raise ReceiptRefused(f"Kvittensen går inte att läsa. {error}") from None
    if (receipt.sender, receipt.recipient) != (envelope.sender, envelope.recipient):
        raise ReceiptRefused("Kvittensen anger andra parter än sitt kuvert.")
    return envelope, receipt


def _open(
    opened: Opened,
    xhe: bytes,
    keys: Sequence[KeyPair],
    certificates: CertificateSource,
    checks: Checks,
) -> None:
    root, opened.envelope = _read_arrival(xhe)
    _check_arrival(opened.envelope, checks)
    # The envelope was read from the very nodes that are verified here: only the signature leaves the tree.
    root = _verified(root, opened.envelope, certificates, checks.is_revoked, checks.clock())
    plain = _decrypted(root, opened.envelope, keys)
    if len(plain) > checks.max_bytes:
        raise _Rejected([Finding(Cause.BV, Detail.TOO_LONG, "NA", "Message size too large.", "SDK-CS-Size")])
    message_root, opened.message_xml = _message_element(plain, root)
    del root, plain
    _reject(check_message(message_root, size=len(opened.message_xml), max_bytes=checks.max_bytes))
    message = _read_message(message_root)
    _reject(check_mirroring(opened.envelope, message))
    _check_content(opened.envelope, message, message_root, checks)
    opened.message = message


def _read_receipt(
    xhe: bytes,
    certificates: CertificateSource,
    is_revoked: Callable[[x509.Certificate], bool] | None,
    at: datetime,
) -> tuple[Envelope, MessageReceipt]:
    root, envelope = _read_arrival(xhe)
    if envelope.document != DOCUMENT_RECEIPT or envelope.encrypted:
        raise _Silent("Kuvertet innehåller ingen okrypterad kvittens.")
    root = _verified(root, envelope, certificates, is_revoked, at)
    payload = payload_of(root)
    findings = check_receipt(payload)
    if findings:
        raise _Silent("Kvittensen följer inte sin specifikation.", findings)
    return envelope, read_receipt(payload)


def _read_arrival(xhe: bytes) -> tuple[etree._Element, Envelope]:
    """Parse an envelope and hold it to its schema and rules. Nothing in it is believed yet."""
    try:
        root = parse(xhe)
    except MalformedXml as error:
        raise _Silent(f"Kuvertet går inte att läsa. {error}") from None
    # Canonical XML leaves comments out, so nobody has signed them; gone, they cannot split a value in two.
    etree.strip_tags(root, etree.Comment)
    findings = check_envelope(root)
    if findings:
        raise _Silent("Kuvertet följer inte kuverteringsprofilen. Anmäl det till plattformsansvarig.", findings)
    return root, read_envelope(root)


def _check_arrival(envelope: Envelope, checks: Checks) -> None:
    if envelope.document == DOCUMENT_RECEIPT:
        raise _Silent("Kuvertet innehåller en kvittens, och en kvittens kvitteras aldrig.")
    if envelope.document != DOCUMENT_MESSAGE:
        raise _Silent("Kuvertet innehåller en meddelandetyp som inte tas emot här.")
    if not checks.serves(envelope.recipient):
        raise _Silent(f"Mottagaren {envelope.recipient} är ingen organisation här.")


def _verified(
    root: etree._Element,
    envelope: Envelope,
    certificates: CertificateSource,
    is_revoked: Callable[[x509.Certificate], bool] | None,
    at: datetime,
) -> etree._Element:
    """The envelope as its sender signed it (outcome 12)."""
    try:
        certificate = certificates.signing_certificate(envelope.sender)
    except UnknownParticipant:
        raise _Silent(
            f"Avsändaren {envelope.sender} har inget publicerat certifikat; en kvittens skulle inte komma fram."
        ) from None
    path = _SIGNATURE_PATH if root.find(f"{{{NS_DS}}}Signature") is not None else "NA"
    try:
        check_certificate(certificate, at=at, is_revoked=is_revoked)
        return verify(root, certificate)
    except (CertificateRefused, SignatureRefused) as error:
        text = f"Sender signature not validated. {error}"
        raise _Rejected([Finding(Cause.SIG, Detail.SECURITY, path, text, "XHE-SIGNATURE")]) from None


def _decrypted(root: etree._Element, envelope: Envelope, keys: Sequence[KeyPair]) -> bytes:
    if not envelope.encrypted:
        path = f"{_PAYLOAD_PATH}/xhb:InstanceEncryptionIndicator"
        raise _Rejected([Finding(Cause.SIG, Detail.SECURITY, path, "Message is not encrypted.", "XHE-ENCRYPTION")])
    try:
        return decrypt(payload_of(root), keys)
    except (Undecryptable, MalformedXml):
        raise _Silent(_UNREADABLE) from None


_UNREADABLE: Final = "Innehållet går inte att dekryptera till välformad XML med mottagarens nycklar."
"""One sentence for all faults from decryption to parsing: which it was would help who tries keys and paddings."""


def _message_element(plain: bytes, root: etree._Element) -> tuple[etree._Element, bytes]:
    """The decrypted element as a document of its own, with the bytes that it was read from."""
    try:
        return parse(plain), plain
    except MalformedXml:
        alone = _in_context(plain, payload_of(root))
        return parse(alone), alone


def _in_context(plain: bytes, place: etree._Element) -> bytes:
    """Complete a fragment that uses prefixes of the envelope, as peers with libxmlsec1 write it."""
    axis = namespace_axis({prefix: uri for prefix, uri in place.nsmap.items() if prefix}).encode()
    try:
        wrapper = parse(b"<around" + axis + b">" + plain + b"</around>")
    except MalformedXml:
        raise _Silent(_UNREADABLE) from None
    if len(wrapper) != 1 or not isinstance(wrapper[0].tag, str):
        raise _Silent(_UNREADABLE)
    return etree.tostring(wrapper[0], encoding="UTF-8", with_tail=False)


def _read_message(root: etree._Element) -> SdkMessage:
    try:
        return read_message(root)
    except ValueError:
        text = "The message's content cannot be read."
        raise _Rejected([Finding(Cause.SV, Detail.STRUCTURE, path_of(root), text, "SDK-CONTENT")]) from None


def _file_path(root: etree._Element, number: int) -> str:
    """Where a file stands; in a message of several documents, which may be out of order, only that it is a file."""
    if sum(1 for _ in root.iter(f"{{{NS_MESSAGE}}}documents")) != 1:
        return _FILE_PATH
    return path_of(list(root.iter(f"{{{NS_MESSAGE}}}ContentFiles"))[number])


def _check_content(envelope: Envelope, message: SdkMessage, root: etree._Element, checks: Checks) -> None:
    """The checks that need the organisation's knowledge, in the order of the table."""
    _reject(_transport_findings(envelope, checks))
    if not checks.knows_function(envelope.recipient, message.recipient.function):
        text = "Wrong or unknown subOrganization/organizationId."
        _reject([Finding(Cause.BV, Detail.NOT_FOUND, _FUNCTION_PATH, text, "SDK-FUNCTION")])
    unsupported = [at for at, file in enumerate(message.attachments) if not _accepts(file, checks)]
    _reject([_unsupported(_file_path(root, at)) for at in unsupported])
    harmful = [at for at, file in enumerate(message.attachments) if checks.scan(file.content) is True]
    _reject([_harmful(_file_path(root, at)) for at in harmful])
    if checks.is_duplicate(message.message_id):
        path = f"{_HEADER_IN_MESSAGE}/sdk:messageId"
        _reject([Finding(Cause.BV, Detail.DUPLICATE, path, "messageId is not unique.", "SDK-UNIQUE-messageId")])
    if message.ref_to_message_id and checks.refers_to_failed(message.ref_to_message_id):
        path = f"{_HEADER_IN_MESSAGE}/sdk:refToMessageId"
        text = "The message that refToMessageId names is marked as failed."
        _reject([Finding(Cause.BV, Detail.NOT_SUPPORTED, path, text, "SDK-REFERENCE-failed")])


def _transport_findings(envelope: Envelope, checks: Checks) -> list[Finding]:
    """Outcome 13: the envelope's parties must be those that the access points have vouched for."""
    pairs = (
        (checks.transport_sender, envelope.sender, "FromParty", "originalSender"),
        (checks.transport_recipient, envelope.recipient, "ToParty", "finalRecipient"),
    )
    return [
        Finding(
            Cause.BV,
            Detail.SECURITY,
            f"{_HEADER_PATH}/xha:{party}/xha:PartyIdentification/xhb:ID",
            f"{party} is not identical to the access point's {word}.",
            f"SDK-{word}",
        )
        for carried, stated, party, word in pairs
        if carried is not None and carried != stated
    ]


def _accepts(file: Attachment, checks: Checks) -> bool:
    content_type = file.content_type.strip().lower()
    return content_type == PDF or checks.accepts_type(content_type)


def _unsupported(path: str) -> Finding:
    text = "The content type is not supported by the recipient."
    return Finding(Cause.BV, Detail.NOT_SUPPORTED, f"{path}/sdk:contentType", text, "SDK-FILE-type")


def _harmful(path: str) -> Finding:
    return Finding(Cause.BV, Detail.FORBIDDEN, path, "Malware was found in the file.", "SDK-FILE-malware")


def _reject(findings: Sequence[Finding]) -> None:
    if findings:
        raise _Rejected(findings)


def _make_receipt(opened: Opened, signer: KeyPair | None, at: datetime) -> None:
    envelope = opened.envelope
    if envelope is None:
        return
    receipt = MessageReceipt(
        id=str(uuid.uuid4()),
        issued_at=at,
        sender=envelope.recipient,
        recipient=envelope.sender,
        message_id=envelope.id,
        accepted=opened.outcome == "ACCEPTED",
        reasons=tuple(opened.findings[:MOST_REASONS]),
    )
    opened.receipt_xml = build_receipt(receipt)
    if signer is not None:
        opened.receipt_xhe = seal_receipt(opened.receipt_xml, _receipt_envelope(receipt, envelope), signer=signer)


def _receipt_envelope(receipt: MessageReceipt, answered: Envelope) -> Envelope:
    """The functional address of the message also goes on its receipt (Innehållsspecifikation 3.2)."""
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
