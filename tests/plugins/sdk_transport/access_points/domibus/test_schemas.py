"""What we send and what the stub answers, held to Domibus's own WSDL and schemas."""

import base64
from collections.abc import Iterator
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
from budkavle_sdk_transport.access_points.domibus.connection import Connection
from budkavle_sdk_transport.access_points.domibus.ebms_header import envelope_id, new_envelope, submission
from budkavle_sdk_transport.access_points.domibus.interfaces import (
    INTERFACES,
    NS_EBMS,
    NS_PUSH,
    NS_SOAP,
    NS_XOP,
    PUSHED,
)
from budkavle_sdk_transport.access_points.domibus.multipart import Body
from budkavle_sdk_transport.access_points.domibus.push import _EMPTY, _fault
from budkavle_sdk_transport.access_points.interface import Parcel, ParcelNotFound
from budkavle_sdk_transport.access_points.message_status import DELIVERY_STATES
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE
from budkavle_sdk_transport.simulator.domibus_stub.wsdl import STATUSES


@pytest.fixture(scope="module")
def reference(shared: Path) -> Path:
    """Domibus's own WSDL and schemas."""
    folder = shared / "domibus-wsdl"
    if not folder.is_dir():
        pytest.skip("Domibus's WSDL ../shared/domibus-wsdl is not here")
    return folder


