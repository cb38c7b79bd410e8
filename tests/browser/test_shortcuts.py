"""Keys do what buttons do."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import wait_for_keys

from budkavle_demo.content import ANNA, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.mark.feature("F13", "F15")
def test_keys_do_what_buttons_do_and_can_be_switched_off(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """j, k, Enter, t, e, r, n and / act; ? tells of them; switched off they are only letters."""
    for subject in ("Tredje", "Andra", "Första"):
        sdk_mailboxes.arrive(box, subject)
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    press = page.keyboard.press
    press("j")
    expect(page.get_by_role("link", name="Första", exact=True)).to_be_focused()
    press("j")
    press("j")
    press("k")
    expect(page.get_by_role("link", name="Andra", exact=True)).to_be_focused()
    press("t")
    expect(page.locator(".row").filter(has_text="Andra")).to_contain_text("Anna Lind")
    page.get_by_role("link", name="Andra", exact=True).focus()
    press("Enter")
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    wait_for_keys(page)
    press("t")
    expect(page.locator("#casebar")).to_contain_text("Ingen har tagit ärendet.")
    press("t")
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    press("e")
    expect(page.locator("article.read h1")).to_have_text("Tredje")
    expect(page.locator(".toast")).to_contain_text("Ärendet är avslutat.")
    press("/")
    expect(page.get_by_role("searchbox", name="Sök")).to_be_focused()
    page.keyboard.type("jtnr")
    expect(page.get_by_role("searchbox", name="Sök")).to_have_value("jtnr")
    page.locator("h1").click()
    press("?")
    expect(page.get_by_role("dialog", name="Kortkommandon")).to_be_visible()
    look(page)
    page.get_by_label("Kortkommandon är på").uncheck()
    press("Escape")
    page.reload()
    press("r")
    press("n")
    expect(page).to_have_url(re.compile("/c/"))
    page.evaluate("localStorage.setItem('keys', 'on')")
    page.reload()
    press("r")
    expect(page.get_by_role("heading", name="Svara", exact=True)).to_be_visible()
    page.goto(f"/m/{box}")
    press("n")
    expect(page.get_by_role("heading", name="Nytt meddelande")).to_be_visible()


def tab_to(page: Page, role: str, name: str, most: int = 200) -> None:
    """Press Tab until something of this role and name has the focus."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    expect(wanted).to_be_visible()
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {role} {name}")


@pytest.mark.feature("M15", "F13")
def test_the_whole_way_by_keyboard_alone(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """From the sign-in to an answer sent, with Tab, Enter and letters only."""
    case_id = sdk_mailboxes.arrive(box, "Tangentbordet räcker")
    page = browse()
    page.goto(f"/m/{box}")
    tab_to(page, "textbox", "E-post")
    page.keyboard.type(ANNA)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(1)
    tab_to(page, "link", "Hoppa till innehållet")
    page.keyboard.press("Enter")
    tab_to(page, "link", "Tangentbordet räcker")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"/c/{case_id}")
    tab_to(page, "link", "Hoppa till innehållet")
    page.keyboard.press("Enter")
    tab_to(page, "button", "Ta ärendet")
    page.keyboard.press("Enter")
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    tab_to(page, "link", "Svara")
    page.keyboard.press("Enter")
    tab_to(page, "textbox", "Meddelande")
    page.keyboard.type("Tack, det räcker.")
    tab_to(page, "button", "Skicka")
    page.keyboard.press("Enter")
    expect(page.locator("article.read")).to_contain_text("Tack, det räcker.")
