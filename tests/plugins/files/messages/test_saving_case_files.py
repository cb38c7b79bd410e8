"""Attachments of a case are saved as files of a catalogue."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.plugins.files.conftest import Files

from budkavle import File, Host, Loa, Platform
from budkavle.testing import Browser, SampleOrganisation, SampleUser
from budkavle_files.tables import origins
from budkavle_files.tree.entries import list_catalogue
from budkavle_files.tree.things import Entry
from budkavle_files.tree.versions import FILES, find_version

SAVE = "/plugin/files/save"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("files", "local"))


@pytest.fixture
def case_id(organisation: SampleOrganisation) -> UUID:
    """A case whose message asks for level 3, and has a file."""
    file = File("Samtycke.txt", "text/plain", b"Ja")
    return organisation.arrive("Samtycke", files=(file,), loa=Loa.THREE, confidential=True)


def chosen(host: Host, user: SampleUser, catalogue: Entry) -> list[Entry]:
    with host.work(user) as work:
        return list(list_catalogue(host, work, catalogue).entries)


def attachment(page: Browser, case_id: UUID) -> str:
    """Return the id of the attachment, as the page has it."""
    (found,) = re.findall(r'name="file" value="([^"]+)"', page.get(f"{SAVE}/{case_id}").text)
    return str(found)


@pytest.mark.feature("D3", "D16")
def test_an_attachment_is_saved_with_its_level(
    host: Host,
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    organisation: SampleOrganisation,
    catalogue: Entry,
    case_id: UUID,
) -> None:
    """The file has the bytes, the level and the mark of the message; both logs say so; a second one gets a number."""
    page = browse(case_worker, Loa.THREE)
    assert "Spara bilagor i Filer" in page.get(f"/c/{case_id}").text
    file_id = attachment(page, case_id)
    for _ in range(2):
        saved = page.post(f"{SAVE}/{case_id}", file=file_id, catalogue=str(catalogue.id))
        assert saved.status_code == 303
    first, second = chosen(host, case_worker, catalogue)
    assert (first.name, second.name) == ("Samtycke (2).txt", "Samtycke.txt")
    assert (second.level, second.confidential) == (3, True)
    with host.work(case_worker) as work:
        assert b"".join(FILES.open(work, find_version(host, work, second).file_id)) == b"Ja"
        with host.tables(work) as connection:
            assert {row.case_id for row in connection.execute(select(origins))} == {case_id}
    assert organisation.log_kinds().count("files.saved-from-case") == 2
    assert "sparade bilagor i Filer" in page.get(f"/c/{case_id}").text


def test_what_is_missing_is_said_at_the_field(
    browse: Callable[..., Browser], case_worker: SampleUser, catalogue: Entry, case_id: UUID
) -> None:
    """Without a tick or a catalogue nothing is saved."""
    page = browse(case_worker, Loa.THREE)
    assert "Markera minst en bilaga." in page.post(f"{SAVE}/{case_id}", catalogue=str(catalogue.id)).text
    assert "Välj en katalog." in page.post(f"{SAVE}/{case_id}", file=attachment(page, case_id)).text


def test_the_level_is_asked_for(
    browse: Callable[..., Browser], case_worker: SampleUser, catalogue: Entry, case_id: UUID
) -> None:
    """Who may not read the message now saves nothing of it."""
    assert browse(case_worker, Loa.TWO).get(f"{SAVE}/{case_id}").headers["location"].startswith("/step-up?loa=3")


def test_foreign_cases_and_catalogues_are_not_there(
    files: Files,
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    colleague: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
    catalogue: Entry,
    case_id: UUID,
) -> None:
    """Of a case that somebody may not read nothing is saved, nor into a catalogue that is not shared with them."""
    file_id = attachment(browse(case_worker, Loa.THREE), case_id)
    for user in (outsider, other_administrator):
        own = files.catalogue(user, "Mitt")
        assert browse(user, Loa.THREE).get(f"{SAVE}/{case_id}").status_code == 404
        answer = browse(user, Loa.THREE).post(f"{SAVE}/{case_id}", file=file_id, catalogue=str(own.id))
        assert answer.status_code == 404
    answer = browse(colleague, Loa.THREE).post(f"{SAVE}/{case_id}", file=file_id, catalogue=str(catalogue.id))
    assert answer.status_code == 404
