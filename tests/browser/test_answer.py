"""An answer, written below the thread that it answers, beside the list."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import wait_for_keys

from budkavle.model.messages import File
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
    body = page.locator("article.read .message .body")
    before = body.bounding_box()
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
    after = body.bounding_box()
    assert before
    assert after
    assert (after["x"], after["width"]) == (before["x"], before["width"])
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
    wait_for_keys(page)
    text.press("Control+Enter")
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    expect(page).to_have_url(re.compile("scope=untaken"))
    expect(page.locator("article.read")).to_contain_text("Vi kommer.")


@pytest.mark.feature("E9", "F13")
def test_who_comes_from_the_row_by_keys_writes_in_the_text_at_once(
    sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """The row that had the focus does not keep it: letters are no shortcuts there. Files look as in the case."""
    file = File("bilaga.txt", "text/plain", b"Hej")
    sdk_mailboxes.arrive(box, "Fråga", files=(file,))
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text("Fråga")
    wait_for_keys(page)
    drawn = page.locator(".tile").first.evaluate("one => getComputedStyle(one).display")
    page.keyboard.press("r")
    expect(page.get_by_label("Meddelande", exact=True)).to_be_focused()
    expect(page.locator(".tile").first).to_have_css("display", drawn)
    wait_for_keys(page)
    page.keyboard.type("at")
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("at")


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
