"""Parsers of what comes by SDK and of what peers tell about it: envelopes, messages, and receipts of each kind."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import msgspec

from budkavle import ReceiptHandler
from budkavle_fax.carriers.base import Progress, Stage
from budkavle_fax.receipts import FaxReceipts
from budkavle_message_api.formats import Attributes, Events, Issue, MessageDocument, Resource
from budkavle_message_api.upstream.receipts import ServiceReceipts
from budkavle_sdk_transport.envelope.sealing import seal_message, seal_receipt
from budkavle_sdk_transport.envelope.xhe import Envelope
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT, FEDERATION_TEST
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.message_receipts import MessageReceipts
from budkavle_sdk_transport.incoming.opening import open_message
from budkavle_sdk_transport.keys.certificates import KnownCertificates
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.message.sdk_message import Attachment, Party, SdkMessage, build_message
from budkavle_sdk_transport.outgoing.access_point_statuses import AccessPointStatuses
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt, read_receipt
from budkavle_sdk_transport.receipts.reader import open_receipt
from budkavle_sdk_transport.simulator.ca import CertificateAuthority

_ID: Final = "ff325210-0690-42fe-b86f-95ecab821223"
_SENDER, _RECIPIENT = "0203:habo.example", "0203:kisa.example"
_AT: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
_CONTEXT: Final = {
    "organisation_id": _ID,
    "delivery_id": _ID,
    "remote_id": "m1",
    "transport_id": "t1",
    "purpose": "message",
    "tag": "1",
    "since": "2026-05-01 11:00:00+00:00",
    "at": "2026-05-01T12:00:00+00:00",
}


class NotTaken(Exception):
    """A parser that raises nothing has said that the input is none of its kind."""


class _Federation(NamedTuple):
    sender: KeyPair
    recipient: KeyPair
    certificates: KnownCertificates


@cache
def _federation() -> _Federation:
    with TemporaryDirectory() as folder:
        authority = CertificateAuthority.at(Path(folder))
    sender, recipient = (authority.issue(name.partition(":")[2], name) for name in (_SENDER, _RECIPIENT))
    certificates = KnownCertificates()
    certificates.add(_SENDER, sender.certificate)
    certificates.add(_RECIPIENT, recipient.certificate)
    return _Federation(sender, recipient, certificates)


def _envelope() -> Envelope:
    return Envelope(_ID, _AT, _SENDER, _RECIPIENT, DOCUMENT_MESSAGE, "SE2321009002-1001", True, FEDERATION_TEST)


@cache
def _message() -> bytes:
    sender = Party(_SENDER, "Habo kommun", "sdk:bistand:0203:habo.example", "Bistånd")
    recipient = Party(_RECIPIENT, "Kisa kommun", "SE2321009002-1001", "Kansliet")
    attachment = Attachment("kopia.pdf", "application/pdf", b"%PDF-1.7\n")
    texts = ("Hej! **Tack** & hälsningen <3",)
    return build_message(
        SdkMessage(_ID, _ID, _AT, "Kopia", False, sender, recipient, texts=texts, attachments=(attachment,))
    )


def _receipts() -> list[bytes]:
    parties = (_ID, _AT, _SENDER, _RECIPIENT, _ID)
    reason = Finding(Cause.BV, Detail.INVARIANT, "/sdk:messagePayload", "The element is empty.", "SDK-Empty")
    refused = MessageReceipt(*parties, accepted=False, reasons=(reason,))
    return [build_receipt(MessageReceipt(*parties, accepted=True)), build_receipt(refused)]


@cache
def envelopes() -> list[bytes]:
    """Return sealed receipts: signed and not encrypted, so that changes reach each part of them."""
    around = replace(_envelope(), document=DOCUMENT_RECEIPT, encrypted=False)
    return [seal_receipt(xml, around, signer=_federation().sender) for xml in _receipts()]


@cache
def messages() -> list[bytes]:
    """Return a sealed message: encrypted, then signed."""
    keys = _federation()
    return [seal_message(_message(), _envelope(), signer=keys.sender, recipient_certificate=keys.recipient.certificate)]


def read_envelope(data: bytes) -> None:
    """Open a receipt; one that was changed says nothing else than it did."""
    opened = open_receipt(data, certificates=_federation().certificates, clock=lambda: datetime.now(UTC))
    assert opened.receipt in [read_receipt(parse(xml)) for xml in _receipts()], "a changed receipt holds"


def read_message(data: bytes) -> None:
    """Open a message; one that was changed is refused or says what it said, and only the recipient's key opens it."""
    keys = _federation()
    opened = open_message(data, keys=(keys.recipient,), certificates=keys.certificates, checks=Checks())
    if opened.outcome is None:
        assert opened.why_no_receipt, "neither an outcome nor a reason"
        assert opened.message is None, "a message that nobody has judged"
        raise NotTaken
    if opened.outcome == "ACCEPTED":
        assert opened.message_xml == _message(), "a changed message holds"


HANDLERS: Final[tuple[ReceiptHandler, ...]] = (
    MessageReceipts(),
    AccessPointStatuses(),
    FaxReceipts(),
    ServiceReceipts(),
)


def words() -> list[bytes]:
    """Return a receipt of each kind that a handler reads."""
    issues = Events(issues=[Issue(type_code="BV", title="Fel", detail="Okänd", where="NA")])
    attributes = Attributes(
        message_status="REJECTED",
        confidentiality=False,
        sender=_SENDER,
        recipient=_RECIPIENT,
        label="Hej",
        events=issues,
    )
    return [
        *_receipts(),
        b"ACKNOWLEDGED",
        msgspec.json.encode(Progress(Stage.FAILED, "7", reason="Upptaget")),
        msgspec.json.encode(MessageDocument(Resource(attributes))),
    ]


def read_words(data: bytes) -> None:
    """Let each handler read a peer's words; at most one knows them, and what it says names the delivery."""
    read = [receipt for handler in HANDLERS if (receipt := handler.read(data, _CONTEXT)) is not None]
    assert all(receipt.evidence == data and receipt.remote_id for receipt in read), "a receipt of something else"
    if not read:
        raise NotTaken
