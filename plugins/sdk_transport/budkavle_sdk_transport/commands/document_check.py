"""Judging a file: a message, an envelope or a receipt, told apart by its root element.

What an envelope's recipient would answer, without the recipient's own knowledge (its functions, its file types): those
checks pass here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cryptography import x509
from lxml import etree

from budkavle_sdk_transport.envelope.signature import SignatureRefused, stated_certificate, verify
from budkavle_sdk_transport.envelope.validation import check_envelope
from budkavle_sdk_transport.envelope.xhe import payload_of, read_envelope
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT, NS_MESSAGE, NS_UBL, NS_XHE
from budkavle_sdk_transport.formats.xml import MalformedXml, parse
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import Outcome, open_message
from budkavle_sdk_transport.keys.certificates import CertificateRefused, UnknownParticipant, check_certificate
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.message.validation import check_message
from budkavle_sdk_transport.receipts.validation import check_receipt

Kind = Literal["message", "envelope", "receipt"]

KINDS: Final[dict[str, Kind]] = {
    f"{{{NS_MESSAGE}}}messagePayload": "message",
    f"{{{NS_XHE}}}XHE": "envelope",
    f"{{{NS_UBL}}}ApplicationResponse": "receipt",
}

_UNVOUCHED: Final = "Underskriften är prövad mot kuvertets eget certifikat; ange avsändarens med --cert."
_UNOPENED: Final = "Kuvertet är inte öppnat; ange mottagarens nyckel med --key."
_MISSHAPEN: Final = "Kuvertets form är fel; ingen kvittens skickas."
NOTES: Final = (_UNVOUCHED, _UNOPENED, _MISSHAPEN)
"""The notes beside an opened envelope's own; each is a key of its translation."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a file.

    Attributes:
        kind: What it is.
        outcome: What its recipient would say.
        findings: Why it is not accepted.
        receipt: Whether the recipient would send a receipt; None where the question does not arise.
        notes: What the verdict does not cover, and why no receipt is sent, in Swedish sentences.
    """

    kind: Kind
    outcome: Outcome
    findings: Sequence[Finding] = ()
    notes: Sequence[str] = ()
    receipt: bool | None = None


def check_document(
    data: bytes, *, keys: Sequence[KeyPair] = (), certificates: Sequence[x509.Certificate] = (), at: datetime
) -> Verdict:
    """Judge a file.

    Args:
        data: Its bytes.
        keys: The recipient's pairs, to open an envelope with.
        certificates: Senders' certificates that are vouched for; without any, the envelope's own is taken.
        at: The time at which certificates must be valid.

    Raises:
        MalformedXml: The file is no XML, or its root element is none of the three.
    """
    root = parse(data)
    kind = KINDS.get(str(root.tag))
    if kind is None:
        raise MalformedXml("Rotelementet är varken ett SDK-meddelandes, ett kuverts eller en kvittens.")
    if kind == "message":
        return _verdict(kind, check_message(root, size=len(data)))
    if kind == "receipt":
        return _verdict(kind, check_receipt(root))
    return _check_envelope(data, root, keys, _Given(root, certificates), at)


class _Given:
    """A `CertificateSource` of the certificates at hand."""

    def __init__(self, root: etree._Element, certificates: Sequence[x509.Certificate]) -> None:
        self.vouched = bool(certificates)
        self._certificates = certificates
        try:
            self._stated: x509.Certificate | None = stated_certificate(root)
        except SignatureRefused:
            self._stated = None

    def signing_certificate(self, participant: str) -> x509.Certificate:
        """Return the certificate that the envelope names, if it is vouched for, else any other, which will not do."""
        if self._stated is not None and (not self.vouched or self._stated in self._certificates):
            return self._stated
        if self._certificates:
            return self._certificates[0]
        raise UnknownParticipant(f"No certificate of {participant} is at hand.")

    encryption_certificate = signing_certificate

    def forget(self, participant: str) -> None:
        """See `CertificateSource`; there is no source to refresh from."""


def _check_envelope(
    data: bytes, root: etree._Element, keys: Sequence[KeyPair], certificates: _Given, at: datetime
) -> Verdict:
    notes = [] if certificates.vouched else [_UNVOUCHED]
    findings = check_envelope(root)
    if findings:
        return Verdict("envelope", "REJECTED", findings, [_MISSHAPEN], False)
    envelope = read_envelope(root)
    if envelope.document == DOCUMENT_RECEIPT:
        findings = _check_signature(root, certificates, at) or check_receipt(payload_of(root))
        return _verdict("envelope", findings, notes)
    if not keys:
        findings = _check_signature(root, certificates, at) or _check_encryption(envelope.encrypted)
        return _verdict("envelope", findings, [*notes, _UNOPENED])
    opened = open_message(data, keys=keys, certificates=certificates, checks=Checks(clock=lambda: at))
    if opened.why_no_receipt:
        notes.append(opened.why_no_receipt)
    return Verdict("envelope", opened.outcome or "REJECTED", opened.findings, notes, receipt=opened.outcome is not None)


def _check_signature(root: etree._Element, certificates: _Given, at: datetime) -> list[Finding]:
    try:
        certificate = certificates.signing_certificate(read_envelope(root).sender)
        check_certificate(certificate, at=at)
        verify(root, certificate)
    except (UnknownParticipant, CertificateRefused, SignatureRefused) as error:
        text = f"Sender signature not validated. {error}"
        return [Finding(Cause.SIG, Detail.SECURITY, "NA", text, "XHE-SIGNATURE")]
    return []


def _check_encryption(encrypted: bool) -> list[Finding]:
    if encrypted:
        return []
    return [Finding(Cause.SIG, Detail.SECURITY, "NA", "Message is not encrypted.", "XHE-ENCRYPTION")]


def _verdict(kind: Kind, findings: Sequence[Finding], notes: Sequence[str] = ()) -> Verdict:
    return Verdict(kind, "REJECTED" if findings else "ACCEPTED", findings, notes)
