"""What a stub answers to each operation of the web-service plugin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from budkavle_sdk_transport.access_points.domibus.ebms_header import (
    add_payload,
    as_parcel,
    messaging,
    new_envelope,
)
from budkavle_sdk_transport.access_points.domibus.interfaces import NS_SOAP, PAYLOAD_ID, Interface
from budkavle_sdk_transport.access_points.domibus.multipart import (
    Body,
    write_envelope,
    write_inline,
    write_related,
)
from budkavle_sdk_transport.access_points.domibus.soap_reader import SoapMessage
from budkavle_sdk_transport.access_points.domibus.streaming import Unreadable
from budkavle_sdk_transport.access_points.interface import Role
from budkavle_sdk_transport.simulator.domibus_stub.faults import StubFaults
from budkavle_sdk_transport.simulator.domibus_stub.store import MessageStore, StoredMessage
from budkavle_sdk_transport.simulator.domibus_stub.wsdl import operations

MOST_PUSHES: Final = 3
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class Refused(Exception):
    """The stub answers with a fault.

    Args:
        code: Of the plugin.
        words: What the fault says.
    """

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class StubOperations:
    """Answers for one stub.

    Attributes:
        message_store: Its state.
        party: Its PartyId.
        faults: How it misbehaves.
        mtom: Whether it sends payloads beside the envelope (`wsplugin.mtom.enabled`).
        purges: Whether what has been downloaded is deleted at once (`retention_downloaded="0"`).
    """

    message_store: MessageStore
    party: str
    faults: StubFaults
    mtom: bool = True
    purges: bool = True

    def answer(self, interface: Interface, message: SoapMessage) -> Body:
        """Do what a request asks.

        Raises:
            Refused: With the fault's code.
        """
        request = message.body()
        name = operation_of(interface, request)
        if name == "submitMessage":
            return self._submit(interface, message)
        if name == "retrieveMessage":
            return self._retrieve(interface, request)
        small: Mapping[str, Callable[[Interface, etree._Element], Body]] = {
            "markMessageAsDownloaded": self._mark,
            "listPendingMessages": self._pending,
            "listPushFailedMessages": self._push_failed,
            "rePushFailedMessages": self._push_again,
            "getStatus": self._status,
            "getStatusWithAccessPointRole": self._status,
            "getMessageErrors": self._errors,
            "getMessageErrorsWithAccessPointRole": self._errors,
        }
        return small[name](interface, request)

    def _submit(self, interface: Interface, message: SoapMessage) -> Body:
        try:
            parcel = as_parcel(message)
        except Unreadable as error:
            raise Refused("WS_PLUGIN_0007", str(error)) from error
        if not self.message_store.add(parcel, "SENDING", "SEND_ENQUEUED", self.party):
            # The fault of a duplicate, as Domibus names it.
            raise Refused("EBMS_0004", f"Message with id [{parcel.transport_id}] already exists.")
        return _ids(interface, "submitResponse", [parcel.transport_id])

    def _retrieve(self, interface: Interface, request: etree._Element) -> Body:
        held = self._waiting(request, whole=not self.mtom)
        keeps = interface.keeps and request.get("markAsDownloaded", "true").lower() == "false"
        keeps = keeps and not self.faults.hands_out_once
        header = self._header(held)
        envelope, answer = new_envelope(interface.namespace, "retrieveMessageResponse", header)
        include = f"{held.parcel.transport_id}@stub" if self.mtom else ""
        add_payload(answer, PAYLOAD_ID, include)
        if self.mtom:
            body = write_related(etree.tostring(envelope), held.file if keeps else held.file.read_bytes(), include)
        else:
            body = write_inline(envelope, held.parcel.payload)
        if not keeps:
            self._downloaded(held)
        return body

    def _mark(self, interface: Interface, request: etree._Element) -> Body:
        held = self._waiting(request)
        self._downloaded(held)
        envelope, answer = new_envelope(interface.namespace, "markMessageAsDownloadedResponse", self._header(held))
        etree.SubElement(answer, "messageID").text = held.parcel.transport_id
        return write_envelope(envelope)

    def _pending(self, interface: Interface, request: etree._Element) -> Body:
        filters = {str(element.tag): element.text or "" for element in request}
        pending = self.message_store.pending(**filters)
        return _ids(interface, "listPendingMessagesResponse", pending[::-1] if self.faults.shuffled else pending)

    def _push_failed(self, interface: Interface, request: etree._Element) -> Body:  # noqa: ARG002 - as the others
        return _ids(interface, "listPushFailedMessagesResponse", self.message_store.push_failed(MOST_PUSHES))

    def _push_again(self, interface: Interface, request: etree._Element) -> Body:  # noqa: ARG002 - as the others
        self.message_store.push_again(element.text or "" for element in request)
        return write_envelope(_empty())

    def _status(self, interface: Interface, request: etree._Element) -> Body:
        envelope, answer = new_envelope(interface.namespace, "getStatusResponse")
        answer.text = self.message_store.status(_id(request), _role(request))
        return write_envelope(envelope)

    def _errors(self, interface: Interface, request: etree._Element) -> Body:
        envelope, answer = new_envelope(interface.namespace, "getMessageErrorsResponse")
        for role, code, detail, at in self.message_store.errors(_id(request), _role(request)):
            item = etree.SubElement(answer, "item")
            told = {
                "domibusErrorCode" if interface.keeps else "errorCode": code,
                "errorDetail": detail,
                "messageInErrorId": _id(request),
                "mshRole": role,
                "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
            }
            for name, value in told.items():
                etree.SubElement(item, name).text = value
        return write_envelope(envelope)

    def _waiting(self, request: etree._Element, *, whole: bool = False) -> StoredMessage:
        held = self.message_store.find(_id(request), "RECEIVING", whole=whole)
        if held is None or held.status != "RECEIVED":
            raise Refused("WS_PLUGIN_0009", f"Message not found, id [{_id(request)}]")
        return held

    def _downloaded(self, held: StoredMessage) -> None:
        if self.purges:
            self.message_store.purge(held.parcel.transport_id, "RECEIVING")
        else:
            self.message_store.set_status(held.parcel.transport_id, "RECEIVING", "DOWNLOADED")

    def _header(self, held: StoredMessage) -> etree._Element:
        at = datetime.fromtimestamp(held.received, UTC)
        return messaging(held.parcel, held.party, held.parcel.conversation_id, to=self.party, at=at)


def operation_of(interface: Interface, request: etree._Element) -> str:
    """Return the operation that a request's element belongs to. Raises `Refused` for one that none has."""
    for name, operation in operations(interface).items():
        if request.tag == f"{{{interface.namespace}}}{operation.request}":
            return name
    raise Refused("", f"No operation takes {etree.QName(request).localname}.")


