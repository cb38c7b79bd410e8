"""What changes while a page is open."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, Route, expect

from budkavle import Platform
from budkavle.cases import actions
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]


def listening(page: Page, path: str) -> None:
    """Open a page and wait until it hears what changes."""
    with page.expect_response("**/live?*"):
        page.goto(path)


def expect_one_announced(page: Page) -> None:
    """Expect that a list with one row announces another case, and moves nothing."""
    expect(page.get_by_role("link", name="1 ny – visa")).to_be_visible()
    expect(page.locator(".row")).to_have_count(1)


@pytest.mark.feature("F12", "F13")
def test_a_colleagues_taking_shows_without_reload_and_moves_nothing(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """Bo takes a case in his browser; Anna's row says so, and the row that she stands on stays where it is."""
    for subject in ("Tredje", "Andra", "Första"):
        sdk_mailboxes.arrive(box, subject)
    anna, bo = browse(ANNA), browse(BO)
    listening(anna, f"/m/{box}")
    stands = anna.get_by_role("link", name="Tredje", exact=True)
    stands.focus()
    before = stands.bounding_box()
    bo.goto(f"/m/{box}")
    bo.locator(".row").filter(has_text="Första").get_by_role("button", name="Ta ärendet").click()
    expect(anna.locator(".row").filter(has_text="Första")).to_contain_text("Ärende taget av Bo Ek")
    chips, mine = anna.get_by_role("navigation", name="Filter"), anna.locator("#rail [aria-current]").first
    expect(chips).to_contain_text(re.compile(r"Öppna 3\s*Avslutade 0\s*Otilldelade 2\s*Mina 0\s*Andras 1"))
    expect(mine.locator(".n")).to_have_text("2")
    expect(stands).to_be_focused()
    assert stands.bounding_box() == before
    in_work(platform, people[BO], actions.take, sdk_mailboxes.arrive(box, "Ny"))
    expect(anna.get_by_role("link", name="1 ny – visa")).to_be_visible()
    expect(chips).to_contain_text(re.compile(r"Öppna 4\s*Avslutade 0\s*Otilldelade 2\s*Mina 0\s*Andras 2"))
    expect(anna.locator(".row")).to_have_count(3)
    expect(stands).to_be_focused()
    anna.get_by_role("link", name="1 ny – visa").click()
    expect(anna.locator(".row")).to_have_count(4)


