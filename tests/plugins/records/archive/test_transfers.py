"""Transfers to the archive: chosen, approved by a second person, made, answered for, and taken away."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from tests.plugins.records.archive.acts import CONTENT, ask, begun, close_case, make_all, packages, say_yes, transfers
from tests.plugins.records.archive.eark import Judge
from tests.plugins.records.conftest import plan_csv

from budkavle import ActorScope, Conflict, Forbidden, Host, Invalid, NotFound, Platform, Role
from budkavle.accounts import write_settings
from budkavle.cases import actions
from budkavle.operations import Destroyed, destroy
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_records.archive import store, tables
from budkavle_records.archive.guard import forget_packages
from budkavle_records.archive.pages.downloads import check_stored
from budkavle_records.archive.receipts import ArchiveReceipt, ReceiptFile, note_for_all, note_receipt
from budkavle_records.archive.settings import ArchiveSettings, SecrecySettings
from budkavle_records.archive.store import FILES, archived, in_transfer
from budkavle_records.archive.tables import PackageState
from budkavle_records.archive.transfers import Selection, ask_transfer, plan_transfer
from budkavle_records.schedule import tables as schedule
from budkavle_records.schedule.kinds import list_kinds
from budkavle_records.schedule.plan_files import import_plan

TODAY = date(2026, 11, 1)


def content_of(host: Host, actor: SampleUser, package: store.StoredPackage) -> bytes:
    """Return the bytes of a package."""
    assert package.file_id
    with host.work(actor) as work:
        return b"".join(FILES.open(work, package.file_id))


def answer(host: Host, actor: SampleUser, package_id: UUID, *, accepted: bool, words: str = "A 17") -> None:
    with host.work(actor) as work:
        note_receipt(host, work, package_id, ArchiveReceipt(accepted, TODAY, words))


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


def test_a_dry_run_counts_and_makes_nothing(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """By mailbox and period; what is on its way is left out and counted."""
    close_case(organisation)
    later = close_case(organisation)
    with host.work(administrator) as work:
        everything = plan_transfer(host, work, Selection())
        other = plan_transfer(host, work, Selection(mailboxes=(organisation.other_mailbox.id,)))
        since = plan_transfer(host, work, Selection(since=everything.cases[1].closed_at))
        before = plan_transfer(host, work, Selection(until=everything.cases[0].closed_at))
    assert (len(everything.cases), everything.messages, everything.size) == (2, 2, 2 * len(CONTENT))
    assert [case.id for case in since.cases] == [later]
    assert not other.cases
    assert not before.cases
    begun(host, organisation, second)
    with host.work(administrator) as work:
        after = plan_transfer(host, work, Selection())
    assert (after.cases, after.already) == ([], 2)


def test_more_than_a_transfer_takes_is_told(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("budkavle_records.archive.transfers.MOST", 2)
    monkeypatch.setattr("budkavle_records.archive.transfers.BATCH", 1)
    for _ in range(3):
        close_case(organisation)
    with host.work(administrator) as work:
        planned = plan_transfer(host, work, Selection())
    assert (len(planned.cases), planned.more) == (2, True)


def test_a_transfer_needs_a_reason_a_case_and_a_folder(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """And an administrator. An installation without a folder writes into none."""
    with host.work(administrator) as work, pytest.raises(Invalid, match="inga ärenden"):
        ask_transfer(host, work, Selection(), "Skäl", to_folder=False)
    close_case(organisation)
    with host.work(administrator) as work, pytest.raises(Invalid):
        ask_transfer(host, work, Selection(), " ", to_folder=False)
    with host.work(administrator) as work, pytest.raises(Invalid, match="ingen mapp"):
        ask_transfer(host, work, Selection(), "Skäl", to_folder=True)
    for call in (plan_transfer, lambda *given: ask_transfer(*given, "Skäl", to_folder=False)):
        with host.work(case_worker) as work, pytest.raises(Forbidden):
            call(host, work, Selection())


def test_a_case_that_was_opened_again_meanwhile_is_no_package(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """It fails with a reason, the others are made, and it can be made anew once it is closed."""
    first, other = close_case(organisation), close_case(organisation)
    transfer_id = begun(host, organisation, second)
    in_work(organisation.platform, organisation.case_worker, actions.reopen, first)
    make_all(organisation.platform)
    failed, made = packages(host, administrator, transfer_id)
    assert (failed.state, made.state, made.case_id) == (PackageState.FAILED, PackageState.MADE, other)
    assert "inte avslutat längre" in failed.failure
    with host.work(administrator) as work:
        assert in_transfer(host, work, [first, other]) == {other}


def test_only_an_accepted_package_makes_a_case_archived(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """Made is not enough, refused is not enough; a receipt that was noted wrongly is corrected by another one."""
    taken, refused = close_case(organisation), close_case(organisation)
    transfer_id = begun(host, organisation, second)
    first, other = packages(host, administrator, transfer_id)
    with pytest.raises(Conflict):
        answer(host, administrator, first.id, accepted=True)
    make_all(organisation.platform)

    def state() -> tuple[set[UUID], set[UUID]]:
        with host.work(administrator) as work:
            ids = [taken, refused]
            return archived(host, work, ids), in_transfer(host, work, ids)

    assert state() == (set(), {taken, refused})
    answer(host, administrator, first.id, accepted=True)
    answer(host, administrator, other.id, accepted=False, words="Fel format")
    assert state() == ({taken}, set())
    answer(host, administrator, other.id, accepted=True)
    answer(host, administrator, first.id, accepted=False, words="Vi tog fel")
    assert state() == ({refused}, set())
    assert packages(host, administrator, transfer_id)[0].answer == "Vi tog fel"
    assert organisation.log_kinds().count("records.archive-accepted") == 2
    assert not [row for row in organisation.log_entries("records.archive-refused") if "Fel format" in row]
    assert {row["answer"] for row in organisation.exported("records_packages")} == {"A 17", "Vi tog fel"}
    assert organisation.exported("records_transfers")[0]["reason"]


def test_a_receipt_is_judged(
    host: Host,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    second: SampleUser,
    case_worker: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """A refusal says why, no day lies ahead, and only the organisation's administrators may note one."""
    close_case(organisation)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)
    (package,) = packages(host, administrator, transfer_id)
    with pytest.raises(Invalid):
        answer(host, administrator, package.id, accepted=False, words=" ")
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    with host.work(administrator) as work, pytest.raises(Invalid):
        note_receipt(host, work, package.id, ArchiveReceipt(accepted=True, day=tomorrow))
    with pytest.raises(Forbidden):
        answer(host, case_worker, package.id, accepted=True)
    with pytest.raises(NotFound):
        answer(host, other_administrator, package.id, accepted=True)
    with host.work(other_administrator) as work, pytest.raises(NotFound):
        note_for_all(host, work, transfer_id, ArchiveReceipt(accepted=True, day=TODAY))


