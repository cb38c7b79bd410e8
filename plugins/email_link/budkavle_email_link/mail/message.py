"""One mail: its two bodies, its headers, its envelope, and the bytes that are sent."""

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
"""The headers that a DKIM signature covers (RFC 6376, section 5.4.1), without those that relays add."""

CASE_HEADER = "X-Budkavle-Message"
"""The header with the case that a notice is about, as in its link."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person; it contains nothing of a secure message.

    Attributes:
        to: The address, its domain in punycode.
        sender_name: The display name before our address in From.
        message_id: Without angle brackets; the same at every attempt.
        bounce: The local part of the envelope's sender.
        language: The language of the texts.
        calendar: A calendar entry (iCalendar); empty for none.
        calendar_method: The iTIP method of the entry.
        case_id: The case that its link opens for a user with an account, for programs that show it; empty for others.
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
    """Return the envelope's sender, which receives bounces: a separate address for each mail (VERP)."""
    return f"{mail.bounce}@{settings.domain}"


def as_bytes(mail: Mail, settings: EmailLinkSettings) -> bytes:
    """Return the mail as it is sent to the server, with a DKIM signature if there is a key.

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
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    if mail.case_id:
        message[CASE_HEADER] = mail.case_id
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if mail.calendar:
        parameters = {"method": mail.calendar_method}  # the same as in the entry (RFC 6047, section 2.4)
        message.add_alternative(mail.calendar, subtype="calendar", cte="base64", params=parameters)
    message["Content-Language"] = mail.language  # last: adding an alternative removes the content headers
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
