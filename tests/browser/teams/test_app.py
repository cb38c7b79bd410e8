"""What the app does in Teams: notices, links, drafts, meetings, its package and its look."""

import json
import os
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import AXE, RULES
from tests.browser.teams.teams_tab import EVA, OURS, TeamsInstallation, TeamsTab, look_at, sign_in

Look = Callable[[Page], None]
Inside = Callable[["TeamsTab"], None]


@pytest.mark.feature("C1")
def test_an_administrator_downloads_the_package(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], look: Look
) -> None:
    """From Min organisation to a page that says what to write where, and the file that is what the command writes."""
    page = open_tab().page
    page.goto(f"https://{OURS}/organisation/settings")
    sign_in(page, email=EVA)
    page.get_by_role("link", name="Paketet och hur det installeras").click()
    expect(page.get_by_text(installation.entra.client_id).first).to_be_visible()
    look_at(page, look)
    with page.expect_download() as download:
        page.get_by_role("link", name="Hämta paketet").click()
    assert download.value.suggested_filename == "budkavle-teams.zip"
    assert download.value.path().read_bytes() == installation.teams.package
    expect(page.get_by_text(f"https://{OURS}/plugin/teams/teams/messages")).to_be_visible()
    page.goto(f"https://{OURS}/plugin/teams/about")
    look_at(page, look)
    page.goto(f"https://{OURS}/plugin/teams/teams/tab")
    expect(page.get_by_text("Den här sidan hör till appen i Teams.")).to_be_visible()
    look_at(page, look)


def told(installation: TeamsInstallation, name: str) -> dict[str, Any]:
    """What stands last under Aktivitet in somebody's Teams; waits for it."""
    feed = installation.graph.feed
    for _ in range(1_200):
        if lines := feed.get(installation.entra.people[name]):
            return lines[-1]
        threading.Event().wait(0.05)
    return pytest.fail(f"nothing was told: {installation.organisation.rows('SELECT fault FROM teams_people')}")


def page_of(url: str) -> str:
    """Return the page that a deep link asks Teams for."""
    page: str = json.loads(parse_qs(urlsplit(url).query)["context"][0])["subEntityId"]
    return page


