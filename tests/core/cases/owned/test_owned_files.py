"""Sealed files of plugins, under the id of what they belong to: what the face promises of them."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import func, select, text, update

from budkavle import NotFound, TooLarge
from budkavle.cases import OwnedFiles, actions
from budkavle.cases.owned.files import OwnedFile
from budkavle.operations import retention
from budkavle.storage import tables
from budkavle.storage.keys import Damaged
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

FILES = OwnedFiles("pigeon")
CONTENT = b"a map of the way home " * 8_000


def keep(
    organisation: SampleOrganisation, owner_id: UUID, content: bytes = CONTENT, files: OwnedFiles = FILES
) -> OwnedFile:
    with organisation.platform.work(organisation.case_worker) as work:
        return files.keep(work, owner_id, "../karta\n.pdf", "Application/PDF; x=1", pieces(content))


def and_fail(organisation: SampleOrganisation, function: Callable[..., object], *arguments: object) -> None:
    """Let a unit of work fail after a function has done its part."""
    with organisation.platform.work(organisation.case_worker) as work:
        function(work, *arguments)
        raise ZeroDivisionError


def pieces(content: bytes) -> Iterator[bytes]:
    yield from (content[start : start + 50_000] for start in range(0, len(content), 50_000))


def read(organisation: SampleOrganisation, file_id: UUID) -> bytes:
    with organisation.platform.work(organisation.case_worker) as work:
        return b"".join(FILES.open(work, file_id))


def in_store(organisation: SampleOrganisation) -> list[str]:
    return list(organisation.platform.blobs.names(organisation.id))


def keys_of(organisation: SampleOrganisation, file_id: UUID) -> int:
    with organisation.platform.database.transaction(organisation.id) as connection:
        query = select(func.count()).where(tables.content_keys.c.owner_id == file_id)
        return int(connection.execute(query).scalar_one())


def test_a_file_is_kept_listed_and_opened(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Its bytes come back; its name harms nobody; in the store and the table neither stands in clear."""
    owner = uuid4()
    file = keep(organisation, owner)
    assert (file.owner_id, file.name, file.content_type, file.size) == (
        owner,
        "karta.pdf",
        "application/pdf",
        len(CONTENT),
    )
    with platform.work(case_worker) as work:
        assert FILES.list(work, owner) == [file]
        assert FILES.find(work, file.id) == file
        chunks = FILES.open(work, file.id)
    assert b"".join(chunks) == CONTENT
    (name,) = in_store(organisation)
    stored = (platform.settings.blob_folder / name).read_bytes()
    assert b"way home" not in stored
    with platform.database.transaction(organisation.id) as connection:
        assert b"karta" not in connection.execute(select(tables.owned_files.c.name)).scalar_one()


def test_other_tenants_and_other_plugins_see_nothing(
    platform: Platform, organisation: SampleOrganisation, other_administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Neither the filter nor the policy lets another organisation's file out, and a plugin has its own alone."""
    owner = uuid4()
    file = keep(organisation, owner)
    for actor, files in ((other_administrator, FILES), (case_worker, OwnedFiles("fax"))):
        with platform.work(actor) as work:
            assert files.list(work, owner) == []
            assert (files.destroy(work, file.id), files.destroy_all(work, owner)) == (0, 0)
            for function in (files.find, files.open):
                with pytest.raises(NotFound):
                    function(work, file.id)
    with platform.database.transaction(other_administrator.organisation_id) as connection:
        assert connection.execute(text("SELECT count(*) FROM owned_files")).scalar_one() == 0
    assert read(organisation, file.id) == CONTENT


def test_a_destroyed_key_is_a_destroyed_file(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Row, key and bytes go; with the key alone gone the file that is left does not open."""
    owner = uuid4()
    first, second, third = (keep(organisation, owner) for _ in range(3))
    in_work(platform, case_worker, FILES.destroy, first.id)
    assert keys_of(organisation, first.id) == 0
    assert len(in_store(organisation)) == 2
    with platform.work(case_worker) as work:
        work.vault.destroy(work.connection, work.organisation_id, second.id)
    with pytest.raises(NotFound):
        read(organisation, second.id)
    assert in_work(platform, case_worker, FILES.destroy_all, owner) == 2
    assert (in_store(organisation), keys_of(organisation, third.id)) == ([], 0)


def test_bytes_are_bound_to_their_file(platform: Platform, organisation: SampleOrganisation) -> None:
    """Bytes that lie in another file's place do not open there."""
    first, second = keep(organisation, uuid4()), keep(organisation, uuid4())
    with platform.database.transaction(organisation.id) as connection:
        blob = select(tables.owned_files.c.blob).where(tables.owned_files.c.id == second.id).scalar_subquery()
        connection.execute(update(tables.owned_files).where(tables.owned_files.c.id == first.id).values(blob=blob))
    with pytest.raises(Damaged):
        read(organisation, first.id)


def test_what_is_not_stored_leaves_no_bytes(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """A unit of work that fails, a stream that breaks off and a file that is too large leave nothing in the store."""
    owner = uuid4()
    with pytest.raises(ZeroDivisionError):
        and_fail(organisation, FILES.keep, owner, "a", "text/plain", [CONTENT])
    with pytest.raises(ZeroDivisionError), organisation.platform.work(case_worker) as work:
        FILES.keep(work, owner, "a", "text/plain", (b"x" * (1 // number) for number in (1, 0)))
    with pytest.raises(TooLarge):
        keep(organisation, owner, files=OwnedFiles("pigeon", limit=len(CONTENT) - 1))
    uploads = msgspec.structs.replace(organisation.platform.settings.uploads, max_bytes=3)
    organisation.platform.settings = msgspec.structs.replace(organisation.platform.settings, uploads=uploads)
    with pytest.raises(TooLarge):
        keep(organisation, owner)
    assert in_store(organisation) == []
    assert in_work(organisation.platform, case_worker, FILES.list, owner) == []
    keep(organisation, owner, b"abc")
    assert len(in_store(organisation)) == 1


def test_destroying_is_undone_with_its_unit_of_work(organisation: SampleOrganisation) -> None:
    """The bytes go after the commit, so that a failure leaves the file whole."""
    file = keep(organisation, uuid4())
    with pytest.raises(ZeroDivisionError):
        and_fail(organisation, FILES.destroy, file.id)
    assert read(organisation, file.id) == CONTENT


@pytest.mark.feature("Y3")
def test_files_of_a_case_go_when_the_bin_is_emptied(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Those of the case and of its messages, of any plugin, with their keys and bytes; others stay."""
    case_id = organisation.arrive("Hemligt")
    with platform.database.transaction(organisation.id) as connection:
        message_id = connection.execute(select(tables.messages.c.id)).scalar_one()
    gone = [keep(organisation, case_id), keep(organisation, message_id, files=OwnedFiles("fax"))]
    kept = keep(organisation, uuid4())
    in_work(platform, case_worker, actions.bin_case, case_id)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE cases SET binned_at = binned_at - interval '31 days'"))
    assert retention.empty_bin(platform) == 1
    assert [keys_of(organisation, file.id) for file in gone] == [0, 0]
    assert len(in_store(organisation)) == 1
    assert read(organisation, kept.id) == CONTENT
