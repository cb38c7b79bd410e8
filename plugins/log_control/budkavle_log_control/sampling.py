"""Random sampling, with proof that nobody chose.

Each week has a seed of 32 random bytes. Its SHA-256 is written to the event log when the week's first opening is
counted, and the seed itself when the sample is drawn. An opening's score is HMAC-SHA256(seed, number of its entry);
those with the lowest scores are drawn. Anybody with the event log can verify this, and nobody could predict it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Host, Work, record
from budkavle_log_control.accesses import ZONE, Access
from budkavle_log_control.settings import MAILBOX, LogControlSettings
from budkavle_log_control.tables import candidates, draws

EVERYWHERE = "organisation"


def score(seed: bytes, number: int) -> str:
    """Return the score of an event log entry; the lowest of a week are drawn."""
    return hmac.digest(seed, str(number).encode(), hashlib.sha256).hex()


def week_end(week: date) -> datetime:
    """Return the end of the week that begins on a Monday."""
    return datetime.combine(week + timedelta(days=7), time(), ZONE)


def seed_of(host: Host, work: Work, week: date) -> bytes:
    """Return the seed of a week; it is created on first use, and its hash is then logged."""
    query = select(draws.c.seed).where(draws.c.organisation_id == work.organisation_id, draws.c.week == week)
    with host.tables(work) as connection:
        sealed = connection.execute(query).scalar_one_or_none()
    if sealed is not None:
        return host.vault.open_small(work.organisation_id, _label(week), sealed)
    seed = secrets.token_bytes(32)
    row = {
        "organisation_id": work.organisation_id,
        "week": week,
        "seed": host.vault.seal_small(work.organisation_id, _label(week), seed),
        "openings": 0,
    }
    with host.tables(work) as connection:
        connection.execute(insert(draws).values(row))
    record(work, "log_control.week-begun", None, week=week.isoformat(), sha256=hashlib.sha256(seed).hexdigest())
    return seed


def take_in(host: Host, work: Work, accesses: Sequence[Access], settings: LogControlSettings) -> None:
    """Enter openings into the draw of their weeks; only those with the lowest scores are kept.

    Args:
        host: The plugin's host.
        work: A unit of work in the organisation.
        accesses: Openings that have not been entered yet.
        settings: How many are drawn, and from what.
    """
    for week in sorted({access.week for access in accesses}):
        seed = seed_of(host, work, week)
        of_week = [access for access in accesses if access.week == week]
        rows = [_candidate(work.organisation_id, access, seed, settings) for access in of_week]
        with host.tables(work) as connection:
            this = (draws.c.organisation_id == work.organisation_id, draws.c.week == week)
            more = draws.c.openings + len(of_week)
            connection.execute(update(draws).where(*this).values(openings=more))
            for pool in sorted({row["pool"] for row in rows}):
                lowest = sorted((row for row in rows if row["pool"] == pool), key=lambda row: str(row["score"]))
                _keep_lowest(connection, lowest[: settings.sample], settings.sample, (work.organisation_id, week, pool))


def due_weeks(host: Host, work: Work, read_until: datetime) -> list[date]:
    """Return the past weeks whose openings have all been entered, but that have not been drawn."""
    query = select(draws.c.week).where(draws.c.organisation_id == work.organisation_id, draws.c.drawn_at.is_(None))
    with host.tables(work) as connection:
        weeks = connection.execute(query.order_by(draws.c.week)).scalars().all()
    return [week for week in weeks if week_end(week) <= read_until]


def draw(host: Host, work: Work, week: date, now: datetime) -> list[Any]:
    """Draw the sample of a week, and write its seed to the event log.

    Returns:
        The rows of the drawn openings.
    """
    of = (candidates.c.organisation_id == work.organisation_id, candidates.c.week == week)
    this = (draws.c.organisation_id == work.organisation_id, draws.c.week == week)
    seed = seed_of(host, work, week)
    with host.tables(work) as connection:
        rows = connection.execute(select(candidates).where(*of).order_by(candidates.c.number)).all()
        drawn = update(draws).where(*this).values(drawn_at=now).returning(draws.c.openings)
        total = connection.execute(drawn).scalar_one()
        connection.execute(delete(candidates).where(*of))
    counts = {"drawn": len(rows), "openings": total}
    record(work, "log_control.sample-drawn", None, week=week.isoformat(), seed=seed.hex(), **counts)
    return list(rows)


def _candidate(organisation_id: UUID, access: Access, seed: bytes, settings: LogControlSettings) -> dict[str, Any]:
    by_mailbox = settings.per == MAILBOX and access.mailbox_id
    return {
        "organisation_id": organisation_id,
        "week": access.week,
        "pool": str(access.mailbox_id) if by_mailbox else EVERYWHERE,
        "number": access.number,
        "score": score(seed, access.number),
        "at": access.at,
        "reader_id": access.reader_id,
        "case_id": access.case_id,
        "mailbox_id": access.mailbox_id,
    }


def _keep_lowest(connection: Connection, rows: Sequence[dict[str, Any]], most: int, of: tuple[UUID, date, str]) -> None:
    organisation_id, week, pool = of
    if rows:
        connection.execute(upsert(candidates).on_conflict_do_nothing(), list(rows))
    c = candidates.c
    these = (c.organisation_id == organisation_id, c.week == week, c.pool == pool)
    ranked = select(c.number, func.row_number().over(order_by=c.score).label("place")).where(*these).subquery()
    beyond = select(ranked.c.number).where(ranked.c.place > most)
    connection.execute(delete(candidates).where(*these, c.number.in_(beyond)))


def _label(week: date) -> str:
    return f"log-control-seed:{week.isoformat()}"
