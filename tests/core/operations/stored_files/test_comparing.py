"""Rows and files are compared: what lacks, what is spoilt, and what is left over."""

import os
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.model.errors import Conflict, Forbidden
from budkavle.operations.backup import deciding
from budkavle.operations.stored_files.comparing import compare, sweep
from budkavle.storage.blobs import Blobs
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation

OPERATOR = system_actor()
YESTERDAY = timedelta(hours=24)


def names(organisation: SampleOrganisation) -> list[str]:
    """Return the names of the organisation's files, the small one first."""
    return [row.blob for row in organisation.rows("SELECT blob FROM attachments ORDER BY size")]


def leave_behind(platform: Platform, organisation: SampleOrganisation, hours: float) -> str:
    """Store a file that no row has, so many hours ago."""
    written = platform.blobs.store(organisation.id, bytes(32), b"", b"left over")
    then = time.time() - hours * 3600
    os.utime(platform.settings.blob_folder / written.name, (then, then))
    return written.name


@pytest.mark.feature("ZO10")
def test_all_rows_have_their_files(platform: Platform, with_files: SampleOrganisation) -> None:
    """Also where each is read and opened; each is told when it has been read."""
    read: list[str] = []
    result = compare(platform, OPERATOR, with_files.id, read=True, tell=read.append)
    assert (result.is_whole, result.files, result.extra) == (True, 2, [])
    assert read == sorted(names(with_files))


@pytest.mark.feature("ZO10")
def test_what_is_missing_or_cut_is_found_without_reading(platform: Platform, with_files: SampleOrganisation) -> None:
    """By name and size; the rows are told by their ids."""
    small, large = (platform.settings.blob_folder / name for name in names(with_files))
    small.unlink()
    os.truncate(large, large.stat().st_size - 1)
    result = compare(platform, OPERATOR, with_files.id)
    rows = with_files.rows("SELECT id FROM attachments ORDER BY size")
    assert [reference.owner_id for reference in (*result.missing, *result.damaged)] == [row.id for row in rows]
    assert not result.is_whole


@pytest.mark.feature("ZO10")
def test_a_changed_byte_is_found_by_reading(platform: Platform, with_files: SampleOrganisation) -> None:
    """Of the right size, so that only opening it tells; a run that goes on after it does not read it again."""
    _, name = names(with_files)
    path = platform.settings.blob_folder / name
    stored = path.read_bytes()
    path.write_bytes(stored[:-1] + bytes((stored[-1] ^ 1,)))
    assert compare(platform, OPERATOR, with_files.id).is_whole
    result = compare(platform, OPERATOR, with_files.id, read=True)
    assert [reference.name for reference in result.damaged] == [name]
    assert compare(platform, OPERATOR, with_files.id, read=True, after=name).is_whole


@pytest.mark.feature("ZO10")
def test_what_no_row_has_is_swept_once_it_is_old(platform: Platform, with_files: SampleOrganisation) -> None:
    """A young file may get its row yet; files of rows stay; a dry run only counts."""
    old, young = leave_behind(platform, with_files, 25), leave_behind(platform, with_files, 1)
    for name in names(with_files):
        os.utime(platform.settings.blob_folder / name, (0, 0))
    result = compare(platform, OPERATOR, with_files.id)
    assert (result.extra, result.is_whole) == (sorted([old, young]), True)
    before = datetime.now(UTC) - YESTERDAY
    assert sweep(platform, OPERATOR, before, dry_run=True)[0] == 1
    assert sweep(platform, OPERATOR, before)[0] == 1
    assert {file.name for file in platform.blobs.all_files()} == {young, *names(with_files)}
    assert sweep(platform, OPERATOR, before)[0] == 0


def test_an_upload_that_is_under_way_is_not_swept(platform: Platform, organisation: SampleOrganisation) -> None:
    """Its row names the file before there is one, however long the upload takes."""
    name = leave_behind(platform, organisation, 48)
    organisation.rows(
        "INSERT INTO owned_files (organisation_id, id, plugin, owner_id, name, content_type, size, blob, kept_at,"
        f" received, writing) VALUES ('{organisation.id}', gen_random_uuid(), 'fake', gen_random_uuid(), '', '', 9, '',"
        f" now(), 0, '{name}')"
    )
    assert sweep(platform, OPERATOR, datetime.now(UTC) - YESTERDAY)[0] == 0


def test_nothing_is_swept_in_quarantine(platform: Platform, with_files: SampleOrganisation) -> None:
    """A restore to a later moment may need it."""
    name = leave_behind(platform, with_files, 48)
    deciding.begin(platform, OPERATOR)
    with pytest.raises(Conflict, match="karantän"):
        sweep(platform, OPERATOR, datetime.now(UTC))
    assert name in {file.name for file in platform.blobs.all_files()}


def test_only_who_administers_the_installation_may(platform: Platform, with_files: SampleOrganisation) -> None:
    """An organisation's administrator may not."""
    with pytest.raises(Forbidden):
        compare(platform, with_files.administrator, with_files.id)
    with pytest.raises(Forbidden):
        sweep(platform, with_files.administrator, datetime.now(UTC))


def test_a_folder_that_is_nobodys_is_left_alone(platform: Platform) -> None:
    """The store may be shared."""
    Blobs.open(platform.settings).put_sealed("lost+found/note", [b"theirs"])
    assert sweep(platform, OPERATOR, datetime.now(UTC) + YESTERDAY)[0] == 0


def test_files_of_an_organisation_that_works_elsewhere_are_left_alone(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """Two installations may share a store: of one that was moved, or was never here, the rows are in the other."""
    kept = [leave_behind(platform, organisation, 48), f"{uuid4()}/{uuid4().hex}"]
    Blobs.open(platform.settings).put_sealed(kept[1], [b"theirs"])
    os.utime(platform.settings.blob_folder / kept[1], (0, 0))
    set_state = text("UPDATE organisations SET state = :state WHERE id = :id")
    with platform.database.transaction(None) as connection:
        connection.execute(set_state, {"state": "moved", "id": organisation.id})
    assert sweep(platform, OPERATOR, datetime.now(UTC) - YESTERDAY)[0] == 0
    with platform.database.transaction(None) as connection:
        connection.execute(set_state, {"state": "active", "id": organisation.id})
    assert sweep(platform, OPERATOR, datetime.now(UTC) - YESTERDAY)[0] == 1
    assert [file.name for file in platform.blobs.all_files()] == kept[1:]


def test_what_a_removal_has_left_is_swept(platform: Platform, organisation: SampleOrganisation) -> None:
    """The organisation is gone, and its request tells that it was removed here."""
    gone = uuid4()
    written = platform.blobs.store(gone, bytes(32), b"", b"left over")
    organisation.rows(
        "INSERT INTO removals (id, subject_id, state, sealed, asked_at, expires_at)"
        f" VALUES (gen_random_uuid(), '{gone}', 'DONE', '', now(), now())"
    )
    assert sweep(platform, OPERATOR, datetime.now(UTC) + YESTERDAY)[0] == 1
    assert written.name not in {file.name for file in platform.blobs.all_files()}
