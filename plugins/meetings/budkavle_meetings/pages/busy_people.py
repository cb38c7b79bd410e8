"""When the people of a meeting are busy: the organiser, the mailbox, and the recipients who work here.

Exchange is only asked about addresses of the organisation's own accounts; it must not learn which addresses of
citizens or peers are involved. Nothing from the answers is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from budkavle import BudkavleError, Host, Work
from budkavle.accounts import find_accounts, find_mailbox, find_user, read_settings, require_member
from budkavle_meetings.appointments.free_times import source_of
from budkavle_meetings.appointments.settings import AppointmentSettings
from budkavle_meetings.calendars.exchange import schedules_in_exchange
from budkavle_meetings.calendars.sources import CalendarSource, busy_times
from budkavle_meetings.calendars.times import Busy
from budkavle_meetings.providers.graph import graph
from budkavle_meetings.providers.settings import TeamsRooms

MOST = 15
"""Addresses in one request to Exchange; it is slow with more."""
UNKNOWN = "Kalendern är inte känd."
NO_CALENDAR = "Det finns ingen kalender att läsa. Administratören ansluter Exchange eller brevlådans kalender."


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars to ask.

    Attributes:
        colleagues: Addresses and names of the organisation's accounts; the organiser first.
        strangers: The other recipients, whose calendars are unknown.
        mailbox: The mailbox's name.
        source: The mailbox's calendar.
    """

    organisation_id: UUID
    colleagues: dict[str, str] = field(repr=False)
    strangers: Sequence[str] = field(repr=False)
    mailbox: str
    source: CalendarSource
    application: TeamsRooms = field(repr=False)

    @property
    def has_exchange(self) -> bool:
        """Whether Exchange can be asked."""
        return bool(self.application.client_secret)

    @property
    def is_empty(self) -> bool:
        """Whether there is no calendar to ask."""
        return not self.has_exchange and not self.source.kind


@dataclass(frozen=True, slots=True)
class PersonBusy:
    """Somebody's busy times; `fault` says why they are unknown."""

    name: str
    busy: Sequence[Busy] = ()
    fault: str = ""


def find_calendars(work: Work, mailbox_id: UUID, emails: Sequence[str]) -> Calendars:
    """Return the calendars that can be asked for a meeting that the actor books.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    require_member(work, mailbox_id)
    chosen = read_settings(work, AppointmentSettings, mailbox_id=mailbox_id)
    application = read_settings(work, TeamsRooms)
    accounts = find_accounts(work, list(emails))
    staff = {email for email, account in accounts.items() if account.organisation_id == work.organisation_id}
    colleagues: dict[str, str] = {}
    if work.actor.user_id is not None:
        organiser = find_user(work, work.actor.user_id)
        colleagues[organiser.email.lower()] = organiser.name
    for email in emails:
        if email in staff:
            colleagues.setdefault(email, find_user(work, accounts[email].user_id).name)
    strangers = [email for email in emails if email not in staff]
    source = source_of(work.organisation_id, chosen, application)
    mailbox = find_mailbox(work, mailbox_id).mailbox.name
    return Calendars(work.organisation_id, colleagues, strangers, mailbox, source, application)


def has_calendars(work: Work, mailbox_ids: Sequence[UUID]) -> bool:
    """Tell whether there is a calendar to ask: the organisation's Exchange, or that of one of the mailboxes."""
    if read_settings(work, TeamsRooms).client_secret:
        return True
    return any(read_settings(work, AppointmentSettings, mailbox_id=one).calendar for one in mailbox_ids)


def ask_calendars(host: Host, calendars: Calendars, start: datetime, end: datetime) -> list[PersonBusy]:
    """Return when each is busy, the organiser first. Call it outside transactions: it asks other systems."""
    people = _ask_exchange(host, calendars, start, end) if calendars.has_exchange else []
    if calendars.source.kind:
        try:
            busy = busy_times(host, calendars.source, start, end)
            people.append(PersonBusy(calendars.mailbox, busy))
        except BudkavleError as error:
            people.append(PersonBusy(calendars.mailbox, fault=error.sentence))
    return people


def _ask_exchange(host: Host, calendars: Calendars, start: datetime, end: datetime) -> list[PersonBusy]:
    addresses = list(calendars.colleagues)[:MOST]
    if not addresses:
        return []
    asking = graph(host, calendars.organisation_id, calendars.application)
    try:
        schedules = schedules_in_exchange(asking, addresses, start, end, calendars.application.account)
    except BudkavleError as error:
        return [PersonBusy(calendars.colleagues[address], fault=error.sentence) for address in addresses]
    return [
        PersonBusy(name, schedules.get(address, ()), "" if address in schedules else UNKNOWN)
        for address, name in calendars.colleagues.items()
    ]
