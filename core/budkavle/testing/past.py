"""What has happened before: entries of the event log with a time of their own, for tests and the demo."""

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
"""Entries of one transaction: each changes the same row, whose versions would make the next one slower."""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """Something that is to have happened.

    Attributes:
        at: When.
        kind: What, such as `message.sent`.
        thing: To what; None for nothing.
        facts: More, as `record` takes it.
        user: Who did it; None for the system.
    """

    at: datetime
    kind: str
    thing: UUID | None = None
    facts: dict[str, Fact] = field(default_factory=dict)
    user: UserActor | None = None


def record_past(platform: Platform, organisation_id: UUID, events: Iterable[PastEvent]) -> None:
    """Write entries of an organisation's event log as if they had been written then.

    Args:
        platform: The installation.
        organisation_id: Whose log.
        events: What happened, in the order of the entries.

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
