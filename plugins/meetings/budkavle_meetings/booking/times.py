"""When a meeting is held, and when it may be joined, by the server's clock.

A series keeps its time of day on Sweden's wall clock, as calendars show it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
OPENS_BEFORE = timedelta(minutes=5)
"""How long before the start people may join; the same for everybody, including the organiser."""
MOST_TIMES = 52
RULES: Mapping[str, str] = {
    "": "",
    "daily": "FREQ=DAILY",
    "weekly": "FREQ=WEEKLY",
    "biweekly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
}
"""How a series is repeated, and the iCalendar rule for it (RFC 5545, 3.3.10)."""
_STEPS = {"daily": timedelta(days=1), "weekly": timedelta(days=7), "biweekly": timedelta(days=14)}


@dataclass(frozen=True, slots=True)
class ChangedTime:
    """A time of a series that somebody has moved or cancelled.

    Attributes:
        was: When it begins by the rule of the series; this identifies it.
        starts_at: Its new start; None if it is cancelled.
        ends_at: Its new end.
    """

    was: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a meeting is held.

    Attributes:
        repeats: A key of `RULES`; empty: held once.
        times: The number of times in all; 1 if it is not repeated.
        changed: Times of the series that differ from its rule.
    """

    starts_at: datetime
    ends_at: datetime
    repeats: str = ""
    times: int = 1
    changed: tuple[ChangedTime, ...] = ()

    def __post_init__(self) -> None:
        """Validate the times here, so that an error points to the caller's line."""
        if self.starts_at.tzinfo is None or self.ends_at <= self.starts_at:
            raise ValueError("a meeting needs times with a zone, and ends after it starts")
        if self.repeats not in RULES or not 1 <= self.times <= MOST_TIMES:
            raise ValueError("no such series")

    @property
    def recurrence(self) -> str:
        """The series as an iCalendar rule; empty if the meeting is held once."""
        return f"{RULES[self.repeats]};COUNT={self.times}" if self.repeats and self.times > 1 else ""

    @property
    def rule(self) -> "Schedule":
        """The schedule by its rule alone, without changed times."""
        return replace(self, changed=())

    def changing(self, time: ChangedTime) -> "Schedule":
        """Return the schedule with one of its times changed, or changed again."""
        others = [one for one in self.changed if one.was != time.was]
        return replace(self, changed=tuple(sorted([*others, time], key=lambda one: one.was)))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A time of a meeting."""

    starts_at: datetime
    ends_at: datetime

    @property
    def opens_at(self) -> datetime:
        """The earliest time to join."""
        return self.starts_at - OPENS_BEFORE

    def closes_at(self, open_after: timedelta) -> datetime:
        """Return the latest time to join."""
        return self.ends_at + open_after


@dataclass(frozen=True, slots=True)
class SeriesTime:
    """A time of a meeting by its rule, and how it was changed.

    Attributes:
        rule: The time by the rule.
        held: When it is held; None if it is cancelled.
    """

    rule: Occurrence
    held: Occurrence | None

    @property
    def is_moved(self) -> bool:
        """Whether it is held at another time than the rule says."""
        return self.held is not None and self.held != self.rule


def occurrences(schedule: Schedule) -> list[Occurrence]:
    """Return the times at which a meeting is held, in order, without cancelled ones."""
    return [time.held for time in series_times(schedule) if time.held is not None]


def series_times(schedule: Schedule) -> list[SeriesTime]:
    """Return all times of a meeting, in order, including cancelled ones."""
    changed = {one.was: one for one in schedule.changed}
    return [SeriesTime(time, _held(time, changed.get(time.starts_at))) for time in _by_rule(schedule)]


def _held(time: Occurrence, change: ChangedTime | None) -> Occurrence | None:
    if change is None:
        return time
    if change.starts_at is None or change.ends_at is None:
        return None
    return Occurrence(change.starts_at, change.ends_at)


def _by_rule(schedule: Schedule) -> list[Occurrence]:
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
    """Return the time of the meeting that may be joined now; None if there is none.

    Args:
        schedule: When the meeting is held.
        now: The server's clock.
        open_after: How long it stays open after its end, as the organisation has chosen.
    """
    open_now = [time for time in occurrences(schedule) if time.opens_at <= now <= time.closes_at(open_after)]
    return open_now[-1] if open_now else None


def next_time(schedule: Schedule, now: datetime, open_after: timedelta) -> Occurrence | None:
    """Return the time that may be joined now, otherwise the next one; None if all are over."""
    joinable = may_join(schedule, now, open_after)
    return joinable or next((time for time in occurrences(schedule) if time.opens_at > now), None)


def _days(first: date, repeats: str) -> Iterator[date]:
    """Yield the days of a series without end. A month without that day is skipped, as iCalendar does."""
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
