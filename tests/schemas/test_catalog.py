"""The schema catalog: compiled once in a thread, closed to everything outside the package."""

import threading
from base64 import b64encode

import pytest
from lxml import etree

import budkavle_schemas

SMP = "http://docs.oasis-open.org/bdxr/ns/SMP/2016/05"


CERTIFICATE = b64encode(b"-----BEGIN CERTIFICATE-----").decode()


def answer(certificate: str = CERTIFICATE, mime: str = ' mimeCode="application/base64"') -> bytes:
    return f"""<ServiceMetadata xmlns="{SMP}"><ServiceInformation>
      <ParticipantIdentifier scheme="iso6523-actorid-upis">0203:digg.se</ParticipantIdentifier>
      <DocumentIdentifier scheme="busdox-docid-qns">urn:x</DocumentIdentifier>
      <ProcessList><Process><ProcessIdentifier scheme="urn:y">bdx:noprocess</ProcessIdentifier><ServiceEndpointList>
        <Endpoint transportProfile="digg-transport-as4-v1_0"><EndpointURI>https://ap.example</EndpointURI></Endpoint>
      </ServiceEndpointList></Process></ProcessList>
      <Extension><ExtensionID>urn:fdc:digg.se:edelivery:xml-extension:smp-certpub:1.0</ExtensionID>
        <c:Certificate xmlns:c="http://docs.oasis-open.org/bdxr/ns/SMP/2/AggregateComponents"
                       xmlns:b="http://docs.oasis-open.org/bdxr/ns/SMP/2/BasicComponents">
          <b:TypeCode>urn:fdc:digg.se:edelivery:certpub:signing-cert</b:TypeCode>
          <b:ContentBinaryObject{mime}>{certificate}</b:ContentBinaryObject>
        </c:Certificate></Extension>
    </ServiceInformation></ServiceMetadata>""".encode()


@pytest.mark.parametrize("name", budkavle_schemas.NAMES)
def test_every_schema_compiles_once_in_a_thread(name: str) -> None:
    """The second call gives the same object, another thread its own: a schema keeps the log of its last document."""
    others: list[etree.XMLSchema] = []
    thread = threading.Thread(target=lambda: others.append(budkavle_schemas.load(name)))
    thread.start()
    thread.join()
    assert budkavle_schemas.load(name) is budkavle_schemas.load(name)
    assert others[0] is not budkavle_schemas.load(name)


@pytest.mark.parametrize("name", ["order", "../message", "message.xsd"])
def test_an_unknown_schema_is_named(name: str) -> None:
    """The error says which name is missing and which there are."""
    with pytest.raises(KeyError, match="the catalog has message"):
        budkavle_schemas.load(name)


@pytest.mark.parametrize("name", ["../pyproject.toml", "none.xsd", "__init__.py"])
def test_no_file_outside_the_catalog_is_read(name: str) -> None:
    """Only the package's own schema files can be asked for."""
    with pytest.raises(KeyError, match="no schema file"):
        budkavle_schemas.source(name)


def test_a_published_certificate_is_valid() -> None:
    """An SMP answer with CertPub's extension follows the schema (C3.4.5, section 2.2)."""
    assert budkavle_schemas.load("smp").validate(etree.fromstring(answer()))


@pytest.mark.parametrize("damaged", [answer(certificate="<b/>"), answer(mime="")])
def test_a_damaged_certificate_is_not(damaged: bytes) -> None:
    """A certificate must be text and say its MIME type."""
    assert not budkavle_schemas.load("smp").validate(etree.fromstring(damaged))
