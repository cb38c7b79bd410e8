"""Signatures: made, verified, and refused when they are anything else than the profile's."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from budkavle_sdk_transport.envelope.signature import SignatureRefused, sign, stated_certificate, verify
from budkavle_sdk_transport.formats.xml import parse

DS = "http://www.w3.org/2000/09/xmldsig#"
DOCUMENT = b'<a xmlns="urn:a" xmlns:b="urn:b" z="1" b:y="2"><!-- gone --><b:c>1 &lt; 2\r\n</b:c><d></d></a>'


@pytest.fixture
def signed(exchange: Any) -> bytes:
    return sign(DOCUMENT, exchange.sender_keys)


def refused(document: bytes, exchange: Any) -> str:
    with pytest.raises(SignatureRefused) as caught:
        verify(parse(document), exchange.sender_keys.certificate)
    return str(caught.value)


@pytest.mark.feature("SD1")
def test_own_signature_holds(exchange: Any, signed: bytes) -> None:
    """What we sign we verify, and what comes back is the signed content without signature and comments."""
    root = verify(parse(signed), exchange.sender_keys.certificate)
    assert root.find(f"{{{DS}}}Signature") is None
    assert next(root.iter(etree.Comment), None) is None
    assert root.findtext("{urn:b}c") == "1 < 2\n"


@pytest.mark.feature("SD1")
def test_own_signature_is_canonical(exchange: Any, signed: bytes) -> None:
    """The signed document is its own canonical form, so any reader hashes the bytes that we hashed."""
    assert etree.tostring(etree.fromstring(signed), method="c14n") == signed


@pytest.mark.feature("SD3")
@pytest.mark.parametrize("name", ["XHE-tm-base-ext-sigenc.xml", "xhe_unencrypted.xml", "as4_xhe_encrypted.xml"])
def test_examples_of_digg_verify(example: Callable[[str], bytes], name: str) -> None:
    """Digg's and Inera's signed examples verify."""
    root = parse(example(name))
    verify(root, stated_certificate(root))


@pytest.mark.feature("SD3")
@pytest.mark.parametrize("name", ["xhe_encrypted_payload.xml", "xhe_unencrypted_payload.xml"])
def test_pretty_printed_examples_do_not_verify(example: Callable[[str], bytes], name: str) -> None:
    """The two examples that were pretty-printed after signing are refused: white space is signed too."""
    root = parse(example(name))
    with pytest.raises(SignatureRefused):
        verify(root, stated_certificate(root))


@pytest.mark.feature("SD3")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1 &lt; 2", b"1 &lt; 3"),
        (b'z="1"', b'z="2"'),
        (b"<d></d>", b""),
        (b"<d></d>", b"<d> </d>"),
        (b"<d></d>", b"<d><e></e></d>"),
        (b"</a>", b" </a>"),
        (b'xmlns:b="urn:b"', b'xmlns:b="urn:b" xmlns:q="urn:q"'),
    ],
)
def test_changed_content_is_refused(exchange: Any, signed: bytes, old: bytes, new: bytes) -> None:
    """Any change of what was signed is seen."""
    assert old in signed
    refused(signed.replace(old, new), exchange)


@pytest.mark.feature("SD3")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#rsa-sha1"),
        (b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#hmac-sha1"),
        (b"2001/04/xmldsig-more#rsa-sha256", b"2001/04/xmldsig-more#hmac-sha256"),
        (b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1"),
        (b"TR/2001/REC-xml-c14n-20010315", b"TR/2001/REC-xml-c14n-20010315#WithComments"),
        (b"2000/09/xmldsig#enveloped-signature", b"TR/1999/REC-xpath-19991116"),
        (b"2000/09/xmldsig#enveloped-signature", b"TR/1999/REC-xslt-19991116"),
        (b'<ds:Reference URI="">', b'<ds:Reference URI="#a">'),
        (b'<ds:Reference URI="">', b'<ds:Reference URI="http://127.0.0.1/">'),
        (b'<ds:Reference URI="">', b"<ds:Reference>"),
    ],
)
def test_other_algorithms_are_refused(exchange: Any, signed: bytes, old: bytes, new: bytes) -> None:
    """SHA-1, HMAC under a public key, XPath, XSLT and partial references are refused before any arithmetic."""
    assert old in signed
    said = refused(signed.replace(old, new), exchange)
    assert "algorithm" in said or "whole document" in said


@pytest.mark.feature("SD3")
def test_wrong_certificate_with_the_right_name_is_refused(exchange: Any, federation: Any, signed: bytes) -> None:
    """Another key under the same name, even from the same authority, is not the published certificate."""
    subject = exchange.sender_keys.certificate.subject
    names = [str(subject.get_attributes_for_oid(a.oid)[0].value) for a in subject][1:]
    double = federation.authority.issue(names[1], names[0])
    assert double.certificate.subject == subject
    assert "another certificate" in refused(sign(DOCUMENT, double), exchange)


@pytest.mark.feature("SD3")
def test_borrowed_certificate_is_refused(exchange: Any) -> None:
    """A signature of a stranger that shows the sender's certificate is refused."""
    by_stranger = sign(DOCUMENT, exchange.stranger)
    from budkavle_sdk_transport.keys.key_pair import base64_of

    forged = by_stranger.replace(base64_of(exchange.stranger.certificate), base64_of(exchange.sender_keys.certificate))
    assert "does not belong" in refused(forged, exchange)


def moved_into_object(signed: bytes) -> bytes:
    """The classic wrapping: the signed original inside the signature, new content around it."""
    start, end = signed.index(b"<ds:Signature "), signed.index(b"</ds:Signature>")
    original = signed[:start] + b"</a>"
    return (
        signed[:start].replace(b"1 &lt; 2", b"evil")
        + signed[start:end]
        + b"<ds:Object>"
        + original
        + b"</ds:Object></ds:Signature></a>"
    )


