"""The section of a mailbox's settings, with a test of its calendar."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from budkavle import Actor, Host, Permanent, Sentence, SettingsSection, SettingsTest
from budkavle.accounts import read_settings
from budkavle_meetings.appointments.free_times import source_of
from budkavle_meetings.appointments.settings import AppointmentSettings, check
from budkavle_meetings.calendars.sources import busy_times
from budkavle_meetings.providers.settings import TeamsRooms

WEEK = timedelta(days=7)
NO_CALENDAR = "Ingen kalender är vald. Välj en och spara först."


def section(host: Host) -> SettingsSection[AppointmentSettings]:
    """Return the section."""

    def run(actor: Actor, chosen: AppointmentSettings, _: str) -> Iterator[str]:
        return try_calendar(host, actor, chosen)

    return SettingsSection(
        name="appointments",
        type=AppointmentSettings,
        title="Välj en tid",
        help="En sida där människor bokar ett möte med brevlådan på en ledig tid.",
        scope="mailbox",
        check=check,
        order=400,
        test=SettingsTest(
            label="Testa kalendern", help="Vi frågar kalendern när den är upptagen den närmaste veckan.", run=run
        ),
    )


def try_calendar(host: Host, actor: Actor, chosen: AppointmentSettings) -> Iterator[str]:
    """Ask the calendar, and report how often it is busy, but never with what.

    Raises:
        Temporary, Permanent: It does not answer; the message says what to do.
    """
    if not chosen.calendar:
        raise Permanent(NO_CALENDAR)
    with host.work(host.system(actor.organisation_id)) as work:
        source = source_of(actor.organisation_id, chosen, read_settings(work, TeamsRooms))
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    busy = busy_times(host, source, now, now + WEEK)
    yield Sentence("Kalendern svarar. Den är upptagen {count} gånger den närmaste veckan.", count=len(busy))
