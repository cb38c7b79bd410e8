"""Certificates of SITHS cards: their holders, their levels, and whether they are still valid.

Source: the SITHS certificate policy and Inera's description of levels (inera.atlassian.net 358418052): the level comes
from the certificate policy, otherwise from the name of the issuing CA; function certificates are not accepted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from budkavle import Misconfigured
from budkavle_eid.claims import Refused, personnummer_of

AUTHORITIES: Mapping[str, int] = {
    "SITHS e-id Person HSA-id 3 CA v1": 3,
    "SITHS e-id Person ID 3 CA v1": 3,
    "SITHS e-id Person ID Mobile CA v1": 3,
    "SITHS e-id Person HSA-id 2 CA v1": 2,
    "SITHS e-id Person ID 2 CA v1": 2,
}
"""The level for each CA name, unless the settings have a level for the policy."""
HSA_ID = re.compile(r"[A-Z]{2}\d{10}-[A-Za-z0-9]{1,20}\Z")
SKEW = timedelta(minutes=2)
CARD = "Kortet gick inte att använda. Prova ett annat kort, eller logga in på ett annat sätt."
REVOKED = "Kortets certifikat är spärrat. Kontakta den som har gett dig kortet."
FUNCTION = "Det här är ett funktionscertifikat och ingen person. Använd ditt eget SITHS-kort."


@dataclass(frozen=True, slots=True)
class Card:
    """The content of a card's certificate.

    Attributes:
        subject: HSA-id or personnummer.
        hsa_id: The HSA-id, if it is that kind of certificate.
        personnummer: Twelve digits, if it is the other kind.
        word: The policy or CA name that gave the level.
        checked: Whether revocation was checked.
    """

    subject: str
    name: str
    given_name: str
    family_name: str
    hsa_id: str
    personnummer: str
    level: int
    word: str
    checked: bool
    fingerprint: str


class Cards:
    """Verifies certificates.

    Args:
        authorities: The certificates of the CAs that issue the cards.
        levels: Levels by policy or CA name; they override the known ones, and 0 refuses a card.
        crl: Certificate revocation lists.

    Raises:
        Misconfigured: A file cannot be read.
    """

    def __init__(self, authorities: Sequence[Path], levels: Mapping[str, int], crl: Sequence[Path]) -> None:
        self._authorities = [_load(path) for path in authorities]
        self._levels = {**AUTHORITIES, **levels}
        self._crl = tuple(crl)
        for path in crl:
            _load_crl(path)

    def judge(self, pem: bytes, now: datetime) -> Card:
        """Verify a certificate, and return the card.

        Raises:
            Refused: It is from another CA, not a person's, expired, revoked, or of no known level.
        """
        try:
            certificate = x509.load_pem_x509_certificate(pem)
        except ValueError as error:
            raise Refused("certificate-unreadable", CARD) from error
        issuer = self._issuer(certificate)
        if not certificate.not_valid_before_utc - SKEW <= now <= certificate.not_valid_after_utc:
            raise Refused("certificate-out-of-date", "Kortets certifikat gäller inte längre. Skaffa ett nytt kort.")
        if not _for_clients(certificate):
            raise Refused("certificate-not-for-clients", CARD)
        checked = self._check_revoked(certificate, issuer, now)
        level, word = self._level(certificate, issuer)
        return _card(certificate, level, word, checked=checked)

    def stale(self, now: datetime) -> list[str]:
        """Return the names of the revocation lists that are out of date."""
        lists = [(path, _load_crl(path)) for path in self._crl]
        return [path.name for path, crl in lists if crl.next_update_utc and crl.next_update_utc < now]

    def _issuer(self, certificate: x509.Certificate) -> x509.Certificate:
        for authority in self._authorities:
            try:
                certificate.verify_directly_issued_by(authority)
            except (ValueError, TypeError, InvalidSignature):
                continue
            return authority
        raise Refused("certificate-of-another-authority", CARD)

    def _level(self, certificate: x509.Certificate, issuer: x509.Certificate) -> tuple[int, str]:
        names = [*_policies(certificate), _common_name(issuer.subject)]
        found_level = next(((self._levels[word], word) for word in names if word in self._levels), (0, ""))
        if not found_level[0]:
            raise Refused("certificate-level-unknown", CARD)
        return found_level

    def _check_revoked(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
        """Check that a certificate is not revoked; return whether there is a revocation list of its issuer."""
        if not self._crl:
            return False
        lists = [crl for crl in map(_load_crl, self._crl) if crl.issuer == issuer.subject]
        if not lists or not all(crl.is_signature_valid(issuer.public_key()) for crl in lists):  # type: ignore[arg-type]
            raise Refused("revocation-list-missing")
        if any(crl.next_update_utc and crl.next_update_utc + SKEW < now for crl in lists):
            raise Refused("revocation-list-old")
        if any(crl.get_revoked_certificate_by_serial_number(certificate.serial_number) for crl in lists):
            raise Refused("certificate-revoked", REVOKED)
        return True


def _card(certificate: x509.Certificate, level: int, word: str, *, checked: bool) -> Card:
    given_name, family = (_attribute(certificate.subject, oid) for oid in (NameOID.GIVEN_NAME, NameOID.SURNAME))
    number = _attribute(certificate.subject, NameOID.SERIAL_NUMBER)
    if not given_name or not family or "funktion" in _common_name(certificate.issuer).lower():
        raise Refused("certificate-of-a-function", FUNCTION)
    hsa_id = number if HSA_ID.match(number) else ""
    personnummer = "" if hsa_id else personnummer_of(number)
    return Card(
        subject=hsa_id or personnummer,
        name=_common_name(certificate.subject) or f"{given_name} {family}",
        given_name=given_name,
        family_name=family,
        hsa_id=hsa_id,
        personnummer=personnummer,
        level=level,
        word=word,
        checked=checked,
        fingerprint=_fingerprint(certificate),
    )


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()


def _policies(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return []
    return [policy.policy_identifier.dotted_string for policy in extension]


def _for_clients(certificate: x509.Certificate) -> bool:
    usage, authority = False, False
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.ExtendedKeyUsage):
            usage = ExtendedKeyUsageOID.CLIENT_AUTH in extension.value
        elif isinstance(extension.value, x509.BasicConstraints):
            authority = extension.value.ca
    return usage and not authority


def _common_name(name: x509.Name) -> str:
    return _attribute(name, NameOID.COMMON_NAME)


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    attributes = name.get_attributes_for_oid(oid)
    return str(attributes[0].value).strip() if len(attributes) == 1 else ""


def _load(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Misconfigured(
            "Utfärdarens certifikat {path} går inte att läsa ({fault}). Ange en fil med ett certifikat (PEM).",
            path=str(path),
            fault=type(error).__name__,
        ) from error


def _load_crl(path: Path) -> x509.CertificateRevocationList:
    try:
        raw = path.read_bytes()
        return x509.load_pem_x509_crl(raw) if raw.startswith(b"-----") else x509.load_der_x509_crl(raw)
    except (OSError, ValueError) as error:
        raise Misconfigured(
            "Spärrlistan {path} går inte att läsa ({fault}). Hämta den på nytt från utfärdaren.",
            path=str(path),
            fault=type(error).__name__,
        ) from error