def moved_into_wrapper(signed: bytes) -> bytes:
    """The signed original, signature and all, as a child of a new root."""
    return b'<a xmlns="urn:a"><evil></evil>' + signed + b"</a>"


def signature_deeper(signed: bytes) -> bytes:
    """The signature under a child of the root."""
    start, end = signed.index(b"<ds:Signature "), signed.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return signed[:start].replace(b"<d></d>", b"<d>" + signed[start:end] + b"</d>") + b"</a>"


def two_signatures(signed: bytes) -> bytes:
    """The same signature twice."""
    start, end = signed.index(b"<ds:Signature "), signed.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return signed[:end] + signed[start:end] + signed[end:]


def extra_reference(signed: bytes) -> bytes:
    """A second reference beside the first."""
    start, end = signed.index(b"<ds:Reference "), signed.index(b"</ds:Reference>") + len(b"</ds:Reference>")
    return signed[:end] + signed[start:end].replace(b'URI=""', b'URI="#x"') + signed[end:]


def no_signature(signed: bytes) -> bytes:
    """The signature taken away."""
    return signed[: signed.index(b"<ds:Signature ")] + b"</a>"


def duplicate_ids(signed: bytes) -> bytes:
    """Two elements with one Id."""
    return signed.replace(b"<d>", b'<d Id="x">').replace(b"<b:c>", b'<b:c Id="x">')


def instruction(signed: bytes) -> bytes:
    """A processing instruction, which splits text and may stand before the root."""
    return b"<?evil yes?>" + signed


KEY_VALUE = (
    b"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue>"
    b"</ds:KeyValue>"
)


@pytest.mark.feature("SD3")
@pytest.mark.parametrize(
    "beside", [KEY_VALUE, b"<ds:KeyName>O2O</ds:KeyName>", b"<ds:KeyName>O2O</ds:KeyName>" + KEY_VALUE]
)
def test_a_key_that_is_named_beside_the_certificate_is_no_matter(exchange: Any, signed: bytes, beside: bytes) -> None:
    """Many libraries write it too. No key is taken from the document, whatever stands there."""
    for mark in (b"<ds:X509Data>", b"</ds:KeyInfo>"):
        assert mark in signed
        root = parse(signed.replace(mark, beside + mark))
        assert verify(root, exchange.sender_keys.certificate) is root
    with_method = signed.replace(b"</ds:KeyInfo>", b'<ds:RetrievalMethod URI="#a"></ds:RetrievalMethod></ds:KeyInfo>')
    assert "KeyInfo" in refused(with_method, exchange)
    twice = signed.replace(
        b"</ds:KeyInfo>", signed[signed.index(b"<ds:X509Data>") : signed.index(b"</ds:KeyInfo>")] + b"</ds:KeyInfo>"
    )
    assert "KeyInfo" in refused(twice, exchange)


def no_certificate(signed: bytes) -> bytes:
    """No certificate in the signature."""
    start, end = signed.index(b"<ds:X509Certificate>"), signed.index(b"</ds:X509Data>")
    return signed[:start] + signed[end:]


def no_transform(signed: bytes) -> bytes:
    """An empty list of transforms."""
    start, end = signed.index(b"<ds:Transform "), signed.index(b"</ds:Transforms>")
    return signed[:start] + signed[end:]


def hmac_length(signed: bytes) -> bytes:
    """A truncation length, as HMAC signatures may have."""
    return signed.replace(
        b"</ds:SignatureMethod>", b"<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>"
    )


def inherited_attribute(signed: bytes) -> bytes:
    """An xml: attribute on the root, which canonical forms hand down differently."""
    return signed.replace(b'<a xmlns="urn:a"', b'<a xml:id="q" xmlns="urn:a"')


ATTACKS = [
    moved_into_object,
    moved_into_wrapper,
    signature_deeper,
    two_signatures,
    extra_reference,
    no_signature,
    duplicate_ids,
    instruction,
    no_certificate,
    no_transform,
    hmac_length,
    inherited_attribute,
]


@pytest.mark.feature("SD3")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_wrapping_and_moving_is_refused(exchange: Any, signed: bytes, attack: Callable[[bytes], bytes]) -> None:
    """Wrapped, moved, doubled, stripped and decorated signatures are refused."""
    attacked = attack(signed)
    assert attacked != signed
    refused(attacked, exchange)


@pytest.mark.feature("SD3")
def test_comment_cannot_split_a_value(exchange: Any) -> None:
    """A comment put into a value is not signed; what comes back holds the value whole, as it was signed."""
    signed = sign(b"<a><b>0203:habo.se.evil.example</b></a>", exchange.sender_keys)
    split = signed.replace(b"habo.se.evil", b"habo.se<!-- -->.evil")
    root = verify(parse(split), exchange.sender_keys.certificate)
    assert root.findtext("b") == "0203:habo.se.evil.example"


@pytest.mark.feature("SD3")
def test_text_behind_the_signature_is_signed(exchange: Any) -> None:
    """White space after the signature counts, as canonical XML says."""
    signed = sign(b"<a><b></b></a>", exchange.sender_keys)
    refused(signed.replace(b"</ds:Signature></a>", b"</ds:Signature>\n</a>"), exchange)


@pytest.mark.feature("SD1", "SD5")
def test_sealed_documents_are_canonical(exchange: Any) -> None:
    """What is sealed is written canonical from the start; this is what saves a parse when sealing."""
    xhe = exchange.seal()
    receipt = exchange.open(xhe).receipt_xhe
    for document in (xhe, receipt):
        assert etree.tostring(etree.fromstring(document), method="c14n") == document
