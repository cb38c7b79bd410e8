"""By which day a case is to be answered: working days, the list, and what is late."""

from datetime import date, timedelta

import pytest

from budkavle.cases import actions
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.due_dates import count_overdue, list_due, offered_days, set_due, today
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.times import is_working_day, working_day_after
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, in_work


@pytest.mark.feature("E20")
@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        ("2026-06-18", 1, "2026-06-22"),  # over midsommarafton
        ("2026-12-23", 1, "2026-12-28"),  # over julafton to Monday
        ("2027-03-25", 1, "2027-03-30"),  # skärtorsdagen: over long Friday and Easter Monday
        ("2027-05-05", 1, "2027-05-07"),  # over Kristi himmelsfärd
        ("2026-11-27", 3, "2026-12-02"),
    ],
)
def test_only_working_days_count(day: str, count: int, due: str) -> None:
    """Swedish holidays, with Easter computed."""
    assert working_day_after(date.fromisoformat(day), count) == date.fromisoformat(due)


@pytest.mark.feature("E20")
def test_the_days_to_choose_from_are_working_days() -> None:
    """So many from today on, over Christmas and New Year too."""
    offered = {count: day.isoformat() for count, day in offered_days(date(2026, 12, 23))}
    assert offered == {1: "2026-12-28", 3: "2026-12-30", 5: "2027-01-05", 10: "2027-01-13", 20: "2027-01-27"}


@pytest.mark.feature("E20")
def test_the_earliest_day_comes_first_and_late_ones_are_counted(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Page by page; closed cases and those without a day are not in the list."""
    mailbox_id, first = organisation.mailbox.id, today()
    ids = [organisation.arrive(f"Nummer {number}") for number in range(5)]
    for number, case_id in enumerate(ids[:4]):
        in_work(platform, case_worker, set_due, [case_id], first + timedelta(days=10 - number))
    in_work(platform, case_worker, actions.close, ids[3])
    organisation.rows("UPDATE cases SET due_on = :day WHERE id = :id", day=first - timedelta(days=2), id=ids[1])
    page = in_work(platform, case_worker, list_due, mailbox_id, limit=2)
    assert [case.id for case in page.items] == [ids[1], ids[2]]
    assert page.next_cursor is not None
    rest = in_work(platform, case_worker, list_due, mailbox_id, page.next_cursor, limit=2)
    assert [case.id for case in rest.items] == [ids[0]]
    assert in_work(platform, case_worker, count_overdue, mailbox_id, first, 1000) == 1
    assert organisation.case_events(ids[0])[-1:] == ["due-set"]
    with pytest.raises(Invalid):
        in_work(platform, case_worker, list_due, mailbox_id, "i morgon")


@pytest.mark.feature("E20")
def test_a_day_is_kept_and_taken_away_for_many(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The same day twice is no change; both logs say what was done."""
    ids = [organisation.arrive(), organisation.arrive()]
    day = offered_days(today())[0][1]
    assert is_working_day(day)
    assert sorted(in_work(platform, case_worker, set_due, ids, day)) == sorted(ids)
    assert in_work(platform, case_worker, set_due, ids, day) == []
    assert in_work(platform, case_worker, case_item, ids[0]).due_on == day
    in_work(platform, case_worker, set_due, ids, None)
    assert in_work(platform, case_worker, case_item, ids[0]).due_on is None
    assert organisation.case_events(ids[0])[-1:] == ["due-cleared"]


def test_nobody_sets_a_day_that_has_passed_or_where_they_may_not(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Not yesterday, not in a hundred years; not found by strangers, forbidden to those who only read."""
    case_id, day = organisation.arrive(), today()
    for wrong in (day - timedelta(days=1), day + timedelta(days=40_000)):
        with pytest.raises(Invalid):
            in_work(platform, case_worker, set_due, [case_id], wrong)
    for stranger in (outsider, other_administrator, organisation.administrator):
        with pytest.raises(NotFound):
            in_work(platform, stranger, set_due, [case_id], day)
        with pytest.raises(NotFound):
            in_work(platform, stranger, list_due, organisation.mailbox.id)
    organisation.rows("UPDATE memberships SET may_answer = false WHERE user_id = :id", id=case_worker.id)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, set_due, [case_id], day)
