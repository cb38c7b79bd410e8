"""What a package to the archive holds, where it lies, and when it is taken away."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from tests.plugins.records.archive.acts import (
    CONTENT,
    answer,
    ask,
    begun,
    close_case,
    make_all,
    packages,
    say_yes,
    transfers,
)
from tests.plugins.records.archive.eark import Judge
from tests.plugins.records.conftest import plan_csv

from budkavle import ActorScope, Host, Platform, Role
from budkavle.accounts import write_settings
from budkavle.cases import actions
from budkavle.operations import Destroyed, destroy
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_records.archive import store, tables
from budkavle_records.archive.guard import forget_packages
from budkavle_records.archive.pages.downloads import check_stored
from budkavle_records.archive.settings import ArchiveSettings, SecrecySettings
from budkavle_records.archive.store import FILES, archived
from budkavle_records.archive.tables import PackageState
from budkavle_records.archive.transfers import Selection, plan_transfer
from budkavle_records.schedule import tables as schedule
from budkavle_records.schedule.kinds import list_kinds
from budkavle_records.schedule.plan_files import import_plan


def content_of(host: Host, actor: SampleUser, package: store.StoredPackage) -> bytes:
    """Return the bytes of a package."""
    assert package.file_id
    with host.work(actor) as work:
        return b"".join(FILES.open(work, package.file_id))


@pytest.mark.feature("ZR4")
def test_closed_cases_become_valid_packages(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser, judge: Judge
) -> None:
    """From the choice over a second person's yes to the packages: one for each closed case, valid, with its files."""
    with host.work(administrator) as work:
        write_settings(work, ArchiveSettings, {"archive": "Kommunarkivet", "scheme": "KLASSA 2.0"})
        write_settings(work, SecrecySettings, {"regulation": "OSL 26 kap. 1 §"})
    cases = [close_case(organisation, f"Orosanmälan {number}", confidential=number == 0) for number in range(3)]
    organisation.arrive("Ett öppet ärende")
    transfer_id = ask(host, administrator)
    assert not transfers(host, administrator)
    say_yes(organisation.platform, second)
    make_all(organisation.platform)
    made = packages(host, administrator, transfer_id)
    assert [package.case_id for package in made] == cases
    assert {package.state for package in made} == {PackageState.MADE}
    for package in made:
        content = content_of(host, administrator, package)
        assert judge.errors(content) == []
        assert (len(content), hashlib.sha256(content).hexdigest()) == (package.size, package.sha256)
        assert check_stored(host, administrator, package) == []
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.read(f"{package.name}/representations/rep1/data/001-01.txt") == CONTENT
            erms = archive.read(f"{package.name}/representations/rep1/data/ERMS.xml").decode()
            assert ("OSL 26 kap. 1 §" in erms) is (package is made[0])
    (transfer,) = transfers(host, administrator)
    assert (transfer.number, transfer.asked_by, transfer.approved_by) == (1, administrator.name, second.name)
    assert organisation.log_kinds().count("records.package-made") == 3


def test_an_answer_and_its_receipts_are_in_the_package(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser, judge: Judge
) -> None:
    """A sent message has its recipient, its delivery's steps as events, and its author."""
    message = organisation.send(organisation.case_worker, "Beslut")
    in_work(organisation.platform, organisation.case_worker, actions.close, message.case_id)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)
    (package,) = packages(host, administrator, transfer_id)
    content = content_of(host, administrator, package)
    assert judge.errors(content) == []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        erms = archive.read(f"{package.name}/representations/rep1/data/ERMS.xml").decode()
        premis = archive.read(f"{package.name}/representations/rep1/metadata/preservation/premis.xml").decode()
    assert organisation.case_worker.name in erms
    assert 'directionDefinition="outgoing"' in erms
    assert "READY_TO_SEND" in premis


