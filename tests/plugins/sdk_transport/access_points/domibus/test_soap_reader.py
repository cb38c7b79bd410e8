"""Reading SOAP piece by piece: any pieces give the same message, and nothing strange is let through."""

import base64
import gc
import io
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from budkavle_sdk_transport.access_points.domibus.ebms_header import as_parcel, submission
from budkavle_sdk_transport.access_points.domibus.interfaces import (
    INTERFACES,
    NS_SOAP,
    PUSHED,
    SOAP_TYPE,
    Interface,
)
from budkavle_sdk_transport.access_points.domibus.multipart import Body, write_inline, write_related
from budkavle_sdk_transport.access_points.domibus.soap_reader import read_message
from budkavle_sdk_transport.access_points.domibus.streaming import IncomingBody, Unreadable
from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT

KINDS = [*INTERFACES.values(), PUSHED]


def parcel(payload: bytes) -> Parcel:
    return Parcel("id-1", "0203:habo.example", "0203:kisa.example", DOCUMENT_RECEIPT, "conversation-1", payload)


def written(interface: Interface, payload: bytes, *, beside: bool) -> Body:
    include = "payload@test" if beside else ""
    envelope = submission(interface, parcel(payload), "AP0001-OPEN-TEST", "conversation-1", include)
    return write_related(etree.tostring(envelope), payload, include) if beside else write_inline(envelope, payload)


def straight(data: bytes, first: list[int], sizes: list[int], more: int = 0) -> IncomingBody:
    """The first of the data in pieces and the rest straight into memory; it says that there is `more` than there is."""
    wire, by_pieces, at_once = io.BytesIO(data), itertools.cycle(first), itertools.cycle(sizes)
    pieces = iter(lambda: wire.read(next(by_pieces)), b"")
    return IncomingBody(pieces, length=len(data) + more, fill=lambda view: wire.readinto(view[: next(at_once)]))


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(data):
            return
        yield data[at : at + size]
        at += size


@pytest.mark.feature("SD15")
@given(
    payload=st.binary(max_size=300).map(lambda data: data + b"\r\n--budkavle-" + data),
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=5),
    beside=st.booleans(),
    interface=st.sampled_from(KINDS),
)
@settings(max_examples=150)
def test_whatever_the_pieces_the_parcel_is_the_same(
    payload: bytes, sizes: list[int], beside: bool, interface: Interface
) -> None:
    """Beside the envelope or within it, in every interface's names; the length that was told is the one that came."""
    body = written(interface, payload, beside=beside)
    data = b"".join(body.pieces)
    assert len(data) == body.length
    assert as_parcel(read_message(body.content_type, IncomingBody(cut(data, sizes)))) == parcel(payload)


SIZES = st.lists(st.integers(1, 400), min_size=1, max_size=5)


@given(
    payload=st.binary(max_size=300).map(lambda data: data + b"\r\n--budkavle-" + data),
    first=SIZES,
    sizes=SIZES,
    beside=st.booleans(),
)
@settings(max_examples=150)
def test_read_straight_into_memory_it_is_the_same(
    payload: bytes, first: list[int], sizes: list[int], beside: bool
) -> None:
    """Wherever the pieces end and the rest begins, and however much of it comes at a time."""
    body = written(INTERFACES["wsplugin"], payload, beside=beside)
    incoming = straight(b"".join(body.pieces), first, sizes)
    assert as_parcel(read_message(body.content_type, incoming)) == parcel(payload)


@given(first=SIZES, sizes=SIZES, data=st.data())
@settings(max_examples=100)
def test_read_straight_it_is_never_half_a_message(first: list[int], sizes: list[int], data: st.DataObject) -> None:
    """What comes is shorter than was told, at whatever byte: it cannot be read, and nobody waits for more."""
    body = written(INTERFACES["wsplugin"], b"<xhe>bytes</xhe>" * 9, beside=True)
    whole = b"".join(body.pieces).rstrip()
    end = data.draw(st.integers(0, len(whole) - 2))
    with pytest.raises(Unreadable):
        as_parcel(read_message(body.content_type, straight(whole[:end], first, sizes, more=len(whole) - end)))


def test_further_parts_after_one_that_was_read_straight() -> None:
    """What stands behind the payload is read out of the same memory; the parts keep their order."""
    body = written(INTERFACES["wsplugin"], b"bytes" * 99, beside=True)
    whole = b"".join(body.pieces)
    boundary = body.content_type.rpartition("boundary=")[2].strip('"')
    more = f"\r\n--{boundary}\r\nContent-ID: <more@test>\r\n\r\nother--{boundary}--\r\n"
    data = whole.replace(f"\r\n--{boundary}--\r\n".encode(), more.encode() + f"\r\n--{boundary}--\r\n".encode())
    assert len(data) == len(whole) + len(more)
    assert as_parcel(read_message(body.content_type, straight(data, [700], [64]))).payload == b"bytes" * 99


def test_a_length_beyond_every_parcel_takes_no_memory() -> None:
    """Somebody who says that terabytes are to come is not believed, and no memory is made ready for them."""
    body = written(INTERFACES["wsplugin"], b"bytes" * 99, beside=True)
    incoming = straight(b"".join(body.pieces), [700], [64], more=2**44)
    with pytest.raises(Unreadable, match="larger"):
        read_message(body.content_type, incoming)


