"""An answer, written below the thread that it answers, beside the list."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own."""
    made: UUID = sdk_mailboxes.add(f"Svar {request.node.name[5:70]}", ANNA)
    return made


@pytest.mark.feature("E9")
def test_an_answer_is_written_below_the_thread(sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look) -> None:
    """The list and the thread stay; Escape leads back, the draft is gone on with, and Ctrl with Enter sends."""
    case_id = sdk_mailboxes.arrive(box, "Kallelse", body="Kan ni komma på torsdag?", confidential=True)
    page = browse(ANNA)
    page.goto(f"/m/{box}?scope=untaken")
    page.get_by_role("link", name="Kallelse").click()
    page.locator("article.read").focus()
    presses = 0
    while page.locator(":focus").inner_text() != "Svara":
        page.keyboard.press("Tab")
        presses += 1
        assert presses <= 5
    page.keyboard.press("Enter")
    text = page.get_by_label("Meddelande", exact=True)
    expect(text).to_be_focused()
    expect(text).to_be_in_viewport()
    expect(page.locator(".list .row[aria-current]")).to_contain_text("Kallelse")
    expect(page.locator("article.read .message")).to_contain_text("Kan ni komma på torsdag?")
    said = page.locator("#to-names")
    expect(said).to_contain_text("Barn- och ungdomspsykiatrin")
    expect(said).to_contain_text("Sekretess")
    expect(page.get_by_role("button", name="Ta ärendet och skicka")).to_be_visible()
    look(page)
    text.fill("Vi kommer.")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(rf"/c/{case_id}\?scope=untaken$"))
    page.get_by_role("link", name="Svara", exact=True).click()
    expect(text).to_have_value("Vi kommer.")
    expect(page.get_by_text("Du fortsätter på svaret")).to_be_visible()
    text.press("Control+Enter")
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    expect(page).to_have_url(re.compile("scope=untaken"))
    expect(page.locator("article.read")).to_contain_text("Vi kommer.")


@pytest.mark.feature("E9")
@pytest.mark.parametrize("script", [True, False])
def test_an_answer_on_a_phone_and_without_a_script(sdk_mailboxes: Any, box: UUID, browse: Browse, script: bool) -> None:
    """At 320 pixels the form is alone with the thread, and its recipients can be changed."""
    case_id = sdk_mailboxes.arrive(box, "Fråga", body="Hur går det?")
    page = browse(ANNA, "narrow", java_script_enabled=script)
    page.goto(f"/c/{case_id}")
    page.get_by_role("link", name="Svara", exact=True).click()
    page.get_by_text("Ändra", exact=True).click()
    page.get_by_label("Ämne").fill("Svar på frågan")
    page.get_by_label("Meddelande", exact=True).fill("Bra.")
    page.get_by_role("button", name="Skicka utan att ta").click()
    expect(page.locator("article.read")).to_contain_text("Bra.")