def test_one_receipt_may_be_for_all_that_wait(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    cases = [close_case(organisation) for _ in range(3)]
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)
    first = packages(host, administrator, transfer_id)[0]
    answer(host, administrator, first.id, accepted=False, words="Trasigt")
    with host.work(administrator) as work:
        assert note_for_all(host, work, transfer_id, ArchiveReceipt(accepted=True, day=TODAY, text="A 18")) == 2
        assert archived(host, work, cases) == set(cases[1:])


@pytest.mark.feature("ZR4")
def test_what_two_requests_hold_is_transferred_once(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """Both were asked for before either was approved; the later one takes what is left."""
    both = close_case(organisation)
    ask(host, administrator)
    later = close_case(organisation)
    ask(host, administrator)
    say_yes(organisation.platform, second)
    begun_transfers = transfers(host, administrator)
    chosen = [[each.case_id for each in packages(host, administrator, one.id)] for one in begun_transfers]
    assert sorted(len(cases) for cases in chosen) in ([1, 1], [2])
    assert sorted((case for cases in chosen for case in cases), key=str) == sorted([both, later], key=str)


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


@pytest.mark.feature("ZR4")
def test_what_the_archive_has_is_not_chosen_again(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """Nor what is on its way; what the archive refused is."""
    taken, refused = close_case(organisation), close_case(organisation)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)

    def planned() -> tuple[list[UUID], int]:
        with host.work(administrator) as work:
            plan = plan_transfer(host, work, Selection())
        return [case.id for case in plan.cases], plan.already

    assert planned() == ([], 2)
    by_case = {package.case_id: package.id for package in packages(host, administrator, transfer_id)}
    answer(host, administrator, by_case[taken], accepted=True)
    answer(host, administrator, by_case[refused], accepted=False, words="Fel format")
    assert planned() == ([refused], 1)


def test_a_receipt_s_file_is_kept_once(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """The same receipt again leaves no second file, one that had none gets it, and a correction takes its place."""
    close_case(organisation)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)

    def kept(*, accepted: bool, file: str = "") -> list[str]:
        (package,) = packages(host, administrator, transfer_id)
        receipt_file = ReceiptFile(file, "text/plain", b"A 17") if file else None
        with host.work(administrator) as work:
            note_receipt(host, work, package.id, ArchiveReceipt(accepted, TODAY, "A 17", receipt_file))
        (package,) = packages(host, administrator, transfer_id)
        with host.work(administrator) as work:
            files = {each.id: each.name for each in FILES.list(work, package.id) if each.id != package.file_id}
        assert set(files) == ({package.receipt_id} - {None})
        return list(files.values())

    assert kept(accepted=True) == []
    assert kept(accepted=True, file="one.txt") == ["one.txt"]
    assert kept(accepted=True, file="two.txt") == ["one.txt"]
    assert kept(accepted=False, file="three.txt") == ["three.txt"]
    assert kept(accepted=True) == ["three.txt"]
    kinds = organisation.log_kinds()
    assert (kinds.count("records.archive-accepted"), kinds.count("records.receipt-added")) == (2, 1)


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
