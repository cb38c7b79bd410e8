"""What a worker does with runs: making their lists, and destroying what has been approved; batch by batch.

A process may die at any point. The list is written together with how far it has come. A case is marked before it is
destroyed, in a transaction that ends before plugins are asked; a later worker that finds the mark sees from the case
itself whether it was destroyed. So each case is destroyed once and counted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import ActorScope, Host, Sentence, SystemActor, Work, record
from budkavle.cases import CaseTimes, find_case_times, list_case_times
from budkavle.operations import HeldCase, destroy, would_hold
from budkavle_records.disposal.judging import Candidate, guard, judge_cases
from budkavle_records.disposal.protocols import make_protocol
from budkavle_records.disposal.runs import (
    COLLECTING,
    DESTROYED,
    DESTROYING,
    DONE,
    DUE,
    GONE,
    HELD,
    KEPT,
    READY,
    RUNNING,
    UNKNOWN,
    Run,
    list_runs,
    move,
)
from budkavle_records.disposal.tables import run_cases, runs
from budkavle_records.frame import N_

LISTED = 200
"""How many cases are checked at a time."""
BATCH = 200
"""How many cases are destroyed in one transaction."""
REASON = N_("Gallring enligt hanteringsplanen, körning {number}.")
ALREADY_GONE = N_("Ärendet fanns inte längre när körningen kom till det.")
NOT_DUE_NOW = N_("Ärendet är inte längre moget för gallring enligt hanteringsplanen.")


@dataclass(frozen=True, slots=True)
class End:
    """What happened to cases of a run: the outcome, and if they were kept, why and by which plugin."""

    outcome: str
    why: str = ""
    by: str = ""


def work_on_runs(host: Host) -> int:
    """Do one step of each run in progress, and return how many cases were handled; run as a job."""
    return host.platform.in_each_organisation(partial(_work_on, host), paused=False)


def _work_on(host: Host, organisation_id: UUID) -> int:
    with host.transaction(organisation_id) as connection:
        states = (runs.c.organisation_id == organisation_id, runs.c.state.in_((COLLECTING, RUNNING)))
        if connection.execute(select(runs.c.id).where(*states).limit(1)).first() is None:
            return 0
    with host.work(_actor(host, organisation_id)) as work:
        under_way = [run for run in list_runs(host, work) if run.state in {COLLECTING, RUNNING}]
    count = 0
    for run in under_way:
        step = collect if run.state == COLLECTING else execute
        count += step(host, organisation_id, run)
    return count


def collect(host: Host, organisation_id: UUID, run: Run) -> int:
    """Check the next cases and add those that are due to the list; held cases are listed too, with the reason.

    Returns:
        How many cases were checked; finally 1, when the list is ready.
    """
    with host.work(_actor(host, organisation_id)) as work:
        cases = list_case_times(work, after=run.read_to, limit=LISTED)
        candidates = judge_cases(host, work, cases, run.judged_on)
        rows = _rows(work, run, candidates)
    with host.work(_actor(host, organisation_id)) as work:
        if not cases:
            move(host, work, run.id, COLLECTING, READY)
            record(work, "records.run-listed", run.id, number=str(run.number))
            return 1
        _store(host, work, run, rows, cases)
    return len(cases)


def execute(host: Host, organisation_id: UUID, run: Run) -> int:
    """Destroy the next cases of the approved list that are still due and are not held back.

    Returns:
        How many cases were handled; finally 1, for the protocol.
    """
    with host.work(_actor(host, organisation_id)) as work:
        rows = _next(host, work, run)
        if not rows:
            make_protocol(host, work, run)
            move(host, work, run.id, RUNNING, DONE, ended_at=datetime.now(UTC))
            record(work, "records.run-done", run.id, number=str(run.number))
            return 1
        ids = [row.case_id for row in rows]
        cases = find_case_times(work, ids)
        for row in rows:
            if row.case_id not in cases:
                _leave(host, work, run, row)
        free = _still_due(host, work, run, list(cases.values()))
        _mark(host, work, run, free, End(DESTROYING))
    if free:
        _destroy(host, organisation_id, run, free)
    return len(rows)


def _destroy(host: Host, organisation_id: UUID, run: Run, case_ids: Sequence[UUID]) -> None:
    with host.work(_actor(host, organisation_id)) as work:
        result = destroy(work, Sentence(REASON, number=run.number), case_ids=case_ids)
        hold_by_case: dict[UUID, HeldCase] = {}
        for hold in result.held:
            hold_by_case.setdefault(hold.case_id, hold)
        _mark(host, work, run, result.case_ids, End(DESTROYED))
        for hold in hold_by_case.values():
            _mark(host, work, run, [hold.case_id], End(KEPT, Sentence(hold.why).to_text(), hold.by))
        # A case that is neither destroyed nor held has just been destroyed by another process: the next step finds out.


def _still_due(host: Host, work: Work, run: Run, cases: Sequence[CaseTimes]) -> list[UUID]:
    free = []
    for candidate in judge_cases(host, work, cases):
        why = guard(candidate) if candidate.judgement.is_due else candidate.judgement.why or NOT_DUE_NOW
        if why:
            _mark(host, work, run, [candidate.times.id], End(KEPT, Sentence(why).to_text(), "records"))
        else:
            free.append(candidate.times.id)
    return free


def _leave(host: Host, work: Work, run: Run, row: Any) -> None:
    """Record a case that no longer exists: destroyed by this run if it was marked, otherwise by something else."""
    if row.outcome == DESTROYING:
        _mark(host, work, run, [row.case_id], End(DESTROYED))
    else:
        _mark(host, work, run, [row.case_id], End(GONE, Sentence(ALREADY_GONE).to_text()))


def _rows(work: Work, run: Run, candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    due = [candidate.times.id for candidate in candidates if candidate.judgement.is_due]
    holds: dict[UUID, HeldCase] = {}
    if due:
        for hold in would_hold(work, Sentence(REASON, number=run.number), case_ids=due):
            holds.setdefault(hold.case_id, hold)
    rows = []
    for candidate in candidates:
        outcome, by, why = _outcome(candidate, holds.get(candidate.times.id))
        if not outcome:
            continue
        times = candidate.times
        rows.append(
            {
                "organisation_id": work.organisation_id,
                "run_id": run.id,
                "case_id": times.id,
                "number": times.number,
                "mailbox_id": times.mailbox_id,
                "kind_id": candidate.kind.id if candidate.kind else None,
                "outcome": outcome,
                "held_by": by,
                "why": Sentence(why).to_text() if why else "",
                "messages": times.messages,
                "size": times.size,
                "opened_at": times.opened_at,
                "last_at": times.last_at,
            }
        )
    return rows


def _outcome(candidate: Candidate, hold: HeldCase | None) -> tuple[str, str, str]:
    """Return the outcome of a case, what holds it and why; empty texts for a case that is simply not due yet."""
    judgement = candidate.judgement
    if judgement.is_unknown and (candidate.case_kind.how or candidate.kind):
        return UNKNOWN, "records", judgement.why
    if not judgement.is_due:
        return "", "", ""
    if hold is not None:
        return HELD, hold.by, hold.why
    if why := guard(candidate):
        return HELD, "records", why
    return DUE, "", ""


def _store(host: Host, work: Work, run: Run, rows: Sequence[dict[str, Any]], cases: Sequence[CaseTimes]) -> None:
    """Write a part of the list and its end position; another worker that has read the same part writes nothing."""
    this = (runs.c.organisation_id == work.organisation_id, runs.c.id == run.id, runs.c.state == COLLECTING)
    before = runs.c.read_to.is_(None) if run.read_to is None else runs.c.read_to == run.read_to
    values = {"read_to": cases[-1].id, "read": runs.c.read + len(cases)}
    with host.tables(work) as connection:
        if connection.execute(update(runs).where(*this, before).values(values)).rowcount and rows:
            connection.execute(upsert(run_cases).on_conflict_do_nothing(), rows)


def _next(host: Host, work: Work, run: Run) -> list[Any]:
    where = (run_cases.c.organisation_id == work.organisation_id, run_cases.c.run_id == run.id)
    query = select(run_cases).where(*where, run_cases.c.outcome.in_((DUE, DESTROYING)))
    with host.tables(work) as connection:
        return list(connection.execute(query.order_by(run_cases.c.case_id).limit(BATCH)).all())


def _mark(host: Host, work: Work, run: Run, case_ids: Sequence[UUID], end: End) -> None:
    if not case_ids:
        return
    where = (
        run_cases.c.organisation_id == work.organisation_id,
        run_cases.c.run_id == run.id,
        run_cases.c.case_id.in_(case_ids),
        run_cases.c.outcome.in_((DUE, DESTROYING)),
    )
    with host.tables(work) as connection:
        connection.execute(update(run_cases).where(*where).values(outcome=end.outcome, why=end.why, held_by=end.by))


def progress(host: Host, work: Work, run: Run) -> tuple[int, int]:
    """Return how many cases of an approved list have been handled, and how many there are."""
    where = (run_cases.c.organisation_id == work.organisation_id, run_cases.c.run_id == run.id)
    count = func.count()
    listed = count.filter(run_cases.c.outcome.in_((DUE, DESTROYING, DESTROYED, KEPT, GONE)))
    remaining = count.filter(run_cases.c.outcome.in_((DUE, DESTROYING)))
    with host.tables(work) as connection:
        row = connection.execute(select(listed.label("listed"), remaining.label("left")).where(*where)).one()
    return row.listed - row.left, row.listed


def _actor(host: Host, organisation_id: UUID) -> SystemActor:
    return host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED, ActorScope.ADMINISTER)
