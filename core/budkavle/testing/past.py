"""Past events: entries of the event log with a time of their own, for tests and the demo."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from budkavle.model.people import CORE_NAME, SystemActor, UserActor
from budkavle.storage import audit
from budkavle.storage.audit import Fact
from budkavle.storage.platform import Platform

BATCH = 250
"""Entries per transaction: each updates the same row, and many versions of it would slow down the next update."""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event in the past.

    Attributes:
        at: When it happened.
        kind: Its kind, such as `message.sent`.
        thing: The id of its object; None for none.
        facts: More, as `record` takes it.
        user: The acting user; None for the system.
    """

    at: datetime
    kind: str
    thing: UUID | None = None
    facts: dict[str, Fact] = field(default_factory=dict)
    user: UserActor | None = None


def record_past(platform: Platform, organisation_id: UUID, events: Iterable[PastEvent]) -> None:
    """Write entries of an organisation's event log with past times.

    Args:
        platform: The installation.
        organisation_id: The organisation.
        events: The events, in the order of the entries.

    Example:
        record_past(platform, organisation.id, [PastEvent(yesterday, "pigeon.flown", facts={"what": "grey"})])
    """
    system = SystemActor(organisation_id, CORE_NAME)
    rest = iter(events)
    while batch := list(islice(rest, BATCH)):
        with platform.database.transaction(organisation_id) as connection:
            for event in batch:
                entry = {
                    "at": event.at.isoformat(timespec="microseconds"),
                    "kind": event.kind,
                    "actor": audit.actor_facts(event.user or system),
                    "thing": str(event.thing) if event.thing else None,
                    "facts": event.facts,
                }
                values = {"organisation": organisation_id, "at": event.at, "kind": event.kind}
                audit.QUERIES.append_entry.enqueue(connection, {**values, "entry": audit.canonical(entry)})
