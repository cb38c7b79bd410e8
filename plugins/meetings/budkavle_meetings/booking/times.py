"""When a meeting is held, and when it may be joined; all by the server's clock.

A series keeps its hour by the wall clock of Sweden, so that it is the same for the readers of its calendar entry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
OPENS_BEFORE = timedelta(minutes=5)
"""How long before the start somebody may join: the same for all, and for the organiser."""
MOST_TIMES = 52
RULES: Mapping[str, str] = {
    "": "",
    "daily": "FREQ=DAILY",
    "weekly": "FREQ=WEEKLY",
    "biweekly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
}
"""How a series is repeated, and how iCalendar says it (RFC 5545, 3.3.10)."""
_STEPS = {"daily": timedelta(days=1), "weekly": timedelta(days=7), "biweekly": timedelta(days=14)}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a meeting is held.

    Attributes:
        repeats: A key of `RULES`; empty: once.
        times: How often in all; 1 where it is not repeated.
    """

    starts_at: datetime
    ends_at: datetime
    repeats: str = ""
    times: int = 1

    def __post_init__(self) -> None:
        """Judge the times where the caller's own line is in sight."""
        if self.starts_at.tzinfo is None or self.ends_at <= self.starts_at:
            raise ValueError("a meeting needs times with a zone, and ends after it starts")
        if self.repeats not in RULES or not 1 <= self.times <= MOST_TIMES:
            raise ValueError("no such series")

    @property
    def recurrence(self) -> str:
        """The rule of the series as iCalendar writes it; empty where it is held once."""
        return f"{RULES[self.repeats]};COUNT={self.times}" if self.repeats and self.times > 1 else ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A time of a meeting."""

    starts_at: datetime
    ends_at: datetime

    @property
    def opens_at(self) -> datetime:
        """When it may first be joined."""
        return self.starts_at - OPENS_BEFORE

    def closes_at(self, open_after: timedelta) -> datetime:
        """Return when it may no longer be joined."""
        return self.ends_at + open_after


def occurrences(schedule: Schedule) -> list[Occurrence]:
    """Return all times of a meeting, in their order."""
    length = schedule.ends_at - schedule.starts_at
    first = schedule.starts_at.astimezone(ZONE)
    days = _days(first.date(), schedule.repeats) if schedule.repeats else iter([first.date()])
    starts = [
        datetime.combine(next(days), first.timetz().replace(tzinfo=ZONE)).astimezone(UTC)
        for _ in range(schedule.times if schedule.repeats else 1)
    ]
    starts[0] = schedule.starts_at.astimezone(UTC)
    return [Occurrence(start, start + length) for start in starts]


def may_join(schedule: Schedule, now: datetime, open_after: timedelta) -> Occurrence | None:
    """Return the time of the meeting that may be joined now; None where none may.

    Args:
        schedule: When the meeting is held.
        now: The server's clock.
        open_after: How long it stays open after its end, as the organisation has chosen.
    """
    open_now = [time for time in occurrences(schedule) if time.opens_at <= now <= time.closes_at(open_after)]
    return open_now[-1] if open_now else None


def next_time(schedule: Schedule, now: datetime, open_after: timedelta) -> Occurrence | None:
    """Return the time that may be joined now, else the next that comes; None where all are over."""
    joinable = may_join(schedule, now, open_after)
    return joinable or next((time for time in occurrences(schedule) if time.opens_at > now), None)


def _days(first: date, repeats: str) -> Iterator[date]:
    """Give the days of a series without end. A month that lacks the day is passed over, as iCalendar does."""
    day, months = first, 0
    while True:
        if repeats != "monthly":
            yield day
            day += _STEPS[repeats]
            continue
        year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
        months += 1
        try:
            yield date(year, month + 1, first.day)
        except ValueError:
            continue
