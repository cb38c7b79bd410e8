"""The tree: making, naming, putting in order, sharing, moving, copying, the bin."""

import json
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.plugins.files.conftest import Files

from budkavle import Conflict, Forbidden, Invalid, NotFound, Unavailable
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.tree import binning, entries, moving, rights, sharing, versions
from budkavle_files.tree.entries import Order
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import AccessRole, EntryKind

READER, AUTHOR, ADMINISTRATOR = AccessRole


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_names_are_in_order_and_sealed(files: Files, case_worker: SampleUser) -> None:
    """Swedish letters stand last, numbers by their size, catalogues first; the database has no name in clear."""
    top = files.catalogue(case_worker, "Barn och unga")
    for name in ("Öppet.pdf", "bilaga 10.pdf", "Ärende.pdf", "Bilaga 2.pdf", "Åtgärd.pdf", "Zon.pdf", "alfa.pdf"):
        files.file(case_worker, top, name)
    files.catalogue(case_worker, "Övrigt", top)
    files.catalogue(case_worker, "Underlag", top)
    expected = ["Underlag", "Övrigt", "alfa.pdf", "Bilaga 2.pdf", "bilaga 10.pdf", "Zon.pdf"]
    assert files.names(case_worker, top) == [*expected, "Åtgärd.pdf", "Ärende.pdf", "Öppet.pdf"]
    assert files.names(case_worker, top, order=Order.NAME_DOWN)[:3] == ["Övrigt", "Underlag", "Öppet.pdf"]
    stored = "".join(str(row) for row in files.rows("SELECT e::text FROM files_entries e"))
    assert "alfa" not in stored
    assert b"alfa".hex() not in stored
    assert {"alfa.pdf", "Övrigt"} <= {row["name"] for row in files.organisation.exported("files_entries")}


@pytest.mark.feature("ZS4")
def test_what_is_asked_for_in_vain_is_an_entry(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, outsider: SampleUser
) -> None:
    """What is there without being theirs, and what is not there, once a minute; what lies in the bin is its owner's."""
    top = files.catalogue(case_worker, "Barn och unga")
    file, invented = files.file(case_worker, top, "Plan.pdf"), uuid4()
    for _ in range(2):
        for entry_id in (file.id, invented):
            with pytest.raises(NotFound):
                files.do(outsider, rights.require, entry_id, READER)
    (entry,) = organisation.log_entries("files.not-readable")
    assert json.loads(entry)["thing"] == str(file.id)
    (entry,) = organisation.log_entries("files.not-there")
    assert json.loads(entry)["thing"] == str(invented)
    assert outsider.name in entry
    files.do(case_worker, binning.bin_entry, file.id)
    with pytest.raises(NotFound):
        files.reach(case_worker, file)
    assert len(organisation.log_entries("files.not-readable") + organisation.log_entries("files.not-there")) == 2
    no_share = uuid4()
    with pytest.raises(NotFound):
        files.do(outsider, sharing.find_share, no_share)
    assert json.loads(organisation.log_entries("files.not-there")[-1])["thing"] == str(no_share)


def test_a_name_is_unique_in_its_catalogue(files: Files, case_worker: SampleUser) -> None:
    """Also in other capitals; the same name may stand elsewhere."""
    top = files.catalogue(case_worker, "Mallar")
    files.file(case_worker, top, "Plan.pdf")
    with pytest.raises(Invalid) as fault:
        files.file(case_worker, top, "PLAN.pdf")
    assert "heter PLAN.pdf" in fault.value.fields["name"]
    assert files.file(case_worker, top, "Plan.pdf", rename=True).name == "Plan (2).pdf"
    with pytest.raises(Invalid):
        files.catalogue(case_worker, "mallar")
    assert files.catalogue(case_worker, "Mallar", top).name == "Mallar"


def test_of_two_who_make_one_name_at_once_the_second_is_told(files: Files, case_worker: SampleUser) -> None:
    """At the top, where no catalogue is locked: whoever comes second is told as if the name had been there before."""
    with ThreadPoolExecutor(1) as threads:
        with files.host.work(case_worker) as work:
            entries.create_catalogue(files.host, work, "Mallar")
            second = threads.submit(files.catalogue, case_worker, "Mallar")
            with pytest.raises(TimeoutError):
                second.result(timeout=1)  # it waits for the first
        with pytest.raises(Invalid) as fault:
            second.result(timeout=30)
    assert "heter Mallar" in fault.value.fields["name"]
    assert len(files.rows("SELECT id FROM files_entries")) == 1


