"""Gallring of files, as people choose it and see it, on a wide screen and a narrow one, in both languages."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text
from tests.browser.test_files import picture

from budkavle import Host, Platform
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_demo.content import ANNA
from budkavle_files.tree.entries import NewEntry, add_entry, create_catalogue
from budkavle_files.tree.things import Entry, EntryKind
from budkavle_files.tree.versions import FILES, NewVersion

Browse = Callable[..., Page]
Look = Callable[[Page], None]
WORDS = {
    "sv": {
        "tab": "Gallring",
        "not": "Gallras inte.",
        "own": "Ett eget antal dagar",
        "days": "Eget antal dagar",
        "save": "Spara",
        "number": "Antal: 1.",
        "destroy": "Spara och förstör filerna",
        "saved": "Gallringen är sparad.",
        "night": "Gallras natten till",
    },
    "en": {
        "tab": "Disposal",
        "not": "Not destroyed.",
        "own": "An own number of days",
        "days": "Own number of days",
        "save": "Save",
        "number": "Number: 1.",
        "destroy": "Save and destroy the files",
        "saved": "The disposal is saved.",
        "night": "Destroyed the night to",
    },
}


@pytest.fixture
def old_file(platform: Platform, bjorkvik: SampleOrganisation, people: dict[str, SampleUser]) -> Entry:
    """A file that has been in its catalogue for 40 days."""
    host: Host = platform.plugins.host("files")
    with host.work(people[ANNA]) as work:
        top = create_catalogue(host, work, f"Utredning {uuid4().hex[:6]}")
        kept = FILES.keep(work, top.id, "Samtycke.pdf", "application/pdf", [b"x"])
        first = NewVersion(kept.id, kept.size, "application/pdf")
        entry = add_entry(host, work, top.id, NewEntry(EntryKind.FILE, "Samtycke.pdf", first))
    with host.transaction(bjorkvik.id) as connection:
        query = text("UPDATE files_entries SET kept_from = kept_from - :age WHERE id = :id")
        connection.execute(query, {"age": timedelta(days=40), "id": entry.id})
    return entry


@pytest.mark.parametrize(("size", "language"), [("wide", "sv"), ("narrow", "en")])
def test_a_catalogue_chooses_when_its_files_are_gone(
    browse: Browse, look: Look, old_file: Entry, size: str, language: str
) -> None:
    """What goes is said first; after the yes the file says its night."""
    words = WORDS[language]
    page = browse(ANNA, size)
    page.goto(f"/language/{language}")
    page.goto(f"/plugin/files/e/{old_file.parent_id}")
    page.get_by_role("link", name=words["tab"], exact=True).click()
    expect(page.get_by_role("main")).to_contain_text(words["not"])
    look(page)
    page.get_by_role("radio", name=words["own"]).check()
    page.get_by_label(words["days"], exact=True).fill("30")
    page.get_by_role("button", name=words["save"], exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words["number"])
    picture(page, "files-retention")
    look(page)
    page.get_by_role("button", name=words["destroy"]).click()
    expect(page.get_by_role("status").filter(has_text=words["saved"])).to_be_visible()
    look(page)
    page.goto(f"/plugin/files/e/{old_file.id}")
    page.get_by_role("link", name=words["tab"], exact=True).click()
    expect(page.get_by_role("main")).to_contain_text(words["night"])
    picture(page, "files-retention-file")
    look(page)
