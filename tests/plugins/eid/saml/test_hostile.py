"""SAML 2: what must not be let in. Each lie is told by a provider or by somebody on the way."""

import base64
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import xmlsec
from lxml import etree

from budkavle import Failed, Identity, Loa, Redirect
from budkavle_eid.claims import Refused
from budkavle_eid.safe_xml import parse
from budkavle_eid.saml import pysaml2
from budkavle_eid.saml.provider import SamlProvider

HINTS = {"language": "sv", "return_url": "http://127.0.0.1:8420/sign-in/back/idp"}
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
ANNA, OLLE = b"199001012385", b"198507099805"
SigningIn = Callable[..., Any]
Connect = Callable[..., SamlProvider]
Change = Callable[[bytes], bytes]


def refused(step: object) -> None:
    """The flow is over, and the person reads a sentence."""
    assert isinstance(step, Failed), step
    assert not step.retry


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("audience", "https://other.example"),
        ("audience", None),
        ("destination", "https://other.example/acs"),
        ("destination", None),
        ("recipient", "https://other.example/acs"),
        ("in_response_to", "_another-request"),
        ("issuer", "https://other.example"),
        ("sign", ()),
        ("sign", ("assertion",)),
        ("encrypt", False),
        ("name_id", ""),
        ("signature", xmlsec.Transform.RSA_SHA1),
        ("digest", xmlsec.Transform.SHA1),
        ("cipher", xmlsec.Transform.DES3),
        ("transport", xmlsec.Transform.RSA_PKCS1),
    ],
)
def test_a_response_that_is_not_as_it_must_be_is_refused(
    idp: Any, provider: SamlProvider, signing_in: SigningIn, field: str, value: object
) -> None:
    """Wrong or missing audience, address, request, issuer, signature, encryption; SHA-1, 3DES and RSA 1.5."""
    setattr(idp, field, value)
    refused(signing_in(provider))


@pytest.mark.parametrize("sign", [(), ("response",)])
def test_an_unsigned_assertion_is_refused_where_it_must_be_signed(
    idp: Any, connect: Connect, signing_in: SigningIn, sign: tuple[str, ...]
) -> None:
    """Inside the encryption, where only we see it: no signature, or only one around it."""
    idp.sign = sign
    refused(signing_in(connect(signed="assertion")))


@pytest.mark.parametrize("field", ["signature", "digest"])
def test_weak_algorithms_inside_the_encryption_are_refused(
    idp: Any, connect: Connect, signing_in: SigningIn, field: str
) -> None:
    """SHA-1 on an assertion's own signature, seen only once it is decrypted."""
    idp.sign = ("assertion",)
    assert isinstance(signing_in(connect(signed="assertion")), Identity)
    setattr(idp, field, {"signature": xmlsec.Transform.RSA_SHA1, "digest": xmlsec.Transform.SHA1}[field])
    refused(signing_in(connect(signed="assertion")))


@pytest.mark.parametrize(
    ("shift", "lifetime", "let_in"),
    [(0, 300, True), (-400, 300, True), (-430, 300, False), (110, 300, True), (130, 300, False), (-900, 5000, False)],
)
def test_a_clock_may_be_off_by_two_minutes(
    idp: Any, provider: SamlProvider, signing_in: SigningIn, shift: int, lifetime: int, *, let_in: bool
) -> None:
    """Expired or early by less than two minutes is borne; more is not, nor an assertion made long ago."""
    idp.shift, idp.lifetime = shift, lifetime
    step = signing_in(provider)
    assert isinstance(step, Identity) if let_in else isinstance(step, Failed)


def test_a_strangers_signature_is_refused(idp: Any, provider: SamlProvider, signing_in: SigningIn, pairs: Any) -> None:
    """Only keys of the provider's metadata count, whatever certificate the signature brings along."""
    idp.signer = pairs("stranger")
    refused(signing_in(provider))


def test_what_was_encrypted_for_another_is_refused(
    idp: Any, provider: SamlProvider, signing_in: SigningIn, pairs: Any
) -> None:
    """We cannot read it, and say so as for any other answer."""
    first = provider.start(Loa.ONE, HINTS)
    idp.sp = pairs("stranger")
    assert isinstance(first, Redirect)
    response = idp.response("_any")
    refused(provider.advance(first.state, {"SAMLResponse": base64.b64encode(response).decode()}))


def test_a_response_works_once(idp: Any, provider: SamlProvider) -> None:
    """The same response again, into the same flow: the assertion has been used."""
    first = provider.start(Loa.ONE, HINTS)
    assert isinstance(first, Redirect)
    answer = idp.sign_in(first)
    assert isinstance(provider.advance(first.state, answer), Identity)
    refused(provider.advance(first.state, answer))


def test_another_flows_response_is_refused(idp: Any, provider: SamlProvider) -> None:
    """A response is for one request: neither another's nor one that nobody asked for."""
    mine, theirs = provider.start(Loa.ONE, HINTS), provider.start(Loa.ONE, HINTS)
    assert isinstance(mine, Redirect)
    assert isinstance(theirs, Redirect)
    refused(provider.advance(mine.state, idp.sign_in(theirs)))
    assert isinstance(provider.advance({}, idp.sign_in(theirs)), Failed)


