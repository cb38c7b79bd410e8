"""Enveloped XML signatures with RSA and SHA-256 over a whole document.

Sources: Kuverteringsprofil XHE 1.0, 3.5; XML Signature Syntax and Processing 1.1; OASIS SMP 1.0, 3.6.2.

A signature is believed only in the one form that the profile describes: one `ds:Signature` in the document, a child of
the root, over the whole document. Nothing is looked up by Id, no URI is followed, and no key is taken from the
document: the caller says whose certificate must have signed. What was signed comes back as a tree; use that alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import pybase64
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from budkavle_sdk_transport.envelope.canonical import (
    ALGORITHMS,
    C14N,
    C14N_EXCLUSIVE,
    canonical,
    feed_canonical,
    inherits_xml_attributes,
    namespace_axis,
)
from budkavle_sdk_transport.formats.base64_blocks import Base64Blocks
from budkavle_sdk_transport.formats.identifiers import NS_DS
from budkavle_sdk_transport.formats.xml import parse, value
from budkavle_sdk_transport.keys.key_pair import KeyPair, base64_of, public_key_of

RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
MOST_CERTIFICATES: Final = 8
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

_INSTRUCTIONS: Final = etree.XPath("boolean(//processing-instruction())")
_IGNORED_KEYS: Final = frozenset({f"{{{NS_DS}}}KeyName", f"{{{NS_DS}}}KeyValue"})
_IDS: Final = etree.XPath("//@Id | //@ID | //@id", smart_strings=False)


class SignatureRefused(ValueError):
    """The document is not signed as it must be; the sentence says why and holds nothing of the content."""


def sign(document: bytes, signer: KeyPair) -> bytes:
    """Sign a document: the signature becomes the last child of its root.

    Args:
        document: Well-formed XML of our own making.
        signer: The key, and the certificate that goes into the signature.

    Returns:
        The signed document in canonical form.
    """
    root = parse(document)
    pieces: list[bytes] = []
    feed_canonical(root, pieces.append, C14N, None)
    return b"".join(sign_canonical([b"".join(pieces)], root.nsmap, signer))


def sign_canonical(pieces: Iterable[bytes], namespaces: dict[str | None, str], signer: KeyPair) -> list[bytes]:
    """Sign a document that is in canonical form already.

    Hashing what was written saves a parse and a canonicalisation, nine tenths of the work on a large message.

    Args:
        pieces: The document, cut anywhere; its last piece ends with the root's end tag and holds the whole of it.
        namespaces: What the root declares; it has no `xml:` attributes.
        signer: The key, and the certificate that goes into the signature.

    Returns:
        The pieces of the signed document.
    """
    signed = list(pieces)
    digest = hashlib.sha256()
    for piece in signed:
        digest.update(piece)
    signature = _signature(digest.digest(), namespaces, signer)
    last = signed.pop()
    end = last.rindex(b"</")
    return [*signed, last[:end], signature, last[end:]]


def verify(root: etree._Element, certificate: x509.Certificate, blocks: Base64Blocks | None = None) -> etree._Element:
    """Check that a document is signed, whole, with the key of a certificate.

    Args:
        root: The root of a parsed document. It is changed: the signature and all comments, which canonical XML
            leaves out, are taken away, so that it holds what was signed and nothing else.
        certificate: The signer's published certificate. It must also be the one in the signature.
        blocks: What was left out of the tree (`blocks.parse_with_blocks`) and is signed with it.

    Returns:
        The root.

    Raises:
        SignatureRefused: No signature, more than one, in another place, of another form, or not right.
    """
    try:
        return _verify(root, certificate, blocks or Base64Blocks())
    except etree.C14NError:  # as for a namespace that is no absolute URI
        raise SignatureRefused("The document has no canonical form, so nobody can have signed it.") from None


def _verify(root: etree._Element, certificate: x509.Certificate, blocks: Base64Blocks) -> etree._Element:
    signature = _only_signature(root)
    info = _check_form(signature)
    if base64_of(certificate) not in _stated_certificates(signature):
        raise SignatureRefused("The signature names another certificate than the one its sender has published.")
    made = _decoded(_child(signature, "SignatureValue"), "SignatureValue")
    method = _child(info, "CanonicalizationMethod")
    signed_info = canonical(info, str(method.get("Algorithm")), _prefixes(method))
    try:
        public_key_of(certificate).verify(made, signed_info, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise SignatureRefused("The signature does not belong to the sender's published certificate.") from None
    _check_digest(root, signature, _child(info, "Reference"), blocks)
    return root


def stated_certificate(root: etree._Element) -> x509.Certificate:
    """The certificate that a document's signature names first: a claim, to be judged before `verify` is asked.

    Raises:
        SignatureRefused: No signature of the right form, or no certificate in it.
    """
    return stated_certificates(root)[0]


def stated_certificates(root: etree._Element) -> list[x509.Certificate]:
    """All that it names, at least one: some write the signer's issuers beside it, in any order.

    Raises:
        SignatureRefused: As for `stated_certificate`, or more than a chain has.
    """
    signature = _only_signature(root)
    _check_form(signature)
    stated = _stated_certificates(signature)
    if len(stated) > MOST_CERTIFICATES:
        raise SignatureRefused("The signature holds more certificates than a chain has.")
    try:
        return [x509.load_der_x509_certificate(pybase64.b64decode(text, validate=True)) for text in stated]
    except ValueError:
        raise SignatureRefused("The certificate in the signature cannot be read.") from None


def _signature(digest: bytes, namespaces: dict[str | None, str], signer: KeyPair) -> bytes:
    info = (
        f'<ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"></ds:SignatureMethod>'
        f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue>{pybase64.b64encode_as_string(digest)}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
    in_scope = namespace_axis({**namespaces, "ds": NS_DS})
    made = signer.private_key.sign(f"<ds:SignedInfo{in_scope}>{info}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return (
        f'<ds:Signature xmlns:ds="{NS_DS}"><ds:SignedInfo>{info}'
        f"<ds:SignatureValue>{pybase64.b64encode_as_string(made)}</ds:SignatureValue>"
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64_of(signer.certificate).decode()}"
        f"</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    ).encode()


def _only_signature(root: etree._Element) -> etree._Element:
    signatures = list(root.iter(f"{{{NS_DS}}}Signature"))
    if not signatures:
        raise SignatureRefused("The document is not signed.")
    if len(signatures) > 1:
        raise SignatureRefused("The document has more than one signature.")
    if signatures[0].getparent() is not root:
        raise SignatureRefused("The signature does not stand directly under the document's root.")
    return signatures[0]


def _check_form(signature: etree._Element) -> etree._Element:
    """Hold the signature to the profile's table (3.5.1), element by element, and return its SignedInfo."""
    root = signature.getroottree().getroot()
    _refuse_oddities(root)
    if inherits_xml_attributes(signature) or any(":" in str(name) for name in signature.attrib):
        raise SignatureRefused("The document hands down xml: attributes into its signature.")
    info, _, key_info = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
    method, algorithm, reference = _children(info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    _only_algorithm(method, ALGORITHMS)
    _only_algorithm(algorithm, {RSA_SHA256})
    if len(algorithm):
        raise SignatureRefused("The signature method has parameters; RSA with SHA-256 has none.")
    if reference.get("URI") != "":
        raise SignatureRefused("The signature does not cover the whole document.")
    transforms, digest_method, _ = _children(reference, "Transforms", "DigestMethod", "DigestValue")
    _only_algorithm(digest_method, {SHA256})
    _check_transforms(transforms)
    _check_key_info(key_info)
    return info


def _refuse_oddities(root: etree._Element) -> None:
    """Refuse what can make two readers of the same signed document see different things."""
    if _INSTRUCTIONS(root):
        raise SignatureRefused("The document holds processing instructions.")
    ids = _IDS(root)
    if isinstance(ids, list) and len(ids) != len(set(ids)):
        raise SignatureRefused("Two elements of the document bear the same Id.")


def _check_key_info(key_info: etree._Element) -> None:
    """See that the key is named by one certificate; what many libraries write beside it is not looked at."""
    named = [child.tag for child in key_info if child.tag not in _IGNORED_KEYS and isinstance(child.tag, str)]
    if named != [f"{{{NS_DS}}}X509Data"]:
        raise SignatureRefused("The signature's KeyInfo does not hold X509Data.")


def _check_transforms(transforms: etree._Element) -> None:
    if not 1 <= len(transforms) <= 2:
        raise SignatureRefused("The signature's reference has other transforms than the profile's.")
    for transform in transforms:
        if transform.tag != f"{{{NS_DS}}}Transform":
            raise SignatureRefused(
                "The signature's reference has something else than a transform among its transforms."
            )
    _only_algorithm(transforms[0], {ENVELOPED})
    if len(transforms[0]):
        raise SignatureRefused("The enveloped-signature transform has parameters; it has none.")
    if len(transforms) == 2:
        _only_algorithm(transforms[1], ALGORITHMS)


def _check_digest(
    root: etree._Element, signature: etree._Element, reference: etree._Element, blocks: Base64Blocks
) -> None:
    stated = _decoded(_child(reference, "DigestValue"), "DigestValue")
    transforms = _child(reference, "Transforms")
    last = transforms[-1]
    algorithm = str(last.get("Algorithm")) if len(transforms) == 2 else C14N
    prefixes = _prefixes(last)
    _take_away(signature)
    etree.strip_tags(root, etree.Comment)
    digest = hashlib.sha256()
    if blocks.by_mark:
        pieces: list[bytes] = []
        feed_canonical(root, pieces.append, algorithm, prefixes)
        blocks.feed(digest.update, b"".join(pieces))
    else:
        feed_canonical(root, digest.update, algorithm, prefixes)
    if digest.digest() != stated:
        raise SignatureRefused("The document has been changed after it was signed.")


def _take_away(element: etree._Element) -> None:
    """Remove an element and keep the text behind it, which is signed."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail
    if parent is None:
        raise SignatureRefused("The signature stands alone.")
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _stated_certificates(signature: etree._Element) -> list[bytes]:
    elements = signature.findall(f"{{{NS_DS}}}KeyInfo/{{{NS_DS}}}X509Data/{{{NS_DS}}}X509Certificate")
    if not elements:
        raise SignatureRefused("The signature does not hold its signer's certificate.")
    return ["".join(value(certificate).split()).encode() for certificate in elements]


def _children(parent: etree._Element, *names: str) -> list[etree._Element]:
    """Return the element's children, which must be exactly these."""
    children = [child for child in parent if not isinstance(child, etree._Comment)]
    if [child.tag for child in children] != [f"{{{NS_DS}}}{name}" for name in names]:
        raise SignatureRefused(f"The signature's {etree.QName(parent).localname} does not hold {', '.join(names)}.")
    return children


def _child(parent: etree._Element, name: str) -> etree._Element:
    child = parent.find(f"{{{NS_DS}}}{name}")
    if child is None:
        raise SignatureRefused(f"The signature has no {name}.")
    return child


def _only_algorithm(element: etree._Element, allowed: Iterable[str]) -> None:
    if (element.get("Algorithm") or "") not in allowed:
        raise SignatureRefused(
            f"The signature's {etree.QName(element).localname} names an algorithm that the profile does not allow."
        )


def _prefixes(method: etree._Element) -> list[str] | None:
    """Return the PrefixList of exclusive canonicalisation; any other parameter is refused."""
    if not len(method):
        return None
    if len(method) > 1 or method[0].tag != f"{{{C14N_EXCLUSIVE}}}InclusiveNamespaces":
        raise SignatureRefused("A canonicalisation in the signature has parameters that are not known.")
    return (method[0].get("PrefixList") or "").split()


def _decoded(element: etree._Element, name: str) -> bytes:
    try:
        return pybase64.b64decode("".join(value(element).split()), validate=True)
    except ValueError:
        raise SignatureRefused(f"The signature's {name} is not base64.") from None
