"""Is this document what it should be? Schema first, then the rules, then how envelope and message mirror.

The schema's verdict is lxml's, in microseconds whatever the size. Its faults are told in our words, by the kind of
fault and the place: the validator's own messages quote the content, which may be a label or a person.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from lxml import etree

import budkavle_schemas
from budkavle_sdk_transport.envelope import Envelope
from budkavle_sdk_transport.findings import Cause, Detail, Finding
from budkavle_sdk_transport.identifiers import MAX_MESSAGE_BYTES
from budkavle_sdk_transport.message import SdkMessage
from budkavle_sdk_transport.rules_envelope import envelope_rules
from budkavle_sdk_transport.rules_message import message_rules
from budkavle_sdk_transport.rules_receipt import receipt_rules
from budkavle_sdk_transport.xml import path_of

MAX_FINDINGS: Final = 20
"""More would swell a receipt and help nobody."""
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
_HEADER: Final = "/sdk:messagePayload/sdk:message/sdk:messageHeader"


def check_message(
    root: etree._Element, *, size: int | None = None, max_bytes: int = MAX_MESSAGE_BYTES
) -> list[Finding]:
    """What is wrong with an SDK message; empty when it is valid.

    Args:
        root: The messagePayload element.
        size: The bytes of the serialised message, where they are known.
        max_bytes: The largest message that is taken (Innehållsspecifikation 4.3.3.3: 30 MB).
    """
    if size is not None and size > max_bytes:
        text = f"The message has {size} bytes; at most {max_bytes} are taken."
        return [Finding(Cause.BV, Detail.TOO_LONG, "NA", text, "SDK-CS-Size")]
    return _check(root, budkavle_schemas.MESSAGE, message_rules)


def check_envelope(root: etree._Element) -> list[Finding]:
    """What is wrong with an XHE envelope; empty when it is valid. The payload is not looked into."""
    return _check(root, budkavle_schemas.ENVELOPE, envelope_rules)


def check_receipt(root: etree._Element) -> list[Finding]:
    """What is wrong with a message receipt; empty when it is valid."""
    return _check(root, budkavle_schemas.RECEIPT, receipt_rules)


def check_mirroring(envelope: Envelope, message: SdkMessage) -> list[Finding]:
    """Where an envelope does not say the same as its message (Innehållsspecifikation 3.2 and 4.3.2)."""
    mirrored = (
        ("SDK-Mirror-messageId", f"{_HEADER}/sdk:messageId", message.message_id, envelope.id, "ID"),
        (
            "SDK-Mirror-sender",
            f"{_HEADER}/sdk:sender/sdk:senderID/sdk:extension",
            message.sender.organisation,
            envelope.sender,
            "FromParty",
        ),
        (
            "SDK-Mirror-recipient",
            f"{_HEADER}/sdk:recipient/sdk:recipientID/sdk:extension",
            message.recipient.organisation,
            envelope.recipient,
            "ToParty",
        ),
        (
            "SDK-Mirror-function",
            f"{_HEADER}/sdk:recipient/sdk:attention/sdk:subOrganization/sdk:organizationId/sdk:extension",
            message.recipient.function,
            envelope.handling_service_id,
            "HandlingServiceID",
        ),
    )
    return [
        Finding(Cause.BV, Detail.SECURITY, path, f"The value is not the envelope's {name}.", rule)
        for rule, path, inner, outer, name in mirrored
        # An envelope may leave the function out (XHE 2.2, 0..1): then there is nothing that it could differ from.
        if inner.strip() != outer and (outer or rule != "SDK-Mirror-function")
    ]


def _check(root: etree._Element, name: str, rules: Callable[[etree._Element], Iterator[Finding]]) -> list[Finding]:
    schema = budkavle_schemas.load(name)
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
