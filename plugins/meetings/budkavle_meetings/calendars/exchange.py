"""Free and busy from Exchange, by Graph's `getSchedule`: only the view is read, never a subject or a place.

Source: Microsoft Learn, "calendar: getSchedule". The view has a sign for each interval: 0 free, 1 tentative, 2 busy,
3 away, 4 working elsewhere.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from budkavle import Permanent
from budkavle_meetings.calendars.times import Busy, joined
from budkavle_meetings.providers.graph import NO_ACCOUNT, Graph

PERMISSION = "Calendars.Read"
MINUTES = 15
TAKEN = frozenset("123")


def busy_in_exchange(graph: Graph, address: str, start: datetime, end: datetime) -> list[Busy]:
    """Return when the owner of an address is busy.

    Raises:
        Temporary: Microsoft does not answer now.
        Permanent: It refuses, or does not know the address; the sentence says what to do.
    """
    content = {
        "schedules": [address],
        "startTime": _time(start),
        "endTime": _time(end),
        "availabilityViewInterval": MINUTES,
    }
    path = f"/users/{quote(address, safe='')}/calendar/getSchedule"
    answer = graph.post(path, content, account=address, permission=PERMISSION)
    schedules: list[dict[str, Any]] = answer.get("value") or [{}]
    view = schedules[0].get("availabilityView")
    if view is None:
        raise Permanent(NO_ACCOUNT, account=address)
    step = timedelta(minutes=MINUTES)
    return joined(
        (start + place * step, start + (place + 1) * step) for place, sign in enumerate(str(view)) if sign in TAKEN
    )


def _time(at: datetime) -> dict[str, str]:
    return {"dateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
