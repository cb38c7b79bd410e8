"""What changes while a page is open, keys, and browsers that have less."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import wait_for_keys

from budkavle import Platform
from budkavle.cases import actions
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own, which Anna administers and Bo belongs to."""
    made: UUID = sdk_mailboxes.add(f"Nu {request.node.originalname[5:40]}", BO, ANNA, administrator=ANNA)
    return made


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
