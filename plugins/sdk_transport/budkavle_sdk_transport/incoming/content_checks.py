"""The last checks of an incoming message: those that only the receiving organisation can make.

Source: Innehållsspecifikation 1.5.2, 5.3, whose order is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from lxml import etree

from budkavle_sdk_transport.envelope.unsealing import reject
from budkavle_sdk_transport.envelope.xhe import Envelope
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import MAX_MESSAGE_BYTES, NS_MESSAGE
from budkavle_sdk_transport.formats.xml import path_of
from budkavle_sdk_transport.message.sdk_message import Attachment, SdkMessage

PDF: Final = "application/pdf"
"""Every participant takes PDF (Innehållsspecifikation 4.3.3.3)."""

_HEADER_PATH: Final = "/xhe:XHE/xha:Header"
_HEADER_IN_MESSAGE: Final = "/sdk:messagePayload/sdk:message/sdk:messageHeader"
_FUNCTION_PATH: Final = (
    f"{_HEADER_IN_MESSAGE}/sdk:recipient/sdk:attention/sdk:subOrganization/sdk:organizationId/sdk:extension"
)
_FILE_PATH: Final = "/sdk:messagePayload/sdk:message/sdk:messageBody/sdk:documents/sdk:ContentFiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What only the receiving organisation knows.

    Attributes:
        serves: Whether the participant is one of ours.
        knows_function: Whether (participant, functional address) has a function mailbox.
        accepts_type: Whether files of a MIME type are taken; PDF always is.
        scan: The name of the malware that the bytes hold; empty where none was found, or nothing scans.
        is_duplicate: Whether a message of this id has been received before.
        refers_to_failed: Whether the id is of a message that we have marked as failed.
        is_revoked: Whether the sender's certificate is revoked; None when nothing knows.
        transport_sender: The originalSender that the access point has verified; None when not known.
        transport_recipient: The finalRecipient; None when not known.
        max_bytes: The largest message, decrypted, in bytes.
        clock: The time.
    """

    serves: Callable[[str], bool] = lambda _participant: True
    knows_function: Callable[[str, str], bool] = lambda _participant, _function: True
    accepts_type: Callable[[str], bool] = lambda _content_type: True
    scan: Callable[[bytes], str] = lambda _content: ""
    is_duplicate: Callable[[str], bool] = lambda _message_id: False
    refers_to_failed: Callable[[str], bool] = lambda _message_id: False
    is_revoked: Callable[[x509.Certificate], bool] | None = None
    transport_sender: str | None = None
    transport_recipient: str | None = None
    max_bytes: int = MAX_MESSAGE_BYTES
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def check_content(envelope: Envelope, message: SdkMessage, root: etree._Element, checks: Checks) -> None:
    """The checks that need the organisation's knowledge, in the order of the table."""
    reject(_transport_findings(envelope, checks))
    if not checks.knows_function(envelope.recipient, message.recipient.function):
        text = "Wrong or unknown subOrganization/organizationId."
        reject([Finding(Cause.BV, Detail.NOT_FOUND, _FUNCTION_PATH, text, "SDK-FUNCTION")])
    unsupported = [at for at, file in enumerate(message.attachments) if not _accepts(file, checks)]
    reject([_unsupported(_file_path(root, at)) for at in unsupported])
    harmful = [(at, name) for at, file in enumerate(message.attachments) if (name := checks.scan(file.content))]
    reject([_harmful(_file_path(root, at), name) for at, name in harmful])
    if checks.is_duplicate(message.message_id):
        path = f"{_HEADER_IN_MESSAGE}/sdk:messageId"
        reject([Finding(Cause.BV, Detail.DUPLICATE, path, "messageId is not unique.", "SDK-UNIQUE-messageId")])
    if message.ref_to_message_id and checks.refers_to_failed(message.ref_to_message_id):
        path = f"{_HEADER_IN_MESSAGE}/sdk:refToMessageId"
        text = "The message that refToMessageId names is marked as failed."
        reject([Finding(Cause.BV, Detail.NOT_SUPPORTED, path, text, "SDK-REFERENCE-failed")])


def _transport_findings(envelope: Envelope, checks: Checks) -> list[Finding]:
    """Outcome 13: the envelope's parties must be those that the access points have vouched for."""
    pairs = (
        (checks.transport_sender, envelope.sender, "FromParty", "originalSender"),
        (checks.transport_recipient, envelope.recipient, "ToParty", "finalRecipient"),
    )
    return [
        Finding(
            Cause.BV,
            Detail.SECURITY,
            f"{_HEADER_PATH}/xha:{party}/xha:PartyIdentification/xhb:ID",
            f"{party} is not identical to the access point's {word}.",
            f"SDK-{word}",
        )
        for carried, stated, party, word in pairs
        if carried is not None and carried != stated
    ]


def _accepts(file: Attachment, checks: Checks) -> bool:
    content_type = bare_type(file.content_type)
    return content_type == PDF or checks.accepts_type(content_type)


def bare_type(content_type: str) -> str:
    """Return a MIME type without its parameters, such as the `charset` that many write behind `text/plain`."""
    return content_type.partition(";")[0].strip().lower()


def _unsupported(path: str) -> Finding:
    text = "The content type is not supported by the recipient."
    return Finding(Cause.BV, Detail.NOT_SUPPORTED, f"{path}/sdk:contentType", text, "SDK-FILE-type")


def _harmful(path: str, name: str) -> Finding:
    return Finding(Cause.BV, Detail.FORBIDDEN, path, f"Malware was found in the file: {name}.", "SDK-FILE-malware")


def _file_path(root: etree._Element, number: int) -> str:
    """Return the path of a file; where several documents may be out of order, only that it is a file."""
    if sum(1 for _ in root.iter(f"{{{NS_MESSAGE}}}documents")) != 1:
        return _FILE_PATH
    return path_of(list(root.iter(f"{{{NS_MESSAGE}}}ContentFiles"))[number])