@pytest.mark.feature("C1", "M3")
def test_a_notice_under_aktivitet_opens_the_case(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """Anna lets Teams tell her and chooses her mailbox; what comes is told by its name, and the link opens the case."""
    installation.link()
    installation.graph.feed.clear()
    tab = open_tab()
    tab.open("notices")
    expect(tab.app.get_by_role("heading", name="Aviseringar i Teams")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("button", name="Låt Teams avisera mig").click()
    expect(tab.app.get_by_text("Teams kan nu avisera dig.")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("link", name="Välj brevlådor").click()
    tab.app.get_by_label("Registrator: Teams").select_option("Genast")
    inside(tab)
    tab.app.get_by_role("button", name="Spara").click()
    expect(tab.app.get_by_text("Ändringarna är sparade.")).to_be_visible()
    installation.write("Hemlig orosanmälan", installation.to_mailbox())
    activity = told(installation, installation.anna.email)
    assert activity["topic"]["value"] == "Nytt meddelande i Registrator"
    assert "orosanmälan" not in json.dumps(activity, ensure_ascii=False)
    page = page_of(activity["topic"]["webUrl"])
    tab.open(page)
    expect(tab.app.get_by_text("Det gäller Hemlig orosanmälan")).to_be_visible()

    installation.unlink()
    fresh = open_tab()
    fresh.open(page)
    sign_in(fresh.window())
    fresh.context.pages[-1].get_by_role("button", name="Fortsätt i Teams").click()
    fresh.app.get_by_role("button", name="Koppla kontot").click()
    expect(fresh.app.get_by_text("Det gäller Hemlig orosanmälan")).to_be_visible()

    stranger = open_tab()
    installation.unlink()
    stranger.open(page)
    sign_in(stranger.window(), email=installation.bo.email)
    stranger.context.pages[-1].get_by_role("button", name="Fortsätt i Teams").click()
    stranger.app.get_by_role("link", name="Inte nu").click()
    expect(stranger.app.get_by_role("heading", name="Sidan finns inte")).to_be_visible()
    stranger.refused()


@pytest.mark.feature("C1", "E30", "M3")
@pytest.mark.parametrize("theme", ["dark", "contrast"])
def test_the_pages_have_the_look_of_teams(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside, theme: str
) -> None:
    """From the first page on, at once when it changes, and on the next page before any script has run."""
    installation.link()
    installation.write("Bygglov i mörkret", installation.to_mailbox())
    tab = open_tab()
    tab.open(theme=theme)
    look = tab.app.locator(f'html[data-color-scheme="{theme}"]')
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    expect(look).to_have_count(1)
    expect(tab.app.get_by_role("link", name="Bygglov i mörkret").first).to_be_visible()
    inside(tab)
    tab.app.get_by_role("link", name="Bygglov i mörkret").first.click()
    expect(tab.app.get_by_text("Det gäller Bygglov i mörkret")).to_be_visible()
    expect(tab.app.locator(".casebar p")).to_have_css("outline-style", "solid" if theme == "contrast" else "none")
    inside(tab)
    with tab.page.expect_response(re.compile(r"/compose")) as answered:
        tab.app.get_by_role("link", name="Nytt meddelande").first.click()
    assert f'data-color-scheme="{theme}"' in answered.value.text()
    expect(tab.app.get_by_role("heading", name="Nytt meddelande")).to_be_visible()
    inside(tab)
    tab.page.evaluate("wear('default')")
    expect(look).to_have_count(0)
    tab.page.evaluate(f"wear('{theme}')")
    expect(look).to_have_count(1)


@pytest.mark.feature("C1", "M3")
def test_a_cases_link_is_shared_in_teams(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """From the case's menu; Teams gets an id and no word of the case."""
    installation.link()
    installation.write("Länkat ärende", installation.to_mailbox())
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("link", name="Registrator").click()
    tab.app.get_by_role("link", name="Länkat ärende").first.click()
    tab.app.get_by_role("button", name="Mer").first.click()
    tab.app.get_by_role("link", name="Länk för Teams").click()
    expect(tab.app.get_by_role("heading", name="Länk till ärendet")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("button", name="Dela i Teams").click()
    tab.page.wait_for_function("asked.length > 0")
    (shared,) = tab.page.evaluate("asked")
    page, label, web_url = shared["share"]
    assert (label, web_url.startswith(f"https://{OURS}/c/")) == ("Ärende", True)
    assert page == page_of(tab.app.get_by_label("Länk för Teams").input_value())
    tab.open(page)
    expect(tab.app.get_by_text("Det gäller Länkat ärende")).to_be_visible()


@pytest.mark.feature("C1", "M3")
def test_the_text_of_a_chat_becomes_a_draft(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], axe: str
) -> None:
    """Chosen in the menu of a message, by the service for bots; shown in a dialog, and put into a draft there."""
    installation.link()
    person = installation.entra.people[installation.anna.email]
    call = installation.bots.chosen(person, "<p>Hon bor kvar på <b>Storgatan 4</b>.</p>")
    answer = installation.bots.post(f"{installation.url}/plugin/teams/teams/messages", call)
    tab = open_tab(width=450, height=700)
    tab.open()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    tab.page.evaluate("url => openDialog(url)", answer.json()["task"]["value"]["url"])
    dialog = tab.page.frame_locator("#dialog iframe")
    expect(dialog.get_by_text("Hon bor kvar på Storgatan 4.")).to_be_visible()
    frame = tab.page.frames[-1]
    for width in (450, 352):  # the stand-in's margins leave 418 and 320
        tab.page.set_viewport_size({"width": width, "height": 700})
        wide, room = frame.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room
        frame.evaluate(axe)
        assert [one["id"] for one in frame.evaluate(AXE, RULES)] == []
        if pictures := os.environ.get("TEAMS_PICTURES"):
            tab.page.screenshot(path=f"{pictures}/share-{width}.png")
    dialog.get_by_role("button", name="Gör ett utkast").click()
    expect(dialog.get_by_label("Meddelande", exact=True)).to_have_value(re.compile("Storgatan 4"))
    assert installation.organisation.rows("SELECT 1 FROM teams_shared_texts") == []
    tab.page.evaluate("url => openDialog(url)", f"https://{OURS}/plugin/teams/teams/share")
    dialogs = tab.page.locator("#dialog")
    last = tab.page.frame_locator("#dialog iframe").last
    expect(last.get_by_text("Ingen text kom med.")).to_be_visible()
    last.get_by_role("button", name="Stäng").click()
    expect(dialogs).to_have_count(1)


@pytest.mark.feature("C1", "V1")
def test_a_meeting_is_booked_and_joined_from_the_tab(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """As a meeting in Teams, which Teams itself opens, or in the room of the installation."""
    installation.link()
    tab = open_tab()
    tab.open()
    for kind in ("Teams", "Eget mötesrum"):
        tab.app.get_by_role("link", name="Möten").first.click()
        expect(tab.app.get_by_role("heading", name="Möten", level=1)).to_be_visible()
        tab.app.get_by_role("link", name="Nytt möte").first.click()
        tab.app.get_by_role("radio", name=kind).check()
        inside(tab)
        tab.app.get_by_label("Mottagare").fill(installation.bo.email)
        tab.app.get_by_label("Ämne").fill(f"Möte i {kind}")
        now = datetime.now(ZoneInfo("Europe/Stockholm")) + timedelta(minutes=3)
        tab.app.get_by_label("Dag", exact=True).fill(now.date().isoformat())
        tab.app.get_by_label("Börjar").fill(now.strftime("%H:%M"))
        end = min(now + timedelta(minutes=30), now.replace(hour=23, minute=59))  # of the same day
        tab.app.get_by_label("Slutar").fill(end.strftime("%H:%M"))
        tab.app.get_by_role("button", name="Nästa").click()
        tab.app.get_by_label("Kod i brev").check()
        inside(tab)
        tab.app.get_by_role("button", name="Boka och bjud in").click()
        expect(tab.app.get_by_role("status").first).to_contain_text("Mötet är bokat")
        tab.app.get_by_role("button", name="Anslut till mötet").click()
        if kind == "Teams":
            expect(tab.app.get_by_role("heading", name="Till mötet")).to_be_visible()
            inside(tab)
            tab.app.get_by_role("link", name="Öppna mötet").click()
            tab.page.wait_for_function("asked.length > 0")
            assert tab.page.evaluate("asked")[-1]["open"].startswith("https://teams.microsoft.com/l/meetup-join/")
            tab.app.get_by_role("link", name="Till inkorgen").or_(
                tab.app.get_by_role("link", name="Budkavle")
            ).first.click()
        else:
            expect(tab.app.get_by_role("button", name="Lämna")).to_be_visible()


@pytest.mark.feature("C1", "M3")
def test_the_pages_in_teams_in_english(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """Notices, the choice of mailboxes, a case's link and the dialog, for somebody who reads English."""
    installation.link()
    installation.organisation.rows("UPDATE users SET language = 'en' WHERE id = :id", id=installation.anna.id)
    installation.write("In English", installation.to_mailbox())
    tab = open_tab()
    tab.open("notices")
    expect(tab.app.get_by_role("heading", name="Notifications in Teams")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("link", name="Notifications", exact=True).click()
    expect(tab.app.get_by_role("heading", name="Notifications", exact=True)).to_be_visible()
    inside(tab)
    (row,) = installation.organisation.rows("SELECT id FROM cases ORDER BY opened_at DESC LIMIT 1")
    tab.open(f"case-{row.id.hex}")
    tab.app.get_by_role("button", name="More").first.click()
    tab.app.get_by_role("link", name="Link for Teams").click()
    expect(tab.app.get_by_role("heading", name="Link to the case")).to_be_visible()
    inside(tab)
    person = installation.entra.people[installation.anna.email]
    answer = installation.bots.post(
        f"{installation.url}/plugin/teams/teams/messages", installation.bots.chosen(person, "Hi")
    )
    path = answer.json()["task"]["value"]["url"].removeprefix(f"https://{OURS}")
    tab.frame.evaluate("path => location.assign(path)", path)
    expect(tab.app.get_by_role("heading", name="Send securely")).to_be_visible()
    inside(tab)
    installation.organisation.rows("UPDATE users SET language = 'sv' WHERE id = :id", id=installation.anna.id)
