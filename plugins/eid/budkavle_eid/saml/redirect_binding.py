"""SAML's HTTP-Redirect binding: a message in a URL, with its signature in a separate parameter.

Source: SAML 2.0 Bindings, section 3.4. The signature covers the parameters as encoded in the URL, so it is verified
over exactly these characters; each parameter may occur once.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from budkavle_eid.claims import Refused
from budkavle_eid.safe_xml import DS, MAX_RESPONSE, parse
from budkavle_eid.saml.private_key import private_key
from budkavle_eid.saml.xml_checks import MAX_METADATA, MD

BINDING: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    RSA_SHA256: hashes.SHA256(),
    RSA_SHA256.replace("256", "384"): hashes.SHA384(),
    RSA_SHA256.replace("256", "512"): hashes.SHA512(),
}
"""The accepted signature algorithms: RSA with SHA-2."""
LONGEST: Final = 20_000
"""The most characters of a query."""


def signed_address(address: str, name: str, message: bytes, key: Path, relay_state: str = "") -> str:
    """Return the URL by which a browser carries a message.

    Args:
        address: The URL of the recipient.
        name: `SAMLRequest` or `SAMLResponse`.
        message: The message, without a signature of its own.
        key: Our private key (PEM, RSA).
        relay_state: A value that the recipient wants back unchanged.

    Raises:
        Refused: The key is not an RSA key.
    """
    deflated = zlib.compress(message)[2:-4]
    parameters = {name: base64.b64encode(deflated).decode(), "RelayState": relay_state, "SigAlg": RSA_SHA256}
    signed = "&".join(f"{word}={quote(value, safe='')}" for word, value in parameters.items() if value)
    signature = base64.b64encode(private_key(key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    return f"{address}{'&' if '?' in address else '?'}{signed}&Signature={quote(signature, safe='')}"


def read_signed(query: str, name: str, metadata: bytes) -> tuple[etree._Element, str]:
    """Verify a query that the provider has signed; return its message and its RelayState.

    Args:
        query: The raw query of the URL.
        name: `SAMLRequest` or `SAMLResponse`.
        metadata: The provider's EntityDescriptor, with its signing certificates.

    Raises:
        Refused: It has no valid signature, or no message.
    """
    raw = _raw(query)
    if not {name, "SigAlg", "Signature"} <= set(raw) or len(query) > LONGEST:
        raise Refused("query-unsigned")
    signed = "&".join(f"{word}={raw[word]}" for word in (name, "RelayState", "SigAlg") if word in raw).encode()
    signature, algorithm = _decoded(raw["Signature"]), HASHES.get(unquote_plus(raw["SigAlg"]))
    if algorithm is None or not any(_fits(key, signature, signed, algorithm) for key in _keys(metadata)):
        raise Refused("query-signature")
    return parse(_inflated(_decoded(raw[name]))), unquote_plus(raw.get("RelayState", ""))


def _raw(query: str) -> dict[str, str]:
    """Return the parameters without decoding them."""
    raw: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        word, _, value = pair.partition("=")
        if word in raw:
            raise Refused("query-twice")
        raw[word] = value
    return raw


def _decoded(raw: str) -> bytes:
    try:
        # A plus sign of base64 may be unescaped, and would otherwise be decoded as a space.
        return base64.b64decode("".join(unquote_plus(raw.replace("+", "%2B")).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("query-not-base64") from error


def _inflated(deflated: bytes) -> bytes:
    engine = zlib.decompressobj(-15)
    try:
        message = engine.decompress(deflated, MAX_RESPONSE)
    except zlib.error as error:
        raise Refused("query-not-deflated") from error
    if not engine.eof:
        raise Refused("query-too-large")
    return message


def _keys(metadata: bytes) -> Iterable[rsa.RSAPublicKey]:
    for descriptor in parse(metadata, MAX_METADATA, remarks=True).iterfind(f"{MD}IDPSSODescriptor/{MD}KeyDescriptor"):
        if descriptor.get("use", "signing") == "signing":
            for element in descriptor.iter(f"{DS}X509Certificate"):
                key = x509.load_der_x509_certificate(base64.b64decode(element.text or "")).public_key()
                if isinstance(key, rsa.RSAPublicKey):
                    yield key


def _fits(key: rsa.RSAPublicKey, signature: bytes, signed: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    try:
        key.verify(signature, signed, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True
