"""Swedish personal identity numbers and coordination numbers: the form, the date and the check digit. Pure.

Source: Folkbokföringslagen (1991:481) 18 § and 18 a §; Skatteverket SKV 704 (personnummer), SKV 707
(samordningsnummer).
"""

import re
from datetime import date

_FORM = re.compile(r"(?:([0-9]{2}))?([0-9]{2})([0-9]{2})([0-9]{2})([-+]?)([0-9]{3})([0-9])", re.ASCII)
_COORDINATION = 60
"""What a coordination number adds to the day."""


def normal(text: str, today: date | None = None) -> str | None:
    """Return the number as its twelve digits, or None where it is no valid number.

    Args:
        text: Ten or twelve digits, with or without `-` (or `+` for those who turn a hundred), spaces allowed.
        today: The day by which a missing century is understood.
    """
    found = _FORM.fullmatch("".join(text.split()))
    if found is None:
        return None
    century, year, month, day, sign, serial, check = found.groups()
    if check_digit(year + month + day + serial) != int(check):
        return None
    today = today or date.today()  # noqa: DTZ011 - a birthday has no time zone
    born = _born(century, (int(year), int(month), int(day)), sign, today)
    if born is None or born > today:
        return None
    return f"{born.year:04}{month}{day}{serial}{check}"


def check_digit(digits: str) -> int:
    """Return the check digit of the nine digits before it, by the Luhn algorithm."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return -sum(value // 10 + value % 10 for value in doubled) % 10


def _born(century: str | None, parts: tuple[int, int, int], sign: str, today: date) -> date | None:
    year, month, day = parts
    day -= _COORDINATION if day > _COORDINATION else 0
    if century is not None:
        return _date(int(century) * 100 + year, month, day)
    latest = today.year - (100 if sign == "+" else 0)
    for candidate in (latest - (latest - year) % 100, latest - (latest - year) % 100 - 100):
        born = _date(candidate, month, day)
        if born is not None and born <= today:
            return born
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
