"""Validation of a document against its schema, and then against the rules that the schema cannot express.

The schema's verdict is lxml's, in microseconds whatever the size. Its faults are told in our words, by the kind of
fault and the place: the validator's own messages quote the content, which may be a label or a person.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from lxml import etree

import budkavle_schemas
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.xml import path_of

MAX_FINDINGS: Final = 20
"""More would make a receipt larger without helping."""
TEXT_TOO_LONG: Final = "The text is too long."
_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( (.+) \)\.$")
_NAMESPACE: Final = re.compile(r"\{[^}]*\}|##other")
_STEP: Final = re.compile(r"/(?P<name>[^/@\[]+)(?:\[(?P<number>\d+)\])?")
_WORDS: Final = {
    "SCHEMAV_CVC_ELT_1": "This is not the root element of such a document.",
    "SCHEMAV_CVC_MAXLENGTH_VALID": TEXT_TOO_LONG,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": "The element may have no content.",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "The element may hold text only, no elements.",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "The element may hold elements only, no text.",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "The element has an attribute that is not allowed.",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": "The element has an attribute that is not allowed.",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "The element lacks an attribute that it must have.",
    "SCHEMAV_CVC_ELT_3_1": "The element has an attribute that is not allowed.",
    "SCHEMAV_CVC_TYPE_3_1_1": "The element has an attribute that is not allowed.",
    "SCHEMAV_CVC_TYPE_3_1_2": "The element may hold text only, no elements.",
}


def validate(
    root: etree._Element, schema_name: str, rules: Callable[[etree._Element], Iterator[Finding]]
) -> list[Finding]:
    """Return what is wrong with a document; empty when it is valid.

    Args:
        root: The document's root element.
        schema_name: One of `budkavle_schemas`' names.
        rules: The rules beyond the schema. They run only for a document that the schema accepts.
    """
    schema = budkavle_schemas.load(schema_name)
    if schema.validate(root):
        return list(islice(rules(root), MAX_FINDINGS))
    return [_explain(root, error) for error in islice(schema.error_log, MAX_FINDINGS)]


def _explain(root: etree._Element, error: etree._LogEntry) -> Finding:
    return Finding(Cause.SV, Detail.STRUCTURE, _path(root, error.path), _words(error), "XSD")


def _words(error: etree._LogEntry) -> str:
    if error.type_name == "SCHEMAV_ELEMENT_CONTENT":
        expected = _EXPECTED.search(error.message)
        names = _NAMESPACE.sub("", expected[1]) if expected else ""
        lack = "misses an element" if "Missing child" in error.message else "is not expected here"
        return f"The element {lack}{f'; expected is {names}' if names.strip(' ,*') else ''}."
    return _WORDS.get(error.type_name, "The value is not of the type that the schema demands.")


def _path(root: etree._Element, path: str | None) -> str:
    """Our path for the validator's, which uses the document's own prefixes, or ``*`` where it has none."""
    element: etree._Element | None = None
    for step in _STEP.finditer(path or ""):
        siblings = [root] if element is None else element.iterchildren("*")
        same = [sibling for sibling in siblings if step["name"] == "*" or _name(sibling) == step["name"]]
        number = int(step["number"] or 1)
        if number > len(same):
            return "NA"
        element = same[number - 1]
    return "NA" if element is None else path_of(element)


def _name(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local
