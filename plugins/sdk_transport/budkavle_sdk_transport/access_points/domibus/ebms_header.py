"""The ebMS header of a parcel, both ways, and the envelopes around it (AS4-transportprofil 2.3.1)."""

from datetime import datetime
from functools import partial
from typing import Final

from lxml import etree

from budkavle_sdk_transport.access_points.domibus.interfaces import (
    DEFAULT_MPC,
    FINAL_RECIPIENT,
    INITIATOR,
    NS_EBMS,
    NS_PUSH,
    NS_SOAP,
    NS_XOP,
    ORIGINAL_SENDER,
    PARTY_TYPE,
    PAYLOAD_ID,
    PAYLOAD_TYPE,
    PUSHED,
    RESPONDER,
    Interface,
)
from budkavle_sdk_transport.access_points.domibus.soap_reader import Payload, SoapMessage
from budkavle_sdk_transport.access_points.domibus.streaming import Unreadable
from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_SCHEME, NS_XHB, PROCESS, PROCESS_SCHEME, SCHEME

_HEAD_BYTES: Final = 2**15
"""An envelope's own id is in its first lines."""


def submission(
    interface: Interface, parcel: Parcel, party: str, conversation_id: str, include: str = ""
) -> etree._Element:
    """Return the envelope of a submission; its payload's value is left empty, or includes a part.

    There is no `To`: whose access point it is, the access point finds out by the recipient (dynamic discovery).

    Args:
        interface: Whose names the body has.
        parcel: What is submitted.
        party: Our access point's PartyId.
        conversation_id: AS4's.
        include: The Content-ID of the part with the payload.
    """
    header = messaging(parcel, party, conversation_id, pushed=interface is PUSHED)
    envelope, request = new_envelope(interface.namespace, "submitRequest", header)
    add_payload(request, PAYLOAD_ID, include, content_type=PAYLOAD_TYPE)
    return envelope


def new_envelope(
    namespace: str, name: str, header: etree._Element | None = None
) -> tuple[etree._Element, etree._Element]:
    """Return an envelope, and the element in its body."""
    envelope = etree.Element(f"{{{NS_SOAP}}}Envelope", nsmap={"soap": NS_SOAP, "eb": NS_EBMS, "ws": namespace})
    if header is not None:
        etree.SubElement(envelope, f"{{{NS_SOAP}}}Header").append(header)
    body = etree.SubElement(envelope, f"{{{NS_SOAP}}}Body")
    return envelope, etree.SubElement(body, f"{{{namespace}}}{name}")


def messaging(
    parcel: Parcel,
    party: str,
    conversation_id: str,
    *,
    to: str = "",
    at: datetime | None = None,
    pushed: bool = False,
) -> etree._Element:
    """Return the ebMS header that tells of a parcel.

    Args:
        parcel: What it tells of.
        party: The sending access point.
        conversation_id: AS4's.
        to: The receiving access point, named by an access point only, as is the time.
        at: When it was received.
        pushed: Whether it has the names of what an access point pushes, whose inner elements have no namespace.
    """
    add = partial(_add, namespace="" if pushed else f"{{{NS_EBMS}}}")
    root = etree.Element(f"{{{NS_PUSH if pushed else NS_EBMS}}}Messaging")
    user = add(root, "UserMessage", mpc=DEFAULT_MPC)
    info = add(user, "MessageInfo")
    if at is not None:
        add(info, "Timestamp", at.isoformat(timespec="milliseconds"))
    add(info, "MessageId", parcel.transport_id)
    parties = add(user, "PartyInfo")
    for place, party_id, role in (("From", party, INITIATOR), ("To", to, RESPONDER)):
        if party_id:
            one = add(parties, place)
            add(one, "PartyId", party_id, type=PARTY_TYPE)
            add(one, "Role", role)
    collaboration = add(user, "CollaborationInfo")
    add(collaboration, "Service", PROCESS, type=PROCESS_SCHEME)
    add(collaboration, "Action", f"{DOCUMENT_SCHEME}::{parcel.document}")
    add(collaboration, "ConversationId", conversation_id)
    properties = add(user, "MessageProperties")
    add(properties, "Property", parcel.sender, name=ORIGINAL_SENDER, type=SCHEME)
    add(properties, "Property", parcel.recipient, name=FINAL_RECIPIENT, type=SCHEME)
    part = add(add(user, "PayloadInfo"), "PartInfo", href=PAYLOAD_ID)
    add(add(part, "PartProperties"), "Property", PAYLOAD_TYPE, name="MimeType")
    return root


