"""When a meeting may be joined: the boundaries to the second, and over the changes of the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle_meetings.booking.times import RULES, ZONE, Occurrence, Schedule, may_join, next_time, occurrences

SECOND = timedelta(seconds=1)
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(ZONE))  # noqa: DTZ001
LENGTHS = st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes))
AFTER = st.integers(0, 240).map(lambda minutes: timedelta(minutes=minutes))


@given(STARTS, LENGTHS, AFTER, st.sampled_from(sorted(RULES)), st.integers(1, 10))
def test_nobody_joins_five_minutes_and_a_second_before(
    start: datetime, length: timedelta, after: timedelta, repeats: str, times: int
) -> None:
    """Each time of a series opens five minutes before its start, by elapsed time, also at the change of the clock."""
    start = start.astimezone(UTC)
    schedule = Schedule(start, start + length, repeats, times if repeats else 1)
    held = occurrences(schedule)
    for earlier, time in zip([None, *held], held, strict=False):
        assert may_join(schedule, time.starts_at - timedelta(minutes=5), after) == time
        early = may_join(schedule, time.starts_at - timedelta(minutes=5) - SECOND, after)
        assert early != time
        if earlier is None:
            assert early is None
    closes = held[-1].ends_at + after
    assert may_join(schedule, closes, after) == held[-1]
    assert may_join(schedule, closes + SECOND, after) is None
    assert next_time(schedule, closes + SECOND, after) is None


@given(STARTS, LENGTHS, st.sampled_from(sorted(set(RULES) - {""})), st.integers(2, 52))
def test_a_series_keeps_its_hour(start: datetime, length: timedelta, repeats: str, times: int) -> None:
    """By the wall clock of Sweden all times of a series begin at the same hour, where that hour exists."""
    start = start.astimezone(UTC)
    schedule = Schedule(start, start + length, repeats, times)
    clock = start.astimezone(ZONE).time()
    held = occurrences(schedule)
    assert len(held) == times
    assert [time.starts_at for time in held] == sorted({time.starts_at for time in held})
    for time in held:
        local = time.starts_at.astimezone(ZONE)
        assert local.time() == clock or 2 <= clock.hour <= 3


def test_a_weekly_series_over_the_change_to_summer_time() -> None:
    """Nine o'clock stays nine o'clock: 23 and 30 March 2026 are 167 hours apart."""
    start = datetime(2026, 3, 23, 9, tzinfo=ZONE)
    first, second = occurrences(Schedule(start, start + timedelta(hours=1), "weekly", 2))
    assert first == Occurrence(datetime(2026, 3, 23, 8, tzinfo=UTC), datetime(2026, 3, 23, 9, tzinfo=UTC))
    assert second == Occurrence(datetime(2026, 3, 30, 7, tzinfo=UTC), datetime(2026, 3, 30, 8, tzinfo=UTC))


def test_a_meeting_that_begins_right_after_the_change() -> None:
    """At three o'clock on the night of the change it opens at five to two, winter time: five minutes before."""
    start = datetime(2026, 3, 29, 3, tzinfo=ZONE)
    schedule = Schedule(start, start + timedelta(minutes=30))
    assert may_join(schedule, datetime(2026, 3, 29, 0, 55, tzinfo=UTC), timedelta(0))
    assert may_join(schedule, datetime(2026, 3, 29, 0, 54, 59, tzinfo=UTC), timedelta(0)) is None


def test_a_monthly_series_passes_over_months_without_the_day() -> None:
    """The 31st is held in January, March and May."""
    start = datetime(2026, 1, 31, 9, tzinfo=ZONE)
    held = occurrences(Schedule(start, start + timedelta(hours=1), "monthly", 3))
    assert [time.starts_at.astimezone(ZONE).month for time in held] == [1, 3, 5]


@pytest.mark.parametrize(("repeats", "times"), [("yearly", 2), ("weekly", 0), ("weekly", 53)])
def test_what_is_no_series_is_refused(repeats: str, times: int) -> None:
    """A rule that does not exist, and too many times."""
    start = datetime(2026, 1, 31, 9, tzinfo=ZONE)
    with pytest.raises(ValueError, match="series"):
        Schedule(start, start + timedelta(hours=1), repeats, times)


def test_the_next_time_is_told_while_nothing_is_open() -> None:
    """Between two times of a series the page counts down to the second."""
    start = datetime(2026, 3, 23, 9, tzinfo=ZONE)
    schedule = Schedule(start, start + timedelta(hours=1), "weekly", 2)
    between = datetime(2026, 3, 25, 9, tzinfo=ZONE)
    assert may_join(schedule, between, timedelta(minutes=30)) is None
    assert next_time(schedule, between, timedelta(minutes=30)) == occurrences(schedule)[1]


def test_of_two_times_that_are_open_the_later_is_joined() -> None:
    """A daily series whose room stays open for long: who comes at five to nine comes to today's meeting."""
    start = datetime(2026, 3, 23, 9, tzinfo=ZONE)
    schedule = Schedule(start, start + timedelta(hours=1), "daily", 3)
    first, second, _ = occurrences(schedule)
    now, long = second.starts_at - timedelta(minutes=5), timedelta(hours=24)
    assert may_join(schedule, now - SECOND, long) == first
    assert may_join(schedule, now, long) == second


def test_a_series_that_begins_in_the_hour_that_comes_twice() -> None:
    """Half past two the second time, in October: the first time is held then, and not an hour earlier."""
    start = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    held = occurrences(Schedule(start, start + timedelta(hours=1), "weekly", 2))
    assert [time.starts_at for time in held] == [start, start + timedelta(days=7)]
