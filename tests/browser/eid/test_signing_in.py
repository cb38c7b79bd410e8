"""Signing in with an e-identification, on this device or with another one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.eid.lobby import PHONE, Lobby, approve, begin

Look = Callable[[Page], None]
Open = Callable[..., Page]


@pytest.mark.feature("A9")
@pytest.mark.parametrize(("way", "app"), [("BankID (test)", "BankID"), ("Freja eID (test)", "Freja")])
def test_a_code_on_the_screen_and_a_telephone(lobby: Lobby, visit: Open, look: Look, way: str, app: str) -> None:
    """Choose the way, scan the code that changes, approve, and be signed in without touching the page again."""
    page, phone = visit(), visit(320, 640)
    page.goto("/sign-in")
    page.get_by_role("button", name=way).first.click()
    code = page.get_by_role("img", name="QR-kod att läsa av med appen")
    expect(code).to_be_visible()
    first = code.inner_html()
    expect(code).not_to_have_js_property("innerHTML", first)
    look(page)
    page.set_viewport_size({"width": 320, "height": 640})
    expect(code).to_be_in_viewport(ratio=1)
    approve(phone, lobby, app)
    expect(page.get_by_role("button", name="Meny för Anna Testlind")).to_be_visible()


def test_the_telephone_is_usable_for_all(lobby: Lobby, visit: Open, look: Look) -> None:
    """Nothing to the side at 320 points, nothing for axe, and no script."""
    page, phone = visit(), visit(320, 640, java_script_enabled=True)
    begin(page, "bankid")
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    phone.goto(lobby.phone)
    look(phone)
    bankid = phone.get_by_role("region", name="BankID", exact=True)
    bankid.get_by_role("button", name="Skanna koden på skärmen").first.click()
    expect(phone.get_by_text("Du legitimerar dig på 127.0.0.1.")).to_be_visible()
    look(phone)
    phone.get_by_role("button", name="Avbryt").first.click()
    expect(phone.get_by_text("Du avbröt.")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Du avbröt i BankID-appen.")
    look(page)


def test_on_the_telephone_itself(lobby: Lobby, visit: Open, look: Look) -> None:
    """The link opens the app, and the app leads back, signed in: one browser, no code, nothing to type."""
    page = visit(320, 640, user_agent=PHONE)
    begin(page, "bankid")
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_have_count(0)
    look(page)
    page.get_by_role("link", name="Öppna BankID").click()
    expect(page.get_by_text("Appen öppnades med en länk på samma enhet.")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Fortsätt").click()
    page.get_by_role("button", name="Godkänn som Anna").click()
    page.get_by_role("link", name="Tillbaka till webbläsaren").click()
    expect(page.get_by_role("button", name="Meny för Anna Testlind")).to_be_visible()


def test_the_other_device_is_a_choice(lobby: Lobby, visit: Open) -> None:
    """On a telephone one may scan with another one; on a computer one may use the app there."""
    page = visit(user_agent=PHONE)
    begin(page, "bankid")
    page.get_by_role("button", name="BankID på en annan enhet").click()
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    page.get_by_role("button", name="BankID på den här enheten").click()
    expect(page.get_by_role("link", name="Öppna BankID")).to_be_visible()


def test_without_javascript(lobby: Lobby, visit: Open) -> None:
    """The code stands there, and a button says that one is done."""
    page, phone = visit(java_script_enabled=False), visit()
    begin(page, "freja")
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    approve(phone, lobby, "Freja")
    page.get_by_role("button", name="Jag är klar i appen").click()
    expect(page.get_by_role("button", name="Meny för Anna Testlind")).to_be_visible()
