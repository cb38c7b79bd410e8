"""Choosing recipients on the page for writing: the national book leafed through, those used most, who has written."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest

from budkavle import Address, Capabilities, Loa, ProviderTraits
from budkavle.accounts import mailboxes, users
from budkavle.host import Host
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.fakes import FakeIdentityProvider, FakeTransport
from budkavle.testing.plugins import offer, plugin_module
from budkavle_addressbook.contacts import books, favourites
from budkavle_addressbook.contacts.books import Book
from budkavle_addressbook.national import local_copy
from budkavle_addressbook.national.jsonapi import Book as NationalBook
from budkavle_addressbook.pages.contacts import CONTACTS

SURE = FakeIdentityProvider(
    name="bankid",
    label="BankID",
    traits=ProviderTraits(Loa.THREE, audiences=frozenset({"guest", "staff"}), asserts_personnummer=True),
)


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with the address book, a transport to functions, a fax, and a way to people without account."""
    transports = [
        FakeTransport(name="sdk", label="SDK"),
        FakeTransport(name="fax", label="Fax"),
        FakeTransport(name="link", label="Säkert meddelande", capabilities=Capabilities(family="secure", guests=True)),
    ]
    by_name = {one.capabilities.family or one.name: one for one in transports}
    post = plugin_module(
        "post",
        transports=lambda host: transports,
        choose_transport=lambda recipient, offers: by_name.get(recipient.transport),
        identity_providers=lambda host: [SURE],
    )
    return budkavle_open(enabled=("addressbook", "post"), offers=offer(post=post), base_url="https://sakert.habo.se")


@pytest.fixture
def host(platform: Platform, book_of: Callable[..., NationalBook]) -> Host:
    """The address book's own, with a copy of thirty functions in one organisation."""
    host: Host = platform.plugins.host("addressbook")
    local_copy.replace(host, book_of(*((f"f{n:02}", f"Enhet {n:02}", "Håbo kommun") for n in range(30))))
    return host


@pytest.fixture
def anna(platform: Platform, habo: Any) -> Iterator[Browser]:
    with browsing(platform) as browser:
        yield browser(habo.case_worker)


@pytest.fixture
def form(habo: Any) -> dict[str, str]:
    return {"mailbox": str(habo.mailbox.id), "kind": "sdk", "subject": "Kallelse", "body": "Hej!"}


def places(page: str) -> dict[str, str]:
    """The buttons that lead somewhere in the book, by what they say."""
    buttons = re.findall(r'<button[^>]*name="browse"\s*(?:value="([^"]*)")?[^>]*>(.*?)</button>', page, re.DOTALL)
    return {re.sub(r"<[^>]*>", "", text).strip(): unescape(value) for value, text in buttons}


def hits(page: str) -> list[str]:
    return re.findall(r'name="add" value="([^"]*)"', page)


@pytest.mark.feature("K1")
def test_the_book_is_leafed_through_by_organisation_and_function(host: Host, anna: Browser, form: Any) -> None:
    """Nothing that was typed is lost, pages follow each other, and the book stays open while recipients are chosen."""
    page = anna.post(
        "/compose", **form, browse=places(anna.post("/compose", **form, find="1").text)["Välj från adressbok"]
    )
    assert 'value="Kallelse"' in page.text
    inside = anna.post("/compose", **form, browse=places(page.text)["Håbo kommun"]).text
    assert hits(inside) == [f"sdk:f{n:02}" for n in range(25)]
    second = anna.post("/compose", **form, browse=places(inside)["Nästa"]).text
    assert hits(second) == [f"sdk:f{n:02}" for n in range(25, 30)]
    at = unescape(re.search(r'name="book" value="([^"]*)"', second)[1])  # type: ignore[index]
    chosen = anna.post("/compose", **form, book=at, add="sdk:f26").text
    assert 'name="recipients" value="sdk:f26"' in chosen
    assert hits(chosen) == [f"sdk:f{n:02}" for n in range(25, 30)]
    assert 'name="add"' not in anna.post("/compose", **form, book=at, browse="").text


@pytest.mark.feature("K1", "K2")
def test_the_book_is_searched_within_and_saved_from(host: Host, habo: Any, anna: Browser, form: Any) -> None:
    """What is typed is looked for where one is; Spara mottagare stands under Mer information."""
    page = anna.post("/compose", **form, browse="in=0203%3Ahabo.se&name=H").text
    found = anna.post("/compose", **form, browse=places(page)["Sök"], book_words="enhet 07").text
    assert hits(found) == ["sdk:f07"]
    nothing = anna.post("/compose", **form, browse=places(page)["Sök"], book_words="finns inte").text
    assert "Inget hittades" in nothing
    anna.post("/compose", **form, browse="in=0203%3Ahabo.se", star="sdk:f07")
    (saved,) = favourites.listed(host, habo.case_worker, habo.mailbox.id)
    assert saved.entry.address.value == "f07"


