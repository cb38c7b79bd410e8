"""The time zone that people of the installation live in, its working days, and times as people write them."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)(?::00)?", re.ASCII)


def read_day(typed: str) -> date | None:
    """Read a day that somebody typed.

    Args:
        typed: Such as `2026-11-27`. Other forms of ISO 8601, such as `20261127` or `2026-W48-5`, are not read.

    Returns:
        The day; None if it is not one, or not between 1901 and 8999, where its midnight exists in every zone.
    """
    try:
        day = date.fromisoformat(typed) if _DAY.fullmatch(typed) else None
    except ValueError:
        return None
    return day if day and 1900 < day.year < 9000 else None


def read_clock(typed: str) -> time | None:
    """Read a time of day that somebody typed, as `19:00` or `19.00`; None if it is not one."""
    match = _CLOCK.fullmatch(typed)
    try:
        return time(int(match[1]), int(match[2])) if match else None
    except ValueError:
        return None


def clock(at: datetime, language: str) -> str:
    """Return the time of day, to the minute.

    Args:
        at: The moment.
        language: `sv` or `en`.
    """
    return f"{at.astimezone(ZONE):%H.%M}" if language == "sv" else f"{at.astimezone(ZONE):%H:%M}"


def when(at: datetime, language: str, now: datetime | None = None) -> str:
    """Return a short time for a list.

    Args:
        at: The moment.
        language: `sv` or `en`.
        now: The moment of reading; None means the present.

    Returns:
        The time of day if it is today, else `i går`, the day, or the date with its year.
    """
    local, today = at.astimezone(ZONE), (now or datetime.now(ZONE)).astimezone(ZONE)
    if local.date() == today.date():
        return clock(at, language)
    if local.date() == today.date() - timedelta(days=1):
        return "i går" if language == "sv" else "yesterday"
    pattern = "d MMM" if local.year == today.year else "d MMM y"
    return _date(local, pattern, language)


def spoken(at: datetime, language: str, now: datetime | None = None) -> str:
    """Return a short time for use in a sentence, where the time of day alone could be taken for a day.

    Args:
        at: The moment.
        language: `sv` or `en`.
        now: The moment of reading; None means the present.
    """
    short = when(at, language, now)
    return f"{'kl.' if language == 'sv' else 'at'}\N{NO-BREAK SPACE}{short}" if short == clock(at, language) else short


def moment(at: datetime, language: str) -> str:
    """Return date and time, to the second.

    Args:
        at: The moment.
        language: `sv` or `en`.
    """
    local = at.astimezone(ZONE)
    seconds = f"{local:.%S}" if language == "sv" else f"{local::%S}"
    return f"{minute(at, language)}{seconds}"


def second(at: datetime, language: str) -> str:
    """Return the time of day, to the second: where the day stands above.

    Args:
        at: The moment.
        language: `sv` or `en`.
    """
    return f"{at.astimezone(ZONE):%H.%M.%S}" if language == "sv" else f"{at.astimezone(ZONE):%H:%M:%S}"


def minute(at: datetime, language: str) -> str:
    """Return date and time, to the minute: where no order of events is shown.

    Args:
        at: The moment.
        language: `sv` or `en`.
    """
    return f"{_date(at.astimezone(ZONE), 'd MMMM y', language)} {clock(at, language)}"


def day(at: datetime, language: str) -> str:
    """Return the date, with its year.

    Args:
        at: The moment.
        language: `sv` or `en`.
    """
    return _date(at.astimezone(ZONE), "d MMMM y", language)


def day_in_words(day: date, language: str, pattern: str = "d MMMM y") -> str:
    """Return a day as people write it.

    Args:
        day: The day.
        language: `sv` or `en`.
        pattern: Of Unicode's locale data, such as `LLLL y` for a month.
    """
    return _date(day, pattern, language)


def is_working_day(day: date, closed: Collection[date] = ()) -> bool:
    """Tell whether people in Sweden work on a day.

    They do not on Saturdays, Sundays and public holidays, nor on midsommarafton, julafton and nyårsafton, which lag
    (1930:173) 2 § puts beside Sundays. Half days, such as skärtorsdagen and valborgsmässoafton, are working days.

    Args:
        day: The day.
        closed: Days on which the organisation is closed beside the free days of everybody.
    """
    return day.weekday() < 5 and day not in _free_days(day.year) and day not in closed


def working_day_after(day: date, count: int, closed: Collection[date] = ()) -> date:
    """Return the working day that is so many working days after a day; the day itself never counts.

    Args:
        day: The day.
        count: How many working days, at least 1.
        closed: Days on which the organisation is closed.

    Example:
        working_day_after(date(2026, 6, 18), 1)  # midsommarafton is free: Monday the 22nd
    """
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, closed)
    return day


@cache
def _free_days(year: int) -> frozenset[date]:
    import holidays  # late: the command line need not wait for it
    from holidays.constants import DE_FACTO, PUBLIC

    # Without DE_FACTO, which the library does not have by default, julafton would be a working day.
    return frozenset(holidays.country_holidays("SE", years=year, categories=(PUBLIC, DE_FACTO), language="sv"))


def fill(sentence: str, values: Mapping[str, object], language: str = "sv") -> str:
    """Put facts into a sentence, a time and a number with decimals as the language writes them.

    A time has its date where it is not today.

    Args:
        sentence: With `{name}` where facts go.
        values: By name; without any, the sentence may hold braces of its own.
        language: The sentence's.
    """
    if not values:
        return sentence
    return sentence.format(**{name: _written(fact, language) for name, fact in values.items()})


def _written(fact: object, language: str) -> object:
    if isinstance(fact, float):
        number = f"{fact:g}"
        return number.replace(".", ",") if language == "sv" else number
    return _short(fact, language) if isinstance(fact, datetime) else fact


def _date(local: date, pattern: str, language: str) -> str:
    from babel.dates import format_date  # late: the command line need not wait for it

    return format_date(local, pattern, locale=language)


def _short(at: datetime, language: str) -> str:
    local = at.astimezone(ZONE)
    is_today = local.date() == datetime.now(ZONE).date()
    return clock(at, language) if is_today else f"{local:%Y-%m-%d} {clock(at, language)}"
