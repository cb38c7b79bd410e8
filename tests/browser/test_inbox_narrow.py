"""The inbox on a small screen and with long names: nothing is cut or covered."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.test_inbox import inbox

from budkavle import Platform
from budkavle.accounts import mailboxes
from budkavle.cases import actions
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import settled_user
from budkavle_demo.content import ANNA, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
UNDER = """\
() => { const r = document.activeElement.getBoundingClientRect();
        const top = document.elementFromPoint(r.left + r.width / 2, r.top + 4);
        return top?.closest('.list-head, .top') ? document.activeElement.innerText : '' }"""
"""What has the focus, where the head of the list or of the page lies over it."""


@pytest.mark.parametrize("width", [1280, 900])
def test_what_has_the_focus_is_not_under_the_head_of_the_list(sdk_mailboxes: Any, browse: Browse, width: int) -> None:
    """Whichever way one walks the rows with Tab, the row with the focus is seen (WCAG 2.4.11)."""
    box = sdk_mailboxes.add(f"Samverkansgruppen för barn och unga i behov av särskilt stöd, {width}", ANNA)
    for number in range(12):
        sdk_mailboxes.arrive(box, f"Nummer {number}")
    page = browse(ANNA)
    page.set_viewport_size({"width": width, "height": 620})
    inbox(page, box)
    page.locator(".row .subject").first.focus()
    for key, times in (("Tab", 23), ("Shift+Tab", 23)):
        for _ in range(times):
            page.keyboard.press(key)
            assert not page.evaluate(UNDER)


def test_no_word_of_a_mailboxs_name_is_cut_for_the_buttons_beside_it(
    sdk_mailboxes: Any, browse: Browse, look: Look
) -> None:
    """On a small screen the buttons go below a name whose longest word leaves them no room."""
    box = sdk_mailboxes.add("Biståndshandläggning för äldre", ANNA)
    page = browse(ANNA, "narrow")
    inbox(page, box)
    head = page.get_by_role("heading", level=1).bounding_box()
    tools = page.locator(".list-head .tools").bounding_box()
    assert head
    assert tools
    assert tools["y"] >= head["y"] + head["height"]
    look(page)


LONG = "Maximiliana Alexandra Wolfeschlegelsteinhausenbergerdorff-Ängström"
ASIDE = """\
() => {
  const place = (one) => one.getBoundingClientRect();
  const meet = (a, b) => a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom;
  const tags = [...document.querySelectorAll('.row .tag')].map(place);
  const covers = (one) => one.matches('.taker') && tags.some((tag) => meet(tag, place(one)));
  const wide = (one) => one.scrollWidth > one.clientWidth + 1
    || place(one).right > place(one.closest('.row, .case-steps, .card')).right + 1;
  return [...document.querySelectorAll('.row .tag, .row .taker, #casebar p, .table td')]
    .filter((one) => covers(one) || wide(one)).map((one) => one.innerText);
}"""
"""What lies over something else, or is wider than what it stands in."""


def test_a_long_name_covers_nothing_and_is_cut_nowhere(
    platform: Platform, bjorkvik: SampleOrganisation, sdk_mailboxes: Any, browse: Browse, look: Look
) -> None:
    """Whoever has taken a case may be called anything: in the row, above the case and among the users."""
    box = sdk_mailboxes.add("Prov med långt namn", ANNA, administrator=ANNA)
    email = "maximiliana.alexandra.wolfeschlegelsteinhausenbergerdorff@bjorkvik.example"
    made = in_work(platform, bjorkvik.system, settled_user, email=email, name=LONG, password=PASSWORD)
    in_work(platform, bjorkvik.system, mailboxes.add_members, box, [made.id])
    case_id = sdk_mailboxes.arrive(box, "Tagen", confidential=True)
    in_work(platform, made.acting(), actions.take, case_id)
    page = browse(ANNA)
    for path in (f"/m/{box}", f"/c/{case_id}", f"/mailboxes/{box}/users", "/events"):
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 700})
            page.goto(path)
            assert page.evaluate(ASIDE) == []
    look(page)


def test_the_filter_that_is_on_is_in_sight_on_a_small_screen(box: UUID, browse: Browse) -> None:
    """The filters are a strip that scrolls there; the one that is on is scrolled to."""
    page = browse(ANNA, "narrow")
    inbox(page, box, "?scope=others")
    expect(page.locator(".chips [aria-current]")).to_be_in_viewport(ratio=1)
