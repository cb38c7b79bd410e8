"""Signing in and out, and the language."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from budkavle_demo.content import ANNA, CHILDREN, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]


def test_a_wrong_password_keeps_the_address_and_says_so(browse: Browse, look: Look) -> None:
    """Who mistypes the password is told, and types only the password again."""
    page = browse()
    page.goto("/sign-in")
    look(page)
    page.get_by_label("E-post").fill(ANNA)
    page.get_by_label("Lösenord").fill("fel lösenord helt enkelt")
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_label("E-post")).to_have_value(ANNA)
    expect(page.get_by_label("Lösenord")).to_have_value("")
    expect(page.locator(".error, .notice.bad")).to_contain_text("lösenord")
    expect(page.get_by_label("Lösenord")).to_be_focused()
    look(page)


def paste(page: Page, field: Locator, text: str) -> None:
    """Copy a text in another field, and paste it here, as a password manager's user does."""
    copied = page.locator("#copied")
    if not copied.count():
        page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'copied'}))")
    copied.fill(text)
    copied.press("Control+A")
    copied.press("Control+C")
    field.press("Control+V")
    expect(field).to_have_value(text)


@pytest.mark.feature("U2")
def test_passwords_are_pasted_and_managers_know_each_field(browse: Browse) -> None:
    """When one signs in, chooses a new password in one's account, and asks for a forgotten one."""
    page = browse()
    page.goto("/sign-in")
    expect(page.get_by_label("E-post")).to_have_attribute("autocomplete", "username")
    password = page.get_by_label("Lösenord")
    expect(password).to_have_attribute("autocomplete", "current-password")
    page.get_by_label("E-post").fill(ANNA)
    paste(page, password, PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("button", name="Meny för Anna Lind")).to_be_visible()
    page.goto("/account")
    expect(page.locator("input[name=username]")).to_have_attribute("autocomplete", "username")
    for name, kind in (("old", "current-password"), ("password", "new-password"), ("again", "new-password")):
        field = page.locator(f"input[type=password][name={name}]")
        expect(field).to_have_attribute("autocomplete", kind)
        paste(page, field, f"en lång mening för {name}")


@pytest.mark.feature("U2")
def test_signing_in_leads_to_what_was_asked_for_and_out_again(
    browse: Browse, look: Look, enter: Callable[..., None]
) -> None:
    """A page that needs somebody leads by the sign-in to itself; after signing out it asks again."""
    page = browse()
    page.goto("/search?q=remiss")
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    page.get_by_label("E-post").fill(ANNA)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page).to_have_url("/search?q=remiss")
    page.get_by_role("button", name="Meny för Anna Lind").click()
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()


def test_the_language_is_chosen_before_and_after_signing_in(browse: Browse, look: Look) -> None:
    """English and Swedish are one click away, and the page says which it is."""
    page = browse()
    page.goto("/sign-in")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Svenska").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")


@pytest.mark.feature("F1")
def test_home_is_the_first_mailbox_of_ones_own(sdk_mailboxes: Any, browse: Browse, look: Look) -> None:
    """Who signs in stands in the first function mailbox that the navigation shows, with the others beside it."""
    sdk_mailboxes.arrive(sdk_mailboxes.ids[CHILDREN], "Så att brevlådan är bland dem där något hände sist")
    page = browse(ANNA)
    page.goto("/")
    rail = page.get_by_role("navigation", name="Brevlådor")
    here = rail.locator('h2:has-text("Funktionsbrevlådor") ~ ul a[href^="/m/"]').first
    expect(here).to_have_attribute("aria-current", "page")
    expect(page.locator("main")).to_contain_text(here.locator("span").first.inner_text())
    for name in ("Min inkorg", CHILDREN):
        expect(rail.get_by_role("link", name=name)).to_be_visible()
    look(page)
