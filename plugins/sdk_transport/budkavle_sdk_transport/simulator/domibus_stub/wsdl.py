"""The stub's WSDL and schemas, of both interfaces; a test holds them to Domibus's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from budkavle_sdk_transport.access_points.domibus.interfaces import INTERFACES, NS_EBMS, Interface

NEW, OLD = INTERFACES["wsplugin"], INTERFACES["backend"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: the elements of its request and its answer, and which of them has an ebMS header."""

    request: str
    answer: str = ""
    header_in: bool = False
    header_out: bool = False


OPERATIONS: Final[Mapping[str, Operation]] = {
    "submitMessage": Operation("submitRequest", "submitResponse", header_in=True),
    "retrieveMessage": Operation("retrieveMessageRequest", "retrieveMessageResponse", header_out=True),
    "markMessageAsDownloaded": Operation(
        "markMessageAsDownloadedRequest", "markMessageAsDownloadedResponse", header_out=True
    ),
    "listPendingMessages": Operation("listPendingMessagesRequest", "listPendingMessagesResponse"),
    "listPushFailedMessages": Operation("listPushFailedMessagesRequest", "listPushFailedMessagesResponse"),
    "rePushFailedMessages": Operation("rePushFailedMessagesRequest"),
    "getStatus": Operation("statusRequest", "getStatusResponse"),
    "getStatusWithAccessPointRole": Operation("statusRequestWithAccessPointRole", "getStatusResponse"),
    "getMessageErrors": Operation("getErrorsRequest", "getMessageErrorsResponse"),
    "getMessageErrorsWithAccessPointRole": Operation("getErrorsRequestWithAccessPointRole", "getMessageErrorsResponse"),
}
_OLD_ONES: Final = ("submitMessage", "retrieveMessage", "listPendingMessages", "getStatus", "getMessageErrors")

STATUSES: Final = (
    "READY_TO_SEND",
    "READY_TO_PULL",
    "BEING_PULLED",
    "SEND_ENQUEUED",
    "SEND_IN_PROGRESS",
    "WAITING_FOR_RECEIPT",
    "ACKNOWLEDGED",
    "ACKNOWLEDGED_WITH_WARNING",
    "SEND_ATTEMPT_FAILED",
    "SEND_FAILURE",
    "NOT_FOUND",
    "WAITING_FOR_RETRY",
    "RECEIVED",
    "RECEIVED_WITH_WARNINGS",
    "DELETED",
    "DOWNLOADED",
)


def operations(interface: Interface) -> Mapping[str, Operation]:
    """Return the operations of an interface."""
    return OPERATIONS if interface is NEW else {name: OPERATIONS[name] for name in _OLD_ONES}


def wsdl(interface: Interface, address: str) -> bytes:
    """Return the WSDL, whose schemas are at the same address with `?xsd=...`, as CXF serves them."""
    served = operations(interface)
    imports = "".join(
        f'<s:schema><s:import namespace="{name}" schemaLocation="{address}?xsd={file}"/></s:schema>'
        for name, file in ((interface.namespace, "body.xsd"), (NS_EBMS, "header.xsd"))
    )
    parts = "".join(
        "".join(pieces)
        for pieces in (
            *(_messages(name, operation) for name, operation in served.items()),
            [f'<message name="fault">{_part("fault", "tns:FaultDetail")}</message>'],
            ['<portType name="Interface">'],
            (_ported(name) for name in served),
            ['</portType><binding name="Binding" type="tns:Interface">'],
            ['<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'],
            *(_bound(name, operation) for name, operation in served.items()),
            ['</binding><service name="Service"><port binding="tns:Binding" name="PORT">'],
            [f'<soap:address location="{address}"/></port></service>'],
        )
    )
    return (
        f'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap12/" '
        f'xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:eb="{NS_EBMS}" xmlns:tns="{interface.namespace}" '
        f'targetNamespace="{interface.namespace}"><types>{imports}</types>{parts}</definitions>'
    ).encode()


def schema(interface: Interface, name: str) -> bytes | None:
    """One of the schemas that the WSDL imports; None where there is none of that name."""
    if name == "header.xsd":
        return _HEADER.format(ns=NS_EBMS).encode()
    if name == "body.xsd":
        return _body(interface).encode()
    return None


def _messages(name: str, operation: Operation) -> Iterator[str]:
    header = _part("ebMSHeaderInfo", "eb:Messaging")
    request = _part("body", f"tns:{operation.request}")
    yield f'<message name="{name}">{request}{header if operation.header_in else ""}</message>'
    answer = _part("body", f"tns:{operation.answer}") if operation.answer else ""
    yield f'<message name="{name}Response">{answer}{header if operation.header_out else ""}</message>'


def _part(name: str, element: str) -> str:
    return f'<part name="{name}" element="{element}"/>'


def _ported(name: str) -> str:
    return (
        f'<operation name="{name}"><input message="tns:{name}"/><output message="tns:{name}Response"/>'
        '<fault name="fault" message="tns:fault"/></operation>'
    )


