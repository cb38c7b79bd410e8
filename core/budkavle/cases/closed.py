"""Closed cases by when they were closed, for later processing: transfer to an archive, disposal by a plan.

Numbers, times and sizes only: an administrator of the organisation may see them without being a member of the mailbox.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from budkavle.accounts.permissions import require_overview
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    list_closed: Statement


QUERIES = _Queries.load()
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """A closed case of a function mailbox.

    Attributes:
        number: The number that people use.
        messages: How many messages it has.
        size: Bytes of its attachments.
    """

    id: UUID
    mailbox_id: UUID
    mailbox: str
    number: str
    opened_at: datetime
    closed_at: datetime
    messages: int
    size: int


@dataclass(frozen=True, slots=True)
class ClosedCaseFilter:
    """Which closed cases to return.

    Attributes:
        mailboxes: Only of these function mailboxes; empty means all that are in use.
        since: Closed at this time or later.
        until: Closed before this time.
        ids: Only these cases; empty means all.
    """

    mailboxes: Collection[UUID] = ()
    since: datetime | None = None
    until: datetime | None = None
    ids: Collection[UUID] = ()


def closed_cases(
    work: Work, conditions: ClosedCaseFilter, after: ClosedCase | None = None, limit: int = 500
) -> Sequence[ClosedCase]:
    """Return closed cases of function mailboxes, the earliest closed first.

    Args:
        work: The unit of work, in the organisation of the cases.
        conditions: Which cases.
        after: The last case of the previous page; None starts with the first.
        limit: The most cases of a page.

    Raises:
        Forbidden: The actor neither administers the organisation nor is a system actor with READ.

    Example:
        page = closed_cases(work, ClosedCaseFilter(until=datetime(2026, 1, 1, tzinfo=UTC)))
        while page:
            page = closed_cases(work, conditions, after=page[-1])
    """
    require_overview(work.actor)
    parameters = {
        "organisation": work.organisation_id,
        "mailboxes": list(conditions.mailboxes),
        "ids": list(conditions.ids),
        "since": conditions.since,
        "stop": conditions.until,
        "after_at": after.closed_at if after else None,
        "after_id": after.id if after else _FIRST,
        "limit": limit,
    }
    return [
        ClosedCase(
            row.id,
            row.mailbox_id,
            row.mailbox,
            row.number,
            row.opened_at,
            row.closed_at,
            int(row.messages),
            int(row.size),
        )
        for row in QUERIES.list_closed.all(work.connection, parameters)
    ]
