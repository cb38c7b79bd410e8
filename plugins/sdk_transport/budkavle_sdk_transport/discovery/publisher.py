"""From a participant to its publisher's answer: name service, then HTTP. Nothing in the answer is believed here.

Sources: OASIS SMP 1.0, 2.1.3 (redirection) and 3.4.1 (addresses); Certifikatspublicering, REST-bindning 1.0, 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote

from cryptography import x509

from budkavle_sdk_transport.discovery.http import Absent, Unreachable, Web
from budkavle_sdk_transport.discovery.naptr import checked_address
from budkavle_sdk_transport.discovery.service_metadata import (
    MAX_BYTES,
    MetadataRefused,
    Redirection,
    Trust,
    common_names,
    read_redirection,
)
from budkavle_sdk_transport.envelope.signature import SignatureRefused, stated_certificate
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_SCHEME, SCHEME
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable, UnknownParticipant
from budkavle_sdk_transport.keys.key_pair import KeyUnreadable


class Locator(Protocol):
    """Says where a participant's publishers are; see `naptr.NameService`."""

    def publishers(self, participant: str) -> list[str]:
        """Return the addresses of a participant's publishers, the preferred one first."""
        ...


@dataclass(frozen=True, slots=True)
class Publisher:
    """Fetches what participants have published; see `CertPub.fetch`.

    Attributes:
        locator: Where publishers are.
        web: How they are asked.
        trust: Which of them is believed; a redirection is followed only where it is.
        schemes: Of their addresses.
        redirects: Whether a redirection in an answer is followed, once.
        clock: The time.
    """

    locator: Locator
    web: Web
    trust: Trust
    schemes: Sequence[str] = ("https",)
    redirects: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def fetch(self, participant: str, document: str) -> bytes:
        """Return the publisher's bytes about a participant and a document type.

        Raises:
            UnknownParticipant: Not registered, or not for this document type.
            CertificatesUnavailable: No usable answer just now.
        """
        silent: Unreachable | None = None
        for publisher in self.locator.publishers(participant):
            try:
                answer = self._get(address_of(publisher, participant, document))
            except Absent as error:
                raise UnknownParticipant(f"{participant} is not registered for the document type.") from error
            except Unreachable as error:
                silent = error
                continue
            return self._redirected(answer)
        raise CertificatesUnavailable(f"The metadata publisher of {participant} cannot be asked. {silent}")

    def _get(self, url: str) -> bytes:
        return self.web.get(url, most=MAX_BYTES, schemes=self.schemes, allowed=self._checked)

    def _checked(self, url: str) -> str:
        return checked_address(url, self.schemes)

    def _redirected(self, answer: bytes) -> bytes:
        """Return the answer, or the one that it points to; that one must not point on (OASIS SMP 1.0, 2.1.3)."""
        redirection = self._redirection(answer)
        if redirection is None:
            return answer
        if not self.redirects:
            raise MetadataRefused("The answer points to another publisher, which this environment does not use.")
        try:
            other = self._get(self._checked(redirection.href))
        except (Absent, Unreachable, ValueError) as error:
            raise MetadataRefused(f"The publisher that the answer points to cannot be asked. {error}") from error
        if self._redirection(other) is not None:
            raise MetadataRefused("The publisher that the answer points to points on to another.")
        if redirection.certificate_uid not in _uids(other):
            raise MetadataRefused("The publisher that the answer points to signs with another certificate than said.")
        return other

    def _redirection(self, answer: bytes) -> Redirection | None:
        return read_redirection(answer, trust=self.trust, at=self.clock())


def address_of(publisher: str, participant: str, document: str) -> str:
    """Return the address of an answer: `/{scheme}::{participant}/services/{scheme}::{document}`, percent-encoded."""
    who, what = quote(f"{SCHEME}::{participant}", safe=""), quote(f"{DOCUMENT_SCHEME}::{document}", safe="")
    return f"{publisher.rstrip('/')}/{who}/services/{what}"


def _uids(answer: bytes) -> list[str]:
    """Return the names that a CertificateUID may have for a signing certificate: its subject, or its common name."""
    try:
        certificate: x509.Certificate = stated_certificate(parse(answer, max_bytes=MAX_BYTES))
    except (SignatureRefused, KeyUnreadable, ValueError) as error:
        raise MetadataRefused(f"The answer is not trusted. {error}") from error
    return [certificate.subject.rfc4514_string(), *common_names(certificate)]