@given(data=st.data(), beside=st.booleans())
@settings(max_examples=150)
def test_what_breaks_off_is_never_half_a_message(data: st.DataObject, beside: bool) -> None:
    """At whatever byte: it cannot be read, since the last boundary or the last tag is not there."""
    body = written(INTERFACES["wsplugin"], b"<xhe>bytes</xhe>", beside=beside)
    whole = b"".join(body.pieces).rstrip()
    end = data.draw(st.integers(0, len(whole) - (2 if beside else 1)))
    with pytest.raises(Unreadable):
        as_parcel(read_message(body.content_type, IncomingBody([whole[:end]])))


@given(
    junk=st.binary(max_size=400),
    content_type=st.sampled_from(["text/xml", SOAP_TYPE, 'multipart/related;boundary="b"']),
)
@settings(max_examples=150)
def test_junk_is_unreadable_and_nothing_worse(junk: bytes, content_type: str) -> None:
    """Whatever comes, one error is all that comes of it."""
    with pytest.raises(Unreadable):
        read_message(content_type, IncomingBody([junk]))


ENVELOPE = f'<s:Envelope xmlns:s="{NS_SOAP}"><s:Body>%s</s:Body></s:Envelope>'
STRANGE = {
    "a DOCTYPE": '<!DOCTYPE s [<!ENTITY a "b">]>' + ENVELOPE % "&a;",
    "an external DTD": '<!DOCTYPE s SYSTEM "http://127.0.0.1:1/x.dtd">' + ENVELOPE % "",
    "SOAP 1.1": '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>',
    "depth": ENVELOPE % ("<a>" * 100 + "</a>" * 100),
    "crowds": ENVELOPE % ("<a/>" * 30_000),
    "much text": ENVELOPE % ("x" * (5 * 2**20)),
    "no base64": ENVELOPE % "<payload><value>!!!!</value></payload>",
    "base64 that ends early": ENVELOPE % "<payload><value>abc</value></payload>",
    "nothing": "",
}


@pytest.mark.parametrize("document", STRANGE.values(), ids=STRANGE.keys())
def test_what_no_access_point_says_is_not_read(document: str) -> None:
    """No DTD, no entities, bounds on everything."""
    with pytest.raises(Unreadable):
        read_message(SOAP_TYPE, IncomingBody([document.encode()]))


def test_more_than_any_parcel_is_not_read_to_its_end() -> None:
    """What never ends is stopped at the bound."""
    with pytest.raises(Unreadable, match="larger"):
        read_message(SOAP_TYPE, IncomingBody(itertools.repeat(b" " * 1000), most=10_000))


@pytest.mark.parametrize("content_type", ["text/html", "", "multipart/related", "multipart/form-data; boundary=x"])
def test_other_types_are_not_soap(content_type: str) -> None:
    """A proxy's page, or parts without a boundary."""
    with pytest.raises(Unreadable):
        read_message(content_type, IncomingBody([(ENVELOPE % "").encode()]))


def test_a_part_that_the_envelope_speaks_of_must_come() -> None:
    """An include of nothing is no empty payload."""
    body = written(INTERFACES["wsplugin"], b"bytes", beside=True)
    data = b"".join(body.pieces).replace(b"Content-ID: <payload@test>", b"Content-ID: <another@test>")
    with pytest.raises(Unreadable, match="did not come"):
        read_message(body.content_type, IncomingBody([data]))


@pytest.mark.parametrize("beside", [True, False], ids=["beside", "within"])
def test_nothing_holds_a_payload_that_has_been_read(beside: bool) -> None:
    """Its memory is free as soon as the message is, without waiting for a sweep of cycles."""
    body = written(INTERFACES["wsplugin"], b"bytes" * 99, beside=beside)
    gc.disable()
    try:
        content = read_message(body.content_type, IncomingBody(body.pieces)).payloads[0].content
        assert not gc.get_referrers(content)
    finally:
        gc.enable()


def test_an_encoded_reference_finds_its_part() -> None:
    """`cid:` addresses are percent-encoded (RFC 2392), as CXF writes them."""
    body = written(INTERFACES["wsplugin"], b"bytes", beside=True)
    data = b"".join(body.pieces).replace(b'href="cid:payload@test"', b'href="cid:payload%40test"')
    assert read_message(body.content_type, IncomingBody([data])).payloads[0].content == b"bytes"


def test_one_payload_is_chosen_by_its_name() -> None:
    """`cid:message`, whatever its case; two of which neither has the name are no parcel of ours."""
    body = written(INTERFACES["wsplugin"], b"bytes", beside=False)
    data = b"".join(body.pieces)
    more = f'<payload payloadId="cid:attachment"><value>{base64.b64encode(b"x").decode()}</value></payload>'.encode()
    both = data.replace(b"<payload ", more + b"<payload ", 1)
    assert as_parcel(read_message(SOAP_TYPE, IncomingBody([both]))).payload == b"bytes"
    with pytest.raises(Unreadable, match="2 payloads"):
        as_parcel(
            read_message(SOAP_TYPE, IncomingBody([both.replace(b'payloadId="cid:message"', b'payloadId="cid:other"')]))
        )
