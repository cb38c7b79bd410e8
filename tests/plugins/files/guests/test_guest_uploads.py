"""Guests who are authors add files and replace them, by a plain form and by tus."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update
from tests.docs.api_fields import check_fields
from tests.plugins.files.conftest import Files
from tests.plugins.files.guests.test_guests import Mail, Reader, client, invite, mail, platform  # noqa: F401

from budkavle import Host
from budkavle.accounts import write_settings
from budkavle.accounts.message_settings import FileSettings as AttachmentSettings
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.notes.content import create_note
from budkavle_files.tables import entries, shares
from budkavle_files.tree.entries import find_named
from budkavle_files.tree.guest_names import name_guests
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import Entry, Version
from budkavle_files.tree.versions import FILES, list_versions

TUS = {"tus-resumable": "1.0.0", "sec-fetch-site": "same-origin"}
Invite = Callable[..., Reader]


def token_of(reader: Reader, entry: Entry) -> str:
    """Return the token of the guest's session, as the page of an entry has it."""
    (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', reader.get(f"/e/{entry.id}").text))
    return token


def by_form(reader: Reader, target: Entry, name: str, content: bytes, token: str | None = None) -> Any:
    """Send a file by the plain form."""
    token = token_of(reader, target) if token is None else token
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    chosen = [("file", (name, content, "text/plain"))]
    return reader.client.post(f"{reader.path}/add/{target.id}", data={"csrf": token}, files=chosen, headers=headers)


def begin(reader: Reader, target: Entry, name: str, size: int, token: str) -> Any:
    """Make place for a file by tus."""
    words = {"filename": name, "target": str(target.id), "filetype": "text/plain", "fingerprint": "print"}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items())
    headers = {**TUS, "x-csrf": token, "upload-length": str(size), "upload-metadata": pairs}
    return reader.client.post(f"{reader.path}/uploads", headers=headers)


def send(reader: Reader, address: str, content: bytes, token: str, offset: int = 0) -> Any:
    """Send bytes by tus."""
    headers = {**TUS, "x-csrf": token, "upload-offset": str(offset), "content-type": "application/offset+octet-stream"}
    return reader.client.patch(address, content=content, headers=headers)


def versions_of(host: Host, who: SampleUser, catalogue: Entry, name: str) -> list[tuple[Version, bytes]]:
    """Return the versions of a file, the latest first, with their bytes."""
    with host.work(who) as work:
        entry = find_named(host, work, catalogue, name)
        assert entry is not None
        found = list_versions(host, work, entry)
        return [(version, b"".join(FILES.open(work, version.file_id))) for version in found]


def shown_author(host: Host, who: SampleUser, version: Version) -> str:
    """Return what pages call the author of a version."""
    with host.work(who) as work:
        return name_guests(host, work, [version.author])[version.author]


@pytest.fixture
def karin(invite: Invite, catalogue: Entry) -> Reader:  # noqa: F811
    """A guest who is an author of the catalogue, and has identified."""
    reader = invite(catalogue, role="author")
    reader.identify()
    return reader


@pytest.mark.feature("D10", "D15")
def test_a_guest_adds_and_replaces_by_a_plain_form(
    host: Host, karin: Reader, case_worker: SampleUser, catalogue: Entry, organisation: SampleOrganisation
) -> None:
    """The file is there at once, and its versions name the guest as identified; the event log names no guest."""
    added = by_form(karin, catalogue, "Intyg.txt", b"one")
    assert "Filen är på plats." in added.text
    assert "Intyg.txt" in added.text
    with host.work(case_worker) as work:
        entry = find_named(host, work, catalogue, "Intyg.txt")
        assert entry is not None
    replaced = by_form(karin, entry, "Nytt intyg.txt", b"two")
    assert replaced.status_code == 200
    versions = versions_of(host, case_worker, catalogue, "Intyg.txt")
    assert [content for _, content in versions] == [b"two", b"one"]
    for version, _ in versions:
        author = shown_author(host, case_worker, version)
        assert re.fullmatch(r"\S.* \(gäst\)", author), author
        assert author.removesuffix(" (gäst)") not in organisation_log(organisation)
    assert organisation.log_kinds().count("files.guest-added") == 2


def organisation_log(organisation: SampleOrganisation) -> str:
    """Return all that the event log has, as one text."""
    return " ".join(row.entry for row in organisation.rows("SELECT entry FROM audit_log"))


