"""Free and busy times beside the form Nytt möte: each person's busy times in words and as a strip, and common gaps."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from budkavle import Host, as_uuid
from budkavle.organisation import read_day
from budkavle.web import Visitor
from budkavle_meetings.booking.times import ZONE
from budkavle_meetings.booking.wording import clock, spoken_day
from budkavle_meetings.calendars.times import Busy, joined
from budkavle_meetings.pages.busy_people import NO_CALENDAR, PersonBusy, ask_calendars, find_calendars

FIRST, LAST = time(7), time(18)
"""The part of the day that is shown."""
SHORTEST = timedelta(minutes=15)


def free_busy(
    host: Host, visitor: Visitor, values: Mapping[str, str], emails: Sequence[str]
) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """Return what the page shows for the chosen day, or the faults of the form.

    Args:
        host: The plugin's host.
        visitor: The person who books.
        values: The submitted fields `mailbox`, `day`, `start` and `end`.
        emails: The recipients.
    """
    day = read_day(values["day"])
    if day is None:
        return None, {"day": "Välj en dag."}
    mailbox_id = as_uuid(values["mailbox"])
    if mailbox_id is None:
        return None, {"mailbox": "Välj en brevlåda."}
    with visitor.work() as work:
        calendars = find_calendars(work, mailbox_id, emails)
    start, end = (datetime.combine(day, at, ZONE).astimezone(UTC) for at in (FIRST, LAST))
    people = ask_calendars(host, calendars, start, end)
    readable = [person for person in people if not person.fault]
    shown = {
        "day": spoken_day(start, visitor.language),
        "people": [_row(visitor, person, (start, end)) for person in people],
        "strangers": list(calendars.strangers) if people else [],
        "free": [_span(visitor, time) for time in _free(readable, (start, end))],
        "is_known": bool(readable),
        "nothing": visitor.say(NO_CALENDAR) if calendars.is_empty else "",
        "hours": [f"{hour:02}" for hour in range(FIRST.hour, LAST.hour + 1)],
    }
    return shown, {}


def _row(visitor: Visitor, one: PersonBusy, day: Busy) -> dict[str, Any]:
    busy = [(max(start, day[0]), min(end, day[1])) for start, end in one.busy if start < day[1] and end > day[0]]
    return {
        "name": one.name,
        "fault": visitor.say(one.fault) if one.fault else "",
        "busy": ", ".join(_span(visitor, time) for time in busy),
        "strip": [
            (int((start - day[0]).total_seconds() // 60), int((end - start).total_seconds() // 60))
            for start, end in busy
        ],
    }


def _free(people: Sequence[PersonBusy], day: Busy) -> list[Busy]:
    """Return the times when everybody is free, if long enough for a meeting."""
    if not people:
        return []
    busy = joined(time for person in people for time in person.busy)
    begins = [day[0], *(end for _, end in busy)]
    ends = [*(start for start, _ in busy), day[1]]
    gaps = [(max(begin, day[0]), min(end, day[1])) for begin, end in zip(begins, ends, strict=True)]
    return [(begin, end) for begin, end in gaps if end - begin >= SHORTEST]


def _span(visitor: Visitor, time: Busy) -> str:
    return f"{clock(time[0], visitor.language)}–{clock(time[1], visitor.language)}"