NO_PLACES: list[str] = ["in=%00", "in=x&from=99999999999999", "in=0203%3Ahabo.se&from=-1", "%", "a=b"]


@pytest.mark.feature("K1")
def test_a_place_that_is_none_is_no_fault(host: Host, anna: Browser, form: Any) -> None:
    """An address that somebody has made up gives a page."""
    for place in NO_PLACES:
        assert anna.post("/compose", **form, browse=place).status_code == 200, place


@pytest.mark.feature("K1")
def test_a_book_that_was_never_fetched_says_so(platform: Platform, habo: Any, anna: Browser, form: Any) -> None:
    """And what to do; a kind of message without such a book has no button."""
    assert "Adressboken är tom" in anna.post("/compose", **form, browse="in=").text
    assert "Välj från adressbok" not in anna.post("/compose", **{**form, "kind": "fax"}, find="1").text


@pytest.mark.feature("E27")
def test_those_used_most_come_first(host: Host, habo: Any, anna: Browser, form: Any, platform: Platform) -> None:
    """Of what oneself has sent from this mailbox; a colleague has an order of their own."""
    for value in ("f09", "f03", "f09"):
        habo.send(habo.case_worker, recipients=(Address("sdk", value),))
    url = f"/compose/{habo.mailbox.id}/sdk/recipients"
    assert hits(anna.get(f"{url}?q=").text) == ["sdk:f09", "sdk:f03"]
    assert hits(anna.get(f"{url}?q=enhet").text)[:3] == ["sdk:f09", "sdk:f03", "sdk:f00"]
    with browsing(platform) as browser:
        bo = browser(habo.colleague)
        assert hits(bo.get(f"{url}?q=").text) == []
        assert hits(bo.get(f"{url}?q=enhet").text)[0] == "sdk:f00"


@pytest.mark.feature("E28", "B2")
def test_a_fax_number_is_saved_from_its_message(host: Host, habo: Any, anna: Browser) -> None:
    """The form of a new contact has what the message says; in the mailbox's book, and nothing of it in the address."""
    habo.arrive(
        transport="fax",
        sender=Address("fax", "+46107654321", "Vårdcentralen Söder (+46 10 765 43 21)"),
        mailbox_id=habo.mailbox.id,
    )
    (case,) = habo.cases(habo.case_worker)
    path = f"{CONTACTS}/from/{case.id}"
    page = anna.get(f"/c/{case.id}").text
    assert f'href="{path}"' in page
    begun = anna.get(path).text
    for value in ("Vårdcentralen Söder", "+46107654321"):
        assert f'value="{value}"' in begun
    assert f"{CONTACTS}/new?mailbox={habo.mailbox.id}" in begun


@pytest.mark.feature("E28", "K2")
def test_a_function_that_wrote_is_saved_among_the_recipients(
    host: Host, habo: Any, region: Any, anna: Browser, platform: Platform
) -> None:
    """By one button, which is gone then; nobody outside of the mailbox sees who wrote."""
    habo.arrive(transport="sdk", sender=Address("sdk", "f05", "Enhet 05"), mailbox_id=habo.mailbox.id)
    (case,) = habo.cases(habo.case_worker)
    assert "Spara mottagare" in anna.get(f"/c/{case.id}").text
    with browsing(platform) as browser:
        for actor in (habo.outsider, region.case_worker):
            assert browser(actor).get(f"{CONTACTS}/from/{case.id}").status_code == 404
            assert browser(actor).post(f"{CONTACTS}/from/{case.id}").status_code == 404
    assert anna.post(f"{CONTACTS}/from/{case.id}").status_code == 303
    assert [one.entry.address.value for one in favourites.listed(host, habo.case_worker, habo.mailbox.id)] == ["f05"]
    assert "Spara mottagare" not in anna.get(f"/c/{case.id}").text


@pytest.mark.feature("A1", "Y10")
def test_a_level_above_ones_own_is_told_before_sending(
    platform: Platform, host: Host, habo: Any, anna: Browser, form: Any
) -> None:
    """What the sender and colleagues cannot read themselves, and what to do; a colleague who has left is not named."""
    left = habo.add_user("Love Slutat")
    in_work(platform, habo.administrator, mailboxes.add_members, habo.mailbox.id, [left.id])
    in_work(platform, habo.administrator, users.update_user, left.id, active=False)
    books.add(host, habo.case_worker, Book(), {"name": "Eva", "email": "eva@example.se", "phone": "0701740605"})
    page = anna.post("/compose", **{**form, "kind": "secure"}, add="secure:eva@example.se").text
    assert left.name not in page
    told = re.findall(r'<p class="hint level-(\d)">.*?<span>(.*?)</span>', page, re.DOTALL)
    assert {level for level, text in told if "nivå" in text and "kan" in text.lower()} == {"3"}
    assert any("Ingen av dina inloggningar når nivå 3" in text for _, text in told)
    assert any(text.startswith("Når inte nivå 3") for _, text in told)
