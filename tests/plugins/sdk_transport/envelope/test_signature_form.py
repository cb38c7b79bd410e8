"""The form of a signature, where everything else about it is right: each rule of the profile refuses by itself."""

from typing import Any

import pytest
from tests.plugins.sdk_transport.envelope.crafting import DS, FORM, HERE, METHOD, TRANSFORM, crafted

from budkavle_sdk_transport.envelope.canonical import C14N, C14N_11, C14N_EXCLUSIVE
from budkavle_sdk_transport.envelope.signature import SignatureRefused, stated_certificates, verify
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.keys.key_pair import base64_of

DOCUMENT = f'<a xmlns="urn:a" xmlns:b="urn:b"><b:c Id="x">text</b:c>{HERE}</a>'
KNOWN = f'<e:InclusiveNamespaces xmlns:e="{C14N_EXCLUSIVE}" PrefixList="b"/>'
EXCLUSIVE = f'<ds:Transform Algorithm="{C14N_EXCLUSIVE}">{KNOWN}</ds:Transform>'
SECOND = f'<ds:Transform Algorithm="{C14N}"/>'
XPATH = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>'


def with_parameter(element: str, parameter: str) -> tuple[str, str]:
    """Return the edit that puts a parameter into an element without any."""
    name = element[1 : element.index(" ")]
    return element, f"{element[:-2]}>{parameter}</{name}>"


METHOD_11 = METHOD.replace(C14N, C14N_11)
METHOD_EXCLUSIVE = with_parameter(METHOD.replace(C14N, C14N_EXCLUSIVE), KNOWN)[1]
RIGHT: dict[str, tuple[str, list[tuple[str, str]], dict[str, Any]]] = {
    "as ours": (DOCUMENT, [], {}),
    "first, with text behind": (f"<a>{HERE} text<b/></a>", [], {}),
    "between texts": (f"<a>text {HERE} text<b/></a>", [], {}),
    "between elements and texts": (f"<a><b/>one{HERE}two<c/></a>", [], {}),
    "behind an element, before a text": (f"<a><b/>{HERE}two<c/></a>", [], {}),
    "two transforms": (DOCUMENT, [(TRANSFORM, TRANSFORM + SECOND)], {}),
    "exclusive": (DOCUMENT, [(TRANSFORM, TRANSFORM + EXCLUSIVE)], {"last": (C14N_EXCLUSIVE, ["b"])}),
    "exclusive without prefixes": (
        DOCUMENT,
        [(TRANSFORM, TRANSFORM + SECOND.replace(C14N, C14N_EXCLUSIVE))],
        {"last": (C14N_EXCLUSIVE, None)},
    ),
    "version 1.1": (DOCUMENT, [(METHOD, METHOD_11)], {"method": (C14N_11, None)}),
    "exclusive method": (DOCUMENT, [(METHOD, METHOD_EXCLUSIVE)], {"method": (C14N_EXCLUSIVE, ["b"])}),
    "comments": (
        DOCUMENT,
        [("<ds:DigestMethod", "<!-- a --><ds:DigestMethod"), ("<ds:X509Data>", "<!-- b --><ds:X509Data>")],
        {},
    ),
    "wrapped values": (DOCUMENT, [("@digest@", "\n @digest@ \n"), ("@made@", "\n@made@\n")], {}),
}


@pytest.mark.feature("SD3")
@pytest.mark.parametrize(("document", "edits", "more"), RIGHT.values(), ids=RIGHT)
def test_what_the_profile_allows_holds(
    exchange: Any, document: str, edits: list[tuple[str, str]], more: dict[str, Any]
) -> None:
    """Other places, transforms and canonical forms: what comes back is the document without the signature."""
    root = parse(crafted(exchange.sender_keys, document, *edits, **more))
    verify(root, exchange.sender_keys.certificate)
    bare = parse(document.replace(HERE, "").encode())
    assert root.find(f"{{{DS}}}Signature") is None
    assert "".join(map(str, root.itertext())) == "".join(map(str, bare.itertext()))
    assert [one.tag for one in root] == [one.tag for one in bare]


