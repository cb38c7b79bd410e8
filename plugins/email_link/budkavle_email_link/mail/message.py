"""One mail: its two bodies, its headers, its envelope, and the bytes that leave."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import dkim

from budkavle import Misconfigured
from budkavle_email_link.settings import EmailLinkSettings

SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"auto-submitted")
"""Headers that a DKIM signature covers (RFC 6376, section 5.4.1); those that relays add are not among them."""

CASE_HEADER = "X-Budkavle-Message"
"""Says which case a notice is about, as its link does."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail on its way to one person; it never holds anything of a secure message.

    Attributes:
        to: The address, its domain in punycode.
        sender_name: What stands before our own address in From.
        message_id: The same at every try, without angle brackets.
        bounce: The local part of the envelope's sender.
        language: Of the texts.
        calendar: An entry for the reader's calendar (iCalendar); empty where it brings none.
        calendar_method: What the calendar is to do with it.
        case_id: The case that it leads somebody with an account to, for programs that show it; empty for others.
    """

    to: str
    sender_name: str
    subject: str
    text: str
    html: str
    message_id: str
    bounce: str = "bounce"
    language: str = "sv"
    calendar: str = ""
    calendar_method: str = ""
    case_id: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


def envelope_sender(mail: Mail, settings: EmailLinkSettings) -> str:
    """Return who bounces go to (VERP: each mail its own address)."""
    return f"{mail.bounce}@{settings.domain}"


def as_bytes(mail: Mail, settings: EmailLinkSettings) -> bytes:
    """Return the whole mail as it is handed to the server, signed where there is a key for it.

    Raises:
        Misconfigured: The key cannot be used.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(mail.sender_name, addr_spec=settings.sender)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5
    message["X-Auto-Response-Suppress"] = "All"  # Exchange's word for the same
    if mail.case_id:
        message[CASE_HEADER] = mail.case_id
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if mail.calendar:
        parameters = {"method": mail.calendar_method}  # as the entry says itself (RFC 6047, section 2.4)
        message.add_alternative(mail.calendar, subtype="calendar", cte="base64", params=parameters)
    message["Content-Language"] = mail.language  # last: what makes alternatives takes the headers of content away
    raw = message.as_bytes()
    return _signature(raw, settings) + raw if settings.dkim_key else raw


def _signature(raw: bytes, settings: EmailLinkSettings) -> bytes:
    domain = settings.sender.rpartition("@")[2].encode()
    try:
        signed: bytes = dkim.sign(
            raw,
            settings.dkim_selector.encode(),
            domain,
            settings.dkim_key.encode(),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=list(SIGNED),
        )
    except (dkim.DKIMException, ValueError) as error:
        raise Misconfigured("Nyckeln i plugins.email_link.dkim_key går inte att signera med.") from error
    return signed
