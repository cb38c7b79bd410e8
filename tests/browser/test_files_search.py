"""Filer: search, and the preview in a file's sheet, on a wide screen and a narrow one, in Swedish and English."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from budkavle import Host, Platform
from budkavle.testing import SampleUser
from budkavle_demo.content import ANNA
from budkavle_files.notes.content import create_note
from budkavle_files.tree.entries import NewEntry, add_entry, create_catalogue
from budkavle_files.tree.things import Entry, EntryKind
from budkavle_files.tree.versions import FILES, NewVersion

Browse = Callable[..., Page]
Look = Callable[[Page], None]
PATH = "/plugin/files"


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("files")
    return made


@pytest.fixture
def anna(people: dict[str, SampleUser]) -> SampleUser:
    return people[ANNA]


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page, where one is asked for."""
    if folder := os.environ.get("BUDKAVLE_PICTURES"):
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def put(host: Host, who: SampleUser, parent: Entry, name: str, content: bytes, media_type: str) -> Entry:
    """Put a file into a catalogue."""
    with host.work(who) as work:
        kept = FILES.keep(work, parent.id, name, media_type, [content])
        return add_entry(
            host, work, parent.id, NewEntry(EntryKind.FILE, name, NewVersion(kept.id, kept.size, media_type))
        )


def drawn() -> bytes:
    """Return a picture with something on it."""
    canvas = Image.new("RGB", (800, 500), "#dce9ee")
    ImageDraw.Draw(canvas).rectangle((80, 80, 720, 420), outline="#0f5666", width=8)
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def english(page: Page, fits: Look) -> None:
    """See that the page fits in English too."""
    here = page.url.partition("://")[2].partition("/")[2]
    page.goto("/language/en")
    page.goto(f"/{here}")
    fits(page)
    page.goto("/language/sv")
    page.goto(f"/{here}")


@pytest.fixture
def catalogue(host: Host, anna: SampleUser) -> Entry:
    with host.work(anna) as work:
        return create_catalogue(host, work, f"Underlag {uuid4().hex[:6]}")


def test_search_from_the_pages_and_from_the_products_search(
    browse: Browse, host: Host, anna: SampleUser, catalogue: Entry, look: Look, fits: Look
) -> None:
    """By keyboard: a beginning of a name in the field beside the pages; a note's word; the product's own search."""
    word = f"x{uuid4().hex[:10]}"
    put(host, anna, catalogue, f"Genomförandeplan {word}.txt", b"Hej", "text/plain")
    with host.work(anna) as work:
        create_note(host, work, catalogue.id, "Samtal", f"Rektor ringde om {word}.")
    page = browse(ANNA, "narrow")
    page.goto(f"{PATH}/search")
    field = page.locator("#files-words")
    field.fill(word[:6])
    field.press("Enter")
    expect(page.locator(".files-found li")).to_have_count(1)
    page.locator("#files-words").fill(word)
    page.locator("#files-words").press("Enter")
    expect(page.locator(".files-found li")).to_have_count(2)
    picture(page, "files-search")
    look(page)
    english(page, fits)
    page.goto(f"/search?q={word}")
    expect(page.locator(".files-hits li")).to_have_count(2)
    picture(page, "search-with-files")
    look(page)
    page.locator(".files-hits a").first.press("Enter")
    expect(page.locator("h1").first).to_be_visible()


def test_a_file_is_previewed_in_its_sheet(
    browse: Browse, host: Host, anna: SampleUser, catalogue: Entry, look: Look, fits: Look
) -> None:
    """A picture, a text, Markdown, and a file that cannot be shown."""
    photo = put(host, anna, catalogue, "karta.png", drawn(), "image/png")
    page = browse(ANNA)
    page.goto(f"{PATH}/e/{photo.id}")
    page.get_by_role("link", name="Förhandsvisning").first.click()
    expect(page.locator(".files-preview img")).to_have_js_property("naturalWidth", 800)
    picture(page, "files-preview")
    look(page)
    english(page, fits)
    text = put(host, anna, catalogue, "lista.txt", "Å, ä och ö.\n".encode() * 300, "text/plain")
    page.goto(f"{PATH}/e/{text.id}?tab=preview")
    expect(page.locator(".files-text")).to_contain_text("Å, ä och ö.")
    look(page)
    marked = put(host, anna, catalogue, "plan.md", b"# Plan\n\n- ett\n- tv\xc3\xa5\n", "text/markdown")
    page.goto(f"{PATH}/e/{marked.id}?tab=preview")
    expect(page.locator(".files-preview .body")).to_contain_text("ett")
    look(page)
    broken = put(host, anna, catalogue, "trasig.pdf", b"%PDF-1.7 inget", "application/pdf")
    page.goto(f"{PATH}/e/{broken.id}?tab=preview")
    expect(page.locator(".files-preview a")).to_be_visible()
    picture(page, "files-preview-broken")
    look(page)
