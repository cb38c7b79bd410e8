from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from budkavle.accounts.users import user
from budkavle.host import Host
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Actor
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.web.app import create_app
from budkavle_addressbook import links
from budkavle_addressbook.contacts import books
from budkavle_addressbook.contacts.books import Book
from budkavle_addressbook.national import local_copy

# The core's own handlers still name their query parameters in the way that Litestar 2.25 calls deprecated.
CONTACTS = "/plugin/addressbook/contacts"
TYPED = {"name": "Maria <b>Öberg", "email": "maria@example.se", "phone": "070-123 45 67", "identifier": "none"}
BARN = "sdk:soc-barn:0203:habo.se"


class Browser:
    """Somebody signed in, whose forms carry the session's token."""

    def __init__(self, client: TestClient[Any], platform: Platform, actor: Actor) -> None:
        assert actor.user_id is not None
        person = in_work(platform, system_actor(actor.organisation_id), user, actor.user_id)
        cookie = sessions.start(platform, SignedIn(person, Loa.TWO, "password", "/"))
        self.csrf = sessions.find(platform, cookie).csrf
        self._client = client
        self._client.cookies.set("budkavle", cookie)

    def speak(self, language: str) -> None:
        self._client.cookies.set("language", language)

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(path, params=query, headers={"accept": "text/html"})

    def post(self, path: str, fields: dict[str, Any], **query: Any) -> Any:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        data = {"csrf": self.csrf, **fields}
        return self._client.post(path, params=query, data=data, headers=headers, follow_redirects=False)


@pytest.fixture
def sign_in(platform: Platform) -> Iterator[Callable[[Actor], Browser]]:
    with TestClient(create_app(platform)) as client:
        yield lambda actor: Browser(client, platform, actor)


@pytest.mark.feature("B1", "B4", "B7", "B8")
def test_a_person_keeps_contacts(host: Host, habo: Any, sign_in: Callable[[Actor], Browser]) -> None:
    """Add, see, search and change, in one's own book; what was typed is shown as text and no markup."""
    browser = sign_in(habo.case_worker)
    assert "Lägg till" in browser.get(CONTACTS).text
    assert browser.get(f"{CONTACTS}/new").status_code == 200
    assert browser.post(f"{CONTACTS}/new", TYPED).headers["location"] == CONTACTS
    page = browser.get(CONTACTS, q="öberg").text
    assert "Maria &lt;b&gt;Öberg" in page
    assert "Ingen kontakt hittades" in browser.get(CONTACTS, q="annan").text
    (made,) = books.search(host, habo.case_worker, Book())
    assert 'value="maria@example.se"' in browser.get(f"{CONTACTS}/{made.id}").text
    browser.post(f"{CONTACTS}/{made.id}", TYPED | {"name": "Maria Berg"})
    assert books.get(host, habo.case_worker, Book(), made.id).name == "Maria Berg"


@pytest.mark.feature("B1", "E30")
def test_the_other_books_stand_above_the_list(host: Host, habo: Any, sign_in: Callable[[Actor], Browser]) -> None:
    """One's own and those of one's mailboxes, and which is open; nobody's else."""
    browser, theirs = sign_in(habo.case_worker), habo.add_mailbox("Andras brevlåda")
    page = browser.get(CONTACTS).text
    assert f'<a href="{CONTACTS}" aria-current="page">Mina kontakter</a>' in page
    assert f'<a href="{CONTACTS}?mailbox={habo.mailbox.id}">' in page
    assert str(theirs.id) not in page
    of_mailbox = browser.get(CONTACTS, mailbox=str(habo.mailbox.id)).text
    assert f'<a href="{CONTACTS}?mailbox={habo.mailbox.id}" aria-current="page">' in of_mailbox


@pytest.mark.feature("O12")
def test_the_event_log_tells_of_contacts_in_words(host: Host, habo: Any, sign_in: Callable[[Actor], Browser]) -> None:
    """The plugin's own sentence, in the reader's language; without anybody's name."""
    sign_in(habo.case_worker).post(f"{CONTACTS}/new", TYPED)
    admin = sign_in(habo.administrator)
    assert "En kontakt lades till" in admin.get("/events").text
    admin.speak("en")
    page = admin.get("/events").text
    assert "A contact was added" in page
    assert "Öberg" not in page


