"""Transfers to the archive: chosen, approved, made and answered."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.plugins.records.archive.acts import (
    CONTENT,
    TODAY,
    answer,
    ask,
    begun,
    close_case,
    make_all,
    packages,
    say_yes,
    transfers,
)

from budkavle import Conflict, Forbidden, Host, Invalid, NotFound
from budkavle.cases import actions
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_records.archive.receipts import ArchiveReceipt, ReceiptFile, note_for_all, note_receipt
from budkavle_records.archive.store import FILES, archived, in_transfer
from budkavle_records.archive.tables import PackageState
from budkavle_records.archive.transfers import Selection, ask_transfer, plan_transfer


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
