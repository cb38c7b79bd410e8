"""The list keeps its place while cases are opened, taken and closed, and when one goes back to it."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import wait_for_keys

from budkavle import Platform
from budkavle.cases import actions
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
MANY = 30
SUBJECT = "Ärende nummer {number:02}"


@pytest.fixture(scope="module")
def box(sdk_mailboxes: Any) -> UUID:
    """A mailbox with more cases than a screen shows."""
    made: UUID = sdk_mailboxes.add("Lång lista", BO, ANNA, administrator=ANNA)
    for number in range(MANY):
        sdk_mailboxes.arrive(made, SUBJECT.format(number=number))
    return made


def subject(page: Page, number: int) -> Locator:
    """The link of one row."""
    return page.locator(".row").get_by_role("link", name=SUBJECT.format(number=number), exact=True)


def top(page: Page) -> float:
    """How far the list, or the page where the list is all of it, has been scrolled."""
    return float(page.evaluate("document.querySelector('.list').scrollTop + scrollY"))


def settled(page: Page, number: int) -> None:
    """Wait until a case is open."""
    expect(page.locator("article.read h1")).to_have_text(SUBJECT.format(number=number))
    page.wait_for_load_state()


@pytest.mark.feature("F1", "E1")
def test_opening_taking_and_going_back_keep_the_place(box: UUID, browse: Browse) -> None:
    """With the list beside the message: not a point's difference, and the open row is in view."""
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    subject(page, 10).scroll_into_view_if_needed()
    before = top(page)
    assert before > 500
    subject(page, 10).click()
    settled(page, 10)
    assert top(page) == before
    expect(page.locator(".row[aria-current]")).to_be_in_viewport(ratio=1)
    page.locator("#casebar").get_by_role("button", name="Ta ärendet").click()
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    page.locator("#casebar").get_by_role("button", name="Avsluta").click()
    settled(page, 9)
    expect(page.locator(".toast")).to_contain_text("Ärendet är avslutat.")
    assert abs(top(page) - before) < 200, "the row of the closed case is gone, and the list has moved no further"
    expect(page.locator(".row[aria-current]")).to_be_in_viewport(ratio=1)
    page.locator(".toast").get_by_role("button", name="Ångra").click()
    settled(page, 10)
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    subject(page, 11).click()
    settled(page, 11)
    assert abs(top(page) - before) < 200, "the row of the closed case is gone, and the list has moved no further"
    focused = "document.activeElement.closest('.row')?.querySelector('.subject').innerText"
    assert page.evaluate(focused) == SUBJECT.format(number=11)
    page.reload()
    settled(page, 11)
    assert page.evaluate(focused) == SUBJECT.format(number=11)
    before = top(page)
    for _ in ("undone", "the next", "the first", "the list"):
        page.go_back()
    expect(page).to_have_url(f"/m/{box}")
    expect(subject(page, 11)).to_be_in_viewport(ratio=1)
    page.locator("#rail").get_by_role("link", name="Lång lista").click()
    expect(page.locator("article.read")).to_contain_text("Välj ett ärende")
    assert top(page) == 0, "a mailbox that is opened begins at its top"
    assert before > 500


def test_by_keyboard_the_focus_stays_in_the_list(box: UUID, browse: Browse) -> None:
    """Enter opens, j goes on from there, and Back has the focus where it was."""
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    for _ in range(9):
        page.keyboard.press("j")
    focused = page.locator(".row:has(.subject:focus)")
    name = focused.locator(".subject").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("article.read h1")).to_have_text(name)
    expect(focused.locator(".subject")).to_have_text(name)
    expect(focused).to_be_in_viewport(ratio=1)
    wait_for_keys(page)
    page.keyboard.press("j")
    expect(focused.locator(".subject")).not_to_have_text(name)
    page.go_back()
    expect(page).to_have_url(f"/m/{box}")
    expect(focused).to_be_in_viewport(ratio=1)


@pytest.mark.feature("E8")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_opening_a_case_to_svara_by_few_presses(
    box: UUID, browse: Browse, enter: Callable[..., None], script: bool
) -> None:
    """However long the list is: at most five of Tab, by the links that hop over what stands between."""
    page = browse(java_script_enabled=script)
    enter(page, ANNA)
    page.goto(f"/m/{box}")
    subject(page, 20).focus()
    page.keyboard.press("Enter")
    settled(page, 20)
    tabs = 0
    for hop in ("Hoppa till ärendet", "Svara"):
        for _ in range(5):
            page.keyboard.press("Tab")
            tabs += 1
            if page.locator(":focus").inner_text().strip() == hop:
                break
        page.keyboard.press("Enter")
    expect(page.get_by_label("Meddelande", exact=True)).to_be_visible()
    assert tabs <= 5


