"""The lock asks for the passkey, and keeps what is written."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from tests.browser.phone.phone_page import PAGE, sign_in

from budkavle.testing import SampleOrganisation

Look = Callable[[Page], None]


def add_passkey(page: Page) -> None:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/account/methods")
    page.locator("form button[value=passkey]").click()
    page.get_by_role("button", name="Skapa passkey").click()
    expect(page.get_by_role("status").filter(has_text="tillagt")).to_be_visible()


def be_away(habo: SampleOrganisation, minutes: int = 2) -> None:
    """Let it be so long since the person was there."""
    away = f"UPDATE sessions SET present_at = now() - interval '{minutes} minutes' WHERE lock_minutes IS NOT NULL"
    habo.rows(away)


def leave_and_come_back(page: Page, habo: SampleOrganisation) -> None:
    hide = """state => { Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
        document.dispatchEvent(new Event('visibilitychange')); }"""
    page.evaluate(hide, "hidden")
    expect(page.locator("html")).to_have_class(re.compile("covered"))
    be_away(habo)
    page.evaluate(hide, "visible")


def test_the_lock_asks_for_the_passkey(phone: Page, habo: SampleOrganisation, look: Look) -> None:
    """Away for a minute: the server gives nothing, the page shows nothing, and the passkey leads back to it."""
    add_passkey(phone)
    phone.goto(PAGE)
    phone.get_by_label("Efter 1 min").check()
    phone.get_by_role("button", name="Spara låset").click()
    expect(phone.get_by_text("Låset är på i den här webbläsaren.")).to_be_visible()
    phone.goto("/account")
    leave_and_come_back(phone, habo)
    locked = phone.get_by_role("dialog")
    expect(locked.get_by_role("heading", name="Appen är låst")).to_be_visible()
    assert "anna@habo.example" not in phone.content()
    answer = phone.request.get("/account", max_redirects=0, headers={"accept": "text/html"})
    assert (answer.status, answer.headers["location"]) == (303, "/unlock?next=/account")
    locked.get_by_role("link", name="Lås upp").click()
    expect(phone.get_by_role("heading", name="Appen är låst")).to_be_visible()
    look(phone)
    phone.get_by_role("button", name=re.compile("Passkey")).click()
    phone.get_by_role("button", name="Använd passkey").click()
    expect(phone.get_by_role("heading", name="Mitt konto")).to_be_visible()
    phone.goto(PAGE)
    expect(phone.get_by_label("Efter 1 min")).to_be_checked()
    sign_out_and_in(phone)
    phone.goto(PAGE)
    expect(phone.get_by_label("Efter 1 min"), "the browser keeps it for later sessions").to_be_checked()
    phone.get_by_label("Av").check()
    phone.get_by_role("button", name="Spara låset").click()
    expect(phone.get_by_text("Låset är av i den här webbläsaren.")).to_be_visible()


def sign_out_and_in(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Meny")).click()
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    sign_in(page)


def test_what_is_written_survives_the_lock(phone: Page, habo: SampleOrganisation) -> None:
    """It is gone from the page, and comes back once the session is unlocked, here or in another window."""
    add_passkey(phone)
    phone.goto(PAGE)
    phone.get_by_label("Efter 1 min").check()
    phone.get_by_role("button", name="Spara låset").click()
    phone.goto("/account")
    phone.get_by_label("Text").fill("Med vänlig hälsning")
    leave_and_come_back(phone, habo)
    expect(phone.get_by_role("dialog").get_by_role("link", name="Lås upp", exact=True)).to_be_visible()
    expect(phone.get_by_label("Text")).to_have_count(0)
    habo.rows("UPDATE sessions SET present_at = now()")
    phone.get_by_role("button", name="Jag har låst upp").click()
    expect(phone.get_by_label("Text")).to_have_value("Med vänlig hälsning")
