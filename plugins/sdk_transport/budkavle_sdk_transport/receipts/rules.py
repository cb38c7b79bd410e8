"""The rules of a message receipt beyond its schema, as readable Python.

Rules ``AppRes-R...`` are those of Digg's Meddelandekvittens 1.0, section 3.4, as its Schematron checks them on a
receipt that follows the reduced schema (which itself bars nearly all that R1 and R9 forbid). Rules ``AppRes-CS-...``
stand in the specification's text only.
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import (
    NS_CAC,
    NS_CBC,
    NS_DS,
    NS_XENC,
    PROCESS,
    RECEIPT_CUSTOMIZATION,
    SCHEME,
)
from budkavle_sdk_transport.formats.xml import blank_elements, is_leaf, normalize_space, path_of, value

_NAMESPACES: Final = {"cac": NS_CAC, "cbc": NS_CBC}
_ZONE: Final = re.compile(r"(Z|[+-]\d\d:\d\d)$")
_RESPONSE_CODE: Final = "cac:DocumentResponse/cac:Response/cbc:ResponseCode"
_CAUSE_CODE: Final = "cac:DocumentResponse/cac:LineResponse/cac:Response/cbc:ResponseCode"
_CODES: Final = (
    ("R3", "cbc:CustomizationID", {RECEIPT_CUSTOMIZATION}),
    ("R4", "cbc:ProfileID", {PROCESS}),
    ("R5", _RESPONSE_CODE, {"ACCEPTED", "REJECTED"}),
    ("R6", _CAUSE_CODE, {cause.value for cause in Cause}),
)


def receipt_rules(root: etree._Element) -> Iterator[Finding]:
    """Yield what in a receipt breaks the rules."""
    for rule in (
        _no_other_scheme,
        _no_empty_elements,
        _codes,
        _time_zone,
        _reasons_only_if_rejected,
        _each_reason_told,
    ):
        yield from rule(root)
    yield from _parties(root)


def _no_other_scheme(root: etree._Element) -> Iterator[Finding]:
    """R1: of the attributes that the schema knows, only EndpointID may have its schemeID."""
    for element in root.iter(f"{{{NS_CBC}}}*"):
        if element.get("schemeID") is not None and etree.QName(element).localname != "EndpointID":
            yield _finding(element, "R1", "The attribute schemeID is not used here; leave it out.")


def _no_empty_elements(root: etree._Element) -> Iterator[Finding]:
    for element in blank_elements(root):
        if is_leaf(element) and etree.QName(element).namespace not in {NS_XENC, NS_DS}:
            yield _finding(element, "R2", "The element is empty; leave it out or give it a value.")


def _codes(root: etree._Element) -> Iterator[Finding]:
    for rule, path, allowed in _CODES:
        for element in _all(root, path):
            if normalize_space(value(element)) not in allowed:
                yield _finding(element, rule, f"The value must be {' or '.join(sorted(allowed))}.")


def _time_zone(root: etree._Element) -> Iterator[Finding]:
    """Section 3.1 c: the time says its zone."""
    for element in _all(root, "cbc:IssueTime"):
        if not _ZONE.search(normalize_space(value(element))):
            yield _finding(element, "CS-TimeZone", "The time must have a zone, as 17:22:10+01:00.")


def _reasons_only_if_rejected(root: etree._Element) -> Iterator[Finding]:
    reasons = next(root.iter(f"{{{NS_CAC}}}LineResponse"), None) is not None
    for element in _all(root, _RESPONSE_CODE):
        if value(element) == "ACCEPTED" and reasons:
            yield _finding(element, "R7", "An accepting receipt must give no reasons.")
        if value(element) == "REJECTED" and not reasons:
            yield _finding(element, "R8", "A rejecting receipt must give at least one reason.")


def _each_reason_told(root: etree._Element) -> Iterator[Finding]:
    """Yield what R9 demands beyond the schema, where a Status may be missing."""
    for response in _all(root, "cac:DocumentResponse/cac:LineResponse/cac:Response"):
        if sum(1 for _ in _all(response, "cac:Status")) != 1:
            yield _finding(response, "R9", "The reason has no Status.")


def _parties(root: etree._Element) -> Iterator[Finding]:
    """R9 demands the schemeID; the specification's rules 3.1 d and e fix its value."""
    for element in _all(root, "*/cbc:EndpointID"):
        scheme = element.get("schemeID")
        if scheme is None:
            yield _finding(element, "R9", "The attribute schemeID is missing.")
        elif normalize_space(scheme) != SCHEME:
            yield _finding(element, "CS-Scheme", f"The attribute schemeID must be {SCHEME}.")


def _all(parent: etree._Element, path: str) -> Iterator[etree._Element]:
    return parent.iterfind(path, _NAMESPACES)


def _finding(element: etree._Element, rule: str, text: str) -> Finding:
    return Finding(Cause.BV, Detail.INVARIANT, path_of(element), text, f"AppRes-{rule}")
