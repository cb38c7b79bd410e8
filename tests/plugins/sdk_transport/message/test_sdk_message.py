"""The SDK message, to XML and back."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from budkavle_sdk_transport.formats.timestamps import format_moment, read_moment
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.formats.xml_writer import UnfitText
from budkavle_sdk_transport.message.conversion import incoming
from budkavle_sdk_transport.message.sdk_message import (
    Attachment,
    Person,
    SdkMessage,
    build_message,
    decode_base64,
    read_message,
)
from budkavle_sdk_transport.message.validation import check_message


@pytest.mark.feature("SD1", "SD10", "SD11")
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_message_survives_the_round_trip(strategies: SimpleNamespace, data: st.DataObject) -> None:
    """Build, check, read: nothing is lost, and blank optional parts are left out."""
    message = data.draw(strategies.message)
    document = build_message(message)
    root = parse(document)
    assert check_message(root, size=len(document)) == []
    assert read_message(root) == message
    assert etree.tostring(root, method="c14n") == document


@pytest.mark.feature("SD10", "SD11")
def test_references_persons_and_confidentiality_stand_in_the_message(full_message: SdkMessage) -> None:
    """References and persons of both parties and the flag are where the content specification puts them."""
    root = parse(build_message(full_message))
    names = {"m": str(etree.QName(root).namespace)}
    header = "m:message/m:messageHeader"
    assert root.findtext(f"{header}/m:confidentiality", namespaces=names) == "true"
    reference = f"{header}/m:sender/m:attention/m:reference/m:referenceId/m:extension"
    assert root.findtext(reference, namespaces=names) == "2026/17"
    assert len(root.findall(f"{header}/m:recipient/m:attention/m:person", names)) == 2


def test_blank_parts_are_left_out(full_message: SdkMessage) -> None:
    """What nobody filled in is not sent as an empty element."""
    party = replace(full_message.sender, label=" ", persons=(Person(None, " "), Person(None, None)))
    message = replace(full_message, sender=party, label="\n", texts=("Hej", " "), document_name="")
    read = read_message(parse(build_message(message)))
    assert (read.label, read.texts, read.sender.label, read.sender.persons) == (None, ("Hej",), None, ())


def test_a_sender_without_a_function_is_read(full_message: SdkMessage) -> None:
    """The schema lets a sender leave its attention out."""
    message = replace(full_message, sender=replace(full_message.sender, function=""))
    root = parse(build_message(message))
    assert check_message(root) == []
    assert read_message(root).sender.function == ""


def test_documents_are_read_in_the_order_of_their_index(full_message: SdkMessage) -> None:
    """Several documents become one message, in the sender's order (section 4.3.3.1)."""
    one = build_message(replace(full_message, attachments=(), texts=("first",)))
    start, end = one.index(b"<sdk:documents>"), one.index(b"</sdk:messageBody>")
    second = one[start:end].replace(b"<sdk:index>1<", b"<sdk:index>10<").replace(b"first", b"second")
    root = parse(one[:start] + second + one[start:])
    assert read_message(root).texts == ("first", "second")


def of_documents(message: SdkMessage, *documents: SdkMessage) -> SdkMessage:
    """Return the message as it is read when it has the documents of all of these."""
    body = re.compile(rb"<sdk:documents>.*</sdk:documents>", re.DOTALL)
    parts = [body.search(build_message(document)) for document in documents]
    inside = b"".join(part[0] for part in parts if part)
    root = parse(body.sub(lambda _: inside, build_message(message)))
    assert check_message(root) == []
    return read_message(root)


@pytest.mark.feature("SD1")
def test_each_document_of_several_has_its_name_above_it(full_message: SdkMessage) -> None:
    """Who reads the message sees which text and which files belong to which document; nothing is added to one."""
    note = replace(full_message, document_name="Tjänste\n  anteckning", texts=("Ett", "Två"), attachments=())
    files = (Attachment("beslut.pdf", "application/pdf", b"%PDF-"), Attachment("bilaga.pdf", "application/pdf", b"%"))
    decision = replace(full_message, document_name="Beslut", texts=(), attachments=files)
    nameless = replace(full_message, document_name=None, document_id="SDK 3", texts=("Tre",), attachments=())
    at = datetime(2026, 12, 1, tzinfo=UTC)
    several = incoming(of_documents(full_message, note, decision, nameless), uuid4(), at)
    assert several.body == (
        "## Tjänste anteckning\n\nEtt\n\nTvå\n\n## Beslut\n\n* beslut.pdf\n* bilaga.pdf\n\n## SDK 3\n\nTre"
    )
    assert incoming(of_documents(full_message, note), uuid4(), at).body == "Ett\n\nTvå"
    assert incoming(of_documents(full_message, nameless, nameless), uuid4(), at).body == "Tre\n\nTre"


def test_a_character_that_xml_cannot_carry_is_named(full_message: SdkMessage) -> None:
    """The sentence tells field and character, so that the page can say it at the field."""
    with pytest.raises(UnfitText, match=r"characterSequence has the character U\+000B"):
        build_message(replace(full_message, texts=("a\x0bb",)))


@given(st.binary(max_size=300))
def test_base64_of_any_bytes_comes_back_also_wrapped(content: bytes) -> None:
    """Files come back whole, in one line or wrapped at 76 columns."""
    text = b64encode(content).decode()
    assert decode_base64(text) == content
    assert decode_base64("\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))) == content


@pytest.mark.parametrize("text", ["QUI", "Q", "QUJD=", "QUJD!", "QU-_", "QU=D", "Q=UJ", "QUI=QUJD", "å", "QUJD\u00a0"])
def test_other_base64_is_refused(text: str) -> None:
    """Wrong padding and foreign characters are no base64 (RFC 4648)."""
    with pytest.raises(ValueError, match=r"."):
        decode_base64(text)


def test_moments_are_written_in_utc_with_milliseconds() -> None:
    """The rules demand a fraction and Z (always .000Z, never left out)."""
    moment = datetime(2026, 1, 2, 1, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    assert format_moment(moment) == "2026-01-01T23:00:00.000Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.1Z", datetime(2026, 1, 2, 3, 4, 5, 100_000, tzinfo=UTC)),
        (" 2026-01-02T03:04:05.1234567891+14:00 ", datetime(2026, 1, 1, 13, 4, 5, 123_456, tzinfo=UTC)),
        ("2026-01-02T24:00:00-01:00", datetime(2026, 1, 3, 1, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("-0044-03-15T12:00:00", datetime.min.replace(tzinfo=UTC)),
        ("12026-01-01T00:00:00Z", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_moments_of_xml_schema_are_read(text: str, moment: datetime) -> None:
    """Every moment that the schema lets through becomes one of Python's."""
    assert read_moment(text) == moment


@pytest.mark.feature("SD13")
def test_a_message_of_thirty_megabytes_is_built_checked_and_read(full_message: SdkMessage) -> None:
    """The largest message passes, also beyond the 10 MB that libxml2 allows a text."""
    content = bytes(22 * 10**6)
    message = replace(full_message, attachments=(Attachment("big.pdf", "application/pdf", content),))
    document = build_message(message)
    root = parse(document)
    assert check_message(root, size=len(document)) == []
    assert read_message(root) == message
