"""Browsers without JavaScript, with large text, or without a connection or a session any more."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle_demo.content import ANNA

Browse = Callable[..., Page]


@pytest.mark.feature("M4", "M15", "F13", "F15")
def test_everything_works_without_javascript(
    sdk_mailboxes: Any, box: UUID, browse: Browse, enter: Callable[..., None]
) -> None:
    """Sign in, take, answer, close, search a recipient and send a message: forms and links alone."""
    sdk_mailboxes.arrive(box, "Utan skript")
    page = browse(java_script_enabled=False)
    enter(page, ANNA)
    page.goto(f"/m/{box}")
    page.locator(".row").get_by_role("button", name="Ta ärendet").click()
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    page.get_by_role("link", name="Svara", exact=True).click()
    page.get_by_label("Meddelande", exact=True).fill("Svar utan skript.")
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.locator("article.read")).to_contain_text("Svar utan skript.")
    page.locator("#casebar").get_by_role("button", name="Avsluta").click()
    expect(page.locator("#casebar")).to_contain_text("Ärendet är avslutat.")
    page.goto(f"/compose?mailbox={box}")
    page.get_by_role("searchbox", name="Till").fill("Utskrivning")
    page.get_by_role("button", name="Sök").last.click()
    page.locator(".hits").get_by_role("button", name="Utskrivningssamordning").first.click()
    expect(page.locator(".pill")).to_contain_text("Utskrivningssamordning")
    page.get_by_label("Ämne").fill("Nytt utan skript")
    page.get_by_label("Meddelande", exact=True).fill("Hej!")
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nytt utan skript")


def test_text_twice_as_large_loses_nothing(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """With the text at 200 % nothing is to the side, and the buttons are there."""
    case_id = sdk_mailboxes.arrive(
        box, "Stor text och ett ganska långt ämne för att se hur det bryts", confidential=True
    )
    page = browse(ANNA)
    for path, button in ((f"/m/{box}", "Ta ärendet"), (f"/c/{case_id}", "Ta ärendet"), ("/compose", "Skicka")):
        page.goto(path)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 1280, path
        one = page.locator("main").get_by_role("button", name=button).first
        one.scroll_into_view_if_needed()
        place = one.bounding_box()
        assert place, path
        assert place["x"] >= 0, path
        assert place["x"] + place["width"] <= 1280, path


def test_a_session_that_has_ended_leads_to_the_sign_in(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """Who presses a button after the session ended signs in and comes back to the same page."""
    sdk_mailboxes.arrive(box, "Sent på dagen")
    page = browse(ANNA)
    page.route(re.compile("/session$"), lambda route: route.abort())  # the page does not know yet
    page.goto(f"/m/{box}")
    page.context.clear_cookies()
    page.locator(".row").get_by_role("button", name="Ta ärendet").click()
    expect(page).to_have_url(re.compile(f"/sign-in\\?next=/m/{box}"))


@pytest.mark.feature("Y1")
def test_a_connection_that_is_lost_is_told_of(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """A button that reaches nobody says so, also when a message is written; nothing looks done that is not."""
    sdk_mailboxes.arrive(box, "Utan nät")
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    page.context.set_offline(offline=True)
    take = page.locator(".row").get_by_role("button", name="Ta ärendet")
    take.click()
    lost = page.get_by_role("status").filter(has_text="Ingen kontakt med servern")
    expect(lost).to_be_visible()
    page.context.set_offline(offline=False)
    take.click()
    expect(page.locator(".row")).to_contain_text("Anna Lind")
    expect(lost).to_have_count(0)
    page.goto("/compose")
    page.context.set_offline(offline=True)
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(lost).to_be_visible()