@pytest.mark.feature("D3")
def test_a_guest_sends_by_tus_and_goes_on(host: Host, karin: Reader, case_worker: SampleUser, catalogue: Entry) -> None:
    """What broke off goes on from what is kept; another guest's uploads are not found."""
    token = token_of(karin, catalogue)
    made = begin(karin, catalogue, "Karta.txt", 10, token)
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    assert address.startswith(f"{karin.path}/uploads/")
    assert send(karin, address, b"12345", token).headers["upload-offset"] == "5"
    waiting = karin.client.get(f"{karin.path}/uploads", headers={"x-fingerprint": "print"}).json()
    assert waiting == [{"url": address, "size": 10}]
    check_fields("Waiting upload", waiting)
    assert karin.client.head(address, headers=TUS).headers["upload-offset"] == "5"
    assert send(karin, address, b"67890", token, 5).status_code == 204
    ((version, content),) = versions_of(host, case_worker, catalogue, "Karta.txt")
    assert content == b"1234567890"
    assert shown_author(host, case_worker, version).endswith(" (gäst)")
    given_up = begin(karin, catalogue, "Bort.txt", 10, token).headers["location"]
    assert karin.client.delete(given_up, headers={**TUS, "x-csrf": token}).status_code == 204
    assert karin.client.head(given_up, headers=TUS).status_code == 404


def test_a_reader_sends_nothing(files: Files, invite: Invite, case_worker: SampleUser, catalogue: Entry) -> None:  # noqa: F811
    """A reader has no form, and neither way takes a file."""
    reader = invite(catalogue)
    assert "files-drop" not in reader.identify().text
    files.catalogue(case_worker, "Tom", catalogue)
    token = "of nobody"
    assert by_form(reader, catalogue, "x.txt", b"x", token).status_code == 403
    assert begin(reader, catalogue, "x.txt", 1, token).status_code == 403
    assert files.names(case_worker, catalogue) == ["Tom"]


def test_nothing_is_added_beside_what_is_shared(
    files: Files,
    host: Host,
    invite: Invite,  # noqa: F811
    case_worker: SampleUser,
    other_administrator: SampleUser,
    catalogue: Entry,
) -> None:
    """Above, beside, in a note, in another organisation, and with another session's token: nothing comes in."""
    inside = files.catalogue(case_worker, "Delad", catalogue)
    beside = files.file(case_worker, catalogue, "Bredvid.txt")
    with host.work(case_worker) as work:
        note = create_note(host, work, inside.id, "Samtal", "Ett\n")
    foreign = files.catalogue(other_administrator, "Annan")
    reader = invite(inside, role="author")
    reader.identify()
    token = token_of(reader, inside)
    for target, status in ((catalogue, 404), (beside, 404), (foreign, 404), (note, 422)):
        assert begin(reader, target, "x.txt", 1, token).status_code == status, target.name
        assert by_form(reader, target, "x.txt", b"x", token).status_code in {status, 404}
    assert begin(reader, inside, "x.txt", 1, "wrong").status_code == 403
    assert by_form(reader, inside, "x.txt", b"x", "wrong").status_code == 403
    assert files.names(case_worker, inside) == ["Samtal"]
    assert files.names(case_worker, catalogue) == ["Delad", "Bredvid.txt"]


@pytest.mark.parametrize("change", ["ends", "reader", "level"])
def test_what_changes_while_a_file_comes_holds(
    files: Files, host: Host, karin: Reader, case_worker: SampleUser, catalogue: Entry, change: str
) -> None:
    """A share that ends, a role that is lowered and a level that rises refuse the file when it is whole."""
    token = token_of(karin, catalogue)
    address = begin(karin, catalogue, "Sent.txt", 2, token).headers["location"]
    assert send(karin, address, b"1", token).status_code == 204
    with host.work(case_worker) as work, host.tables(work) as connection:
        if change == "level":
            connection.execute(update(entries).where(entries.c.id == catalogue.id).values(loa=3))
        else:
            values = {"until": datetime.now(UTC)} if change == "ends" else {"role": 1}
            connection.execute(update(shares).values(values))
    assert send(karin, address, b"2", token, 1).status_code in {403, 404}
    assert files.names(case_worker, catalogue) == []


def test_room_and_types_of_files_hold_for_guests(
    files: Files, karin: Reader, case_worker: SampleUser, catalogue: Entry, organisation: SampleOrganisation
) -> None:
    """A program, a type that the organisation does not take, and a full tree are refused, with the reason."""
    token = token_of(karin, catalogue)
    program = b"MZ\x90\0" + bytes(100)
    refused = by_form(karin, catalogue, "verktyg.txt", program)
    assert (refused.status_code, "program" in refused.text) == (422, True)
    address = begin(karin, catalogue, "verktyg.txt", len(program), token).headers["location"]
    assert send(karin, address, program, token).status_code == 422
    with files.host.work(organisation.administrator) as work:
        write_settings(work, AttachmentSettings, {"extensions": "pdf txt"})
        write_settings(work, FileSettings, {"quota": 1})
    assert begin(karin, catalogue, "bild.png", 1, token).status_code == 422
    assert "filtyp" in by_form(karin, catalogue, "bild.png", b"x").text
    assert begin(karin, catalogue, "stor.txt", 2_000_000_000, token).status_code == 409
    assert files.names(case_worker, catalogue) == []