def add_payload(parent: etree._Element, payload_id: str, include: str = "", *, content_type: str = "") -> None:
    """Add a payload whose value includes the part `include`, or is empty where there is none."""
    payload = etree.SubElement(parent, "payload", payloadId=payload_id)
    if content_type:
        payload.set("contentType", content_type)
    value = etree.SubElement(payload, "value")
    if include:
        etree.SubElement(value, f"{{{NS_XOP}}}Include", {"href": f"cid:{include}"}, nsmap={"xop": NS_XOP})


def as_parcel(message: SoapMessage) -> Parcel:
    """Return the parcel that a message's header and payload make.

    Raises:
        Unreadable: The header lacks what every parcel has, or there is no payload.
    """
    header = message.envelope.find(f"{{{NS_SOAP}}}Header")
    user = None if header is None else _inner(header, "Messaging", "UserMessage")
    if user is None:
        raise Unreadable("The message has no ebMS header.")
    return Parcel(
        transport_id=_text(user, "MessageInfo", "MessageId"),
        sender=_property(user, ORIGINAL_SENDER),
        recipient=_property(user, FINAL_RECIPIENT),
        document=_text(user, "CollaborationInfo", "Action").removeprefix(f"{DOCUMENT_SCHEME}::"),
        conversation_id=_text(user, "CollaborationInfo", "ConversationId", needed=False),
        payload=_payload(message.payloads).content,
    )


def envelope_id(payload: bytes) -> str:
    """Return the XHE's own id, read from its first lines; empty where there is none."""
    parser = etree.XMLPullParser(events=("end",), tag=f"{{{NS_XHB}}}ID", resolve_entities=False, no_network=True)
    try:
        parser.feed(payload[:_HEAD_BYTES])
    except etree.XMLSyntaxError:
        return ""
    return next((element.text or "" for _, element in parser.read_events()), "")


def _payload(payloads: list[Payload]) -> Payload:
    """Return the envelope among the payloads: the one of the P-mode's name, else the only one."""
    named = [
        payload
        for payload in payloads
        if payload.payload_id.lower().removeprefix("cid:") == PAYLOAD_ID.removeprefix("cid:")
    ]
    candidates = named or payloads
    if len(candidates) != 1:
        raise Unreadable(f"The message has {len(payloads)} payloads, and none is the one that we know.")
    return candidates[0]


def _add(
    parent: etree._Element, tag: str, text: str | None = None, /, *, namespace: str, **attributes: str
) -> etree._Element:
    element = etree.SubElement(parent, f"{namespace}{tag}", attributes)
    element.text = text
    return element


def _inner(parent: etree._Element, *names: str) -> etree._Element | None:
    """Return the element at a path of names, whatever their namespaces: what is pushed has other ones."""
    element: etree._Element | None = parent
    for name in names:
        element = None if element is None else element.find(f"{{*}}{name}")
    return element


def _text(user: etree._Element, *names: str, needed: bool = True) -> str:
    element = _inner(user, *names)
    content = "" if element is None else (element.text or "").strip()
    if needed and not content:
        raise Unreadable(f"The ebMS header has no {names[-1]}.")
    return content


def _property(user: etree._Element, name: str) -> str:
    for element in user.iterfind("{*}MessageProperties/{*}Property"):
        if element.get("name") == name and (element.text or "").strip():
            return (element.text or "").strip()
    raise Unreadable(f"The ebMS header has no property {name}.")
