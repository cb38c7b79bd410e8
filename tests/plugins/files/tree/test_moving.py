"""Moving, copying and the bin."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.plugins.files.conftest import Files

from budkavle import Conflict, Invalid, NotFound, Unavailable
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.tree import binning, moving, versions
from budkavle_files.tree.things import AccessRole

READER, AUTHOR, ADMINISTRATOR = AccessRole


def test_a_catalogue_moves_with_all_that_lies_in_it(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Shares above it no longer hold, those of the target do; the name gets a number where it is taken."""
    first, second = files.catalogue(case_worker, "Ett"), files.catalogue(case_worker, "Två")
    middle = files.catalogue(case_worker, "Mitten", first)
    file = files.file(case_worker, files.catalogue(case_worker, "Djupt", middle), "Plan.pdf")
    files.catalogue(case_worker, "Mitten", second)
    files.share(case_worker, first, organisation.colleague, READER)
    files.share(case_worker, second, organisation.outsider, READER)
    gained, lost = files.do(case_worker, moving.changes_of_access, middle, second)
    assert [access.name for access in gained] == [organisation.outsider.name]
    assert [access.name for access in lost] == [organisation.colleague.name]
    files.do(case_worker, moving.move_entry, middle.id, second.id)
    moved = files.reach(organisation.outsider, file)
    assert moved.path[:2] == (second.id, middle.id)
    assert len(moved.path) == 3
    with pytest.raises(NotFound):
        files.reach(organisation.colleague, file)
    assert files.names(case_worker, second) == ["Mitten", "Mitten (2)"]


@pytest.mark.parametrize("second", ["bin", "move"])
def test_what_is_moved_to_another_owner_meanwhile_goes_whole(
    second: str, files: Files, organisation: SampleOrganisation
) -> None:
    """Who came second waits, and takes all that lies in it as it is then."""
    who = organisation.mailbox_administrator
    mine = files.catalogue(who, "Mitt")
    nearer, ours = (files.catalogue(who, name, mailbox_id=organisation.mailbox.id) for name in ("Nära", "Vårt"))
    deep = files.catalogue(who, "Djupt", ours)
    middle = files.catalogue(who, "Mitten", mine)
    file = files.file(who, middle, "Plan.pdf")
    change = (binning.bin_entry, middle.id) if second == "bin" else (moving.move_entry, middle.id, deep.id)
    with ThreadPoolExecutor(1) as threads:
        with files.host.work(who) as work:
            moving.move_entry(files.host, work, middle.id, nearer.id)
            waiting = threads.submit(files.do, who, *change)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        waiting.result(timeout=30)
    (row,) = files.rows("SELECT path, owner_id, binned_with FROM files_entries WHERE id = :id", id=file.id)
    above = [nearer.id, middle.id] if second == "bin" else [ours.id, deep.id, middle.id]
    binned_with = middle.id if second == "bin" else None
    assert (row.path, row.owner_id, row.binned_with) == (above, organisation.mailbox.id, binned_with)


def test_nothing_moves_into_itself(files: Files, case_worker: SampleUser) -> None:
    top = files.catalogue(case_worker, "Ett")
    below = files.catalogue(case_worker, "Två", top)
    file = files.file(case_worker, below, "Plan.pdf")
    for target in (top, below):
        with pytest.raises(Invalid) as fault:
            files.do(case_worker, moving.move_entry, top.id, target.id)
        assert fault.value.fields["target"] == moving.INTO_ITSELF
    with pytest.raises(Invalid):
        files.do(case_worker, moving.copy_entry, top.id, below.id)
    with pytest.raises(Invalid):
        files.do(case_worker, moving.move_entry, top.id, file.id)


def test_a_copy_has_the_same_bytes_until_the_last_one_goes(files: Files, case_worker: SampleUser) -> None:
    top, target = files.catalogue(case_worker, "Ett"), files.catalogue(case_worker, "Två")
    file = files.file(case_worker, top, "Plan.pdf", b"samma")
    copy = files.do(case_worker, moving.copy_entry, top.id, target.id)
    (inside,) = files.do(case_worker, moving.list_below, copy)
    version = files.do(case_worker, versions.find_version, inside)
    assert version.file_id == files.do(case_worker, versions.find_version, file).file_id
    files.do(case_worker, binning.bin_entry, top.id)
    files.do(case_worker, binning.destroy_entry, top.id)
    with files.host.work(case_worker) as work:
        assert b"".join(versions.FILES.open(work, version.file_id)) == b"samma"
    files.do(case_worker, binning.bin_entry, copy.id)
    files.do(case_worker, binning.destroy_entry, copy.id)
    with files.host.work(case_worker) as work, pytest.raises(NotFound):
        versions.FILES.open(work, version.file_id)


