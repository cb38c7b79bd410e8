"""The link's pages, as a browser without JavaScript meets them."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from budkavle.accounts.organisations import change_state
from budkavle.accounts.profile import InformationSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import store_attachment
from budkavle.deliveries.recall import recall
from budkavle.identification import Limit
from budkavle.messaging import guest_access
from budkavle.model.states import OrganisationState
from budkavle.organisation import logos
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeScanner

NewReader = Callable[..., Any]
PDF = b"%PDF-1.7\nbilagan\n%%EOF\n"


def pdf(email_link: Any, name: str = "intyg åäö.pdf") -> Any:
    return store_attachment(email_link.platform, email_link.anna, name, "application/pdf", iter([PDF])).id


@pytest.mark.feature("A2", "Q1")
def test_the_first_page_says_who_and_how(email_link: Any, reader: NewReader) -> None:
    """Who sent it, until when, how to know that it is genuine, and one button; nothing of the message."""
    email_link.write(subject="Kallelse till möte", body="Hemligheten")
    page = reader().get()
    assert page.status_code == 200
    for words in (
        "Håbo kommun har skickat dig ett säkert meddelande",
        "Kan läsas till och med den",
        "meddelande.habo.example",
        "Läs meddelandet",
        "Du behöver inget konto",
    ):
        assert words in page.text
    assert "Kallelse" not in page.text
    assert "Hemligheten" not in page.text
    assert "Anna Ek" not in page.text


@pytest.mark.feature("L3")
def test_scanners_change_nothing(email_link: Any, reader: NewReader) -> None:
    """However often a mail scanner opens the address, by GET or HEAD, the message stays unopened."""
    message = email_link.write()
    before = email_link.organisation.timeline(message.id)
    scanner = reader()
    for _ in range(3):
        assert scanner.get().status_code == 200
        assert scanner.client.head(scanner.path).status_code == 200
    for path in ("/open", "/answer", "/leave", "/identify/email"):
        assert scanner.get(path).url.path == scanner.path  # led back to the first page
    assert scanner.get(f"/file/{uuid4()}").url.path == scanner.path
    row = email_link.delivery(message)
    assert (row.state, row.opened_at, email_link.organisation.timeline(message.id)) == (
        "WAITING_FOR_RECEIPT",
        None,
        before,
    )
    assert email_link.organisation.rows("SELECT * FROM guest_sessions") == []


@pytest.mark.feature("M6", "M16", "S4", "S19", "L3", "L4", "X3")
def test_reading_by_the_link_alone(email_link: Any, reader: NewReader) -> None:
    """Level 1: a button, the message as Markdown, its files; the sender sees when and how it was opened."""
    message = email_link.write(
        subject="Ditt ärende", body="Hej **Maria**\n\n- ett\n- två", attachments=(pdf(email_link),)
    )
    maria = reader()
    page = maria.open()
    assert page.url.path == maria.path
    assert "<h1>Ditt ärende</h1>" in page.text
    assert "<strong>Maria</strong>" in page.text
    assert "Anna Ek" in page.text
    row = email_link.delivery(message)
    assert (row.state, row.identified_by, row.identified_loa) == ("ACKNOWLEDGED", "E-postlänk", 1)
    assert row.opened_at is not None
    assert row.downloaded_at is None
    (url,) = re.findall(r'href="/l/[^"]+(/file/[^"/]+)"', page.text)
    got = maria.get(url)
    assert got.content == PDF
    assert "attachment; filename*=UTF-8''intyg%20%C3%A5%C3%A4%C3%B6.pdf" in got.headers["content-disposition"]
    assert email_link.delivery(message).downloaded_at is not None


@pytest.mark.feature("M7", "M15", "S5", "L6", "Y4")
def test_answering(email_link: Any, reader: NewReader) -> None:
    """The answer and its file come into the sender's case, once; then the reader is signed out."""
    message = email_link.write(subject="Ditt ärende")
    maria = reader()
    page = maria.open()
    fields = maria.fields(page.text)
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


def test_leaving_ends_the_session(email_link: Any, reader: NewReader) -> None:
    """The browser forgets, and so do we."""
    email_link.write()
    maria = reader()
    maria.open()
    page = maria.post("/leave")
    assert "Meddelandet är stängt" in page.text
    assert email_link.organisation.rows("SELECT * FROM guest_sessions") == []
    assert "Läs meddelandet" in maria.get().text


@pytest.mark.feature("R1", "R3", "Y5")
def test_a_recalled_message_is_told_politely(email_link: Any, reader: NewReader) -> None:
    """Recalled before it was opened: the link says so, to everybody who asks, and nothing is shown."""
    message = email_link.write(body="Hemligheten")
    in_work(email_link.platform, email_link.anna, recall, email_link.delivery(message).id)
    maria = reader()
    for page in (maria.get(), maria.open()):
        assert page.status_code == 410
        assert "Avsändaren har återkallat meddelandet" in page.text
        assert "Hemligheten" not in page.text
    assert email_link.organisation.rows("SELECT * FROM guest_sessions") == []


