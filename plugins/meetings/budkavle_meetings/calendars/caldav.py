"""Free and busy times from a CalDAV server, by the report `free-busy-query`, which returns times and nothing else.

Source: RFC 4791, section 7.10; RFC 5545, section 3.6.4.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
from icalendar import Calendar

from budkavle import Host, Permanent, Temporary, outside_client
from budkavle_meetings.calendars.times import Busy, joined

SECONDS = 10.0
NO_ANSWER = "Kalendern svarar inte. Kontrollera adressen, eller försök igen om en stund."
REFUSED = "Kalendern godtar inte användarnamnet och lösenordet. Kontrollera dem."
NO_CALENDAR = "Det finns ingen kalender på adressen. Kontrollera den."
NOT_CALDAV = "Servern svarar, men inte som en kalender (svar {status}). Kontrollera adressen."
_QUERY = (
    '<?xml version="1.0" encoding="utf-8"?><C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav">'
    '<C:time-range start="{start}" end="{end}"/></C:free-busy-query>'
)


def busy_in_caldav(
    host: Host, url: str, sign_in: tuple[str, str], start: datetime, end: datetime, *, plain: bool = False
) -> list[Busy]:
    """Return when a calendar is busy.

    Args:
        host: The plugin's host.
        url: The address of the calendar.
        sign_in: User name and password.
        start: From when.
        end: Until when.
        plain: Whether the address may be unencrypted.

    Raises:
        Invalid: The address is on the internal network.
        Temporary: The server does not answer now.
        Permanent: It refuses; the message says what to do.
    """
    query = _QUERY.format(start=_stamp(start), end=_stamp(end))
    headers = {"content-type": "application/xml; charset=utf-8", "depth": "1"}
    try:
        with outside_client(host.platform, SECONDS, plain=plain) as client:
            answer = client.request("REPORT", url, content=query, headers=headers, auth=sign_in)
    except httpx.HTTPError as error:
        raise Temporary(NO_ANSWER) from error
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise Permanent(REFUSED)
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise Permanent(NO_CALENDAR)
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Temporary(NO_ANSWER)
    if answer.status_code != httpx.codes.OK:
        raise Permanent(NOT_CALDAV, status=answer.status_code)
    return joined((max(first, start), min(last, end)) for first, last in _times(answer) if first < end and last > start)


def _times(answer: httpx.Response) -> Iterator[Busy]:
    try:
        calendar = Calendar.from_ical(answer.content)
    except ValueError as error:
        raise Permanent(NOT_CALDAV, status=answer.status_code) from error
    for component in calendar.walk("VFREEBUSY"):
        lines: Any = component.get("FREEBUSY", [])
        for line in lines if isinstance(lines, list) else [lines]:
            if line.params.get("FBTYPE", "BUSY").upper() != "FREE":
                yield _instant(line.start), _instant(line.end)


def _instant(at: date) -> datetime:
    if not isinstance(at, datetime):
        return datetime(at.year, at.month, at.day, tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
