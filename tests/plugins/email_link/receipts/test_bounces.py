"""Reports of mail servers: found in any structure, and trusted only by the address that they were sent to."""

import json
import mailbox
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from budkavle import Unavailable
from budkavle.testing.working import do_job
from budkavle_email_link.receipts import bounces, status_notifications
from budkavle_email_link.receipts.bounces import Returns
from budkavle_email_link.receipts.status_notifications import Action

TOKEN = "abcdefghijklmnopqrstuvwx"
WHOLE = "multipart/report; report-type=delivery-status"
REPORT = """\
Return-Path: <>
Delivered-To: {to}
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: {kind}; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Your mail did not come through. Secret words of a stranger.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Tue, 24 Nov 2026 12:00:00 +0100

Final-Recipient: rfc822; maria@exempel.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 No such user here
--b
Content-Type: message/rfc822

From: no-reply@habo.example
To: maria@exempel.example
Subject: quoted

https://meddelande.habo.example/l/THETOKEN
--b--
"""


def report(to: str, action: str = "failed", status: str = "5.1.1", kind: str = WHOLE) -> bytes:
    return REPORT.format(to=to, action=action, status=status, kind=kind).encode()


@pytest.mark.parametrize("kind", [WHOLE, "multipart/mixed"])
def test_the_part_is_found_whatever_the_whole_is_called(kind: str) -> None:
    """OpenSMTPD calls its reports multipart/mixed."""
    found = status_notifications.read(report(f"bounce+{TOKEN}@habo.example", kind=kind))
    assert found == status_notifications.Report(TOKEN, Action.FAILED, "5.1.1")


@pytest.mark.parametrize("action", [one.value for one in Action])
def test_what_the_server_did(action: str) -> None:
    """Each word of RFC 3464."""
    found = status_notifications.read(report(f"bounce+{TOKEN}@habo.example", action=action.upper()))
    assert found is not None
    assert found.action is Action(action)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"From: anna@habo.example\nTo: bounce@habo.example\nSubject: Semester\n\nJag ar borta.",
        report("bounce@habo.example"),
        report("bounce+short@habo.example"),
        report(f"bounce+{TOKEN}@habo.example").replace(b"message/delivery-status", b"text/plain"),
        report(f"bounce+{TOKEN}@habo.example", action="exploded"),
        b"Content-Type: message/delivery-status\n\n" + b"a: b\n\n" * 50_000,
    ],
    ids=[
        "nothing",
        "noise",
        "an automatic answer",
        "no token",
        "a short token",
        "no such part",
        "no such action",
        "much",
    ],
)
def test_what_is_no_report(raw: bytes) -> None:
    """It says nothing, and breaks nothing."""
    assert status_notifications.read(raw) is None


def test_the_address_may_be_told_beside_the_mail() -> None:
    """By a pipe that knows it."""
    raw = report("postmaster@habo.example")
    assert status_notifications.read(raw) is None
    found = status_notifications.read(raw, f"BOUNCE+{TOKEN.upper()}@habo.example")
    assert found is not None
    assert found.token == TOKEN


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.1.1", "Adressen finns inte"),
        ("5.1.2", "domän"),
        ("5.2.2", "full"),
        ("5.2.1", "stängd"),
        ("5.4.7", "inte gått att nå"),
        ("5.7.1", "tog inte emot"),
        ("5.0.0", "tog inte emot"),
        ("", "tog inte emot"),
    ],
)
def test_why_in_plain_words(status: str, words: str) -> None:
    """What the sender reads, with what to do."""
    assert words in status_notifications.sentence(status)
    assert status_notifications.sentence(status).count(".") == 2


@pytest.mark.feature("S11")
def test_a_failure_is_told_to_the_sender(email_link: Any, handler: Any) -> None:
    """The delivery stands under "Behöver åtgärd", with the reason; a second report changes nothing."""
    message = email_link.write()
    (got,) = handler.got
    returns = Returns(email_link.host)
    assert returns.take(report(got.sender))
    row = email_link.delivery(message)
    assert row.state == "SEND_FAILURE"
    assert row.failure == status_notifications.NO_SUCH_ADDRESS
    assert "BOUNCED" in email_link.organisation.timeline(message.id)
    assert returns.take(report(got.sender))
    assert email_link.delivery(message).state == "SEND_FAILURE"
    assert email_link.organisation.rows("SELECT trouble FROM cases")[0].trouble


