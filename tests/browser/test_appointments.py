"""A mailbox opens its page "Välj en tid", and somebody without account books, moves and cancels a time on it."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.written_plugins import write_plugin

from budkavle import FunctionMailbox, Loa, Platform, Role
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.databases import Databases
from budkavle.testing.running import installed

Look = Callable[[Page], None]

WAYS = '''\
"""A way to identify, secure messages and mail, whose peers are in memory."""

from budkavle import Capabilities, Identity, Loa, ProviderTraits, hookimpl
from budkavle.notices import NoticeKind
from budkavle.testing.fakes import FakeIdentityProvider, FakeNotifier, FakeTransport


class Way(FakeIdentityProvider):
    def advance(self, state, answers):
        step = super().advance(state, answers)
        if not isinstance(step, Identity):
            return step
        return Identity(step.provider, step.subject, step.loa, {"method": self.label})


class Mail(FakeNotifier):
    def check(self, notice):
        pass


@hookimpl
def budkavle_transports(host):
    link = FakeTransport(name="link", label="Säkert meddelande", icon="link")
    link.capabilities = Capabilities(receipts=True, recall=True, family="secure", guests=True)
    return [link]


@hookimpl
def budkavle_choose_transport(recipient, offers):
    return next((each for each in offers if each.name == "link" and recipient.transport == "secure"), None)


@hookimpl
def budkavle_notifiers(host):
    return [Mail("mail", NoticeKind.MAIL)]


@hookimpl
def budkavle_identity_providers(host):
    traits = ProviderTraits(Loa.ONE, audiences=frozenset({"guest"}))
    return [Way({"1234": "maria"}, "email", "Kod med e-post", "letter", traits)]
'''


@dataclass
class Town:
    """An installation with a mailbox."""

    platform: Platform
    url: str
    anna: SampleUser
    mailbox: FunctionMailbox
    browser: Browser

    def open(self, path: str, *, staff: bool = False, language: str = "sv-SE") -> Page:
        """Open a page in a browser of its own."""
        context = self.browser.new_context(base_url=self.url, viewport={"width": 1280, "height": 900}, locale=language)
        if staff:
            cookie = sessions.start(self.platform, SignedIn(self.anna.user, Loa.THREE, "test", "/"))
            context.add_cookies([{"name": "budkavle", "value": cookie, "url": self.url}])
        page = context.new_page()
        page.complaints = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
        page.goto(path)
        return page


@pytest.fixture(scope="module")
def town(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("appointments")
    plugins = folder / "plugins"
    write_plugin(plugins, "booking_ways", WAYS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(plugins))
        enabled = ("meetings", "booking_ways", "password")
        with installed(budkavle_databases, folder, enabled, pythonpath=[plugins]) as running, running.serving():
            home = SampleOrganisation.create(running.platform, "Björkviks kommun")
            anna = home.add_user("Anna Lind", Role.ADMIN)
            mailbox = home.add_mailbox("Elevhälsan", anna, administrators=[anna])
            yield Town(running.platform, running.url, anna, mailbox, chromium)


def picture(page: Page, name: str, width: int = 1280) -> None:
    """Keep a picture where one is asked for."""
    if folder := os.environ.get("BUDKAVLE_PICTURES"):
        page.set_viewport_size({"width": width, "height": 900 if width > 400 else 740})
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.browser
@pytest.mark.feature("O8", "V1")
def test_a_time_is_opened_booked_moved_and_cancelled(town: Town, look: Look, fits: Look) -> None:
    """By the mailbox's own form, and by a person without account, in Swedish and in English, wide and narrow."""
    staff = town.open(f"/mailboxes/{town.mailbox.id}/settings/meetings.appointments", staff=True)
    look(staff)
    staff.get_by_label("Låt människor boka en tid").check()
    for day in ("Måndag", "Tisdag", "Onsdag", "Torsdag", "Fredag"):
        staff.get_by_label(day, exact=True).fill("09:00–12:00, 13:00–16:00")
    staff.get_by_label("Tillitsnivå").select_option(label="Tillitsnivå 1")
    staff.get_by_label("Text på sidan").fill("För dig som vill prata med skolans kurator.")
    staff.locator("form button[type=submit]").filter(has_text="Spara").first.click()
    staff.goto(f"/mailboxes/{town.mailbox.id}")
    address = staff.get_by_role("link", name="/plugin/meetings/book/").inner_text()
    look(staff)
    guest = town.open(address)
    expect(guest.get_by_role("heading", level=1)).to_have_text("Välj en tid hos Elevhälsan")
    look(guest)
    picture(guest, "meetings-choose-time")
    picture(guest, "meetings-choose-time-320", 320)
    guest.get_by_label("Ditt namn").fill("Maria Öberg")
    guest.get_by_label("E-post", exact=True).fill("maria.oberg@exempel.example")
    guest.locator("input[name=start]").nth(2).check(force=True)
    guest.get_by_role("button", name="Gå vidare och visa vem du är").click()
    guest.get_by_label("Kod").fill("1234")
    guest.get_by_role("button", name="Fortsätt").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Bekräfta din tid")
    look(guest)
    guest.get_by_role("button", name="Bekräfta tiden").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Din tid är bokad")
    look(guest)
    picture(guest, "meetings-own-time")
    look_as_staff(staff, look)
    english = town.open(f"{guest.url}?lang=en", language="en-GB")
    expect(english.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    fits(english)
    english.get_by_role("link", name="Reschedule").click()
    look(english)
    english.locator("input[name=start]").nth(4).check(force=True)
    english.get_by_role("button", name="Change to this time").click()
    expect(english.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    english.get_by_text("Cancel", exact=True).click()
    english.get_by_role("button", name="Cancel the appointment").click()
    expect(english.get_by_role("heading", level=1)).to_have_text("The appointment is cancelled")
    look(english)


@pytest.mark.browser
@pytest.mark.feature("O8")
def test_the_settings_of_meetings_are_read_by_everybody_who_may(town: Town, look: Look) -> None:
    """The sections of the organisation, wide and narrow."""
    for key in ("meetings", "teams", "jitsi", "livekit"):
        page = town.open(f"/organisation/settings/meetings.{key}", staff=True)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        look(page)


def look_as_staff(staff: Page, look: Look) -> None:
    """The booked time stands in the list Möten, has a page, and leads to its case."""
    staff.goto("/plugin/meetings")
    booked = staff.locator(".meeting-list li")
    expect(booked).to_have_count(1)
    look(staff)
    booked.get_by_role("link").press("Enter")
    expect(staff.get_by_text("Maria Öberg").first).to_be_visible()
    look(staff)
    picture(staff, "meetings-booked-time")
    staff.get_by_role("link", name="Till ärendet").press("Enter")
    expect(staff.get_by_role("link", name=re.compile("Möte:"))).to_be_visible()
    look(staff)
