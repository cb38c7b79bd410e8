"""The end of a session loses nothing that was written."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text
from tests.browser.identification.hall import PASSWORD, Hall, enter

from budkavle.accounts.core_settings import SignOutSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.testing.acting import in_work

Look = Callable[[Page], None]
Open = Callable[..., Page]


@pytest.mark.feature("O6")
def test_the_end_of_a_session_is_warned_of_and_mended_in_place(hall: Hall, visit: Open, look: Look) -> None:
    """Two minutes before, a question; after it one signs in again, and what was written is back and saved."""
    user = hall.person("Frida Lang")
    in_work(hall.platform, hall.root.acting(), write_settings, SignOutSettings, {"session_idle_minutes": 60})
    page = visit()
    page.clock.install()
    enter(page, user)
    page.goto("/account")
    page.get_by_label("Namn").fill("Frida Långsam")
    with hall.platform.database.transaction(user.organisation_id) as connection:
        late = text("UPDATE sessions SET seen_at = seen_at - interval '58 minutes' WHERE user_id = :id")
        connection.execute(late, {"id": user.id})
    page.clock.fast_forward(59 * 60_000)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Du loggas snart ut")).to_be_visible()
    page.get_by_role("button", name="Ja, jag är kvar").click()
    expect(dialog).to_have_count(0)
    hall.expire(user)
    page.clock.fast_forward(61 * 60_000)
    expect(dialog.get_by_text("Du har loggats ut")).to_be_visible()
    look(page)
    dialog.get_by_role("link", name="Logga in igen").click()
    page.get_by_role("button", name="E-post och lösenord").click()
    page.get_by_label("E-post").fill(user.email)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Namn")).to_have_value("Frida Långsam")
    page.get_by_role("button", name="Spara").first.click()
    expect(page.get_by_role("status").filter(has_text="sparade")).to_be_visible()
    expect(page.get_by_role("button", name="Meny för Frida Långsam")).to_be_visible()


@pytest.mark.feature("O6")
def test_a_form_that_comes_too_late_is_kept_without_javascript(hall: Hall, visit: Open) -> None:
    """The page says so, another tab signs in again, and the form goes on with all that was written."""
    user = hall.person("Gun Sen")
    page = visit(user, java_script_enabled=False)
    page.goto("/account")
    page.get_by_label("Namn").fill("Gun Sent Omsider")
    hall.expire(user)
    page.get_by_role("button", name="Spara").first.click()
    expect(page.get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    other = page.context.new_page()
    enter(other, user)
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_role("status").filter(has_text="sparade")).to_be_visible()
    expect(page.get_by_label("Namn")).to_have_value("Gun Sent Omsider")
