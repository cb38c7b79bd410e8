"""What is known of the access point: when it last answered as it should, since when it has not, and why.

The workers note it; the health page and `budkavle health` read it, in whichever process. No content, and no words of
the access point's own, which might name somebody: only our sentence and its code.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from budkavle import BudkavleError, Health, Host, Sentence
from budkavle.storage import QueryFile, Statement
from budkavle_sdk_transport.access_points.interface import AccessPointUnavailable
from budkavle_sdk_transport.keys.memberships import Memberships

ZONE: Final = ZoneInfo("Europe/Stockholm")
EVERY: Final = 20.0
"""Seconds between two notes that it still answers."""
QUIET: Final = timedelta(minutes=10)
"""The highest age of its last answer, before health reports that it may not be polled at all."""
RECENT: Final = timedelta(days=1)
SHOWN: Final = timedelta(days=7)

POINT, REFUSED = "Accesspunkten", "SDK: det som inte togs emot"
WELL: Final = "Accesspunkten svarade senast {at}."
NEVER: Final = "Accesspunkten har inte tillfrågats än."
FAILING: Final = "Accesspunkten svarar inte som den ska sedan {since}: {reason} Senaste riktiga svar: {at}."
FAILING_NEVER: Final = "Accesspunkten svarar inte som den ska sedan {since}: {reason} Den har aldrig svarat rätt."
FAILING_REMEDY: Final = "Kör budkavle sdk doctor, som prövar varje steg. Under tiden varken skickas eller hämtas något."
SILENT: Final = "Accesspunkten har inte frågats sedan {at}."
SILENT_REMEDY: Final = "Kontrollera att bakgrundstjänsten är igång: budkavle worker"
NOTHING: Final = "Inget har nekats utan besked de senaste sju dygnen."
COUNTED: Final = (
    "De senaste sju dygnen: {messages} meddelanden togs inte emot utan att avsändaren fick besked, "
    "och {receipts} kvittenser gick inte att lita på. Senast {at}."
)
COUNTED_REMEDY: Final = (
    "Läs orsakerna i händelseloggen. Avsändarna vet inget, och accesspunkten har inte kvar det: be dem skicka igen."
)


class _Queries(QueryFile):
    store_answer: Statement
    store_failure: Statement
    load_availability: Statement
    count_silent: Statement


QUERIES = _Queries.load()


@dataclass(slots=True)
class Availability:
    """Notes how the access point is, and tells it."""

    host: Host
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _noted: float = 0.0
    _reason: str = ""

    def record_success(self) -> None:
        """Note that it has answered as it should; mostly that is known already."""
        with self._lock:
            is_recorded = not self._reason and time.monotonic() - self._noted < EVERY
            self._noted, self._reason = time.monotonic(), ""
        if not is_recorded:
            self._write(QUERIES.store_answer, {})

    def record_failure(self, error: AccessPointUnavailable) -> None:
        """Note that it has not, and why; the log has it each time."""
        self.host.log.warning("sdk.access_point_unavailable", error=type(error).__name__, reason=error.reason)
        with self._lock:
            self._reason = error.reason
        self._write(QUERIES.store_failure, {"reason": Sentence(error.reason).to_text()})

    def health(self) -> Iterator[Health]:
        """Tell it."""
        with self.host.transaction(None) as connection:
            row = QUERIES.load_availability.one_or_none(connection, {})
        if row is None:
            yield Health(POINT, ok=True, sentence=NEVER)
        elif row.failing_since is not None:
            parameters = {"since": _at(row.failing_since), "reason": Sentence.from_stored(row.reason)}
            sentence = FAILING if row.answered_at else FAILING_NEVER
            parameters |= {"at": _at(row.answered_at)} if row.answered_at else {}
            yield Health(POINT, ok=False, sentence=sentence, remedy=FAILING_REMEDY, facts=parameters)
        else:
            quiet = datetime.now(UTC) - row.answered_at > QUIET
            sentence, remedy = (SILENT, SILENT_REMEDY) if quiet else (WELL, "")
            yield Health(POINT, ok=not quiet, sentence=sentence, remedy=remedy, facts={"at": _at(row.answered_at)})

    def _write(self, statement: Statement, parameters: dict[str, object]) -> None:
        with suppress(BudkavleError), self.host.transaction(None) as connection:  # the database has its own check
            statement.run(connection, parameters)


def refused_parcels(host: Host, memberships: Memberships, organisation_id: UUID | None) -> Iterator[Health]:
    """Tell how much was refused without anybody outside hearing of it: of one organisation, or of all together."""
    every = [participant.organisation_id for participant in memberships.all()]
    whose = (
        every
        if organisation_id is None
        else [organisation for organisation in every if organisation == organisation_id]
    )
    if not whose:
        return
    now, rows = datetime.now(UTC), []
    for organisation in whose:
        with host.transaction(organisation) as connection:
            rows.append(QUERIES.count_silent.one(connection, {"organisation": organisation, "since": now - SHOWN}))
    last = max((row.last for row in rows if row.last), default=None)
    if last is None:
        yield Health(REFUSED, ok=True, sentence=NOTHING)
        return
    parameters = {
        "messages": sum(row.messages for row in rows),
        "receipts": sum(row.receipts for row in rows),
        "at": _at(last),
    }
    yield Health(REFUSED, ok=now - last > RECENT, sentence=COUNTED, remedy=COUNTED_REMEDY, facts=parameters)


def _at(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H.%M}"
