"""The rules of an XHE envelope beyond its schema, as readable Python.

Rules ``XHE-R...`` are those of Digg's Kuverteringsprofil 1.0, section 2.5, as its Schematron checks them. Rules
``XHE-CS-...`` stand in the profile's text only. Rule R11 is ours as the text has it: Digg's Schematron looks at
FromParty once more instead of at ToParty.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from lxml import etree

from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import (
    DOCUMENT_MESSAGE,
    DOCUMENT_RECEIPT,
    NS_DS,
    NS_XENC,
    NS_XHA,
    NS_XHB,
    NS_XHE,
    NS_XHEXT,
    ROOT_MESSAGE,
    ROOT_RECEIPT,
    SCHEME,
    XHE_CUSTOMIZATION,
    XHE_VERSION,
)
from budkavle_sdk_transport.formats.xml import blank_elements, is_leaf, normalize_space, path_of, value

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ZONE: Final = re.compile(r"(Z|[+-]\d\d:\d\d)$")
_NAMESPACES: Final = {"x": NS_XHE, "a": NS_XHA, "b": NS_XHB, "e": NS_XHEXT, "en": NS_XENC, "ds": NS_DS}

_PAYLOAD: Final = "a:Payloads/a:Payload"
_CRITERION: Final = "a:Header/a:BusinessScope/a:BusinessScopeCriterion"
_UNUSED: Final = (
    *("e:XHEExtensions", "b:ProfileID", "b:ProfileExecutionID", "a:Header/a:BusinessScope/a:ExternalReference"),
    *(f"{_PAYLOAD}/b:{name}" for name in ("Description", "CustomizationID", "ProfileID", "ProfileExecutionID")),
    *(f"{_PAYLOAD}/b:{name}" for name in ("ValidationTypeCode", "InstanceEncryptionMethod", "InstanceHashValue")),
    *(f"{_PAYLOAD}/a:InstanceDecryption{name}ExternalReference" for name in ("Information", "Key")),
    f"{_PAYLOAD}/a:RelevantExternalReference",
)
_NEEDED: Final = (
    "b:CustomizationID",
    _CRITERION,
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
_ROOTS: Final = {DOCUMENT_MESSAGE: ROOT_MESSAGE, DOCUMENT_RECEIPT: ROOT_RECEIPT}
"""The root element of each document type of SDK, as DocumentTypeCode names it."""
_XML: Final = "application/xml"
_SCHEMES: Final = (
    ("R10", "a:Header/a:FromParty/a:PartyIdentification/b:ID"),
    ("R11", "a:Header/a:ToParty/a:PartyIdentification/b:ID"),
)


_SHORT: Final = {uri: prefix for prefix, uri in _NAMESPACES.items()}
_ROOT: Final = "x:XHE"
_CLOSED: Final = frozenset({f"{_PAYLOAD}/a:PayloadContent", "ds:Signature"})
_ENCRYPTED: Final = f"{{{NS_XENC}}}EncryptedData"
Places = Mapping[str, Sequence[etree._Element]]
"""The elements of an envelope by their place, such as `a:Header/b:ID`; what is in the payload is left out."""


def envelope_rules(root: etree._Element) -> Iterator[Finding]:
    """Yield what in an envelope breaks the rules; the payload itself is not looked into."""
    places = _places(root)
    for rule in (
        _only_used_elements,
        _no_empty_elements,
        _fixed_values,
        _criteria,
        _schemes,
        _content_type,
        _encryption_as_indicated,
        _cardinality,
        _identity,
        _no_empty_attributes,
    ):
        yield from rule(places)


def _only_used_elements(places: Places) -> Iterator[Finding]:
    for path in _UNUSED:
        for element in places.get(path, ()):
            yield _finding(element, "R1", "The profile does not use this element; leave it out.")


def _no_empty_elements(places: Places) -> Iterator[Finding]:
    root = places[_ROOT][0]
    content = f"{{{NS_XHA}}}PayloadContent"
    for element in blank_elements(root, skip_below=content):
        if is_leaf(element) and etree.QName(element).namespace not in {NS_XENC, NS_DS}:
            yield _finding(element, "R2", "The element is empty; leave it out or give it a value.")


def _fixed_values(places: Places) -> Iterator[Finding]:
    for rule, path, expected in _VALUES:
        for element in places.get(path, ()):
            if normalize_space(value(element)) != expected:
                yield _finding(element, rule, f"The value must be {expected}.")


def _criteria(places: Places) -> Iterator[Finding]:
    root = places[_ROOT][0]
    codes = [normalize_space(value(code)) for code in places.get(f"{_CRITERION}/b:BusinessScopeCriterionTypeCode", ())]
    for code, rule in _CRITERIA.items():
        if code not in codes:
            yield _finding(root, rule, f"The BusinessScopeCriterion {code} is missing.")
        elif codes.count(code) > 1:
            yield _finding(root, "CS-Criteria", f"The BusinessScopeCriterion {code} must be given once.")
    if any(code not in _CRITERIA for code in codes):
        yield _finding(root, "CS-Criteria", "A BusinessScopeCriterion has a code that the profile does not use.")


def _schemes(places: Places) -> Iterator[Finding]:
    for rule, path in _SCHEMES:
        for element in places.get(path, ()):
            if normalize_space(element.get("schemeID", "")) != SCHEME:
                yield _finding(element, rule, f"The attribute schemeID must be {SCHEME}.")


def _content_type(places: Places) -> Iterator[Finding]:
    """Section 2.2 and Innehållsspecifikation 3.2: the payload is XML, and its root is that of the document type."""
    for element in places.get(f"{_PAYLOAD}/b:ContentTypeCode", ()):
        if normalize_space(value(element)) != _XML:
            yield _finding(element, "CS-ContentType", f"The value must be {_XML}.")
    root = _ROOTS.get(_criterion(places, "DOCUMENTID"))
    for element in places.get(f"{_PAYLOAD}/b:DocumentTypeCode", ()):
        if root and normalize_space(value(element)) != root:
            yield _finding(element, "CS-DocumentType", f"The value must be {root}, as the document type says.")


def _criterion(places: Places, code: str) -> str:
    """Return the value of a criterion; empty where it is missing."""
    for criterion in places.get(_CRITERION, ()):
        texts = {etree.QName(child).localname: normalize_space(value(child)) for child in criterion.iterchildren("*")}
        if texts.get("BusinessScopeCriterionTypeCode") == code:
            return texts.get("BusinessScopeCriterionValue", "")
    return ""


def _encryption_as_indicated(places: Places) -> Iterator[Finding]:
    for payload in places.get(_PAYLOAD, ()):
        contents = payload.iterchildren(f"{{{NS_XHA}}}PayloadContent")
        encrypted = any(next(content.iterchildren(_ENCRYPTED), None) is not None for content in contents)
        indicators = payload.iterchildren(f"{{{NS_XHB}}}InstanceEncryptionIndicator")
        stated = {normalize_space(value(indicator)) for indicator in indicators}
        if stated & {"true", "1"} and not encrypted:
            yield _finding(payload, "R12", "The payload is said to be encrypted, but is no EncryptedData.")
        if stated & {"false", "0"} and encrypted:
            yield _finding(payload, "R13", "The payload is said not to be encrypted, but is EncryptedData.")


def _cardinality(places: Places) -> Iterator[Finding]:
    root = places[_ROOT][0]
    for path in _NEEDED:
        if path not in places:
            yield _finding(root, "R14", f"{_name(path)} is missing.")
    for path in _ONCE:
        if len(places.get(path, ())) != 1:
            yield _finding(root, "R14", f"{_name(path)} must be given once.")


def _identity(places: Places) -> Iterator[Finding]:
    """Section 2.2: the id is a UUID, and the time has a zone."""
    for element in places.get("a:Header/b:ID", ()):
        if not _UUID.fullmatch(normalize_space(value(element))):
            yield _finding(element, "CS-UUID", "The envelope's ID is not a valid UUID.")
    for element in places.get("a:Header/b:CreationDateTime", ()):
        if not _ZONE.search(normalize_space(value(element))):
            yield _finding(element, "CS-TimeZone", "The time must have a zone, as 2026-01-02T03:04:05.000Z.")


def _no_empty_attributes(places: Places) -> Iterator[Finding]:
    """Section 2.4 forbids empty attributes; the Schematron looks at elements only."""
    for elements in places.values():
        for element in elements:
            if any(not normalize_space(str(text)) for text in element.values()) and _is_of_xhe(element):
                yield _finding(element, "CS-Attribute", "The element has an empty attribute; leave it out.")


def _places(root: etree._Element) -> Places:
    """Return the positions of all parts, found in one walk that skips the payload's content and the signature."""
    elements: dict[str, list[etree._Element]] = {_ROOT: [root]}
    todo = [("", root)]
    while todo:
        above, parent = todo.pop()
        for child in parent.iterchildren("*"):
            path = above + _short(str(child.tag))
            elements.setdefault(path, []).append(child)
            if len(child) and path not in _CLOSED:
                todo.append((f"{path}/", child))
    return elements


def _is_of_xhe(element: etree._Element) -> bool:
    return etree.QName(element).namespace in {NS_XHA, NS_XHB}


@lru_cache(maxsize=512)
def _short(tag: str) -> str:
    """Return a tag in Clark's notation with our prefix in place of its namespace."""
    name = etree.QName(tag)
    return f"{_SHORT.get(name.namespace or '', '?')}:{name.localname}"


def _name(path: str) -> str:
    return "/".join(step.partition(":")[2] for step in path.split("/"))


def _finding(element: etree._Element, rule: str, text: str) -> Finding:
    return Finding(Cause.BV, Detail.INVARIANT, path_of(element), text, f"XHE-{rule}")
