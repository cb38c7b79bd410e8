"""An organisation's usage: open accounts, function mailboxes, and bytes of files; each month's peak with its day.

A job counts the usage. What exists only between two counts, such as an account open for a few minutes, is not counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from uuid import UUID

from budkavle.accounts.permissions import require_overview
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.times import ZONE
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work


class _Queries(QueryFile):
    count_now: Statement
    note_counts: Statement
    list_months: Statement


QUERIES = _Queries.load()


class UsageKind(StrEnum):
    """What is counted.

    Attributes:
        USERS: Open accounts.
        MAILBOXES: Function mailboxes.
        STORAGE: Bytes of attachments and other files.
    """

    USERS = "users"
    MAILBOXES = "mailboxes"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True)
class UsageMonth:
    """The peak usage of a kind in a month.

    Attributes:
        month: The first day of the month.
        kind: What was counted.
        peak: The highest count.
        peak_on: The first day when it was reached.
        counted_on: The last day of the month with a count.
    """

    month: date
    kind: UsageKind
    peak: int
    peak_on: date
    counted_on: date


def count_now(work: Work) -> Mapping[UsageKind, int]:
    """Return the organisation's current usage.

    Args:
        work: A unit of work in the organisation; the caller checks the actor's rights.
    """
    row = QUERIES.count_now.one(work.connection, {"organisation": work.organisation_id})
    return {UsageKind.USERS: row.users, UsageKind.MAILBOXES: row.mailboxes, UsageKind.STORAGE: row.storage}


def usage_months(work: Work, since: date, until: date) -> list[UsageMonth]:
    """Return the peaks of an organisation by month, the earliest month first.

    Args:
        work: A unit of work in the organisation.
        since: The first day of the first month.
        until: The first day of the month after the last one.

    Raises:
        Forbidden: The actor neither administers the organisation nor may read it.

    Example:
        with host.work(host.system(organisation_id, ActorScope.READ)) as work:
            peaks = usage_months(work, date(2026, 10, 1), date(2026, 11, 1))
    """
    require_overview(work.actor)
    values = {"organisation": work.organisation_id, "since": since, "until": until}
    return [
        UsageMonth(row.month, UsageKind(row.kind), row.peak, row.peak_on, row.counted_on)
        for row in QUERIES.list_months.all(work.connection, values)
    ]


def note_usage(work: Work, day: date | None = None) -> Mapping[UsageKind, int]:
    """Count the organisation's usage, and store the month's peak.

    Args:
        work: A unit of work in the organisation.
        day: The current day, in Swedish time; None for today.
    """
    counts, today = count_now(work), day or datetime.now(ZONE).date()
    for kind, count in counts.items():
        values = {"organisation": work.organisation_id, "kind": kind.value, "count": count, "day": today}
        QUERIES.note_counts.enqueue(work.connection, {**values, "month": today.replace(day=1)})
    return counts


def count_usage(platform: Platform) -> int:
    """Count each organisation's usage; a job."""
    return platform.in_each_organisation(partial(_count_usage, platform))


def _count_usage(platform: Platform, organisation_id: UUID) -> int:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        note_usage(work)
    return 0
