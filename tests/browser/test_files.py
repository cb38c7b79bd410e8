"""Filer: catalogues, sharing, moving and the bin, as people do it, on a wide screen and a narrow one."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import WIDTHS

from budkavle import Host, Platform
from budkavle.testing import SampleUser
from budkavle_demo.content import ANNA, BO
from budkavle_files.tree.entries import NewEntry, add_entry, create_catalogue
from budkavle_files.tree.sharing import Subject, end_share, list_access, share_with
from budkavle_files.tree.things import AccessRole, Entry, EntryKind, ShareKind
from budkavle_files.tree.versions import FILES, NewVersion

Browse = Callable[..., Page]
Look = Callable[[Page], None]
FILES_PATH = "/plugin/files"


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("files")
    return made


@pytest.fixture
def anna(people: dict[str, SampleUser]) -> SampleUser:
    return people[ANNA]


def catalogue(host: Host, who: SampleUser, name: str, parent: Entry | None = None) -> Entry:
    """Make a catalogue of this test's own."""
    with host.work(who) as work:
        name = name if parent else f"{name} {uuid4().hex[:6]}"
        return create_catalogue(host, work, name, parent.id if parent else None)


def put(host: Host, who: SampleUser, parent: Entry, name: str, kind: EntryKind = EntryKind.FILE) -> Entry:
    """Put a file or a note into it."""
    with host.work(who) as work:
        kept = FILES.keep(work, parent.id, name, "text/plain", [b"x" * 41_200])
        first = NewVersion(kept.id, kept.size, "application/pdf")
        return add_entry(host, work, parent.id, NewEntry(kind, name, first))


def share(host: Host, who: SampleUser, entry: Entry, person: SampleUser, role: AccessRole) -> None:
    """Share it with a person, for three days."""
    with host.work(who) as work:
        until = datetime.now(UTC) + timedelta(days=3)
        share_with(host, work, entry.id, [Subject(ShareKind.PERSON, person.id)], role, until)


def picture(page: Page, name: str) -> None:
    """Keep a wide and a narrow picture, where the environment names a folder for them."""
    if folder := os.environ.get("BUDKAVLE_PICTURES"):
        for size in ("narrow", "wide"):
            page.set_viewport_size(WIDTHS[size])  # type: ignore[arg-type]
            page.screenshot(path=Path(folder) / f"{name}-{size}.png")


@pytest.mark.feature("D1", "D2")
def test_a_catalogue_comes_first(browse: Browse, look: Look) -> None:
    """Filer stands in the navigation; a catalogue is made, and another in it."""
    page = browse(ANNA, "narrow")
    page.goto("/")
    page.get_by_role("button", name="Visa brevlådor").click()
    page.get_by_role("link", name="Filer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Filer")
    picture(page, "files-start")
    look(page)
    name = f"Barn och unga {uuid4().hex[:6]}"
    page.get_by_role("textbox", name="Ny katalog").fill(name)
    page.get_by_role("button", name="Skapa katalog").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("Katalogen är tom")).to_be_visible()
    look(page)
    page.locator("summary", has_text="Ny katalog").click()
    page.get_by_role("textbox", name="Namn").fill("Utredning 2026-0451")
    page.get_by_role("button", name="Skapa katalog").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Utredning 2026-0451")
    page.get_by_role("navigation", name="Var katalogen ligger").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.feature("D5", "D6", "D7", "D8")
def test_updating_moving_and_deleting(host: Host, anna: SampleUser, browse: Browse, look: Look) -> None:
    """The dots of a row lead to its sheet; ticked rows are moved and deleted, and come back from the bin."""
    top = catalogue(host, anna, "Utredning")
    target = catalogue(host, anna, "Arkivet")
    for name in ("Kallelse.pdf", "Samtycke.pdf"):
        put(host, anna, top, name)
    catalogue(host, anna, "Underlag från skolan", top)
    page = browse(ANNA)
    page.goto(f"{FILES_PATH}/c/{top.id}")
    page.get_by_role("button", name="Mer om Kallelse.pdf").click()
    look(page)
    page.get_by_role("link", name="Uppdatera").filter(visible=True).click()
    page.get_by_role("textbox", name="Namn", exact=True).last.fill("Kallelse till SIP.pdf")
    page.get_by_role("checkbox", name="Sekretess").check()
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_text("Ändringarna är sparade.")).to_be_visible()
    picture(page, "files-sheet")
    look(page)
    page.get_by_role("link", name="Stäng").click()
    expect(page.get_by_role("link", name="Kallelse till SIP.pdf")).to_be_visible()
    page.get_by_role("checkbox", name="Markera Kallelse till SIP.pdf").check()
    expect(page.get_by_text("1 vald", exact=True)).to_be_visible()
    page.get_by_role("checkbox", name="Markera Samtycke.pdf").check()
    expect(page.get_by_text("2 valda")).to_be_visible()
    picture(page, "files-ticked")
    look(page)
    page.get_by_role("button", name="Flytta", exact=True).click()
    page.get_by_role("main").get_by_role("link", name=target.name).click()
    picture(page, "files-move")
    look(page)
    page.get_by_role("button", name=f"Flytta till {target.name}").click()
    expect(page.get_by_text("Flyttat.")).to_be_visible()
    page.get_by_role("checkbox", name="Markera Samtycke.pdf").check()
    page.get_by_role("button", name="Ta bort").click()
    look(page)
    page.get_by_role("button", name="Ta bort").click()
    expect(page.get_by_text("Det ligger i papperskorgen")).to_be_visible()
    page.goto(f"{FILES_PATH}/bin")
    page.get_by_role("checkbox", name="Markera Samtycke.pdf").first.check()
    picture(page, "files-bin")
    look(page)
    page.get_by_role("button", name="Återställ").click()
    expect(page.get_by_text("Återställt.")).to_be_visible()
    page.goto(f"{FILES_PATH}/c/{target.id}")
    expect(page.get_by_role("link", name="Samtycke.pdf")).to_be_visible()