def _bound(name: str, operation: Operation) -> Iterator[str]:
    yield f'<operation name="{name}"><soap:operation soapAction="" style="document"/>'
    for place, message, with_header in (
        ("input", name, operation.header_in),
        ("output", f"{name}Response", operation.header_out),
    ):
        header = f'<soap:header message="tns:{message}" part="ebMSHeaderInfo" use="literal"/>' if with_header else ""
        parts = ' parts="body"' if with_header else ""
        yield f'<{place}>{header}<soap:body{parts} use="literal"/></{place}>'
    yield '<fault name="fault"><soap:fault name="fault" use="literal"/></fault></operation>'


def _body(interface: Interface) -> str:
    """Return the schema of the bodies."""
    old = interface is OLD
    elements = [
        _element("submitRequest", _PAYLOADS),
        _element("submitResponse", _IDS),
        _element("retrieveMessageRequest", _one("messageID"), "" if old else _MARK),
        _element("retrieveMessageResponse", _PAYLOADS),
        _element("listPendingMessagesResponse", _IDS),
        _element("statusRequest", _one("messageID")),
        _element("getErrorsRequest", _one("messageID")),
        _element("FaultDetail", _one("code") + '<element name="message" nillable="true" type="string"/>'),
        '<element name="getStatusResponse" nillable="true" type="tns:messageStatus"/>',
        '<element name="getMessageErrorsResponse" type="tns:errors"/>',
        '<element name="listPendingMessagesRequest" type="anyType"/>' if old else "",
    ]
    if not old:
        elements += _newer()
    statuses = "".join(f'<enumeration value="{status}"/>' for status in STATUSES)
    code = "errorCode" if old else "domibusErrorCode"
    return _BODY.format(ns=interface.namespace, statuses=statuses, code=code, elements="".join(elements))


def _newer() -> list[str]:
    role = '<element name="accessPointRole" type="tns:mshRole"/>'
    times = "".join(
        f'<element name="{time}" minOccurs="0" type="dateTime"/>' for time in ("receivedFrom", "receivedTo")
    )
    filters = ("messageId", "conversationId", "refToMessageId", "fromPartyId", "finalRecipient", "originalSender")
    few = ("messageId", "finalRecipient", "originalSender")
    return [
        _element("markMessageAsDownloadedRequest", _one("messageID")),
        _element("markMessageAsDownloadedResponse", _one("messageID")),
        _element("listPendingMessagesRequest", "".join(_one(name, 'minOccurs="0"') for name in filters) + times),
        _element("listPushFailedMessagesRequest", "".join(_one(name, 'minOccurs="0"') for name in few) + times),
        _element("listPushFailedMessagesResponse", _IDS),
        _element("rePushFailedMessagesRequest", _IDS),
        _element("statusRequestWithAccessPointRole", _one("messageID") + role),
        _element("getErrorsRequestWithAccessPointRole", _one("messageID") + role),
    ]


def _element(name: str, content: str, more: str = "") -> str:
    return f'<element name="{name}"><complexType><sequence>{content}</sequence>{more}</complexType></element>'


def _one(name: str, more: str = "") -> str:
    return f'<element name="{name}" type="string" {more}/>'


_IDS: Final = _one("messageID", 'minOccurs="0" maxOccurs="unbounded" nillable="true"')
_MARK: Final = '<attribute name="markAsDownloaded" type="string" default="true"/>'
_PAYLOADS: Final = (
    '<element name="bodyload" minOccurs="0" type="tns:LargePayloadType"/>'
    '<element name="payload" minOccurs="0" maxOccurs="unbounded" type="tns:LargePayloadType"/>'
)
_BODY: Final = """\
<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:tns="{ns}" targetNamespace="{ns}">
  <import namespace="http://www.w3.org/XML/1998/namespace"/>
  <simpleType name="messageStatus"><restriction base="string">{statuses}</restriction></simpleType>
  <simpleType name="mshRole">
    <restriction base="string"><enumeration value="SENDING"/><enumeration value="RECEIVING"/></restriction>
  </simpleType>
  <complexType name="LargePayloadType">
    <sequence><element name="value" type="base64Binary"/></sequence>
    <attribute name="payloadId" type="token"/><attribute name="contentType" type="string"/>
  </complexType>
  <complexType name="error">
    <sequence>
      <element name="{code}" minOccurs="0" type="string"/>
      <element name="errorDetail" minOccurs="0" type="string"/>
      <element name="messageInErrorId" minOccurs="0" type="string"/>
      <element name="mshRole" minOccurs="0" type="tns:mshRole"/>
      <element name="notified" minOccurs="0" type="dateTime"/>
      <element name="timestamp" minOccurs="0" type="dateTime"/>
    </sequence>
  </complexType>
  <complexType name="errors">
    <sequence>
      <element name="item" minOccurs="0" maxOccurs="unbounded" nillable="true" type="tns:error"/>
    </sequence>
  </complexType>
  {elements}
</schema>
"""
_HEADER: Final = """\
<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{ns}" elementFormDefault="qualified">
  <element name="Messaging">
    <complexType>
      <sequence><any minOccurs="0" namespace="##targetNamespace" processContents="skip"/></sequence>
      <attribute name="mustUnderstand" type="boolean"/>
    </complexType>
  </element>
</schema>
"""
