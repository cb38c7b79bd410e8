"""Reading what an authority says of one certificate: an OCSP response or a revocation list. Pure: no network.

Sources: RFC 6960 (OCSP), RFC 5280, 5 and 6.3 (CRL). Each is believed only where the certificate's own issuer has signed
it, or, for OCSP, somebody whom that issuer has certified for it; and only about this certificate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

SLACK: Final = timedelta(minutes=5)
"""How far apart two clocks may be."""
WITHOUT_END: Final = timedelta(hours=1)
"""How long an answer that does not say until when it holds is used."""
_KNOWN_CRITICAL: Final = frozenset({x509.IssuingDistributionPoint.oid})


class AnswerUnusable(ValueError):
    """The answer says nothing that may be believed about the certificate; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an authority says.

    Attributes:
        revoked: Whether the certificate may not be used.
        until: When the authority will know more.
    """

    revoked: bool
    until: datetime


def ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Return the question whether a certificate is revoked; SHA-1 only names the issuer, as all responders know it."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1())  # noqa: S303 - a name, not a proof
    return builder.build().public_bytes(Encoding.DER)


def read_ocsp(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> Verdict:
    """Judge an OCSP response.

    Raises:
        AnswerUnusable: It is not to be believed, is too old, or does not know the certificate.
    """
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise AnswerUnusable(f"The responder says {response.response_status.name}.")
        _check_responder(response, issuer, at)
        single = _about(response, certificate, issuer)
    except (ValueError, UnsupportedAlgorithm) as error:
        if isinstance(error, AnswerUnusable):
            raise
        raise AnswerUnusable("The OCSP response cannot be read.") from error
    until = single.next_update_utc or single.this_update_utc + WITHOUT_END
    _check_times(single.this_update_utc, until, at)
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise AnswerUnusable("The responder does not know the certificate.")
    return Verdict(single.certificate_status is ocsp.OCSPCertStatus.REVOKED, until)


def read_list(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> Verdict:
    """Judge a revocation list, DER or PEM.

    Raises:
        AnswerUnusable: It is not the issuer's, is too old, or does not speak of all of its certificates.
    """
    try:
        pem = data.lstrip().startswith(b"-----BEGIN")
        revocations = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
        if revocations.issuer != issuer.subject or not revocations.is_signature_valid(_key(issuer)):
            raise AnswerUnusable("The revocation list is not signed by the certificate's issuer.")
        _check_scope(revocations, certificate)
        entry = revocations.get_revoked_certificate_by_serial_number(certificate.serial_number)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if isinstance(error, AnswerUnusable):
            raise
        raise AnswerUnusable("The revocation list cannot be read.") from error
    until = revocations.next_update_utc or revocations.last_update_utc + WITHOUT_END
    _check_times(revocations.last_update_utc, until, at)
    return Verdict(entry is not None and not _is_lifted(entry), until)


def _check_scope(revocations: x509.CertificateRevocationList, certificate: x509.Certificate) -> None:
    """Refuse a list that may leave the certificate out though it is revoked (RFC 5280, 5.2.5 and 6.3.3)."""
    for extension in revocations.extensions:
        if extension.critical and extension.oid not in _KNOWN_CRITICAL:
            raise AnswerUnusable("The revocation list is of a kind that is not read (a delta, or something newer).")
        point = extension.value
        if isinstance(point, x509.IssuingDistributionPoint) and (
            point.indirect_crl
            or point.only_some_reasons
            or point.only_contains_attribute_certs
            or (point.only_contains_ca_certs and not _is_authority(certificate))
            or (point.only_contains_user_certs and _is_authority(certificate))
            or _is_of_others(point, certificate)
        ):
            raise AnswerUnusable("The revocation list does not speak of this kind of certificate.")


def _is_of_others(point: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> bool:
    """Tell whether the list is one of several, and none that the certificate names (RFC 5280, 6.3.3, b 2 i)."""
    try:
        named = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return False
    theirs = {name for point_name in named for name in point_name.full_name or ()}
    return bool(theirs) and point.full_name is not None and theirs.isdisjoint(point.full_name)


def _is_lifted(entry: x509.RevokedCertificate) -> bool:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return False
    return reason is x509.ReasonFlags.remove_from_crl


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _check_times(this: datetime, until: datetime, at: datetime) -> None:
    if this > at + SLACK:
        raise AnswerUnusable("The authority's answer is from the future; check the clock.")
    if until < at - SLACK:
        raise AnswerUnusable(f"The authority's answer ran out on {until.astimezone(UTC):%Y-%m-%d %H:%M} (UTC).")


def _about(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse:
    for single in response.responses:
        if single.serial_number != certificate.serial_number:
            continue
        name = _hashed(single.hash_algorithm, issuer.subject.public_bytes())
        key = _hashed(single.hash_algorithm, _key_bits(issuer))
        if (single.issuer_name_hash, single.issuer_key_hash) == (name, key):
            return single
    raise AnswerUnusable("The responder answers about another certificate.")


def _check_responder(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> None:
    """The issuer itself, or one that it has certified to answer in its stead (RFC 6960, 4.2.2.2)."""
    for candidate in _responders(response, issuer, at):
        if _has_signed(candidate, response):
            return
    raise AnswerUnusable("The OCSP response is not signed by the certificate's issuer or its responder.")


def _responders(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> Iterator[x509.Certificate]:
    yield issuer
    for candidate in response.certificates:
        if not candidate.not_valid_before_utc <= at <= candidate.not_valid_after_utc:
            continue
        try:
            candidate.verify_directly_issued_by(issuer)
            usage = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
            continue
        if ExtendedKeyUsageOID.OCSP_SIGNING in usage:
            yield candidate


def _has_signed(signer: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    key, algorithm = _key(signer), response.signature_hash_algorithm
    if algorithm is None or isinstance(algorithm, SHA1):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        else:
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True


def _key(certificate: x509.Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise AnswerUnusable("The authority's key is of a kind that is not read.")
    return key


def _key_bits(certificate: x509.Certificate) -> bytes:
    """Return the bits of the public key, which OCSP names an issuer by: without the algorithm around them."""
    key = _key(certificate)
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hashed(algorithm: HashAlgorithm, data: bytes) -> bytes:
    digest = Hash(algorithm)
    digest.update(data)
    return digest.finalize()
