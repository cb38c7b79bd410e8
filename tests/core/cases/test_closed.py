"""Closed cases by when they were closed, as the archive and the plan ask for them."""

from datetime import UTC, datetime, timedelta

from budkavle.cases import ClosedCaseFilter, actions, closed_cases
from budkavle.model.messages import File
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


def test_closed_cases_are_paged_by_when_they_were_closed(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Only what is closed, with its mailbox, its number and the size of its files; a period and ids narrow it."""
    first, second, third, _ = (organisation.arrive(f"Brev {number}") for number in range(4))
    for case_id in (second, first, third):
        in_work(platform, case_worker, actions.close, case_id)
    page = in_work(platform, administrator, closed_cases, ClosedCaseFilter(), None, 2)
    rest = in_work(platform, administrator, closed_cases, ClosedCaseFilter(), page[-1], 2)
    assert [case.id for case in (*page, *rest)] == [second, first, third]
    assert {case.mailbox for case in page} == {organisation.mailbox.name}
    assert [case.messages for case in page] == [1, 1]
    until = ClosedCaseFilter(until=page[1].closed_at)
    assert [case.id for case in in_work(platform, administrator, closed_cases, until)] == [second]
    since = ClosedCaseFilter(since=datetime.now(UTC) + timedelta(days=1))
    assert not in_work(platform, administrator, closed_cases, since)
    other = ClosedCaseFilter(mailboxes=[organisation.other_mailbox.id])
    assert not in_work(platform, administrator, closed_cases, other)
    chosen = ClosedCaseFilter(ids=[third])
    assert [case.id for case in in_work(platform, administrator, closed_cases, chosen)] == [third]


def test_the_size_is_that_of_the_attachments(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    files = (File("a.txt", "text/plain", b"x" * 70), File("b.txt", "text/plain", b"y" * 30))
    case_id = organisation.arrive("Med bilagor", files=files)
    in_work(platform, case_worker, actions.close, case_id)
    assert [case.size for case in in_work(platform, administrator, closed_cases, ClosedCaseFilter())] == [100]


def test_another_organisation_sees_none_of_them(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_administrator: SampleUser,
) -> None:
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.close, case_id)
    assert not in_work(platform, other_administrator, closed_cases, ClosedCaseFilter(ids=[case_id]))
