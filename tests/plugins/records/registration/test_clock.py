"""The clock: by the end of the next working day in Sweden."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle.operations import is_working_day, working_day_after
from budkavle_records.registration.clock import late_from, swedish_date

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.feature("ZR2")
@pytest.mark.parametrize(
    ("arrived", "late"),
    [
        ("2026-06-18T10:00+02:00", "2026-06-23"),  # midsommarafton is no working day
        ("2026-12-23T16:00+01:00", "2026-12-29"),  # nor is julafton
        ("2026-12-30T23:30+01:00", "2027-01-05"),  # nor nyårsafton
        ("2026-03-27T12:00+01:00", "2026-03-31"),  # a Friday; the clocks change on Sunday
        ("2026-04-02T09:00+02:00", "2026-04-08"),  # skärtorsdagen; Easter follows
        ("2026-04-30T22:30+00:00", "2026-05-05"),  # 1 May in Sweden
        ("2026-11-27T08:00+01:00", "2026-12-01"),
        ("2027-05-05T08:00+02:00", "2027-05-08"),  # Kristi himmelsfärdsdag; the Friday is a working day
    ],
)
def test_when_a_message_is_late(arrived: str, late: str) -> None:
    """From midnight after its last working day, counted from its Swedish date."""
    expected = datetime.combine(date.fromisoformat(late), time(), STOCKHOLM)
    assert late_from(datetime.fromisoformat(arrived)) == expected


def test_half_days_are_working_days() -> None:
    """Skärtorsdagen and valborgsmässoafton are; julafton, which the library has as a custom alone, is not."""
    assert is_working_day(date(2026, 4, 2))
    assert is_working_day(date(2026, 4, 30))
    assert not is_working_day(date(2026, 12, 24))


@pytest.mark.feature("ZR2")
def test_the_organisations_own_closed_days_do_not_count() -> None:
    """A squeezed-in Friday that is closed moves the last day to Monday."""
    arrived = datetime(2027, 5, 5, 8, tzinfo=STOCKHOLM)
    assert swedish_date(late_from(arrived, closed={date(2027, 5, 7)})) == date(2027, 5, 11)


def test_a_time_needs_its_zone() -> None:
    """Otherwise nobody knows on which date it came."""
    with pytest.raises(ValueError, match="time zone"):
        late_from(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


moments = st.datetimes(datetime(2020, 1, 1), datetime(2049, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
counts = st.integers(1, 30)
closings = st.frozensets(st.dates(date(2020, 1, 1), date(2050, 12, 31)), max_size=5)


@pytest.mark.feature("ZR2")
@given(moments, counts, closings)
def test_exactly_so_many_working_days_lie_between(arrived: datetime, count: int, closed: frozenset[date]) -> None:
    """Over years and changes of the clock: the last day is a working day, and it is the one that was asked for."""
    late = late_from(arrived, count, closed)
    local = late.astimezone(STOCKHOLM)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    first, last = swedish_date(arrived), local.date() - timedelta(days=1)
    days = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    assert sum(is_working_day(day, closed) for day in days) == count
    assert is_working_day(last, closed)
    assert late > arrived


@given(moments, counts)
def test_who_comes_later_is_never_late_earlier(arrived: datetime, count: int) -> None:
    """And all that comes on one Swedish date is late at the same moment."""
    assert late_from(arrived, count) <= late_from(arrived + timedelta(hours=5), count)
    midnight = datetime.combine(swedish_date(arrived), time(), STOCKHOLM)
    assert late_from(midnight, count) == late_from(arrived, count)


def test_the_day_itself_never_counts() -> None:
    """A working day after Friday is Monday."""
    assert working_day_after(date(2026, 11, 27), 1) == date(2026, 11, 30)
