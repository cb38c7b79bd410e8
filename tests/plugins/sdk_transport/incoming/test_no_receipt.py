"""What gets no receipt, so that nobody learns anything from it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.plugins.sdk_transport.incoming.forging import unsigned

from budkavle_sdk_transport.envelope.encryption import encrypt
from budkavle_sdk_transport.envelope.sealing import seal_receipt
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.envelope.xhe import build_envelope
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import Opened, open_message
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable, KnownCertificates
from budkavle_sdk_transport.message.sdk_message import build_message


def silent(opened: Opened) -> str:
    assert opened.outcome is None
    assert opened.receipt_xml is None
    assert opened.receipt_xhe is None
    assert opened.message is None
    assert opened.message_xml is None
    assert opened.why_no_receipt
    return opened.why_no_receipt


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


def test_no_receipt_for_another_kind_of_document(exchange: Any) -> None:
    """The federation carries other documents too; they are not taken here, and what is in them is not read."""
    xhe = exchange.seal(document="urn:riv:infrastructure:messaging:OtherDocument")
    assert "meddelandetyp som inte tas emot" in silent(exchange.open(xhe))


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


def twice(data: bytes, start: bytes, end: bytes) -> bytes:
    """Return the data with an element a second time behind itself."""
    at, behind = data.index(start), data.index(end) + len(end)
    return data[:behind] + data[at:behind] + data[behind:]


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
        lambda data, e: encrypt(b" " + build_message(e.message()) + b"text", e.recipient_keys.certificate),
        lambda data, e: encrypt(b"<!-- a comment -->", e.recipient_keys.certificate),
        lambda data, e: encrypt(b"", e.recipient_keys.certificate),
        lambda data, e: encrypt(b"\xff\xfe", e.recipient_keys.certificate),
        lambda data, e: encrypt(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', e.recipient_keys.certificate),
        lambda data, e: data.replace(b"aes256-cbc", b"aes128-cbc"),
        lambda data, e: data.replace(b"rsa-oaep-mgf1p", b"rsa-1_5"),
        lambda data, e: data.replace(b"xmlenc#Element", b"xmlenc#EncryptedKey"),
        lambda data, e: twice(data, b"<xenc:EncryptedKey>", b"</xenc:EncryptedKey>"),
        lambda data, e: data.replace(b'rsa-oaep-mgf1p">', b'rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="urn:x"/>'),
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
        "space-before-and-text-behind",
        "comment",
        "empty",
        "no-utf8",
        "doctype",
        "aes128",
        "rsa15",
        "type",
        "two-keys",
        "digest",
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