OTHER = FORM.replace("@digest@", "AA==").replace("@made@", "AA==").replace("@certificate@", "AA==")
WRONG: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "a second signature": (DOCUMENT.replace(HERE, OTHER + HERE), [], "more than one signature"),
    "a second one further down": (DOCUMENT.replace("text<", f"text{OTHER}<"), [], "more than one signature"),
    "deeper": (f"<a><b>{HERE}</b></a>", [], "directly under"),
    "an instruction": (DOCUMENT.replace("text<", "te<?evil yes?>xt<"), [], "processing instructions"),
    "an instruction before": (f"<?evil yes?>{DOCUMENT}", [], "processing instructions"),
    "the same Id twice": (DOCUMENT.replace(HERE, f'<d ID="x"/>{HERE}'), [], "the same Id"),
    "the same id in the signature": (DOCUMENT, [("<ds:Signature ", '<ds:Signature id="x" ')], "the same Id"),
    "an xml: attribute above": (DOCUMENT.replace("<a ", '<a xml:lang="sv" '), [], "xml: attributes"),
    "an attribute of a namespace": (DOCUMENT, [("<ds:Signature ", '<ds:Signature xml:id="q" ')], "xml: attributes"),
    "a part of the document": (DOCUMENT, [('URI=""', 'URI="#x"')], "whole document"),
    "no URI": (DOCUMENT, [(' URI=""', "")], "whole document"),
    "a parameter of the method": (
        DOCUMENT,
        [('#rsa-sha256"/>', '#rsa-sha256"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>')],
        "signature method has parameters",
    ),
    "an object": (DOCUMENT, [("</ds:Signature>", "<ds:Object/></ds:Signature>")], "Signature does not hold"),
    "three transforms": (DOCUMENT, [(TRANSFORM, TRANSFORM + SECOND + SECOND)], "other transforms"),
    "no transform": (DOCUMENT, [(TRANSFORM, "")], "other transforms"),
    "no transform at all": (
        DOCUMENT,
        [(TRANSFORM, TRANSFORM + SECOND.replace("ds:Transform", "ds:Other"))],
        "something else than a transform",
    ),
    "another transform": (DOCUMENT, [(TRANSFORM, TRANSFORM + XPATH)], "Transform names an algorithm"),
    "transforms in another order": (DOCUMENT, [(TRANSFORM, SECOND + TRANSFORM)], "Transform names an algorithm"),
    "a parameter of the first": (DOCUMENT, [with_parameter(TRANSFORM, KNOWN)], "enveloped-signature transform has"),
    "an unknown parameter": (DOCUMENT, [with_parameter(METHOD, "<ds:Evil/>")], "parameters that are not known"),
    "two parameters": (DOCUMENT, [with_parameter(METHOD, KNOWN + KNOWN)], "parameters that are not known"),
    "an unknown parameter of a transform": (
        DOCUMENT,
        [(TRANSFORM, TRANSFORM + with_parameter(SECOND, "<ds:Evil/>")[1])],
        "parameters that are not known",
    ),
    "no certificate": (DOCUMENT, [("ds:X509Certificate", "ds:X509CRL")], "signer's certificate"),
    "a digest that is no base64": (DOCUMENT, [("@digest@", "!@digest@")], "DigestValue is not base64"),
    "a signature that is no base64": (DOCUMENT, [("@made@", "!@made@")], "SignatureValue is not base64"),
}


@pytest.mark.feature("SD3")
@pytest.mark.parametrize(("document", "edits", "said"), WRONG.values(), ids=WRONG)
def test_each_rule_refuses_by_itself(exchange: Any, document: str, edits: list[tuple[str, str]], said: str) -> None:
    """Also where the sender has made it, and the arithmetic is right."""
    root = parse(crafted(exchange.sender_keys, document, *edits))
    with pytest.raises(SignatureRefused, match=said):
        verify(root, exchange.sender_keys.certificate)


def test_what_has_no_canonical_form_is_refused(exchange: Any) -> None:
    """As a namespace that is no absolute URI, which nobody can have signed."""
    root = parse(crafted(exchange.sender_keys, DOCUMENT).replace(b"urn:b", b"b"))
    with pytest.raises(SignatureRefused, match="canonical form"):
        verify(root, exchange.sender_keys.certificate)


def test_only_so_many_certificates_are_read(exchange: Any) -> None:
    """As many as a chain has, and each must be one; the form is judged first."""
    own = exchange.sender_keys.certificate
    text = base64_of(own).decode()
    one = f"<ds:X509Certificate>{text}</ds:X509Certificate>"

    def stated(*edit: str) -> Any:
        return stated_certificates(parse(crafted(exchange.sender_keys, DOCUMENT).decode().replace(*edit).encode()))

    assert stated(one, one * 8) == [own] * 8
    for old, new, said in (
        (one, one * 9, "more certificates than a chain"),
        (text, "AAAA", "cannot be read"),
        (text, f"!{text}", "cannot be read"),
        (TRANSFORM, TRANSFORM + XPATH, "algorithm"),
    ):
        with pytest.raises(SignatureRefused, match=said):
            stated(old, new)
