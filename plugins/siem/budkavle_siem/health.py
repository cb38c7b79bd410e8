"""Whether the logs are sent: how many entries wait, since when, and the last error."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import Health, Sentence
from budkavle_siem.stream import INSTALLATION, Stream

NAME = "Händelseloggen till övervakning"
LATE = timedelta(minutes=10)
WELL = "Allt i händelseloggen är skickat till övervakningssystemet."
SOON = "Händelser skickas till övervakningssystemet; den äldsta som väntar är {minutes} minuter gammal."
STUCK = "Händelser har inte kunnat skickas till övervakningssystemet på {minutes} minuter. Senaste fel: {fault}"
REMEDY = "Kontrollera mottagaren och inställningarna. Ingen händelse tappas bort: de skickas när mottagaren svarar."
NO_FAULT = "Inget fel är antecknat."


def check(stream: Stream, organisation_id: UUID | None) -> Iterator[Health]:
    """Report on the installation's own log (None), or on that of an organisation."""
    if organisation_id is None:
        if stream.host.settings.installation is not None:
            yield _told(stream, INSTALLATION)
    elif stream.chosen(organisation_id).on:
        yield _told(stream, organisation_id)


def _told(stream: Stream, log: UUID) -> Health:
    place = stream.place(log)
    waiting = stream.waiting(log, place.number, 1) if place else []
    if not waiting:
        return Health(NAME, True, WELL)
    age = datetime.now(UTC) - waiting[0].at
    minutes = int(age.total_seconds() // 60)
    if age < LATE and not place.fault:
        return Health(NAME, True, SOON, facts={"minutes": minutes})
    fault = Sentence.from_stored(place.fault) if place.fault else Sentence(NO_FAULT)
    return Health(NAME, False, STUCK, REMEDY, {"minutes": minutes, "fault": fault})