def test_on_a_telephone_the_way_back_leads_to_the_row(box: UUID, browse: Browse) -> None:
    """The link to the list and the browser's Back both come to where one was."""
    page = browse(ANNA, "narrow")
    page.goto(f"/m/{box}")
    for back in (lambda: page.get_by_role("link", name="Till listan").click(), page.go_back):
        subject(page, 12).scroll_into_view_if_needed()
        before = top(page)
        assert before > 500
        subject(page, 12).click()
        settled(page, 12)
        back()
        expect(page).to_have_url(re.compile(f"/m/{box}$"))
        expect(subject(page, 12)).to_be_in_viewport(ratio=1)
        page.wait_for_function("(before) => Math.abs(scrollY - before) <= 1", arg=before)


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_without_javascript_the_row_is_in_view(
    box: UUID, browse: Browse, enter: Callable[..., None], size: str
) -> None:
    """Rows are anchors: opening, taking and coming back to the list lead to the row."""
    page = browse(size=size, java_script_enabled=False)
    enter(page, ANNA)
    page.goto(f"/m/{box}")
    subject(page, 6).click()
    expect(page.locator("article.read h1")).to_have_text(SUBJECT.format(number=6))
    row = page.locator(".row").filter(has_text=SUBJECT.format(number=6))
    if size == "narrow":
        page.get_by_role("link", name="Till listan").click()
        row.get_by_role("button", name="Ta ärendet").click()
        expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
        page.locator("#casebar").get_by_role("button", name="Släpp").click()
        page.get_by_role("link", name="Till listan").click()
    else:
        expect(row).to_be_in_viewport(ratio=1)
        page.locator("#casebar").get_by_role("button", name="Ta ärendet").click()
        expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
        expect(row).to_be_in_viewport(ratio=1)
        page.locator("#casebar").get_by_role("button", name="Släpp").click()
    expect(row).to_be_in_viewport(ratio=1)


@pytest.mark.feature("E1")
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_what_happens_in_the_list_moves_neither_it_nor_the_focus(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse, size: str
) -> None:
    """Taking a case where it stands, one that comes, and the page read anew: the same place, the same row."""
    page = browse(ANNA, size)
    with page.expect_response("**/live?*"):
        page.goto(f"/m/{box}")
    subject(page, 8).scroll_into_view_if_needed()
    row = page.locator(".row").filter(has_text=SUBJECT.format(number=8))
    before = top(page)
    assert before > 500
    row.get_by_role("button", name="Ta ärendet").click()
    expect(row).to_contain_text("Anna Lind")
    assert abs(top(page) - before) <= 1
    subject(page, 8).focus()
    sdk_mailboxes.arrive(box, f"Nytt, {size}")
    expect(page.get_by_role("link", name="1 ny – visa")).to_be_attached()
    expect(subject(page, 8)).to_be_focused()
    assert abs(top(page) - before) <= 1
    page.reload()
    expect(subject(page, 8)).to_be_focused()
    assert abs(top(page) - before) <= 1
    case_id = UUID((row.get_attribute("id") or "").removeprefix("row-"))
    in_work(platform, people[ANNA], actions.release, case_id)


@pytest.mark.feature("E1")
@pytest.mark.parametrize(("size", "number"), [("wide", 5), ("narrow", 15)])
def test_without_javascript_the_next_row_is_in_view(
    sdk_mailboxes: Any, box: UUID, browse: Browse, enter: Callable[..., None], size: str, number: int
) -> None:
    """Closing leads to the next case and its row; Back, a new arrival and a reload leave the open row in view."""
    page = browse(size=size, java_script_enabled=False)
    enter(page, ANNA)
    page.goto(f"/m/{box}")
    subject(page, number).click()
    page.locator("#casebar").get_by_role("button", name="Ta ärendet").click()
    page.locator("#casebar").get_by_role("button", name="Avsluta").click()
    expect(page.locator("article.read h1")).to_have_text(SUBJECT.format(number=number - 1))
    row = page.locator(".row").filter(has_text=SUBJECT.format(number=number - 1))
    sdk_mailboxes.arrive(box, f"Nytt utan skript, {size}")
    if size == "wide":
        expect(row).to_be_in_viewport(ratio=1)
    page.reload()
    expect(page.locator("article.read h1")).to_have_text(SUBJECT.format(number=number - 1))
    if size == "wide":
        expect(row).to_be_in_viewport(ratio=1)
        subject(page, number - 2).click()
        expect(page.locator("article.read h1")).to_have_text(SUBJECT.format(number=number - 2))
    else:
        page.get_by_role("link", name="Till listan").click()
        expect(row).to_be_in_viewport(ratio=1)
    page.go_back()
    expect(page.locator("article.read h1")).to_have_text(SUBJECT.format(number=number - 1))
    if size == "wide":
        expect(row).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Ångra").click()
    expect(page.locator("article.read h1")).to_have_text(SUBJECT.format(number=number))