@pytest.mark.parametrize("without", ["Conditions", "AuthnStatement", "SubjectConfirmation", "Subject", "NameID"])
def test_an_assertion_that_lacks_something_is_refused(
    idp: Any, provider: SamlProvider, signing_in: SigningIn, without: str
) -> None:
    """Conditions, a statement of how the person was identified, a confirmation, a subject: none may be left out."""

    def remove(root: etree._Element) -> None:
        found = root.find(f".//saml:{without}", NS)
        assert found is not None
        found.getparent().remove(found)  # type: ignore[union-attr]

    idp.change = remove
    refused(signing_in(provider))


@pytest.mark.parametrize("name", ["NotOnOrAfter", "Recipient", "InResponseTo"])
def test_a_confirmation_that_lacks_something_is_refused(
    idp: Any, provider: SamlProvider, signing_in: SigningIn, name: str
) -> None:
    """Bearer confirmation needs all three (SAML Profiles, 4.1.4.2)."""

    def remove(root: etree._Element) -> None:
        found = root.find(".//saml:SubjectConfirmationData", NS)
        assert found is not None
        del found.attrib[name]

    idp.change = remove
    refused(signing_in(provider))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"idp.example", b"idp.exampl3", 1),
        lambda data: data.replace(b"</samlp:Response>", b"<!-- -->\n</samlp:Response>"),
        lambda data: data.replace(b"<samlp:Status>", b"<?pi?><samlp:Status>"),
        lambda data: b'<!DOCTYPE x [<!ENTITY e "1">]>' + data,
        lambda data: b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">' + data,
        lambda data: data[: len(data) // 2],
        lambda data: b"\xff\xfe\x00",
        lambda data: b"<a/>",
        lambda data: data + b" " * 600_000,
    ],
    ids=["tampered", "comment", "instruction", "entity", "dtd", "cut", "bytes", "other", "huge"],
)
def test_xml_that_was_touched_is_refused(provider: SamlProvider, signing_in: SigningIn, change: Change) -> None:
    """Tampered, cut, with a document type, a comment or an instruction, or no response at all."""
    refused(signing_in(provider, change))


