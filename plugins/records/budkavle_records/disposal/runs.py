"""Disposal runs: collecting what is due, requesting the run, and starting it after a second person's approval.

A run is a list that is made once, in the background, and never grows: what is requested is what was shown. The allowed
transitions are in `MOVES`, and only `move` writes states.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import func, insert, select, update

from budkavle import Conflict, Host, Invalid, NotFound, Sentence, Work, record
from budkavle.accounts import require_admin
from budkavle.approvals import (
    ApprovalKind,
    ApprovalRequest,
    ApprovalState,
    Approvers,
    NewApproval,
    ask_approval,
    find_approval,
)
from budkavle_records.disposal.tables import run_cases, runs
from budkavle_records.frame import N_
from budkavle_records.schedule.due import today
from budkavle_records.schedule.kinds import current_plan, kinds_by_id

COLLECTING, READY, ASKED, RUNNING, DONE, DROPPED = "collecting", "ready", "asked", "running", "done", "dropped"
MOVES = {
    COLLECTING: {READY, DROPPED},
    READY: {ASKED, DROPPED},
    ASKED: {RUNNING, DROPPED},
    RUNNING: {DONE},
    DONE: set(),
    DROPPED: set(),
}
"""The states that may follow each state."""
DUE, HELD, UNKNOWN, DESTROYING, DESTROYED, KEPT, GONE = (
    "due",
    "held",
    "unknown",
    "destroying",
    "destroyed",
    "kept",
    "gone",
)
"""The outcome of a case: due; held back; not due because something is unknown; then what happened in the run."""
EXPIRES = timedelta(days=7)
LONGEST_REASON = 2000
NO_RUN = N_("Körningen finns inte.")
KIND = "records.disposal"


@dataclass(frozen=True, slots=True)
class Run:
    """A run.

    Attributes:
        number: The number that users see.
        plan_version: The version of the schedule used for the run.
        judged_on: The day for which it was checked whether cases were due.
        read: How many cases have been checked.
        reason: The reason for the run, in the asker's own words.
        list_sha256: The hash of the case IDs in the request.
    """

    id: UUID
    number: int
    state: str
    plan_version: int
    judged_on: date
    read_to: UUID | None
    read: int
    begun_at: datetime
    begun_by: str
    reason: str = ""
    approval_id: UUID | None = None
    asked_at: datetime | None = None
    asked_by: str = ""
    approved_at: datetime | None = None
    approved_by: str = ""
    list_sha256: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases of a kind had an outcome in a run."""

    kind_id: UUID | None
    outcome: str
    cases: int
    messages: int
    size: int
    first_at: datetime
    last_at: datetime


class Wish(msgspec.Struct, frozen=True):
    """The content of a request for a run."""

    run_id: UUID
    list_sha256: str


def begin_run(host: Host, work: Work) -> UUID:
    """Start a run: its list is made in the background, and nothing is destroyed.

    Raises:
        Forbidden: The actor is not an administrator.
        Conflict: There is no schedule, or another run has not ended.
    """
    require_admin(work.actor)
    plan = current_plan(host, work)
    if plan is None:
        raise Conflict("Läs in en hanteringsplan först.")
    if any(run.state not in {DONE, DROPPED} for run in list_runs(host, work)):
        raise Conflict("En annan körning är inte klar. Avsluta den först.")
    in_organisation = runs.c.organisation_id == work.organisation_id
    run_id = uuid4()
    with host.tables(work) as connection:
        last = connection.execute(select(func.max(runs.c.number)).where(in_organisation)).scalar() or 0
        row = {
            "organisation_id": work.organisation_id,
            "id": run_id,
            "number": last + 1,  # unique: of two that start at the same time, one fails
            "state": COLLECTING,
            "plan_version": plan.version,
            "judged_on": today(),
            "read": 0,
            "begun_at": datetime.now(UTC),
            "begun_by": work.actor.name,
            "asked_by": "",
            "approved_by": "",
            "list_sha256": "",
        }
        connection.execute(insert(runs).values(row))
    record(work, "records.run-begun", run_id, number=str(last + 1))
    return run_id


