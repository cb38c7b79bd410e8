"""Reading the event log by kind and time, and how often something happened, by day and mailbox.

Days are counted by a job, up to the entry that stands in `counters`; what has come since is counted when it is asked
for. So a commit writes nothing more than its entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from budkavle.model.errors import Forbidden
from budkavle.model.people import CORE_NAME, ActorScope, SystemActor
from budkavle.storage.audit import Entry, parse_entry
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

BATCH = 20_000
"""Entries that are counted in one transaction."""


class _Queries(QueryFile):
    list_entries: Statement
    lock_mark: Statement
    count_entries: Statement
    list_days: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often something happened in one mailbox on one day.

    Attributes:
        day: The day, in Swedish time.
        kind: What happened, such as `message.sent`.
        mailbox_id: In which mailbox; None where the entries name none.
        count: How often.
    """

    day: date
    kind: str
    mailbox_id: UUID | None
    count: int


class EventLog:
    """The event log of the organisation of a unit of work, to be read.

    Args:
        work: In the organisation whose log it is.

    Raises:
        Forbidden: The actor has no scope READ.

    Example:
        with host.work(host.system(organisation_id, ActorScope.READ)) as work:
            sent = EventLog(work).days(["message.sent"], date(2026, 1, 1), date(2027, 1, 1))
    """

    def __init__(self, work: Work) -> None:
        if not work.actor.may(ActorScope.READ):
            raise Forbidden("{name} får inte läsa organisationens händelselogg.", name=work.actor.name)
        self._work = work

    def entries(
        self, kinds: Sequence[str], since: datetime, until: datetime, *, after: int = 0, limit: int = 500
    ) -> list[Entry]:
        """Return entries of some kinds, the earliest first.

        Args:
            kinds: Such as `["user.signed-in", "guest.identified"]`.
            since: Only what happened at this time or later.
            until: Only what happened before this time.
            after: Only entries with a higher number: the last one's, to read on.
            limit: The most to return.
        """
        values = self._values(kinds, since, until) | {"after": after, "limit": limit}
        return [parse_entry(row.number, row.entry) for row in QUERIES.list_entries.all(self._work.connection, values)]

    def days(self, kinds: Sequence[str], since: date, until: date) -> list[DayCount]:
        """Return how often things of some kinds happened, by day and mailbox, the earliest day first.

        Args:
            kinds: Such as `["message.sent", "message.received"]`.
            since: The first day.
            until: The day after the last one.
        """
        rows = QUERIES.list_days.all(self._work.connection, self._values(kinds, since, until))
        return [DayCount(row.day, row.kind, row.mailbox_id, row.number) for row in rows]

    def _values(self, kinds: Sequence[str], since: date, until: date) -> dict[str, object]:
        return {"organisation": self._work.organisation_id, "kinds": list(kinds), "since": since, "until": until}


def count_days(platform: Platform) -> int:
    """Count the new entries of every organisation's log into its days; a job.

    Returns:
        0: all are counted, and those that come while it works wait for its next turn. Asked again at once, it would
        never rest where something always happens.
    """
    for organisation in platform.organisations():
        _count(platform, organisation.id)
    return 0


def _count(platform: Platform, organisation_id: UUID) -> None:
    counted = BATCH
    while counted == BATCH:
        with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
            values = {"organisation": organisation_id, "batch": BATCH}
            # Locked first: whoever counts at the same time waits, and then reads where this transaction ended.
            QUERIES.lock_mark.enqueue(work.connection, values)
            counted = QUERIES.count_entries.one(work.connection, values).number
