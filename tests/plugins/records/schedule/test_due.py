"""What the schedule says of a case, moment by moment and day by day, and which messages a rule fits (feature Z2)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import Address
from budkavle.cases import CaseTimes, ClosedCase
from budkavle.model.states import CaseState
from budkavle_records.archive.appraisals import due_on
from budkavle_records.disposal.judging import Candidate, guard
from budkavle_records.schedule.assignment import CaseKind
from budkavle_records.schedule.due import Judgement, Outside, judge, moment_of
from budkavle_records.schedule.kinds import CountsFrom, Kind
from budkavle_records.schedule.rules import Rule

KIND = Kind(uuid4(), "1.3.2", "Ringa betydelse", CountsFrom.CLOSED, 90, preserve=False)
SAID, RECEIPT = date(2026, 6, 1), date(2026, 5, 1)


def at(day: int, hour: int = 12, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


TIMES = CaseTimes(
    id=uuid4(),
    mailbox_id=uuid4(),
    number="2026-0001",
    state=CaseState.CLOSED,
    opened_at=at(1),
    first_received_at=at(1),
    last_received_at=at(5),
    last_sent_at=at(7),
    last_at=at(7),
    ended_at=at(9),
    received_ids=(uuid4(), uuid4()),
    messages=3,
    size=0,
)


@pytest.mark.feature("Z2")
@pytest.mark.parametrize(
    ("counts_from", "outside", "day"),
    [
        (CountsFrom.RECEIVED, Outside(), date(2026, 3, 5)),
        (CountsFrom.MADE, Outside(), date(2026, 3, 7)),
        (CountsFrom.CLOSED, Outside(said_day=SAID), date(2026, 3, 9)),
        (CountsFrom.HANDLED, Outside(), date(2026, 3, 9)),
        (CountsFrom.HANDLED, Outside(said_day=SAID), SAID),
        (CountsFrom.HANDLED, Outside(said_day=date(2026, 1, 1)), date(2026, 3, 9)),
        (CountsFrom.RECEIPT, Outside(), None),
        (CountsFrom.RECEIPT, Outside(receipt_day=RECEIPT), RECEIPT),
        (CountsFrom.RECEIPT, Outside(said_day=SAID, receipt_day=RECEIPT), SAID),
        (CountsFrom.LAST_ENTRY, Outside(), date(2026, 3, 7)),
        (CountsFrom.LAST_ENTRY, Outside(said_day=SAID), SAID),
        (CountsFrom.BIRTH, Outside(receipt_day=RECEIPT), None),
        (CountsFrom.BIRTH, Outside(said_day=SAID), SAID),
    ],
)
def test_the_moment_is_the_last_of_what_it_may_count_from(
    counts_from: CountsFrom, outside: Outside, day: date | None
) -> None:
    """What is not known is never guessed."""
    assert moment_of(counts_from, TIMES, outside) == day


@pytest.mark.feature("Z2")
def test_a_day_is_the_swedish_one_and_counts_whole() -> None:
    """Closed at 23:30 UTC in June is the next day in Sweden; the ninetieth day is kept to its end."""
    late = replace(TIMES, ended_at=at(30, 23, month=6))
    assert moment_of(CountsFrom.CLOSED, late, Outside()) == date(2026, 7, 1)
    last, first = date(2026, 9, 29), date(2026, 9, 30)
    kept = judge(KIND, late, Outside(), last)
    assert (kept.is_due, kept.on, last.isoformat() in kept.why) == (False, first, True)
    assert judge(KIND, late, Outside(), first) == Judgement(is_due=True, on=first)


@pytest.mark.feature("Z2")
def test_what_is_preserved_goes_only_once_the_archive_has_it() -> None:
    """Also a kind whose days or moment are not said; a case without a kind is never due."""
    for kind in (replace(KIND, preserve=True), replace(KIND, days=None), replace(KIND, counts_from=None)):
        assert not judge(kind, TIMES, Outside(said_day=SAID), date(2999, 1, 1)).is_due
        assert judge(kind, TIMES, Outside(is_archived=True), date(2026, 3, 10)).is_due
    unknown = judge(None, TIMES, Outside(is_archived=True), date(2999, 1, 1))
    assert (unknown.is_due, unknown.is_unknown) == (False, True)


@pytest.mark.feature("Z2")
@pytest.mark.parametrize(
    ("changes", "more", "held"),
    [
        ({}, {}, False),
        ({"ended_at": None}, {}, True),
        ({"ended_at": None, "last_sent_at": at(1)}, {}, True),
        ({}, {"is_registered": False}, True),
        ({}, {"kind": {"archive_years": 5}}, True),
        ({}, {"kind": {"archive_years": 5}, "is_archived": True}, False),
    ],
)
def test_each_guard_keeps_a_case_that_is_due(changes: dict[str, Any], more: dict[str, Any], held: bool) -> None:
    """Open, unanswered, not registered, not archived; and nothing else."""
    kind = replace(KIND, **more.pop("kind", {}))
    candidate = Candidate(replace(TIMES, **changes), CaseKind(kind), Judgement(is_due=True), **more)
    assert bool(guard(candidate)) is held


def message(**changes: Any) -> Any:
    sender = Address("sdk", "0203:habo", organisation="Habo kommun", organisation_value="2120000001")
    values = {"mailbox_id": UUID(int=1), "transport": "sdk", "sender": sender, "subject": "Ansökan: bygglov, Storgatan"}
    return SimpleNamespace(**{**values, **changes})


@pytest.mark.feature("Z2")
@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({}, True),
        ({"mailbox_id": UUID(int=1)}, True),
        ({"mailbox_id": UUID(int=2)}, False),
        ({"channel": "sdk"}, True),
        ({"channel": "sms"}, False),
        ({"sender": "HABO kommun"}, True),
        ({"sender": "2120000001"}, True),
        ({"sender": "Habo"}, False),
        ({"word": "Bygglov"}, True),
        ({"word": "bygg"}, False),
        ({"word": "bygglov", "channel": "sms"}, False),
    ],
)
def test_a_rule_fits_what_has_all_that_it_says(more: dict[str, Any], fits: bool) -> None:
    """Whole words of the subject, and the sender by name or identifier, in capitals or not."""
    values: dict[str, Any] = {"mailbox_id": None, "channel": "", "sender": "", "word": "", **more}
    assert Rule(uuid4(), 1, kind_id=uuid4(), **values).fits(message()) is fits


@pytest.mark.feature("ZR4")
@pytest.mark.parametrize(
    ("closed", "years", "day"),
    [
        (datetime(2026, 3, 9, tzinfo=UTC), 5, date(2031, 3, 9)),
        (datetime(2028, 2, 29, tzinfo=UTC), 5, date(2033, 2, 28)),
        (datetime(2026, 3, 9, tzinfo=UTC), None, None),
    ],
)
def test_when_a_case_goes_to_the_archive(closed: datetime, years: int | None, day: date | None) -> None:
    """So many years after it was closed, also where it was closed on a leap day; never where the plan says nothing."""
    case = ClosedCase(uuid4(), uuid4(), "Bygg", "2026-0001", closed, closed, 1, 0)
    due = due_on(case, replace(KIND, archive_years=years))
    assert (due.date() if due else None) == day
