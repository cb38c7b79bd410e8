"""Envelopes, to XML and back."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from budkavle_sdk_transport.envelope.validation import check_envelope
from budkavle_sdk_transport.envelope.xhe import Envelope, build_envelope, payload_of, read_envelope
from budkavle_sdk_transport.formats.identifiers import (
    DOCUMENT_MESSAGE,
    DOCUMENT_RECEIPT,
    ROOT_MESSAGE,
    ROOT_RECEIPT,
)
from budkavle_sdk_transport.formats.xml import MalformedXml, parse

any_value = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.mark.feature("SD1")
@any_value
@given(data=st.data())
def test_every_envelope_survives_the_round_trip(strategies: SimpleNamespace, data: st.DataObject) -> None:
    """Build, check, read: the envelope and its payload come back, in canonical form."""
    envelope = data.draw(strategies.envelope)
    document = build_envelope(envelope, b'<p xmlns="urn:x">1</p>')
    root = parse(document)
    assert check_envelope(root) == []
    assert read_envelope(root) == envelope
    assert (payload_of(root).tag, payload_of(root).text) == ("{urn:x}p", "1")
    assert etree.tostring(root, method="c14n") == document


def test_the_document_type_is_told_from_the_document_id(full_envelope: Envelope) -> None:
    """DocumentTypeCode names the payload's root element as an EQName (C3.2.2, 2.2)."""
    assert replace(full_envelope, document=DOCUMENT_MESSAGE).document_type == ROOT_MESSAGE
    assert replace(full_envelope, document=DOCUMENT_RECEIPT).document_type == ROOT_RECEIPT


@pytest.mark.feature("SD1", "SD3")
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (">application/xml<", ">text/plain<", "XHE-CS-ContentType"),
        (f">{ROOT_MESSAGE}<", f">{ROOT_RECEIPT}<", "XHE-CS-DocumentType"),
        (f">{ROOT_MESSAGE}<", ">Q{urn:x}y<", "XHE-CS-DocumentType"),
    ],
)
def test_an_envelope_says_what_its_payload_is(full_envelope: Envelope, old: str, new: str, rule: str) -> None:
    """The payload is XML and named by its root element (C3.2.2, 2.2; B1.3.3, 3.2)."""
    document = build_envelope(replace(full_envelope, document=DOCUMENT_MESSAGE), b'<p xmlns="urn:x">1</p>').decode()
    assert check_envelope(parse(document.encode())) == []
    assert document.count(old) == 1
    assert [finding.rule for finding in check_envelope(parse(document.replace(old, new).encode()))] == [rule]


def test_a_payload_of_text_is_no_payload(full_envelope: Envelope) -> None:
    """An envelope may hold other things than XML; SDK's never does."""
    root = parse(build_envelope(full_envelope, b"<!-- none -->text"))
    with pytest.raises(MalformedXml, match="inget innehåll i XML"):
        payload_of(root)
