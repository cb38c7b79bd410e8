"""Whether the log of an organisation is stamped: until when, by whom, and the last error."""

from collections.abc import Iterator
from datetime import UTC
from uuid import UUID

from budkavle import Health, Sentence
from budkavle_timestamps.stamping import Stamping

NAME = "Tidsstämplar"
NONE_YET = "Händelseloggen har inte stämplats än. Det sker inom kort."
WELL = "En utomstående intygar händelseloggen till och med händelse {number}: {authority}."
STUCK = "Händelseloggen har inte kunnat stämplas sedan {since}. Senaste fel: {fault}"
REMEDY = "Kontrollera inställningarna Tidsstämplar och pröva dem. Inget annat väntar, och det görs nya försök."
MANY = 3
"""How many errors in a row are reported. An authority may be away for a minute."""


def check(stamping: Stamping, organisation_id: UUID | None) -> Iterator[Health]:
    """Report on the log of an organisation, or on that of the installation."""
    log_id = organisation_id or stamping.host.system(None).organisation_id
    if not stamping.chosen(log_id).url:
        return
    tried, newest = stamping.last_try(log_id), stamping.newest(log_id)
    if tried is not None and tried.faults >= MANY:
        since = newest[0].at if newest else None
        facts = {
            "since": since.astimezone(UTC).isoformat(timespec="minutes") if since else "–",
            "fault": Sentence.from_stored(tried.fault),
        }
        yield Health(NAME, False, STUCK, REMEDY, facts)
    elif newest:
        yield Health(NAME, True, WELL, facts={"number": newest[0].last, "authority": newest[0].authority})
    else:
        yield Health(NAME, True, NONE_YET)
