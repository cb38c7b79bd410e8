"""Reading XML from strangers: no DTD, no entities, no network, and bounds on everything.

lxml refuses text nodes above 10 MB unless ``huge_tree`` is set, and ``huge_tree`` lifts libxml2's own bounds.
So the bounds are ours: bytes, encoding, prologue, tags and attributes before the parse, depth after it
(libxml2 itself stops at 2,048 levels also with ``huge_tree``).
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from budkavle import Sentence
from budkavle_sdk_transport.formats.identifiers import NS_DS, NS_XENC, PREFIXES

MAX_BYTES: Final = 100 * 2**20
"""Digg AS4-transportprofil 2.8: an access point takes at least 100 MB."""
MAX_DEPTH: Final = 256
MAX_TAGS: Final = 20_000
"""An SDK message of a hundred persons has 1,200; lxml's list of schema faults takes quadratic time beyond this."""
MAX_QUOTES: Final = 400_000
MAX_NAMESPACE: Final = 1_000
"""Characters of a namespace's name, which lxml creates again for each element that is read."""

_BOM: Final = b"\xef\xbb\xbf"
_ENCODING: Final = re.compile(rb"""\bencoding\s*=\s*["']([^"']*)["']""")
_RATHER_DEEP: Final = etree.XPath("boolean(/*" + "/*" * 24 + ")")
"""Deeper than any message; asked first, since a long path takes its time even when it leads nowhere."""
_TOO_DEEP: Final = etree.XPath("boolean(/*" + "/*" * MAX_DEPTH + ")")
_BLANK: Final = re.compile(rb"[ \t\r\n]*+")
_INK: Final = re.compile(r"[^ \t\r\n]")
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_VALUE: Final = etree.XPath("string()", smart_strings=False)


_LARGE: Final = 2**20
_CIPHERED: Final = (f"{{{NS_XENC}}}", f"{{{NS_DS}}}")


class MalformedXml(ValueError):
    """The bytes are no XML that we read; the Swedish sentence says why and holds nothing of the content."""


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Parse bytes from outside into a tree.

    Args:
        data: A UTF-8 document.
        max_bytes: The largest document that is parsed at all.

    Raises:
        MalformedXml: Too large, not UTF-8, with a DOCTYPE, beyond the bounds, or not well-formed.
    """
    check_size(data, max_bytes)
    _check_prologue(data)
    if _is_crowded(data):
        raise MalformedXml(
            Sentence(
                "Dokumentet har fler än {max_tags} taggar eller {max_quotes} attribut.",
                max_tags=MAX_TAGS,
                max_quotes=MAX_QUOTES // 2,
            )
        )
    root = _parse_bounded(data)
    if any(space and len(space[1]) > MAX_NAMESPACE for _, space in etree.iterwalk(root, events=("start-ns",))):
        raise MalformedXml(
            Sentence(
                "Dokumentet har en namnrymd vars namn är längre än {max_namespace} tecken.", max_namespace=MAX_NAMESPACE
            )
        )
    if _RATHER_DEEP(root) and _TOO_DEEP(root):
        raise MalformedXml(Sentence("Elementen ligger i varandra i fler än {max_depth} nivåer.", max_depth=MAX_DEPTH))
    return root


def check_size(data: bytes, max_bytes: int = MAX_BYTES) -> None:
    """Refuse a document that is too large to be parsed at all.

    Raises:
        MalformedXml: It is.
    """
    if len(data) > max_bytes:
        raise MalformedXml(
            Sentence("Dokumentet har {data} byte; högst {max_bytes} läses.", data=len(data), max_bytes=max_bytes)
        )


def hold(root: etree._Element) -> list[etree._Element]:
    """Return all elements of a document, to be kept as long as it is worked on.

    lxml makes a Python object for an element at each look, unless somebody holds one: holding them saves half the time.
    """
    return list(root.iter("*"))


def value(element: etree._Element) -> str:
    """Return the string value of an element: all its text, without comments, as XPath's ``string()`` gives it."""
    return (element.text or "") if len(element) == 0 else str(_VALUE(element))


def path_of(element: etree._Element) -> str:
    """Return the XPath of an element: prefixes of ``identifiers.PREFIXES``, positions among namesakes."""
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None:
        steps.append(_step(node))
        node = node.getparent()
    return "/" + "/".join(reversed(steps))


def blank_elements(root: etree._Element, *, skip_below: str | None = None) -> Iterator[etree._Element]:
    """Return the elements, the root included, whose string value is nothing but white space (XPath's normalize-space).

    Args:
        root: Where to begin.
        skip_below: The tag of elements whose descendants are not looked at, neither for text nor for blankness;
            with it, elements of XML Signature and XML Encryption, which say much in attributes, count only beside
            others.
    """
    if _has_no_blank_leaf(root, skip_below):
        return iter(())
    filled: set[etree._Element] = set()
    elements: list[etree._Element] = []
    for element in _walk(root, skip_below):
        elements.append(element)
        if _has_own_text(element) or (element.tag == skip_below and not is_leaf(element)):
            node: etree._Element | None = element
            while node is not None and node not in filled:
                filled.add(node)
                node = None if node is root else node.getparent()
    return (element for element in elements if element not in filled)


