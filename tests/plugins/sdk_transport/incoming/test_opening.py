"""The checks of an envelope in order: what each row of the table in docs/sdk.md leads to."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.plugins.sdk_transport.incoming.forging import (
    another_function,
    another_sender,
    signed_by_a_stranger,
    unsigned,
)

from budkavle_sdk_transport.envelope.sealing import seal_receipt
from budkavle_sdk_transport.envelope.validation import check_envelope
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming.opening import Opened
from budkavle_sdk_transport.keys.certificates import KnownCertificates
from budkavle_sdk_transport.message.sdk_message import Attachment, build_message
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt
from budkavle_sdk_transport.receipts.reader import open_receipt
from budkavle_sdk_transport.receipts.validation import check_receipt
from budkavle_sdk_transport.simulator.ca import Validity


def codes(opened: Opened) -> set[tuple[str, str]]:
    return {(finding.cause.value, finding.detail.value) for finding in opened.findings}


def receipt_of(opened: Opened, exchange: Any) -> MessageReceipt:
    """The receipt as the sender reads it; it must be valid in every respect."""
    assert opened.receipt_xml is not None
    assert opened.receipt_xhe is not None
    assert check_receipt(parse(opened.receipt_xml)) == []
    assert check_envelope(parse(opened.receipt_xhe)) == []
    return open_receipt(opened.receipt_xhe, certificates=exchange.certificates).receipt


def rejected(opened: Opened, exchange: Any, cause: str, detail: str) -> MessageReceipt:
    assert (opened.outcome, codes(opened)) == ("REJECTED", {(cause, detail)})
    assert opened.message is None
    receipt = receipt_of(opened, exchange)
    assert not receipt.accepted
    assert {(str(reason.cause), str(reason.detail)) for reason in receipt.reasons} == {(cause, detail)}
    return receipt


def edited(exchange: Any, old: bytes, new: bytes, **changes: Any) -> bytes:
    """An envelope around a message whose XML was changed before sealing."""
    message = exchange.message(**changes)
    xml = build_message(message)
    assert old in xml
    return exchange.seal(message, xml=xml.replace(old, new))


@pytest.mark.feature("SD3", "SD4")
@pytest.mark.feature("SD1", "SD5")
def test_row_1_accepted(exchange: Any) -> None:
    """A right message is accepted; what comes out is what went in, and the receipt says so to the right one."""
    message = exchange.message()
    opened = exchange.open(exchange.seal(message))
    assert (opened.outcome, opened.findings, opened.why_no_receipt) == ("ACCEPTED", [], None)
    assert opened.message is not None
    assert (opened.message.texts, opened.message.attachments) == (message.texts, message.attachments)
    assert opened.message_xml == build_message(message)
    receipt = receipt_of(opened, exchange)
    assert (receipt.accepted, receipt.reasons) == (True, ())
    assert (receipt.sender, receipt.recipient) == (exchange.recipient, exchange.sender)
    assert receipt.message_id == message.message_id


@pytest.mark.feature("SD3", "SD4")
def test_row_2_structure(exchange: Any) -> None:
    """A message that breaks its schema is rejected with SV structure and the place."""
    xhe = edited(exchange, b"<sdk:confidentiality>false", b"<sdk:confidentiality>maybe")
    receipt = rejected(exchange.open(xhe), exchange, "SV", "structure")
    assert "confidentiality" in receipt.reasons[0].path


@pytest.mark.feature("SD3", "SD4")
def test_row_3_malware(exchange: Any) -> None:
    """A file with malware is BV forbidden, and the receipt says which file."""
    files = (Attachment("a.pdf", "application/pdf", b"%PDF clean"), Attachment("b.pdf", "application/pdf", b"EICAR"))
    opened = exchange.open(
        exchange.seal(exchange.message(attachments=files)), scan=lambda data: "Eicar" if b"EICAR" in data else ""
    )
    receipt = rejected(opened, exchange, "BV", "forbidden")
    assert "ContentFiles[2]" in receipt.reasons[0].path


@pytest.mark.feature("SD3", "SD4")
def test_row_4_too_long(exchange: Any) -> None:
    """A message above the limit is BV too-long; the limit itself passes."""
    message = exchange.message()
    size = len(build_message(message))
    assert exchange.open(exchange.seal(message), max_bytes=size).outcome == "ACCEPTED"
    rejected(exchange.open(exchange.seal(message), max_bytes=size - 1), exchange, "BV", "too-long")


@pytest.mark.feature("SD3", "SD4")
def test_row_5_invariant(exchange: Any) -> None:
    """A message that breaks a rule beyond the schema is BV invariant."""
    root = b"<sdk:senderID><sdk:root>iso6523-actorid-upis"
    xhe = edited(exchange, root, root.replace(b"upis", b"other"))
    rejected(exchange.open(xhe), exchange, "BV", "invariant")


@pytest.mark.feature("SD3", "SD4")
def test_row_6_duplicate(exchange: Any) -> None:
    """A message id that was received before is BV duplicate."""
    message = exchange.message()
    opened = exchange.open(exchange.seal(message), is_duplicate=lambda it: it == message.message_id)
    rejected(opened, exchange, "BV", "duplicate")


@pytest.mark.feature("SD3", "SD4")
def test_row_7_unknown_reference(exchange: Any) -> None:
    """A refToMessageId that nobody knows is accepted (test case 2.2.1)."""
    opened = exchange.open(exchange.seal(exchange.message(ref_to_message_id=str(uuid.uuid4()))))
    assert opened.outcome == "ACCEPTED"


@pytest.mark.feature("SD3", "SD4")
def test_row_8_file_type(exchange: Any) -> None:
    """A type that the recipient does not take is BV not-supported; PDF passes whatever the recipient says."""
    files = (Attachment("a.pdf", "application/pdf", b"%PDF"), Attachment("b.zip", "application/zip", b"PK"))
    opened = exchange.open(exchange.seal(exchange.message(attachments=files)), accepts_type=lambda _: False)
    receipt = rejected(opened, exchange, "BV", "not-supported")
    assert len(receipt.reasons) == 1
    assert receipt.reasons[0].path.endswith("ContentFiles[2]/sdk:contentType")


@pytest.mark.feature("SD3", "SD4")
def test_no_file_is_named_where_documents_may_be_out_of_order(exchange: Any) -> None:
    """Files are read in the order of the documents' index, so a file's number would name another."""
    files = (Attachment("a.zip", "application/zip", b"PK"),)
    message = exchange.message(attachments=files)
    xml = build_message(message)
    start, end = xml.index(b"<sdk:documents>"), xml.index(b"</sdk:messageBody>")
    first = xml[start:end].replace(b"application/zip", b"application/pdf").replace(b"index>1<", b"index>2<")
    opened = exchange.open(exchange.seal(message, xml=xml[:start] + first + xml[start:]), accepts_type=lambda _: False)
    receipt = rejected(opened, exchange, "BV", "not-supported")
    assert [reason.path.endswith("/sdk:ContentFiles/sdk:contentType") for reason in receipt.reasons] == [True]


@pytest.mark.feature("SD3", "SD4")
def test_an_empty_document_is_refused(exchange: Any) -> None:
    """Each document has a text or a file; the Schematron does not look (Innehållsspecifikation 4.3.3.1)."""
    opened = exchange.open(exchange.seal(exchange.message(texts=(), attachments=())))
    rejected(opened, exchange, "BV", "invariant")


@pytest.mark.feature("SD3", "SD4")
@pytest.mark.feature("SD13")
@pytest.mark.parametrize("written", ["application/pdf; name=a.pdf", "Text/Plain;charset=UTF-8"])
def test_row_8_parameters_of_a_type(exchange: Any, written: str) -> None:
    """A PDF with a parameter behind its type is a PDF, and a text whose sender names its encoding is a text."""
    files = (Attachment("a", written, b"%PDF"),)
    opened = exchange.open(exchange.seal(exchange.message(attachments=files)), accepts_type={"text/plain"}.__contains__)
    assert opened.outcome == "ACCEPTED"


@pytest.mark.feature("SD3", "SD4")
def test_row_9_function(exchange: Any) -> None:
    """A functional address that is not there is BV not-found."""
    asked = []
    opened = exchange.open(exchange.seal(), knows_function=lambda *address: asked.append(address))
    rejected(opened, exchange, "BV", "not-found")
    assert asked == [(exchange.recipient, "SE2321009002-1001")]


@pytest.mark.feature("SD3", "SD4")
def test_row_11_refers_to_failed(exchange: Any) -> None:
    """An answer to a message that we have marked as failed is BV not-supported."""
    failed = str(uuid.uuid4())
    xhe = exchange.seal(exchange.message(ref_to_message_id=failed))
    rejected(exchange.open(xhe, refers_to_failed=lambda it: it == failed), exchange, "BV", "not-supported")


@pytest.mark.feature("SD3", "SD4")
@pytest.mark.parametrize(
    "forge", [unsigned, signed_by_a_stranger, another_function, another_sender], ids=lambda forge: forge.__name__
)
def test_row_12_signature(exchange: Any, forge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong with the signature is SIG security, and nothing is decrypted (SD3)."""

    def never(*_: object) -> bytes:
        raise AssertionError("decrypted before the signature held")

    monkeypatch.setattr("budkavle_sdk_transport.envelope.unsealing.decrypt", never)
    opened = exchange.open(forge(exchange.seal(), exchange))
    assert (opened.outcome, codes(opened)) == ("REJECTED", {("SIG", "security")})
    assert [one.path for one in opened.findings] == ["NA" if forge is unsigned else "/xhe:XHE/ds:Signature"]
    assert opened.receipt_xhe is not None


