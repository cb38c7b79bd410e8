"""Which closed cases the dry run passes over: none that the plan says is to be transferred."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from budkavle.cases import ClosedCase
from budkavle_records.archive.appraisals import closed_before, due_on
from budkavle_records.schedule.kinds import Kind

TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone follows


def kind(years: int | None) -> Kind:
    return Kind(uuid4(), "1", "Avslag", None, None, preserve=True, archive_years=years)


def closed(at: datetime) -> ClosedCase:
    return ClosedCase(uuid4(), uuid4(), "Inkorg", "1", at, at, 1, 0)


@given(at=TIMES, now=TIMES, years=st.lists(st.none() | st.integers(0, 40), min_size=1, max_size=3))
def test_no_case_is_passed_over_that_is_due(at: datetime, now: datetime, years: list[int | None]) -> None:
    kinds, case = [kind(each) for each in years], closed(at)
    if any((due := due_on(case, each)) is not None and due <= now for each in kinds):
        assert at < closed_before(kinds, now)


@given(now=TIMES, years=st.integers(1, 40))
def test_what_is_a_week_too_young_is_passed_over(now: datetime, years: int) -> None:
    """Else the bound would be none."""
    young = now.replace(day=1, year=now.year - years) + timedelta(days=now.day + 7)
    assert young >= closed_before([kind(years), kind(None)], now)


def test_without_years_nothing_is_looked_through() -> None:
    assert closed_before([kind(None)], datetime.now(UTC)).year == 1
