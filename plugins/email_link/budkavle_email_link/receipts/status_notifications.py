"""Parses delivery status notifications (RFC 3464). Pure.

Some servers label the report multipart/mixed (OpenSMTPD does), so the status part is searched for, whatever the outer
type. The report's mail is identified by the address that the report was sent to (VERP), never by what it quotes.
"""

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

MOST_BYTES = 2_000_000
"""The most bytes that are read: a larger report quotes too much, and what we need is at its beginning."""
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
        token: The token of the address that it was sent to; only servers that have handled the mail know it.
        status: The enhanced status code (RFC 3463), such as `5.1.1`; empty if there is none.
    """

    token: str
    action: Action
    status: str


def read(raw: bytes, recipient: str = "") -> Report | None:
    """Parse a report; None if it is something else, such as an automatic reply, or is not for us.

    Args:
        raw: The mail as received.
        recipient: The address that it was sent to, if the mail system passes it separately.
    """
    message = email.message_from_bytes(raw[:MOST_BYTES], policy=email.policy.compat32)
    tokens = list(dict.fromkeys(_tokens(message, recipient)))
    reports = [report for part in message.walk() for report in _recipients(part)]
    if not tokens or not reports:
        return None
    action, status = max(reports, key=lambda report: _ORDER.index(report[0]))
    return Report(tokens[0], action, status)


_ORDER = (Action.EXPANDED, Action.RELAYED, Action.DELIVERED, Action.DELAYED, Action.FAILED)
"""If a report has several recipients, the worst result counts; each of our mails has only one."""


def sentence(status: str) -> str:
    """Return why a mail did not reach its recipient, and what to do, in plain words (RFC 3463, section 3)."""
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
    """Yield action and status of each recipient block; the first block is about the report itself."""
    blocks = part.get_payload() if part.get_content_type() == "message/delivery-status" else []
    for block in blocks if isinstance(blocks, list) else _parsed(blocks):
        if not isinstance(block, Message):
            continue
        action = str(block.get("Action", "")).strip().lower()
        if action in set(Action):
            status = _STATUS.search(str(block.get("Status", "")))
            yield Action(action), status.group() if status else ""


def _parsed(text: object) -> Sequence[Message]:
    """Parse the blocks of a part that the library has left as text, because its encoding is not the declared one."""
    return [email.message_from_string(block) for block in re.split(r"\r?\n\r?\n", str(text)) if block.strip()]
