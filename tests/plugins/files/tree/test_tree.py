"""Catalogues and files: their names, their order, and what is asked for in vain."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from tests.plugins.files.conftest import Files

from budkavle import Conflict, Forbidden, Invalid, NotFound
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.tree import binning, entries, rights, sharing, versions
from budkavle_files.tree.entries import Order
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import AccessRole, EntryKind

READER, AUTHOR, ADMINISTRATOR = AccessRole


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


REFUSED_NAMES: list[str] = ["", "  ", "a/b", "..", "x" * 201]


def test_a_name_that_will_not_do(files: Files, case_worker: SampleUser) -> None:
    for name in REFUSED_NAMES:
        with pytest.raises(Invalid) as fault:
            files.catalogue(case_worker, name)
        assert "name" in fault.value.fields, name


def test_renaming_moves_in_the_order(files: Files, case_worker: SampleUser) -> None:
    top = files.catalogue(case_worker, "Mallar")
    made = [files.file(case_worker, top, name) for name in ("b", "c", "d")]
    files.do(case_worker, entries.rename_entry, made[2].id, "a")
    files.do(case_worker, entries.rename_entry, made[0].id, "ca")
    assert files.names(case_worker, top) == ["a", "c", "ca"]
    with pytest.raises(Invalid):
        files.do(case_worker, entries.rename_entry, made[0].id, "C")
    files.do(case_worker, entries.rename_entry, made[1].id, "C")  # its own name in other capitals


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
