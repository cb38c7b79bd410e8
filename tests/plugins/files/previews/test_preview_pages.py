"""Förhandsvisning in the sheet of a file: what it shows, to whom, and what it leaves behind."""

import io
from collections.abc import Callable
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import update
from tests.plugins.files.conftest import Files

from budkavle import Platform, TooLarge, UserActor
from budkavle.model.loa import Loa
from budkavle.previews import shelf
from budkavle.testing.browsing import Browser
from budkavle_files.previews import preview_pages
from budkavle_files.tables import entries
from budkavle_files.tree.things import AccessRole, Entry, EntryKind

Browse = Callable[..., Browser]


def png(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return out.getvalue()


def tab(entry: Entry) -> str:
    return f"/plugin/files/e/{entry.id}?tab=preview"


def url(entry: Entry, page: int = 1, version: int = 1) -> str:
    return f"/plugin/files/previews/{entry.id}/{version}/{page}"


@pytest.fixture
def photo(files: Files, case_worker: UserActor, catalogue: Entry) -> Entry:
    return files.file(case_worker, catalogue, "karta.png", png())


def test_a_picture_is_shown_in_the_sheet(browse: Browse, case_worker: UserActor, photo: Entry) -> None:
    """As WebP of its own, which nobody stores and nothing in it runs."""
    browser = browse(case_worker)
    page = browser.get(tab(photo))
    assert f'src="{url(photo)}"' in page.text
    answer = browser.get(url(photo))
    assert answer.headers["content-type"] == "image/webp"
    assert answer.content[8:12] == b"WEBP"
    assert answer.headers["cache-control"] == "no-store"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert browser.get(url(photo, page=2)).status_code == 404
    assert browser.get(url(photo, page=0)).status_code == 404
    assert browser.get(url(photo, version=2)).status_code == 404


def test_text_and_markdown_are_shown_and_nothing_of_them_runs(
    files: Files, browse: Browse, case_worker: UserActor, catalogue: Entry
) -> None:
    """Text as it stands, Markdown drawn; tags are text."""
    text = files.file(case_worker, catalogue, "lista.txt", b"Hej <script>alert(1)</script>")
    marked = files.file(case_worker, catalogue, "plan.md", b"# Plan\n\n<script>alert(1)</script>")
    browser = browse(case_worker)
    assert "Hej &lt;script&gt;" in browser.get(tab(text)).text
    page = browser.get(tab(marked)).text
    assert "Plan</h" in page
    assert "<script>alert" not in page


def test_what_cannot_be_shown_says_so(
    files: Files, browse: Browse, case_worker: UserActor, catalogue: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a plain sentence, and the file can be downloaded; also where it would have taken too much."""
    broken = files.file(case_worker, catalogue, "trasig.pdf", b"%PDF-1.7 inget")
    browser = browse(case_worker)
    page = browser.get(tab(broken))
    assert page.status_code == 200
    assert "den är skadad" in page.text
    assert f"/plugin/files/{broken.id}/content" in page.text
    assert browser.get(url(broken)).status_code == 404

    def too_much(*_: object) -> None:
        raise TooLarge("Filen är för stor eller för invecklad för att förhandsvisas.")

    monkeypatch.setattr(preview_pages, "preview_file", too_much)
    assert "för invecklad" in browser.get(tab(broken)).text


def test_only_who_may_read_sees_it(
    files: Files,
    browse: Browse,
    case_worker: UserActor,
    colleague: UserActor,
    administrator: UserActor,
    other_administrator: UserActor,
    photo: Entry,
) -> None:
    """A reader does; others meet 404, as for a file that there is not."""
    files.share(case_worker, photo, colleague, AccessRole.READER)
    assert browse(case_worker).get(url(photo)).status_code == 200  # now it lies in memory
    assert browse(colleague).get(url(photo)).status_code == 200
    for stranger in (administrator, other_administrator):
        for address in (tab(photo), url(photo), f"/plugin/files/previews/{uuid4()}/1/1"):
            assert browse(stranger).get(address).status_code == 404
    assert browse().get(url(photo)).status_code in {303, 401}


def test_a_level_holds_for_the_picture_too(files: Files, browse: Browse, case_worker: UserActor, photo: Entry) -> None:
    """Whoever is identified too weakly is led to identify again, and no picture comes."""
    assert browse(case_worker, loa=Loa.THREE).get(url(photo)).status_code == 200
    with files.host.transaction(files.organisation.id) as connection:
        connection.execute(update(entries).where(entries.c.id == photo.id).values(loa=3))
    weak = browse(case_worker, loa=Loa.TWO)
    assert weak.get(url(photo)).status_code == 303
    assert weak.get(tab(photo)).status_code == 303
    assert browse(case_worker, loa=Loa.THREE).get(url(photo)).status_code == 200


def test_it_counts_as_a_reading(files: Files, browse: Browse, case_worker: UserActor, photo: Entry) -> None:
    """The tab is; its pictures are no further ones, and opening the sheet is none."""
    browser = browse(case_worker)
    browser.get(f"/plugin/files/e/{photo.id}")
    assert files.rows("SELECT 1 FROM files_readings") == []
    browser.get(tab(photo))
    browser.get(url(photo))
    assert len(files.rows("SELECT 1 FROM files_readings")) == 1


def test_nothing_of_it_lies_on_a_disk(platform: Platform, browse: Browse, case_worker: UserActor, photo: Entry) -> None:
    """No file is added to the data folder."""
    before = {path for path in platform.settings.data.rglob("*") if path.is_file()}
    browser = browse(case_worker)
    browser.get(tab(photo))
    picture = browser.get(url(photo)).content
    after = {path for path in platform.settings.data.rglob("*") if path.is_file()}
    assert [path for path in after - before if picture[:64] in path.read_bytes()] == []


def test_the_pictures_of_a_page_are_drawn_once(
    browse: Browse, case_worker: UserActor, photo: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lie in memory for two minutes, and not for longer."""
    drawn: list[object] = []
    real = preview_pages.preview_file
    monkeypatch.setattr(preview_pages, "preview_file", lambda *words: drawn.append(1) or real(*words))
    browser = browse(case_worker)
    browser.get(tab(photo))
    browser.get(url(photo))
    assert len(drawn) == 1
    monkeypatch.setattr(shelf.time, "monotonic", lambda now=shelf.time.monotonic: now() + shelf.KEPT_SECONDS + 1)
    browser.get(url(photo))
    assert len(drawn) == 2


def test_a_note_has_no_preview(files: Files, browse: Browse, case_worker: UserActor, catalogue: Entry) -> None:
    """It has its own page; its sheet shows the settings."""
    note = files.file(case_worker, catalogue, "Minne", b"# Hej", kind=EntryKind.NOTE)
    assert "Förhandsvisning" not in browse(case_worker).get(tab(note)).text
