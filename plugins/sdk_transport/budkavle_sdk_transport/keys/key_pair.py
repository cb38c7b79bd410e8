"""A participant's private key with the certificate that its peers know it by.

One pair may both sign and open (Kuverteringsprofil XHE 3.3 asks for no particular form of certificate); where a
participant has a pair for each purpose, each is a `KeyPair` of its own.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    load_key_and_certificates,
    serialize_key_and_certificates,
)

PEM_MARK = b"-----BEGIN"


class KeyUnreadable(ValueError):
    """A key or certificate file could not be used; the sentence says why, and never quotes the file."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An RSA private key and the X.509 certificate of its public half."""

    private_key: RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    def __post_init__(self) -> None:
        if self.private_key.public_key().public_numbers() != public_key_of(self.certificate).public_numbers():
            raise KeyUnreadable(
                "The private key does not belong to the certificate; choose the pair that belongs together."
            )

    def to_pem(self, password: bytes | None = None) -> bytes:
        """Return the key (PKCS#8) followed by the certificate, both PEM."""
        key = self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _encryption(password))
        return key + self.certificate.public_bytes(Encoding.PEM)

    def to_pkcs12(self, password: bytes, name: str = "budkavle") -> bytes:
        """Return the pair as a PKCS#12 file."""
        return serialize_key_and_certificates(
            name.encode(), self.private_key, self.certificate, None, BestAvailableEncryption(password)
        )


def load_key_pair(
    data: bytes, *, certificate: bytes | None = None, password: bytes | None = None, tested: bool = False
) -> KeyPair:
    """Read a pair from PEM (the certificate in the same file, or given beside it) or from PKCS#12.

    `tested` is for PEM that this program has read before and kept where nobody else can write: OpenSSL's test of the
    primes, a tenth of a second, is left out.

    Raises:
        KeyUnreadable: The data is neither form, the password is wrong, or the two halves do not belong together.
    """
    if PEM_MARK not in data:
        return _load_pkcs12(data, password)
    key = _load_pem_key(data, password, tested=tested)
    return KeyPair(key, load_certificate(data if certificate is None else certificate))


def load_bare_key(data: bytes, certificates: Iterable[x509.Certificate], *, password: bytes | None = None) -> KeyPair:
    """Read a PEM key that has no certificate with it, and find its own among several.

    Raises:
        KeyUnreadable: No key, or none of the certificates belongs to it.
    """
    key = _load_pem_key(data, password)
    numbers = key.public_key().public_numbers()
    for certificate in certificates:
        if public_key_of(certificate).public_numbers() == numbers:
            return KeyPair(key, certificate)
    raise KeyUnreadable("None of the given certificates belongs to the private key.")


def load_certificate(data: bytes) -> x509.Certificate:
    """Read a certificate from PEM or DER; in a PEM file the first certificate counts.

    Raises:
        KeyUnreadable: The data holds no certificate.
    """
    try:
        if PEM_MARK in data:
            return x509.load_pem_x509_certificates(data)[0]
        return x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise KeyUnreadable(
            "The certificate could not be read; a PEM or DER file with a certificate is needed."
        ) from error


def load_key_file(path: Path, *, certificate: Path | None = None, password: bytes | None = None) -> KeyPair:
    """`load_key_pair` from files."""
    beside = None if certificate is None else certificate.read_bytes()
    return load_key_pair(path.read_bytes(), certificate=beside, password=password)


@lru_cache(maxsize=512)
def public_key_of(certificate: x509.Certificate) -> RSAPublicKey:
    """Return the certificate's RSA key; kept, since taking it out costs as much as a verification.

    Raises:
        KeyUnreadable: The certificate holds another kind of key.
    """
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise KeyUnreadable("The certificate holds no RSA key; SDK's envelopes need RSA.")
    return key


@lru_cache(maxsize=512)
def base64_of(certificate: x509.Certificate) -> bytes:
    """Return the certificate as the text of a `ds:X509Certificate` element."""
    return base64.b64encode(certificate.public_bytes(Encoding.DER))


def _load_pem_key(data: bytes, password: bytes | None, *, tested: bool = False) -> RSAPrivateKey:
    try:
        # A password for a key that has none is an error to OpenSSL; to a person with several keys it is not.
        secret = password if b"ENCRYPTED" in data else None
        key = load_pem_private_key(data, secret, unsafe_skip_rsa_key_validation=tested)
    except (ValueError, TypeError) as error:
        raise KeyUnreadable("The private key could not be read; check the file and its password.") from error
    if not isinstance(key, RSAPrivateKey):
        raise KeyUnreadable("The private key is not an RSA key; SDK's envelopes need RSA.")
    return key


def _load_pkcs12(data: bytes, password: bytes | None) -> KeyPair:
    try:
        key, certificate, _ = load_key_and_certificates(data, password)
    except ValueError as error:
        raise KeyUnreadable("The key file is neither PEM nor a PKCS#12 file that the password opens.") from error
    if not isinstance(key, RSAPrivateKey) or certificate is None:
        raise KeyUnreadable("The PKCS#12 file holds no RSA key with its certificate.")
    return KeyPair(key, certificate)


def _encryption(password: bytes | None) -> KeySerializationEncryption:
    return NoEncryption() if password is None else BestAvailableEncryption(password)
