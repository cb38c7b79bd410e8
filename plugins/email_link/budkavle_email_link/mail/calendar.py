"""A calendar entry in a mail: iCalendar (RFC 5545) with an iTIP method (RFC 5546).

The organiser is our own address, which receives no replies, so no reply is requested.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from budkavle import Invalid
from budkavle.notices import CalendarEvent, CalendarMethod

if TYPE_CHECKING:
    from icalendar import Event

ZONE = ZoneInfo("Europe/Stockholm")
PRODUCT = "-//Budkavle//Budkavle//SV"
STOCKHOLM = """\
BEGIN:VTIMEZONE
TZID:Europe/Stockholm
BEGIN:STANDARD
DTSTART:19961027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19810329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
"""The time zone by its rules. Libraries write a list of dates instead, which some calendars ignore: a series is then an
hour late after the clocks have changed."""
NO_RECURRENCE = "Upprepningen går inte att läsa. Skriv den som FREQ=WEEKLY;COUNT=5."


def entry(event: CalendarEvent, organiser: tuple[str, str], attendee: str) -> str:
    """Return a calendar entry as text.

    Args:
        event: The event.
        organiser: Our own address, and the name that we send as.
        attendee: The address of the mail's reader.
    """
    # A slow import, and few processes send invitations.
    from icalendar import Calendar, Timezone

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", event.method.value)
    calendar.add_component(_part(event, organiser, attendee))
    single = replace(event, recurrence="", exceptions=())
    for exception in event.exceptions:
        if exception.starts_at is not None and exception.ends_at is not None:
            time = replace(
                single, starts_at=exception.starts_at, ends_at=exception.ends_at, recurrence_id=exception.was
            )
            calendar.add_component(_part(time, organiser, attendee))
    calendar.add_component(Timezone.from_ical(STOCKHOLM))
    text: str = calendar.to_ical().decode()
    return text


def _part(event: CalendarEvent, organiser: tuple[str, str], attendee: str) -> "Event":
    """Return the event itself, or one changed time of a repeated event."""
    from icalendar import Event, vCalAddress, vRecur, vText

    sender = vCalAddress(f"mailto:{organiser[0]}", params={"CN": vText(organiser[1])})
    parameters = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    part = Event()
    part.add("uid", event.uid)
    part.add("sequence", event.sequence)
    part.add("dtstamp", datetime.now(UTC))
    # In the time zone, not in UTC: a repeated meeting keeps its time of day when the clocks change.
    part.add("dtstart", event.starts_at.astimezone(ZONE))
    part.add("dtend", event.ends_at.astimezone(ZONE))
    part.add("summary", event.summary)
    for name, value in (("location", event.location), ("description", event.description)):
        if value:
            part.add(name, value)
    if event.recurrence:
        part.add("rrule", vRecur.from_ical(event.recurrence))
    if event.recurrence_id is not None:
        # The same type and zone as the start of the series: calendars find the changed time by exactly this text.
        part.add("recurrence-id", event.recurrence_id.astimezone(ZONE))
    for exception in event.exceptions:
        if exception.starts_at is None:
            part.add("exdate", exception.was.astimezone(ZONE))
    part.add("status", "CANCELLED" if event.method is CalendarMethod.CANCEL else "CONFIRMED")
    part.add("organizer", sender)
    part.add("attendee", vCalAddress(f"mailto:{attendee}", params=parameters))
    return part


def check(event: CalendarEvent) -> None:
    """Validate an event.

    Raises:
        Invalid: Its recurrence rule is invalid.
    """
    from icalendar import vRecur

    if event.recurrence:
        try:
            if "FREQ" not in vRecur.from_ical(event.recurrence):
                raise Invalid(NO_RECURRENCE)
        except ValueError as error:
            raise Invalid(NO_RECURRENCE) from error
