"""The message receipt (meddelandekvittens): the recipient's word that it took a message, or why not.

Source: Digg C3.2.4 Meddelandekvittens 1.0, section 3.1 (UBL 2.1 ApplicationResponse).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from lxml import etree

from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import (
    NS_CAC,
    NS_CBC,
    NS_UBL,
    PROCESS,
    RECEIPT_CUSTOMIZATION,
    SCHEME,
)
from budkavle_sdk_transport.formats.timestamps import format_moment, read_moment
from budkavle_sdk_transport.formats.xml import value
from budkavle_sdk_transport.formats.xml_writer import Writer, attribute

ACCEPTED: Final = "ACCEPTED"
REJECTED: Final = "REJECTED"
_NAMESPACES: Final = f' xmlns:cac="{NS_CAC}" xmlns:cbc="{NS_CBC}" xmlns:ubl="{NS_UBL}"'
_RESPONSE: Final = f"{{{NS_CAC}}}DocumentResponse"
_DATE: Final = re.compile(r"-?\d+-\d\d-\d\d", re.ASCII)
Code = TypeVar("Code", Cause, Detail)


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """A receipt.

    Attributes:
        id: The receipt's own id.
        issued_at: When it was issued, in UTC.
        sender: The participant that acknowledges.
        recipient: The participant whose message is acknowledged.
        message_id: The XHE id of that message.
        accepted: Whether the message was accepted.
        reasons: Why not; empty when accepted. Read from a foreign receipt, codes that are not ours stay plain text.
    """

    id: str
    issued_at: datetime
    sender: str
    recipient: str
    message_id: str
    accepted: bool
    reasons: tuple[Finding, ...] = ()


def build_receipt(receipt: MessageReceipt) -> bytes:
    """Return the receipt as canonical XML without a declaration.

    Raises:
        ValueError: It is accepted with reasons, or rejected without (rules R7 and R8), or a text is unfit for XML.
    """
    if receipt.accepted == bool(receipt.reasons):
        raise ValueError("A receipt has reasons if, and only if, it rejects the message.")
    writer = Writer()
    writer.open("ubl:ApplicationResponse", _NAMESPACES)
    _write_head(writer, receipt)
    writer.open("cac:DocumentResponse")
    writer.open("cac:Response")
    writer.leaf("cbc:ResponseCode", ACCEPTED if receipt.accepted else REJECTED)
    writer.close()
    writer.open("cac:DocumentReference")
    writer.leaf("cbc:ID", receipt.message_id)
    writer.close()
    for reason in receipt.reasons:
        _write_reason(writer, reason)
    writer.close()
    writer.close()
    return writer.bytes()


def read_receipt(root: etree._Element) -> MessageReceipt:
    """Return the receipt of a valid ApplicationResponse element; call ``check_receipt`` first.

    It counts as accepted only if it says so and gives no reason against.
    """
    response = f"{_RESPONSE}/{{{NS_CAC}}}Response/{{{NS_CBC}}}ResponseCode"
    reasons = tuple(_read_reason(line) for line in root.iterfind(f"{_RESPONSE}/{{{NS_CAC}}}LineResponse"))
    return MessageReceipt(
        id=_text(root, f"{{{NS_CBC}}}ID"),
        issued_at=_issued_at(root),
        sender=_text(root, f"{{{NS_CAC}}}SenderParty/{{{NS_CBC}}}EndpointID"),
        recipient=_text(root, f"{{{NS_CAC}}}ReceiverParty/{{{NS_CBC}}}EndpointID"),
        message_id=_text(root, f"{_RESPONSE}/{{{NS_CAC}}}DocumentReference/{{{NS_CBC}}}ID"),
        accepted=_text(root, response) == ACCEPTED and not reasons,
        reasons=reasons,
    )


def _write_head(writer: Writer, receipt: MessageReceipt) -> None:
    date, _, time = format_moment(receipt.issued_at).partition("T")
    writer.leaf("cbc:CustomizationID", RECEIPT_CUSTOMIZATION)
    writer.leaf("cbc:ProfileID", PROCESS)
    writer.leaf("cbc:ID", receipt.id)
    writer.leaf("cbc:IssueDate", date)
    writer.leaf("cbc:IssueTime", time)
    for name, participant in (("cac:SenderParty", receipt.sender), ("cac:ReceiverParty", receipt.recipient)):
        writer.open(name)
        writer.leaf("cbc:EndpointID", participant, attribute("schemeID", SCHEME))
        writer.close()


def _write_reason(writer: Writer, reason: Finding) -> None:
    writer.open("cac:LineResponse")
    writer.open("cac:LineReference")
    writer.leaf("cbc:LineID", reason.path or "NA")
    writer.close()
    writer.open("cac:Response")
    writer.leaf("cbc:ResponseCode", reason.cause)
    writer.open("cac:Status")
    writer.optional("cbc:StatusReasonCode", reason.detail)
    writer.leaf("cbc:StatusReason", reason.text)
    for _ in ("Status", "Response", "LineResponse"):
        writer.close()


def _read_reason(line: etree._Element) -> Finding:
    response = f"{{{NS_CAC}}}Response"
    status = f"{response}/{{{NS_CAC}}}Status"
    return Finding(
        cause=_code(Cause, _text(line, f"{response}/{{{NS_CBC}}}ResponseCode")),
        detail=_code(Detail, _text(line, f"{status}/{{{NS_CBC}}}StatusReasonCode")),
        path=_text(line, f"{{{NS_CAC}}}LineReference/{{{NS_CBC}}}LineID"),
        text=_text(line, f"{status}/{{{NS_CBC}}}StatusReason"),
        rule="receipt",
    )


def _code(kind: type[Code], text: str) -> Code | str:
    """Our code for a text; the specification itself writes ``Not-found`` for ``not-found``, so case is no matter."""
    return next((code for code in kind if code.value.lower() == text.lower()), text)


def _issued_at(root: etree._Element) -> datetime:
    """Date and time of issue; either may carry a time zone, and the time's counts."""
    date = _DATE.match(_text(root, f"{{{NS_CBC}}}IssueDate"))
    time = _text(root, f"{{{NS_CBC}}}IssueTime")
    return read_moment(f"{date[0] if date else ''}T{time}")


def _text(parent: etree._Element, path: str) -> str:
    element = parent.find(path)
    return "" if element is None else value(element).strip(" \t\r\n")
