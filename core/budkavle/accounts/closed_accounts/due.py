"""When what a closed account keeps of its person is destroyed, and how many accounts' day has come."""

from datetime import date, datetime, time, timedelta

from budkavle.model.times import ZONE
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    load_present: Statement
    count_due: Statement


QUERIES = _Queries.load()


def last_day(closed_at: datetime, days: int) -> date:
    """Return the last day on which a closed account can be opened again, by the calendar in Sweden."""
    return closed_at.astimezone(ZONE).date() + timedelta(days=days)


def first_kept(now: datetime, days: int) -> datetime:
    """Return the moment from which on what was closed is still kept: a midnight in Sweden."""
    return datetime.combine(now.astimezone(ZONE).date() - timedelta(days=days), time(), ZONE)


def count_next_night(work: Work, days: int) -> tuple[int, date]:
    """Count the accounts of which something is destroyed next night if a number of days is chosen.

    Returns:
        How many accounts, and the day before which they were closed.
    """
    now: datetime = QUERIES.load_present.all(work.connection, {})[0].now
    before = first_kept(now + timedelta(days=1), days)
    (row,) = QUERIES.count_due.all(work.connection, {"organisation": work.organisation_id, "before": before})
    return int(row.accounts), before.date()
