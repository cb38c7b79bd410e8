"""The pages of a note and of its versions."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.docs.api_fields import check_fields
from tests.plugins.files.conftest import Files

from budkavle import Host
from budkavle.testing import Browser, SampleOrganisation, SampleUser
from budkavle_files.notes.content import create_note, read_note, require_note, save_note
from budkavle_files.reading.writers import note_writing
from budkavle_files.tables import versions
from budkavle_files.tree.sharing import Subject, share_with
from budkavle_files.tree.things import AccessRole, Entry, ShareKind

NOTES, VERSIONS = "/plugin/files/notes", "/plugin/files/versions"


@pytest.fixture
def note(host: Host, case_worker: SampleUser, catalogue: Entry) -> Entry:
    """A note of the case worker's."""
    with host.work(case_worker) as work:
        return create_note(host, work, catalogue.id, "Hembesök", "# Rubrik\n")


def shared(host: Host, owner: SampleUser, note: Entry, user: SampleUser, role: AccessRole) -> None:
    with host.work(owner) as work:
        share_with(host, work, note.id, [Subject(ShareKind.PERSON, user.user_id)], role)


def text_of(host: Host, user: SampleUser, note: Entry) -> str:
    with host.work(user) as work:
        return read_note(host, work, require_note(host, work, note.id)).text


@pytest.mark.feature("D4")
def test_a_note_has_a_name_and_content(
    host: Host, browse: Callable[..., Browser], case_worker: SampleUser, catalogue: Entry
) -> None:
    """A note is made in a catalogue with a name and a text; a name that is taken is said at the field."""
    page = browse(case_worker)
    assert "Utredning 2026-0451" in page.get(f"{NOTES}/new?catalogue={catalogue.id}").text
    made = page.post(f"{NOTES}/new", catalogue=str(catalogue.id), name="Samtal med rektor", text="**Viktigt**")
    assert made.status_code == 303
    shown = page.get(made.headers["location"]).text
    assert "<h1>Samtal med rektor</h1>" in shown
    assert "<strong>Viktigt</strong>" in shown
    again = page.post(f"{NOTES}/new", catalogue=str(catalogue.id), name="samtal med rektor", text="kvar")
    assert again.status_code == 422
    assert "kvar</textarea>" in again.text


@pytest.mark.feature("D14")
def test_the_content_is_edited_and_previewed(
    host: Host, browse: Callable[..., Browser], case_worker: SampleUser, note: Entry
) -> None:
    """Without a script, a button shows how it looks and another saves."""
    page = browse(case_worker)
    drawn = page.post(f"{NOTES}/{note.id}", base="# Rubrik\n", text="# Ny rubrik\n", preview="1")
    assert "<h1>Ny rubrik</h1>" in drawn.text
    assert text_of(host, case_worker, note) == "# Rubrik\n"
    saved = page.post(f"{NOTES}/{note.id}", base="# Rubrik\n", text="# Ny rubrik\n")
    assert saved.status_code == 303
    assert "Anteckningen är sparad." in page.get(saved.headers["location"]).text
    assert text_of(host, case_worker, note) == "# Ny rubrik\n"


@pytest.mark.feature("D14")
def test_who_saves_last_is_told_and_merges(
    host: Host, browse: Callable[..., Browser], case_worker: SampleUser, colleague: SampleUser, note: Entry
) -> None:
    """The page comes back with both variants; saved once more, it stands."""
    shared(host, case_worker, note, colleague, AccessRole.AUTHOR)
    with host.work(colleague) as work:
        save_note(host, work, note.id, "# Rubrik\n", "# Bos rubrik\n")
    page = browse(case_worker)
    clash = page.post(f"{NOTES}/{note.id}", base="# Rubrik\n", text="# Annas rubrik\n")
    assert clash.status_code == 409
    assert f"{colleague.name} har ändrat samma rader som du" in clash.text
    assert "# Bos rubrik\n# Annas rubrik\n</textarea>" in clash.text
    page.post(f"{NOTES}/{note.id}", base="# Bos rubrik\n", text="# Bos och Annas rubrik\n")
    assert text_of(host, colleague, note) == "# Bos och Annas rubrik\n"


@pytest.mark.feature("D14")
def test_an_open_page_saves_and_hears_of_others(
    host: Host, browse: Callable[..., Browser], case_worker: SampleUser, colleague: SampleUser, note: Entry
) -> None:
    """What the script of the page asks: it saves, hears what others have written and who writes, and of a conflict."""
    shared(host, case_worker, note, colleague, AccessRole.AUTHOR)
    anna, bo = browse(case_worker), browse(colleague)
    first = json.loads(bo.post(f"{NOTES}/{note.id}/sync", mark="").text)
    assert (first["text"], first["writers"]) == ("# Rubrik\n", "")
    saved = json.loads(anna.post(f"{NOTES}/{note.id}/sync", mark="", base="# Rubrik\n", text="# Rubrik\nett\n").text)
    check_fields("Open note", first, saved)
    assert saved["writers"] == f"Skriver nu: {colleague.name}"
    heard = json.loads(bo.post(f"{NOTES}/{note.id}/sync", mark=first["mark"]).text)
    assert (heard["text"], heard["mark"]) == ("# Rubrik\nett\n", saved["mark"])
    assert json.loads(bo.post(f"{NOTES}/{note.id}/sync", mark=heard["mark"]).text)["text"] is None
    anna.post(f"{NOTES}/{note.id}/sync", mark="", base="# Rubrik\nett\n", text="# Rubrik\nen rad\n")
    clash = bo.post(f"{NOTES}/{note.id}/sync", mark="", base="# Rubrik\nett\n", text="# Rubrik\ntvå\n")
    assert clash.status_code == 409
    assert case_worker.name in json.loads(clash.text)["sentence"]


