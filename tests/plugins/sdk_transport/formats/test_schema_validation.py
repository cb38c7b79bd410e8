"""What is found in damaged documents, and how it is told."""

from dataclasses import replace

import pytest

from budkavle_sdk_transport.envelope.validation import check_envelope, check_mirroring
from budkavle_sdk_transport.envelope.xhe import Envelope, build_envelope
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.schema_validation import MAX_FINDINGS
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.message.sdk_message import SdkMessage, build_message
from budkavle_sdk_transport.message.validation import check_message
from budkavle_sdk_transport.receipts.validation import check_receipt

HEADER = "/sdk:messagePayload/sdk:message/sdk:messageHeader"
SECRET = "Hemligt"


def damaged(message: SdkMessage, old: str, new: str) -> list[Finding]:
    document = build_message(message).decode()
    assert old in document
    return check_message(parse(document.replace(old, new, 1).encode()))


@pytest.mark.feature("SD2")
@pytest.mark.parametrize(
    ("old", "new", "cause", "detail", "path", "rule"),
    [
        ("2026-01-02T03:04:05.678Z", "3 Sept. 2019", "SV", "structure", "/sdk:creationDateTime", "XSD"),
        ("<sdk:confidentiality>true</sdk:confidentiality>", "", "SV", "structure", "/sdk:generatingSystem", "XSD"),
        ("05.678Z", "05Z", "BV", "invariant", "/sdk:creationDateTime", "SDK-Timestamp"),
        ("ff325210-", "ff325210", "BV", "invariant", "/sdk:messageId", "SDK-UUID-messageId"),
        ("a8480ada-", "x", "BV", "invariant", "/sdk:conversationId", "SDK-UUID-conversationId"),
        ("3a94b4ed-", "x", "BV", "invariant", "/sdk:refToMessageId", "SDK-UUID-refToMessageId"),
        ("Kallelse", SECRET * 40, "BV", "structure", "/sdk:label", "SDK-Label"),
        ("Kallelse", " ", "BV", "invariant", "/sdk:label", "SDK-Empty"),
        ("iso6523-actorid-upis", "x", "BV", "invariant", "/sdk:recipient/sdk:recipientID/sdk:root", "SDK-recipientID"),
        (
            "urn:riv:infrastructure:messaging:functionalAddress",
            *("x", "BV", "invariant"),
            "/sdk:recipient/sdk:attention/sdk:subOrganization/sdk:organizationId/sdk:root",
            "SDK-FunctionalAddress",
        ),
    ],
)
def test_each_fault_gets_its_codes_and_place(
    full_message: SdkMessage, old: str, new: str, cause: str, detail: str, path: str, rule: str
) -> None:
    """The codes are those of the content specification (B1.3.3, chapters 4 and 5.3)."""
    found = damaged(full_message, old, new)
    assert [(f.cause, f.detail, f.path, f.rule) for f in found] == [(cause, detail, HEADER + path, rule)]


@pytest.mark.parametrize("content", ["JVBERi0xLjc", "JVBERi0xLjc!", "%PDF"])
def test_wrong_base64_is_found(full_message: SdkMessage, content: str) -> None:
    """Digg's Schematron sees the first character only; we read it all."""
    (found,) = damaged(full_message, "JVBERi0xLjc=", content)
    assert (found.cause, found.detail) == (Cause.BV, Detail.INVARIANT)
    assert found.path.endswith("/sdk:ContentFiles[1]/sdk:content")


def test_content_is_never_quoted(full_message: SdkMessage) -> None:
    """No text of a finding carries what stood in the message: it may be a label or a person."""
    document = build_message(full_message).decode()
    for old in ("Kallelse", "Karin", "true", "2026-01-02T03:04:05.678Z", "dnr", "1.3.88", "JVBERi0xLjc=", "a.pdf"):
        for secret in (SECRET * 40, f"{SECRET}\n", f"<sdk:{SECRET}/>"):
            found = check_message(parse(document.replace(old, secret, 1).encode()))
            assert not any(SECRET in finding.text for finding in found)


@pytest.mark.feature("SD13")
def test_an_oversized_message_is_too_long(full_message: SdkMessage) -> None:
    """The limit is a setting, and what is over it is refused as too-long."""
    root = parse(build_message(full_message))
    assert check_message(root, size=100, max_bytes=100) == []
    (found,) = check_message(root, size=101, max_bytes=100)
    assert (found.cause, found.detail, found.path) == (Cause.BV, Detail.TOO_LONG, "NA")


def test_findings_are_bounded(full_message: SdkMessage) -> None:
    """A thousand faults do not make a receipt of a thousand lines."""
    many = "<sdk:person><sdk:bad/></sdk:person>" * 1000
    assert len(damaged(full_message, "<sdk:person>", f"{many}<sdk:person>")) == MAX_FINDINGS


def test_another_root_is_named_as_such(full_message: SdkMessage) -> None:
    """A message is no envelope and no receipt, and the sentence says so."""
    root = parse(build_message(full_message))
    for check in (check_envelope, check_receipt):
        (found,) = check(root)
        assert (found.path, found.text) == ("/sdk:messagePayload", "This is not the root element of such a document.")


def test_the_scheme_of_the_recipient_is_checked(full_envelope: Envelope) -> None:
    """Digg's Schematron looks at the sender twice and never at the recipient (R11)."""
    document = build_envelope(full_envelope, b'<p xmlns="urn:x"/>')
    head, mark, tail = document.rpartition(b'schemeID="iso6523-actorid-upis"')
    (found,) = check_envelope(parse(head + mark.replace(b"iso", b"x") + tail))
    assert found.rule == "XHE-R11"


@pytest.mark.feature("SD1")
def test_envelope_and_message_mirror(full_envelope: Envelope, full_message: SdkMessage) -> None:
    """Ids and addresses that differ between envelope and message are a matter of security (B1.3.3, 4.3.2)."""
    assert check_mirroring(full_envelope, full_message) == []
    for other in (
        replace(full_envelope, id="other"),
        replace(full_envelope, sender="other"),
        replace(full_envelope, recipient="other"),
        replace(full_envelope, handling_service_id="other"),
    ):
        (found,) = check_mirroring(other, full_message)
        assert (found.cause, found.detail) == (Cause.BV, Detail.SECURITY)
