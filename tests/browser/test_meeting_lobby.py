"""From the form Nytt möte to the room, as people meet it: booking, waiting, identification, the lobby, admission.

Three browsers: the organiser, and two who are invited. The room itself is tried in `test_meeting_room`.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from budkavle import Host, Loa, Platform, Role
from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.running import Running, installed
from budkavle_meetings.booking.meetings import load_meeting
from budkavle_meetings.booking.participants import list_participants
from budkavle_meetings.booking.times import ZONE
from budkavle_meetings.tables import meetings

MARIA, BO = "maria.oberg@exempel.example", "bo.ek@exempel.example"
Look = Callable[[Page], None]

WAYS = '''\
"""Ways to identify, secure messages and mail, whose peers are in memory."""

from budkavle import Capabilities, Identity, Loa, ProviderTraits, hookimpl
from budkavle.notices import NoticeKind, NoticeState
from budkavle.testing.fakes import FakeIdentityProvider, FakeNotifier, FakeTransport

PEOPLE = {"1111": ("Maria Öberg", "198112189876"), "2222": ("Bo Ek", "196408233234")}


class Way(FakeIdentityProvider):
    def __init__(self, name, label, loa, **traits):
        traits = ProviderTraits(loa, audiences=frozenset({"guest"}), **traits)
        super().__init__({code: person for code, (person, _) in PEOPLE.items()}, name, label, "key", traits)

    def advance(self, state, answers):
        step = super().advance(state, answers)
        if not isinstance(step, Identity):
            return step
        name, number = PEOPLE[answers["code"]]
        more = {"personnummer": number} if self.traits.asserts_personnummer else {}
        return Identity(step.provider, step.subject, step.loa, {"name": name, "method": self.label, **more})


class Link(FakeTransport):
    def __init__(self):
        super().__init__(name="link", label="Säkert meddelande", icon="link")
        self.capabilities = Capabilities(receipts=True, recall=True, family="secure", guests=True)


class Mail(FakeNotifier):
    def check(self, notice):
        pass


@hookimpl
def budkavle_transports(host):
    return [Link()]


@hookimpl
def budkavle_choose_transport(recipient, offers):
    return next((one for one in offers if one.name == "link" and recipient.transport == "secure"), None)


@hookimpl
def budkavle_notifiers(host):
    return [Mail("mail", NoticeKind.MAIL)]


@hookimpl
def budkavle_identity_providers(host):
    return [
        Way("email", "E-post", Loa.ONE),
        Way("sms", "SMS", Loa.TWO, asserts_phone=True),
        Way("eid", "Svensk e-legitimation", Loa.THREE, asserts_personnummer=True),
        Way("siths", "SITHS-kort", Loa.THREE),
        Way("freja", "Freja", Loa.THREE, asserts_personnummer=True),
    ]
'''


@dataclass
class Town:
    """An installation with an organisation, where Anna and Bo work."""

    platform: Platform
    url: str
    anna: SampleUser
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("meetings")
        return host

    def open(self, path: str, *, staff: bool = False, size: tuple[int, int] = (1280, 900), **more: Any) -> Page:
        """Open a page in a browser of its own."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": size[0], "height": size[1]},
            locale="sv-SE",
            permissions=["camera", "microphone"],
            **more,
        )
        self.contexts.append(context)
        if staff:
            cookie = sessions.start(self.platform, SignedIn(self.anna.user, Loa.THREE, "test", "/"))
            context.add_cookies([{"name": "budkavle", "value": cookie, "url": self.url}])
        page = context.new_page()
        page.complaints = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))  # type: ignore[attr-defined]
        page.goto(path)
        return page

    def links(self, meeting_id: UUID) -> dict[str, str]:
        """The link of each person, as the invitation has it."""
        people = in_work(
            self.platform,
            system_actor(self.anna.organisation_id),
            lambda work: list_participants(self.host, work, meeting_id),
        )
        return {one.invitee.email: f"/plugin/meetings/join/{one.invitee.token}" for one in people if not one.is_host}

    def begin(self, meeting_id: UUID, starts_in: timedelta) -> None:
        """Move a meeting in time, as if the clock had gone on."""
        actor = system_actor(self.anna.organisation_id)
        schedule = in_work(self.platform, actor, lambda work: load_meeting(self.host, work, meeting_id)).schedule
        start = datetime.now(ZONE) + starts_in
        values = {
            "starts_at": start,
            "ends_at": start + (schedule.ends_at - schedule.starts_at),
            "over_at": start + (schedule.ends_at - schedule.starts_at),
        }
        with self.host.transaction(self.anna.organisation_id) as connection:
            connection.execute(meetings.update().where(meetings.c.id == meeting_id).values(values))