def test_recalled_between_the_first_page_and_the_message(email_link: Any, reader: NewReader, monkeypatch: Any) -> None:
    """The opening and the recall lock the same row: who has let a guest in still shows nothing that is recalled."""
    message = email_link.write(body="Hemligheten")
    maria = reader()
    shown = maria.client.post(
        f"{maria.path}/open", headers={"sec-fetch-site": "same-origin", "accept": "text/html"}, follow_redirects=False
    )
    assert shown.status_code == 303
    in_work(email_link.platform, email_link.anna, recall, email_link.delivery(message).id)
    page = maria.get()
    assert page.status_code == 410
    assert "Hemligheten" not in page.text


def test_a_link_whose_time_is_up(email_link: Any, reader: NewReader) -> None:
    """It says until when it could be opened, also to who had opened it."""
    message = email_link.write(body="Hemligheten")
    maria = reader()
    email_link.organisation.rows("UPDATE email_link_links SET expires_at = now() - interval '1 second'")
    for page in (maria.get(), maria.open()):
        assert page.status_code == 410
        assert "Länken har gått ut" in page.text
        assert "Hemligheten" not in page.text
    assert email_link.delivery(message).opened_at is None


def test_a_guessed_link(email_link: Any, reader: NewReader) -> None:
    """Nothing is behind it; who guesses much is told to wait, and the true link still opens."""
    email_link.write()
    maria = reader()
    wrong = [maria.client.get(f"/l/{uuid4().hex}{uuid4().hex}", headers={"accept": "text/html"}) for _ in range(62)]
    assert {page.status_code for page in wrong[:60]} == {404}
    assert "Kontrollera att hela adressen kom med" in wrong[0].text
    assert {page.status_code for page in wrong[60:]} == {429}
    assert maria.get().status_code == 200


def move_away(email_link: Any) -> None:
    """Let the sender's organisation work in another installation."""
    active, moved = OrganisationState.ACTIVE, OrganisationState.MOVED
    with email_link.platform.database.transaction(None) as connection:
        change_state(connection, email_link.organisation.id, active, moved, moved_to="https://two.example/")


def test_a_link_of_an_organisation_that_has_moved_leads_there(email_link: Any, reader: NewReader) -> None:
    """Its first page and its forms: the same link opens the message where the organisation works now."""
    email_link.write()
    maria = reader()
    move_away(email_link)
    for answer in (maria.get(follow_redirects=False), maria.post("/open", follow_redirects=False)):
        assert answer.status_code == 303
        assert answer.headers["location"] == f"https://two.example{maria.path}"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_link_that_is_unknown_names_where_organisations_have_moved(email_link: Any, reader: NewReader) -> None:
    """It may be of one whose copy here has been removed; where nobody has moved nothing is said of it."""
    email_link.write()
    maria = reader()
    unknown = f"/l/{uuid4().hex}"
    before = maria.client.get(unknown, headers={"accept": "text/html"})
    move_away(email_link)
    after = maria.client.get(unknown, headers={"accept": "text/html"})
    form = maria.client.post(f"{unknown}/open", headers={"accept": "text/html"})
    assert (before.status_code, after.status_code, form.status_code) == (404, 404, 404)
    assert "flyttat härifrån" not in before.text
    assert f'<a href="https://two.example{unknown}">{email_link.organisation.name}</a>' in after.text
    assert f'<a href="https://two.example{unknown}">' in form.text  # the path of a form cannot be opened


@pytest.mark.parametrize("token", ["", "x" * 5000, "%00", "..%2f..%2fetc", "å"])
def test_odd_tokens(email_link: Any, web: Any, token: str) -> None:
    """They are no links."""
    assert web.get(f"/l/{token}", headers={"accept": "text/html"}).status_code in {404, 422}


def test_one_guest_reads_one_message(email_link: Any, reader: NewReader) -> None:
    """A session for one link opens no other, neither its page nor its files."""
    email_link.write(subject="Den första", attachments=(pdf(email_link),))
    email_link.write(subject="Den andra", attachments=(pdf(email_link),))
    maria = reader(0)
    page = maria.open()
    (mine,) = re.findall(r'href="/l/[^"]+(/file/[^"/]+)"', page.text)
    other = reader(1)
    assert "Den andra" not in other.get().text
    assert other.get(mine, follow_redirects=False).status_code == 303
    (theirs,) = email_link.organisation.rows(
        "SELECT a.id FROM attachments a JOIN messages m ON m.id = a.message_id ORDER BY m.created_at DESC LIMIT 1"
    )
    assert maria.get(f"/file/{theirs.id}").status_code == 404


