"""Undoing what `sealing` did: parse, hold to the profile, verify, decrypt; and the two ways in which it may end badly.

Sources: Kuverteringsprofil XHE 1.0, 3.2 and 3.4.1 (never decrypt before the signature holds).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from lxml import etree

from budkavle import Sentence
from budkavle_sdk_transport.envelope.canonical import namespace_axis
from budkavle_sdk_transport.envelope.encryption import Undecryptable, decrypt
from budkavle_sdk_transport.envelope.signature import SignatureRefused, verify
from budkavle_sdk_transport.envelope.validation import check_envelope
from budkavle_sdk_transport.envelope.xhe import Envelope, payload_of, read_envelope
from budkavle_sdk_transport.formats.base64_blocks import Base64Blocks, parse_with_blocks
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import NS_DS
from budkavle_sdk_transport.formats.xml import MalformedXml, hold, parse
from budkavle_sdk_transport.keys.certificates import (
    CertificateRefused,
    CertificateSource,
    UnknownParticipant,
    check_certificate,
)
from budkavle_sdk_transport.keys.key_pair import KeyPair

SIGNATURE_RULE: Final = "XHE-SIGNATURE"

_SIGNATURE_PATH: Final = "/xhe:XHE/ds:Signature"
_PAYLOAD_PATH: Final = "/xhe:XHE/xha:Payloads/xha:Payload"
_UNREADABLE: Final = "Innehållet går inte att dekryptera till välformad XML med mottagarens nycklar."
"""One sentence for all faults from decryption to parsing: which it was would help who tries keys and paddings."""


class Rejected(Exception):
    """The message is not accepted, and its sender is told why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.findings = list(findings)


class Silent(Exception):
    """No receipt may be sent; the sentence, in Swedish, tells the administrator why."""

    def __init__(self, why: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(why)
        self.findings = list(findings)


def reject(findings: Sequence[Finding]) -> None:
    """Reject for these findings, if there are any."""
    if findings:
        raise Rejected(findings)


@dataclass(frozen=True, slots=True)
class ReceivedEnvelope:
    """An envelope as it came: its tree, what was left out of that, what it says, and its elements (see `xml.hold`)."""

    root: etree._Element
    blocks: Base64Blocks
    envelope: Envelope
    held: list[etree._Element]


def read_received(xhe: bytes) -> ReceivedEnvelope:
    """Parse an envelope and hold it to its schema and rules. Nothing in it is believed yet."""
    try:
        root, blocks = parse_with_blocks(xhe)
    except MalformedXml as error:
        raise Silent(Sentence("Kuvertet går inte att läsa. {error}", error=error)) from None
    # Canonical XML leaves comments out, so nobody has signed them; gone, they cannot split a value in two.
    etree.strip_tags(root, etree.Comment)
    held = hold(root)
    findings = check_envelope(root)
    if findings:
        raise Silent("Kuvertet följer inte kuverteringsprofilen. Anmäl det till plattformsansvarig.", findings)
    return ReceivedEnvelope(root, blocks, read_envelope(root), held)


def verified(
    received: ReceivedEnvelope,
    certificates: CertificateSource,
    is_revoked: Callable[[x509.Certificate], bool] | None,
    at: datetime,
) -> etree._Element:
    """Return the envelope as its sender signed it (outcome 12)."""
    root, sender = received.root, received.envelope.sender
    path = _SIGNATURE_PATH if root.find(f"{{{NS_DS}}}Signature") is not None else "NA"
    try:
        certificate = certificates.signing_certificate(sender)
        check_certificate(certificate, at=at, is_revoked=is_revoked)
        return verify(root, certificate, received.blocks)
    except UnknownParticipant:
        why = Sentence(
            "Avsändaren {sender} har inget publicerat certifikat; en kvittens skulle inte komma fram.", sender=sender
        )
        text = "The sender has published no certificate."
        raise Silent(why, [Finding(Cause.SIG, Detail.SECURITY, path, text, SIGNATURE_RULE)]) from None
    except (CertificateRefused, SignatureRefused) as error:
        text = f"Sender signature not validated. {error}"
        raise Rejected([Finding(Cause.SIG, Detail.SECURITY, path, text, SIGNATURE_RULE)]) from None


def decrypted(root: etree._Element, received: ReceivedEnvelope, keys: Sequence[KeyPair]) -> bytes:
    """Return the payload of a verified envelope as it was before encryption, not parsed yet."""
    if not received.envelope.encrypted:
        path = f"{_PAYLOAD_PATH}/xhb:InstanceEncryptionIndicator"
        raise Rejected([Finding(Cause.SIG, Detail.SECURITY, path, "Message is not encrypted.", "XHE-ENCRYPTION")])
    try:
        return decrypt(payload_of(root), keys, received.blocks)
    except (Undecryptable, MalformedXml):
        raise Silent(_UNREADABLE) from None


def message_element(plain: bytes, root: etree._Element) -> tuple[etree._Element, Base64Blocks, bytes]:
    """Return the decrypted element as a document, what was left out of its tree, and the bytes it was read from."""
    try:
        return *parse_with_blocks(plain), plain
    except MalformedXml:
        alone = _in_context(plain, payload_of(root))
        return *parse_with_blocks(alone), alone


def _in_context(plain: bytes, place: etree._Element) -> bytes:
    """Complete a fragment that uses prefixes of the envelope, as peers with libxmlsec1 write it."""
    axis = namespace_axis({prefix: uri for prefix, uri in place.nsmap.items() if prefix}).encode()
    try:
        wrapper = parse(b"<around" + axis + b">" + plain + b"</around>")
    except MalformedXml:
        raise Silent(_UNREADABLE) from None
    beside = "".join(wrapper.xpath("text()"))
    if len(wrapper) != 1 or not isinstance(wrapper[0].tag, str) or beside.strip():
        raise Silent(_UNREADABLE)
    return etree.tostring(wrapper[0], encoding="UTF-8", with_tail=False)
