"""The program's own judge of XML signatures says what lxml and libxmlsec1 say, or that it does not judge."""

import re
from collections import Counter
from types import ModuleType

import pytest
from lxml import etree

from budkavle_proof.receipt_signature import Forged, Unjudged, canonical_xml, judge_signature, parse_xml

COUNT = 800


def verdict(document: bytes) -> str:
    try:
        judge_signature(document)
    except Forged:
        return "forged"
    except Unjudged:
        return "unjudged"
    return "valid"


@pytest.fixture(scope="module")
def documents(odd: ModuleType) -> list[bytes]:
    """Every other one is changed after it was signed."""
    sources = [odd.Documents(seed) for seed in range(COUNT)]
    signed = [source.signed(odd.signer("one")) for source in sources]
    pairs = enumerate(zip(sources, signed, strict=True))
    return [source.changed(document) if place % 2 else document for place, (source, document) in pairs]


@pytest.fixture
def simple(odd: ModuleType) -> str:
    """A document without oddness, signed."""
    return str(odd.Documents(0).plain(odd.signer("one"), "<k>ACCEPTED</k>"))


@pytest.mark.feature("Z1")
@pytest.mark.peer("proof", "libxmlsec1")
@pytest.mark.xdist_group("documents")
def test_no_difference_to_libxmlsec1(odd: ModuleType, documents: list[bytes]) -> None:
    """800 documents: what is called valid is valid, what is called forged is not; few are left unjudged."""
    seen = Counter[tuple[str, bool]]()
    for document in documents:
        said, others = verdict(document), odd.holds(document)
        assert said == "unjudged" or (said == "valid") == others, document.decode(errors="replace")
        seen[said, others] += 1
    assert seen["valid", True] > COUNT // 3
    assert seen["forged", False] > COUNT // 20
    assert seen["unjudged", True] < COUNT // 6
    assert seen["unjudged", True] + seen["unjudged", False] > 15


@pytest.mark.xdist_group("documents")
def test_no_difference_to_lxml(odd: ModuleType, documents: list[bytes]) -> None:
    """The canonical form of each, inclusive and exclusive, is that of lxml to the byte."""
    compared = 0
    for document in documents:
        try:
            own = parse_xml(document)
        except Unjudged:
            continue
        tree = odd.parsed(document).getroottree()
        for exclusive in (False, True):
            theirs = etree.tostring(tree, method="c14n", exclusive=exclusive, with_comments=False)
            assert canonical_xml(own, exclusive=exclusive) == theirs, document.decode()
        compared += 1
    assert compared > COUNT * 3 // 4


def test_every_changed_letter_of_the_signed_is_found(odd: ModuleType, simple: str) -> None:
    """Each byte of a document changed: it is never valid unless libxmlsec1 says so too."""
    document = simple.encode()
    assert verdict(document) == "valid"
    for at in range(len(document)):
        changed = document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]
        if verdict(changed) == "valid":
            assert odd.holds(changed), changed.decode(errors="replace")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<rot>", '<rot xml:lang="sv">', "inherits xml: attributes"),
        ("<rot>", '<rot Id="a"><x Id="a"/>', "the same Id"),
        ("<rot>", "<!DOCTYPE rot [<!ENTITY a 'b'>]><rot>", "DTD"),
        ("<rot>", "<?php x?><rot>", "instructions"),
        ("<rot>", '<?xml version="1.0" encoding="iso-8859-1"?><rot>', "UTF-8"),
        ("<rot>", '<?xml version="1.1"?><rot>', "XML"),
        ("<rot>", "<rot><okänd:a/>", "unusual names"),
        ("<rot>", "<rot><a:b:c/>", "unusual names"),
        ("<rot>", '<rot><a xmlns:b="relativ"/>', "unusual namespaces"),
        ("<rot>", '<rot><a xmlns:b="urn:x" xmlns:c="urn:x" b:y="1" c:y="2"/>', "twice"),
        ("<rot>", "<rot>&amp;&okänd;", "no readable XML"),
        ("<rot>", "<rot>" + "<a>" * 200 + "</a>" * 200, "too deep"),
        ("</rot>", '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></rot>', "wrong place"),
        ("<Signature ", "<x><Signature ", "no readable XML"),
        ('URI=""', 'URI="#a"', "not about the whole document"),
        ("rsa-sha256", "rsa-sha1", "other algorithms"),
        ("xmlenc#sha256", "xmlenc#sha512", "other algorithms"),
        ("enveloped-signature", "base64", "other algorithms"),
        ("<KeyInfo>", "<KeyInfo><RetrievalMethod/>", "another form"),
        ("<KeyInfo>", "<KeyInfo><X509Data/>", "another form"),
        ("<SignatureValue>", "<SignatureValue>*", "not readable"),
    ],
)
def test_what_is_outside_is_not_judged(simple: str, old: str, new: str, reason: str) -> None:
    """It says why, and never valid nor forged."""
    assert old in simple
    with pytest.raises(Unjudged, match=reason) as told:
        judge_signature(simple.replace(old, new, 1).encode())
    assert not isinstance(told.value, Forged)


def test_a_key_that_is_named_beside_the_certificate_is_no_matter(simple: str) -> None:
    """As SDK takes it; the certificate alone counts."""
    named = simple.replace("<KeyInfo>", "<KeyInfo><KeyName>x</KeyName><KeyValue><RSAKeyValue/></KeyValue>")
    assert verdict(named.encode()) == "valid"
    assert verdict(named.replace("ACCEPTED", "REJECTED").encode()) == "forged"


def test_what_is_forged_is_refused(odd: ModuleType, simple: str) -> None:
    """Another word, another's signature, another's certificate; the signature moved around what it signed."""
    text, other = simple, odd.Documents(1).signed(odd.signer("two")).decode()
    for forged in (
        text.replace("ACCEPTED", "REJECTED"),
        text.replace("<k>", "<k> "),
        re.sub("<X509Certificate>.*?<", f"<X509Certificate>{certificate(other)}<", text),
        re.sub("<SignatureValue>.{20}", "<SignatureValue>" + "A" * 20, text),
        text.replace("<rot>", "<rot><k>REJECTED</k>"),
    ):
        assert verdict(forged.encode()) == "forged"
    inner = text.replace("<rot>", "<rot><rot>").replace("</rot>", "</rot></rot>")
    assert verdict(inner.encode()) == "unjudged"


def certificate(text: str) -> str:
    found = re.search("X509Certificate>([^<]+)<", text)
    assert found is not None
    return found[1]


def test_the_signature_is_taken_out_of_what_is_read(odd: ModuleType, simple: str) -> None:
    """What comes back is what was signed, and the certificate that did it."""
    root, found = judge_signature(simple.encode())
    assert found == odd.signer("one").certificate
    assert [one for one in root.every() if one.tag == (odd.DS, "Signature")] == []
    assert any(one.text == "ACCEPTED" for one in root.every())
