"""Reading what a participant has published: signed service metadata with certificates in it.

Sources: OASIS Service Metadata Publishing 1.0; Digg SMP Komponentspecifikation 1.0; Certifikatspublicering,
REST-bindning till SMP 1.0. Nothing is believed before the publisher's signature has been checked, and then only about
the participant and the document type that were asked for.
"""

from __future__ import annotations

import binascii
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import pybase64
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from lxml import etree

from budkavle_sdk_transport.certificates import (
    CertificateRefused,
    CertificatesUnavailable,
    UnknownParticipant,
    check_certificate,
)
from budkavle_sdk_transport.identifiers import (
    CERTPUB_ENCRYPTION,
    CERTPUB_EXTENSION,
    CERTPUB_SIGNING,
    DOCUMENT_MESSAGE,
    DOCUMENT_RECEIPT,
    DOCUMENT_SCHEME,
    PROCESS,
    SCHEME,
)
from budkavle_sdk_transport.keys import KeyUnreadable, load_certificate
from budkavle_sdk_transport.signature import SignatureRefused, stated_certificate, verify
from budkavle_sdk_transport.xml import MalformedXml, parse

NS_SMP: Final = "http://docs.oasis-open.org/bdxr/ns/SMP/2016/05"
NS_SMC: Final = "http://docs.oasis-open.org/bdxr/ns/SMP/2/AggregateComponents"
NS_SMB: Final = "http://docs.oasis-open.org/bdxr/ns/SMP/2/BasicComponents"

_NAMES: Final[Mapping[str, str]] = {"s": NS_SMP, "smc": NS_SMC, "smb": NS_SMB}
_MAX_BYTES: Final = 2**20


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
        """Whether it may be used at a time (OASIS SMP 1.0, 2.4.2.4)."""
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


@dataclass(frozen=True, slots=True)
class Trust:
    """Which publisher is believed.

    Attributes:
        roots: The authorities that issue the publisher's certificate.
        common_names: The names it may bear, such as `SMP0001-SDK-PROD`; empty for any.
    """

    roots: tuple[x509.Certificate, ...]
    common_names: frozenset[str] = frozenset()


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
        root = parse(data, max_bytes=_MAX_BYTES)
        publisher = stated_certificate(root)
        check_publisher(publisher, trust=trust, at=at)
        verify(root, publisher)
        return _read(root, participant, document, at)
    except (MalformedXml, SignatureRefused, CertificateRefused, KeyUnreadable, binascii.Error) as error:
        raise MetadataRefused(f"The service metadata of {participant} is not trusted. {error}") from error


def check_publisher(certificate: x509.Certificate, *, trust: Trust, at: datetime) -> None:
    """Refuse a publisher's certificate that no trusted root has issued, or that bears another name.

    Raises:
        CertificateRefused: With the reason.
    """
    check_certificate(certificate, at=at)
    names = {str(name.value) for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)}
    if trust.common_names and not names & trust.common_names:
        raise CertificateRefused("The publisher's certificate bears another name than this environment's.")
    if not any(_issued(certificate, root, at) for root in trust.roots):
        raise CertificateRefused("The publisher's certificate was not issued by a trusted authority.")


