"""From the form Nytt möte to the room, as people meet it: booking, waiting, identification, the lobby, admission.

Three browsers: the organiser, and two who are invited. The room itself is tried in `test_meeting_room`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.meeting_towns import BO, MARIA, Look, Town, book, identify, picture, with_ways

from budkavle import Loa, Role
from budkavle.accounts import mailboxes
from budkavle.approvals import approve
from budkavle.testing import SampleOrganisation, do_job, in_work
from budkavle.testing.databases import Databases
from budkavle.testing.running import Running, installed
from budkavle_meetings.booking.meetings import find_meeting


@pytest.fixture(scope="module")
def switches() -> tuple[str, ...]:
    return ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--auto-accept-this-tab-capture")


@pytest.fixture(scope="module")
def made(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("meetings")
    with with_ways(folder) as plugins:
        enabled = ("meetings", "ways", "password")
        running: Running
        with installed(budkavle_databases, folder, enabled, pythonpath=[plugins]) as running, running.serving():
            home = SampleOrganisation.create(running.platform, "Björkviks kommun")
            anna = home.add_user("Anna Lind", Role.ADMIN)
            bosse = home.add_user("Bosse Berg")
            home.add_mailbox("Socialtjänst barn och unga", anna, bosse)
            careful = home.add_mailbox("Överförmyndaren", anna, bosse)
            in_work(running.platform, anna, mailboxes.set_needs_approval, careful.id, needed=True)
            yield Town(running.platform, running.url, anna, bosse, chromium)


@pytest.fixture
def town(made: Town) -> Iterator[Town]:
    yield made
    for context in made.contexts:
        context.close()
    made.contexts.clear()


@pytest.mark.feature("V1", "V2", "V3", "V4", "V5", "V6")
def test_from_booking_to_the_room(town: Town, look: Look) -> None:
    """Anna books; Maria and Bo wait, identify and are seen by name; Anna lets Maria in and Bo not."""
    anna = town.open("/plugin/meetings", staff=town.anna)
    look(anna)
    meeting_id = book(anna, "SIP-möte", look)
    look(anna)
    links = town.links(meeting_id)
    town.begin(meeting_id, timedelta(minutes=9, seconds=30))
    maria, bo = town.open(links[MARIA]), town.open(links[BO])
    expect(maria.get_by_role("timer")).to_contain_text("4 min")
    identify(maria, "Svensk e-legitimation", "1111")
    expect(maria.get_by_text("Legitimerad med Svensk e-legitimation")).to_be_visible()
    expect(maria.get_by_role("button", name=re.compile("Anslut klockan"))).to_be_disabled()
    maria.get_by_role("button", name="Prova kamera och mikrofon").click()
    expect(maria.get_by_text("Ljudet hörs när staplarna rör sig")).to_be_visible()
    expect(maria.locator("[data-outcome=works]")).to_be_visible()
    look(maria)
    picture(maria, "meetings-waiting", 360)
    town.begin(meeting_id, timedelta(minutes=4))
    for page, way, code in ((maria, "", ""), (bo, "SMS", "2222")):
        if way:
            identify(page, way, code)
        page.get_by_role("button", name="Anslut till mötet").click()
        expect(page.get_by_text("Du väntar i lobbyn")).to_be_visible()
    look(bo)
    anna.goto("/plugin/meetings")
    expect(anna.get_by_role("button", name="Anslut till mötet: SIP-möte")).to_be_visible()
    look(anna)
    picture(anna, "meetings-list")
    anna.get_by_role("link", name="SIP-möte").click()
    expect(anna.get_by_role("heading", name="2 väntar i lobbyn")).to_be_visible()
    expect(anna.get_by_role("region", name="Lobbyn")).to_contain_text(
        "Legitimerad med Svensk e-legitimation, tillitsnivå 3"
    )
    look(anna)
    picture(anna, "meetings-meeting")
    anna.get_by_role("button", name="Släpp in Maria Öberg").click()
    expect(anna.get_by_role("status").first).to_contain_text("Deltagaren är insläppt.")
    anna.get_by_role("button", name="Neka Bo Ek").click()
    expect(bo.get_by_text("Du är inte insläppt")).to_be_visible()
    look(bo)
    expect(maria.get_by_text("Du är insläppt.")).to_be_visible()
    look(maria)
    maria.get_by_role("button", name="Gå in i mötet").click()
    expect(maria).to_have_url(re.compile(r"/room$"))
    anna.get_by_role("button", name="Anslut till mötet").click()
    expect(anna).to_have_url(re.compile(r"/room$"))
    expect(maria.locator("#people li")).to_have_count(2)
    for page in (anna, maria, bo):
        assert not page.complaints, page.complaints  # type: ignore[attr-defined]


@pytest.mark.feature("V6")
def test_the_lobby_fills_while_the_page_is_open(town: Town) -> None:
    """Who comes is seen by the stream of events; the page itself is not loaded anew."""
    anna = town.open("/plugin/meetings", staff=town.anna)
    meeting_id = book(anna, "Uppföljning")
    town.begin(meeting_id, timedelta(minutes=4))
    anna.goto(f"/plugin/meetings/{meeting_id}")
    anna.evaluate("window.kept = true")
    maria = town.open(town.links(meeting_id)[MARIA])
    identify(maria, "Svensk e-legitimation", "1111")
    maria.get_by_role("button", name="Anslut till mötet").click()
    expect(anna.get_by_role("heading", name="1 väntar i lobbyn")).to_be_visible()
    assert anna.evaluate("window.kept")


@pytest.mark.feature("V6")
def test_waiting_works_without_javascript(town: Town) -> None:
    """The page reloads itself until the meeting opens, and while somebody waits in the lobby."""
    anna = town.open("/plugin/meetings", staff=town.anna)
    meeting_id = book(anna, "Utan skript")
    town.begin(meeting_id, timedelta(minutes=4))
    maria = town.open(town.links(meeting_id)[MARIA], java_script_enabled=False)
    identify(maria, "Svensk e-legitimation", "1111")
    maria.get_by_role("button", name="Anslut till mötet").click()
    expect(maria.get_by_text("Du väntar i lobbyn")).to_be_visible()
    anna.goto(f"/plugin/meetings/{meeting_id}")
    anna.get_by_role("button", name="Släpp in Maria Öberg").click()
    expect(maria.get_by_role("button", name="Gå in i mötet")).to_be_visible()


@pytest.mark.feature("V2", "V3", "V6")
def test_the_pages_in_english(town: Town, look: Look) -> None:
    """For the organiser and for who is invited."""
    anna = town.open("/plugin/meetings", staff=town.anna)
    meeting_id = book(anna, "SIP meeting", repeats="Varje vecka", times="2")
    anna.goto("/language/en")
    for path, heading in (
        ("/plugin/meetings", "Meetings"),
        ("/plugin/meetings/new", "New meeting"),
        (f"/plugin/meetings/{meeting_id}", "SIP meeting"),
        (f"/plugin/meetings/{meeting_id}/cancel", "Cancel the meeting?"),
    ):
        anna.goto(path)
        expect(anna.get_by_role("heading", level=1)).to_have_text(heading)
    anna.go_back()
    expect(anna.locator(".meeting-times li").nth(1).get_by_role("link")).to_have_text(["Change", "Cancel"])
    look(anna)
    maria = town.open(f"{town.links(meeting_id)[MARIA]}?lang=en")
    expect(maria.get_by_text("Show who you are")).to_be_visible()


@pytest.mark.feature("V2")
def test_single_times_of_a_series(town: Town, look: Look) -> None:
    """One is moved, after a wrong answer, and one cancelled; by keyboard, and the page tells of both."""
    anna = town.open("/plugin/meetings", staff=town.anna)
    book(anna, "Samråd", repeats="Varje vecka", times="4")
    times = anna.locator(".meeting-times li")
    expect(times).to_have_count(4)
    look(anna)
    times.nth(1).get_by_role("link", name="Ändra").press("Enter")
    look(anna)
    anna.get_by_label("Slutar").fill("12:00")
    anna.get_by_label("Slutar").press("Enter")
    expect(anna.locator(".ds-error-summary")).to_be_focused()
    look(anna)
    picture(anna, "meetings-time")
    anna.get_by_label("Slutar").fill("15:00")
    anna.get_by_role("button", name="Spara och meddela alla").press("Enter")
    expect(anna.get_by_role("status").first).to_contain_text("Tiden är ändrad")
    times.nth(2).get_by_role("link", name="Ställ in").press("Enter")
    look(anna)
    anna.get_by_role("button", name="Ställ in tiden").press("Enter")
    expect(anna.get_by_role("status").first).to_contain_text("är inställd")
    expect(times.nth(1).locator(".tag")).to_have_count(1)
    expect(times.nth(2).get_by_role("link")).to_have_count(0)
    look(anna)
    picture(anna, "meetings-series")


@pytest.mark.feature("V2")
def test_a_booking_waits_for_a_colleague(town: Town, look: Look) -> None:
    """Anna sees that it waits, Bosse reads what he is to say yes to, and the page says what has become of it."""
    anna = town.open("/plugin/meetings", staff=town.anna)
    words = {"mailbox": "Överförmyndaren", "said": "Skickat för godkännande"}
    first, second = (book(anna, subject, **words) for subject in ("Samråd om förvaltare", "Samråd som faller"))
    anna.goto(f"/plugin/meetings/{first}")
    expect(anna.get_by_text("Bokningen väntar på godkännande")).to_be_visible()
    look(anna)
    picture(anna, "meetings-waits")
    anna.goto("/plugin/meetings")
    expect(anna.locator(".meeting-list .tag", has_text="Väntar på godkännande")).to_have_count(2)
    look(anna)
    bosse = town.open(f"/plugin/meetings/{first}", staff=town.bosse)
    bosse.get_by_role("link", name="Visa begäran").click()
    expect(bosse.get_by_text("Samråd om förvaltare")).to_be_visible()
    look(bosse)
    picture(bosse, "meetings-request")
    bosse.get_by_role("button", name="Godkänn").press("Enter")
    work_off(town)
    anna.goto(f"/plugin/meetings/{first}")
    expect(anna.get_by_role("link", name="Till ärendet")).to_be_visible()
    fail(town, second)
    anna.goto(f"/plugin/meetings/{second}")
    expect(anna.get_by_text("Bokningen kunde inte genomföras")).to_be_visible()
    look(anna)
    picture(anna, "meetings-failed")
    anna.get_by_role("link", name="Ställ in").press("Enter")
    look(anna)
    anna.get_by_role("button", name="Ställ in mötet").press("Enter")
    expect(anna.locator(".card .tag", has_text="Inställt")).to_be_visible()


def work_off(town: Town) -> None:
    """Let the worker do what has been approved."""
    for _ in range(2):
        do_job(town.platform, "outbox.budkavle.approved.meetings")


def fail(town: Town, meeting_id: UUID) -> None:
    """Let a booking be approved while Anna is no member of the mailbox: it cannot be carried out."""
    meeting = in_work(town.platform, town.anna, lambda work: find_meeting(town.host, work, meeting_id))
    in_work(town.platform, town.anna, mailboxes.remove_members, meeting.mailbox_id, [town.anna.id])
    in_work(town.platform, replace(town.bosse, loa=Loa.THREE), approve, meeting.request_id)
    work_off(town)
    in_work(town.platform, town.anna, mailboxes.add_members, meeting.mailbox_id, [town.anna.id])