@pytest.mark.feature("D9", "D10", "D11", "D12")
def test_sharing(host: Host, anna: SampleUser, browse: Browse, look: Look) -> None:
    """One searches for somebody, chooses role and last day, and reads who reaches it and why."""
    top = catalogue(host, anna, "Utredning")
    below = catalogue(host, anna, "Underlag", top)
    page = browse(ANNA)
    page.goto(f"{FILES_PATH}/e/{top.id}?tab=shares")
    page.get_by_role("searchbox", name="Personer och funktionsbrevlådor").fill("Bo")
    page.get_by_role("button", name="Sök").last.click()
    page.get_by_role("checkbox", name="Bo Ek person").check()
    page.get_by_role("combobox", name="Får").last.select_option("Administratör")
    page.get_by_label("Sista dagen").last.fill((datetime.now(UTC) + timedelta(days=5)).date().isoformat())
    picture(page, "files-share")
    look(page)
    page.get_by_role("button", name="Dela", exact=True).click()
    expect(page.get_by_text("Delningen är sparad.")).to_be_visible()
    expect(page.get_by_text(re.compile("Slutar"))).to_be_visible()
    look(page)
    page.goto(f"{FILES_PATH}/e/{below.id}?tab=shares")
    expect(page.get_by_text(f"ärvt från {top.name}")).to_be_visible()
    other = browse(BO, "narrow")
    other.goto(f"{FILES_PATH}/e/{top.id}")
    other.get_by_role("textbox", name="Namn", exact=True).last.fill(f"{top.name} A")
    other.get_by_role("button", name="Spara").click()
    expect(other.get_by_text("Ändringarna är sparade.")).to_be_visible()


@pytest.mark.feature("D11")
def test_a_share_that_ends_closes_open_pages(
    host: Host, anna: SampleUser, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """Whoever reads it when the share ends, soon sees that it has ended, and no longer what it was about."""
    top = catalogue(host, anna, "Hemligt")
    put(host, anna, top, "Plan.pdf")
    share(host, anna, top, people[BO], AccessRole.READER)
    page = browse(BO)
    page.goto(f"{FILES_PATH}/c/{top.id}")
    expect(page.get_by_role("link", name="Plan.pdf")).to_be_visible()
    with host.work(anna) as work:
        (_, access) = list_access(host, work, top)
        assert access.share
        end_share(host, work, access.share.id)
    expect(page.get_by_text("Åtkomsten har upphört")).to_be_visible()
    expect(page.get_by_text("Plan.pdf")).to_have_count(0)
    look(page)


@pytest.mark.feature("D1")
def test_it_works_without_javascript_and_in_english(host: Host, anna: SampleUser, browse: Browse) -> None:
    """A catalogue is made and a row deleted by forms alone; the pages speak English."""
    top = catalogue(host, anna, "Plain")
    put(host, anna, top, "Plan.pdf")
    page = browse(ANNA, java_script_enabled=False)
    page.goto("/language/en")
    page.goto(f"{FILES_PATH}/c/{top.id}")
    expect(page.get_by_text("Nobody else reaches the folder.")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("^(Select|Tick) Plan.pdf$")).check()
    page.get_by_role("button", name=re.compile("^(Delete|Remove)$")).click()
    page.get_by_role("button", name=re.compile("^(Delete|Remove)$")).click()
    expect(page.get_by_text("The folder is empty")).to_be_visible()
    page.goto("/language/sv")
