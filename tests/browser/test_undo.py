"""Undoing what was sent, while it still can be: with a script and without one; and help, from any page."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage

from budkavle import Actor, Platform, UserActor
from budkavle.accounts import create_organisation
from budkavle.accounts.mailboxes import personal_id
from budkavle.cases import list_sent
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import installed

Look = Callable[[Page], None]
MATS, KARIN, PASSWORD = "mats@habo.example", "karin@habo.example", "en lång mening om vintern"


@dataclass
class Office:
    """An installation where a sending can be undone, with its pages."""

    platform: Platform
    url: str
    mats: Actor

    def sent(self, subject: str) -> int:
        """How often Mats has sent this."""
        assert self.mats.user_id
        every = in_work(self.platform, self.mats, list_sent, personal_id(self.mats.user_id)).items
        return [one.subject for one in every].count(subject)


@pytest.fixture(scope="module")
def office(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Mats and Karin, and the pages; no worker, so that nothing leaves however slow the test is."""
    with installed(budkavle_databases, tmp_path_factory.mktemp("undo"), [], undo_seconds=60) as running:
        made = create_organisation(running.platform, system_actor(), "Habo kommun")
        mats, _ = (
            in_work(running.platform, system_actor(made.id), settled_user, email=email, name=name, password=PASSWORD)
            for email, name in ((MATS, "Mats Berg"), (KARIN, "Karin Svensson"))
        )
        with running.serving():
            yield Office(running.platform, running.url, UserActor(made.id, mats.id, mats.name))


@pytest.fixture
def visit(office: Office, open_page: OpenPage, enter: Callable[..., None]) -> Callable[..., Page]:
    """Open browsers, signed in as Mats or as nobody."""

    def open_one(email: str = "", **more: Any) -> Page:
        page = open_page(office.url, **more)
        if email:
            enter(page, email, PASSWORD)
            expect(page.get_by_role("button", name="Meny för")).to_be_visible()
        return page

    return open_one


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_was_sent_is_undone(office: Office, visit: Callable[..., Page], look: Look, script: bool) -> None:
    """Ångra gives the text back as it was, nothing has been sent; sent once more, it goes."""
    page = visit(MATS, java_script_enabled=script)
    subject = f"Ångrat {'med' if script else 'utan'} skript"
    assert office.mats.user_id
    page.goto(f"/compose?mailbox={personal_id(office.mats.user_id)}&to=secure:{KARIN}")
    expect(page.locator("#to input[name=recipients]")).to_have_count(1)
    page.get_by_role("radio", name="Tillitsnivå 1").check()
    page.get_by_label("Ämne").fill(subject)
    page.get_by_label("Meddelande", exact=True).fill("Det här var för tidigt.")
    page.get_by_role("button", name=re.compile("^Skicka")).click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Skickas om" if script else "Meddelandet skickas om några sekunder.")
    if script:
        look(page)
    assert office.sent(subject) == 1
    toast.get_by_role("button", name="Ångra").click()
    expect(page.get_by_label("Ämne")).to_have_value(subject)
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Det här var för tidigt.")
    expect(page.locator("#to input[name=recipients]")).to_have_count(1)
    if script:
        look(page)
    assert office.sent(subject) == 0
    page.get_by_label("Meddelande", exact=True).fill("Nu är det rätt.")
    page.get_by_role("button", name=re.compile("^Skicka")).click()
    expect(toast).to_contain_text("Meddelandet skickas om några sekunder.")
    assert office.sent(subject) == 1


@pytest.mark.feature("E4")
def test_the_seconds_are_counted_and_then_the_true_state_is_told(office: Office, visit: Callable[..., Page]) -> None:
    """The seconds of "Skickas om 60 s" go down; then nothing is left to undo, and the delivery's own state is told."""
    page = visit(MATS)
    page.clock.install()
    assert office.mats.user_id
    page.goto(f"/compose?mailbox={personal_id(office.mats.user_id)}&to=secure:{KARIN}")
    page.get_by_role("radio", name="Tillitsnivå 1").check()
    page.get_by_label("Ämne").fill("Räknas ner")
    page.get_by_label("Meddelande", exact=True).fill("Strax.")
    page.get_by_role("button", name=re.compile("^Skicka")).click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text(re.compile(r"Skickas om (60|59|58) s"))
    page.clock.fast_forward(20_000)
    expect(toast).to_contain_text(re.compile(r"Skickas om (40|39|38|37) s"))
    page.clock.fast_forward(41_000)
    expect(toast).to_contain_text("Meddelandet är på väg.")
    expect(toast.get_by_role("button", name="Ångra")).to_have_count(0)
    # What a fetched piece of the page does to its recipient's tag, once the worker has sent it.
    page.evaluate("""() => {
      const tag = document.querySelector('[id^="to-"] .tag');
      tag.className = 'tag ok';
      tag.textContent = 'Levererat';
    }""")
    expect(toast).to_contain_text("Meddelandet: Levererat")


@pytest.mark.feature("M19", "E29")
def test_help_is_found_from_any_page(visit: Callable[..., Page], look: Look) -> None:
    """By the menu of somebody signed in, and from the first page of a guest."""
    page, nobody = visit(MATS), visit()
    page.goto("/account")
    page.locator(".top > [data-help]").click()
    sheet = page.get_by_role("dialog", name="Mitt konto")
    expect(sheet.get_by_role("button", name="Stäng")).to_be_focused()
    look(page)
    sheet.get_by_role("link", name="All hjälp").click()
    expect(page.get_by_role("heading", name="Skicka ett ärende till supporten")).to_be_visible()
    look(page)
    page.get_by_role("searchbox", name="Sök i hjälpen").fill("ångra")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Skriva ett meddelande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Skriva ett meddelande")
    look(page)
    for address in ("/help/icons", "/help/tour", "/help/tour?step=5"):
        page.goto(address)
        look(page)
    nobody.goto("/sign-in")
    with nobody.context.expect_page() as opened:
        nobody.get_by_role("link", name="Hjälp").click()
    expect(opened.value.get_by_text("Hur läser jag ett meddelande?")).to_be_visible()
    look(opened.value)
