"""An entry for the reader's calendar as a mail carries it: iCalendar (RFC 5545) with a method of iTIP (RFC 5546).

The organiser is our own address, where nobody reads answers, so none is asked for.
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
"""The zone by its rules. Not every calendar follows a list of dates, as libraries write it: a series then comes an hour
late after the clocks have changed."""
NO_RECURRENCE = "Upprepningen går inte att läsa. Skriv den som FREQ=WEEKLY;COUNT=5."


def entry(event: CalendarEvent, organiser: tuple[str, str], attendee: str) -> str:
    """Return an entry as text.

    Args:
        event: What is to stand in the calendar.
        organiser: Our own address, and in whose name we send.
        attendee: The address of the mail's reader.
    """
    # Imported late: it is large, and few processes send invitations.
    from icalendar import Calendar, Timezone

    whole = Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("method", event.method.value)
    whole.add_component(_part(event, organiser, attendee))
    once = replace(event, recurrence="", exceptions=())
    for moved in event.exceptions:
        if moved.starts_at is not None and moved.ends_at is not None:
            time = replace(once, starts_at=moved.starts_at, ends_at=moved.ends_at, recurrence_id=moved.was)
            whole.add_component(_part(time, organiser, attendee))
    whole.add_component(Timezone.from_ical(STOCKHOLM))
    text: str = whole.to_ical().decode()
    return text


def _part(event: CalendarEvent, organiser: tuple[str, str], attendee: str) -> "Event":
    """Return the entry itself, or one time of a repeated one."""
    from icalendar import Event, vCalAddress, vRecur, vText

    sender = vCalAddress(f"mailto:{organiser[0]}", params={"CN": vText(organiser[1])})
    asked = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    part = Event()
    part.add("uid", event.uid)
    part.add("sequence", event.sequence)
    part.add("dtstamp", datetime.now(UTC))
    # In the zone, not in UTC: a meeting that is repeated keeps its hour when the clocks change.
    part.add("dtstart", event.starts_at.astimezone(ZONE))
    part.add("dtend", event.ends_at.astimezone(ZONE))
    part.add("summary", event.summary)
    for name, value in (("location", event.location), ("description", event.description)):
        if value:
            part.add(name, value)
    if event.recurrence:
        part.add("rrule", vRecur.from_ical(event.recurrence))
    if event.recurrence_id is not None:
        # Of the same kind as the start of the series, in the same zone: calendars find the time by these very digits.
        part.add("recurrence-id", event.recurrence_id.astimezone(ZONE))
    for gone in event.exceptions:
        if gone.starts_at is None:
            part.add("exdate", gone.was.astimezone(ZONE))
    part.add("status", "CANCELLED" if event.method is CalendarMethod.CANCEL else "CONFIRMED")
    part.add("organizer", sender)
    part.add("attendee", vCalAddress(f"mailto:{attendee}", params=asked))
    return part


def check(event: CalendarEvent) -> None:
    """Say what is wrong with an entry.

    Raises:
        Invalid: Its recurrence is none.
    """
    from icalendar import vRecur

    if event.recurrence:
        try:
            if "FREQ" not in vRecur.from_ical(event.recurrence):
                raise Invalid(NO_RECURRENCE)
        except ValueError as error:
            raise Invalid(NO_RECURRENCE) from error
