"""Min organisation and Administration: their menus, wide and folded, in both languages and without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from budkavle.testing import SampleOrganisation
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
MENU = [
    "Information",
    "Användare",
    "Funktionsbrevlådor",
    "Inställningar",
    "Säkerhet",
    "Katalog",
    "Statistik",
    "Hanteringsplan",
    "Allmänna handlingar",
    "Loggkontroll",
    "Personuppgifter",
    "Händelselogg",
    "Ärendesystem",
    "Licens",
]
HEADINGS = {"Personuppgifter": "Register över behandling av personuppgifter"}
"""The headings of the pages that are not called what the menu calls them."""


def lines(page: Page) -> list[str]:
    """The texts of the menu, without the counts."""
    return page.get_by_role("navigation", name="Min organisation").locator("li a span:first-of-type").all_inner_texts()


@pytest.mark.feature("O1", "Q3")
def test_the_menu_leads_to_every_page_of_the_organisation(
    bjorkvik: SampleOrganisation, browse: Browse, look: Look
) -> None:
    """Each line leads to its page, is marked there, and the way back to the inbox is the first."""
    page = browse(ANNA)
    page.goto("/organisation")
    assert lines(page) == MENU
    for text in MENU:
        menu = page.get_by_role("navigation", name="Min organisation")
        menu.get_by_role("link", name=text).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS.get(text, text))
        expect(menu.locator("[aria-current=page]")).to_contain_text(text)
    look(page)
    (row,) = bjorkvik.rows("SELECT count(*) AS n FROM users WHERE active")
    expect(page.get_by_role("link", name="Användare").locator(".n")).to_have_text(str(row.n))
    page.get_by_role("link", name="Till inkorgen").click()
    expect(page.get_by_role("navigation", name="Brevlådor")).to_be_visible()


@pytest.mark.feature("O1", "Q2")
def test_the_menu_is_not_for_ordinary_users(browse: Browse, look: Look) -> None:
    """They do not see the way there, and are refused."""
    page = browse(BO)
    page.goto("/")
    page.get_by_role("button", name="Meny för Bo Ek").click()
    expect(page.get_by_role("link", name="Min organisation")).to_have_count(0)
    for path in ("/organisation", "/organisation/settings", "/organisation/security", "/administration/health"):
        page.goto(path)
        expect(page.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()
    look(page)


@pytest.mark.feature("O1")
def test_the_menu_folds_on_a_small_screen_without_a_script(browse: Browse) -> None:
    """One line says where one is; it opens to the same lines."""
    page = browse(ANNA, size="narrow", java_script_enabled=False)
    page.goto("/organisation")
    folded = page.get_by_role("navigation", name="Min organisation")
    expect(folded.locator("summary")).to_contain_text("Information")
    expect(folded.get_by_role("link", name="Säkerhet")).to_be_hidden()
    folded.locator("summary").click()
    folded.get_by_role("link", name="Säkerhet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Säkerhet")
    expect(folded.locator("summary")).to_contain_text("Säkerhet")


def test_a_short_page_begins_below_the_folded_menu(browse: Browse) -> None:
    """What is left of the screen stands at the end of the page, not between the menu and the heading."""
    page = browse(ANNA)
    page.set_viewport_size({"width": 320, "height": 1400})
    page.goto("/organisation/users/new")
    menu, heading = page.locator(".jump").bounding_box(), page.get_by_role("heading", level=1).bounding_box()
    assert menu is not None
    assert heading is not None
    assert 0 < heading["y"] - (menu["y"] + menu["height"]) < 60


@pytest.mark.feature("O1")
def test_the_menu_is_english(browse: Browse, look: Look) -> None:
    """Every line."""
    page = browse(ANNA)
    page.goto("/language/en")
    page.goto("/organisation/security")
    menu = page.get_by_role("navigation", name="My organisation")
    expect(menu.get_by_role("link", name="Function mailboxes")).to_be_visible()
    assert not {text for text in MENU if text != "Information"} & set(
        menu.locator("li a span:first-of-type").all_inner_texts()
    )
    look(page)
    page.goto("/language/sv")