@pytest.mark.feature("SD3", "SD4")
@pytest.mark.parametrize("days", [(-9, -1), (1, 9)], ids=["expired", "not-yet-valid"])
def test_row_12_certificate_out_of_time(exchange: Any, federation: Any, days: tuple[int, int]) -> None:
    """A published certificate outside its time is SIG security, though the signature is right."""
    now = datetime.now(UTC)
    key = exchange.sender_keys.private_key
    pair = federation.authority.issue(
        "bjorkvik.example", "B", valid=Validity(now + timedelta(days[0]), now + timedelta(days[1])), key=key
    )
    old = replace(exchange, sender_keys=pair, certificates=KnownCertificates())
    old.certificates.add(exchange.sender, pair.certificate)
    opened = old.open(old.seal())
    assert (opened.outcome, codes(opened)) == ("REJECTED", {("SIG", "security")})


@pytest.mark.feature("SD3", "SD4")
def test_row_12_revoked(exchange: Any) -> None:
    """A revoked certificate is SIG security."""
    opened = exchange.open(exchange.seal(), is_revoked=lambda certificate: True)
    rejected(opened, exchange, "SIG", "security")


@pytest.mark.feature("SD3", "SD4")
@pytest.mark.parametrize("field", ["sender", "recipient"])
def test_row_13_mirroring(exchange: Any, field: str) -> None:
    """A message whose parties are not its envelope's is BV security (test case 2.4.9)."""
    message = exchange.message()
    party = replace(getattr(message, field), organisation="0203:annan.example")
    xhe = exchange.seal(message, xml=build_message(replace(message, **{field: party})))
    rejected(exchange.open(xhe), exchange, "BV", "security")