@pytest.mark.feature("F12")
def test_what_came_before_the_page_could_hear_is_told(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """A case comes after the page was made and before its stream is open: it is announced like any other."""
    sdk_mailboxes.arrive(box, "Gammalt")
    page = browse(ANNA)

    def meanwhile(route: Route) -> None:
        sdk_mailboxes.arrive(box, "Nytt")
        route.continue_()

    page.goto("about:blank")  # the first page has a stream, too
    page.route("**/live?*", meanwhile)
    listening(page, f"/m/{box}")
    expect_one_announced(page)


@pytest.mark.feature("F12")
def test_what_came_while_the_connection_was_down_is_told(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """Once the page hears again it hears of that too."""
    sdk_mailboxes.arrive(box, "Gammalt")
    page = browse(ANNA)
    page.route("**/live?*", lambda route: route.fulfill(content_type="text/event-stream", body=": listening\n\n"))
    listening(page, f"/m/{box}")
    sdk_mailboxes.arrive(box, "Nytt")
    page.unroute("**/live?*")
    expect_one_announced(page)


@pytest.mark.feature("F12")
def test_what_may_have_been_missed_can_be_shown(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """Where the server no longer knows, the page says that the list may have changed, and moves nothing."""
    sdk_mailboxes.arrive(box, "Gammalt")
    page = browse(ANNA)
    missed = 'event: missed\ndata: {"at": 1}\n\n'
    page.route("**/live?*", lambda route: route.fulfill(content_type="text/event-stream", body=missed))
    listening(page, f"/m/{box}")
    expect(page.get_by_role("link", name="Listan kan ha ändrats – visa igen")).to_be_visible()
    sdk_mailboxes.arrive(box, "Nytt")
    expect(page.locator(".row")).to_have_count(1)
    page.unroute("**/live?*")
    page.get_by_role("link", name="Listan kan ha ändrats – visa igen").click()
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator("[data-news]")).to_be_empty()


@pytest.mark.feature("F12")
def test_a_list_whose_stream_has_broken_says_so_until_it_hears_again(
    sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """After ten seconds without a stream the list offers to load again; once it hears, that is gone."""
    sdk_mailboxes.arrive(box, "Gammalt")
    page = browse(ANNA)
    page.clock.install()
    page.route("**/live?*", lambda route: route.fulfill(status=502, body="Bad gateway"))
    listening(page, f"/m/{box}")
    halted = page.locator(".list").get_by_role("link", name="Sidan uppdateras inte just nu – visa igen")
    expect(halted).to_have_count(0)
    page.clock.fast_forward(10_500)
    expect(halted).to_be_visible()
    halted.click()
    expect(page.get_by_role("link", name="Gammalt", exact=True)).to_be_visible()
    page.clock.fast_forward(10_500)
    expect(halted).to_be_visible()
    page.unroute("**/live?*")
    page.clock.fast_forward(60_000)
    expect(halted).to_have_count(0)


@pytest.mark.feature("F12")
def test_what_cannot_be_fetched_is_told_where_it_stands(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """A server that is down while a case changes: list and case keep what they show, and offer to load again."""
    case_id = sdk_mailboxes.arrive(box, "Ändras hos andra")
    for size, failing, path, place, happens in (
        ("wide", "**/row*", f"/m/{box}", ".list", actions.take),
        ("wide", "**/now*", f"/c/{case_id}", ".list", actions.release),
        ("narrow", "**/now*", f"/c/{case_id}", ".read", actions.take),
    ):
        page = browse(ANNA, size)
        page.route(failing, lambda route: route.fulfill(status=502, body="<li>Bad gateway</li>"))
        listening(page, path)
        told = page.locator(place).get_by_role("link", name="Det senaste gick inte att hämta – visa igen")
        expect(told).to_have_count(0)
        in_work(platform, people[BO], happens, case_id)
        expect(told).to_be_visible()
        expect(page.locator("main")).to_contain_text("Ändras hos andra")
        expect(page.locator("body")).not_to_contain_text("Bad gateway")
        page.unroute(failing)
        told.click()
        expect(page.locator("main")).to_contain_text("Ändras hos andra")
        expect(told).to_have_count(0)


@pytest.mark.feature("F12", "Y2")
def test_an_open_case_shows_that_somebody_else_took_it(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """The bar of an open case changes by itself."""
    case_id = sdk_mailboxes.arrive(box, "Öppet hos Anna")
    page = browse(ANNA)
    listening(page, f"/c/{case_id}")
    in_work(platform, people[BO], actions.take, case_id)
    expect(page.locator("#casebar")).to_contain_text("Bo Ek har tagit ärendet.")
    expect(page.locator(f"#row-{case_id}")).to_contain_text("Ärende taget av Bo Ek")


TELL = """
([ids, times, each]) => new Promise((done) => {
  let told = 0;
  const telling = setInterval(() => {
    const detail = { case: ids[told % ids.length], mailbox: "", kind: "state" };
    document.dispatchEvent(new CustomEvent("live:change", { detail }));
    told += 1;
    if (told < times) return;
    clearInterval(telling);
    done();
  }, each);
})
"""
"""What the stream tells, made in the page itself."""
LOOK_AWAY = """
(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


@pytest.mark.feature("F12")
def test_where_changes_go_on_and_on_rows_and_counts_are_fetched_more_and_more_seldom(
    sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """Ten changes a second for four seconds cost a handful of requests, and the last of them is not forgotten."""
    ids = [str(sdk_mailboxes.arrive(box, subject)) for subject in ("Tredje", "Andra", "Första")]
    page, asked = browse(ANNA), list[str]()
    listening(page, f"/m/{box}")
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(TELL, [ids, 40, 100])
    assert 1 <= len([url for url in asked if "/row" in url]) <= 7
    assert 1 <= len([url for url in asked if "/counts" in url]) <= 6
    with page.expect_response("**/row*"):
        pass


@pytest.mark.feature("F12")
def test_a_window_that_nobody_looks_at_fetches_its_rows_once_somebody_does(
    sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """All that have changed meanwhile, with one request."""
    ids = [str(sdk_mailboxes.arrive(box, subject)) for subject in ("Andra", "Första")]
    page, asked = browse(ANNA), list[str]()
    listening(page, f"/m/{box}")
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(LOOK_AWAY, "hidden")
    page.evaluate(TELL, [ids, 10, 100])
    assert [url for url in asked if "/row" in url] == []
    with page.expect_response("**/rows?*") as answer:
        page.evaluate(LOOK_AWAY, "visible")
    assert all(case in answer.value.url for case in ids)
