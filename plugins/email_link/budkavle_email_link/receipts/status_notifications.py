"""Reading what mail servers report back about a mail (delivery status notifications, RFC 3464). Pure.

Some servers label the whole report multipart/mixed (OpenSMTPD does), so the part is looked for, not the top type. Which
mail it is about is told by the address that the report came to (VERP), never by what it quotes.
"""

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

MOST_BYTES = 2_000_000
"""A larger report quotes too much; what we need is at its beginning."""
_TOKEN = re.compile(r"\bbounce\+([a-z2-7]{24})@", re.IGNORECASE)
_PLACES = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class Action(StrEnum):
    """What the server did (RFC 3464, section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Report:
    """A report about one mail.

    Attributes:
        token: Of the address that it came to; whoever knows it has had the mail through their hands.
        status: The enhanced status code (RFC 3463), such as `5.1.1`; empty where there is none.
    """

    token: str
    action: Action
    status: str


def read(raw: bytes, recipient: str = "") -> Report | None:
    """Return what a report says; None where it is none, such as an automatic answer, or not for us.

    Args:
        raw: The mail as it came.
        recipient: The address that it came to, where the mail system tells it beside the mail.
    """
    message = email.message_from_bytes(raw[:MOST_BYTES], policy=email.policy.compat32)
    tokens = list(dict.fromkeys(_tokens(message, recipient)))
    reports = [report for part in message.walk() for report in _recipients(part)]
    if not tokens or not reports:
        return None
    action, status = max(reports, key=lambda report: _ORDER.index(report[0]))
    return Report(tokens[0], action, status)


_ORDER = (Action.EXPANDED, Action.RELAYED, Action.DELIVERED, Action.DELAYED, Action.FAILED)
"""Of several recipients in one report the worst counts; each of our mails has only one."""


def sentence(status: str) -> str:
    """Return in plain words why a mail did not come to its recipient, and what to do (RFC 3463, section 3)."""
    numbers = _STATUS.fullmatch(status)
    subject, detail = (numbers[2], numbers[3]) if numbers else ("", "")
    if (subject, detail) in {("1", "1"), ("1", "6"), ("1", "10"), ("1", "3")}:
        return NO_SUCH_ADDRESS
    if (subject, detail) in {("1", "2"), ("4", "4")}:
        return NO_SUCH_DOMAIN
    if (subject, detail) in {("2", "2"), ("3", "1")}:
        return FULL
    if (subject, detail) == ("2", "1"):
        return CLOSED
    if (subject, detail) in {("4", "1"), ("4", "2"), ("4", "7")}:
        return UNREACHABLE
    return REFUSED


NO_SUCH_ADDRESS = "Adressen finns inte hos mottagarens e-postserver. Kontrollera stavningen, och skicka på nytt."
NO_SUCH_DOMAIN = "Det finns ingen e-postserver för adressens domän. Kontrollera stavningen efter @, och skicka på nytt."
FULL = "Mottagarens e-postlåda är full. Nå personen på annat sätt, eller skicka på nytt senare."
CLOSED = "Mottagarens e-postlåda är stängd. Nå personen på annat sätt."
UNREACHABLE = "Mottagarens e-postserver har inte gått att nå. Skicka på nytt, eller nå personen på annat sätt."
REFUSED = "Mottagarens e-postserver tog inte emot mejlet. Kontrollera adressen, eller nå personen på annat sätt."


def _tokens(message: Message, recipient: str) -> Iterator[str]:
    for text in (recipient, *(str(value) for place in _PLACES for value in message.get_all(place, []))):
        yield from (token.lower() for token in _TOKEN.findall(text))


def _recipients(part: Message) -> Iterator[tuple[Action, str]]:
    """Give action and status of each recipient block; the first block of a report is about the report itself."""
    blocks = part.get_payload() if part.get_content_type() == "message/delivery-status" else []
    for block in blocks if isinstance(blocks, list) else _parsed(blocks):
        if not isinstance(block, Message):
            continue
        action = str(block.get("Action", "")).strip().lower()
        if action in set(Action):
            status = _STATUS.search(str(block.get("Status", "")))
            yield Action(action), status.group() if status else ""


def _parsed(text: object) -> Sequence[Message]:
    """Read the blocks of a part that the library has left as text, since its encoding is not what it says."""
    return [email.message_from_string(block) for block in re.split(r"\r?\n\r?\n", str(text)) if block.strip()]
