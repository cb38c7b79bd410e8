"""Checks of a SAML peer's XML, in addition to those of the library: its form and its algorithms.

They leave an attacker little room: one assertion, in its place; each identifier once; signatures that cover exactly the
element that contains them; no document type, comment or processing instruction, which two parsers could read
differently; and only algorithms of the Swedish profile (Sweden Connect, technical framework 02, section 8).
"""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from budkavle_eid.claims import Refused
from budkavle_eid.safe_xml import DS, parse

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"
ASSERTION, ENCRYPTED = f"{SAML}Assertion", f"{SAML}EncryptedAssertion"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"

MAX_METADATA = 30_000_000
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC, _ENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_SHA2 = ("sha256", "sha384", "sha512")
SIGNATURES = {f"{_MORE}{kind}-{sha}" for kind in ("rsa", "ecdsa") for sha in _SHA2}
DIGESTS = {f"{_ENC}sha256", f"{_ENC}sha512", f"{_MORE}sha384"}
CIPHERS = {f"{_ENC}aes{size}-cbc" for size in (128, 192, 256)} | {f"{_ENC11}aes{size}-gcm" for size in (128, 192, 256)}
KEY_TRANSPORTS = {f"{_ENC}rsa-oaep-mgf1p", f"{_ENC11}rsa-oaep"}


def check_response(root: etree._Element, *, encrypted: bool) -> None:
    """Check a response as received.

    Raises:
        Refused: Its form or an algorithm is not accepted.
    """
    if root.tag != f"{SAMLP}Response":
        raise Refused("not-a-response")
    _check_once(root)
    assertions = list(root.iter(ASSERTION, ENCRYPTED))
    if len(assertions) != 1 or assertions[0].getparent() is not root:
        raise Refused("not-one-assertion")
    if encrypted and assertions[0].tag != ENCRYPTED:
        raise Refused("assertion-in-clear")
    for signature in root.iter(f"{DS}Signature"):
        if signature.getparent() not in {root, assertions[0]}:
            raise Refused("signature-elsewhere")
        check_signature(signature)
    _check_encryption(root)


def check_opened(data: bytes) -> None:
    """Check a response after its assertion has been decrypted in place.

    Raises:
        Refused: The decrypted content is not exactly one assertion.
    """
    root = parse(data)
    _check_once(root)
    assertions = list(root.iter(ASSERTION))
    if len(assertions) != 1 or next(root.iter(f"{XENC}EncryptedData"), None) is not None:
        raise Refused("not-one-assertion-inside")
    holder = assertions[0].getparent()
    if holder is None or holder.tag != ENCRYPTED or holder.getparent() is not root:
        raise Refused("assertion-elsewhere")
    for signature in root.iter(f"{DS}Signature"):
        if signature.getparent() not in {root, assertions[0]}:
            raise Refused("signature-elsewhere")
        check_signature(signature)


def check_signature(signature: etree._Element) -> None:
    """Check that a signature covers exactly the element that contains it, with accepted algorithms.

    Raises:
        Refused: It does not.
    """
    holder = signature.getparent()
    references = list(signature.iter(f"{DS}Reference"))
    objects = next(signature.iter(f"{DS}Object"), None)
    if holder is None or len(references) != 1 or objects is not None or len(_kin(holder, signature.tag)) != 1:
        raise Refused("signature-form")
    if references[0].get("URI") != f"#{holder.get('ID')}":
        raise Refused("signature-of-another")
    used = {
        "CanonicalizationMethod": {EXCLUSIVE},
        "SignatureMethod": SIGNATURES,
        "DigestMethod": DIGESTS,
        "Transform": {ENVELOPED, EXCLUSIVE},
    }
    for name, allowed in used.items():
        algorithms = [method.get("Algorithm") for method in signature.iter(f"{DS}{name}")]
        if not algorithms or not allowed.issuperset(algorithms):
            raise Refused("signature-algorithm")


def statuses(root: etree._Element) -> list[str]:
    """Return the status codes of a response, the outermost first."""
    return [code.get("Value", "") for code in root.iter(f"{SAMLP}StatusCode")]


def _check_once(root: etree._Element) -> None:
    ids = Counter(value for element in root.iter(etree.Element) for value in _ids(element))
    if any(count > 1 for count in ids.values()):
        raise Refused("identifier-twice")


def _ids(element: etree._Element) -> Iterator[str]:
    for name, value in element.attrib.items():
        if etree.QName(name).localname.lower() == "id":
            yield str(value)


def _check_encryption(root: etree._Element) -> None:
    for method in root.iter(f"{XENC}EncryptionMethod"):
        parent = method.getparent()
        of_key = parent is not None and parent.tag == f"{XENC}EncryptedKey"
        if method.get("Algorithm") not in (KEY_TRANSPORTS if of_key else CIPHERS):
            raise Refused("encryption-algorithm")
    for encrypted in root.iter(f"{XENC}EncryptedData", f"{XENC}EncryptedKey"):
        if len(_kin(encrypted, f"{XENC}EncryptionMethod")) != 1:
            raise Refused("encryption-algorithm")


def _kin(element: etree._Element, tag: str | bytes | bytearray | etree.QName) -> list[etree._Element]:
    return [child for child in element if child.tag == tag]
