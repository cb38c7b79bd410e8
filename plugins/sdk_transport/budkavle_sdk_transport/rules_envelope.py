"""The rules of an XHE envelope beyond its schema, as readable Python.

Rules ``XHE-R...`` are those of Digg's Kuverteringsprofil 1.0, section 2.5, as its Schematron checks them. Rules
``XHE-CS-...`` stand in the profile's text only. Rule R11 is ours as the text has it: Digg's Schematron looks at
FromParty once more instead of at ToParty.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from lxml import etree

from budkavle_sdk_transport.findings import Cause, Detail, Finding
from budkavle_sdk_transport.identifiers import (
    NS_DS,
    NS_XENC,
    NS_XHA,
    NS_XHB,
    NS_XHE,
    NS_XHEXT,
    SCHEME,
    XHE_CUSTOMIZATION,
    XHE_VERSION,
)
from budkavle_sdk_transport.xml import blank_elements, is_leaf, normalize_space, path_of, value

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ZONE: Final = re.compile(r"(Z|[+-]\d\d:\d\d)$")
_NAMESPACES: Final = {"x": NS_XHE, "a": NS_XHA, "b": NS_XHB, "e": NS_XHEXT, "en": NS_XENC, "ds": NS_DS}

_PAYLOAD: Final = "a:Payloads/a:Payload"
_UNUSED: Final = (
    *("e:XHEExtensions", "b:ProfileID", "b:ProfileExecutionID", "a:Header/a:BusinessScope/a:ExternalReference"),
    *(f"{_PAYLOAD}/b:{name}" for name in ("Description", "CustomizationID", "ProfileID", "ProfileExecutionID")),
    *(f"{_PAYLOAD}/b:{name}" for name in ("ValidationTypeCode", "InstanceEncryptionMethod", "InstanceHashValue")),
    *(f"{_PAYLOAD}/a:InstanceDecryption{name}ExternalReference" for name in ("Information", "Key")),
    f"{_PAYLOAD}/a:RelevantExternalReference",
)
_NEEDED: Final = (
    "b:CustomizationID",
    "a:Header/a:BusinessScope/a:BusinessScopeCriterion",
    "a:Header/a:FromParty",
    f"{_PAYLOAD}/b:DocumentTypeCode",
    f"{_PAYLOAD}/b:ContentTypeCode",
    f"{_PAYLOAD}/a:PayloadContent",
)
_ONCE: Final = (
    "a:Header/a:FromParty/a:PartyIdentification",
    "a:Header/a:ToParty/a:PartyIdentification",
    _PAYLOAD,
)
_CRITERIA: Final = {
    "DOCUMENTID": "R4",
    "DOCUMENTID_SCHEME": "R5",
    "PROCESSID": "R6",
    "PROCESSID_SCHEME": "R7",
    "FEDERATIONID": "R8",
}
_VALUES: Final = (
    ("R3", "b:CustomizationID", XHE_CUSTOMIZATION),
    ("R9", "b:XHEVersionID", XHE_VERSION),
)
_SCHEMES: Final = (
    ("R10", "a:Header/a:FromParty/a:PartyIdentification/b:ID"),
    ("R11", "a:Header/a:ToParty/a:PartyIdentification/b:ID"),
)


_CARDINALITY_HOLDS: Final = etree.XPath(
    " and ".join((*_NEEDED, *(f"count({path}) = 1" for path in _ONCE))), namespaces=_NAMESPACES
)
_FIND_UNUSED: Final = etree.XPath("|".join(_UNUSED), namespaces=_NAMESPACES)
_HAS_EMPTY_ATTRIBUTE: Final = etree.XPath("boolean(descendant-or-self::*/@*[not(normalize-space())])")


def envelope_rules(root: etree._Element) -> Iterator[Finding]:
    """What in an envelope breaks the rules; the payload itself is not looked into."""
    for rule in (
        _only_used_elements,
        _no_empty_elements,
        _fixed_values,
        _criteria,
        _schemes,
        _encryption_as_indicated,
        _cardinality,
        _identity,
        _no_empty_attributes,
    ):
        yield from rule(root)


def _only_used_elements(root: etree._Element) -> Iterator[Finding]:
    for element in _FIND_UNUSED(root):
        yield _finding(element, "R1", "The profile does not use this element; leave it out.")


def _no_empty_elements(root: etree._Element) -> Iterator[Finding]:
    content = f"{{{NS_XHA}}}PayloadContent"
    for element in blank_elements(root, skip_below=content):
        if is_leaf(element) and etree.QName(element).namespace not in {NS_XENC, NS_DS}:
            yield _finding(element, "R2", "The element is empty; leave it out or give it a value.")


def _fixed_values(root: etree._Element) -> Iterator[Finding]:
    for rule, path, wanted in _VALUES:
        for element in _all(root, path):
            if normalize_space(value(element)) != wanted:
                yield _finding(element, rule, f"The value must be {wanted}.")


def _criteria(root: etree._Element) -> Iterator[Finding]:
    codes = [
        normalize_space(value(code))
        for criterion in _all(root, "a:Header/a:BusinessScope/a:BusinessScopeCriterion")
        for code in criterion.iterchildren(f"{{{NS_XHB}}}BusinessScopeCriterionTypeCode")
    ]
    for code, rule in _CRITERIA.items():
        if code not in codes:
            yield _finding(root, rule, f"The BusinessScopeCriterion {code} is missing.")
        elif codes.count(code) > 1:
            yield _finding(root, "CS-Criteria", f"The BusinessScopeCriterion {code} must be given once.")
    if any(code not in _CRITERIA for code in codes):
        yield _finding(root, "CS-Criteria", "A BusinessScopeCriterion has a code that the profile does not use.")


def _schemes(root: etree._Element) -> Iterator[Finding]:
    for rule, path in _SCHEMES:
        for element in _all(root, path):
            if normalize_space(element.get("schemeID", "")) != SCHEME:
                yield _finding(element, rule, f"The attribute schemeID must be {SCHEME}.")


def _encryption_as_indicated(root: etree._Element) -> Iterator[Finding]:
    for payload in _all(root, _PAYLOAD):
        encrypted = next(_all(payload, "a:PayloadContent/en:EncryptedData"), None) is not None
        said = {normalize_space(value(indicator)) for indicator in _all(payload, "b:InstanceEncryptionIndicator")}
        if said & {"true", "1"} and not encrypted:
            yield _finding(payload, "R12", "The payload is said to be encrypted, but is no EncryptedData.")
        if said & {"false", "0"} and encrypted:
            yield _finding(payload, "R13", "The payload is said not to be encrypted, but is EncryptedData.")


def _cardinality(root: etree._Element) -> Iterator[Finding]:
    if _CARDINALITY_HOLDS(root):
        return
    for path in _NEEDED:
        if next(_all(root, path), None) is None:
            yield _finding(root, "R14", f"{_name(path)} is missing.")
    for path in _ONCE:
        if sum(1 for _ in _all(root, path)) != 1:
            yield _finding(root, "R14", f"{_name(path)} must be given once.")


def _identity(root: etree._Element) -> Iterator[Finding]:
    """Section 2.2: the id is a UUID, and the time has a zone."""
    for element in _all(root, "a:Header/b:ID"):
        if not _UUID.fullmatch(normalize_space(value(element))):
            yield _finding(element, "CS-UUID", "The envelope's ID is not a valid UUID.")
    for element in _all(root, "a:Header/b:CreationDateTime"):
        if not _ZONE.search(normalize_space(value(element))):
            yield _finding(element, "CS-TimeZone", "The time must have a zone, as 2026-01-02T03:04:05.000Z.")


def _no_empty_attributes(root: etree._Element) -> Iterator[Finding]:
    """Section 2.4 forbids empty attributes; the Schematron looks at elements only."""
    if not _HAS_EMPTY_ATTRIBUTE(root):
        return
    for element in root.iter(f"{{{NS_XHA}}}*", f"{{{NS_XHB}}}*"):
        if any(not normalize_space(str(text)) for text in element.attrib.values()):
            yield _finding(element, "CS-Attribute", "The element has an empty attribute; leave it out.")


def _all(parent: etree._Element, path: str) -> Iterator[etree._Element]:
    return parent.iterfind(_steps(path))


@lru_cache(maxsize=64)
def _steps(path: str) -> str:
    """The path in Clark's notation, which lxml need not look prefixes up for."""
    prefixed = (step.split(":") for step in path.split("/"))
    return "/".join(f"{{{_NAMESPACES[prefix]}}}{name}" for prefix, name in prefixed)


def _name(path: str) -> str:
    return "/".join(step.partition(":")[2] for step in path.split("/"))


def _finding(element: etree._Element, rule: str, text: str) -> Finding:
    return Finding(Cause.BV, Detail.INVARIANT, path_of(element), text, f"XHE-{rule}")
