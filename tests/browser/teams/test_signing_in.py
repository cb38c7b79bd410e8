"""Signing in in Teams: linked once, surer when a message asks for it, and nobody takes a frame over."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.teams.teams_tab import MASKED, OURS, TeamsInstallation, TeamsTab, look_at, sign_in

from budkavle import Loa

Look = Callable[[Page], None]
Inside = Callable[["TeamsTab"], None]


def link_by_window(tab: TeamsTab, look: Look, inside: Inside) -> None:
    """The first time: by the window, and then the link."""
    expect(tab.app.get_by_text("inte kopplat till något konto")).to_be_visible()
    inside(tab)
    window = tab.window()
    sign_in(window)
    expect(window.get_by_text("Anna Ek, Habo kommun")).to_be_visible()
    look_at(window, look)
    with window.expect_event("close"):
        window.get_by_role("button", name="Fortsätt i Teams").click()
    expect(tab.app.get_by_role("heading", name="Koppla ditt konto i Teams")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("button", name="Koppla kontot").click()


@pytest.mark.feature("M3", "C1", "C2", "R6")
def test_the_same_inbox_in_teams_and_in_the_web(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], look: Look, inside: Inside
) -> None:
    """Opened, linked once, read, taken, answered, archived; the web shows the same, and next time nobody is asked."""
    installation.write("Bygglov på Storgatan", installation.to_mailbox())
    installation.write("Semesterlista", installation.to_anna())
    tab = open_tab()
    tab.open()
    link_by_window(tab, look, inside)
    app = tab.app
    app.get_by_role("link", name="Registrator").click()
    app.get_by_role("link", name="Bygglov på Storgatan").first.click()
    expect(app.get_by_text("Det gäller Bygglov på Storgatan")).to_be_visible()
    app.locator("#casebar").get_by_role("button", name="Ta ärendet").click()
    expect(app.get_by_text("Du har tagit ärendet").or_(app.get_by_text("Taget av dig")).first).to_be_visible()
    inside(tab)
    app.get_by_role("link", name="Svara", exact=True).click()
    app.get_by_label("Meddelande", exact=True).fill("Beviljat.")
    app.get_by_role("button", name="Skicka", exact=True).click()
    expect(app.locator(".read .body").last).to_have_text("Beviljat.")
    app.get_by_role("link", name="Min inkorg").click()
    app.get_by_role("link", name="Semesterlista").first.click()
    app.get_by_role("button", name="Arkivera").click()
    expect(app.locator("#casebar")).to_contain_text("Meddelandet är arkiverat.")
    inside(tab)

    web = open_tab().page
    web.goto(f"https://{OURS}/")
    sign_in(web)
    web.get_by_role("link", name="Min inkorg").click()
    expect(web.get_by_role("link", name="Semesterlista")).to_have_count(0)
    web.get_by_role("link", name="Arkiv").first.click()
    expect(web.get_by_role("link", name="Semesterlista").first).to_be_visible()
    web.get_by_role("link", name="Registrator").click()
    web.get_by_role("link", name="Bygglov på Storgatan").first.click()
    expect(web.locator(".read .body").last).to_have_text("Beviljat.")
    expect(web.locator("#casebar").get_by_role("button", name="Ta ärendet")).to_have_count(0)


@pytest.mark.feature("M3", "C1", "C2")
def test_who_is_linked_comes_straight_in_and_only_there(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab]
) -> None:
    """Nothing is asked; what the browser keeps is kept for that frame, and the same browser is nobody outside of it."""
    installation.link()
    tab = open_tab()
    tab.open()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    kept = tab.cookies()
    ours = {f"__Host-teams-{name}" for name in ("browser", "budkavle", "known", "language", "proof", "way")}
    assert {re.sub("-proof-.*", "-proof", name) for name in kept} == {"__Host-frame", "__Host-theme", *ours}
    for one in kept.values():
        read_by_script = one["name"] == "__Host-theme"
        assert (one["sameSite"], one["secure"], one["httpOnly"]) == ("None", True, not read_by_script), one["name"]
        assert one["partitionKey"] == "https://microsoft.com", one["name"]
    outside = tab.context.new_page()
    outside.goto(f"https://{OURS}/")
    expect(outside.get_by_role("heading", name="Logga in")).to_be_visible()
    sign_in(outside)
    expect(outside.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    outside.get_by_role("button", name="Meny för Anna Ek").click()
    outside.get_by_role("button", name="Logga ut").click()
    expect(outside.get_by_role("heading", name="Logga in")).to_be_visible()
    tab.app.get_by_role("link", name="Min inkorg").click()
    expect(tab.app.get_by_role("heading", name="Min inkorg")).to_be_visible()


@pytest.mark.feature("M3", "C2")
def test_who_signs_out_in_teams_is_not_signed_in_again_at_once(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """The page waits for a button; the other way in is there too."""
    installation.link()
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("button", name="Meny för Anna Ek").click()
    tab.app.get_by_role("button", name="Logga ut").click()
    expect(tab.app.get_by_role("button", name="Logga in med ditt konto i Teams")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("button", name="Logga in med ditt konto i Teams").click()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()


@pytest.mark.feature("M3", "C2", "Y10")
def test_a_message_of_level_3_asks_for_more_in_a_window_and_is_opened(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """The window asks for a surer way, and the frame comes back to the message that waited."""
    installation.link()
    installation.link_sure(installation.anna)
    installation.write("Utredning", installation.to_anna(), Loa.THREE)
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("link", name="Min inkorg").click()
    tab.app.get_by_role("link", name=MASKED).first.click()
    expect(tab.app.get_by_text("kräver tillitsnivå 3")).to_be_visible()
    inside(tab)
    window = tab.window()
    sign_in(window, "E-legitimation")
    with window.expect_event("close"):
        window.get_by_role("button", name="Fortsätt i Teams").click()
    expect(tab.app.get_by_text("Det gäller Utredning")).to_be_visible()


@pytest.mark.feature("M3", "C2")
def test_another_person_in_the_window_does_not_take_the_frame_over(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab]
) -> None:
    """Bo's identification in the window leaves Anna's frame as it was."""
    installation.link()
    installation.write("Känsligt", installation.to_anna(), Loa.THREE)
    installation.link_sure(installation.bo)
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("link", name="Min inkorg").click()
    tab.app.get_by_role("link", name=MASKED).first.click()
    window = tab.window()
    sign_in(window, "E-legitimation")
    expect(window.get_by_text("Bo Al, Habo kommun")).to_be_visible()
    with window.expect_event("close"):
        window.get_by_role("button", name="Fortsätt i Teams").click()
    expect(tab.app.get_by_text("gäller någon annan än den som är inloggad")).to_be_visible()
    tab.open()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()


@pytest.mark.feature("M3", "C2")
def test_a_window_that_no_frame_has_opened_gives_nobody_a_code(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], look: Look
) -> None:
    """Whoever is sent its address confirms nothing unseen, and the code stays in their own browser."""
    tab = open_tab()
    tab.page.goto(f"https://{OURS}/plugin/teams/teams/start?challenge=stranger&loa=1")
    sign_in(tab.page)
    tab.page.get_by_role("button", name="Fortsätt i Teams").click()
    expect(tab.page.get_by_role("alert").filter(has_text="tappat kontakten med Teams")).to_be_visible()
    look_at(tab.page, look)
