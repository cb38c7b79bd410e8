"""The way to the linking of a mailbox, walked by what its pages offer."""

import re
from html import unescape
from typing import Any

import pytest

from budkavle.host import Host
from budkavle.testing.browsing import Browser, browsing
from budkavle_addressbook import links

LINK, BARN = "/plugin/addressbook/link", "sdk:soc-barn:0203:habo.se"


def follow(browser: Browser, page: str, words: str) -> str:
    """Press the link that says this, and return the page that it leads to."""
    every = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    named = {" ".join(re.sub(r"<[^>]*>", " ", text).split()): unescape(url) for url, text in every}
    assert words in named, f"{words} is not among {list(named)}"
    answer = browser.get(named[words])
    assert answer.status_code == 200
    text: str = answer.text
    return text


@pytest.mark.feature("K5")
def test_a_mailbox_is_linked_by_the_way_that_the_pages_show(copied: Host, habo: Any) -> None:
    """Hantera funktionsbrevlådor, the mailbox, Inställningar, Externa system, and there Säker digital kommunikation."""
    with browsing(copied.platform) as browser:
        admin = browser(habo.administrator)
        page = admin.get("/account").text
        for words in ("Hantera funktionsbrevlådor", habo.mailbox.name, "Inställningar", "Externa system"):
            page = follow(admin, page, words)
        card = page[page.index("Säker digital kommunikation") :]
        assert "Brevlådan är inte kopplad till adressboken" in card
        form = follow(admin, card, "Koppla till adressboken")
        assert f'action="{LINK}/{habo.mailbox.id}"' in form
        assert admin.post(f"{LINK}/{habo.mailbox.id}", identifier=BARN).status_code == 303
        card = admin.get(f"/mailboxes/{habo.mailbox.id}/systems").text
        assert BARN in card
        assert "Ändra kopplingen" in card
    linked = links.of_mailbox(copied, habo.administrator, habo.mailbox.id)
    assert linked is not None
    assert linked.identifier == BARN


@pytest.mark.feature("B8")
def test_the_books_are_one_press_from_writing(copied: Host, habo: Any) -> None:
    """Adressbok and Nytt meddelande stand together, first on every page; the book has + Lägg till.

    The guide has them in a row above the list, Adressbok to the left. Ours stand in the column to the left of the list,
    which is too narrow for both words in a row, so one is above the other with nothing between.
    """
    with browsing(copied.platform) as browser:
        anna = browser(habo.case_worker)
        rail = anna.get(f"/m/{habo.mailbox.id}").text.partition('<nav class="rail"')[2].partition("</nav>")[0]
        assert rail.partition("<ul")[0].count("<a ") == 2
        first, second = re.findall(r'<a class="ds-button".*?</a>', rail, re.DOTALL)
        assert "Nytt meddelande" in first
        assert "Adressbok" in second
        book = follow(anna, second, "Adressbok")
        new = follow(anna, book, "Lägg till")
        assert 'name="phone"' in new
