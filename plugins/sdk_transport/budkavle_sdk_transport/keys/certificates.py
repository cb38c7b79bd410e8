"""Where the certificates of participants come from, and which of them may be used.

Trust in a participant's certificate comes from the signed service metadata that publishes it
(Kuverteringsprofil XHE 3.5 [b]); what remains to check here is its time, its kind of key and whether it is revoked
(the same, [a]). The profile sets no demands on the certificate's form (3.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptography import x509

from budkavle_sdk_transport.keys.key_pair import KeyUnreadable, public_key_of

MINIMUM_BITS = 2048
"""Shorter RSA keys are refused."""


class UnknownParticipant(LookupError):
    """The participant, or its certificate for the purpose, is not published."""


class CertificatesUnavailable(Exception):
    """The certificates could not be asked for just now; try again later. Says nothing about the message."""


class CertificateRefused(ValueError):
    """The certificate may not be used; the sentence says why."""


class CertificateSource(Protocol):
    """Answers with the certificates that participants have published.

    Raises from both methods: `UnknownParticipant`, `CertificatesUnavailable`, and `CertificateRefused` for one that is
    published and has been revoked.
    """

    def encryption_certificate(self, participant: str) -> x509.Certificate:
        """Return the certificate to encrypt a message to this participant with."""
        ...

    def signing_certificate(self, participant: str) -> x509.Certificate:
        """Return the certificate that this participant signs with."""
        ...

    def forget(self, participant: str) -> None:
        """Ask afresh next time, if answers are kept: what is kept of this participant may be out of date."""
        ...


@dataclass(slots=True)
class KnownCertificates:
    """Certificates given beforehand, as Transportmodell Utökad Bas 3.2 [b] allows; also for the command line."""

    encryption: dict[str, x509.Certificate] = field(default_factory=dict)
    signing: dict[str, x509.Certificate] = field(default_factory=dict)

    def add(self, participant: str, certificate: x509.Certificate) -> None:
        """Let one certificate serve both purposes for this participant."""
        self.encryption[participant] = self.signing[participant] = certificate

    def encryption_certificate(self, participant: str) -> x509.Certificate:
        """See `CertificateSource`."""
        return _known(self.encryption, participant)

    def signing_certificate(self, participant: str) -> x509.Certificate:
        """See `CertificateSource`."""
        return _known(self.signing, participant)

    def forget(self, participant: str) -> None:
        """See `CertificateSource`; there is no source to refresh from."""


def check_certificate(
    certificate: x509.Certificate,
    *,
    at: datetime,
    is_revoked: Callable[[x509.Certificate], bool] | None = None,
) -> None:
    """Refuse a certificate that may not be used at this time.

    Args:
        certificate: The published certificate.
        at: The time that counts, with time zone.
        is_revoked: Asked last; None when revocation is looked after elsewhere.

    Raises:
        CertificateRefused: Not yet or no longer valid, no RSA key, a key too short, or revoked.
    """
    if at < certificate.not_valid_before_utc:
        raise CertificateRefused("The certificate is not valid yet.")
    if at > certificate.not_valid_after_utc:
        raise CertificateRefused("The certificate has expired.")
    try:
        bits = public_key_of(certificate).key_size
    except KeyUnreadable as error:
        raise CertificateRefused(str(error)) from error
    if bits < MINIMUM_BITS:
        raise CertificateRefused(f"The certificate's RSA key has {bits} bits; at least {MINIMUM_BITS} are needed.")
    if is_revoked is not None and is_revoked(certificate):
        raise CertificateRefused("The certificate has been revoked.")


def _known(cache: dict[str, x509.Certificate], participant: str) -> x509.Certificate:
    try:
        return cache[participant]
    except KeyError:
        raise UnknownParticipant(f"No certificate is known for the participant {participant}.") from None
