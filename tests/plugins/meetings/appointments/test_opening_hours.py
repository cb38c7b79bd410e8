"""Opening hours are those of the wall clock, also on the days when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from budkavle_meetings.appointments.opening_hours import Rhythm, free_starts, read_hours
from budkavle_meetings.booking.times import ZONE

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
HALF_HOURS = Rhythm(timedelta(minutes=30), timedelta(0), timedelta(0))
ALL_DAY = [(time(0), time(23, 59))]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("09:00–12:00", [(time(9), time(12))]),
        ("8.30-12.00, 13:00 – 16:00", [(time(8, 30), time(12)), (time(13), time(16))]),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, spans: list[tuple[time, time]]) -> None:
    """With full stops or colons, with either dash."""
    assert read_hours(text) == spans


@pytest.mark.parametrize("text", ["9–12", "25:00–26:00", "12:00–09:00", "09:00–12:00, 11:00–13:00", "09:00–09:00"])
def test_what_is_no_span_is_refused(text: str) -> None:
    """Also spans that overlap."""
    with pytest.raises(ValueError, match=r".+"):
        read_hours(text)


@pytest.mark.parametrize(("day", "count"), [(date(2027, 3, 27), 47), (date(2027, 3, 28), 45), (date(2027, 10, 31), 49)])
def test_a_day_of_23_or_25_hours_has_the_times_that_it_has(day: date, count: int) -> None:
    """And nine in the morning is nine by the clock on the wall."""
    starts = list(free_starts(day, ALL_DAY, HALF_HOURS, [], NOON))
    assert len(starts) == len(set(starts)) == count
    (nine, *_) = free_starts(day, [(time(9), time(10))], HALF_HOURS, [], NOON)
    assert nine.astimezone(ZONE).hour == 9


def test_a_pause_lies_after_each_time_and_around_what_is_taken() -> None:
    """Half hours with a quarter between; a busy half hour takes the times that touch it or its pause."""
    rhythm = Rhythm(timedelta(minutes=30), timedelta(minutes=15), timedelta(0))
    day, hours = date(2027, 2, 1), [(time(8), time(11))]
    clocks = [at.astimezone(ZONE).strftime("%H:%M") for at in free_starts(day, hours, rhythm, [], NOON)]
    assert clocks == ["08:00", "08:45", "09:30", "10:15"]
    busy = [(datetime(2027, 2, 1, 9, tzinfo=ZONE), datetime(2027, 2, 1, 9, 20, tzinfo=ZONE))]
    clocks = [at.astimezone(ZONE).strftime("%H:%M") for at in free_starts(day, hours, rhythm, busy, NOON)]
    assert clocks == ["08:00", "10:15"]


def test_notice_is_kept() -> None:
    """Nobody books a time that begins too soon."""
    rhythm = Rhythm(timedelta(hours=1), timedelta(0), timedelta(hours=2))
    now = datetime(2027, 2, 1, 8, 30, tzinfo=ZONE)
    (first, *_) = free_starts(date(2027, 2, 1), [(time(8), time(16))], rhythm, [], now)
    assert first.astimezone(ZONE).hour == 11
