"""Opening hours as people write them, such as `09:00–12:00, 13:00–16:00`, and the times that they make of a day."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from budkavle_meetings.booking.times import ZONE
from budkavle_meetings.calendars.times import Busy

_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How times follow each other.

    Attributes:
        length: How long each is.
        pause: How long nothing is booked after each.
        notice: How long before its start a time must be booked.
    """

    length: timedelta
    pause: timedelta
    notice: timedelta


def read_hours(text: str) -> list[tuple[time, time]]:
    """Return the spans of a day; none where it is empty.

    Raises:
        ValueError: It is not written so, a span ends before it begins, or two overlap.
    """
    spans: list[tuple[time, time]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(part)
        hours = [int(number) for number in match.groups()]
        opens, shuts = time(hours[0], hours[1]), time(hours[2], hours[3])
        if shuts <= opens or (spans and opens < spans[-1][1]):
            raise ValueError(part)
        spans.append((opens, shuts))
    return spans


def free_starts(
    day: date, hours: Sequence[tuple[time, time]], rhythm: Rhythm, busy: Sequence[Busy], now: datetime
) -> Iterator[datetime]:
    """Give the starts that are free on a day.

    Opening hours are those of the wall clock; what lies between is counted in UTC, so that a day of 23 or 25 hours is
    right.

    Args:
        day: The day in Sweden.
        hours: When it is open.
        rhythm: Length, pause and notice.
        busy: What is taken, in any order.
        now: The server's clock.
    """
    for opens, shuts in hours:
        at, end = (datetime.combine(day, clock, ZONE).astimezone(UTC) for clock in (opens, shuts))
        while at + rhythm.length <= end:
            until = at + rhythm.length
            is_free = all(until + rhythm.pause <= first or at - rhythm.pause >= last for first, last in busy)
            if is_free and at >= now + rhythm.notice:
                yield at
            at = until + rhythm.pause
