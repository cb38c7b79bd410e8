"""What an organisation has now, counted: accounts, mailboxes and their people, and the cases that wait."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes, users
from budkavle.cases import actions, count_organisation, count_waiting_cases, list_mailbox_people, mailbox_deletion
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.mark.feature("Q5")
def test_users_and_administrators_of_a_mailbox_are_counted(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Members with an open account, administrators among them; no personal inbox, and nothing that was deleted."""
    other = organisation.other_mailbox
    members = in_work(platform, administrator, mailboxes.members, mailbox.id)
    page = in_work(platform, administrator, list_mailbox_people)
    assert [box.id for box in page.mailboxes] == [box.id for box in sorted([mailbox, other], key=lambda box: box.name)]
    counted = {box.id: (box.users, box.administrators) for box in page.mailboxes}
    assert counted[mailbox.id] == (len(members), sum(member.administrator for member in members))
    in_work(platform, administrator, users.update_user, members[0].user_id, active=False)
    after = in_work(platform, administrator, list_mailbox_people, mailbox_id=mailbox.id).mailboxes[0]
    assert after.users == len(members) - 1
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, other.id)
    assert in_work(platform, administrator, list_mailbox_people).matches == 1
    assert in_work(platform, administrator, list_mailbox_people, mailbox_id=other.id).mailboxes == []


def test_mailboxes_are_searched_and_paged(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    for number in range(5):
        in_work(platform, administrator, mailboxes.create_mailbox, f"Bygglov {number}")
    page = in_work(platform, administrator, list_mailbox_people, "LOV bygg", offset=2, limit=2)
    assert ([box.name for box in page.mailboxes], page.matches) == (["Bygglov 2", "Bygglov 3"], 5)


def test_accounts_and_mailboxes_are_counted(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, colleague: SampleUser
) -> None:
    before = in_work(platform, administrator, count_organisation)
    in_work(platform, administrator, users.update_user, colleague.id, active=False)
    in_work(platform, administrator, mailboxes.create_mailbox, "Ny")
    after = in_work(platform, administrator, count_organisation)
    assert (after.accounts, after.mailboxes) == (before.accounts - 1, before.mailboxes + 1)


@pytest.mark.parametrize(("days", "age"), [(0, "today"), (1, "week"), (7, "week"), (8, "month"), (31, "older")])
def test_waiting_cases_are_counted_by_age(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, days: int, age: str
) -> None:
    """By Swedish days, from when a case was opened; what is taken is told apart, and what is closed is not counted."""
    case_id, taken_id, closed_id = (organisation.arrive() for _ in range(3))
    in_work(platform, organisation.case_worker, actions.take, taken_id)
    in_work(platform, organisation.case_worker, actions.close, closed_id)
    at = datetime.now(UTC) - timedelta(days=days)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE cases SET opened_at = :at WHERE id = :id"), {"at": at, "id": case_id})
    counted = in_work(platform, administrator, count_waiting_cases)
    assert {(group.is_taken, group.age): group.count for group in counted} == {(False, age): 1, (True, "today"): 1}
    by_mailbox = in_work(platform, administrator, count_waiting_cases, [organisation.mailbox.id])
    assert {(group.mailbox_id, group.is_taken, group.age) for group in by_mailbox} == {
        (organisation.mailbox.id, False, age),
        (organisation.mailbox.id, True, "today"),
    }
    assert in_work(platform, administrator, count_waiting_cases, [organisation.other_mailbox.id]) == []
