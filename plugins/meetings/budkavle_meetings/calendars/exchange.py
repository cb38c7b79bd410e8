"""Free and busy times from Exchange, by Graph's `getSchedule`: only the availability view is read, no subject or place.

Source: Microsoft Learn, "calendar: getSchedule". The view has one digit for each interval: 0 free, 1 tentative,
2 busy, 3 away, 4 working elsewhere.
"""

from collections.abc import Sequence
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
        Permanent: It refuses, or does not know the address; the message says what to do.
    """
    busy = schedules_in_exchange(graph, [address], start, end).get(address)
    if busy is None:
        raise Permanent(NO_ACCOUNT, account=address)
    return busy


def schedules_in_exchange(
    graph: Graph, addresses: Sequence[str], start: datetime, end: datetime, account: str = ""
) -> dict[str, list[Busy]]:
    """Return when the owners of some addresses are busy, with one request; addresses unknown to Exchange are left out.

    Args:
        graph: Graph, as the organisation's application.
        addresses: At least one.
        start: From when.
        end: Until when.
        account: The account whose calendar makes the request; by default the first address.

    Raises:
        Temporary: Microsoft does not answer now.
        Permanent: It refuses; the message says what to do.
    """
    content = {
        "schedules": list(addresses),
        "startTime": _time(start),
        "endTime": _time(end),
        "availabilityViewInterval": MINUTES,
    }
    account = account or addresses[0]
    path = f"/users/{quote(account, safe='')}/calendar/getSchedule"
    answer = graph.post(path, content, account=account, permission=PERMISSION)
    schedules: list[dict[str, Any]] = answer.get("value") or []
    views = {str(schedule.get("scheduleId", "")).lower(): schedule.get("availabilityView") for schedule in schedules}
    view_of = {address: views.get(address.lower()) for address in addresses}
    return {address: _busy(str(view), start) for address, view in view_of.items() if view is not None}


def _busy(view: str, start: datetime) -> list[Busy]:
    step = timedelta(minutes=MINUTES)
    return joined(
        (start + place * step, start + (place + 1) * step) for place, sign in enumerate(view) if sign in TAKEN
    )


def _time(at: datetime) -> dict[str, str]:
    return {"dateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
