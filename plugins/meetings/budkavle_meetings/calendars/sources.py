"""Where a mailbox's busy times come from."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from budkavle import Host, Permanent
from budkavle_meetings.calendars.caldav import busy_in_caldav
from budkavle_meetings.calendars.exchange import busy_in_exchange
from budkavle_meetings.calendars.times import Busy
from budkavle_meetings.providers.graph import graph
from budkavle_meetings.providers.settings import TeamsRooms

NO_APPLICATION = "Exchange läses med programmet under Möten i Teams. Fyll i det under Min organisation, Inställningar."


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """A calendar.

    Attributes:
        kind: `exchange`, `caldav`, or empty.
        address: An e-mail address, or the calendar's own address.
        application: The organisation's application in Entra ID, for Exchange.
    """

    organisation_id: UUID
    kind: str
    address: str = field(repr=False)
    sign_in: tuple[str, str] = field(repr=False)
    application: TeamsRooms = field(repr=False)


def busy_times(host: Host, source: CalendarSource, start: datetime, end: datetime) -> list[Busy]:
    """Return when a calendar is busy; empty without a calendar. Call it outside transactions: it asks another system.

    Raises:
        Invalid: The address is on the internal network.
        Temporary: The calendar does not answer now.
        Permanent: It refuses; the message says what to do.
    """
    if source.kind == "exchange":
        if not source.application.client_secret:
            raise Permanent(NO_APPLICATION)
        return busy_in_exchange(graph(host, source.organisation_id, source.application), source.address, start, end)
    if source.kind == "caldav":
        return busy_in_caldav(host, source.address, source.sign_in, start, end)
    return []
