"""Contacts and recipients as people find them: the book beside Nytt meddelande, files, and the national book."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
Look = Callable[[Page], None]
FILE = "Namn;E-post;Telefon;Fax\nStina Sten;stina@exempel.se;070-174 06 05;08-765 43 21\nGun Grus;gun;;\n"


@pytest.mark.feature("B8", "E28")
def test_contacts_come_from_a_file(box: UUID, browse: Browse, look: Look, folded: Look, tmp_path: Path) -> None:
    """From Adressbok beside Nytt meddelande: each row is seen, also on a phone, and one that is wrong is left out."""
    file = tmp_path / "kontakter.csv"
    file.write_text(FILE)
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    page.get_by_role("navigation", name="Brevlådor").get_by_role("link", name="Adressbok").click()
    page.get_by_role("link", name="Importera eller exportera").click()
    page.get_by_role("button", name="Visa raderna").click()
    expect(page.locator("#file-error")).to_be_visible()
    look(page)
    page.get_by_label("Fil", exact=True).set_input_files(file)
    page.get_by_role("button", name="Visa raderna").click()
    expect(page.get_by_role("row", name="Gun Grus")).to_contain_text("Skriv kontaktens telefonnummer.")
    look(page)
    folded(page)
    page.get_by_role("button", name="Lägg till en kontakt").click()
    expect(page.locator(".contacts li")).to_have_count(1)
    expect(page.locator(".contacts")).to_contain_text("+46 8 765 43 21")
    look(page)
    page.get_by_role("link", name="Importera eller exportera").click()
    with page.expect_download() as got:
        page.get_by_role("button", name="Hämta vCard").click()
    assert "FN:Stina Sten" in Path(got.value.path()).read_text()


@pytest.mark.feature("K1", "K2", "K3")
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_national_book_is_leafed_through(box: UUID, browse: Browse, look: Look, fits: Look, language: str) -> None:
    """An organisation, a function in it, Mer information and Spara mottagare; what was typed stays; keys suffice."""
    swedish = language == "sv"
    check = look if swedish else fits
    page = browse(ANNA)
    page.goto(f"/language/{language}")
    page.goto(f"/compose?mailbox={box}")
    page.get_by_role("radio", name="SDK").check()
    page.locator("#subject").fill("Kallelse")
    page.get_by_role("button", name="Välj från adressbok" if swedish else "Choose from the address book").click()
    expect(page.locator("#book-title")).to_be_focused()
    check(page)
    page.locator("#book-words").fill("vättern")
    page.locator("#book-words").press("Enter")
    page.locator(".book .hits").get_by_role("button", name="Region Vättern").press("Enter")
    expect(page.locator("#book-title")).to_have_text("Region Vättern")
    page.locator("#book-words").fill("kansli")
    page.locator("#book-words").press("Enter")
    hit = page.locator(".book .hits li").filter(has_text="Barn- och ungdomspsykiatrin, kansli")
    hit.get_by_text("Mer information" if swedish else "More information").click()
    check(page)
    hit.get_by_role("button", name="Barn- och ungdomspsykiatrin, kansli").first.click()
    expect(page.locator(".pill")).to_contain_text("Barn- och ungdomspsykiatrin, kansli")
    page.get_by_role("button", name="Stäng adressboken" if swedish else "Close the address book").click()
    expect(page.locator(".book")).to_have_count(0)
    expect(page.locator("#subject")).to_have_value("Kallelse")
    page.goto("/language/sv")
