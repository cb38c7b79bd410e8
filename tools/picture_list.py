"""The pictures of the documentation: the user, the page of the demo, and the width; see pictures.py."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from budkavle_demo.content import ANNA, BO, CHILDREN, ELDERLY, ROOT

NOBODY, OPERATOR = "", ROOT["email"]
CASE = "Begäran om uppgifter inför nybesök"
SCREENS = {1440: 900, 1280: 800, 768: 1024, 360: 740}
"""The widths that the everyday pages are shown in, with their heights."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        name: The name of its file, under docs/pictures, without `.png`.
        way: An address, and what is followed from there: the text of a link, or a CSS selector that begins with `>`.
        who: The e-mail address of the signed-in user.
        size: Width and height of the window.
        look: The colour scheme of the person's system, `light` or `dark`.
        scale: Pixels of the picture for each pixel of the page.
        is_whole: Whether the picture extends to the end of the page.
        prepare: What is done on the page before the picture is taken.
        at: What to scroll to.
    """

    name: str
    way: tuple[str, ...]
    who: str = ANNA
    size: tuple[int, int] = (1280, 900)
    look: str = "light"
    scale: int = 1
    is_whole: bool = False
    prepare: Callable[[Page], None] | None = None
    at: str = ""


def write(page: Page) -> None:
    """Write a message by SDK, with a recipient from the address book."""
    page.locator("input[name=kind][value=sdk]").check()
    page.locator("main button[name=add]").first.click()
    page.locator("main .pill").first.wait_for()
    page.locator("#subject").fill("Underlag inför mötet den 3 december")
    page.locator("#body").fill(
        "Hej Karin,\n\nHär kommer underlaget som vi talade om.\n\n- Genomförandeplan\n- Samtycke\n\nAnna Lind"
    )


def invite(page: Page) -> None:
    """Fill in the first step of a new meeting."""
    page.locator("#emails").fill("maria.oberg@example.se\nbo.ek@bjorkvik.example")
    page.locator("#subject").fill("SIP-möte")
    page.locator("#text").fill("Vi går igenom planen tillsammans.")


def go_on(page: Page) -> None:
    """Fill in the first step of a new meeting, and continue to the second."""
    invite(page)
    page.get_by_role("button", name="Nästa").click()
    page.locator("[name=name-0]").wait_for(state="attached")


LINK = (">guest",)
"""The URL in the newest e-mail to a person without an account; see `pictures.guest_link`."""
EVERYDAY: tuple[Picture, ...] = (
    Picture("desk", ("/", CHILDREN)),
    Picture("case", ("/", CHILDREN, CASE)),
    Picture("search", ("/search?q=underlag",)),
    Picture("compose", ("/", CHILDREN, ">.rail > a[href^='/compose']"), prepare=write),
    Picture("address-book", ("/", CHILDREN, ">a[href*='addressbook']")),
    Picture("events", ("/events",)),
    Picture("settings", ("/organisation/settings/budkavle.messages",)),
    Picture("guest", LINK, NOBODY),
)
"""The everyday pages, which are taken in all widths, and in dark mode in the widest."""
OTHERS: tuple[Picture, ...] = (
    Picture("inbox", ("/", CHILDREN, CASE), size=(1360, 860)),
    Picture("compose", ("/", CHILDREN, ">.rail > a[href^='/compose']"), size=(1360, 860), prepare=write),
    Picture("phone", ("/", CHILDREN), size=(390, 780), scale=2),
    Picture("administration-nodes", ("/administration/nodes",), OPERATOR),
    Picture("administration-organisations", ("/administration",), OPERATOR),
    Picture("economy", ("/plugin/economy",), OPERATOR),
    Picture("archive-choose", ("/plugin/records/archive/new",), size=(1280, 1320)),
    Picture("archive-transfer", ("/plugin/records/archive", "Leverans 1"), size=(1280, 1000)),
    Picture("case-system", ("/plugin/case_system",)),
    Picture("data-extract", ("/plugin/disclosure/requests", "Eva Sjö"), size=(1280, 1000)),
    Picture("disclosure-list", ("/plugin/disclosure", "Postlista, socialtjänsten"), size=(1280, 860)),
    Picture("events", ("/events?kind=mailboxes",), size=(1280, 900)),
    Picture(
        "files", ("/plugin/files", "Barn och unga", "Utredning 2026-0451", "Genomförandeplan.pdf"), size=(1280, 800)
    ),
    Picture("information", ("/organisation",)),
    Picture("licence", ("/organisation/licence",)),
    Picture("log-control", ("/plugin/log_control",), size=(1280, 760)),
    Picture("mailboxes", ("/mailboxes",)),
    Picture("mailbox-delete", ("/mailboxes", ELDERLY, ">main a[href$='/settings']", ">a[href$='/delete']")),
    Picture("mailbox-systems", ("/mailboxes", ELDERLY, ">main a[href$='/settings']", ">a[href$='/systems']")),
    Picture("meetings-list", ("/plugin/meetings",)),
    Picture("meetings-meeting", ("/plugin/meetings", "Samordnad individuell plan"), is_whole=True),
    Picture("meetings-new", ("/plugin/meetings/new",), is_whole=True, prepare=invite),
    Picture("meetings-people", ("/plugin/meetings/new",), is_whole=True, prepare=go_on),
    Picture("processing", ("/organisation/processing",)),
    Picture("records-schedule", ("/plugin/records",), is_whole=True),
    Picture("registration", ("/plugin/records/registration",), BO),
    Picture("settings", ("/organisation/settings/budkavle.messages",)),
    Picture("users", ("/organisation/users", ">tbody a:text('Bo Ek')")),
)


def all_pictures() -> Iterator[Picture]:
    """Yield every picture: the everyday pages once for each width, and the others."""
    for one in EVERYDAY:
        for width, height in SCREENS.items():
            yield _at(one, f"widths/{one.name}-{width}", (width, height), "light")
        yield _at(one, f"widths/{one.name}-dark-1440", (1440, SCREENS[1440]), "dark")
    yield from OTHERS


def _at(one: Picture, name: str, size: tuple[int, int], look: str) -> Picture:
    return Picture(name, one.way, one.who, size, look, prepare=one.prepare)
