"""When a message must be registered: Swedish working days, counted from the Swedish date of its arrival."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from budkavle.operations import working_day_after

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")


def late_from(arrived_at: datetime, days: int = 1, closed: Collection[date] = ()) -> datetime:
    """Return the time from which a message is late: the end of its last working day.

    Args:
        arrived_at: When it arrived. Its date in Sweden counts, whatever the hour.
        days: The number of working days after that date, at least 1.
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
    """Return the date of a point in time in Sweden."""
    return moment.astimezone(STOCKHOLM).date()


def midnight(day: date) -> datetime:
    """Return the time at which a day begins in Sweden, in UTC."""
    return datetime.combine(day, time(), STOCKHOLM).astimezone(UTC)