def fault(interface: Interface, code: str, words: str) -> Body:
    """Return a SOAP 1.2 fault; without a code it is the SOAP library's, which did not understand the request."""
    envelope = etree.Element(f"{{{NS_SOAP}}}Envelope", nsmap={"soap": NS_SOAP, "ws": interface.namespace})
    body = etree.SubElement(envelope, f"{{{NS_SOAP}}}Body")
    element = etree.SubElement(body, f"{{{NS_SOAP}}}Fault")
    value = etree.SubElement(etree.SubElement(element, f"{{{NS_SOAP}}}Code"), f"{{{NS_SOAP}}}Value")
    value.text = "soap:Receiver" if code else "soap:Sender"
    reason = etree.SubElement(etree.SubElement(element, f"{{{NS_SOAP}}}Reason"), f"{{{NS_SOAP}}}Text")
    reason.text = words
    reason.set(_XML_LANG, "en")
    if code:
        parent = etree.SubElement(element, f"{{{NS_SOAP}}}Detail")
        detail = etree.SubElement(parent, f"{{{interface.namespace}}}FaultDetail")
        etree.SubElement(detail, "code").text = code
        etree.SubElement(detail, "message").text = words
    return write_envelope(envelope)


def nonsense(interface: Interface) -> Body:
    """Return an envelope that answers nothing that was asked."""
    envelope, _ = new_envelope(interface.namespace, "weather")
    return write_envelope(envelope)


def _ids(interface: Interface, name: str, transport_ids: list[str]) -> Body:
    envelope, answer = new_envelope(interface.namespace, name)
    for transport_id in transport_ids:
        etree.SubElement(answer, "messageID").text = transport_id
    return write_envelope(envelope)


def _empty() -> etree._Element:
    envelope = etree.Element(f"{{{NS_SOAP}}}Envelope", nsmap={"soap": NS_SOAP})
    etree.SubElement(envelope, f"{{{NS_SOAP}}}Body")
    return envelope


def _id(request: etree._Element) -> str:
    return request.findtext("messageID") or ""


def _role(request: etree._Element) -> Role | None:
    role = request.findtext("accessPointRole")
    return "RECEIVING" if role == "RECEIVING" else "SENDING" if role == "SENDING" else None