@contextmanager
def with_ways(folder: Path) -> Iterator[Path]:
    """Make the plugin `ways` in a folder, and let this process find it; gives the folder for others to find it in."""
    plugins = folder / "plugins"
    info = plugins / "budkavle_ways-1.dist-info"
    info.mkdir(parents=True)
    (plugins / "budkavle_ways.py").write_text(WAYS, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: budkavle-ways\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text("[budkavle]\nways = budkavle_ways\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(plugins))
        yield plugins


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
            home.add_mailbox("Socialtjänst barn och unga", anna)
            yield Town(running.platform, running.url, anna, chromium)


@pytest.fixture
def town(made: Town) -> Iterator[Town]:
    yield made
    for context in made.contexts:
        context.close()
    made.contexts.clear()


def picture(page: Page, name: str, width: int = 1280) -> None:
    """Go to the top, where nothing lies over another, and keep a picture where one is asked for."""
    page.evaluate("scrollTo(0, 0)")
    if folder := os.environ.get("BUDKAVLE_PICTURES"):
        page.set_viewport_size({"width": width, "height": 900 if width > 400 else 740})
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def book(page: Page, subject: str, look: Look | None = None, kind: str = "") -> UUID:
    """Book a meeting tomorrow for Maria by e-identification and Bo by SMS, in two steps."""
    page.goto("/plugin/meetings/new")
    if kind:
        page.get_by_role("radio", name=kind).check()
    page.get_by_label("Från").select_option(label="Socialtjänst barn och unga")
    page.get_by_label("Mottagare").fill(f"{MARIA}\n{BO}")
    page.get_by_label("Ämne").fill(subject)
    page.get_by_label("Text", exact=True).fill("Vi går igenom den samordnade planen.")
    page.get_by_label("Dag", exact=True).fill((datetime.now(ZONE) + timedelta(days=1)).date().isoformat())
    page.get_by_label("Börjar").fill("13:00")
    page.get_by_label("Slutar").fill("14:00")
    if look:
        picture(page, "meetings-new")
        look(page)
    page.get_by_role("button", name="Nästa").click()
    maria = page.get_by_role("region", name=MARIA)
    maria.get_by_label("Svensk e-legitimation").check()
    maria.get_by_label("Personnummer").fill("19811218-9876")
    bo = page.get_by_role("region", name=BO)
    bo.get_by_label("SMS").check()
    bo.get_by_label("Mobilnummer").fill("070-123 45 67")
    expect(bo.get_by_label("Personnummer")).to_be_hidden()
    if look:
        picture(page, "meetings-people")
        look(page)
    page.get_by_role("button", name="Boka och bjud in").click()
    expect(page.get_by_role("status").first).to_contain_text("Mötet är bokat")
    return UUID(re.findall(r"[0-9a-f-]{36}", page.url)[0])


def identify(page: Page, way: str, code: str) -> None:
    page.get_by_role("button", name=way).click()
    page.get_by_label("Kod").fill(code)
    page.get_by_role("button", name="Fortsätt").click()


@pytest.mark.feature("V1", "V2", "V3", "V4", "V5", "V6")
def test_from_booking_to_the_room(town: Town, look: Look) -> None:
    """Anna books; Maria and Bo wait, identify and are seen by name; Anna lets Maria in and Bo not."""
    anna = town.open("/plugin/meetings", staff=True)
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
    anna = town.open("/plugin/meetings", staff=True)
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
    anna = town.open("/plugin/meetings", staff=True)
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
    anna = town.open("/plugin/meetings", staff=True)
    meeting_id = book(anna, "SIP meeting")
    anna.goto("/language/en")
    for path, heading in (
        ("/plugin/meetings", "Meetings"),
        ("/plugin/meetings/new", "New meeting"),
        (f"/plugin/meetings/{meeting_id}", "SIP meeting"),
        (f"/plugin/meetings/{meeting_id}/cancel", "Cancel the meeting?"),
    ):
        anna.goto(path)
        expect(anna.get_by_role("heading", level=1)).to_have_text(heading)
        look(anna)
    maria = town.open(f"{town.links(meeting_id)[MARIA]}?lang=en")
    expect(maria.get_by_text("Show who you are")).to_be_visible()
    look(maria)