def schema_of(reference: Path, *files: tuple[str, str]) -> etree.XMLSchema:
    imports = "".join(
        f'<import namespace="{name}" schemaLocation="{(reference / file).as_uri()}"/>' for name, file in files
    )
    return etree.XMLSchema(etree.fromstring(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'))


SOAP_FILES = (
    ("http://www.w3.org/XML/1998/namespace", "xml.xsd"),
    ("http://www.w3.org/2005/05/xmlmime", "xmlmime.xsd"),
    ("http://www.w3.org/2003/05/soap-envelope", "envelope.xsd"),
)


@pytest.fixture(scope="module")
def schema(reference: Path) -> etree.XMLSchema:
    body = (INTERFACES["wsplugin"].namespace, "webservicePlugin-body.xsd")
    return schema_of(reference, *SOAP_FILES, body, (NS_EBMS, "webservicePlugin-header.xsd"))


@pytest.fixture(scope="module")
def push_schema(reference: Path) -> etree.XMLSchema:
    return schema_of(reference, *SOAP_FILES, (NS_PUSH, "BackendService.xsd"))


def judge(schema: etree.XMLSchema, root: etree._Element) -> str:
    """Hold an envelope and all in it that has a schema of its own to it; returns the name of what its body has.

    What is in an envelope's header and body is judged laxly by the envelope's schema, so each is judged by itself too.
    """
    body = root.find("{*}Body/*")
    inner = [*root.iterfind("{*}Header/*"), *root.iterfind("{*}Body/{*}Fault/{*}Detail/*")]
    # Its body may have elements of other namespaces only, so that its own faults do not fit into it.
    is_fault = body is not None and body.tag == f"{{{NS_SOAP}}}Fault"
    for one in [*([] if is_fault else [root]), *inner, *([] if body is None else [body])]:
        schema.assertValid(one)
    return "" if body is None else etree.QName(body).localname


def whole(content_type: str, data: bytes) -> etree._Element:
    """The envelope as a schema judges it: what is beside it put back in its place (XOP 1.0, section 2)."""
    if not content_type.startswith("multipart/"):
        return etree.fromstring(data)
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + data)
    parts: Any = message.get_payload()
    root = etree.fromstring(parts[0].get_payload(decode=True))
    beside = {part["Content-ID"].strip("<>"): part.get_payload(decode=True) for part in parts[1:]}
    for include in list(root.iter(f"{{{NS_XOP}}}Include")):
        value = include.getparent()
        assert value is not None
        value.text = base64.b64encode(beside[include.get("href", "").removeprefix("cid:")]).decode()
        value.remove(include)
    return root


class Recording(Connection):
    """A connection that keeps what goes over it."""

    def post(self, body: Body, read: Any) -> Any:
        sent = b"".join(body.pieces)
        self.sent = [*getattr(self, "sent", []), (body.content_type, sent)]

        def heard(content_type: str, chunks: Iterator[bytes]) -> Any:
            data = b"".join(chunks)
            self.heard = [*getattr(self, "heard", []), (content_type, data)]
            return read(content_type, iter([data]))

        return super().post(Body(body.content_type, body.length, [sent]), heard)


def everything(pair: Any, client: DomibusAccessPoint) -> None:
    """Call every operation, with good ends and bad."""
    parcel = pair.parcel(b"<xhe>bytes</xhe>", recipient="0203:habo.example")
    client.submit(parcel)
    with pytest.raises(ParcelNotFound):
        client.parcel("not-there")
    client.submit(parcel)  # refused as a duplicate, and asked for
    pair.wait_for(client, parcel.transport_id, "ACKNOWLEDGED")
    assert parcel.transport_id in client.pending("0203:habo.example")
    assert client.parcel(parcel.transport_id).payload == parcel.payload
    client.mark_downloaded(parcel.transport_id)
    lost = pair.parcel(recipient="0203:nobody.example")
    client.submit(lost)
    pair.wait_for(client, lost.transport_id, "SEND_FAILURE")
    assert client.errors(lost.transport_id)
    client.push_failed("0203:habo.example")
    client.push_again(["one", "two"])


@pytest.mark.feature("SD15")
@pytest.mark.parametrize("mtom", ["always", "never"])
def test_every_message_and_every_answer_follows_the_schemas(
    pair: Any, schema: etree.XMLSchema, monkeypatch: pytest.MonkeyPatch, mtom: str
) -> None:
    """All operations, both ways of carrying a payload, faults too; nothing is sent that Domibus's schemas refuse."""
    monkeypatch.setattr("budkavle_sdk_transport.access_points.domibus.client.Connection", Recording)
    client = pair.client(pair.habo, mtom=mtom)
    everything(pair, client)
    connection: Any = client._connection
    assert len(connection.sent) == len(connection.heard) > 12
    seen = {judge(schema, whole(*one)) for one in (*connection.sent, *connection.heard)}
    assert {"submitRequest", "retrieveMessageResponse", "markMessageAsDownloadedRequest", "Fault"} <= seen
    assert {"listPushFailedMessagesRequest", "getMessageErrorsResponse", "getStatusResponse"} <= seen


def test_the_client_speaks_by_the_real_wsdl(pair: Any, reference: Path) -> None:
    """The same calls, with zeep reading Domibus's own WSDL from its file: nothing is asked of any other host."""
    client = pair.client(pair.habo, wsdl=str(reference / "WebServicePlugin.wsdl"))
    everything(pair, client)


def test_the_stubs_wsdl_has_the_operations_of_the_real_one(pair: Any, reference: Path) -> None:
    """The same ten operations with the same arguments, answers and headers, as zeep understands both."""

    def told(client: DomibusAccessPoint) -> dict[str, tuple[Any, ...]]:
        operations: Any = client._control._bound()._binding._operations
        return {
            name: tuple((fields(side.body), fields(side.header)) for side in (one.input, one.output))
            for name, one in operations.items()
        }

    def fields(part: Any) -> list[str]:
        elements = [] if part is None else getattr(part.type, "elements", [])
        return [f"{name} {element.min_occurs}..{element.max_occurs}" for name, element in elements]

    served = told(pair.client(pair.habo))
    assert served == told(pair.client(pair.habo, wsdl=str(reference / "WebServicePlugin.wsdl")))
    assert len(served) == 10


def test_the_words_for_a_status_are_the_real_ones(schema: etree.XMLSchema, reference: Path) -> None:
    """All sixteen, in the schema's order."""
    listed = etree.parse(reference / "webservicePlugin-body.xsd").iterfind(
        "{*}simpleType[@name='messageStatus']/{*}restriction/{*}enumeration"
    )
    assert [one.get("value") for one in listed] == list(STATUSES)
    assert set(STATUSES) == DELIVERY_STATES.keys()


def test_what_a_stub_pushes_and_what_we_answer_follows_the_schema(push_schema: etree.XMLSchema, pair: Any) -> None:
    """A whole message, its header in the backend's own names; a bell; our empty answer and our fault."""
    envelope = submission(PUSHED, pair.parcel(b"<xhe/>"), "AP0001-OPEN-TEST", "conversation-1")
    next(envelope.iter("value")).text = base64.b64encode(b"<xhe/>").decode()
    assert judge(push_schema, envelope) == "submitRequest"
    for name in ("receiveSuccess", "sendFailure"):
        envelope, told = new_envelope(NS_PUSH, name)
        etree.SubElement(told, "messageID").text = "id"
        assert judge(push_schema, envelope) == name
    assert judge(push_schema, etree.fromstring(_EMPTY)) == ""
    assert judge(push_schema, etree.fromstring(_fault("NotFound"))) == "Fault"


def test_a_submission_says_all_that_diggs_example_says(shared: Path, pair: Any) -> None:
    """Each element and attribute of the example, in the older interface's names, stands in ours with the same value."""
    file = shared / "sdk-spec/examples/as4_xhe_encrypted.xml"
    if not file.exists():
        pytest.skip("Digg's example ../shared/sdk-spec/examples is not here")
    example = etree.parse(file).getroot()
    payload = base64.b64decode(example.findtext(".//value") or "")
    parcel = Parcel(
        "70c5ea37-f4a9-4771-b0c7-09becd024bda",
        "0203:testb.testbed.inera.se",
        "0203:testa.testbed.inera.se",
        DOCUMENT_MESSAGE,
        "conversation",
        payload,
    )
    envelope = submission(INTERFACES["backend"], parcel, "AP0007-OPEN-TEST", "conversation")
    next(envelope.iter("value")).text = example.findtext(".//value")
    assert facts(example) - facts(envelope) == set()
    assert envelope_id(payload) == "70c5ea37-f4a9-4771-b0c7-09becd024bda"


def facts(root: etree._Element) -> set[tuple[str, str, str]]:
    """Every element's path with its text, and every attribute's with its value."""
    found: set[tuple[str, str, str]] = set()
    tree = root.getroottree()
    for element in root.iter("*"):
        path = tree.getelementpath(element)
        found.add((path, "", (element.text or "").strip()))
        found |= {(path, str(name), str(value)) for name, value in element.attrib.items()}
    return found
