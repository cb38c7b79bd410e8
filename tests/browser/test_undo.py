"""Undoing what was sent, while it still can be: with a script and without one; and help, from any page."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from budkavle import Actor, Platform, create_organisation, create_user, list_sent
from budkavle.boxes import personal_id
from budkavle.testing.running import free_ports, serving

Look = Callable[[Page], None]
MATS, KARIN, PASSWORD = "mats@habo.example", "karin@habo.example", "en lång mening om vintern"


@dataclass
class Office:
    """An installation where a sending can be undone, with its pages."""

    platform: Platform
    url: str
    mats: Actor

    def sent(self) -> list[str]:
        """The subjects that Mats has sent."""
        assert self.mats.user_id
        return [one.subject for one in list_sent(self.platform, self.mats, personal_id(self.mats.user_id)).items]


SETTINGS = """\
data = "{data}"
base_url = "{url}"
undo_seconds = 60

[database]
url = "{app}"
owner_url = "{owner}"
"""


@pytest.fixture
def office(budkavle_open: Callable[..., Platform], tmp_path: Path) -> Iterator[Office]:
    """Mats and Karin, and the pages; no worker, so that nothing leaves however slow the test is."""
    url = f"http://127.0.0.1:{free_ports()}"
    platform = budkavle_open(undo_seconds=60, base_url=url)
    made = create_organisation(platform, Actor(UUID(int=0)), "Habo kommun")
    mats, _ = (
        create_user(platform, Actor(made.id), email=email, name=name, password=PASSWORD)
        for email, name in ((MATS, "Mats Berg"), (KARIN, "Karin Svensson"))
    )
    settings, own = tmp_path / "budkavle.toml", platform.settings
    text = SETTINGS.format(data=own.data, url=url, app=own.database.url, owner=own.database.owner_url)
    settings.write_text(text, "utf-8")
    with serving(settings, url):
        yield Office(platform, url, Actor(made.id, mats.id, mats.name))


@pytest.fixture
def visit(office: Office, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open browsers, signed in as Mats or as nobody."""
    opened = []

    def open_one(email: str = "", **more: Any) -> Page:
        context = chromium.new_context(base_url=office.url, locale="sv-SE", **more)
        context.set_default_timeout(8_000)
        opened.append(context)
        page = context.new_page()
        context.on("page", _listen)
        _listen(page)
        if email:
            page.goto("/sign-in")
            page.get_by_label("E-post").fill(email)
            page.get_by_label("Lösenord").fill(PASSWORD)
            page.get_by_role("button", name="Logga in").click()
        return page

    yield open_one
    for context in opened:
        context.close()


def _listen(page: Page) -> None:
    complaints: list[str] = []
    page.complaints = complaints  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: complaints.append(str(error)))


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
    expect(toast).to_contain_text("Meddelandet är skickat.")
    if script:
        look(page)
    assert office.sent() == [subject]
    toast.get_by_role("button", name="Ångra").click()
    expect(page.get_by_label("Ämne")).to_have_value(subject)
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Det här var för tidigt.")
    expect(page.locator("#to input[name=recipients]")).to_have_count(1)
    if script:
        look(page)
    assert office.sent() == []
    page.get_by_label("Meddelande", exact=True).fill("Nu är det rätt.")
    page.get_by_role("button", name=re.compile("^Skicka")).click()
    expect(toast).to_contain_text("Meddelandet är skickat.")
    assert office.sent() == [subject]


@pytest.mark.feature("M19")
def test_help_is_found_from_any_page(visit: Callable[..., Page], look: Look) -> None:
    """By the menu of somebody signed in, and from the first page of a guest."""
    page, nobody = visit(MATS), visit()
    page.goto("/account")
    page.get_by_role("link", name="Hjälp").first.click()
    expect(page.get_by_role("heading", name="Skicka ett ärende till supporten")).to_be_visible()
    page.get_by_text("Kan jag ångra mig?").click()
    look(page)
    nobody.goto("/sign-in")
    with nobody.context.expect_page() as opened:
        nobody.get_by_role("link", name="Hjälp").click()
    expect(opened.value.get_by_text("Hur läser jag ett meddelande?")).to_be_visible()
    look(opened.value)
