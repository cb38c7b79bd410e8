"""Reading what a participant has published: signed service metadata with certificates in it.

Sources: OASIS Service Metadata Publishing 1.0; Digg SMP Komponentspecifikation 1.0; Certifikatspublicering,
REST-bindning till SMP 1.0. Nothing is believed before the publisher's signature has been checked, and then only about
the participant and the document type that were asked for.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pybase64
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from lxml import etree

from budkavle_sdk_transport.envelope.signature import SignatureRefused, stated_certificates, verify
from budkavle_sdk_transport.formats.identifiers import (
    CERTPUB_ENCRYPTION,
    CERTPUB_EXTENSION,
    CERTPUB_SIGNING,
    DOCUMENT_SCHEME,
    PROCESS,
    SCHEME,
)
from budkavle_sdk_transport.formats.xml import MalformedXml, parse
from budkavle_sdk_transport.keys.certificates import (
    CertificateRefused,
    CertificatesUnavailable,
    UnknownParticipant,
    check_certificate,
)
from budkavle_sdk_transport.keys.key_pair import KeyUnreadable, load_certificate

NS_SMP: Final = "http://docs.oasis-open.org/bdxr/ns/SMP/2016/05"
NS_SMC: Final = "http://docs.oasis-open.org/bdxr/ns/SMP/2/AggregateComponents"
NS_SMB: Final = "http://docs.oasis-open.org/bdxr/ns/SMP/2/BasicComponents"

_NAMES: Final[Mapping[str, str]] = {"s": NS_SMP, "smc": NS_SMC, "smb": NS_SMB}
_REDIRECT: Final = "/s:SignedServiceMetadata/s:ServiceMetadata/s:Redirect"
MAX_BYTES: Final = 2**20
"""The largest answer that is read; one with two certificates has some twenty thousand bytes."""


class MetadataRefused(CertificatesUnavailable):
    """An answer of the metadata publisher is not to be trusted; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an access point takes a document type for a participant."""

    address: str
    transport_profile: str
    certificate: x509.Certificate
    active_from: datetime | None
    expires_at: datetime | None

    def is_active(self, at: datetime) -> bool:
        """Tell whether it may be used at a time (OASIS SMP 1.0, 2.4.2.4)."""
        begun = self.active_from is None or self.active_from <= at
        return begun and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class ServiceMetadata:
    """What a participant has published for one document type."""

    participant: str
    document: str
    endpoints: tuple[Endpoint, ...]
    """Those that may be used now; at least one."""
    certificates: Mapping[str, x509.Certificate]
    """By type: `CERTPUB_SIGNING`, `CERTPUB_ENCRYPTION`."""
    publisher: x509.Certificate
    """Whose signature vouches for all of it."""


@dataclass(frozen=True, slots=True)
class Redirection:
    """Another publisher has the answer (OASIS SMP 1.0, 2.1.3).

    Attributes:
        href: Where it is.
        certificate_uid: Whose certificate that publisher signs with.
    """

    href: str
    certificate_uid: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Which publisher is believed.

    Attributes:
        roots: The authorities that issue the publisher's certificate.
        common_name: A regular expression that its whole common name matches, such as `SMP[0-9]{4}-SDK-PROD`.
    """

    roots: tuple[x509.Certificate, ...]
    common_name: str


def read_service_metadata(
    data: bytes, *, participant: str, document: str, trust: Trust, at: datetime
) -> ServiceMetadata:
    """Check a publisher's answer and take out what it says.

    Args:
        data: The SignedServiceMetadata document.
        participant: Whom was asked for, without the scheme.
        document: Which document type was asked for.
        trust: Which publisher is believed.
        at: The time that counts.

    Raises:
        MetadataRefused: Not signed by a trusted publisher, or an answer to another question.
        UnknownParticipant: The publisher says that the participant cannot be reached now: no endpoint is active.
    """
    try:
        root, publisher = _verified(data, trust, at)
        return _read(root, publisher, participant, document, at)
    except (MalformedXml, SignatureRefused, CertificateRefused, KeyUnreadable, binascii.Error) as error:
        raise MetadataRefused(f"The service metadata of {participant} is not trusted. {error}") from error


def read_redirection(data: bytes, *, trust: Trust, at: datetime) -> Redirection | None:
    """Tell whether an answer points to another publisher; it is believed no sooner than any other answer.

    Raises:
        MetadataRefused: It points elsewhere, and is not signed by a trusted publisher.
    """
    try:
        if not _all(parse(data, max_bytes=MAX_BYTES), _REDIRECT):
            return None
        root, _ = _verified(data, trust, at)
        redirect = _one(root, _REDIRECT)
        return Redirection(redirect.get("href", ""), _text(redirect, "s:CertificateUID"))
    except (MalformedXml, SignatureRefused, CertificateRefused, KeyUnreadable) as error:
        raise MetadataRefused(f"The answer points to another publisher and is not trusted. {error}") from error