def test_a_delay_only_stands_in_the_timeline(email_link: Any, handler: Any) -> None:
    """The mail server goes on trying, so nothing is lost yet."""
    message = email_link.write()
    assert Returns(email_link.host).take(report(handler.got[0].sender, action="delayed", status="4.4.1"))
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"
    assert "DELAYED" in email_link.organisation.timeline(message.id)


def test_a_late_failure_does_not_unopen(email_link: Any, handler: Any, reader: Callable[..., Any]) -> None:
    """Somebody has read it: the address was right after all."""
    message = email_link.write()
    reader().open()
    Returns(email_link.host).take(report(handler.got[0].sender))
    row = email_link.delivery(message)
    assert (row.state, row.failure) == ("ACKNOWLEDGED", "")


@pytest.mark.parametrize("action", ["failed", "delayed"])
def test_a_forged_token_changes_nothing(email_link: Any, handler: Any, action: str) -> None:
    """It is passed over with a line in the log; the link's own token is no bounce token either."""
    message = email_link.write()
    before = email_link.organisation.timeline(message.id)
    link = handler.got[0].body("plain").split("/l/")[1].split()[0]
    for token in (TOKEN, link.lower().replace("-", "a").replace("_", "b")[:24]):
        assert not Returns(email_link.host).take(report(f"bounce+{token}@habo.example", action=action))
    assert (email_link.delivery(message).state, email_link.organisation.timeline(message.id)) == (
        "WAITING_FOR_RECEIPT",
        before,
    )


def test_the_maildir_is_read(
    open_email_link: Callable[..., Any], mail_server: Any, handler: Any, tmp_path: Path
) -> None:
    """What is understood is removed, the rest stays as read; nobody's folder is no error."""
    folder = tmp_path / "bounces"
    email_link = open_email_link(host=mail_server[0], port=mail_server[1], bounces=str(folder))
    assert do_job(email_link.platform, "email_link.bounces") == 0
    box = mailbox.Maildir(folder)
    message = email_link.write()
    box.add(report(handler.got[0].sender, status="5.2.2"))
    box.add(b"From: anna@habo.example\nSubject: Semester\n\nJag ar borta.")
    assert do_job(email_link.platform, "email_link.bounces") == 2
    assert do_job(email_link.platform, "email_link.bounces") == 0
    assert "full" in email_link.delivery(message).failure
    assert len(list((folder / "cur").iterdir())) == 1
    assert list((folder / "new").iterdir()) == []


def test_a_report_that_cannot_be_noted_stays_and_does_not_hide_the_others(
    open_email_link: Callable[..., Any],
    mail_server: Any,
    handler: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as one about an organisation that is being moved; it is read again until it can be noted."""
    folder = tmp_path / "bounces"
    email_link = open_email_link(host=mail_server[0], port=mail_server[1], bounces=str(folder))
    box, messages = mailbox.Maildir(folder), [email_link.write(), email_link.write()]
    monkeypatch.setattr(bounces, "AT_ONCE", 1)
    for mail, name in zip(handler.got, ("1.first", "2.second"), strict=True):
        (folder / "new" / name).write_bytes(report(mail.sender))
    take = Returns.take

    def stumble(self: Returns, raw: bytes, recipient: str = "") -> bool:
        if handler.got[0].sender.encode() in raw:
            raise Unavailable("Organisationen flyttas just nu.")
        return take(self, raw, recipient)

    with monkeypatch.context() as patch:
        patch.setattr(Returns, "take", stumble)
        assert do_job(email_link.platform, "email_link.bounces") == 1
    assert [email_link.delivery(message).state for message in messages] == ["WAITING_FOR_RECEIPT", "SEND_FAILURE"]
    assert do_job(email_link.platform, "email_link.bounces") == 1
    assert email_link.delivery(messages[0]).state == "SEND_FAILURE"
    assert len(box) == 0


def test_the_pipe(email_link: Any, handler: Any, tmp_path: Path) -> None:
    """`budkavle email bounce` reads one report from standard input."""
    message = email_link.write()
    settings = tmp_path / "budkavle.toml"
    database = email_link.platform.settings.database
    settings.write_text(
        f"data = {json.dumps(str(email_link.platform.settings.data))}\n"
        'enabled = ["email_link"]\n'
        f"[database]\nurl = {json.dumps(database.url)}\nowner_url = {json.dumps(database.owner_url)}\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "budkavle", "--config", str(settings), "email", "bounce"]
    raw = report("postmaster@habo.example")
    done = subprocess.run([*command, "--to", handler.got[0].sender], input=raw, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert email_link.delivery(message).state == "SEND_FAILURE"