@pytest.mark.parametrize("name", ["", "  ", "a/b", "..", "x" * 201])
def test_a_name_that_will_not_do(files: Files, case_worker: SampleUser, name: str) -> None:
    with pytest.raises(Invalid) as fault:
        files.catalogue(case_worker, name)
    assert "name" in fault.value.fields


def test_renaming_moves_in_the_order(files: Files, case_worker: SampleUser) -> None:
    top = files.catalogue(case_worker, "Mallar")
    made = [files.file(case_worker, top, name) for name in ("b", "c", "d")]
    files.do(case_worker, entries.rename_entry, made[2].id, "a")
    files.do(case_worker, entries.rename_entry, made[0].id, "ca")
    assert files.names(case_worker, top) == ["a", "c", "ca"]
    with pytest.raises(Invalid):
        files.do(case_worker, entries.rename_entry, made[0].id, "C")
    files.do(case_worker, entries.rename_entry, made[1].id, "C")  # its own name in other capitals


def test_only_the_owner_reaches_what_is_not_shared(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, other_administrator: SampleUser
) -> None:
    """Neither colleagues, nor administrators, nor other organisations."""
    top = files.catalogue(case_worker, "Mitt")
    for other in (organisation.colleague, organisation.administrator, other_administrator):
        with pytest.raises(NotFound):
            files.reach(other, top)
    with pytest.raises(NotFound):
        files.do(case_worker, versions.find_version, files.reach(case_worker, top), 1)