def check_publisher(certificate: x509.Certificate, *, trust: Trust, at: datetime) -> None:
    """Refuse a publisher's certificate that no trusted root has issued, or that bears another name.

    Raises:
        CertificateRefused: With the reason.
    """
    check_certificate(certificate, at=at)
    if not any(re.fullmatch(trust.common_name, name) for name in common_names(certificate)):
        raise CertificateRefused("The publisher's certificate bears another name than this environment's.")
    if not any(_issued(certificate, root, at) for root in trust.roots):
        raise CertificateRefused("The publisher's certificate was not issued by a trusted authority.")


def common_names(certificate: x509.Certificate) -> list[str]:
    """Return the common names of a certificate's subject; one, as a rule."""
    return [str(name.value) for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]


def _issued(certificate: x509.Certificate, root: x509.Certificate, at: datetime) -> bool:
    if not root.not_valid_before_utc <= at <= root.not_valid_after_utc:
        return False
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _verified(data: bytes, trust: Trust, at: datetime) -> tuple[etree._Element, x509.Certificate]:
    """Return what a trusted publisher has signed, and its certificate."""
    root = parse(data, max_bytes=MAX_BYTES)
    publisher = _publisher(stated_certificates(root), trust, at)
    return verify(root, publisher), publisher


def _publisher(stated: Sequence[x509.Certificate], trust: Trust, at: datetime) -> x509.Certificate:
    """The one of the named certificates that is a trusted publisher's; its issuers may be named beside it."""
    refusals: list[CertificateRefused] = []
    for certificate in stated:
        try:
            check_publisher(certificate, trust=trust, at=at)
        except CertificateRefused as error:
            refusals.append(error)
        else:
            return certificate
    raise refusals[0]


def _read(
    root: etree._Element, publisher: x509.Certificate, participant: str, document: str, at: datetime
) -> ServiceMetadata:
    information = _one(root, "/s:SignedServiceMetadata/s:ServiceMetadata/s:ServiceInformation")
    _expect(information, "s:ParticipantIdentifier", SCHEME, participant)
    _expect(information, "s:DocumentIdentifier", DOCUMENT_SCHEME, document)
    processes = _all(information, f"s:ProcessList/s:Process[normalize-space(s:ProcessIdentifier)='{PROCESS}']")
    endpoints = [e for process in processes for e in _all(process, "s:ServiceEndpointList/s:Endpoint")]
    active = tuple(endpoint for endpoint in map(_endpoint, endpoints) if endpoint.is_active(at))
    if not active:
        raise UnknownParticipant(f"{participant} has no active endpoint for the document type.")
    return ServiceMetadata(participant, document, active, _certificates(information), publisher)


def _certificates(information: etree._Element) -> dict[str, x509.Certificate]:
    certificates: dict[str, x509.Certificate] = {}
    for entry in _all(
        information, f"s:Extension[normalize-space(s:ExtensionID)='{CERTPUB_EXTENSION}']/smc:Certificate"
    ):
        kind = _text(entry, "smb:TypeCode")
        if kind in certificates:
            raise MalformedXml(f"There are two certificates of the type {kind}.")
        if kind in {CERTPUB_SIGNING, CERTPUB_ENCRYPTION}:
            certificates[kind] = _certificate(_text(entry, "smb:ContentBinaryObject"))
    return certificates


def _certificate(text: str) -> x509.Certificate:
    """PEM, base64 of PEM, or the base64 inside a PEM: the binding's words admit each of them."""
    if text.startswith("-----BEGIN"):
        return load_certificate(text.encode())
    return load_certificate(pybase64.b64decode("".join(text.split()), validate=True))


def _endpoint(endpoint: etree._Element) -> Endpoint:
    return Endpoint(
        _text(endpoint, "s:EndpointURI"),
        endpoint.get("transportProfile", ""),
        _certificate(_text(endpoint, "s:Certificate")),
        _time(endpoint, "s:ServiceActivationDate"),
        _time(endpoint, "s:ServiceExpirationDate"),
    )


def _expect(information: etree._Element, path: str, scheme: str, value: str) -> None:
    identifier = _one(information, path)
    stated = (identifier.text or "").strip()
    if identifier.get("scheme") != scheme or stated.lower() != value.lower():
        raise MalformedXml("The answer is about something else than what was asked for.")


def _time(element: etree._Element, path: str) -> datetime | None:
    child = element.find(path, dict(_NAMES))
    if child is None or not child.text:
        return None
    try:
        time = datetime.fromisoformat(child.text.strip())
    except ValueError:
        raise MalformedXml("A time in the service metadata cannot be read.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _all(element: etree._Element, path: str) -> Sequence[etree._Element]:
    nodes = element.xpath(path, namespaces=dict(_NAMES))
    return [node for node in nodes if isinstance(node, etree._Element)] if isinstance(nodes, list) else []


def _one(element: etree._Element, path: str) -> etree._Element:
    elements = _all(element, path)
    if len(elements) != 1:
        raise MalformedXml(f"The service metadata should have one {path.rpartition(':')[2]}.")
    return elements[0]


def _text(element: etree._Element, path: str) -> str:
    return ("".join(str(text) for text in _one(element, path).itertext())).strip()