@pytest.mark.feature("SD3", "SD4")
def test_row_13_function_mirroring(exchange: Any) -> None:
    """A functional address that is not the envelope's HandlingServiceID is BV security."""
    rejected(exchange.open(exchange.seal(handling_service_id="annan")), exchange, "BV", "security")


@pytest.mark.feature("SD3", "SD4")
def test_row_13_original_sender(exchange: Any) -> None:
    """An envelope whose sender is not the one that the access point vouches for is BV security."""
    rejected(exchange.open(exchange.seal(), transport_sender="0203:annan.example"), exchange, "BV", "security")
    assert exchange.open(exchange.seal(), transport_sender=exchange.sender).outcome == "ACCEPTED"


@pytest.mark.parametrize("behind", [" ", "\n", "\u00a0"])
def test_an_organisation_is_named_to_the_letter(exchange: Any, behind: str) -> None:
    """One with white space behind its name is none that an answer could reach."""
    message = exchange.message()
    padded = replace(message, sender=replace(message.sender, organisation=exchange.sender + behind))
    rejected(exchange.open(exchange.seal(padded)), exchange, "BV", "invariant")


@pytest.mark.feature("SD3", "SD4")
def test_row_14_unencrypted(exchange: Any) -> None:
    """A signed but unencrypted message is SIG security."""
    message = exchange.message()
    envelope = exchange.envelope(message, encrypted=False)
    xhe = seal_receipt(build_message(message), envelope, signer=exchange.sender_keys)
    rejected(exchange.open(xhe), exchange, "SIG", "security")
