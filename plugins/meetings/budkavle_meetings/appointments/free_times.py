"""The times that a page offers: the open times that are not taken. The reason why a time is taken is never shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from budkavle import Conflict, FunctionMailbox, Host, NotFound, Work
from budkavle.accounts import find_mailbox, read_settings
from budkavle_meetings.appointments.opening_hours import free_starts, read_hours
from budkavle_meetings.appointments.settings import DAYS, AppointmentSettings
from budkavle_meetings.appointments.store import TAKEN, Slot, list_busy, mailbox_of
from budkavle_meetings.booking.times import ZONE
from budkavle_meetings.calendars.sources import CalendarSource, busy_times
from budkavle_meetings.calendars.times import Busy
from budkavle_meetings.providers.settings import TeamsRooms

NO_PAGE = "Här går det inte att boka en tid. Kontrollera adressen, eller kontakta den som gav dig den."
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Page:
    """A mailbox's page for booking."""

    organisation_id: UUID
    slug: str
    number: int
    mailbox: FunctionMailbox
    settings: AppointmentSettings
    source: CalendarSource

    @property
    def path(self) -> str:
        """Its address."""
        return f"/plugin/meetings/book/{self.slug}/{self.number}"

    def slot(self, starts_at: datetime) -> Slot:
        """Return the slot that starts at a time."""
        length, pause = self.settings.length, self.settings.pause
        return Slot(self.mailbox.id, self.number, starts_at, starts_at + length, pause)


def find_page(host: Host, work: Work, slug: str, number: int, *, switched_off: bool = False) -> Page:
    """Return a booking page that is switched on.

    Args:
        host: The plugin's host.
        work: The unit of work; it needs `ActorScope.READ`.
        slug: The organisation's slug, for the page's address.
        number: The page's number.
        switched_off: Return the page even if it is switched off, for people who have already booked.

    Raises:
        NotFound: There is no such page, or it is switched off.
    """
    mailbox_id = mailbox_of(host, work, number)
    if mailbox_id is None:
        raise NotFound(NO_PAGE)
    chosen = read_settings(work, AppointmentSettings, mailbox_id=mailbox_id)
    if not (chosen.on or switched_off):
        raise NotFound(NO_PAGE)
    source = source_of(work.organisation_id, chosen, read_settings(work, TeamsRooms))
    try:
        mailbox = find_mailbox(work, mailbox_id).mailbox
    except NotFound as error:
        raise NotFound(NO_PAGE) from error
    return Page(work.organisation_id, slug, number, mailbox, chosen, source)


def source_of(organisation_id: UUID, chosen: AppointmentSettings, application: TeamsRooms) -> CalendarSource:
    """Return the calendar of a mailbox's settings."""
    sign_in = (chosen.calendar_user, chosen.calendar_password)
    return CalendarSource(organisation_id, chosen.calendar, chosen.calendar_address, sign_in, application)


def free_times(host: Host, page: Page, first: date, days: int, now: datetime) -> dict[date, Sequence[datetime]]:
    """Return the free starts of some days, by day; days without free times are left out.

    Call it outside transactions, because it asks the mailbox's calendar.

    Raises:
        Temporary, Permanent: The calendar does not answer. No times are offered, as they may be taken.
    """
    last = min(first + timedelta(days=days), (now + page.settings.furthest).astimezone(ZONE).date() + timedelta(days=1))
    if last <= first:
        return {}
    start, end = (datetime.combine(day, time(0), ZONE).astimezone(UTC) for day in (first, last))
    busy: list[Busy] = busy_times(host, page.source, start, end)
    with host.work(host.system(page.organisation_id)) as work:
        busy += list_busy(host, work, page.mailbox.id, start - WEEK, end + WEEK)
    every = {day: _starts(page, day, busy, now) for day in _days(first, last)}
    return {day: starts for day, starts in every.items() if starts}


def require_free(host: Host, page: Page, starts_at: datetime, now: datetime) -> Slot:
    """Return a time that is offered now.

    Raises:
        Conflict: The time is not offered.
    """
    day = starts_at.astimezone(ZONE).date()
    if starts_at not in free_times(host, page, day, 1, now).get(day, ()):
        raise Conflict(TAKEN)
    return page.slot(starts_at)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days)]


def _starts(page: Page, day: date, busy: Sequence[Busy], now: datetime) -> list[datetime]:
    hours = read_hours(getattr(page.settings, DAYS[day.weekday()]))
    starts = free_starts(day, hours, page.settings.rhythm, busy, now)
    return [start for start in starts if start <= now + page.settings.furthest]