@dataclass(slots=True)
class CertPub:
    """A `CertificateSource` that asks the metadata publisher, verifies, and keeps answers for a while.

    Attributes:
        fetch: (participant, document) to the publisher's bytes; raises `UnknownParticipant` when there is nothing,
            `CertificatesUnavailable` when it cannot be asked.
        trust: Which publisher is believed.
        keep: How long an answer is used again.
        clock: The time.
    """

    fetch: Callable[[str, str], bytes]
    trust: Trust
    keep: timedelta = timedelta(hours=1)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _kept: dict[tuple[str, str], tuple[datetime, ServiceMetadata]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def encryption_certificate(self, participant: str) -> x509.Certificate:
        """The recipient's entry under the message's document type (REST-bindning 3)."""
        return self._certificate(participant, DOCUMENT_MESSAGE, CERTPUB_ENCRYPTION)

    def signing_certificate(self, participant: str) -> x509.Certificate:
        """The sender's entry under the receipt's document type (REST-bindning 3)."""
        return self._certificate(participant, DOCUMENT_RECEIPT, CERTPUB_SIGNING)

    def metadata(self, participant: str, document: str) -> ServiceMetadata:
        """The verified answer, kept or fresh."""
        now = self.clock()
        with self._lock:
            kept = self._kept.get((participant, document))
        if kept is not None and now - kept[0] < self.keep:
            return kept[1]
        metadata = read_service_metadata(
            self.fetch(participant, document), participant=participant, document=document, trust=self.trust, at=now
        )
        with self._lock:
            self._kept[participant, document] = (now, metadata)
        return metadata

    def fetched_at(self, participant: str, document: str = DOCUMENT_MESSAGE) -> datetime | None:
        """When the kept answer was fetched; None when there is none."""
        with self._lock:
            kept = self._kept.get((participant, document))
        return None if kept is None else kept[0]

    def forget(self, participant: str | None = None) -> None:
        """Ask afresh next time, about one participant or all: for instance after a signature failed."""
        with self._lock:
            for key in [key for key in self._kept if participant in {None, key[0]}]:
                del self._kept[key]

    def _certificate(self, participant: str, document: str, kind: str) -> x509.Certificate:
        found = self.metadata(participant, document).certificates.get(kind)
        if found is None:
            raise UnknownParticipant(f"{participant} has published no certificate of the type {kind}.")
        return found


def _issued(certificate: x509.Certificate, root: x509.Certificate, at: datetime) -> bool:
    if not root.not_valid_before_utc <= at <= root.not_valid_after_utc:
        return False
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _read(root: etree._Element, participant: str, document: str, at: datetime) -> ServiceMetadata:
    information = _one(root, "/s:SignedServiceMetadata/s:ServiceMetadata/s:ServiceInformation")
    _expect(information, "s:ParticipantIdentifier", SCHEME, participant)
    _expect(information, "s:DocumentIdentifier", DOCUMENT_SCHEME, document)
    processes = _all(information, f"s:ProcessList/s:Process[s:ProcessIdentifier='{PROCESS}']")
    found = [e for process in processes for e in _all(process, "s:ServiceEndpointList/s:Endpoint")]
    active = tuple(endpoint for endpoint in map(_endpoint, found) if endpoint.is_active(at))
    if not active:
        raise UnknownParticipant(f"{participant} has no active endpoint for the document type.")
    return ServiceMetadata(participant, document, active, _certificates(information))


def _certificates(information: etree._Element) -> dict[str, x509.Certificate]:
    found: dict[str, x509.Certificate] = {}
    for entry in _all(information, f"s:Extension[s:ExtensionID='{CERTPUB_EXTENSION}']/smc:Certificate"):
        kind = _text(entry, "smb:TypeCode")
        if kind in found:
            raise MalformedXml(f"There are two certificates of the type {kind}.")
        if kind in {CERTPUB_SIGNING, CERTPUB_ENCRYPTION}:
            found[kind] = _certificate(_text(entry, "smb:ContentBinaryObject"))
    return found


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
    said = (identifier.text or "").strip()
    if identifier.get("scheme") != scheme or said.lower() != value.lower():
        raise MalformedXml("The answer is about something else than what was asked for.")


def _time(element: etree._Element, path: str) -> datetime | None:
    found = element.find(path, dict(_NAMES))
    if found is None or not found.text:
        return None
    try:
        time = datetime.fromisoformat(found.text.strip())
    except ValueError:
        raise MalformedXml("A time in the service metadata cannot be read.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _all(element: etree._Element, path: str) -> Sequence[etree._Element]:
    found = element.xpath(path, namespaces=dict(_NAMES))
    return [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []


def _one(element: etree._Element, path: str) -> etree._Element:
    found = _all(element, path)
    if len(found) != 1:
        raise MalformedXml(f"The service metadata should have one {path.rpartition(':')[2]}.")
    return found[0]


def _text(element: etree._Element, path: str) -> str:
    return ("".join(str(text) for text in _one(element, path).itertext())).strip()