def test_a_package_goes_with_any_message_that_it_holds(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """The case may live on; packages of other cases stay."""
    case_id, other = close_case(organisation), close_case(organisation)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)
    (row,) = organisation.rows("SELECT id FROM messages WHERE case_id = :case", case=case_id)
    destroyed = Destroyed(organisation.id, case_ids=(), message_ids=(row.id,), delivery_ids=(), reason="Prov.")
    forget_packages(host, destroyed)
    there = {package.case_id: package.file_id is not None for package in packages(host, administrator, transfer_id)}
    assert there == {case_id: False, other: True}


def test_packages_are_taken_away_days_after_the_receipt(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """Not before, and not without a receipt; the row and the receipt stay, and the case is archived as before."""
    case_id, _ = close_case(organisation), close_case(organisation)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)
    first, _ = packages(host, administrator, transfer_id)
    answer(host, administrator, first.id, accepted=True)
    assert do_job(organisation.platform, "records.archive-clearing") == 0
    with host.work(administrator) as work:
        write_settings(work, ArchiveSettings, {"keep_days": 2})
    table = tables.packages
    with host.transaction(organisation.id) as connection:
        past = datetime.now(UTC) - timedelta(days=3)
        connection.execute(update(table).where(table.c.answered_at.is_not(None)).values(answered_at=past))
    assert do_job(organisation.platform, "records.archive-clearing") == 1
    gone, kept = packages(host, administrator, transfer_id)
    assert gone.file_id is None
    assert kept.file_id is not None
    with host.work(administrator) as work:
        assert not FILES.list(work, first.id)
        assert archived(host, work, [case_id]) == {case_id}


def test_nothing_lies_in_clear(
    host: Host, platform: Platform, organisation: SampleOrganisation, second: SampleUser, tmp_path: Path
) -> None:
    """Neither in the store nor in the tables: not the texts, not the reason, not the archive's words."""
    close_case(organisation, "Hemligtämne", body="Hemligtext")
    transfer_id = begun(host, organisation, second)
    make_all(platform)
    (package,) = packages(host, organisation.administrator, transfer_id)
    answer(host, organisation.administrator, package.id, accepted=False, words="Hemligtsvar")
    stored = b"".join(path.read_bytes() for path in platform.settings.blob_folder.rglob("*") if path.is_file())
    assert len(stored) > package.size
    for word in (b"Hemligt", b"PK\x03\x04", b"METS.xml"):
        assert word not in stored
    with platform.database.transaction(organisation.id) as connection:
        for name in ("records_transfers", "records_packages", "audit_log"):
            rows = str(connection.execute(text(f"SELECT t::text FROM {name} t")).all())
            assert "Hemligt" not in rows
            assert "Årets leverans" not in rows


def test_packages_go_into_the_installations_folder(
    budkavle_open: Callable[..., Platform], tmp_path: Path, judge: Judge
) -> None:
    """Whole and under their names, with a list of checksums at the end; only where the transfer asked for it."""
    folder = tmp_path / "arkiv"
    platform = budkavle_open(enabled=("records",), plugins={"records": {"archive_folder": str(folder)}})
    host: Host = platform.plugins.host("records")
    organisation = SampleOrganisation.create(platform, "Kisa").staffed()
    second = organisation.add_user("Sixten Sekreterare", Role.ADMIN)
    for number in range(2):
        close_case(organisation, f"Brev {number}")
    transfer_id = ask(host, organisation.administrator, to_folder=True)
    say_yes(platform, second)
    make_all(platform)
    while do_job(platform, "records.archive-folder"):
        pass
    made = packages(host, organisation.administrator, transfer_id)
    here = folder / organisation.slug / "leverans-1"
    assert {path.name for path in here.iterdir()} == {"SHA256SUMS", *(f"{package.name}.zip" for package in made)}
    sums = dict(reversed(line.split("  ")) for line in (here / "SHA256SUMS").read_text().splitlines())
    for package in made:
        content = (here / f"{package.name}.zip").read_bytes()
        assert hashlib.sha256(content).hexdigest() == package.sha256 == sums[f"{package.name}.zip"]
        assert judge.errors(content) == []
    assert all(package.delivered_at for package in made)
    close_case(organisation)
    begun(host, organisation, second)
    make_all(platform)
    assert do_job(platform, "records.archive-folder") == 0


