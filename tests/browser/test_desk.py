"""The desk: rows of one height, ticks and what is done with them, keys, and what the window's title says."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import wait_for_keys

from budkavle import Platform
from budkavle.cases import actions
from budkavle.cases.bulk.acts import Selection, act_on_many
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
ROW_HEIGHTS = "[...document.querySelectorAll('.row')].map((row) => row.getBoundingClientRect().height)"


@pytest.fixture
def cases(sdk_mailboxes: Any, box: UUID) -> list[UUID]:
    """Six cases: A is the oldest, F stands first."""
    return [sdk_mailboxes.arrive(box, f"Ärende {letter}", confidential=letter in "BE") for letter in "ABCDEF"]


def row(page: Page, letter: str) -> Locator:
    """One row."""
    return page.locator(".row").filter(has_text=f"Ärende {letter}")


def box_of(page: Page, letter: str) -> Locator:
    """The box of one row."""
    return row(page, letter).get_by_role("checkbox")


def bar(page: Page) -> Locator:
    """What can be done with the rows that are ticked."""
    return page.locator("#bulk")


def letters(page: Page) -> str:
    """The rows, in their order."""
    return "".join(text.removeprefix("Ärende ") for text in page.locator(".row .subject").all_inner_texts())


@pytest.mark.feature("E6")
def test_rows_have_one_height_in_each_density(box: UUID, cases: list[UUID], browse: Browse, look: Look) -> None:
    """64 points or 76, with and without a label, at 1280 and 320; wide screens have columns of the same rows."""
    assert cases
    page = browse(ANNA)
    for choice, height in (("compact", 64), ("comfortable", 76)):
        page.goto("/account")
        page.get_by_label("Radernas höjd").select_option(choice)
        page.get_by_role("button", name="Spara valen för listor").click()
        expect(page.get_by_text("Ändringarna är sparade.")).to_be_visible()
        page.goto(f"/m/{box}")
        for width in (1280, 320, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert set(page.evaluate(ROW_HEIGHTS)) == {height}
        expect(page.locator(".row-heads")).to_have_text("ÄrendeKanal och typÄrende taget avSenast")
        expect(page.locator(".row-heads")).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 900})
        expect(page.locator(".row-heads")).to_be_hidden()
    box_of(page, "C").check()
    look(page)


@pytest.mark.feature("E7", "E1")
def test_a_stretch_is_ticked_and_closed_and_one_press_brings_it_back(
    box: UUID, cases: list[UUID], browse: Browse, look: Look
) -> None:
    """Shift ticks what stands between; the count is told, the focus goes on to the next row, nothing is reloaded."""
    assert len(cases) == 6
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    page.evaluate("window.same = true")
    box_of(page, "E").click()
    box_of(page, "C").click(modifiers=["Shift"])
    expect(page.locator("[data-ticked]")).to_have_text("3 valda")
    look(page)
    bar(page).get_by_role("button", name="Avsluta").click()
    expect(page.locator(".toast")).to_contain_text("3 ärenden är avslutade.")
    expect(page.locator(".row")).to_have_count(3)
    assert letters(page) == "FBA"
    expect(row(page, "B").locator(".subject")).to_be_focused()
    expect(page.get_by_role("navigation", name="Filter")).to_contain_text(re.compile(r"Öppna 3\s*Avslutade 3"))
    expect(page.locator(".row-tick:checked")).to_have_count(0)
    page.locator(".toast").get_by_role("button", name="Ångra").click()
    expect(page.locator(".row")).to_have_count(6)
    assert letters(page) == "FEDCBA"
    assert page.evaluate("window.same")


@pytest.mark.feature("E1", "E7")
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_what_is_ticked_stays_ticked(
    platform: Platform,
    people: dict[str, SampleUser],
    sdk_mailboxes: Any,
    box: UUID,
    cases: list[UUID],
    browse: Browse,
    size: str,
) -> None:
    """While a case is opened and left, a page is read anew, a colleague takes a case and a new one comes."""
    page = browse(ANNA, size)
    with page.expect_response("**/live?*"):
        page.goto(f"/m/{box}")
    box_of(page, "B").check()
    box_of(page, "D").check()
    row(page, "C").get_by_role("link", name="Ärende C", exact=True).click()
    expect(page.locator("article.read h1")).to_have_text("Ärende C")
    if size == "wide":
        assert page.locator(".row-tick:checked").count() == 2
    page.go_back()
    expect(page).to_have_url(f"/m/{box}")
    expect(box_of(page, "B")).to_be_checked()
    with page.expect_response("**/live?*"):
        page.reload()
    expect(page.locator(".row-tick:checked")).to_have_count(2)
    in_work(platform, people[BO], actions.take, cases[1])
    expect(row(page, "B")).to_contain_text("Bo Ek")
    sdk_mailboxes.arrive(box, "Ärende G")
    expect(page.get_by_role("link", name="1 ny – visa")).to_be_visible()
    expect(page.locator(".row-tick:checked")).to_have_count(2)
    expect(page.locator("[data-ticked]")).to_have_text("2 valda")
    page.locator("#rail").evaluate("rail => rail.hidePopover?.()")
    page.goto("/account")
    page.goto(f"/m/{box}")
    expect(page.locator(".row-tick:checked")).to_have_count(0)


@pytest.mark.feature("E7")
def test_without_javascript_ticks_and_undo_are_forms(
    box: UUID, cases: list[UUID], browse: Browse, enter: Callable[..., None]
) -> None:
    """The bar is there as soon as something is ticked; what comes back is the list, with the way to undo it."""
    assert cases
    page = browse(java_script_enabled=False)
    enter(page, ANNA)
    page.goto(f"/m/{box}")
    take = bar(page).get_by_role("button", name="Ta", exact=True)
    expect(take).to_be_hidden()
    box_of(page, "A").check()
    box_of(page, "F").check()
    take.click()
    expect(page.get_by_text("Du har tagit 2 ärenden.")).to_be_visible()
    expect(row(page, "F")).to_contain_text("Anna Lind")
    page.get_by_role("button", name="Ångra").click()
    expect(page.get_by_text("2 ärenden är släppta.")).to_be_visible()
    expect(row(page, "F").get_by_role("button", name="Ta ärendet")).to_be_visible()


@pytest.mark.feature("E7")
def test_all_of_a_long_list(sdk_mailboxes: Any, browse: Browse) -> None:
    """The box above ticks the page; "Alla 52" means the whole list."""
    box = sdk_mailboxes.add("Bord med femtiotvå", ANNA)
    for number in range(52):
        sdk_mailboxes.arrive(box, f"Nummer {number}")
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    page.get_by_label("Välj alla").check()
    expect(page.locator("[data-ticked]")).to_have_text("50 valda")
    page.get_by_label("Alla 52").check()
    bar(page).get_by_role("button", name="Ta", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Du har tagit 52 ärenden.")
    expect(page.locator(".row .taker")).to_have_count(50)


@pytest.mark.feature("E8", "M15")
def test_everything_by_letters_and_arrows(box: UUID, cases: list[UUID], browse: Browse, look: Look) -> None:
    """Walk, tick, take, close, open, and the next one comes."""
    assert cases
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(row(page, "E").locator(".subject")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-ticked]")).to_have_text("2 valda")
    page.keyboard.press("t")
    expect(page.locator(".toast")).to_contain_text("Du har tagit 2 ärenden.")
    expect(row(page, "F").locator(".subject")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator(".toast")).to_contain_text("Ärendet är avslutat.")
    assert letters(page) == "EDCBA"
    page.keyboard.press("Enter")
    expect(page.locator("article.read h1")).to_have_text("Ärende E")
    wait_for_keys(page)
    page.keyboard.press("e")
    expect(page.locator("article.read h1")).to_have_text("Ärende D")
    box_of(page, "C").check()
    bar(page).get_by_role("button", name="Mer").click()
    look(page)
    bar(page).get_by_role("button", name="Ta bort").click()
    expect(page.locator(".toast")).to_contain_text("Ärendet ligger i papperskorgen")
    expect(row(page, "C")).to_have_count(0)
    expect(bar(page).get_by_role("button", name="Ta bort")).to_be_hidden()


@pytest.mark.feature("E8", "M15")
def test_letters_are_only_letters_where_they_should_be(
    box: UUID, cases: list[UUID], browse: Browse, look: Look
) -> None:
    """For who has switched them off, and while one types; arrows and Ctrl with Enter are no letters."""
    assert cases
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Kortkommandon")).to_be_visible()
    look(page)
    page.get_by_label("Kortkommandon är på i den här webbläsaren").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    row(page, "D").locator(".subject").focus()
    page.keyboard.press("x")
    page.keyboard.press("e")
    expect(page.locator(".row-tick:checked")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(row(page, "C").locator(".subject")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Sök")).not_to_be_focused()
    page.evaluate("localStorage.setItem('keys', 'on')")
    page.reload()
    page.keyboard.press("/")
    page.keyboard.type("xe")
    expect(page.get_by_role("searchbox", name="Sök")).to_have_value("xe")
    row(page, "D").locator(".subject").focus()
    page.keyboard.press("Enter")
    expect(page.locator("article.read h1")).to_have_text("Ärende D")
    wait_for_keys(page)
    page.keyboard.press("r")
    page.get_by_label("Meddelande", exact=True).fill("Med Ctrl och Enter.")
    wait_for_keys(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.read")).to_contain_text("Med Ctrl och Enter.")


@pytest.mark.feature("E4", "E24")
def test_the_title_and_the_icon_say_how_much_waits(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """On any page, as it changes; no word of what it is."""
    page = browse(BO)
    with page.expect_response("**/live?*"):
        page.goto("/account")
    before = int((re.match(r"\((\d+)\)", page.title()) or ["", "0"])[1])
    case_id = sdk_mailboxes.arrive(box, "Räknas i titeln")
    expect(page).to_have_title(f"({before + 1}) Mitt konto · Budkavle")
    assert "mark-waits" in (page.locator("link[rel=icon]").get_attribute("href") or "")
    in_work(platform, people[BO], actions.take, case_id)
    expect(page).to_have_title(re.compile(rf"^\({before}\) " if before else "^Mitt konto"))


@pytest.mark.feature("E7")
def test_many_changes_are_fetched_together(
    platform: Platform, people: dict[str, SampleUser], box: UUID, cases: list[UUID], browse: Browse
) -> None:
    """A colleague takes six at once: an open list asks for their rows once."""
    page = browse(ANNA)
    with page.expect_response("**/live?*"):
        page.goto(f"/m/{box}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    in_work(platform, people[BO], act_on_many, box, "take", Selection(cases))
    expect(page.locator(".row .taker")).to_have_count(6)
    page.wait_for_timeout(1500)
    assert len([address for address in asked if "/rows?" in address]) <= 3, asked