def ask_run(host: Host, work: Work, run_id: UUID, reason: str) -> ApprovalRequest:
    """Ask a second person to approve the run; it starts only after the approval.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        run_id: A run whose list has been made.
        reason: The reason for the run.

    Raises:
        Invalid: There is no reason, or nothing is due.
        Conflict: The run has already been requested, or has ended.
        NotFound: There is no such run.
    """
    require_admin(work.actor)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid("Begäran kunde inte sparas.", fields={"reason": N_("Skriv varför gallringen ska göras nu.")})
    run = find_run(host, work, run_id)
    count, digest = list_digest(host, work, run_id)
    if not count:
        raise Invalid("Det finns inget att gallra i den här körningen.")
    sealed = host.vault.seal_small(work.organisation_id, _label(run_id), reason.strip().encode(), work.connection)
    content = msgspec.json.encode(Wish(run_id, digest))
    summary = Sentence(
        N_("Ärenden som gallras enligt hanteringsplanen, version {version}: {count}."),
        count=count,
        version=run.plan_version,
    )
    details = _details(host, work, run)
    request = ask_approval(work, NewApproval(KIND, summary, reason.strip(), content, details))
    values = {
        "reason": sealed,
        "approval_id": request.id,
        "asked_at": datetime.now(UTC),
        "asked_by": work.actor.name,
        "list_sha256": digest,
    }
    move(host, work, run_id, READY, ASKED, **values)
    record(work, "records.run-asked", run_id, number=str(run.number), cases=str(count))
    return request


def drop_run(host: Host, work: Work, run_id: UUID) -> None:
    """End a run that has not been approved; nothing is destroyed.

    Raises:
        Conflict: The run is in progress, or has ended, or a request for it may still be approved.
        NotFound: There is no such run.
    """
    require_admin(work.actor)
    run = find_run(host, work, run_id)
    if run.state == ASKED and is_waiting(work, run):
        raise Conflict("Dra tillbaka begäran först, eller vänta tills den är avgjord.")
    move(host, work, run_id, run.state, DROPPED, ended_at=datetime.now(UTC))
    record(work, "records.run-dropped", run_id, number=str(run.number))


def is_waiting(work: Work, run: Run) -> bool:
    """Tell whether the request for a run may still be approved, or has been approved and is about to be carried out.

    A run whose request could not be carried out may be ended: the asker may not have an account any more.
    """
    if run.approval_id is None:
        return False
    state = find_approval(work, run.approval_id).state
    return state in {ApprovalState.WAITING, ApprovalState.APPROVED}


def approval_kinds(host: Host) -> list[ApprovalKind]:
    """Return the kind of approval request used for runs."""

    def start(work: Work, request: ApprovalRequest) -> None:
        """Start the run if its list is the one that was approved; a job carries it out."""
        require_admin(work.actor)  # the asker may have lost the right since then
        wish = msgspec.json.decode(request.content, type=Wish)
        run = find_run(host, work, wish.run_id)
        if run.approval_id != request.id or list_digest(host, work, run.id)[1] != wish.list_sha256:
            raise Conflict("Körningens lista är inte den som godkändes.")
        approved = {"approved_at": request.decided_at or datetime.now(UTC), "approved_by": request.decider}
        move(host, work, run.id, ASKED, RUNNING, **approved)
        record(work, "records.run-started", run.id, number=str(run.number), decider=request.decider)

    title = N_("Gallring enligt hanteringsplan")
    return [ApprovalKind("disposal", title, start, Approvers.ADMINISTRATORS, expires_after=EXPIRES)]


def move(host: Host, work: Work, run_id: UUID, old: str, new: str, **values: Any) -> None:
    """Change the state of a run.

    Raises:
        Conflict: `MOVES` does not allow it, or the run is in another state.
    """
    where = (runs.c.organisation_id == work.organisation_id, runs.c.id == run_id, runs.c.state == old)
    count = 0
    if new in MOVES[old]:
        with host.tables(work) as connection:
            count = connection.execute(update(runs).where(*where).values(state=new, **values)).rowcount
    if not count:
        raise Conflict("Körningen har ändrats. Läs in sidan igen.")


def find_run(host: Host, work: Work, run_id: UUID) -> Run:
    """Return a run.

    Raises:
        NotFound: There is no such run.
    """
    with host.tables(work) as connection:
        where = (runs.c.organisation_id == work.organisation_id, runs.c.id == run_id)
        row = connection.execute(select(runs).where(*where)).one_or_none()
    if row is None:
        raise NotFound(NO_RUN)
    return _run(host, work, row)


