"""Ways to identify: shown with their levels, reached by keys, linked, and asked for when a message needs more."""

from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect
from tests.browser.identification.hall import PASSWORD, Hall, approve

from budkavle.identification import administration
from budkavle.model.loa import Loa
from budkavle.model.people import Role
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle_eid.simulator.persons import PEOPLE

Look = Callable[[Page], None]
Open = Callable[..., Page]


@pytest.mark.feature("A9", "C2")
def test_the_ways_are_shown_with_their_levels_and_reached_by_keys(hall: Hall, visit: Open, look: Look) -> None:
    """The surest first; Tab and Enter begin one, Avbryt leads back, and the page one wanted is remembered."""
    page = visit()
    page.goto("/account/methods")
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    look(page)
    first = page.locator(".ways button").first
    expect(first).to_contain_text("Tillitsnivå 3")
    while page.evaluate("document.activeElement.closest('.ways') === null"):
        page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Avbryt")).to_be_visible()
    page.get_by_role("button", name="Avbryt").click()
    page.get_by_role("button", name="E-post och lösenord").click()
    look(page)
    page.get_by_label("E-post").fill(hall.root.email)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("heading", name="Hur du loggar in")).to_be_visible()


@pytest.mark.feature("Y10", "U5", "A6")
@pytest.mark.parametrize("script", [True, False])
def test_a_message_of_level_three_leads_to_a_way_and_then_to_itself(
    hall: Hall, visit: Open, look: Look, script: bool
) -> None:
    """With a password alone one is told whom to ask; with the number BankID leads to it, also without script."""
    person, word, key = ("Anna Testlind", "anna", PEOPLE[0]) if script else ("Karin Testsson", "karin", PEOPLE[2])
    user = hall.person(person)
    hall.message(user, Loa.THREE)
    page, phone = visit(user, java_script_enabled=script), visit(width=320, height=640)
    expect(page.get_by_text("Beslut om vårdnad")).to_have_count(0)
    page.locator("a.subject").first.click()
    expect(page.get_by_role("heading", name="Visa vem du är")).to_be_visible()
    expect(page.get_by_text("Ditt konto har ingen inloggning med tillräckligt hög tillitsnivå.")).to_be_visible()
    expect(page.get_by_role("button", name="BankID")).to_have_count(0)
    if script:
        look(page)
    in_work(hall.platform, system_actor(user.organisation_id), administration.set_personnummer, user.id, key.number)
    page.reload()
    page.get_by_role("button", name="BankID").first.click()
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    approve(phone, hall, word)
    if not script:
        page.get_by_role("button", name="Jag är klar i appen").click()
    expect(page.get_by_role("heading", name="Beslut om vårdnad")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("3: du visade vem du är med e-legitimation")).to_be_visible()
    assert key.number not in page.content()
    page.goto("/account/methods")
    expect(page.locator(".methods")).to_contain_text("Personnummer, för e-legitimation")
    if script:
        look(page)


@pytest.mark.feature("U5")
def test_another_persons_identification_is_refused_in_words(hall: Hall, visit: Open, look: Look) -> None:
    """Adding BankID, and somebody else scans the code: nothing is added, and the page says why and what to do."""
    user = hall.person("Bo Testek")
    page, phone = visit(user), visit(width=320, height=640)
    page.goto("/account/methods")
    page.get_by_role("button", name="BankID").first.click()
    approve(phone, hall, "mats")
    expect(page.get_by_role("status").filter(has_text="tillagt")).to_be_visible()
    page.goto("/account/methods")
    expect(page.locator(".methods")).to_contain_text("Räknas som tillitsnivå 2")
    look(page)
    page.get_by_role("button", name="Freja").first.click()
    phone.goto(f"{hall.phone}/?person=anna")
    section = phone.get_by_role("region", name="Freja", exact=True)
    section.get_by_role("button", name="Skanna koden på skärmen").click()
    section.get_by_role("button", name="Godkänn som").click()
    expect(page.get_by_role("alert")).to_contain_text("tillhör någon annan")
    look(page)
    page.get_by_role("link", name="Börja om").click()
    expect(page.locator(".methods")).not_to_contain_text("Freja")


@pytest.mark.feature("U5")
def test_a_code_beside_the_password(hall: Hall, visit: Open, look: Look) -> None:
    """It is switched on with a QR code or a key, asked for at the next sign-in, and replaced by a recovery code."""
    user = hall.person("Cleo Kod")
    page = visit(user)
    page.goto("/account/methods")
    look(page)
    page.get_by_role("link", name="Slå på").click()
    look(page)
    totp = pyotp.TOTP(page.locator("code.key").inner_text().replace(" ", ""))
    page.get_by_label("Kod", exact=True).fill("000000")
    page.get_by_role("button", name="Slå på").click()
    expect(page.locator("#code-error")).to_be_visible()
    assert totp.secret == page.locator("code.key").inner_text().replace(" ", "")
    page.get_by_label("Kod", exact=True).fill(totp.now())
    page.get_by_role("button", name="Slå på").click()
    expect(page.get_by_role("status").filter(has_text="kod från appen")).to_be_visible()
    page.get_by_role("button", name="Gör nya koder").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    look(page)
    page.get_by_role("link", name="Jag har sparat dem").click()
    expect(page.get_by_text("10 koder kvar")).to_be_visible()
    other = visit(user)
    expect(other.get_by_text("Lösenordet stämmer.")).to_be_visible()
    look(other)
    other.get_by_label("Kod från din app").fill("123456")
    other.get_by_role("button", name="Fortsätt").click()
    expect(other.locator("#code-error")).to_be_visible()
    other.get_by_label("Kod från din app").fill(codes[0])
    other.get_by_role("button", name="Fortsätt").click()
    expect(other.get_by_role("button", name="Meny för Cleo Kod")).to_be_visible()
    page.goto("/account/methods")
    expect(page.get_by_text("9 koder kvar")).to_be_visible()
    page.get_by_role("button", name="Stäng av").click()
    expect(page.get_by_role("status").filter(has_text="borttaget")).to_be_visible()
    other.goto("/account")
    expect(other.get_by_role("heading", name="Logga in")).to_be_visible()


@pytest.mark.feature("Q2", "Q3", "Q4", "U1", "O1", "N1")
def test_the_menu_is_that_of_the_role(hall: Hall, visit: Open, look: Look) -> None:
    """A user sees Mitt konto and Hjälp; an administrator Min organisation too; the platform's also Administration."""
    for name, role, links in (
        ("Dag Vanlig", Role.USER, ["Mitt konto"]),
        ("Rut Chef", Role.ADMIN, ["Mitt konto", "Min organisation"]),
        ("Pia Plattform", Role.PLATFORM, ["Mitt konto", "Min organisation", "Administration"]),
    ):
        user = hall.root if role is Role.ADMIN else hall.person(name, role)
        page = visit(user)
        page.get_by_role("button", name=f"Meny för {name}").click()
        menu = page.locator("#who a:not([hreflang])")
        assert [one.strip() for one in menu.all_inner_texts()] == [
            *links,
            "Hjälp med den här sidan",
            "All hjälp",
            "Tillgänglighet",
        ]
        page.get_by_role("link", name=links[-1]).click()
        title = {"Min organisation": "Information", "Administration": "Organisationer"}.get(links[-1], links[-1])
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        look(page)
    page = visit(hall.person("Egon Nyfiken"))
    for path in ("/organisation", "/organisation/levels", "/organisation/users", "/administration"):
        page.goto(path)
        expect(page.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()
