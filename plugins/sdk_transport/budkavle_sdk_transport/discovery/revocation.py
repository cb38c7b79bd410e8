"""Whether a certificate is revoked: asked of its issuer, remembered as long as the issuer says, with a clear policy.

Sources: Kuverteringsprofil XHE 1.0, 3.5 [a] (the receiver checks that the signing certificate is not revoked); PKI för
Accesspunkter 1.0, 2.8 and 2.9 (OCSP and CRL).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID

from budkavle_sdk_transport.discovery.cache import DiscoveryCache
from budkavle_sdk_transport.discovery.http import Absent, Unreachable, Web
from budkavle_sdk_transport.discovery.revocation_lists import (
    AnswerUnusable,
    Verdict,
    ocsp_request,
    read_list,
    read_ocsp,
)
from budkavle_sdk_transport.discovery.settings import Policy
from budkavle_sdk_transport.keys.certificates import CertificateRefused, CertificatesUnavailable
from budkavle_sdk_transport.keys.key_pair import KeyUnreadable, load_certificate

REVOKED: Final = "The certificate has been revoked."
_OCSP_BYTES: Final = 100_000
_LIST_BYTES: Final = 20 * 2**20
_CERTIFICATE_BYTES: Final = 20_000
_SHORTEST: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(hours=24)
"""The shortest and the longest interval between requests, whatever the issuer says."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a certificate.

    Attributes:
        verdict: The issuer's last word; None when it has said none.
        ask_at: When it is asked again.
        trouble: Why it could not be asked last time.
    """

    verdict: Verdict | None
    ask_at: datetime
    trouble: str = ""


@dataclass(slots=True)
class Revocation:
    """Asks and remembers.

    Attributes:
        web: How authorities are asked.
        issuers: Authorities that are known beforehand; others are fetched from where the certificate says, and
            believed about it since their key has signed it.
        policy: When nobody can be asked: `wait` and try again, or `accept` the certificate; `off` asks nobody.
        grace: How long the issuer's last word is used after its time, when nobody can be asked.
        retry: After how long one who did not answer is asked again.
        cache: Keeps the issuers' words for all processes and over restarts.
        clock: The time.
    """

    web: Web
    issuers: Sequence[x509.Certificate] = ()
    policy: Policy = "wait"
    grace: timedelta = timedelta(hours=24)
    retry: timedelta = timedelta(minutes=1)
    cache: DiscoveryCache | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _known: dict[str, _Known] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asking: dict[str, threading.Lock] = field(default_factory=dict)

    def check(self, certificate: x509.Certificate) -> None:
        """Let pass a certificate that is not revoked.

        Raises:
            CertificateRefused: It is.
            CertificatesUnavailable: Nobody can be asked, and the policy is to wait.
        """
        if self.policy == "off" or not can_be_asked(certificate):
            return
        status = self._current(certificate, self.clock())
        if status.verdict is not None and status.verdict.revoked:
            raise CertificateRefused(REVOKED)
        if status.verdict is None and self.policy == "wait":
            raise CertificatesUnavailable(f"Whether the certificate is revoked cannot be told now. {status.trouble}")

    def trouble(self, certificate: x509.Certificate) -> str:
        """Why the certificate's issuer could not be asked last time; empty when it could, or was not asked."""
        with self._lock:
            status = self._known.get(fingerprint(certificate))
        return status.trouble if status else ""

    def refresh(self, certificate: x509.Certificate) -> None:
        """Request a new answer before the old one expires, so that no sending has to wait for it."""
        if self.policy == "off" or not can_be_asked(certificate):
            return
        self._current(certificate, self.clock() + 2 * _SHORTEST)

    def _current(self, certificate: x509.Certificate, at: datetime) -> _Known:
        mark = fingerprint(certificate)
        with self._lock:
            status = self._known.get(mark)
            if status is not None and at < status.ask_at:
                return status
            turn = self._asking.setdefault(mark, threading.Lock())
        with turn:
            with self._lock:
                status = self._known.get(mark)
            if status is None or at >= status.ask_at:
                status = self._renewed(certificate, mark, status, at)
                with self._lock:
                    self._known[mark] = status
            return status

    def _renewed(self, certificate: x509.Certificate, mark: str, old: _Known | None, at: datetime) -> _Known:
        now = self.clock()
        last = old.verdict if old else None
        if self.cache is not None and (stored := self.cache.verdict(mark)) is not None:
            last = Verdict(*stored)
            if at < last.until:
                return _Known(last, min(last.until, now + _LONGEST))
        try:
            verdict = self._ask(certificate, now)
        except CertificatesUnavailable as error:
            usable = last is not None and (last.revoked or now < last.until + self.grace)
            return _Known(last if usable else None, now + self.retry, str(error))
        if self.cache is not None:
            self.cache.keep_verdict(mark, verdict.revoked, verdict.until)
        return _Known(verdict, min(max(verdict.until, now + _SHORTEST), now + _LONGEST))

    def _ask(self, certificate: x509.Certificate, at: datetime) -> Verdict:
        """Return the issuer's word, from whichever of its services answers first."""
        issuer = self._issuer(certificate)
        faults: list[str] = []
        for url in ocsp_addresses(certificate):
            try:
                question = ocsp_request(certificate, issuer)
                kind = "application/ocsp-request"
                return read_ocsp(
                    self.web.post(url, question, content_type=kind, most=_OCSP_BYTES), certificate, issuer, at
                )
            except (Absent, Unreachable, AnswerUnusable) as error:
                faults.append(str(error))
        for url in list_addresses(certificate):
            try:
                return read_list(self.web.get(url, most=_LIST_BYTES), certificate, issuer, at)
            except (Absent, Unreachable, AnswerUnusable) as error:
                faults.append(str(error))
        raise CertificatesUnavailable(" ".join(faults))

    def _issuer(self, certificate: x509.Certificate) -> x509.Certificate:
        for issuer in self.issuers:
            if _has_issued(issuer, certificate):
                return issuer
        faults = ["Its issuer is not among those of the environment."]
        for url in _addresses(certificate, AuthorityInformationAccessOID.CA_ISSUERS):
            try:
                issuer = load_certificate(self.web.get(url, most=_CERTIFICATE_BYTES))
            except (Absent, Unreachable, KeyUnreadable) as error:
                faults.append(str(error))
                continue
            if _has_issued(issuer, certificate):
                return issuer
        raise CertificatesUnavailable(" ".join(faults))


@lru_cache(maxsize=1024)
def can_be_asked(certificate: x509.Certificate) -> bool:
    """Tell whether the certificate names an OCSP responder."""
    return bool(ocsp_addresses(certificate) or list_addresses(certificate))


def ocsp_addresses(certificate: x509.Certificate) -> list[str]:
    """Return where its issuer answers about single certificates."""
    return _addresses(certificate, AuthorityInformationAccessOID.OCSP)


def list_addresses(certificate: x509.Certificate) -> list[str]:
    """Return where its issuer's revocation list is."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    names = [name for point in points if not point.reasons and not point.crl_issuer for name in point.full_name or ()]
    return list(_web_addresses(names))


def _addresses(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return list(
        _web_addresses(description.access_location for description in access if description.access_method == method)
    )


def _web_addresses(names: Iterable[x509.GeneralName]) -> Iterator[str]:
    for name in names:
        if isinstance(name, x509.UniformResourceIdentifier) and name.value.lower().startswith(("http://", "https://")):
            yield name.value


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


@lru_cache(maxsize=1024)
def fingerprint(certificate: x509.Certificate) -> str:
    """Return what a certificate is known by: the SHA-256 of its DER form, in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()
