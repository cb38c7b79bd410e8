"""The ten commonest tasks by keyboard alone, and how many presses each takes at most (feature E8).

Letters of words that are written are no presses. docs/figures.md tells of each.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import wait_for_keys

from budkavle import Platform
from budkavle.cases.teamwork.tags import add_tag
from budkavle.model.messages import File
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_addressbook.contacts import books
from budkavle_demo.content import ANNA, BO, pdf

Browse = Callable[..., Page]
Task = Callable[["Hands", "Desk"], None]
MOST = {
    "open the next case": 2,
    "answer": 2,
    "take": 1,
    "close": 1,
    "assign": 3,
    "search": 2,
    "new message to a contact": 18,
    "read an attachment": 1,
    "tag": 3,
    "go to another mailbox": 3,
}
"""The presses of each task at most."""
MOST_TABS = 20


@dataclass(frozen=True, slots=True)
class Desk:
    """Two mailboxes of Anna's: `box` has the cases Kallelse, with a file, above Begäran; the other stands above it."""

    box: UUID
    other: str
    contact: str
    case_id: UUID


class Hands:
    """Somebody at the keys, whose presses are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1

    def press_until(self, key: str, selector: str) -> None:
        """Press a key until what the selector names has the focus."""
        for _ in range(MOST_TABS):
            self.press(key)
            if self.page.locator(":focus").and_(self.page.locator(selector)).count():
                return
        raise AssertionError(f"{selector} is not reached by {MOST_TABS} presses of {key}.")

    def write(self, words: str) -> None:
        """Write words."""
        self.page.keyboard.type(words)

    def at(self, selector: str) -> None:
        """Wait until the page has brought the focus somewhere, and hears keys."""
        expect(self.page.locator(selector)).to_be_focused()
        wait_for_keys(self.page)


@pytest.fixture
def desk(platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, request: pytest.FixtureRequest) -> Desk:
    """What the tasks are done with."""
    name = str(MOST_ORDER.index(request.node.callspec.params["task"]))
    other = f"Tangenter {name} a"
    box = sdk_mailboxes.add(f"Tangenter {name} b", BO, ANNA, administrator=ANNA)
    sdk_mailboxes.arrive(sdk_mailboxes.add(other, ANNA), "Annat")  # of many, those where something happened are shown
    in_work(platform, people[ANNA], add_tag, box, "Skola", "green")
    sdk_mailboxes.arrive(box, "Begäran")
    contact = {"name": f"Karin Knapp{name}", "email": f"karin.knapp{name}@example.se", "phone": "070-174 06 05"}
    books.add(platform.plugins.host("addressbook"), people[ANNA], books.Book(), contact)
    file = File("utlatande.pdf", "application/pdf", pdf("Utlåtande"))
    return Desk(box, other, contact["name"], sdk_mailboxes.arrive(box, "Kallelse", files=(file,)))


def open_next(hands: Hands, desk: Desk) -> None:
    hands.press("j", "Enter")
    expect(hands.page.locator("article.read h1")).to_have_text("Kallelse")


def answer(hands: Hands, desk: Desk) -> None:
    hands.press("r")
    hands.at("#body")
    hands.write("Vi kommer.")
    hands.press("Control+Enter")
    expect(hands.page.locator("article.read .message").last).to_contain_text("Vi kommer.")


def take(hands: Hands, desk: Desk) -> None:
    hands.press("t")
    expect(hands.page.locator("#casebar")).to_contain_text("Du har tagit ärendet")


def close(hands: Hands, desk: Desk) -> None:
    hands.press("e")
    expect(hands.page.locator(f"#row-{desk.case_id}")).to_have_count(0)


def assign(hands: Hands, desk: Desk) -> None:
    hands.press("a")
    hands.at("[name=user] >> nth=0")
    hands.press("Space", "Enter")
    expect(hands.page.get_by_role("status").get_by_text("har fått ärendet.")).to_be_visible()


def search(hands: Hands, desk: Desk) -> None:
    hands.press("/")
    hands.at("[data-search]")
    hands.write("Kallelse")
    hands.press("Enter")
    expect(hands.page).to_have_url(re.compile(r"/search\?q=Kallelse"))


def write_to_contact(hands: Hands, desk: Desk) -> None:
    hands.press("n")
    hands.at("#recipients")
    expect(hands.page.locator("html.js")).to_be_attached()
    hands.press("Shift+Tab")
    hands.press_until("ArrowDown", ":is([name=kind][value=secure], [name=kind][value=link])")
    expect(hands.page.get_by_placeholder("E-postadress eller namn")).to_be_visible()
    hands.press("Tab")
    hands.at("#recipients")
    hands.write(desk.contact)
    expect(hands.page.locator(".hits").get_by_role("button", name=desk.contact)).to_be_visible()
    hands.press("ArrowDown", "Enter")
    expect(hands.page.locator(".pill")).to_contain_text(desk.contact)
    hands.at("#recipients")
    hands.press_until("Tab", "#subject")
    hands.write("Hej")
    hands.press_until("Tab", "#body")
    hands.write("Hej på dig")
    hands.press_until("Tab", "[name=loa]")
    hands.press("Space", "Control+Enter")
    expect(hands.page.get_by_role("heading", level=1)).to_have_text("Hej")


def read_file(hands: Hands, desk: Desk) -> None:
    hands.press("v")
    hands.at("#viewer")


def tag(hands: Hands, desk: Desk) -> None:
    hands.press("g")
    hands.at("[name=tag]")
    hands.press("Space", "Enter")
    expect(hands.page.locator(".read .tag.own")).to_have_text("Skola")


def change_mailbox(hands: Hands, desk: Desk) -> None:
    hands.press("b")
    hands.press_until("ArrowUp", f"#rail a:has-text('{desk.other}')")
    hands.press("Enter")
    expect(hands.page.get_by_role("heading", level=1)).to_contain_text(desk.other)


TASKS: dict[str, Task] = dict(
    zip(
        MOST,
        (open_next, answer, take, close, assign, search, write_to_contact, read_file, tag, change_mailbox),
        strict=True,
    )
)
MOST_ORDER = list(MOST)
IN_LIST = {"open the next case", "search", "new message to a contact", "go to another mailbox"}


@pytest.mark.feature("E8")
@pytest.mark.parametrize("task", MOST)
def test_a_task_takes_few_presses(desk: Desk, browse: Browse, task: str) -> None:
    """From the list, or from the case that is open."""
    page = browse(ANNA)
    page.goto(f"/m/{desk.box}" if task in IN_LIST else f"/c/{desk.case_id}")
    hands = Hands(page)
    wait_for_keys(page)
    TASKS[task](hands, desk)
    assert hands.presses <= MOST[task]


OPEN = ":popover-open"


@pytest.mark.parametrize("opened", ["the menu", "the keys", "the help"])
def test_what_the_focus_leaves_does_not_stay_over_it(browse: Browse, opened: str) -> None:
    """By Tab: the focus would else be where a menu or a dialog hides it (WCAG 2.4.11)."""
    page = browse(ANNA)
    page.goto("/account")
    wait_for_keys(page)
    hands = Hands(page)
    if opened == "the keys":
        hands.press("?")
    else:
        name = re.compile("^Meny för") if opened == "the menu" else "Hjälp med den här sidan"
        page.locator("header").get_by_role("button" if opened == "the menu" else "link", name=name).first.press("Enter")
    expect(page.locator(OPEN)).to_have_count(1)
    inside = f"{OPEN} :is(a, button, input):focus"
    hands.press_until("Tab", inside) if opened == "the menu" else hands.at(inside)
    hands.press_until("Tab", f":not({OPEN} *, body)")
    expect(page.locator(OPEN)).to_have_count(0)
    expect(page.locator(":focus")).to_be_in_viewport()


def test_the_order_of_a_folded_table_is_seen_and_chosen_by_keys(browse: Browse) -> None:
    """On a small screen the heads that sort stay, since the focus stops at them."""
    page = browse(ANNA, "narrow")
    page.goto("/mailboxes")
    head = page.get_by_role("link", name="Användare", exact=True).and_(page.locator("th a"))
    expect(head).to_be_in_viewport(ratio=1)
    head.press("Enter")
    expect(page).to_have_url(re.compile("sort="))
