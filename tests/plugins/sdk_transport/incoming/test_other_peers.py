"""Envelopes as other systems write them, and after a change of keys."""

from typing import Any

import pytest
from lxml import etree

from budkavle_sdk_transport.envelope.encryption import encrypt
from budkavle_sdk_transport.envelope.signature import sign, stated_certificate
from budkavle_sdk_transport.envelope.xhe import build_envelope
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import open_message
from budkavle_sdk_transport.keys.certificates import KnownCertificates
from budkavle_sdk_transport.message.sdk_message import build_message
from budkavle_sdk_transport.receipts.reader import ReceiptRefused, open_receipt


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


@pytest.mark.feature("SD18")
def test_the_receipt_is_signed_by_the_signer_though_another_key_opens(exchange: Any) -> None:
    """A new pair may open before it is published; until then the old one signs."""
    checks = Checks(serves=lambda participant: participant == exchange.recipient)
    for signer, expected in ((exchange.stranger, exchange.stranger), (None, exchange.recipient_keys)):
        keys = (exchange.recipient_keys,)
        opened = open_message(
            exchange.seal(), keys=keys, certificates=exchange.certificates, checks=checks, signer=signer
        )
        assert opened.receipt_xhe is not None
        assert stated_certificate(parse(opened.receipt_xhe)) == expected.certificate


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
