"""The XHE envelope around a message or a receipt.

Source: OASIS XHE 1.0 and Digg Kuverteringsprofil XHE 1.0, section 2.2.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from lxml import etree

from budkavle_sdk_transport.formats.identifiers import (
    DOCUMENT_SCHEME,
    NS_XHA,
    NS_XHB,
    NS_XHE,
    PROCESS,
    PROCESS_SCHEME,
    SCHEME,
    XHE_CUSTOMIZATION,
    XHE_VERSION,
)
from budkavle_sdk_transport.formats.timestamps import format_moment, read_moment
from budkavle_sdk_transport.formats.xml import MalformedXml, value
from budkavle_sdk_transport.formats.xml_writer import Writer, attribute

_HEADER: Final = f"{{{NS_XHA}}}Header"
_PAYLOAD: Final = f"{{{NS_XHA}}}Payloads/{{{NS_XHA}}}Payload"
_ID: Final = f"{{{NS_XHB}}}ID"
_PARTY: Final = f"{{{NS_XHA}}}PartyIdentification"
_SCOPE: Final = f"{{{NS_XHA}}}BusinessScope"
_CRITERION: Final = f"{{{NS_XHA}}}BusinessScopeCriterion"
_CODE: Final = f"{{{NS_XHB}}}BusinessScopeCriterionTypeCode"
_VALUE: Final = f"{{{NS_XHB}}}BusinessScopeCriterionValue"
_NAMESPACES: Final = f' xmlns:xha="{NS_XHA}" xmlns:xhb="{NS_XHB}" xmlns:xhe="{NS_XHE}"'


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an envelope says of its payload.

    Attributes:
        id: The message's id, a UUID; an SDK message's own id is the same.
        created_at: When the envelope was made, in UTC.
        sender: FromParty, a participant such as ``0203:habo.se``.
        recipient: ToParty.
        document: The SMP document identifier, such as ``DOCUMENT_MESSAGE`` or ``DOCUMENT_RECEIPT``.
        handling_service_id: The recipient's functional address; empty where the sender names none.
        encrypted: Whether the payload is encrypted.
        federation: The federation's identifier, such as ``FEDERATION_SDK``.
    """

    id: str
    created_at: datetime
    sender: str
    recipient: str
    document: str
    handling_service_id: str
    encrypted: bool
    federation: str

    @property
    def document_type(self) -> str:
        """The payload's root element as an EQName, told from the document identifier."""
        namespace, _, name = self.document.partition("##")[0].rpartition("::")
        return f"Q{{{namespace}}}{name}"


def build_envelope(envelope: Envelope, payload: bytes) -> bytes:
    """Return an unsigned envelope in canonical form.

    Args:
        envelope: What it says.
        payload: One canonical XML element without a declaration.

    Raises:
        UnfitText: A field has a character that XML cannot carry.
    """
    writer = Writer()
    writer.open("xhe:XHE", _NAMESPACES)
    writer.leaf("xhb:XHEVersionID", XHE_VERSION)
    writer.leaf("xhb:CustomizationID", XHE_CUSTOMIZATION)
    _write_header(writer, envelope)
    _write_payload(writer, envelope, payload)
    writer.close()
    return writer.bytes()


def read_envelope(root: etree._Element) -> Envelope:
    """Return the envelope of a valid XHE element; call ``check_envelope`` first."""
    header = root.find(_HEADER)
    payload = root.find(_PAYLOAD)
    scope = _scope(header)
    return Envelope(
        id=_text(header, _ID),
        created_at=read_moment(_text(header, f"{{{NS_XHB}}}CreationDateTime")),
        sender=_party(header, "FromParty"),
        recipient=_party(header, "ToParty"),
        document=scope.get("DOCUMENTID", ""),
        handling_service_id=_text(payload, f"{{{NS_XHB}}}HandlingServiceID"),
        encrypted=_text(payload, f"{{{NS_XHB}}}InstanceEncryptionIndicator") in {"true", "1"},
        federation=scope.get("FEDERATIONID", ""),
    )


def envelope_id(root: etree._Element) -> str:
    """Return the identifier of an XHE element; empty if it has none."""
    return _text(root.find(_HEADER), _ID)


def payload_of(root: etree._Element) -> etree._Element:
    """Return the XML payload of a valid XHE element: EncryptedData, a message or a receipt.

    Raises:
        MalformedXml: The payload is no XML element.
    """
    content = root.find(f"{_PAYLOAD}/{{{NS_XHA}}}PayloadContent")
    child = None if content is None else next(content.iterchildren("*"), None)
    if child is None:
        raise MalformedXml("Kuvertet har inget innehåll i XML.")
    return child


def _write_header(writer: Writer, envelope: Envelope) -> None:
    writer.open("xha:Header")
    writer.leaf("xhb:ID", envelope.id)
    writer.leaf("xhb:CreationDateTime", format_moment(envelope.created_at))
    writer.append(_written_scope(envelope.document, envelope.federation))
    for name, participant in (("xha:FromParty", envelope.sender), ("xha:ToParty", envelope.recipient)):
        writer.open(name)
        writer.open("xha:PartyIdentification")
        writer.leaf("xhb:ID", participant, attribute("schemeID", SCHEME))
        writer.close()
        writer.close()
    writer.close()


@lru_cache(maxsize=16)
def _written_scope(document: str, federation: str) -> bytes:
    """The same for every envelope of a document type."""
    writer = Writer()
    writer.open("xha:BusinessScope")
    for code, text in (
        ("DOCUMENTID", document),
        ("DOCUMENTID_SCHEME", DOCUMENT_SCHEME),
        ("PROCESSID", PROCESS),
        ("PROCESSID_SCHEME", PROCESS_SCHEME),
        ("FEDERATIONID", federation),
    ):
        writer.open("xha:BusinessScopeCriterion")
        writer.leaf("xhb:BusinessScopeCriterionTypeCode", code)
        writer.leaf("xhb:BusinessScopeCriterionValue", text)
        writer.close()
    writer.close()
    return writer.bytes()


def _write_payload(writer: Writer, envelope: Envelope, payload: bytes) -> None:
    writer.open("xha:Payloads")
    writer.open("xha:Payload")
    writer.leaf("xhb:DocumentTypeCode", envelope.document_type)
    writer.leaf("xhb:ContentTypeCode", "application/xml")
    writer.optional("xhb:HandlingServiceID", envelope.handling_service_id)
    writer.leaf("xhb:InstanceEncryptionIndicator", "true" if envelope.encrypted else "false")
    writer.raw("xha:PayloadContent", payload)
    writer.close()
    writer.close()


def _scope(header: etree._Element | None) -> dict[str, str]:
    scope = _child(header, _SCOPE)
    criteria = () if scope is None else scope.iterchildren(_CRITERION)
    return {_text(criterion, _CODE): _text(criterion, _VALUE) for criterion in criteria}


def _party(header: etree._Element | None, name: str) -> str:
    return _text(_child(_child(header, f"{{{NS_XHA}}}{name}"), _PARTY), _ID)


def _text(parent: etree._Element | None, name: str) -> str:
    child = _child(parent, name)
    return "" if child is None else value(child).strip(" \t\r\n")


def _child(parent: etree._Element | None, name: str) -> etree._Element | None:
    return None if parent is None else next(parent.iterchildren(name), None)
