"""BankID's signature: an XML signature over the shown text and the certificates, accepted in one form only.

Nothing is looked up by Id: the meaning of each reference follows from its position, so that a wrapped signature has no
place. The returned values are read from the same elements that were hashed.

Sources: BankID Signature Profile (namespace http://www.bankid.com/signature/v1.0.0/types); XML Signature Syntax and
Processing 1.1; RFC 9231 (algorithms).
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from budkavle_eid.claims import Refused
from budkavle_eid.safe_xml import DS, parse

MAX_SIGNATURE: Final = 200_000
MOST_CERTIFICATES: Final = 5
LEAST_RSA: Final = 2048
BID: Final = "http://www.bankid.com/signature/v1.0.0/types"
C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
DATA, KEYS = "bidSignedData", "bidKeyInfo"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC: Final = "http://www.w3.org/2001/04/xmlenc#"
DIGESTS: Final[Mapping[str, Callable[[bytes], Any]]] = {
    f"{_ENC}sha256": hashlib.sha256,
    f"{_MORE}sha384": hashlib.sha384,
    f"{_ENC}sha512": hashlib.sha512,
}
HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A person's BankID signature; the certificates are not verified yet.

    Attributes:
        chain: The person's certificate, followed by those of its issuers that were included.
        visible: The text that the app showed; None if there was none.
        hidden: The data that was signed without being shown; None if there was none.
        function: `Identification` or `Signing`.
        service: The name of the requesting service, as in the certificate of its agreement with BankID.
    """

    chain: tuple[x509.Certificate, ...]
    visible: bytes | None
    hidden: bytes | None
    function: str
    service: str


def read(signature: str) -> Signed:
    """Verify a signature, and return what was signed.

    Args:
        signature: The base64 text in the response.

    Raises:
        Refused: It has another form, was altered, or was made with another key.
    """
    root = parse(decoded(signature), MAX_SIGNATURE)
    _check_ids(root)
    info, value, keys, objects = _children(root, "Signature", "SignedInfo", "SignatureValue", "KeyInfo", "Object")
    (signed_data,) = objects if len(objects) == 1 else (None,)
    if signed_data is None or signed_data.tag != f"{{{BID}}}bankIdSignedData":
        raise Refused("signature-form")
    if (signed_data.get("Id"), keys.get("Id")) != (DATA, KEYS):
        raise Refused("signature-reference")
    chain = _chain(keys)
    algorithm = _check_info(info, {f"#{DATA}": signed_data, f"#{KEYS}": keys})
    _check_value(chain[0].public_key(), algorithm, decoded(value.text or ""), canonical(info))
    return _signed(chain, signed_data)


def canonical(element: etree._Element) -> bytes:
    """Return the canonical form (inclusive, without comments) of an element in its document."""
    # Within its document, lxml undeclares a namespace that a descendant declares again; in a separate one it does not.
    alone = etree.tostring(element, with_tail=False, encoding="UTF-8")
    return etree.tostring(parse(alone, MAX_SIGNATURE), method="c14n", exclusive=False, with_comments=False)


def _check_ids(root: etree._Element) -> None:
    """Check that only the two expected elements have an identifier, and that nothing inherits xml: attributes."""
    names = [
        (etree.QName(name).localname.lower(), name) for element in root.iter() for name in map(str, element.attrib)
    ]
    if sum(local == "id" for local, _ in names) != 2 or any(name.startswith(_XML) for _, name in names):
        raise Refused("signature-reference")


def _check_info(info: etree._Element, signed: Mapping[str, etree._Element]) -> str:
    """Check the digest of each part, each referenced exactly once; return the algorithm of the signature."""
    names = ("CanonicalizationMethod", "SignatureMethod", "Reference", "Reference")
    method, algorithm, *references = _children(info, "SignedInfo", *names)
    if method.get("Algorithm") != C14N or len(method) or len(algorithm):
        raise Refused("signature-algorithm")
    if sorted(reference.get("URI", "") for reference in references) != sorted(signed):
        raise Refused("signature-reference")
    for reference in references:
        _check_digest(reference, signed[reference.get("URI", "")])
    return algorithm.get("Algorithm", "")