def test_headers_keep_the_address_to_ourselves(email_link: Any, reader: NewReader) -> None:
    """No referrer, no cache, no index; no script is needed and nothing is fetched from elsewhere."""
    email_link.write()
    maria = reader()
    for page in (maria.get(), maria.open()):
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "noindex" in page.headers["x-robots-tag"]
        assert '<meta name="referrer" content="no-referrer" />' in page.text
        assert "htmx" not in re.sub(r'<meta name="htmx-config".*?/>', "", page.text, flags=re.DOTALL)
        assert re.findall(r'(?:src|href)="(?:https?:)?//', page.text) == []


def test_the_readers_language_and_the_switch(email_link: Any, reader: NewReader) -> None:
    """The sender's choice for the reader, until the reader chooses."""
    from budkavle import Terms

    email_link.write(terms={"maria@exempel.example": Terms(language="en")})
    maria = reader()
    page = maria.get()
    assert '<html lang="en" ' in page.text
    assert "Read the message" in page.text
    assert f'href="{maria.path}?lang=sv"' in page.text
    assert '<html lang="sv" ' in maria.get("?lang=sv").text
    assert '<html lang="sv" ' in maria.get().text
    assert "Läs meddelandet" in maria.get().text
    maria.get("?lang=en")
    assert '<html lang="en" ' in maria.client.get("/sign-in").text, "the core's own pages speak it too"
    assert set(maria.client.cookies) == {"__Host-language"}


def test_the_language_is_kept_once_and_safely(email_link: Any, reader: NewReader) -> None:
    """Bound to this host and to https, and not read by scripts; set at the first page and where it is chosen."""
    email_link.write()
    maria = reader()
    (kept,) = maria.get().headers.get_list("set-cookie")
    name, *attributes = (part.strip().lower() for part in kept.split(";"))
    assert name == "__host-language=sv"
    assert set(attributes) == {"secure", "httponly", "path=/", "samesite=lax", "max-age=31536000"}
    assert "set-cookie" not in maria.get().headers
    assert "set-cookie" not in maria.get("?lang=tlh").headers
    assert maria.get("?lang=en").headers["set-cookie"].startswith("__Host-language=en;")


def test_no_way_is_said_rather_than_shown_as_nothing(email_link: Any, reader: NewReader) -> None:
    """A message of a level that nobody here can reach now."""
    message = email_link.write()
    email_link.organisation.rows("UPDATE messages SET loa = 3 WHERE id = :id", id=message.id)
    maria = reader()
    assert "Just nu går det inte att visa vem du är" in maria.get().text
    assert maria.open().status_code == 403
    assert email_link.delivery(message).opened_at is None


@pytest.mark.feature("A7", "A8")
def test_where_the_code_goes_is_only_said_where_there_is_one(email_link: Any, reader: NewReader) -> None:
    """The number's last digits, and not where no way goes by phone."""
    from budkavle import Terms

    email_link.write(terms={"maria@exempel.example": Terms(method="email", phone="+46701234567")})
    page = reader().get()
    assert "slutar på 67" not in page.text
    assert "+4670" not in page.text


def test_a_session_of_too_low_a_level_shows_nothing(email_link: Any, reader: NewReader) -> None:
    """The level is judged again at each opening."""
    message = email_link.write(body="Hemligheten")
    maria = reader()
    maria.open()
    email_link.organisation.rows("UPDATE messages SET loa = 3 WHERE id = :id", id=message.id)
    page = maria.get()
    assert "Hemligheten" not in page.text
    assert page.status_code == 409
    assert email_link.organisation.rows("SELECT * FROM guest_sessions") == []


@pytest.mark.feature("E31")
def test_the_pages_have_the_organisations_name_logo_and_colour(email_link: Any, reader: NewReader) -> None:
    """Before and after the reader has identified; without a logo the name alone, and our colour."""
    email_link.write()
    maria = reader()
    assert 'class="logo"' not in maria.get().text
    organisation, drawn = email_link.organisation, io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(drawn, "PNG")
    logo = logos.read_picture(drawn.getvalue())
    in_work(organisation.platform, organisation.system, logos.set_logo, logo)
    in_work(organisation.platform, organisation.system, write_settings, InformationSettings, {"colour": "#c8102e"})
    for page in (maria.get().text, maria.open().text):
        head = page.partition("<main")[0]
        assert f'<img class="logo" src="/logo/{organisation.id}/{logo.version}" alt="" />' in head
        assert "Håbo kommun" in head
        assert "/brand/c8102e.css" in head
    assert reader().client.get(f"/logo/{organisation.id}/{logo.version}").content.startswith(b"\x89PNG")
