"""Which files are due: those whose retention has ended, by the rule that applies to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle import Host, Work
from budkavle_files.tables import entries, origins
from budkavle_files.tree.retention_rules import Rule, Rules, day_begins, day_of, load_rules


@dataclass(frozen=True, slots=True)
class Due:
    """A file or a note whose retention has ended.

    Attributes:
        days: The number of days.
        catalogue_id: The catalogue with the rule; None if it is the organisation's.
    """

    id: UUID
    kind: str
    days: int
    catalogue_id: UUID | None


def find_due(host: Host, work: Work, now: datetime, most: int) -> list[Due]:
    """Return due files that nobody is known to hold back; the rules are the present ones.

    Args:
        host: The plugin's host.
        work: In the organisation.
        now: The time to assume as the present.
        most: The most files.
    """
    files_due: list[Due] = []
    for rule, query in _queries(load_rules(host, work), work, now):
        if len(files_due) >= most:
            break
        with host.tables(work) as connection:
            rows = connection.execute(query.order_by(entries.c.kept_from).limit(most - len(files_due))).all()
        files_due.extend(Due(row.id, row.kind, rule.days or 0, rule.catalogue_id) for row in rows)
    return files_due


def lock_due(host: Host, work: Work, now: datetime, ids: Collection[UUID]) -> list[Due]:
    """Return those of some files that are still due, locked until the transaction ends.

    A file that another transaction has locked is left for the next run.
    """
    files_due: list[Due] = []
    for rule, query in _queries(load_rules(host, work), work, now):
        chosen = query.where(entries.c.id.in_(list(ids))).with_for_update(skip_locked=True, of=entries)
        with host.tables(work) as connection:
            files_due.extend(
                Due(row.id, row.kind, rule.days or 0, rule.catalogue_id) for row in connection.execute(chosen)
            )
    return files_due


def count_due(host: Host, work: Work, rules: Rules, rule: Rule, place: Sequence[UUID]) -> tuple[int, date]:
    """Return how many files a rule would destroy next night, and the day before which their retention began.

    Args:
        host: The plugin's host.
        work: In the organisation.
        rules: The present rules.
        rule: The new rule, with days.
        place: The catalogue with those above it, the top first; empty for the organisation.
    """
    before = day_of(_present(host, work)) + timedelta(days=1 - (rule.days or 0))
    apart = sorted(rules.chosen.keys() - set(place))
    under = [entries.c.path.contains([place[-1]])] if place else []
    query = select(func.count()).where(*_files(work, day_begins(before), apart), *under)
    with host.tables(work) as connection:
        return int(connection.execute(query).scalar_one()), before


def _queries(rules: Rules, work: Work, now: datetime) -> "list[tuple[Rule, Select[UUID, str]]]":
    today = day_begins(day_of(now))
    holding = [rule for rule in rules.all() if rule.days and (rule.changed_at is None or rule.changed_at < today)]
    return [(rule, _query(rules, rule, work, today)) for rule in holding]


def _query(rules: Rules, rule: Rule, work: Work, today: datetime) -> "Select[UUID, str]":
    ends = day_begins(today.date() - timedelta(days=rule.days or 0))
    under = [entries.c.path.contains([rule.catalogue_id])] if rule.catalogue_id else []
    hold_query = select(origins.c.entry_id).where(
        origins.c.organisation_id == entries.c.organisation_id,
        origins.c.entry_id == entries.c.id,
        origins.c.ask_again_at > func.now(),
    )
    excluded = rules.elsewhere(rule, today)
    return select(entries.c.id, entries.c.kind).where(*_files(work, ends, excluded), *under, ~hold_query.exists())


def _files(work: Work, before: datetime, apart: Sequence[UUID]) -> "list[ColumnElement[bool]]":
    conditions = [
        entries.c.organisation_id == work.organisation_id,
        entries.c.kind != "catalogue",
        entries.c.kept_from < before,
    ]
    if apart:
        conditions.append(~entries.c.path.overlap(literal(list(apart), ARRAY(Uuid))))
    return conditions


def _present(host: Host, work: Work) -> datetime:
    with host.tables(work) as connection:
        now: datetime = connection.execute(select(func.now())).scalar_one()
    return now
