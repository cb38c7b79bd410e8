"""What must never leak: content in mails, logs and temporary files; a link's secret in logs and tables."""

import logging
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from budkavle import Terms
from budkavle.cases import store_attachment
from budkavle.deliveries.recall import recall
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job
from budkavle_email_link.receipts.bounces import Returns

CANARY = "KANARIEFAGEL"
MARIA = "maria@exempel.example"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that everything temporary would land in."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_whole_life(
    email_link: Any,
    handler: Any,
    reader: Callable[..., Any],
    temporary: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Sent, refused, sent again, guessed, opened, downloaded, answered, reminded, bounced, recalled, expired."""
    caplog.set_level(logging.DEBUG, "budkavle")
    pdf = iter([f"%PDF-1.7 {CANARY}".encode()])
    file = store_attachment(email_link.platform, email_link.anna, f"{CANARY}.pdf", "application/pdf", pdf)
    handler.answers["RCPT"] = ["451 later"]
    email_link.write(subject=f"{CANARY} ämne", body=f"{CANARY} text", attachments=(file.id,))
    email_link.organisation.rows("UPDATE deliveries SET due_at = now()")
    email_link.write(subject=f"{CANARY} ämne", body=f"{CANARY} text", terms={MARIA: Terms(method="email")})
    links = {got.body("plain").split("/l/")[1].split()[0] for got in handler.got}
    for nth in range(len(links)):
        maria = reader(nth)
        page = maria.open()
        maria.client.get(f"{maria.path}x", headers={"accept": "text/html"})
        for url in re.findall(r'href="/l/[^"]+(/file/[^"]+)"', page.text):
            maria.get(url)
        program = [("attachments", (f"{CANARY}.exe", b"MZ" + CANARY.encode() * 20_000, "application/pdf"))]
        fields = maria.fields(page.text)
        maria.post("/answer", {**fields, "body": f"{CANARY} svar"}, files=program)
        picture = [("attachments", (f"{CANARY}.png", b"\x89PNG\r\n\x1a\n" + CANARY.encode(), "image/png"))]
        maria.post("/answer", {**fields, "body": f"{CANARY} svar"}, files=picture)
    last = email_link.write(subject=f"{CANARY} ämne", body=f"{CANARY} text")
    in_work(email_link.platform, email_link.anna, recall, email_link.delivery(last).id)
    reader().get()
    email_link.organisation.rows(
        "UPDATE email_link_links SET remind_at = now(), expires_at = now() - interval '1 second'"
    )
    do_job(email_link.platform, "email_link.due")
    Returns(email_link.host).take(f"To: bounce+{'a' * 24}@habo.example\n\n{CANARY}".encode())
    told = "".join(capfd.readouterr()) + "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("budkavle")
    )
    for mail in handler.got:
        assert CANARY not in mail.raw.decode() + mail.body("plain") + mail.body("html") + str(mail.message["Subject"])
    ours = "\n".join(line for line in told.splitlines() if "httpx" not in line and "mail.log" not in line)
    assert links
    for secret in (CANARY, MARIA, *links):
        assert secret not in ours
    assert [one for one in temporary.rglob("*") if one.is_file() and CANARY.encode() in one.read_bytes()] == []


def test_no_table_holds_it_in_clear(email_link: Any, handler: Any) -> None:
    """Neither the link nor the address of its reader."""
    email_link.write()
    token = handler.got[0].body("plain").split("/l/")[1].split()[0]
    bounce = handler.got[0].sender.split("+")[1].split("@")[0]
    tables = email_link.organisation.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'email\\_link\\_%'"
    )
    assert tables
    for table in tables:
        for row in email_link.organisation.rows(f"SELECT t::text AS whole FROM {table.tablename} t"):
            for secret in (token, bounce, MARIA, token.encode().hex(), MARIA.encode().hex()):
                assert secret not in row.whole
