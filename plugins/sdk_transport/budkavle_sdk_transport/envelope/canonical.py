"""Canonical XML: the bytes that are hashed and signed.

lxml canonicalises; here are only the algorithms that the profile admits (Kuverteringsprofil XHE 3.5.2.1: those that
XML Signature makes mandatory) and the few forms that this package writes canonical from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_11: Final = "http://www.w3.org/2006/12/xml-c14n11"
C14N_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ALGORITHMS: Final = frozenset({C14N, C14N_11, C14N_EXCLUSIVE})

NS_XML: Final = "http://www.w3.org/XML/1998/namespace"


def canonical(element: etree._Element, algorithm: str = C14N, prefixes: list[str] | None = None) -> bytes:
    """Return the canonical form of a small element, without comments.

    The ancestors must carry no `xml:` attributes (see `inherits_xml_attributes`): then version 1.1 equals 1.0.

    Args:
        element: Any element; its ancestors' namespaces count.
        algorithm: One of `ALGORITHMS`.
        prefixes: The InclusiveNamespaces PrefixList, for the exclusive form.
    """
    exclusive = algorithm == C14N_EXCLUSIVE
    spaces = list(element.nsmap.values())
    if len(spaces) != len(set(spaces)):
        # In its place, lxml undeclares a namespace that has two prefixes; in a document of its own it does not.
        element = etree.fromstring(etree.tostring(element, with_tail=False, encoding="UTF-8"), _parser())
    return etree.tostring(
        element,
        method="c14n",
        exclusive=exclusive,
        with_comments=False,
        inclusive_ns_prefixes=prefixes if exclusive else None,
    )


def feed_canonical(
    root: etree._Element, update: Callable[[bytes], None], algorithm: str, prefixes: list[str] | None
) -> None:
    """Hand the canonical form of a whole document to a hash, piece by piece: a large one is never copied."""
    exclusive = algorithm == C14N_EXCLUSIVE
    root.getroottree().write_c14n(
        _Sink(update),
        exclusive=exclusive,
        with_comments=False,
        inclusive_ns_prefixes=prefixes if exclusive else None,
    )


def inherits_xml_attributes(element: etree._Element) -> bool:
    """Tell whether an ancestor carries an `xml:` attribute, which canonical forms hand down in different ways."""
    return any(str(name).startswith(f"{{{NS_XML}}}") for parent in element.iterancestors() for name in parent.attrib)


def namespace_axis(namespaces: Mapping[str | None, str]) -> str:
    """Namespace declarations as canonical XML writes them: the default first, then by prefix."""
    names = sorted((prefix or "", uri) for prefix, uri in namespaces.items() if prefix != "xml")
    return "".join(f' xmlns{":" if prefix else ""}{prefix}="{_attribute(uri)}"' for prefix, uri in names)


class _Sink:
    """A file to write into that keeps nothing."""

    __slots__ = ("_update",)

    def __init__(self, update: Callable[[bytes], None]) -> None:
        self._update = update

    def write(self, data: bytes, /) -> int:
        self._update(data)
        return len(data)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True, collect_ids=False)


def _attribute(value: str) -> str:
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return escaped.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")