@pytest.mark.feature("B4", "B5")
def test_faults_keep_what_was_typed(host: Host, habo: Any, sign_in: Callable[[Actor], Browser]) -> None:
    """The form comes back with each fault at its field and everything in place."""
    fields = TYPED | {"email": "maria", "identifier": "personnummer", "personnummer": "811218-9875"}
    answer = sign_in(habo.case_worker).post(f"{CONTACTS}/new", fields)
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert 'id="personnummer-error"' in answer.text
    assert 'value="070-123 45 67"' in answer.text
    assert books.search(host, habo.case_worker, Book()) == []


@pytest.mark.feature("B5")
def test_a_number_that_was_chosen_and_not_written_is_asked_for(
    host: Host, habo: Any, sign_in: Callable[[Actor], Browser]
) -> None:
    """Who chose Svenskt personnummer does not get a contact without one; who chose Ingen does."""
    anna = sign_in(habo.case_worker)
    answer = anna.post(f"{CONTACTS}/new", TYPED | {"identifier": "personnummer", "personnummer": " "})
    assert answer.status_code == 422
    assert "Skriv personnumret, eller välj Ingen." in answer.text
    assert books.search(host, habo.case_worker, Book()) == []
    assert anna.post(f"{CONTACTS}/new", TYPED | {"identifier": "none", "personnummer": ""}).status_code == 303


@pytest.mark.feature("B2", "B3", "B6")
def test_a_mailbox_book_is_shared_and_closed(host: Host, habo: Any, sign_in: Callable[[Actor], Browser]) -> None:
    """A member removes what another added, after a confirmation; somebody else gets 404."""
    made = books.add(host, habo.colleague, Book(habo.mailbox.id), TYPED)
    browser = sign_in(habo.case_worker)
    assert "Maria" in browser.get(CONTACTS, mailbox=habo.mailbox.id).text
    none = browser.post(f"{CONTACTS}/remove", {}, mailbox=habo.mailbox.id)
    assert none.status_code == 422
    assert "Kryssa för dem som ska tas bort." in none.text
    assert "Maria" in none.text
    ticked = {"contact": str(made.id)}
    assert "Ta bort en kontakt?" in browser.post(f"{CONTACTS}/remove", ticked, mailbox=habo.mailbox.id).text
    assert books.search(host, habo.colleague, Book(habo.mailbox.id)) == [made]
    answer = browser.post(f"{CONTACTS}/remove", ticked | {"sure": "1"}, mailbox=habo.mailbox.id)
    assert answer.status_code == 303
    assert books.search(host, habo.colleague, Book(habo.mailbox.id)) == []
    assert sign_in(habo.outsider).get(CONTACTS, mailbox=habo.mailbox.id).status_code == 404


@pytest.mark.feature("K5", "K6", "AB3")
def test_an_administrator_links_in_the_page(
    copied: Host, service: Any, habo: Any, sign_in: Callable[[Actor], Browser]
) -> None:
    """A wrong identifier is a fault at the field, a right one is saved, a broken one shows, an empty one unlinks."""
    browser = sign_in(habo.administrator)
    path = f"/plugin/addressbook/link/{habo.mailbox.id}"
    page = browser.get(path).text
    assert f'<option value="{BARN}">' in page
    assert "0203:habo.se" in page
    wrong = browser.post(path, {"identifier": "sdk:okänd"})
    assert wrong.status_code == 422
    assert "finns inte i adressboken" in wrong.text
    assert 'value="sdk:okänd"' in wrong.text
    tab = f"/mailboxes/{habo.mailbox.id}/systems"
    assert browser.post(path, {"identifier": BARN}).headers["location"] == f"{tab}?said=linked"
    assert "Kopplingen till adressboken är sparad." in browser.get(tab, said="linked").text
    assert _linked(copied, habo.administrator, habo.mailbox.id) == BARN
    service.collections["addresses"].pop(0)
    local_copy.refresh(copied)
    assert "finns inte längre i adressboken" in browser.get(path).text
    assert browser.post(path, {"identifier": ""}).headers["location"].endswith("?said=unlinked")
    assert "inte längre kopplad" in browser.get(tab, said="unlinked").text
    assert _linked(copied, habo.administrator, habo.mailbox.id) is None
    assert sign_in(habo.case_worker).get(path).status_code == 403


def _linked(host: Host, actor: Actor, mailbox_id: UUID) -> str | None:
    link = links.of_mailbox(host, actor, mailbox_id)
    return link.identifier if link else None
