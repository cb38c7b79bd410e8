"""Periods: reading them from the address, the quick ranges, the period to compare with, and the steps of a chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from budkavle import Invalid, Sentence
from budkavle.organisation import read_day

LOCAL = ZoneInfo("Europe/Stockholm")
YEARS = 10
"""The longest period, in years."""
MONTHS = 6
"""The default period, in months."""
BEFORE, YEAR = "before", "year"
N_ = str
"""Mark a Swedish sentence that is translated when it is shown."""
Step: TypeAlias = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Period:
    """A range of days, including the last one."""

    first: date
    last: date

    @property
    def until(self) -> date:
        """The day after the last one."""
        return self.last + timedelta(days=1)

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.until - self.first).days

    @property
    def step(self) -> Step:
        """The step of its charts, chosen to give at most a few dozen."""
        if self.days <= 31:
            return "day"
        return "week" if self.days <= 100 else "month"

    def steps(self, step: Step) -> list[date]:
        """Return the first day of each step, as the event log counts them. The first may be before the period."""
        day, steps = start_of(self.first, step), []
        while day <= self.last:
            steps.append(day)
            day = next_step(day, step)
        return steps

    def compared(self, compare: str) -> "Period | None":
        """Return the period to compare with: the same days last year, or an equally long period before. Otherwise None.

        Whole months are compared with whole months, and the beginning of a month with the beginning of another.
        """
        if compare == YEAR:
            return Period(months_before(self.first, 12), months_before(self.last, 12))
        if compare != BEFORE:
            return None
        if self.first.day == 1:
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
            last = self.last
            whole = next_step(last, "month") == self.until
            before = months_before(last, months)
            end = next_step(start_of(before, "month"), "month") - timedelta(days=1)
            return Period(months_before(self.first, months), end if whole else before)
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def today() -> date:
    """Return today's date in Sweden."""
    return datetime.now(LOCAL).date()


def start_of(day: date, step: Step) -> date:
    """Return the first day of the step that a day is in. Weeks begin on Monday."""
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def next_step(day: date, step: Step) -> date:
    """Return the first day of the next step."""
    if step == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return start_of(day, step) + timedelta(days=7 if step == "week" else 1)


def months_before(day: date, months: int) -> date:
    """Return the same day some months earlier, or the last day of a month that has no such day."""
    number = day.year * 12 + day.month - 1 - months
    first = date(number // 12, number % 12 + 1, 1)
    last = next_step(first, "month") - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def quick_periods(now: date) -> dict[str, Period]:
    """Return the quick ranges by their Swedish text, which is a key of the translations."""
    month = now.replace(day=1)
    last_month = months_before(month, 1)
    return {
        N_("Den här månaden"): Period(month, now),
        N_("Förra månaden"): Period(last_month, month - timedelta(days=1)),
        N_("6 månader"): Period(months_before(month, MONTHS - 1), now),
        N_("I år"): Period(date(now.year, 1, 1), now),
    }


def read_period(typed: Mapping[str, str], now: date) -> Period:
    """Return the period in an address, from `from` and `to`. By default the last six months.

    Raises:
        Invalid: A date is invalid, the last day is before the first, or the period is too long.
    """
    usual = quick_periods(now)["6 månader"]
    faults: dict[str, str] = {}
    first, last = (_day(typed, name, faults) for name in ("from", "to"))
    period = Period(first or min(usual.first, last or now), last or max(now, first or now))
    if not faults and period.last < period.first:
        faults["to"] = "Till ska vara samma dag som Från, eller senare."
    if not faults and period.days > YEARS * 366:
        faults["from"] = Sentence("Välj högst {years} år i taget.", years=YEARS)
    if faults:
        raise Invalid("Tiden går inte att visa.", fields=faults)
    return period


def _day(typed: Mapping[str, str], name: str, faults: dict[str, str]) -> date | None:
    word = typed.get(name, "").strip()
    if not word:
        return None
    day = read_day(word)
    if day is None or not 2000 <= day.year <= 2200:
        faults[name] = "Skriv datumet som 2026-06-01."
        return None
    return day