def test_a_share_is_inherited_and_says_so(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """What is shared above is reached below, and the list of who reaches it says where it comes from."""
    top = files.catalogue(case_worker, "Barn och unga")
    below = files.catalogue(case_worker, "Utredning", top)
    file = files.file(case_worker, below, "Plan.pdf")
    colleague = organisation.colleague
    files.share(case_worker, top, colleague, READER)
    assert files.reach(colleague, file).name == "Plan.pdf"
    with pytest.raises(Forbidden):
        files.reach(colleague, file, AUTHOR)
    files.share(case_worker, below, colleague, AUTHOR)
    files.reach(colleague, file, AUTHOR)
    files.share(case_worker, top, organisation.mailbox.id, READER)
    access = files.do(case_worker, sharing.list_access, file)
    listed = [(each.name, each.role, each.inherited_from and each.inherited_from.name) for each in access]
    assert listed == [
        (case_worker.name, ADMINISTRATOR, None),
        ("Socialnämnden", READER, "Barn och unga"),
        (colleague.name, AUTHOR, "Utredning"),
    ]


def test_a_share_ends(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """By its time and at once; the end must lie ahead."""
    top = files.catalogue(case_worker, "Barn och unga")
    outsider = organisation.outsider
    with pytest.raises(Invalid):
        files.share(case_worker, top, outsider, READER, until=datetime.now(UTC))
    files.share(case_worker, top, outsider, READER, until=soon())
    assert files.reach(outsider, top)
    files.rows("UPDATE files_shares SET until = now() RETURNING 1")
    with pytest.raises(NotFound):
        files.reach(outsider, top)
    assert files.do(case_worker, sharing.drop_ended) == 1
    files.share(case_worker, top, outsider, READER)
    (_, access) = files.do(case_worker, sharing.list_access, top)
    files.do(case_worker, sharing.end_share, access.share.id)
    with pytest.raises(NotFound):
        files.reach(outsider, top)


def test_only_administrators_share(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """An author may not, and whoever is shared with as administrator may, also from above."""
    top = files.catalogue(case_worker, "Barn och unga")
    below = files.catalogue(case_worker, "Utredning", top)
    files.share(case_worker, top, organisation.colleague, AUTHOR)
    with pytest.raises(Forbidden):
        files.share(organisation.colleague, below, organisation.outsider, READER)
    files.share(case_worker, top, organisation.colleague, ADMINISTRATOR)
    files.share(organisation.colleague, below, organisation.outsider, READER)
    assert files.reach(organisation.outsider, below)


def test_nothing_is_shared_with_an_inbox_or_a_stranger(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, other_administrator: SampleUser
) -> None:
    top = files.catalogue(case_worker, "Barn och unga")
    for unknown in (organisation.colleague.personal_id, uuid4()):
        with pytest.raises(Invalid):
            files.share(case_worker, top, unknown, READER)
    for person in (other_administrator, case_worker):
        with pytest.raises(Invalid):
            files.share(case_worker, top, person, READER)


def test_what_a_mailbox_owns(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Its members write in it, its administrators administer it, others see nothing."""
    top = files.catalogue(case_worker, "Nämnden", mailbox_id=organisation.mailbox.id)
    files.file(organisation.colleague, top, "Plan.pdf")
    with pytest.raises(Forbidden):
        files.do(organisation.colleague, entries.rename_entry, top.id, "Annat")
    files.do(organisation.mailbox_administrator, entries.rename_entry, top.id, "Annat")
    for stranger in (organisation.outsider, organisation.administrator):
        with pytest.raises(NotFound):
            files.reach(stranger, top)
    with pytest.raises(Forbidden):
        files.catalogue(organisation.outsider, "Mitt", mailbox_id=organisation.mailbox.id)


def test_shared_with_me(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """The uppermost of what is shared, with the role; not what one owns."""
    top = files.catalogue(case_worker, "Barn och unga")
    below = files.catalogue(case_worker, "Utredning", top)
    other = files.catalogue(case_worker, "Annat")
    files.share(case_worker, top, organisation.colleague, READER)
    files.share(case_worker, below, organisation.colleague, AUTHOR)
    files.share(case_worker, other, organisation.mailbox.id, AUTHOR)
    seen = files.do(organisation.colleague, sharing.shared_with_me)
    assert [(entry.name, role) for entry, role in seen] == [("Annat", AUTHOR), ("Barn och unga", READER)]
    assert files.do(case_worker, sharing.shared_with_me) == []


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


def test_a_reader_neither_moves_nor_deletes(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    top = files.catalogue(case_worker, "Ett")
    file = files.file(case_worker, top, "Plan.pdf")
    mine = files.catalogue(organisation.colleague, "Mitt")
    files.share(case_worker, top, organisation.colleague, READER)
    for function in (binning.bin_entry, entries.require_to_change):
        with pytest.raises(Forbidden):
            files.do(organisation.colleague, function, file.id)
    with pytest.raises(Forbidden):
        files.do(organisation.colleague, moving.move_entry, file.id, mine.id)
    files.do(organisation.colleague, moving.copy_entry, file.id, mine.id)
    assert files.names(organisation.colleague, mine) == ["Plan.pdf"]


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


def test_the_quota(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """It counts all versions of the owner, whoever adds them."""
    with files.host.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"quota": 1})
    top = files.catalogue(case_worker, "Ett")
    file = files.file(case_worker, top, "Plan.pdf")
    files.rows("UPDATE files_entries SET stored = 999999999 WHERE id = :id RETURNING 1", id=file.id)
    with pytest.raises(Conflict) as fault:
        files.file(case_worker, top, "Mer.pdf")
    assert "Utrymmet räcker inte" in str(fault.value)


def test_versions_and_bringing_one_back(files: Files, case_worker: SampleUser) -> None:
    top = files.catalogue(case_worker, "Ett")
    note = files.file(case_worker, top, "Samtal", b"ett", kind=EntryKind.NOTE)
    with files.host.work(case_worker) as work:
        kept = versions.FILES.keep(work, note.id, "Samtal", "text/markdown", [b"fler ord"])
        versions.add_version(files.host, work, note.id, versions.NewVersion(kept.id, kept.size, "text/markdown"))
    files.do(case_worker, versions.restore_version, note.id, 1)
    note = files.reach(case_worker, note)
    assert (note.version, note.size, note.stored) == (3, 3, 14)
    listed = files.do(case_worker, versions.list_versions, note)
    assert [(each.number, each.author, each.restored_from) for each in listed] == [
        (3, case_worker.name, 1),
        (2, case_worker.name, None),
        (1, case_worker.name, None),
    ]


def test_who_may_create_catalogues(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """The organisation may leave it to its administrators; authors still make catalogues in those they have."""
    with files.host.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"creators": "administrators"})
    with pytest.raises(Forbidden):
        files.catalogue(case_worker, "Ett")
    top = files.catalogue(organisation.administrator, "Ett")
    files.share(organisation.administrator, top, case_worker, AUTHOR)
    files.catalogue(case_worker, "Två", top)
