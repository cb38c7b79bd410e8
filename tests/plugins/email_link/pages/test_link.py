"""The pages of a link: who may read, and what they see."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle.accounts.organisations import change_state
from budkavle.cases import store_attachment
from budkavle.deliveries.recall import recall
from budkavle.model.states import OrganisationState
from budkavle.testing.acting import in_work

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
    """If it was recalled before it was opened, the link says so to everybody, and shows nothing."""
    message = email_link.write(body="Hemligheten")
    in_work(email_link.platform, email_link.anna, recall, email_link.delivery(message).id)
    maria = reader()
    for page in (maria.get(), maria.open()):
        assert page.status_code == 410
        assert "Avsändaren har återkallat meddelandet" in page.text
        assert "Hemligheten" not in page.text
    assert email_link.organisation.rows("SELECT * FROM guest_sessions") == []


def test_recalled_between_the_first_page_and_the_message(email_link: Any, reader: NewReader, monkeypatch: Any) -> None:
    """The opening and the recall lock the same row, so a signed-in guest still sees nothing of a recalled message."""
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
    """It says until when it could be opened, also to a reader who has opened it."""
    message = email_link.write(body="Hemligheten")
    maria = reader()
    email_link.organisation.rows("UPDATE email_link_links SET expires_at = now() - interval '1 second'")
    for page in (maria.get(), maria.open()):
        assert page.status_code == 410
        assert "Länken har gått ut" in page.text
        assert "Hemligheten" not in page.text
    assert email_link.delivery(message).opened_at is None


def test_a_guessed_link(email_link: Any, reader: NewReader) -> None:
    """It opens nothing; a visitor who guesses often must wait, and valid links still open."""
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
    """It may belong to an organisation whose copy here was removed; if none has moved, nothing is said about that."""
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


ODD_TOKENS: list[str] = ["", "x" * 5000, "%00", "..%2f..%2fetc", "å"]


def test_odd_tokens(email_link: Any, web: Any) -> None:
    """They are no links."""
    for token in ODD_TOKENS:
        assert web.get(f"/l/{token}", headers={"accept": "text/html"}).status_code in {404, 422}, token


def test_a_page_of_a_refused_request_has_every_header(web: Any) -> None:
    """The request is refused before a page runs; the plugin's response is neither framed nor cached."""
    refused = web.get(f"/l/{uuid4().hex}?a=%00", headers={"accept": "text/html"})
    assert refused.status_code == 422
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in refused.headers["content-security-policy"]


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
