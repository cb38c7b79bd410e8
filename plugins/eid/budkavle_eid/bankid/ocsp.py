"""BankID's OCSP response: the issuer's statement, from the time of signing, that the certificate was not revoked.

Sources: RFC 6960; RFC 8954 (nonce); BankID's documentation for relying parties: the nonce begins with the SHA-1 of the
signature's base64 text, so that the response belongs to that signature only.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from budkavle_eid.bankid import texts
from budkavle_eid.claims import Refused

SKEW: Final = timedelta(minutes=2)
NONCE_BYTES: Final = 32
MAX_RESPONSE: Final = 50_000
_NONCE: Final = bytes.fromhex("06092b0601050507300102")
"""The DER encoding of the nonce's object identifier."""
_WEAK: Final = (hashes.MD5, hashes.SHA1)


def judge(answer: str, signature: str, leaf: x509.Certificate, issuer: x509.Certificate) -> datetime:
    """Verify a response, and return when the issuer stated that the certificate was good.

    Args:
        answer: The base64 text of the response.
        signature: The base64 text of its signature, as received.
        leaf: The certificate that signed.
        issuer: Its issuer, already verified.

    Raises:
        Refused: It is for another certificate or signature, is not signed by the issuer, or reports a revocation.
    """
    response = _load(answer)
    at = response.produced_at_utc
    _check_signer(response, issuer, at)
    _check_subject(response, leaf, issuer)
    _check_nonce(response, signature)
    if response.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise Refused("certificate-revoked", texts.REVOKED)
    if response.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise Refused("ocsp-unknown")
    until = response.next_update_utc
    if response.this_update_utc > at + SKEW or (until is not None and until < at - SKEW):
        raise Refused("ocsp-out-of-date")
    return at


def produced_at(answer: str) -> datetime:
    """Return the time that a response claims to have been produced at; unverified until `judge` has checked its signer.

    Raises:
        Refused: It cannot be parsed.
    """
    return _load(answer).produced_at_utc


def _load(answer: str) -> ocsp.OCSPResponse:
    try:
        response = ocsp.load_der_ocsp_response(base64.b64decode(answer[:MAX_RESPONSE], validate=True))
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise Refused("ocsp-unsuccessful")
        if len(list(response.responses)) != 1:
            raise Refused("ocsp-of-many")
    except (binascii.Error, ValueError) as error:
        raise Refused("ocsp-unreadable") from error
    return response


def _check_signer(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> None:
    """Check that the signer is the issuer, or a responder authorised by it (RFC 6960, 4.2.2.2)."""
    signers = [certificate for certificate in (issuer, *response.certificates) if _is_named(response, certificate)]
    for certificate in signers:
        if certificate == issuer or _may_answer(certificate, issuer, at):
            _verify(response, certificate)
            return
    raise Refused("ocsp-of-another")


def _is_named(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    return response.responder_key_hash == _key_hash(certificate, hashes.SHA1())  # noqa: S303 - so RFC 6960 names a key


def _may_answer(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return (
        ExtendedKeyUsageOID.OCSP_SIGNING in uses
        and certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
    )


def _verify(response: ocsp.OCSPResponse, signer: x509.Certificate) -> None:
    key, sha = signer.public_key(), response.signature_hash_algorithm
    try:
        if sha is None or isinstance(sha, _WEAK):
            raise Refused("ocsp-algorithm")
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), sha)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(sha))
        else:
            raise Refused("ocsp-algorithm")
    except InvalidSignature as error:
        raise Refused("ocsp-signature") from error
    except UnsupportedAlgorithm as error:
        raise Refused("ocsp-algorithm") from error


def _check_subject(response: ocsp.OCSPResponse, leaf: x509.Certificate, issuer: x509.Certificate) -> None:
    sha = response.hash_algorithm
    name = hashes.Hash(sha)
    name.update(issuer.subject.public_bytes())
    same = (
        response.serial_number == leaf.serial_number,
        response.issuer_name_hash == name.finalize(),
        response.issuer_key_hash == _key_hash(issuer, sha),
    )
    if not all(same):
        raise Refused("ocsp-about-another")


def _key_hash(certificate: x509.Certificate, sha: hashes.HashAlgorithm) -> bytes:
    """Return the hash of the key itself, without its algorithm identifier."""
    digest = hashes.Hash(sha)
    digest.update(certificate.public_key().public_bytes(*_key_format(certificate)))
    return digest.finalize()


def _key_format(certificate: x509.Certificate) -> tuple[Encoding, PublicFormat]:
    if isinstance(certificate.public_key(), ec.EllipticCurvePublicKey):
        return Encoding.X962, PublicFormat.UncompressedPoint
    return Encoding.DER, PublicFormat.PKCS1


def _check_nonce(response: ocsp.OCSPResponse, signature: str) -> None:
    expected = hashlib.sha1(signature.encode(), usedforsecurity=False).digest()
    nonces = _nonces(response.tbs_response_bytes)
    if len(nonces) != 1 or not compare_digest(nonces[0][: len(expected)], expected):
        raise Refused("ocsp-nonce")


def _nonces(signed: bytes) -> Sequence[bytes]:
    """Return the nonces of 32 bytes: bare, as older responders encode them, or as an OCTET STRING (RFC 8954, 2.1)."""
    nonces = []
    for after in signed.split(_NONCE)[1:]:
        start = next((len(head) for head in (b"\x04\x22\x04\x20", b"\x04\x20") if after.startswith(head)), 0)
        nonces.append(after[start : start + NONCE_BYTES] if start else b"")
    return nonces
