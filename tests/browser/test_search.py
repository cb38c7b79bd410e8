"""A search in a browser: hits that change while one looks at them, days, and the places of an open case."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.cases import actions
from budkavle.cases.finding import index
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]


def indexed(platform: Platform) -> None:
    while index.index_cases(platform):
        pass


@pytest.mark.feature("E26")
def test_hits_change_and_are_announced_while_they_are_looked_at(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """A row says who took its case, a line says that there is a new hit; another case says nothing."""
    case_id = sdk_mailboxes.arrive(box, "Kvartersfest")
    indexed(platform)
    page = browse(ANNA)
    with page.expect_response("**/live?*"):
        page.goto(f"/search?q=kvartersfest&box={box}")
    row, news = page.locator(f"#row-{case_id}"), page.locator("#search-news")
    row.get_by_role("link").focus()
    sdk_mailboxes.arrive(box, "Annat")
    in_work(platform, people[BO], actions.take, case_id)
    expect(row).to_contain_text("Ärende taget av Bo Ek")
    expect(news).to_be_empty()
    sdk_mailboxes.arrive(box, "Kvartersfesten igen")
    indexed(platform)
    link = news.get_by_role("link", name="Det finns nytt bland träffarna – visa")
    expect(link).to_be_visible()
    expect(row.get_by_role("link")).to_be_focused()
    link.click()
    expect(page.locator(".hits li")).to_have_count(2)


@pytest.mark.feature("E26")
def test_places_are_walked_by_the_keyboard_without_a_script(
    platform: Platform, sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """From the line above the text to each place and round again; days are chosen in a form."""
    sdk_mailboxes.arrive(
        box, "Om festen", body="Grillfest på gården.\n\n" + "Mer text.\n\n" * 40 + "Sedan grillfest igen."
    )
    indexed(platform)
    browse(ANNA)
    page, seen = browse(ANNA, java_script_enabled=False), browse(ANNA)
    page.goto(f"/search?q=grillfest&box={box}")
    form = page.locator(".limits .days")
    form.get_by_label("Från och med").fill("2026-01-01")
    form.get_by_role("button", name="Visa träffarna").click()
    assert re.search(r"[?&]from=2026-01-01", page.url)
    seen.goto(page.url)
    look(seen)
    page.locator(".hits .subject").click()
    expect(page.locator(".places")).to_contain_text("Orden finns på 2 ställen i texten.")
    onward = page.locator(".next-place:visible")
    expect(onward).to_have_count(0)
    page.get_by_role("link", name="Gå till första stället").press("Enter")
    expect(page.locator("#place-1")).to_be_in_viewport()
    expect(onward).to_have_text("Nästa ställe")
    seen.goto(page.url)
    look(seen)
    page.keyboard.press("Tab")
    expect(onward).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#place-2")).to_be_in_viewport()
    expect(onward).to_have_text("Första stället")
