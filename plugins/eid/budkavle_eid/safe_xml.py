"""XML from a peer, parsed without fetching or resolving anything: SAML messages and BankID's signatures."""

from lxml import etree

from budkavle_eid.claims import Refused

DS = "{http://www.w3.org/2000/09/xmldsig#}"
MAX_RESPONSE = 500_000
"""The most bytes of a document, unless the caller sets another limit."""


def parse(data: bytes, most: int = MAX_RESPONSE, *, remarks: bool = False) -> etree._Element:
    """Parse a document without fetching or resolving anything.

    Args:
        data: The document.
        most: The most bytes that it may have.
        remarks: Whether comments and processing instructions are allowed, as in metadata written by hand.

    Raises:
        Refused: It is not such a document.
    """
    if len(data) > most:
        raise Refused("xml-too-large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=most > MAX_RESPONSE)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("xml-unreadable") from error
    if root.getroottree().docinfo.doctype or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refused("xml-doctype")
    if not remarks and any(not isinstance(node.tag, str) for node in root.getroottree().getroot().iter()):
        raise Refused("xml-remarks")
    return root