def _has_no_blank_leaf(root: etree._Element, skip_below: str | None) -> bool:
    """The usual case, told quickly: a blank element is or has a leaf that looks blank."""
    if next(root.iter(etree.Comment, etree.PI), None) is not None:
        return False
    for element in root.iter("*"):
        if len(element) or not _looks_blank(element.text):
            continue
        if skip_below is None or not str(element.tag).startswith(_CIPHERED):
            return False
    return True


def _looks_blank(text: str | None) -> bool:
    """Tell whether a text may be blank: Python knows more white space than XML does."""
    return not text or text.isspace()


def is_leaf(element: etree._Element) -> bool:
    """Tell whether an element has no child elements; comments do not count."""
    return next(element.iterchildren("*"), None) is None


def normalize_space(text: str) -> str:
    """XPath's normalize-space, which knows four kinds of white space and no more."""
    if not _SPACE.search(text):
        return text
    return " ".join(part for part in _SPACE.split(text) if part)


def _walk(root: etree._Element, skip_below: str | None) -> Iterator[etree._Element]:
    stack = [root]
    while stack:
        element = stack.pop()
        yield element
        if skip_below is None or element.tag != skip_below:
            stack.extend(element.iterchildren("*", reversed=True))


def _has_own_text(element: etree._Element) -> bool:
    return bool(_INK.search(element.text or "")) or any(_INK.search(child.tail or "") for child in element)


def _step(element: etree._Element) -> str:
    name = etree.QName(element)
    prefix = PREFIXES.get(name.namespace or "")
    step = f"{prefix}:{name.localname}" if prefix else f"*:{name.localname}"
    before = sum(sibling.tag == element.tag for sibling in element.itersiblings(preceding=True))
    if before or any(sibling.tag == element.tag for sibling in element.itersiblings()):
        return f"{step}[{before + 1}]"
    return step


def _check_prologue(data: bytes) -> None:
    """Walk what precedes the root element; a DOCTYPE can stand nowhere else (XML 1.0, production 22)."""
    at = len(_BOM) if data.startswith(_BOM) else 0
    if data.startswith(b"<?xml", at):
        end = data.find(b"?>", at, at + 1024)
        named = _ENCODING.search(data, at, max(end, at))
        if named and named[1].lower() not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}:
            raise MalformedXml("Dokumentet är inte i UTF-8. Skicka det i UTF-8.")
    while True:
        at = _after_blank(data, at)
        if data.startswith(b"<?", at):
            at = _after(data, b"?>", at + 2)
        elif data.startswith(b"<!--", at):
            at = _after(data, b"-->", at + 4)
        else:
            break
    if data.startswith(b"<!", at):
        raise MalformedXml("Dokumentet har en DOCTYPE. Ta bort den; DTD och entiteter läses inte.")
    if not data.startswith(b"<", at):
        raise MalformedXml("Dokumentet börjar inte med ett element i UTF-8.")


def _after_blank(data: bytes, at: int) -> int:
    blank = _BLANK.match(data, at)
    return blank.end() if blank else at


def _after(data: bytes, end: bytes, at: int) -> int:
    position = data.find(end, at)
    if position < 0:
        raise MalformedXml("Dokumentet slutar mitt i en kommentar eller instruktion.")
    return position + len(end)


def _is_crowded(data: bytes) -> bool:
    """Tell whether there are more tags or attributes than we read; a tag has three bytes at least, a quote one."""
    if len(data) <= 3 * MAX_TAGS:
        return False
    return _exceeds(data, b"<", MAX_TAGS) or _exceeds(data, b'"', MAX_QUOTES) or _exceeds(data, b"'", MAX_QUOTES)


def _exceeds(data: bytes, sign: bytes, limit: int) -> bool:
    """Tell whether a sign occurs more often than the limit; unlike ``count``, ``find`` leaps over large base64."""
    if len(data) < _LARGE:
        return data.count(sign) > limit
    at = data.find(sign)
    while at >= 0 and limit:
        limit -= 1
        at = data.find(sign, at + 1)
    return at >= 0


def _parse_bounded(data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True, collect_ids=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise MalformedXml(
            Sentence(
                "Dokumentet är ingen välformad XML: felet är på rad {line}, tecken {column}.", line=line, column=column
            )
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedXml("Dokumentet har en DOCTYPE. Ta bort den; DTD och entiteter läses inte.")
    return root
