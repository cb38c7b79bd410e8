"""The rules of an SDK message beyond its schema, as readable Python.

Rules ``SDK-...`` are those of Digg's Schematron for the message, one for one. Rules ``SDK-CS-...`` stand in the
content specification (B1.3.3, 1.5.2) but not in its Schematron, so there we are stricter than Digg's files:

- the Schematron's base64 rule looks at the first character only;
- its pattern for organisations (``^0203:``) is written but never used;
- its pattern ``contentAsTextType`` is no valid XPath, and never used;
- section 4.3.3.1 says that it checks for at least one text or file, which it does not.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from lxml import etree

from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import FUNCTIONAL_ADDRESS, NS_MESSAGE, SCHEME
from budkavle_sdk_transport.formats.xml import blank_elements, path_of, value
from budkavle_sdk_transport.message.sdk_message import decode_base64

MAX_LABEL: Final = 256
MAX_REFERENCE: Final = 256
_TIMESTAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}.[0-9]{1,3}Z")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_ORGANISATION: Final = re.compile(r"0203:\S+")
_BASE64_START: Final = re.compile(r"[a-zA-Z0-9+/]")


class Named:
    """The elements of a message by their local names, found in one walk.

    Attributes:
        root: The messagePayload element.
    """

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self._by_tag: dict[str, list[etree._Element]] = {}
        for element in root.iter("*"):
            self._by_tag.setdefault(str(element.tag), []).append(element)

    def all(self, name: str) -> Sequence[etree._Element]:
        """Those of a name in the message's namespace, in document order."""
        return self._by_tag.get(_tag(name), ())


def message_rules(root: etree._Element) -> Iterator[Finding]:
    """Yield what in a message breaks the rules; never quotes the message's content."""
    named = Named(root)
    for rule in (
        _no_empty_elements,
        _one_conversation,
        _timestamp,
        _uuids,
        _organisations,
        _functional_addresses,
        _label_length,
        _file_contents,
        _some_content,
        _reference_length,
    ):
        yield from rule(named)


def _no_empty_elements(named: Named) -> Iterator[Finding]:
    for element in blank_elements(named.root):
        if element is not named.root:
            yield _finding(element, "SDK-Empty", "The element is empty; leave it out or give it a value.")


def _one_conversation(named: Named) -> Iterator[Finding]:
    for header in named.all("messageHeader"):
        if sum(1 for _ in header.iterchildren(_tag("conversationId"))) != 1:
            text = "conversationId must be set once; a new conversation may use the messageId."
            yield _finding(header, "SDK-ConversationId", text)


def _timestamp(named: Named) -> Iterator[Finding]:
    for element in named.all("creationDateTime"):
        if not _TIMESTAMP.fullmatch(value(element)):
            text = "The time must be in UTC with a fraction, as 2026-01-02T03:04:05.000Z."
            yield _finding(element, "SDK-Timestamp", text)


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID as the specification writes them (5.1)."""
    return _UUID.fullmatch(text) is not None


def _uuids(named: Named) -> Iterator[Finding]:
    for name in ("messageId", "conversationId", "refToMessageId"):
        for element in named.all(name):
            if not is_uuid(value(element)):
                yield _finding(element, f"SDK-UUID-{name}", f"{name} is not a valid UUID.")


def _organisations(named: Named) -> Iterator[Finding]:
    for name in ("recipientID", "senderID"):
        for element in named.all(name):
            for code in element.iterchildren(_tag("root")):
                if value(code) != SCHEME:
                    yield _finding(code, f"SDK-{name}", f"The root of {name} must be {SCHEME}.")
            for extension in element.iterchildren(_tag("extension")):
                if not _ORGANISATION.fullmatch(value(extension)):
                    text = "An organisation is named 0203: and its domain, as 0203:digg.se."
                    yield _finding(extension, "SDK-CS-Organisation", text)


def _functional_addresses(named: Named) -> Iterator[Finding]:
    for function in named.all("subOrganization"):
        for identifier in function.iterchildren(_tag("organizationId")):
            for code in identifier.iterchildren(_tag("root")):
                if value(code) != FUNCTIONAL_ADDRESS:
                    text = f"The root of a functional address must be {FUNCTIONAL_ADDRESS}."
                    yield _finding(code, "SDK-FunctionalAddress", text)


def _label_length(named: Named) -> Iterator[Finding]:
    """Section 4.3.2 gives this fault the detail code structure, and forbids to return the label."""
    for header in named.all("messageHeader"):
        for label in header.iterchildren(_tag("label")):
            length = len(value(label))
            if length > MAX_LABEL:
                text = f"The label has {length} characters; at most {MAX_LABEL} are allowed."
                yield Finding(Cause.BV, Detail.STRUCTURE, path_of(label), text, "SDK-Label")


def _file_contents(named: Named) -> Iterator[Finding]:
    for file in named.all("ContentFiles"):
        for content in file.iterchildren(_tag("content")):
            text = value(content)
            if not _BASE64_START.match(text):
                yield _finding(content, "SDK-Base64", "The file is not in base64.")
            elif not _is_base64(text):
                yield _finding(content, "SDK-CS-Base64", "The file is not in base64 (RFC 4648).")


def _is_base64(text: str) -> bool:
    try:
        decode_base64(text)
    except ValueError:
        return False
    return True


def _some_content(named: Named) -> Iterator[Finding]:
    for document in named.all("documents"):
        if next(document.iterchildren(_tag("ContentText"), _tag("ContentFiles")), None) is None:
            yield _finding(document, "SDK-CS-Content", "The document has neither a text nor a file.")


def _reference_length(named: Named) -> Iterator[Finding]:
    for reference in named.all("referenceId"):
        for extension in reference.iterchildren(_tag("extension")):
            if len(value(extension)) > MAX_REFERENCE:
                text = f"A reference has at most {MAX_REFERENCE} characters."
                yield _finding(extension, "SDK-CS-Reference", text)


@cache
def _tag(name: str) -> str:
    return f"{{{NS_MESSAGE}}}{name}"


def _finding(element: etree._Element, rule: str, text: str) -> Finding:
    return Finding(Cause.BV, Detail.INVARIANT, path_of(element), text, rule)
