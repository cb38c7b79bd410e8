"""A month in numbers, for the data protection officer: selected, reviewed and not selected openings; no names."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select

from budkavle import Actor, Host
from budkavle_log_control.access import REVIEWERS
from budkavle_log_control.accesses import ZONE
from budkavle_log_control.reviews import VERDICTS
from budkavle_log_control.rules import REASONS
from budkavle_log_control.tables import counts, draws, items

WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Line:
    """A reason in a month.

    Attributes:
        hits: Number of openings to choose from; for the sample, all openings of the weeks drawn.
        chosen: Number of openings selected for review.
        verdicts: Number of these with each verdict.
        waits: Number of these that wait.
    """

    reason: str
    hits: int
    chosen: int
    verdicts: Mapping[str, int]
    waits: int


def month_lines(host: Host, actor: Actor, month: date) -> list[Line]:
    """Return a month by reason; an opening selected for two reasons is in both lines.

    Args:
        host: The plugin's host.
        actor: A reviewer.
        month: Its first day.

    Raises:
        Forbidden: The actor is not a reviewer.
    """
    REVIEWERS.require(host.platform, actor)
    since, until = datetime.combine(month, time(), ZONE), datetime.combine(month_after(month), time(), ZONE)
    reason = func.unnest(items.c.reasons).label("reason")
    of_items = (items.c.organisation_id == actor.organisation_id, items.c.at >= since, items.c.at < until)
    judged = select(reason, items.c.verdict, func.count().label("number")).where(*of_items)
    days = (counts.c.day >= month, counts.c.day < month_after(month))
    hit = select(counts.c.reason, func.sum(counts.c.hits).label("number"))
    hit = hit.where(counts.c.organisation_id == actor.organisation_id, *days).group_by(counts.c.reason)
    drawn = select(func.coalesce(func.sum(draws.c.openings), 0)).where(
        draws.c.organisation_id == actor.organisation_id,
        draws.c.drawn_at.is_not(None),
        draws.c.week >= month,
        draws.c.week < month_after(month),
    )
    with host.transaction(actor.organisation_id) as connection:
        rows = connection.execute(judged.group_by(reason, items.c.verdict)).all()
        hits: dict[str, Any] = {row.reason: row.number for row in connection.execute(hit)}
        hits["sample"] = connection.execute(drawn).scalar_one()
    numbers = Counter({(row.reason, row.verdict or WAITS): row.number for row in rows})
    return [_line(name, int(hits.get(name, 0)), numbers) for name in REASONS]


def month_after(month: date) -> date:
    """Return the first day of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def month_before(month: date) -> date:
    """Return the first day of the previous month."""
    return (month - timedelta(days=1)).replace(day=1)


def _line(reason: str, hits: int, numbers: Counter[tuple[str, str]]) -> Line:
    verdicts = {verdict: numbers[reason, verdict] for verdict in VERDICTS}
    waits = numbers[reason, WAITS]
    return Line(reason, hits, sum(verdicts.values()) + waits, verdicts, waits)
