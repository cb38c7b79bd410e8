"""When a message must be registered: working days in Sweden, counted from the Swedish date of its arrival.

Not working days are Saturdays, Sundays, public holidays, and midsommarafton, julafton and nyårsafton, which lag
(1930:173) 2 § puts beside Sundays. Half days, such as skärtorsdagen and valborgsmässoafton, are working days.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays
from holidays.constants import DE_FACTO, PUBLIC

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")


@cache
def _free_days(year: int) -> frozenset[date]:
    # Without DE_FACTO, which the library does not have by default, julafton would be a working day.
    return frozenset(holidays.country_holidays("SE", years=year, categories=(PUBLIC, DE_FACTO), language="sv"))


def is_working_day(day: date, closed: Collection[date] = ()) -> bool:
    """Tell whether people work on a day.

    Args:
        day: The day, in Sweden.
        closed: Days on which the organisation is closed beside the free days of everybody.
    """
    return day.weekday() < 5 and day not in _free_days(day.year) and day not in closed


def working_day_after(day: date, count: int, closed: Collection[date] = ()) -> date:
    """Return the working day that is so many working days after a day; the day itself never counts.

    Args:
        day: The day.
        count: How many working days, at least 1.
        closed: Days on which the organisation is closed.
    """
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, closed)
    return day


def late_from(arrived_at: datetime, days: int = 1, closed: Collection[date] = ()) -> datetime:
    """Return the moment from which a message is late: the end of its last working day.

    Args:
        arrived_at: When it came. Its date in Sweden counts, whatever the hour.
        days: So many working days after it, at least 1.
        closed: Days on which the organisation is closed.

    Returns:
        Midnight after that day in Sweden, in UTC.

    Raises:
        ValueError: `arrived_at` has no time zone.

    Example:
        late_from(datetime.fromisoformat("2026-06-18T10:00+02:00"))  # midsommarafton is free: from Tuesday the 23rd
    """
    if arrived_at.tzinfo is None:
        raise ValueError("arrived_at needs a time zone")
    last = working_day_after(swedish_date(arrived_at), days, closed)
    return midnight(last + timedelta(days=1))


def swedish_date(moment: datetime) -> date:
    """Return the date that a moment has in Sweden."""
    return moment.astimezone(STOCKHOLM).date()


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Sweden, in UTC."""
    return datetime.combine(day, time(), STOCKHOLM).astimezone(UTC)
