"""Opening hours as people write them, such as `09:00–12:00, 13:00–16:00`, and the bookable times they give."""

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
        length: Length of each time.
        pause: Time after each during which nothing is booked.
        notice: Latest booking, counted back from the start.
    """

    length: timedelta
    pause: timedelta
    notice: timedelta


def read_hours(text: str) -> list[tuple[time, time]]:
    """Return the opening hours of a day; an empty list if the text is empty.

    Raises:
        ValueError: The text has another form, a span ends before it begins, or two spans overlap.
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
    """Yield the free starts of a day.

    Opening hours are wall clock times. The times between are counted in UTC, so that days of 23 or 25 hours come out
    right.

    Args:
        day: The day in Sweden.
        hours: When it is open.
        rhythm: Length, pause and notice.
        busy: Times that are taken, in any order.
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
