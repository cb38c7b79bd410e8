"""The pages of contacts in files: shown first, saved after, for those who may."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from budkavle.host import Host
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser, browsing
from budkavle_addressbook.contacts import books
from budkavle_addressbook.contacts.books import Book
from budkavle_addressbook.pages.contacts import CONTACTS

FILE = b"Namn;E-post;Telefon;Fax\n<b>Maria;maria@example.se;070-174 06 05;08-765 43 21\nErik;erik;;\n"


@pytest.fixture
def sign_in(platform: Platform) -> Iterator[Callable[..., Browser]]:
    """Opens a browser for somebody."""
    with browsing(platform) as browser:
        yield browser


def packed(page: str) -> str:
    return page.partition('name="packed" value="')[2].partition('"')[0]


@pytest.mark.feature("E28", "B1", "B2")
@pytest.mark.parametrize("own", [True, False], ids=["one's own", "the mailbox's"])
def test_a_file_is_shown_and_then_saved(own: bool, host: Host, habo: Any, sign_in: Callable[..., Browser]) -> None:
    """Nothing is stored before the rows have been seen; those with faults are left out, twice adds once."""
    anna, book = sign_in(habo.case_worker), Book() if own else Book(habo.mailbox.id)
    where = "" if own else f"?mailbox={habo.mailbox.id}"
    assert anna.get(f"{CONTACTS}/file{where}").status_code == 200
    shown = anna.post(f"{CONTACTS}/file{where}", files={"file": ("k.csv", FILE, "text/csv")})
    assert shown.status_code == 200
    assert "&lt;b&gt;Maria" in shown.text
    assert "Skriv kontaktens telefonnummer." in shown.text
    assert books.search(host, habo.case_worker, book) == []
    for _ in range(2):
        saved = anna.post(f"{CONTACTS}/file/save{where}", packed=packed(shown.text))
        assert saved.status_code == 303
    (made,) = books.search(host, habo.case_worker, book)
    assert (made.name, made.fields.fax) == ("<b>Maria", "+4687654321")
    out = anna.post(f"{CONTACTS}/file/export{where}", format="csv")
    assert "<b>Maria;maria@example.se" in out.text
    assert "attachment" in out.headers["content-disposition"]


@pytest.mark.feature("E28", "B3")
def test_no_stranger_takes_a_book_or_fills_it(
    host: Host, habo: Any, region: Any, sign_in: Callable[..., Browser]
) -> None:
    """Neither a colleague outside of the mailbox nor somebody of another organisation."""
    books.add(host, habo.case_worker, Book(habo.mailbox.id), {"name": "A", "email": "a@b.se", "phone": "0701740605"})
    for actor in (habo.outsider, region.case_worker):
        browser = sign_in(actor)
        where = f"?mailbox={habo.mailbox.id}"
        assert browser.get(f"{CONTACTS}/file{where}").status_code == 404
        assert browser.post(f"{CONTACTS}/file/export{where}", format="csv").status_code == 404
        assert browser.post(f"{CONTACTS}/file/save{where}", packed="x").status_code == 404
        shown = browser.post(f"{CONTACTS}/file{where}", files={"file": ("k.csv", FILE, "text/csv")})
        assert shown.status_code == 404
    own = sign_in(habo.colleague).post(f"{CONTACTS}/file/export", format="vcard")
    assert own.text == ""


@pytest.mark.feature("E28")
def test_no_file_is_asked_for(habo: Any, sign_in: Callable[..., Browser]) -> None:
    """The form comes back with a sentence at the field."""
    anna = sign_in(habo.case_worker)
    assert 'id="file-error"' in anna.post(f"{CONTACTS}/file", files={"file": ("", b"", "text/csv")}).text


@pytest.mark.feature("E28")
def test_a_book_goes_out_as_cards_and_comes_in_again(host: Host, habo: Any, sign_in: Callable[..., Browser]) -> None:
    """From the mailbox's book into one's own, through the pages; the personnummer only where it is asked for."""
    anna, mailbox = sign_in(habo.case_worker), f"?mailbox={habo.mailbox.id}"
    contact = {"name": "Maria Öberg", "email": "maria@example.se", "phone": "070-174 06 05"}
    books.add(host, habo.case_worker, Book(habo.mailbox.id), contact | {"personnummer": "811218-9876"})
    assert "198112189876" not in anna.post(f"{CONTACTS}/file/export{mailbox}", format="vcard").text
    cards = anna.post(f"{CONTACTS}/file/export{mailbox}", format="vcard", numbers="1")
    assert cards.headers["content-type"].startswith("text/vcard")
    assert cards.text.startswith("BEGIN:VCARD")
    shown = anna.post(f"{CONTACTS}/file", files={"file": ("k.vcf", cards.content, "text/vcard")})
    anna.post(f"{CONTACTS}/file/save", packed=packed(shown.text))
    (own,) = books.search(host, habo.case_worker, Book())
    assert (own.name, own.fields.phone, own.fields.personnummer) == ("Maria Öberg", "0701740605", "198112189876")
    assert books.search(host, habo.colleague, Book()) == []
