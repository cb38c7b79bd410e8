"""A mail's headers are ours: nothing that others have written can end or begin one."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP

import pytest

from budkavle_email_link.mail.message import Mail, as_bytes, envelope_sender
from budkavle_email_link.settings import EmailLinkSettings

MAIL = Mail("maria@exempel.example", "Håbo kommun", "Ämne", "Text", "<p>Text</p>", "id@habo.example")
SETTINGS = EmailLinkSettings(sender="no-reply@habo.example")
ENDS = ("\r\n", "\n", "\r", "\r\n ", "\x85", "\u2028", "\0\r\n")
"""What some reader of mails may take for the end of a line."""
HEADERS = set(message_from_bytes(as_bytes(replace(MAIL, case_id="x"), SETTINGS), policy=SMTP).keys())
FIELDS = ("to", "sender_name", "subject", "message_id", "language", "case_id")


@pytest.mark.parametrize("end", ENDS, ids=map(repr, ENDS))
@pytest.mark.parametrize("field", FIELDS)
def test_no_header_comes_of_what_others_write(field: str, end: str) -> None:
    """It is refused, or stays within its header."""
    hostile = f"{getattr(MAIL, field)}{end}Bcc: elak@exempel.example{end}{end}Annan text"
    try:
        raw = as_bytes(replace(MAIL, **{field: hostile}), SETTINGS)
    except ValueError:
        return
    assert not [line for line in raw.splitlines() if line.lower().startswith(b"bcc")]
    read = message_from_bytes(raw, policy=SMTP)
    assert set(read.keys()) <= HEADERS
    assert "Annan text" not in str(read.get_body(("plain",)))


def test_a_body_ends_no_mail() -> None:
    """A line with only a dot, and what looks like a header or a part, stay part of the text."""
    text = "Hej\r\n.\r\nMAIL FROM:<elak@exempel.example>\r\n\r\n--b\r\nBcc: elak@exempel.example\r\n"
    read = message_from_bytes(as_bytes(replace(MAIL, text=text), SETTINGS), policy=SMTP)
    body = read.get_body(("plain",))
    assert body is not None
    assert "MAIL FROM:<elak@exempel.example>" in body.get_content()
    assert set(read.keys()) <= HEADERS
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


def test_where_bounces_go_is_our_own_word() -> None:
    """The envelope's sender is generated here, never taken from what somebody wrote."""
    assert envelope_sender(MAIL, SETTINGS) == "bounce@habo.example"