def test_the_plan_chooses_and_is_in_the_package(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser, judge: Judge
) -> None:
    """By kind, and by what is to be transferred now; the package names the kind, its class, and why it is kept."""
    kept, other = close_case(organisation), close_case(organisation)
    with host.work(administrator) as work:
        content = plan_csv()
        import_plan(host, work, content, hashlib.sha256(content).hexdigest())
        refusal = next(kind for kind in list_kinds(host, work) if kind.name == "Avslag")
    table = schedule.case_kinds
    row = {"organisation_id": organisation.id, "case_id": kept, "kind_id": refusal.id}
    with host.transaction(organisation.id) as connection:
        connection.execute(table.insert().values(**row, set_at=datetime.now(UTC), set_by="Anna"))

    def chosen(**changes: Any) -> list[UUID]:
        with host.work(administrator) as work:
            return [case.id for case in plan_transfer(host, work, Selection(**changes)).cases]

    assert chosen(kind=refusal.id) == [kept]
    assert chosen(due_only=True) == []
    organisation.rows("UPDATE cases SET closed_at = closed_at - interval '61 months' RETURNING id")
    assert chosen(due_only=True) == [kept]
    assert set(chosen()) == {kept, other}
    transfer_id = ask(host, administrator, Selection(kind=refusal.id))
    say_yes(organisation.platform, second)
    make_all(organisation.platform)
    (package,) = packages(host, administrator, transfer_id)
    content = content_of(host, administrator, package)
    assert judge.errors(content) == []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        erms = archive.read(f"{package.name}/representations/rep1/data/ERMS.xml").decode()
    assert 'classificationCode="1.3.4">Avslag<' in erms
    assert "OSL 6 kap. 3 §; KS 2025-03-12 § 41" in erms


def test_a_case_on_its_way_is_kept_and_its_package_goes_with_it(
    host: Host,
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    second: SampleUser,
) -> None:
    """Nothing is destroyed before the archive's answer; once it is, no package keeps what was destroyed."""
    case_id = close_case(organisation)
    transfer_id = begun(host, organisation, second)
    make_all(platform)

    def destroy_it() -> None:
        with host.work(host.system(organisation.id, ActorScope.ADMINISTER)) as work:
            destroy(work, "Gallring", case_ids=[case_id])
        do_job(platform, "outbox.budkavle.clean-up.records")

    destroy_it()
    assert organisation.rows("SELECT 1 FROM cases WHERE messages > 0")
    (package,) = packages(host, administrator, transfer_id)
    answer(host, administrator, package.id, accepted=True)
    destroy_it()
    assert not organisation.rows("SELECT 1 FROM cases WHERE messages > 0")
    (package,) = packages(host, administrator, transfer_id)
    assert package.file_id is None
    with host.work(administrator) as work:
        assert not FILES.list(work, package.id)
        assert archived(host, work, [case_id]) == {case_id}
    assert "records.package-destroyed" in organisation.log_kinds()


def test_a_destroyed_message_of_a_case_is_named(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser, judge: Judge
) -> None:
    """What was destroyed before the package was made is a record without content."""
    case_id = organisation.arrive("Hemligt ämne", body="Hemlig text", conversation_id="tråd")
    (first,) = organisation.rows("SELECT id FROM messages")
    assert organisation.arrive("Kvar", conversation_id="tråd") == case_id
    with host.work(host.system(organisation.id, ActorScope.ADMINISTER)) as work:
        destroy(work, "Gallring", message_ids=[first.id])
    in_work(organisation.platform, organisation.case_worker, actions.close, case_id)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)
    (package,) = packages(host, administrator, transfer_id)
    content = content_of(host, administrator, package)
    assert judge.errors(content) == []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        erms = archive.read(f"{package.name}/representations/rep1/data/ERMS.xml").decode()
    assert erms.count("<record ") == 2
    assert 'value="obliterated"' in erms
    assert str(first.id) in erms
    assert b"Hemlig" not in everything
