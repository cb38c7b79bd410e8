"""Every outcome of opening an envelope, row by row of Innehållsspecifikation 5.3, and the cases without a receipt."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from budkavle_sdk_transport.envelope.encryption import encrypt
from budkavle_sdk_transport.envelope.sealing import seal_receipt
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.envelope.validation import check_envelope
from budkavle_sdk_transport.envelope.xhe import build_envelope
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import Opened, open_message
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable, KnownCertificates
from budkavle_sdk_transport.message.sdk_message import Attachment, build_message
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt
from budkavle_sdk_transport.receipts.reader import ReceiptRefused, open_receipt
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


def silent(opened: Opened) -> str:
    assert opened.outcome is None
    assert opened.receipt_xml is None
    assert opened.receipt_xhe is None
    assert opened.message is None
    assert opened.message_xml is None
    assert opened.why_no_receipt
    return opened.why_no_receipt


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


def unsigned(xhe: bytes, _: Any) -> bytes:
    """The signature taken away."""
    start, end = xhe.index(b"<ds:Signature "), xhe.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return xhe[:start] + xhe[end:]


def signed_by_a_stranger(xhe: bytes, exchange: Any) -> bytes:
    """Signed by another organisation of the federation."""
    return sign(unsigned(xhe, exchange), exchange.stranger)


def another_function(xhe: bytes, _: Any) -> bytes:
    """Readdressed after signing."""
    return xhe.replace(b"SE2321009002-1001", b"SE2321009002-1002")


def another_sender(xhe: bytes, exchange: Any) -> bytes:
    """Sent in another organisation's name."""
    return xhe.replace(exchange.sender.encode(), exchange.recipient.encode())


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


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"no xml", b"<a>", "å".encode("latin-1"), b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a/>" * 2],
)
def test_no_receipt_when_not_well_formed(exchange: Any, data: bytes) -> None:
    """What is no XML, or has a DOCTYPE, gets no receipt."""
    silent(exchange.open(data))


def test_no_receipt_when_the_envelope_is_malformed(exchange: Any) -> None:
    """An envelope that breaks its profile gets no receipt but findings for the operator."""
    xhe = sign(
        unsigned(exchange.seal(), exchange).replace(b">DOCUMENTID_SCHEME<", b">SOMETHING<"), exchange.sender_keys
    )
    opened = exchange.open(xhe)
    assert "plattformsansvarig" in silent(opened)
    assert opened.findings


def test_no_receipt_when_encryption_is_only_claimed(exchange: Any) -> None:
    """An envelope that says encrypted and is not is a malformed envelope (R12)."""
    message = exchange.message()
    xhe = seal_receipt(build_message(message), exchange.envelope(message), signer=exchange.sender_keys)
    silent(exchange.open(xhe))


def test_no_receipt_for_an_unknown_recipient(exchange: Any) -> None:
    """A message to somebody else gets no receipt."""
    assert exchange.recipient in silent(exchange.open(exchange.seal(), serves=lambda _: False))


def test_no_receipt_when_the_sender_is_not_published(exchange: Any) -> None:
    """A sender that the metadata publisher does not know gets no receipt: it would not arrive."""
    lonely = replace(exchange, certificates=KnownCertificates())
    assert exchange.sender in silent(lonely.open(lonely.seal()))


def test_no_verdict_when_certificates_cannot_be_asked_for(exchange: Any) -> None:
    """When the publisher cannot be reached, nothing is judged; the message waits."""

    class Away:
        def encryption_certificate(self, participant: str) -> Any:
            raise CertificatesUnavailable

        signing_certificate = encryption_certificate

    with pytest.raises(CertificatesUnavailable):
        open_message(exchange.seal(), keys=(exchange.recipient_keys,), certificates=Away(), checks=Checks())


def with_payload(exchange: Any, payload: bytes) -> bytes:
    envelope = exchange.envelope(exchange.message())
    return sign(build_envelope(envelope, payload), exchange.sender_keys)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data, e: encrypt(build_message(e.message()), e.stranger.certificate),
        lambda data, e: encrypt(b"<not well formed", e.recipient_keys.certificate),
        lambda data, e: encrypt(b"<a></a><b></b>", e.recipient_keys.certificate),
        lambda data, e: encrypt(b"text" + build_message(e.message()), e.recipient_keys.certificate),
        lambda data, e: encrypt(build_message(e.message()) + b"text", e.recipient_keys.certificate),
        lambda data, e: encrypt(b"", e.recipient_keys.certificate),
        lambda data, e: encrypt(b"\xff\xfe", e.recipient_keys.certificate),
        lambda data, e: encrypt(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', e.recipient_keys.certificate),
        lambda data, e: data.replace(b"aes256-cbc", b"aes128-cbc"),
        lambda data, e: data.replace(b"rsa-oaep-mgf1p", b"rsa-1_5"),
        lambda data, e: (
            data.replace(b"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>", b"!!!!")
            + b"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
        ),
        lambda data, e: (
            data[: data.rindex(b"<xenc:CipherValue>")]
            + b"<xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
        ),
        lambda data, e: b'<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"></xenc:EncryptedData>',
    ],
    ids=[
        "other-key",
        "malformed",
        "two-roots",
        "text-before",
        "text-behind",
        "empty",
        "no-utf8",
        "doctype",
        "aes128",
        "rsa15",
        "chars",
        "short",
        "bare",
    ],
)
def test_no_receipt_when_undecryptable_and_always_the_same_words(exchange: Any, spoil: Any) -> None:
    """Every fault of decryption looks alike: nobody can use us as an oracle, and no receipt is sent."""
    data = encrypt(build_message(exchange.message()), exchange.recipient_keys.certificate)
    why = silent(exchange.open(with_payload(exchange, spoil(data, exchange))))
    assert why == "Innehållet går inte att dekryptera till välformad XML med mottagarens nycklar."


