"""Meetings as people meet them: an installation where Anna and Bosse work, the form Nytt möte, ways to identify."""

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
from tests.browser.conftest import listen
from tests.written_plugins import write_plugin

from budkavle import Host, Loa, Platform
from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
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
    """An installation with an organisation, where Anna and Bosse work."""

    platform: Platform
    url: str
    anna: SampleUser
    bosse: SampleUser
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("meetings")
        return host

    def open(self, path: str, *, staff: SampleUser | None = None, **more: Any) -> Page:
        """Open a page in a browser of its own, where a member of the staff is signed in, or nobody."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": 1280, "height": 900},
            locale="sv-SE",
            permissions=["camera", "microphone"],
            **more,
        )
        self.contexts.append(context)
        if staff is not None:
            cookie = sessions.start(self.platform, SignedIn(staff.user, Loa.THREE, "test", "/"))
            context.add_cookies([{"name": "budkavle", "value": cookie, "url": self.url}])
        page = context.new_page()
        listen(page)
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
    write_plugin(plugins, "ways", WAYS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(plugins))
        yield plugins


def picture(page: Page, name: str, width: int = 1280) -> None:
    """Go to the top, where nothing lies over another, and keep a picture where one is asked for."""
    page.evaluate("scrollTo(0, 0)")
    if folder := os.environ.get("BUDKAVLE_PICTURES"):
        page.set_viewport_size({"width": width, "height": 900 if width > 400 else 740})
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def book(page: Page, subject: str, look: Look | None = None, **more: str) -> UUID:
    """Book a meeting tomorrow for Maria by e-identification and Bo by SMS, in two steps.

    Args:
        page: A page of the staff's.
        subject: The meeting's.
        look: Judges each step, where given.
        more: `kind` of the room, the `mailbox`, how it `repeats` and how many `times`, and what is `said` at the end.
    """
    page.goto("/plugin/meetings/new")
    if kind := more.get("kind"):
        page.get_by_role("radio", name=kind).check()
    page.get_by_label("Från").select_option(label=more.get("mailbox", "Socialtjänst barn och unga"))
    page.get_by_label("Mottagare").fill(f"{MARIA}\n{BO}")
    page.get_by_label("Ämne").fill(subject)
    page.get_by_label("Text", exact=True).fill("Vi går igenom den samordnade planen.")
    page.get_by_label("Dag", exact=True).fill((datetime.now(ZONE) + timedelta(days=1)).date().isoformat())
    page.get_by_label("Börjar").fill("13:00")
    page.get_by_label("Slutar").fill("14:00")
    if repeats := more.get("repeats"):
        page.get_by_label("Serie").select_option(label=repeats)
        page.get_by_label("Antal möten").fill(more["times"])
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
    expect(page.get_by_role("status").first).to_contain_text(more.get("said", "Mötet är bokat"))
    return UUID(re.findall(r"[0-9a-f-]{36}", page.url)[0])


def identify(page: Page, way: str, code: str) -> None:
    page.get_by_role("button", name=way).click()
    page.get_by_label("Kod").fill(code)
    page.get_by_role("button", name="Fortsätt").click()