def test_a_changed_ciphertext_is_refused(provider: SamlProvider, signing_in: SigningIn) -> None:
    """The outer signature covers it."""

    def flip(data: bytes) -> bytes:
        root = etree.fromstring(data)
        value = root.findall(".//xenc:CipherValue", NS)[-1]
        raw = bytearray(base64.b64decode(str(value.text)))
        raw[len(raw) // 2] ^= 1
        value.text = base64.b64encode(raw).decode()
        return etree.tostring(root)

    refused(signing_in(provider, flip))


@pytest.mark.parametrize("nonsense", ["", "%%%", "é", "PGEvPg==", "A" * 5, "A" * 1_000_000])
def test_nonsense_is_refused(provider: SamlProvider, nonsense: str) -> None:
    """Anything may be posted to an address that everybody knows."""
    first = provider.start(Loa.ONE, HINTS)
    assert isinstance(first, Redirect)
    assert isinstance(provider.advance(first.state, {"SAMLResponse": nonsense}), Failed)


def test_entities_are_never_opened() -> None:
    """A billion laughs and a file of ours: the parser refuses before it opens anything."""
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><x>&c;</x>'
    for data in (laughs, b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'):
        with pytest.raises(Refused):
            parse(data)


# Signature wrapping: a genuine signed element is kept somewhere, and a forged one is put where it would be read.


def _forged(element: etree._Element) -> etree._Element:
    """A copy that says somebody else, under another identifier and without signature."""
    copy = deepcopy(element)
    copy.set("ID", "_forged")
    for value in copy.iter(f"{{{NS['saml']}}}AttributeValue"):
        value.text = str(value.text).replace(ANNA.decode(), OLLE.decode())
    own = copy.find("ds:Signature", NS)
    if own is not None:
        copy.remove(own)
    return copy


def _parts(data: bytes, signed: str) -> tuple[etree._Element, etree._Element, etree._Element]:
    """The response, the signed element and its signature."""
    root = etree.fromstring(data)
    element = root if signed == "response" else root.find("saml:Assertion", NS)
    assert element is not None
    signature = element.find("ds:Signature", NS)
    assert signature is not None
    return root, element, signature


def _object(signature: etree._Element, content: etree._Element) -> None:
    etree.SubElement(signature, f"{{{NS['ds']}}}Object").append(content)


def response_in_object(data: bytes) -> bytes:
    """The genuine response inside the signature of a forged one."""
    root, _, _ = _parts(data, "response")
    forged, genuine = _forged(root), deepcopy(root)
    signature = genuine.find("ds:Signature", NS)
    assert signature is not None
    genuine.remove(signature)
    forged.insert(1, signature)
    _object(signature, genuine)
    return etree.tostring(forged)


def response_beside_signature(data: bytes) -> bytes:
    """The genuine response beside the signature that a forged one has taken over."""
    root, _, _ = _parts(data, "response")
    forged, genuine = _forged(root), deepcopy(root)
    signature = genuine.find("ds:Signature", NS)
    assert signature is not None
    genuine.remove(signature)
    forged.insert(1, signature)
    forged.insert(1, genuine)
    return etree.tostring(forged)


def response_in_extensions(data: bytes) -> bytes:
    """The whole genuine response among the extensions of a forged one."""
    root, _, _ = _parts(data, "response")
    forged = _forged(root)
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    extensions.append(deepcopy(root))
    forged.insert(1, extensions)
    return etree.tostring(forged)


def second_assertion(data: bytes) -> bytes:
    """A forged assertion beside the genuine one."""
    root = etree.fromstring(data)
    genuine = root.find("saml:Assertion", NS)
    assert genuine is not None
    root.insert(list(root).index(genuine), _forged(genuine))
    return etree.tostring(root)


def assertion_in_assertion(data: bytes) -> bytes:
    """A forged assertion that holds the genuine one."""
    root, genuine, _ = _parts(data, "assertion")
    forged = _forged(genuine)
    root.replace(genuine, forged)
    forged.append(genuine)
    return etree.tostring(root)


def assertion_behind(data: bytes) -> bytes:
    """A forged assertion with the genuine signature, and the genuine one behind it."""
    root, genuine, signature = _parts(data, "assertion")
    forged = _forged(genuine)
    root.replace(genuine, forged)
    genuine.remove(signature)
    forged.insert(1, signature)
    root.append(genuine)
    return etree.tostring(root)


def assertion_in_object(data: bytes) -> bytes:
    """A forged assertion whose signature holds the genuine one."""
    root, genuine, signature = _parts(data, "assertion")
    forged = _forged(genuine)
    root.replace(genuine, forged)
    genuine.remove(signature)
    forged.insert(1, signature)
    _object(signature, genuine)
    return etree.tostring(root)


def assertion_in_extensions(data: bytes) -> bytes:
    """A forged assertion under the genuine identifier, among the extensions."""
    root, genuine, _ = _parts(data, "assertion")
    forged = _forged(genuine)
    forged.set("ID", str(genuine.get("ID")))
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    extensions.append(forged)
    root.insert(1, extensions)
    return etree.tostring(root)


def same_identifier(data: bytes) -> bytes:
    """A forged assertion under the genuine identifier, before the genuine one."""
    root, genuine, _ = _parts(data, "assertion")
    forged = _forged(genuine)
    forged.set("ID", str(genuine.get("ID")))
    root.insert(list(root).index(genuine), forged)
    return etree.tostring(root)


def stripped(data: bytes) -> bytes:
    """Forged, and no signature at all."""
    root = etree.fromstring(data)
    for signature in list(root.iter(f"{{{NS['ds']}}}Signature")):
        signature.getparent().remove(signature)  # type: ignore[union-attr]
    return etree.tostring(root).replace(ANNA, OLLE)


def emptied(data: bytes) -> bytes:
    """A signature that covers nothing."""
    root = etree.fromstring(data)
    for reference in root.iter(f"{{{NS['ds']}}}Reference"):
        reference.set("URI", "")
    return etree.tostring(root).replace(ANNA, OLLE)


def split_by_comment(data: bytes) -> bytes:
    """A comment in a value: canonical XML leaves it out, and a parser may stop there."""
    return data.replace(ANNA, ANNA[:6] + b"<!-- -->" + ANNA[6:])


OF_RESPONSE = [response_in_object, response_beside_signature, response_in_extensions, second_assertion, stripped]
OF_RESPONSE += [emptied, split_by_comment]
OF_ASSERTION = [second_assertion, assertion_in_assertion, assertion_behind, assertion_in_object]
OF_ASSERTION += [assertion_in_extensions, same_identifier, stripped, emptied, split_by_comment]
WRAPPED = [("response", one) for one in OF_RESPONSE] + [("assertion", one) for one in OF_ASSERTION]


@pytest.mark.parametrize(("signed", "wrap"), WRAPPED, ids=[f"{signed}-{one.__name__}" for signed, one in WRAPPED])
@pytest.mark.parametrize("guarded", [True, False], ids=["guard", "library-alone"])
def test_wrapped_signatures_are_refused(
    idp: Any,
    connect: Connect,
    signing_in: SigningIn,
    monkeypatch: pytest.MonkeyPatch,
    signed: str,
    wrap: Change,
    *,
    guarded: bool,
) -> None:
    """Our own look at the form refuses each, and so does the library where our look is taken away."""
    idp.sign, idp.encrypt = (signed,), False
    provider = connect(signed=signed, encrypted=False)
    assert isinstance(signing_in(provider), Identity)
    if not guarded:
        monkeypatch.setattr(pysaml2, "check_response", lambda *_, **__: None)
        monkeypatch.setattr(pysaml2, "parse", etree.fromstring)
    step = signing_in(provider, wrap)
    if isinstance(step, Identity):
        # Who is let in must be who was signed.
        assert not guarded
        assert step.attributes["personnummer"] == ANNA.decode()
    else:
        refused(step)
