"""Whether the outboxes are worked off."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from budkavle.operations.destruction import plugin_off
from budkavle.plugins.protocols.health import Health
from budkavle.storage import outbox
from budkavle.storage.platform import Platform

LATE = timedelta(minutes=5)
"""How long something that is due may wait before it is reported as late."""
WELL = "Inget har fastnat i tilläggens utkorgar."
_PARKED = "{queue}: {count} har getts upp efter flera försök."
_RETRY = "Rätta orsaken, som står i programmets logg. Kör sedan: budkavle outbox retry"
_LATE = "{queue}: {count} har väntat längre än de ska."
_START = "Kontrollera att bakgrundstjänsten är igång och att tillägget är påslaget."
_OFF = (
    "Tillägget {plugin} är avstängt och har kvar uppgifter som hör till det som har gallrats. "
    "De gallras när tillägget slås på. Antal gallringar som väntar: {count}."
)


def judge_outboxes(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report entries that have been given up, that are late, or that wait for a plugin that is off."""
    parked, late, off = Counter[str](), Counter[str](), Counter[str]()
    checked = [one.id for one in platform.organisations()] if organisation_id is None else [organisation_id]
    for checked_id in checked:
        for count in outbox.counts(platform.database, checked_id, LATE):
            if plugin := plugin_off(platform, count.queue):
                off[plugin] += count.waiting + count.parked
            else:
                parked[count.queue] += count.parked
                late[count.queue] += count.late
    for queue, number in (+parked).items():
        yield Health("Utkorgarna", False, _PARKED, _RETRY, {"queue": queue, "count": number})
    for queue, number in (+late).items():
        yield Health("Utkorgarna", False, _LATE, _START, {"queue": queue, "count": number})
    for plugin, number in (+off).items():
        yield Health("Utkorgarna", True, _OFF, "", {"plugin": plugin, "count": number}, notable=True)
    if not +parked and not +late and not +off:
        yield Health("Utkorgarna", True, WELL)
