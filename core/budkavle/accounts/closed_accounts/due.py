"""When a closed account's personal data is destroyed, and how many accounts are due."""

from datetime import date, datetime, time, timedelta

from budkavle.model.times import ZONE
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    load_present: Statement
    count_due: Statement


QUERIES = _Queries.load()


def last_day(closed_at: datetime, days: int) -> date:
    """Return the last day when a closed account can be reopened, in Swedish time."""
    return closed_at.astimezone(ZONE).date() + timedelta(days=days)


def first_kept(now: datetime, days: int) -> datetime:
    """Return the time from which closed accounts are still kept: a midnight in Swedish time."""
    return datetime.combine(now.astimezone(ZONE).date() - timedelta(days=days), time(), ZONE)


def count_next_night(work: Work, days: int) -> tuple[int, date]:
    """Count the accounts whose personal data is destroyed next night if a number of days is chosen.

    Returns:
        The number of accounts, and the day before which they were closed.
    """
    now: datetime = QUERIES.load_present.all(work.connection, {})[0].now
    before = first_kept(now + timedelta(days=1), days)
    (row,) = QUERIES.count_due.all(work.connection, {"organisation": work.organisation_id, "before": before})
    return int(row.accounts), before.date()
