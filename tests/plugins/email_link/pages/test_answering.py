"""A reader answers: once, with files that are scanned, and nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from budkavle import Terms
from budkavle.identification import Limit
from budkavle.messaging import guest_access
from budkavle.testing.fakes import FakeScanner

NewReader = Callable[..., Any]


@pytest.mark.feature("M7", "M15", "S5", "L6", "Y4")
def test_answering(email_link: Any, reader: NewReader) -> None:
    """The answer and its file come into the sender's case, once; then the reader is signed out."""
    message = email_link.write(subject="Ditt ärende")
    maria = reader()
    page = maria.open()
    fields = maria.fields(page.text)
    assert "Högst 30 MB tillsammans." in page.text
    files = [("attachments", ("foto.png", b"\x89PNG\r\n\x1a\nbild", "image/png"))]
    done = maria.post("/answer", {**fields, "body": "Tack, jag kommer."}, files=files)
    assert done.status_code == 200
    assert "Ditt svar är skickat" in done.text
    assert "Läs meddelandet" in maria.get().text
    (came,) = email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'")
    assert (came.case_id, came.loa, came.attachments) == (message.case_id, 1, 1)
    assert email_link.delivery(message).answered_at is not None
    again = maria.open()
    maria.post("/answer", {**maria.fields(again.text), "key": fields["key"], "body": "Tack, jag kommer."})
    assert len(email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'")) == 1


def test_an_answer_that_is_sent_once_more_is_still_told_as_sent(email_link: Any, reader: NewReader) -> None:
    """A second press, or a page loaded again, comes when the reader has been signed out."""
    email_link.write()
    maria = reader()
    fields = {**maria.fields(maria.open().text), "body": "Tack, jag kommer."}
    assert "Ditt svar är skickat" in maria.post("/answer", fields).text
    again = maria.post("/answer", fields)
    assert (again.status_code, "Ditt svar är skickat" in again.text) == (200, True)
    assert len(email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'")) == 1
    for other in ({"key": "någon annan"}, {"key": ""}):
        assert "Det var för länge sedan" in maria.post("/answer", {**fields, **other}).text


def test_an_empty_answer_says_so_and_a_program_is_refused(email_link: Any, reader: NewReader) -> None:
    """The page comes back with what was typed, and with a sentence at the field."""
    email_link.write()
    maria = reader()
    fields = maria.fields(maria.open().text)
    empty = maria.post(
        "/answer", {**fields, "body": "  "}, files=[("attachments", ("", b"", "application/octet-stream"))]
    )
    assert empty.status_code == 422
    assert "Skriv ett svar eller lägg till en fil." in empty.text
    program = [("attachments", ("virus.exe", b"MZ\x90\x00" + b"\0" * 100, "application/pdf"))]
    refused = maria.post("/answer", {**maria.fields(empty.text), "body": "Se filen"}, files=program)
    assert refused.status_code == 422
    assert "virus.exe" in refused.text
    assert "Se filen</textarea>" in refused.text
    for kind in ("application/pdf", "application/octet-stream"):
        nothing = [("attachments", ("tom.pdf", b"", kind))]
        refused = maria.post("/answer", {**maria.fields(refused.text), "body": "Se filen"}, files=nothing)
        assert refused.status_code == 422
        assert "tom.pdf är tom. Välj en annan fil." in refused.text
    assert email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'") == []


def test_files_of_an_answer_are_scanned(email_link: Any, reader: NewReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Malware, and a scanner that does not answer, are told at the field; what the reader has typed stays."""
    scanner = FakeScanner()
    scanner.switch_on(email_link.platform, monkeypatch)
    message = email_link.write()
    maria = reader()
    fields = {**maria.fields(maria.open().text), "body": "Se filen"}
    bad = [("attachments", ("foto.png", b"\x89PNG\r\n\x1a\n" + FakeScanner.MARK, "image/png"))]
    refused = maria.post("/answer", fields, files=bad)
    assert refused.status_code == 422
    assert "foto.png innehåller skadlig kod (Fake.Worm)" in refused.text
    assert "Se filen</textarea>" in refused.text
    (entry,) = email_link.organisation.log_entries("malware.refused")
    assert str(email_link.delivery(message).id) in entry
    good = [("attachments", ("foto.png", b"\x89PNG\r\n\x1a\nbild", "image/png"))]
    fields |= maria.fields(refused.text)
    scanner.answers = False
    waiting = maria.post("/answer", fields, files=good)
    assert "kan inte kontrolleras mot skadlig kod just nu" in waiting.text
    assert "Se filen</textarea>" in waiting.text
    assert email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'") == []
    scanner.answers = True
    assert "Ditt svar är skickat" in maria.post("/answer", {**fields, **maria.fields(waiting.text)}, files=good).text


def test_many_answers_in_an_hour_are_asked_to_wait(
    email_link: Any, reader: NewReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written comes back with a sentence; another link is not hindered."""
    monkeypatch.setattr(guest_access, "ANSWERS", Limit(2, timedelta(hours=1)))
    email_link.write()
    maria = reader()
    for number in range(3):
        page = maria.open()
        last = maria.post("/answer", {**maria.fields(page.text), "body": f"Svar {number}"})
    assert last.status_code == 422
    assert "Du har svarat många gånger den senaste timmen" in last.text
    assert "Svar 2</textarea>" in last.text
    assert len(email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'")) == 2
    email_link.write(subject="Ett annat")
    other = reader()
    assert other.post("/answer", {**other.fields(other.open().text), "body": "Hej"}).status_code == 200


def test_files_that_are_too_large_together(open_email_link: Callable[..., Any], mail_server: Any, handler: Any) -> None:
    """The limit holds over all files, and the text is kept."""
    from litestar.testing import TestClient

    from budkavle.web.app import create_app

    email_link = open_email_link(host=mail_server[0], port=mail_server[1], answer_bytes=1000)
    email_link.write()
    with TestClient(create_app(email_link.platform), base_url="https://meddelande.habo.example") as client:
        path = "/l/" + handler.got[0].body("plain").split("/l/")[1].split()[0]
        here = {"sec-fetch-site": "same-origin", "accept": "text/html"}
        page = client.post(f"{path}/open", headers=here)
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        files = [("attachments", (f"{n}.txt", b"x" * 600, "text/plain")) for n in range(2)]
        answer = client.post(f"{path}/answer", data={**fields, "body": "Hej"}, files=files, headers=here)
    assert answer.status_code == 422
    assert "för stora tillsammans" in answer.text


def test_files_of_a_stranger_are_not_kept(email_link: Any, reader: NewReader) -> None:
    """Who has only the link cannot fill our memory or our disk."""
    email_link.write()
    files = [("attachments", ("stor.bin", b"x" * 2_000_000, "application/octet-stream"))]
    page = reader().post("/answer", {"body": "Hej", "csrf": "x", "key": "y"}, files=files)
    assert page.status_code == 413
    assert email_link.organisation.rows("SELECT * FROM attachments") == []
    assert email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'") == []


@pytest.mark.feature("M7")
def test_no_answer_where_the_sender_takes_none(email_link: Any, reader: NewReader) -> None:
    """No form, and a forged one is refused."""
    email_link.write(reply_allowed=False)
    maria = reader()
    page = maria.open()
    assert "tar inte emot svar" in page.text
    assert "<textarea" not in page.text
    csrf = maria.fields(page.text).get("csrf") or ""
    maria.post("/answer", {"csrf": csrf, "key": "1", "body": "Ändå"})
    assert email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'") == []


def test_an_answer_without_the_guests_token_is_refused(email_link: Any, reader: NewReader) -> None:
    """Another site cannot answer for somebody."""
    email_link.write()
    maria = reader()
    maria.open()
    assert maria.post("/answer", {"csrf": "fel", "key": "1", "body": "Hej"}).status_code == 403
    assert maria.post("/answer", {"body": "Hej"}, site="cross-site").status_code == 403
    assert email_link.organisation.rows("SELECT * FROM messages WHERE direction = 'in'") == []


def test_a_form_from_another_site(email_link: Any, reader: NewReader) -> None:
    """Refused by Fetch Metadata and by Origin; an old browser from our own page, which says `null`, may."""
    message = email_link.write()
    maria = reader()
    assert maria.post("/open", site="cross-site").status_code == 403
    assert maria.post("/open", site=None, headers={"origin": "https://evil.example"}).status_code == 403
    assert email_link.delivery(message).opened_at is None
    assert maria.post("/open", site=None, headers={"origin": "null"}).status_code == 200
    assert email_link.delivery(message).opened_at is not None


def test_an_answer_that_comes_too_late_is_not_lost(email_link: Any, reader: NewReader) -> None:
    """The session is over: the reader is asked to identify again, and can copy what was typed."""
    email_link.write()
    maria = reader()
    fields = maria.fields(maria.open().text)
    email_link.organisation.rows("DELETE FROM guest_sessions")
    page = maria.post("/answer", {**fields, "body": "En lång text"})
    assert page.status_code == 409
    assert "En lång text</textarea>" in page.text
    assert "Läs meddelandet" in page.text


def test_what_is_wrong_with_an_answer_is_told_in_the_readers_language(email_link: Any, reader: NewReader) -> None:
    """In the summary and at the field, with the facts of the sentence."""
    email_link.write(terms={"maria@exempel.example": Terms(language="en")})
    maria = reader()
    fields = maria.fields(maria.open().text)
    empty = maria.post("/answer", {**fields, "body": ""})
    assert empty.text.count("Write a reply or add a file.") == 2
    program = [("attachments", ("foto.png", b"MZ\0\0", "image/png"))]
    refused = maria.post("/answer", {**maria.fields(empty.text), "body": "Hi"}, files=program)
    assert refused.text.count("foto.png: The file is a program (") == 2
    assert "Filen" not in refused.text
