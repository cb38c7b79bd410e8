"""What a received envelope is answered with: Digg's cases, and every row of Innehållsspecifikation 5.3 both ways."""

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from budkavle_sdk_transport.envelope.encryption import encrypt
from budkavle_sdk_transport.envelope.sealing import seal_receipt
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.envelope.xhe import build_envelope
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming import opening
from budkavle_sdk_transport.incoming.opening import Opened
from budkavle_sdk_transport.message.sdk_message import Attachment, build_message
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt
from budkavle_sdk_transport.receipts.reader import open_receipt

PDF = Attachment("a.pdf", "application/pdf", b"%PDF-1.7")
ACCEPTED: tuple[str, list[str]] = ("ACCEPTED", [])


def answer(opened: Opened, exchange: Any) -> tuple[str, list[str]]:
    """What the sender reads in the receipt, which must hold: its outcome and the codes of its reasons."""
    assert opened.receipt_xhe is not None, opened.why_no_receipt
    receipt = open_receipt(opened.receipt_xhe, certificates=exchange.certificates).receipt
    codes = [code for reason in receipt.reasons for code in (str(reason.cause), str(reason.detail))]
    assert codes == codes[:2] * (len(codes) // 2)
    return ("ACCEPTED" if receipt.accepted else "REJECTED"), codes[:2]


def edited(exchange: Any, old: str, new: str) -> bytes:
    """An envelope around a message whose XML was changed before it was sealed."""
    message = exchange.message()
    xml = build_message(message)
    assert old.encode() in xml
    return exchange.seal(message, xml=xml.replace(old.encode(), new.encode()))


def from_digg(exchange: Any, file: Path) -> bytes:
    """Digg's test message with the parties of this federation, as their test client puts its own in."""
    if not file.is_file():
        pytest.skip("Digg's test data ../shared/sdk-spec/testdata is not here")
    return exchange.seal(exchange.message(), xml=file.read_bytes())


@pytest.mark.feature("SD3", "SD4", "SD17")
@pytest.mark.digg("2.1.1", "2.1.2", "2.1.3")
@pytest.mark.parametrize("size", ["minimal", "maximal", "maximal-with-files"])
def test_messages_of_all_sizes(exchange: Any, full_parts: Callable[[str], dict[str, Any]], size: str) -> None:
    """From the least that the schema allows to all that it knows, with small files."""
    message = exchange.message(**full_parts(size))
    opened = exchange.open(exchange.seal(message))
    assert answer(opened, exchange) == ACCEPTED
    assert (opened.message.texts, opened.message.attachments) == (message.texts, message.attachments)


@pytest.fixture
def full_parts(exchange: Any) -> Callable[[str], dict[str, Any]]:
    """The parts of a message by the size of it."""
    from budkavle_sdk_transport.message.sdk_message import Identifier, Person, Reference

    def parts(size: str) -> dict[str, Any]:
        plain = exchange.message()
        if size == "minimal":
            bare = {"label": None, "function_label": None}
            sides = {"sender": replace(plain.sender, **bare), "recipient": replace(plain.recipient, **bare)}
            return {"label": None, "texts": ("Hej",), "attachments": (), **sides}
        rich = {
            "persons": (Person(Identifier("1.2.752.129.2.1.3.1", "19121212-1212"), "Tolv Tolvansson"),),
            "references": (
                Reference(Identifier("dnr", "2026/17"), "Vårt ärende"),
                Reference(Identifier("1.3.88", "7")),
            ),
        }
        return {
            "label": "å" * 256,
            "confidential": True,
            "texts": ("# Rubrik\n\n**Fet** och *kursiv*", "* en\n* två"),
            "attachments": (PDF, replace(PDF, file_name="b.pdf")) if size == "maximal-with-files" else (),
            "generating_system": Identifier("1234", "567"),
            "document_name": "Dokument",
            "ref_to_message_id": str(uuid.uuid4()),
            "sender": replace(plain.sender, **rich),
            "recipient": replace(plain.recipient, **rich),
        }

    return parts


@pytest.mark.digg("2.2.1")
def test_an_unknown_reference(exchange: Any) -> None:
    """Row 7."""
    message = exchange.message(ref_to_message_id=str(uuid.uuid4()))
    assert answer(exchange.open(exchange.seal(message)), exchange) == ACCEPTED


@pytest.mark.digg("2.4.1")
def test_a_wrong_data_type(exchange: Any) -> None:
    """A date in words."""
    message = exchange.message()
    xml = build_message(message)
    start = xml.index(b"<sdk:creationDateTime>") + len(b"<sdk:creationDateTime>")
    xhe = exchange.seal(message, xml=xml[:start] + b"3 Sept. 2019" + xml[xml.index(b"</sdk:creationDateTime>") :])
    assert answer(exchange.open(xhe), exchange) == ("REJECTED", ["SV", "structure"])


@pytest.mark.digg("2.4.2")
def test_a_wrong_code_system(exchange: Any) -> None:
    """The sender's identifier is of no code system that there is."""
    wrong = "<sdk:senderID><sdk:root>icke-godkänt-kodverk"
    xhe = edited(exchange, "<sdk:senderID><sdk:root>iso6523-actorid-upis", wrong)
    assert answer(exchange.open(xhe), exchange) == ("REJECTED", ["BV", "invariant"])


@pytest.mark.digg("2.4.1", "2.4.2")
@pytest.mark.parametrize(("name", "codes"), [("TF2.4.1", ["SV", "structure"]), ("TF2.4.2", ["BV", "invariant"])])
def test_diggs_own_test_data(exchange: Any, shared: Path, name: str, codes: list[str]) -> None:
    """The very files that Digg publishes get the codes that Digg asks for."""
    xhe = from_digg(exchange, shared / "sdk-spec" / "testdata" / f"{name}.xml")
    assert answer(exchange.open(xhe), exchange) == ("REJECTED", codes)


@pytest.mark.digg("2.4.3")
@pytest.mark.parametrize(
    ("old", "new"), [("<xhb:ID>{id}", "<xhb:ID>1"), ("Z</xhb:CreationDateTime>", "</xhb:CreationDateTime>")]
)
def test_a_wrong_data_type_in_the_envelope(exchange: Any, old: str, new: str) -> None:
    """What cannot be trusted cannot be answered: no receipt, and a line for whom it concerns."""
    message = exchange.message()
    xhe = _bare(exchange.seal(message))
    old = old.format(id=message.message_id)
    assert old.encode() in xhe
    opened = exchange.open(sign(xhe.replace(old.encode(), new.encode()), exchange.sender_keys))
    assert (opened.outcome, opened.receipt_xhe) == (None, None)
    assert "plattformsansvarig" in opened.why_no_receipt


@pytest.mark.digg("2.4.9")
@pytest.mark.parametrize("part", ["sender", "recipient", "function", "id"])
def test_an_envelope_that_does_not_mirror_its_message(exchange: Any, part: str) -> None:
    """Each of the four that must be the same."""
    message = exchange.message()
    other = replace(message, message_id=str(uuid.uuid4())) if part == "id" else message
    if part in {"sender", "recipient"}:
        other = replace(message, **{part: replace(getattr(message, part), organisation="0203:annan.example")})
    if part == "function":
        other = replace(message, recipient=replace(message.recipient, function="annan"))
    opened = exchange.open(exchange.seal(message, xml=build_message(other)))
    assert answer(opened, exchange) == ("REJECTED", ["BV", "security"])


@pytest.mark.digg("TF-03")
def test_keys_of_another_environment(exchange: Any, tmp_path: Path) -> None:
    """Issued by another authority in the same name: not the certificate that the sender has published."""
    from budkavle_sdk_transport.simulator.ca import CertificateAuthority

    elsewhere = CertificateAuthority.at(tmp_path / "keys").issue(exchange.sender.partition(":")[2], "Björkviks kommun")
    opened = replace(exchange, sender_keys=elsewhere)
    assert answer(exchange.open(opened.seal()), exchange) == ("REJECTED", ["SIG", "security"])


@pytest.mark.digg("TF-06")
def test_the_largest_envelope(exchange: Any) -> None:
    """All elements that the profile uses, each at its longest."""
    message = exchange.message()
    long = "f" * 256
    message = replace(message, recipient=replace(message.recipient, function=long))
    opened = exchange.open(exchange.seal(message, handling_service_id=long))
    assert answer(opened, exchange) == ACCEPTED


@pytest.mark.digg("TF-07")
def test_the_smallest_envelope(exchange: Any) -> None:
    """With only what the profile demands: received and receipted; a function that differs from it is refused."""
    from budkavle_sdk_transport.envelope.validation import check_envelope

    message = exchange.message()
    smallest = exchange.seal(message, handling_service_id="")
    assert b"HandlingServiceID" not in smallest
    assert check_envelope(parse(smallest)) == []
    assert answer(exchange.open(smallest), exchange) == ACCEPTED
    other = exchange.seal(message, handling_service_id="sdk:inkorg:0203:other.example")
    assert answer(exchange.open(other), exchange) == ("REJECTED", ["BV", "security"])


@pytest.mark.feature("SD5")
def test_our_own_receipts_are_judged_before_they_leave(exchange: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that would break the specification is made anew with its codes alone; none that breaks it is handed out."""
    build, all_are_faulty = opening.build_receipt, False

    def faulty(receipt: MessageReceipt) -> bytes:
        xml = build(receipt)
        if all_are_faulty or receipt.reasons[0].text != opening.PLAIN:
            return re.sub(rb"<cbc:IssueDate>.*</cbc:IssueDate>", b"", xml)
        return xml

    monkeypatch.setattr(opening, "build_receipt", faulty)
    refused = exchange.seal(exchange.message(), handling_service_id="sdk:inkorg:0203:other.example")
    assert answer(exchange.open(refused), exchange) == ("REJECTED", ["BV", "security"])
    all_are_faulty = True
    with pytest.raises(ValueError, match="No valid receipt"):
        exchange.open(refused)


@pytest.mark.slow
@pytest.mark.digg("TF-08")
def test_seventy_megabytes(exchange: Any) -> None:
    """The envelope is carried and opened; whether the message is taken is the limit's to say."""
    message = exchange.message(attachments=(replace(PDF, content=b"%PDF" + bytes(40_000_000)),))
    xhe = exchange.seal(message)
    assert len(xhe) > 70_000_000
    assert answer(exchange.open(xhe), exchange) == ("REJECTED", ["BV", "too-long"])
    assert answer(exchange.open(xhe, max_bytes=100_000_000), exchange) == ACCEPTED


@pytest.mark.digg("TF-09")
def test_a_malformed_envelope(exchange: Any) -> None:
    """It breaks its schema: no receipt, and it is to be reported."""
    xhe = sign(
        _bare(exchange.seal()).replace(b"<xha:Header>", b"<xha:Header><xha:Other></xha:Other>"), exchange.sender_keys
    )
    opened = exchange.open(xhe)
    assert (opened.outcome, opened.receipt_xhe) == (None, None)
    assert "plattformsansvarig" in opened.why_no_receipt


@pytest.mark.digg("TF-10")
def test_a_value_against_the_metadata(exchange: Any) -> None:
    """The envelope names another sender, or another recipient, than the access points vouch for."""
    for word in ("transport_sender", "transport_recipient"):
        opened = exchange.open(exchange.seal(), **{word: "0203:annan.example"})
        assert answer(opened, exchange) == ("REJECTED", ["BV", "security"])


def _bare(xhe: bytes) -> bytes:
    start, end = xhe.index(b"<ds:Signature "), xhe.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return xhe[:start] + xhe[end:]


Way = Callable[[Any, bool], Opened]
"""Opens what the row is about: as it must be (True), or as it must not."""


def _schema(exchange: Any, right: bool) -> Opened:
    word = "true" if right else "maybe"
    return exchange.open(edited(exchange, "<sdk:confidentiality>false", f"<sdk:confidentiality>{word}"))


def _malware(exchange: Any, right: bool) -> Opened:
    message = exchange.message(attachments=(PDF, replace(PDF, content=b"%PDF" if right else b"EICAR")))
    return exchange.open(exchange.seal(message), scan=lambda content: "Eicar" if b"EICAR" in content else "")


def _size(exchange: Any, right: bool) -> Opened:
    message = exchange.message()
    return exchange.open(exchange.seal(message), max_bytes=len(build_message(message)) - (not right))


def _invariant(exchange: Any, right: bool) -> Opened:
    root = "<sdk:senderID><sdk:root>iso6523-actorid-upis"
    return exchange.open(edited(exchange, root, root if right else f"{root}-x"))


def _file_type(exchange: Any, right: bool) -> Opened:
    file = Attachment("a.txt", "text/plain" if right else "application/zip", b"x")
    opened = exchange.seal(exchange.message(attachments=(PDF, file)))
    return exchange.open(opened, accepts_type=lambda kind: kind == "text/plain")


def _reference(exchange: Any, right: bool) -> Opened:
    message = exchange.message(ref_to_message_id=str(uuid.uuid4()))
    return exchange.open(
        exchange.seal(message), refers_to_failed=lambda it: it == message.ref_to_message_id and not right
    )


def _signature(exchange: Any, right: bool) -> Opened:
    return exchange.open((exchange if right else replace(exchange, sender_keys=exchange.stranger)).seal())


def _encryption(exchange: Any, right: bool) -> Opened:
    message = exchange.message()
    xml = build_message(message)
    if right:
        payload = encrypt(xml, exchange.recipient_keys.certificate)
        return exchange.open(sign(build_envelope(exchange.envelope(message), payload), exchange.sender_keys))
    envelope = exchange.envelope(message, encrypted=False)
    return exchange.open(seal_receipt(xml, envelope, signer=exchange.sender_keys))


ROWS: dict[int, Way] = {
    1: lambda exchange, _: exchange.open(exchange.seal()),
    2: _schema,
    3: _malware,
    4: _size,
    5: _invariant,
    6: lambda exchange, right: exchange.open(exchange.seal(), is_duplicate=lambda _: not right),
    7: lambda exchange, _: exchange.open(exchange.seal(exchange.message(ref_to_message_id=str(uuid.uuid4())))),
    8: _file_type,
    9: lambda exchange, right: exchange.open(exchange.seal(), knows_function=lambda *_: right),
    11: _reference,
    12: _signature,
    13: lambda exchange, right: exchange.open(
        exchange.seal(), transport_sender=exchange.sender if right else "0203:annan.example"
    ),
    14: _encryption,
}


@pytest.mark.digg("2.4.4", "2.4.5", "2.4.8")
def test_the_validation_table(exchange: Any, row: dict[str, Any]) -> None:
    """Each row both ways: what is right is accepted, and what is wrong is refused with the row's codes."""
    way = ROWS[row["number"]]
    assert answer(way(exchange, True), exchange) == ACCEPTED
    if row["codes"]:
        assert answer(way(exchange, False), exchange) == ("REJECTED", row["codes"])