def list_runs(host: Host, work: Work, limit: int = 50, offset: int = 0) -> list[Run]:
    """Return the runs, the latest first."""
    query = select(runs).where(runs.c.organisation_id == work.organisation_id).order_by(runs.c.number.desc())
    with host.tables(work) as connection:
        rows = connection.execute(query.limit(limit).offset(offset)).all()
    return [_run(host, work, row) for row in rows]


def count_runs(host: Host, work: Work) -> int:
    """Return how many runs there are."""
    query = select(func.count()).select_from(runs).where(runs.c.organisation_id == work.organisation_id)
    with host.tables(work) as connection:
        return connection.execute(query).scalar_one()


def tallies(host: Host, work: Work, run_id: UUID) -> list[Tally]:
    """Return how many cases of each kind had each outcome."""
    key = (run_cases.c.kind_id, run_cases.c.outcome)
    sums = (
        func.count().label("cases"),
        func.coalesce(func.sum(run_cases.c.messages), 0).label("messages"),
        func.coalesce(func.sum(run_cases.c.size), 0).label("size"),
        func.min(run_cases.c.opened_at).label("first_at"),
        func.max(run_cases.c.last_at).label("last_at"),
    )
    query = select(*key, *sums).where(*_of_run(work, run_id)).group_by(*key)
    with host.tables(work) as connection:
        rows = connection.execute(query).all()
    return [
        Tally(row.kind_id, row.outcome, row.cases, int(row.messages), int(row.size), row.first_at, row.last_at)
        for row in rows
    ]


def list_digest(host: Host, work: Work, run_id: UUID) -> tuple[int, str]:
    """Return how many cases are on the list of a run, and the hash of their IDs in order."""
    query = select(run_cases.c.case_id).where(*_of_run(work, run_id), run_cases.c.outcome == DUE)
    with host.tables(work) as connection:
        ids = connection.execute(query.order_by(run_cases.c.case_id)).scalars().all()
    return len(ids), hashlib.sha256("\n".join(str(case_id) for case_id in ids).encode()).hexdigest()


def cases_of_run(
    host: Host, work: Work, run_id: UUID, outcomes: Sequence[str], kind_id: UUID | None, place: tuple[int, int]
) -> list[Any]:
    """Return the rows of a run with the given outcomes, and of one kind if given.

    Args:
        host: The plugin's host.
        work: The unit of work.
        run_id: The run.
        outcomes: The outcomes, such as `("due",)`.
        kind_id: Only cases of this kind; None means all.
        place: How many rows to return, and how many to skip.
    """
    query = select(run_cases).where(*_of_run(work, run_id), run_cases.c.outcome.in_(outcomes))
    if kind_id is not None:
        query = query.where(run_cases.c.kind_id == kind_id)
    query = query.order_by(run_cases.c.outcome, run_cases.c.case_id).limit(place[0]).offset(place[1])
    with host.tables(work) as connection:
        return list(connection.execute(query).all())


def _details(host: Host, work: Work, run: Run) -> tuple[tuple[str, str], ...]:
    """Return what the approver must read: how many cases of each kind are destroyed, and how many are held back."""
    kinds = kinds_by_id(host, work, run.plan_version)
    rows = []
    for tally in tallies(host, work, run.id):
        kind = kinds.get(tally.kind_id) if tally.kind_id else None
        if tally.outcome == DUE and kind is not None:
            rows.append((N_("Gallras"), f"{kind.label}: {tally.cases} ({kind.decision})"))
    held_count = sum(tally.cases for tally in tallies(host, work, run.id) if tally.outcome in {HELD, UNKNOWN})
    return (*sorted(rows), (N_("Hålls kvar"), str(held_count)))


def _of_run(work: Work, run_id: UUID) -> tuple[Any, ...]:
    return (run_cases.c.organisation_id == work.organisation_id, run_cases.c.run_id == run_id)


def _label(run_id: UUID) -> str:
    return f"records.run:{run_id}"


def _run(host: Host, work: Work, row: Any) -> Run:
    reason = ""
    if row.reason is not None:
        reason = host.vault.open_small(work.organisation_id, _label(row.id), row.reason, work.connection).decode()
    return Run(
        id=row.id,
        number=row.number,
        state=row.state,
        plan_version=row.plan_version,
        judged_on=row.judged_on,
        read_to=row.read_to,
        read=row.read,
        begun_at=row.begun_at,
        begun_by=row.begun_by,
        reason=reason,
        approval_id=row.approval_id,
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        list_sha256=row.list_sha256,
        ended_at=row.ended_at,
    )
