"""Levels, ways and accounts, as an administrator decides."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.identification.hall import Hall, approve

from budkavle.model.people import Role

Look = Callable[[Page], None]
Open = Callable[..., Page]


@pytest.mark.feature("A11", "A12", "A13", "A1")
def test_levels_are_switched_off_and_described(hall: Hall, visit: Open, look: Look) -> None:
    """Min organisation, Säkerhet, Tillitsnivåer, Spara: the compose page has what was decided."""
    page = visit(hall.root)
    page.goto("/organisation")
    page.get_by_role("link", name="Säkerhet").click()
    page.get_by_role("link", name="Tillitsnivåer").click()
    look(page)
    page.get_by_label("Nivå 1 kan väljas").uncheck()
    page.get_by_label("Så beskrivs nivå 2").fill("Kod i mobilen. För det mesta.")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="sparade")).to_be_visible()
    page.goto("/compose")
    expect(page.get_by_text("Kod i mobilen. För det mesta.")).to_be_visible()
    expect(page.get_by_text("Ingen legitimation.")).to_have_count(0)
    page.goto("/organisation/levels")
    for n in "23":
        page.get_by_label(f"Nivå {n} kan väljas").uncheck()
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("alert")).to_contain_text("minst en")
    for n in "123":
        page.get_by_label(f"Nivå {n} kan väljas").check()
    page.get_by_label("Så beskrivs nivå 2").fill("")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_label("Så beskrivs nivå 2")).to_have_value("")
    expect(page.get_by_label("Så beskrivs nivå 2")).to_have_accessible_description(re.compile("lösenord"))


@pytest.mark.feature("C2", "O5", "O6")
def test_ways_and_times_are_the_organisations(hall: Hall, visit: Open, look: Look) -> None:
    """An administrator cannot close themselves out; a number outside the limits is told of at its field."""
    page = visit(hall.root)
    page.goto("/organisation/methods")
    look(page)
    staff = page.get_by_role("group", name="För dem som har konto")
    staff.get_by_label("E-post och lösenord").uncheck()
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#login_methods-error")).to_contain_text("stänger dig ute")
    expect(staff.get_by_label("E-post och lösenord")).not_to_be_checked()
    look(page)
    page.goto("/organisation")
    page.get_by_role("link", name="Inställningar").click()
    look(page)
    page.get_by_role("link", name="Utloggning").click()
    page.get_by_label("Logga ut den som inte gör något").fill("0")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#session_idle_minutes-error")).to_be_visible()
    look(page)
    page.get_by_label("Logga ut den som inte gör något").fill("45")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_label("Logga ut den som inte gör något")).to_have_value("45")


@pytest.mark.feature("A10", "O2")
def test_an_administrator_says_whose_account_it_is(hall: Hall, visit: Open, look: Look) -> None:
    """With the number that was typed once, and confirmed by another, the person signs in with an e-identification."""
    user, other = hall.person("Eva Testdotter"), hall.person("Siv Chef", Role.ADMIN)
    page, phone = visit(hall.root), visit(width=320, height=640)
    page.goto("/organisation/users?q=eva")
    look(page)
    page.get_by_role("link", name="Eva Testdotter").click()
    expect(page.get_by_text("Innan du ändrar kontot")).to_be_visible()
    look(page)
    hall.raise_to_three(page, hall.root)
    page.reload()
    look(page)
    page.get_by_label("Personnummer").fill("19830817-0000")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#personnummer-error")).to_be_visible()
    page.get_by_label("Personnummer").fill("19830817-2397")
    page.locator("#reason").fill("Visade körkort i receptionen")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="sparat")).to_be_visible()
    expect(page.get_by_role("button", name="Bekräfta")).to_have_count(0)
    assert "2397" not in page.content()
    look(page)
    own = visit(user)
    own.get_by_role("link", name="Kontrollera ditt konto").click()
    expect(own.get_by_text("En administratör har skrivit in ett personnummer")).to_be_visible()
    look(own)
    second = visit()
    hall.raise_to_three(second, other)
    second.goto("/organisation/users")
    look(second)
    second.get_by_role("link", name="Eva Testdotter").first.click()
    second.get_by_role("button", name="Bekräfta").click()
    expect(second.get_by_role("status").filter(has_text="bekräftat")).to_be_visible()
    look(second)
    eva = visit()
    eva.goto("/sign-in?way=bankid")
    eva.locator("button[value=bankid]").click()
    approve(phone, hall, "eva")
    expect(eva.get_by_role("button", name=f"Meny för {user.name}")).to_be_visible()


@pytest.mark.feature("O2")
def test_a_lost_password_and_a_closed_account(hall: Hall, visit: Open, look: Look) -> None:
    """The administrator hands over a password that is changed when it is used; then closes the account."""
    user = hall.person("Gun Glömsk")
    page = visit()
    hall.raise_to_three(page, hall.root)
    page.goto(f"/organisation/users/{user.id}")
    page.get_by_role("button", name="Ge ett engångslösenord").click()
    given = page.locator("code.key").inner_text()
    look(page)
    page.get_by_role("link", name="Klar").click()
    own = visit()
    own.goto("/sign-in?way=password")
    own.get_by_label("E-post").fill(user.email)
    own.get_by_label("Lösenord").fill(given)
    own.get_by_role("button", name="Logga in").click()
    expect(own.get_by_text("Lösenordet du fick gäller en gång.")).to_be_visible()
    look(own)
    own.get_by_label("Nytt lösenord", exact=True).fill("ny mening om hösten")
    own.get_by_label("Nytt lösenord igen").fill("ny mening om hösten")
    own.get_by_role("button", name="Spara och logga in").click()
    expect(own.get_by_role("button", name="Meny för Gun Glömsk")).to_be_visible()
    page.get_by_role("link", name="Stäng kontot").click()
    look(page)
    page.get_by_role("button", name="Stäng kontot").click()
    expect(page.get_by_role("status").filter(has_text="stängt")).to_be_visible()
    look(page)
    own.goto("/account")
    expect(own.get_by_role("heading", name="Logga in")).to_be_visible()