@pytest.mark.parametrize("by_days", [False, True])
def test_what_is_restored_while_it_is_destroyed_is_not_lost(
    files: Files, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch, by_days: bool
) -> None:
    """Of the two, one wins: who is told that it is restored has it."""
    file = files.file(case_worker, files.catalogue(case_worker, "Ett"), "Plan.pdf", b"viktigt")
    files.do(case_worker, binning.bin_entry, file.id)
    own, tried = binning.held_entries, list[Future[object]]()

    def meanwhile(*arguments: Any) -> Any:
        tried.append(pool.submit(files.do, case_worker, binning.restore_entry, file.id))
        wait(tried, timeout=1)
        return own(*arguments)

    monkeypatch.setattr(binning, "held_entries", meanwhile)
    with ThreadPoolExecutor() as pool:
        with files.host.work(case_worker) as work:
            entry = binning.require_binned(files.host, work, file.id)
            if by_days:
                binning.destroy_binned(files.host, work, entry)
            else:
                binning.destroy_entry(files.host, work, file.id)
        (restored,) = tried
        failure = restored.exception()
    if failure is None:
        files.reach(case_worker, file)
    assert isinstance(failure, NotFound | Unavailable)
    with pytest.raises(NotFound):
        files.reach(case_worker, file)


def test_what_has_been_restored_is_not_destroyed_by_who_saw_it_in_the_bin(
    files: Files, case_worker: SampleUser
) -> None:
    file = files.file(case_worker, files.catalogue(case_worker, "Ett"), "Plan.pdf")
    files.do(case_worker, binning.bin_entry, file.id)
    with files.host.work(case_worker) as work:
        entry = binning.require_binned(files.host, work, file.id)
        files.do(case_worker, binning.restore_entry, file.id)
        assert binning.destroy_binned(files.host, work, entry) == 0
    files.reach(case_worker, file)


def test_the_bin_gives_back_what_was_deleted(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """With all that lay in it, and under a free name; what was deleted before on its own stays there."""
    top = files.catalogue(case_worker, "Ett")
    below = files.catalogue(case_worker, "Två", top)
    kept, deleted = files.file(case_worker, below, "Kvar.pdf"), files.file(case_worker, below, "Bort.pdf")
    files.do(case_worker, binning.bin_entry, deleted.id)
    files.do(case_worker, binning.bin_entry, below.id)
    with pytest.raises(NotFound):
        files.reach(case_worker, kept)
    listed, total = files.do(case_worker, binning.list_bin)
    assert ([entry.name for entry in listed], total) == (["Två", "Bort.pdf"], 2)
    assert files.do(organisation.colleague, binning.list_bin) == ([], 0)
    with pytest.raises(Conflict):
        files.do(case_worker, binning.restore_entry, deleted.id)
    files.catalogue(case_worker, "Två", top)
    files.do(case_worker, binning.restore_entry, below.id)
    assert files.names(case_worker, top) == ["Två", "Två (2)"]
    assert files.names(case_worker, below) == ["Kvar.pdf"]
    files.do(case_worker, binning.restore_entry, deleted.id)
    assert files.names(case_worker, below) == ["Bort.pdf", "Kvar.pdf"]


def test_the_bin_is_emptied_after_its_days(files: Files, case_worker: SampleUser) -> None:
    """Rows, keys and bytes are gone; a younger one stays."""
    top = files.catalogue(case_worker, "Ett")
    old, young = files.file(case_worker, top, "Gammal.pdf"), files.file(case_worker, top, "Ny.pdf")
    for entry in (old, young):
        files.do(case_worker, binning.bin_entry, entry.id)
    back = timedelta(days=31)
    files.rows("UPDATE files_entries SET binned_at = now() - :back WHERE id = :id RETURNING 1", back=back, id=old.id)
    file_id = files.rows("SELECT file_id FROM files_versions WHERE entry_id = :id", id=old.id)[0].file_id
    with files.host.work(files.organisation.system) as work:
        assert binning.empty_old(files.host, work) == 1
        assert binning.empty_old(files.host, work) == 0
    assert [row.id for row in files.rows("SELECT id FROM files_entries WHERE binned_at IS NOT NULL")] == [young.id]
    with files.organisation.platform.database.transaction(files.organisation.id) as connection:
        query = text("SELECT count(*) FROM content_keys WHERE owner_id IN (:entry, :file)")
        assert connection.execute(query, {"entry": old.id, "file": file_id}).scalar_one() == 0
