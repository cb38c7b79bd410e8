"""Keys of connections: one created here for SAML, and key files that are re-encrypted."""

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from budkavle import Invalid
from budkavle_eid.connections.fields import MISSING_P12, N_, WRONG, Values

SAML_YEARS = 10
"""How long the certificate of a generated key is valid."""


def with_saml_key(values: Values) -> dict[str, str]:
    """Add a generated key and its certificate, if there is none yet: the provider recognises us by them."""
    if values.get("key"):
        return dict(values)
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Budkavle SAML")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * SAML_YEARS))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {**values, "key": _text(pem), "certificate": _text(certificate.public_bytes(Encoding.PEM))}


def with_new_passphrase(values: Values) -> dict[str, str]:
    """Re-encrypt a key file with a random passphrase, so that the typed one is not stored."""
    content = base64.b64decode(values.get("certificate", ""))
    if not content:
        raise Invalid(WRONG, fields={"certificate": MISSING_P12})
    if values.get("locked_file") == hashlib.sha256(content).hexdigest():
        return {**values, "passphrase": ""}
    typed_passphrase = values.get("passphrase", "").encode() or None
    try:
        key, certificate, intermediates = pkcs12.load_key_and_certificates(content, typed_passphrase)
    except ValueError as error:
        sentence = N_("Filen går inte att öppna. Är det en PKCS#12-fil (.p12 eller .pfx), och stämmer lösenordet?")
        raise Invalid(WRONG, fields={"certificate": sentence}) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey) or certificate is None:
        raise Invalid(WRONG, fields={"certificate": N_("Filen saknar nyckel eller certifikat.")})
    secret = secrets.token_urlsafe(32)
    locked = pkcs12.serialize_key_and_certificates(
        None, key, certificate, intermediates, BestAvailableEncryption(secret.encode())
    )
    digest = hashlib.sha256(locked).hexdigest()
    return {**values, "certificate": _text(locked), "passphrase": "", "locked": secret, "locked_file": digest}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