@pytest.mark.feature("D15")
def test_versions_are_listed_compared_and_restored(
    host: Host, browse: Callable[..., Browser], case_worker: SampleUser, outsider: SampleUser, note: Entry
) -> None:
    """Each version has its author and time; a note's shows what it changed; an old one comes back as a new one."""
    with host.work(case_worker) as work, host.tables(work) as connection:
        connection.execute(update(versions).values(created_at=versions.c.created_at - timedelta(hours=1)))
    page = browse(case_worker)
    page.post(f"{NOTES}/{note.id}", base="# Rubrik\n", text="# Rubrik\nfel rad\n")
    shown = page.get(f"{VERSIONS}/{note.id}?number=2").text
    assert '<ins><span class="ds-sr-only">Tillagt: </span>fel rad</ins>' in shown
    assert shown.count(case_worker.name) >= 2
    assert page.post(f"{VERSIONS}/{note.id}/restore", number="9" * 5000).status_code == 422
    assert page.post(f"{VERSIONS}/{note.id}/restore", number="1").status_code == 303
    assert text_of(host, case_worker, note) == "# Rubrik\n"
    assert "samma som version 1" in page.get(f"{VERSIONS}/{note.id}?restored=1").text
    shared(host, case_worker, note, outsider, AccessRole.READER)
    reader = browse(outsider)
    assert "Återställ" not in reader.get(f"{VERSIONS}/{note.id}").text
    assert reader.post(f"{VERSIONS}/{note.id}/restore", number="1").status_code == 403


def test_what_is_read_is_noted(
    host: Host,
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    note: Entry,
) -> None:
    """Who administers a note sees who has opened it; a reader does not; the event log says it once an hour."""
    shared(host, case_worker, note, outsider, AccessRole.READER)
    reader = browse(outsider)
    for _ in range(3):
        assert "<h1>Rubrik</h1>" in reader.get(f"{NOTES}/{note.id}").text
    assert organisation.log_kinds().count("files.opened") == 1
    assert f"{outsider.name}, version 1" in browse(case_worker).get(f"{VERSIONS}/{note.id}").text
    assert "Vem som har öppnat" not in reader.get(f"{VERSIONS}/{note.id}").text


ADDRESSES: list[str] = [
    f"{NOTES}/{{id}}",
    f"{NOTES}/{{id}}/note.pdf",
    f"{VERSIONS}/{{id}}",
    f"{NOTES}/new?catalogue={{id}}",
]


def test_foreign_notes_are_not_there(
    browse: Callable[..., Browser],
    outsider: SampleUser,
    other_administrator: SampleUser,
    administrator: SampleUser,
    note: Entry,
) -> None:
    """For who has no share, and in another organisation, there is no such note."""
    for address in ADDRESSES:
        for user in (outsider, administrator, other_administrator):
            assert browse(user).get(address.format(id=note.id)).status_code == 404, address


DEEDS: list[str] = ["", "/sync", "/leave", "/preview"]


def test_nobody_writes_from_outside(
    browse: Callable[..., Browser], outsider: SampleUser, other_administrator: SampleUser, note: Entry
) -> None:
    """No form of a note does anything for others."""
    for deed in DEEDS:
        for user in (outsider, other_administrator):
            assert browse(user).post(f"{NOTES}/{note.id}{deed}", base="", text="x").status_code == 404, deed


@pytest.mark.feature("D14")
def test_the_list_says_who_writes_and_the_pages_have_the_catalogues_beside_them(
    browse: Callable[..., Browser], case_worker: SampleUser, colleague: SampleUser, files: Files, note: Entry
) -> None:
    """Without a script, too: who writes right now stands in the row; notes and versions have Filer's own menu."""
    with files.host.work(case_worker) as work:
        catalogue = files.reach(case_worker, note).parent_id
        note_writing(files.host, work, note.id)
    files.share(case_worker, files.reach(case_worker, note), colleague, AccessRole.READER)
    browser = browse(case_worker)
    for path in (f"notes/{note.id}", f"notes/new?catalogue={catalogue}", f"versions/{note.id}", f"{catalogue}/add"):
        page = browser.get(f"/plugin/files/{path}").text
        assert 'class="rail files-rail"' in page, path
        assert "data-reach=" in page, path
        assert "<template data-gone>" in page, path
    assert "skriver nu" not in browser.get(f"/plugin/files/c/{catalogue}").text  # of oneself nothing is said
    with files.host.work(colleague) as work:
        note_writing(files.host, work, note.id)
    assert f"{colleague.name} skriver nu" in browser.get(f"/plugin/files/c/{catalogue}").text


def test_what_stands_in_the_page_is_drawn(browse: Callable[..., Browser], case_worker: SampleUser, note: Entry) -> None:
    """The script of the page asks how the text looks, before it is saved."""
    drawn = browse(case_worker).post(f"{NOTES}/{note.id}/preview", text="# Ny\n")
    assert drawn.status_code == 200
    assert "<h1>Ny</h1>" in drawn.text
