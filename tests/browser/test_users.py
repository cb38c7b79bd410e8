"""Användare: the list and the sheet, adding by hand and from a file, and rights that are not lost unasked."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
Look = Callable[[Page], None]
FILE = (
    "Namn;E-post;Roll\r\nVera Ny;vera.ny@bjorkvik.example;\r\nFel;inte en adress;\r\n;;\r\n"
    "Ulla Ny;ulla.ny@bjorkvik.example;kung\r\n"
)


def upload(page: Page) -> None:
    page.goto("/organisation/users/import")
    content = FILE.encode("cp1252")
    page.locator("#file").set_input_files({"name": "users.csv", "mimeType": "text/csv", "buffer": content})


@pytest.mark.feature("O2")
def test_users_are_found_and_shown_beside_the_list(browse: Browse, look: Look) -> None:
    """By a part of the name and by filters; the sheet stands beside the list, which stays as it was."""
    placeholder = "Namn, e-post eller brevlåda"
    page = browse(ANNA)
    page.goto("/organisation/users")
    expect(page.get_by_role("heading", name="Användare", level=1)).to_be_visible()
    look(page)
    page.get_by_placeholder(placeholder).fill("anna lind")
    page.get_by_role("button", name="Visa", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Anna Lind").click()
    expect(page.get_by_role("heading", name="Anna Lind", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Sätt att logga in")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    look(page)
    page.get_by_role("link", name="Stäng", exact=True).click()
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.get_by_placeholder(placeholder)).to_have_value("anna lind")
    page.get_by_placeholder(placeholder).fill("ingen heter så")
    page.get_by_role("button", name="Visa", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(0)
    look(page)


@pytest.mark.feature("O2")
def test_a_user_is_added_and_closed_without_a_script(browse: Browse, look: Look) -> None:
    page = browse(ANNA, java_script_enabled=False)
    page.goto("/organisation/users")
    page.get_by_role("link", name="Lägg till").click()
    page.get_by_label("Namn").fill("Nils Nyström")
    page.get_by_label("E-post").fill("nils.nystrom@bjorkvik.example")
    if page.get_by_role("radio", name="Nu", exact=True).count():
        page.get_by_role("radio", name="Nu").check()
    page.get_by_role("button", name="Lägg till").click()
    expect(page.get_by_text("Kontot är upplagt.")).to_be_visible()
    page.get_by_role("link", name="Stäng kontot").click()
    page.get_by_role("button", name="Stäng kontot").click()
    expect(page.get_by_text("Kontot är stängt.")).to_be_visible()
    page.goto("/organisation/users?q=nils&state=closed")
    expect(page.get_by_role("link", name="Nils Nyström")).to_be_visible()


@pytest.mark.feature("O2")
@pytest.mark.parametrize("script", [True, False], ids=["script", "none"])
def test_ticked_users_are_reviewed_and_changed(
    browse: Browse, look: Look, bjorkvik: SampleOrganisation, *, script: bool
) -> None:
    """By keyboard too: ticked in the list, reviewed one by one, closed together, and opened again."""
    page = browse(ANNA, java_script_enabled=script)
    inspect = look if script else (lambda _page: None)  # axe needs a script
    word = "Med" if script else "Utan"
    for number in (1, 2):
        bjorkvik.add_user(f"{word} Kryss {number}", email=f"{word.lower()}.kryss.{number}@bjorkvik.example")
    page.goto(f"/organisation/users?q={word} kryss")
    boxes = page.locator("tbody input[name=user]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(1).check()
    inspect(page)
    page.get_by_label("Vad ska göras med de förkryssade?").select_option("close")
    page.get_by_role("button", name="Granska …").click()
    expect(page.get_by_role("heading", name="2 användare ändras")).to_be_visible()
    inspect(page)
    page.get_by_role("button", name="Stäng kontona").click()
    expect(page.get_by_text("Kontona är stängda.")).to_be_visible()
    page.goto(f"/organisation/users?state=closed&q={word} kryss")
    page.get_by_role("link", name="Kryssa för alla på sidan").click()
    page.get_by_label("Vad ska göras med de förkryssade?").select_option("open")
    page.get_by_role("button", name="Granska …").click()
    inspect(page)
    page.get_by_role("button", name="Öppna kontona igen").click()
    expect(page.get_by_text("Kontona är öppna igen.")).to_be_visible()


@pytest.mark.feature("OX2")
def test_a_file_is_reviewed_row_by_row(browse: Browse, look: Look) -> None:
    """The preview names the line and the fault; only the right rows are added, once it is confirmed."""
    page = browse(ANNA)
    upload(page)
    look(page)
    upload(page)
    page.get_by_role("button", name="Visa raderna").click()
    expect(page.get_by_text("Rader: 3. Rätta: 1. Med fel: 2.")).to_be_visible()
    fault = page.get_by_role("row").filter(has_text="Rollen kung finns inte.")
    expect(fault.get_by_role("rowheader")).to_have_text("5")
    look(page)
    page.get_by_role("button", name="Visa bara rader med fel").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    box = page.get_by_label("Skicka en inbjudan med e-post till var och en")
    if box.count():
        box.uncheck()
    page.get_by_role("button", name="Lägg upp 1 konto").click()
    expect(page.get_by_text("Kontona är upplagda.")).to_be_visible()
    page.goto("/organisation/users?q=ny@bjorkvik")
    expect(page.get_by_role("link", name="Vera Ny")).to_be_visible()
    expect(page.get_by_role("link", name="Ulla Ny")).to_have_count(0)


@pytest.mark.feature("OX5")
def test_the_last_administrator_and_own_rights(browse: Browse, look: Look, people: dict[str, SampleUser]) -> None:
    """The last one is refused; where there is another, a page says first what one loses."""
    page = browse(ANNA)
    own = f"/organisation/users/{people[ANNA].user_id}"
    page.goto(own)
    page.get_by_label("Roll", exact=True).last.select_option("user")
    page.get_by_role("button", name="Ändra rollen").click()
    refused, asked = page.locator("#role-error"), page.get_by_text("Du förlorar:")
    expect(refused.or_(asked).first).to_be_visible()
    look(page)
    page.goto(own)
    expect(page.get_by_label("Roll", exact=True).last).to_have_value("admin")


@pytest.mark.feature("O2")
def test_closing_an_account_asks_who_takes_over(browse: Browse, look: Look, bjorkvik: SampleOrganisation) -> None:
    """Each fault stands at its field; afterwards somebody may be named who reads the sealed inbox."""
    close, ask = "Stäng kontot", "Be om godkännande"
    person = bjorkvik.add_user("Sluta Nu", email="slut@bjorkvik.example")
    bjorkvik.add_mailbox("Slutbrevlåda", person)
    page = browse(ANNA)
    page.goto(f"/organisation/users/{person.id}/close")
    page.locator("#successor").fill("ingen@bjorkvik.example")
    page.get_by_role("button", name=close).click()
    expect(page.locator("#successor-error")).to_be_visible()
    look(page)
    page.get_by_label("E-postadress till den som tar över alla").fill(ANNA)
    page.get_by_role("button", name=close).click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    look(page)
    page.goto(f"/organisation/users/{person.id}/close")
    page.locator("#reader").fill("ingen@bjorkvik.example")
    page.get_by_role("button", name=ask).click()
    expect(page.locator("#reader-error")).to_be_visible()
    look(page)
    page.locator("#reader").fill(ANNA)
    page.locator("#reason").fill("Ärenden ligger kvar.")
    page.get_by_role("button", name=ask).click()
    expect(page.get_by_text("Begäran är skickad.").first).to_be_visible()
    page.goto("/approvals")
    look(page)
