"""Moments as the formats write them, and XML Schema's dates as Python's.

XML Schema knows moments that Python does not (24:00:00, years above 9999 or before 1); they become the nearest
moment that Python has, since no rule of the federation rests on them.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_XSD: Final = re.compile(r"(-?\d{4,})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def format_moment(moment: datetime) -> str:
    """UTC with milliseconds, always: ``2026-01-02T03:04:05.000Z`` (the rules demand a fraction)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def read_moment(text: str) -> datetime:
    """Return the moment of a valid ``xs:dateTime`` or ``xs:date``, in UTC; without a time zone it is taken as UTC.

    Raises:
        ValueError: The text is no such moment.
    """
    match = _XSD.fullmatch(text.strip(" \t\r\n"))
    if match is None:
        raise ValueError("The text is no date and time.")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    if not 1 < year < 9999:
        return _FIRST if year <= 1 else _LAST
    moment = datetime(year, month, day, hour % 24, minute, second, micro, tzinfo=_zone(match[8]))
    return (moment + timedelta(days=hour // 24)).astimezone(UTC)


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)