def _check_digest(reference: etree._Element, element: etree._Element) -> None:
    transforms, method, value = _children(reference, "Reference", "Transforms", "DigestMethod", "DigestValue")
    (transform,) = _children(transforms, "Transforms", "Transform")
    digest = DIGESTS.get(method.get("Algorithm", ""))
    if transform.get("Algorithm") != C14N or len(transform) or digest is None:
        raise Refused("signature-algorithm")
    if not compare_digest(digest(canonical(element)).digest(), decoded(value.text or "")):
        raise Refused("signature-digest")


def _check_value(key: object, algorithm: str, value: bytes, signed: bytes) -> None:
    kind, _, sha = algorithm.removeprefix(_MORE).partition("-")
    if not algorithm.startswith(_MORE) or sha not in HASHES:
        raise Refused("signature-algorithm")
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey) and key.key_size >= LEAST_RSA:
            key.verify(value, signed, padding.PKCS1v15(), HASHES[sha])
        elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(_as_der(value, key), signed, ec.ECDSA(HASHES[sha]))
        else:
            raise Refused("signature-algorithm")
    except InvalidSignature as error:
        raise Refused("signature-value") from error


def _as_der(value: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """Convert XML Signature's two numbers of equal length to the DER form that `cryptography` accepts."""
    size = (key.key_size + 7) // 8
    if len(value) != 2 * size:
        raise Refused("signature-value")
    return encode_dss_signature(int.from_bytes(value[:size]), int.from_bytes(value[size:]))


def _chain(keys: etree._Element) -> tuple[x509.Certificate, ...]:
    certificates = [child for x509_data in keys for child in x509_data]
    if any(x509_data.tag != f"{DS}X509Data" for x509_data in keys) or not 1 <= len(certificates) <= MOST_CERTIFICATES:
        raise Refused("signature-form")
    if any(child.tag != f"{DS}X509Certificate" or len(child) for child in certificates):
        raise Refused("signature-form")
    try:
        return tuple(x509.load_der_x509_certificate(decoded(child.text or "")) for child in certificates)
    except ValueError as error:
        raise Refused("certificate-unreadable") from error


def _signed(chain: tuple[x509.Certificate, ...], data: etree._Element) -> Signed:
    element_at = partial(_only, data)
    visible, hidden = element_at("usrVisibleData"), element_at("usrNonVisibleData")
    if visible is not None and (visible.get("charset"), visible.get("visible")) != ("UTF-8", "wysiwys"):
        raise Refused("visible-data-form")
    service = element_at("srvInfo/name")
    return Signed(
        chain,
        None if visible is None else decoded(visible.text or ""),
        None if hidden is None else decoded(hidden.text or ""),
        _text(element_at("clientInfo/funcId")),
        "" if service is None else decoded(service.text or "").decode(errors="replace"),
    )


def _only(data: etree._Element, path: str) -> etree._Element | None:
    """Return the text of the one element at a path, which has no children; None if there is none."""
    elements = data.findall("/".join(f"{{{BID}}}{step}" for step in path.split("/")))
    if len(elements) > 1 or any(len(element) for element in elements):
        raise Refused("signature-form")
    return elements[0] if elements else None


def _text(element: etree._Element | None) -> str:
    return "" if element is None else element.text or ""


def _children(element: etree._Element, name: str, *names: str) -> list[etree._Element]:
    """Return the children of an element, which must be exactly these."""
    children = list(element)
    if element.tag != f"{DS}{name}" or [child.tag for child in children] != [f"{DS}{name}" for name in names]:
        raise Refused("signature-form")
    return children


def decoded(text: str) -> bytes:
    """Decode a base64 text.

    Raises:
        Refused: It is not base64.
    """
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("signature-base64") from error