@pytest.mark.feature("SD5")
def test_a_receipt_is_never_receipted(exchange: Any) -> None:
    """A receipt that arrives as a message gets no receipt."""
    opened = exchange.open(exchange.seal())
    back = replace(exchange, sender=exchange.recipient, recipient=exchange.sender)
    assert "kvitteras aldrig" in silent(back.open(opened.receipt_xhe))


@pytest.mark.feature("SD18")
def test_old_key_still_opens_and_new_key_signs(exchange: Any, federation: Any) -> None:
    """After a key change, what was encrypted to the old certificate opens, and the receipt bears the new one."""
    new = federation.authority.issue("regionvattern.example", "Region Vättern")
    opened = exchange.open(exchange.seal(), keys=(new, exchange.recipient_keys))
    assert opened.outcome == "ACCEPTED"
    published = KnownCertificates()
    published.add(exchange.recipient, new.certificate)
    assert open_receipt(opened.receipt_xhe, certificates=published).receipt.accepted
    with pytest.raises(ReceiptRefused):
        open_receipt(opened.receipt_xhe, certificates=exchange.certificates)


def test_message_with_prefixes_of_its_envelope(exchange: Any) -> None:
    """A payload that uses prefixes declared on the envelope, as libxmlsec1 peers send it, opens."""
    message = exchange.message()
    fragment = build_message(message).replace(
        b' xmlns:sdk="urn:riv:infrastructure:messaging:MessageWithAttachments:3"', b""
    )
    envelope = build_envelope(exchange.envelope(message), encrypt(fragment, exchange.recipient_keys.certificate))
    declared = envelope.replace(
        b"<xhe:XHE ", b'<xhe:XHE xmlns:sdk="urn:riv:infrastructure:messaging:MessageWithAttachments:3" ', 1
    )
    opened = exchange.open(sign(declared, exchange.sender_keys))
    assert opened.outcome == "ACCEPTED"
    assert parse(opened.message_xml).tag.endswith("messagePayload")


def test_comment_in_the_envelope_changes_nothing(exchange: Any) -> None:
    """A comment inside a signed value does not shorten it: the sender is still the whole name."""
    xhe = exchange.seal()
    sender = exchange.sender.encode()
    opened = exchange.open(xhe.replace(sender, sender[:8] + b"<!-- -->" + sender[8:]))
    assert (opened.outcome, opened.envelope.sender) == ("ACCEPTED", exchange.sender)


def test_wrapped_base64_opens(exchange: Any) -> None:
    """Cipher text in lines of 76 characters, as many peers write it, opens."""
    message = exchange.message()
    wrapped = encrypt(build_message(message), exchange.recipient_keys.certificate)
    tree = etree.fromstring(wrapped)
    for value in tree.iter("{http://www.w3.org/2001/04/xmlenc#}CipherValue"):
        text = value.text or ""
        value.text = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    xhe = sign(build_envelope(exchange.envelope(message), etree.tostring(tree)), exchange.sender_keys)
    assert exchange.open(xhe).outcome == "ACCEPTED"


@pytest.mark.feature("SD5")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">ACCEPTED<", b">REJECTED<"),
        (b"</cac:DocumentReference>", b"</cac:DocumentReference><!-- --><x></x>"),
        (b"<ds:DigestValue>", b"<ds:DigestValue>A"),
    ],
)
def test_changed_receipt_is_refused(exchange: Any, old: bytes, new: bytes) -> None:
    """A receipt that was changed on its way is not believed."""
    xhe = exchange.open(exchange.seal()).receipt_xhe
    assert old in xhe
    with pytest.raises(ReceiptRefused):
        open_receipt(xhe.replace(old, new), certificates=exchange.certificates)


@pytest.mark.feature("SD5")
def test_receipt_of_other_parties_is_refused(exchange: Any) -> None:
    """A receipt that names other parties than its envelope is not believed, though it is signed."""
    receipt = MessageReceipt(
        str(uuid.uuid4()), datetime.now(UTC), "0203:annan.example", exchange.sender, str(uuid.uuid4()), accepted=True
    )
    envelope = replace(
        exchange.envelope(exchange.message(), encrypted=False, document=DOCUMENT_RECEIPT),
        sender=exchange.recipient,
        recipient=exchange.sender,
    )
    xhe = seal_receipt(build_receipt(receipt), envelope, signer=exchange.recipient_keys)
    with pytest.raises(ReceiptRefused, match="andra parter"):
        open_receipt(xhe, certificates=exchange.certificates)


@pytest.mark.feature("SD5")
def test_message_is_no_receipt(exchange: Any) -> None:
    """A message's envelope is refused where a receipt is awaited, and so is any rubbish."""
    for data in (exchange.seal(), b"", b"<a></a>"):
        with pytest.raises(ReceiptRefused):
            open_receipt(data, certificates=exchange.certificates)
