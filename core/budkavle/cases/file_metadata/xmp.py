"""XMP (ISO 16684-1): of a document's metadata, only what a standard that it follows needs."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from lxml import etree

LARGEST: Final = 1_000_000
"""The most bytes of a packet that is read."""
EMPTY: Final = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    b'</x:xmpmeta><?xpacket end="r"?>'
)
"""An empty packet."""
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_TITLE, _LANGUAGE = f"{{{_DC}}}title", f"{{{_DC}}}language"
_UA: Final = "http://www.aiim.org/pdfua/ns/id/"
_STANDARDS: Final = re.compile(
    r"http://www\.aiim\.org/(?:pdfua|pdfa|pdfe)/ns/id/|urn:(?:factur-x|zugferd|ferd):[\w:.#-]{1,100}"
)
"""Namespaces of PDF/UA, PDF/A, PDF/E, and of the invoices embedded in PDF/A-3 (Factur-X and ZUGFeRD)."""
_EXTENSION: Final = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMAS: Final = f"{{{_EXTENSION}}}schemas"
_SCHEMA_OF: Final = "{http://www.aiim.org/pdfa/ns/schema#}namespaceURI"
_BAG: Final = f"{{{_RDF}}}Bag"
_ITEM: Final = f"{{{_RDF}}}li"
_DESCRIPTION: Final = f"{{{_RDF}}}Description"


def what_standards_need(packet: bytes, *, title: bool) -> bytes | None:
    """Return a packet with what a standard needs: which standard it is, and the document's title and language.

    Args:
        packet: The document's metadata.
        title: Whether to keep the title even if no standard needs it.

    Returns:
        None if nothing is kept, or the packet cannot be read.
    """
    found = list(_descriptions(packet))
    # PDF/A requires the prefixes that its schemas name, so each keeps its own.
    prefixes = {prefix: uri for old in found for node in (old, *old) for prefix, uri in node.nsmap.items() if prefix}
    description = etree.Element(_DESCRIPTION, {f"{{{_RDF}}}about": ""}, nsmap=prefixes)
    title = title or any(str(name).startswith(f"{{{_UA}}}") for old in found for name in _names(old))
    for old in found:
        for name, value in old.attrib.items():
            if _is_standard(str(name)):
                description.set(name, value)
        for child in old:
            if (property_element := _kept(child, title=title)) is not None:
                description.append(property_element)
    if not len(description) and len(description.attrib) == 1:
        return None
    root = etree.Element("{adobe:ns:meta/}xmpmeta", nsmap={"x": "adobe:ns:meta/"})
    etree.SubElement(root, f"{{{_RDF}}}RDF", nsmap={"rdf": _RDF}).append(description)
    etree.cleanup_namespaces(root)
    start, end = EMPTY.index(b"<x:"), EMPTY.rindex(b"<?")
    return EMPTY[:start] + etree.tostring(root, encoding="utf-8") + EMPTY[end:]


def _descriptions(packet: bytes) -> Iterator[etree._Element]:
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(packet.strip(b"\0 \r\n\t"), parser) if len(packet) <= LARGEST else None
    except (etree.XMLSyntaxError, ValueError):
        root = None
    for rdf in () if root is None else root.iter(f"{{{_RDF}}}RDF"):
        yield from rdf.iterchildren(_DESCRIPTION)


def _names(description: etree._Element) -> Iterator[object]:
    yield from description.attrib
    yield from (child.tag for child in description)


def _is_standard(name: str) -> bool:
    return _STANDARDS.fullmatch(etree.QName(name).namespace or "") is not None


def _kept(child: etree._Element, *, title: bool) -> etree._Element | None:
    """Return what is kept of a property; None if it is removed."""
    if child.tag == _SCHEMAS:
        return _schemas(child)
    if _is_standard(str(child.tag)) and not len(child):
        copy = etree.Element(child.tag)
        copy.text = child.text
        return copy
    if child.tag in {_LANGUAGE, _TITLE} and (title or child.tag == _LANGUAGE):
        copy = deepcopy(child)
        copy.tail = None
        return copy
    return None


def _schemas(child: etree._Element) -> etree._Element | None:
    """Return the descriptions of the namespaces that are kept; PDF/A requires one for each that it does not define."""
    items = [item for bag in child for item in bag if _STANDARDS.fullmatch(_namespace_of(item))]
    if not items:
        return None
    schemas = etree.Element(_SCHEMAS)
    bag = etree.SubElement(schemas, _BAG)
    for item in items:
        bag.append(deepcopy(item))
    return schemas


def _namespace_of(item: etree._Element) -> str:
    """Return the namespace that an item of the schemas describes; it is in an element or in an attribute."""
    for element in item.iter():
        if name := element.get(_SCHEMA_OF) or (element.text if element.tag == _SCHEMA_OF else ""):
            return name.strip()
    return ""
