"""What people do with a case: take, release, take over, close, reopen, bin, restore.

Each change locks the row, checks what the person saw, and writes the case's log and the event log. When two people
act at once, one succeeds and the other is told who was first and when. A stand-in who may only read may change nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts.permissions import case_row, require_writer
from budkavle.cases.inbox import case_item
from budkavle.cases.transitions import move_cases
from budkavle.model.errors import Conflict, Forbidden
from budkavle.model.mailboxes import Case
from budkavle.model.people import Actor
from budkavle.model.states import CASE, CaseState, may_follow
from budkavle.storage import case_log
from budkavle.storage.case_log import CaseChange
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_events, cases, reads, users

TAKINGS = ("taken", "taken-over", "opened")
UNTAKEN = "Ärendet är inte taget av någon."
CLOSED = {"closed_at": func.now()}
_SAY = {
    CaseState.OPEN: "Ärendet är öppet.",
    CaseState.CLOSED: "Ärendet är avslutat. Öppna det igen först.",
    CaseState.BINNED: "Ärendet ligger i papperskorgen. Återställ det först.",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule decided: new values of the row, the kind and the facts for the log."""

    kind: str
    values: Mapping[str, object]
    facts: Mapping[str, str] = field(default_factory=dict)
    state: CaseState | None = None
    """The case's new state, if it changes."""


@dataclass(frozen=True, slots=True)
class Locked:
    """The row of a case, locked for its change, and who wants it."""

    connection: Connection
    actor: Actor
    row: RowMapping

    @property
    def mine(self) -> bool:
        """Whether the actor holds the case."""
        return self.actor.user_id is not None and self.row["holder_id"] == self.actor.user_id


Rule = Callable[[Locked], Change | None]
"""Judges the locked row; returns None if nothing needs to change, raises an error if the change is not allowed."""


def take(work: Work, case_id: UUID) -> Case:
    """Take an untaken case; no change if the actor holds it already.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        case_id: The case.

    Raises:
        NotFound: The case is unknown, or not in a mailbox of the actor.
        Conflict: Somebody else has taken it, or it is not open.
    """
    return _apply(work, case_id, _take)


def release(work: Work, case_id: UUID) -> Case:
    """Release a case; a mailbox administrator may release anyone's.

    Raises:
        NotFound: The case is unknown, or not in a mailbox of the actor.
        Forbidden: Another user holds it.
        Conflict: It is not taken, or not open.
    """
    return _apply(work, case_id, _release)


def take_over(work: Work, case_id: UUID, holder_id: UUID) -> Case:
    """Take a case from the colleague whom the page named in its question.

    Args:
        work: The unit of work; its actor takes over.
        case_id: The case.
        holder_id: The holder when the actor confirmed.

    Raises:
        NotFound: The case is unknown, or not in a mailbox of the actor.
        Conflict: Its holder has changed, it has been released, or it is not open.
    """

    def rule(case: Locked) -> Change | None:
        _require_person(case)
        if case.mine:
            return None
        if case.row["holder_id"] is None:
            raise Conflict("Ärendet har släppts och är inte längre taget. Ta det som vanligt.")
        if case.row["holder_id"] != holder_id:
            raise _somebody_else(case)
        details = {"from": str(holder_id), "name": _name(case, holder_id)}
        return Change("taken-over", {"holder_id": case.actor.user_id}, details)

    return _apply(work, case_id, rule)


def close(work: Work, case_id: UUID) -> Case:
    """Close a case; it keeps its holder.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        case_id: The case.

    Raises:
        NotFound: The case is unknown, or not in a mailbox of the actor.
        Conflict: It is in the bin.
    """
    return _apply(work, case_id, _close)


def reopen(work: Work, case_id: UUID) -> Case:
    """Open a closed case again; any member may.

    Raises:
        NotFound: The case is unknown, or not in a mailbox of the actor.
        Conflict: It is in the bin.
    """
    return _apply(work, case_id, _reopen)


def bin_case(work: Work, case_id: UUID) -> Case:
    """Move a case to the bin; `restore` brings it back.

    Raises:
        NotFound: The case is unknown, or not in a mailbox of the actor.
    """
    return _apply(work, case_id, _bin)


def restore(work: Work, case_id: UUID) -> Case:
    """Take a case out of the bin, with its earlier state and holder.

    Raises:
        NotFound: The case is unknown or destroyed, or not in a mailbox of the actor.
    """
    return _apply(work, case_id, _restore)


def mark_read(work: Work, case_id: UUID) -> None:
    """Mark the case as read, for the actor alone."""
    _mark(work, case_id, unread=False)


def mark_unread(work: Work, case_id: UUID) -> None:
    """Mark the case as unread, for the actor alone."""
    _mark(work, case_id, unread=True)


def record_print(work: Work, case_id: UUID) -> None:
    """Log that the actor printed the case; opening the page again within a minute is not logged.

    Raises:
        NotFound: The case is unknown, or not in a mailbox of the actor.
    """
    row = case_row(work, case_id)
    event = case_events.c
    of_case = (event.organisation_id == work.organisation_id, event.case_id == case_id, event.kind == "printed")
    recent = event.at > func.now() - timedelta(minutes=1)
    if work.connection.execute(select(event.id).where(*of_case, event.user_id == work.actor.user_id, recent)).first():
        return
    case_log.write(work, CaseChange(row["mailbox_id"], case_id, "printed"))


def _apply(work: Work, case_id: UUID, rule: Rule) -> Case:
    row = case_row(work, case_id, lock=True)
    require_writer(work, row["mailbox_id"])
    change = rule(Locked(work.connection, work.actor, row))
    if change is not None:
        _write(work, row, change)
        case_log.write(work, CaseChange(row["mailbox_id"], case_id, change.kind), **change.facts)
    return case_item(work, case_id)


def _write(work: Work, row: RowMapping, change: Change) -> None:
    this = cases.c.id == row["id"]
    if change.state is not None:
        move_cases(work, this, CaseState(row["state"]), change.state, **change.values)
        return
    this_case = (cases.c.organisation_id == work.organisation_id, this)
    work.connection.execute(update(cases).where(*this_case).values(**change.values))


def _take(case: Locked) -> Change | None:
    _require_person(case)
    if case.mine:
        return None
    if case.row["holder_id"] is not None:
        raise _somebody_else(case)
    return Change("taken", {"holder_id": case.actor.user_id})


def _release(case: Locked) -> Change:
    _require(case.row, CaseState.OPEN)
    holder = case.row["holder_id"]
    if holder is None:
        raise Conflict(UNTAKEN)
    if case.mine:
        return Change("released", {"holder_id": None})
    name = _name(case, holder)
    if not case.row["administrator"]:
        raise Forbidden(
            "Ärendet är taget av {holder}. Be {holder} eller en av brevlådans administratörer att släppa det.",
            holder=name,
        )
    return Change("released", {"holder_id": None}, {"from": str(holder), "name": name})


def _close(case: Locked) -> Change | None:
    if case.row["state"] == CaseState.CLOSED:
        return None
    _require(case.row, CaseState.OPEN)
    return Change("closed", CLOSED, state=CaseState.CLOSED)


def _reopen(case: Locked) -> Change | None:
    if case.row["state"] == CaseState.OPEN:
        return None
    _require(case.row, CaseState.CLOSED)
    return Change("reopened", {"closed_at": None}, state=CaseState.OPEN)


def _bin(case: Locked) -> Change | None:
    if not may_follow(CASE, CaseState(case.row["state"]), CaseState.BINNED):
        return None
    values = {"state_before_bin": case.row["state"], "binned_at": func.now()}
    return Change("binned", values, state=CaseState.BINNED)


def _restore(case: Locked) -> Change | None:
    if case.row["state"] != CaseState.BINNED:
        return None
    before = CaseState(case.row["state_before_bin"] or CaseState.OPEN)
    return Change("restored", {"state_before_bin": None, "binned_at": None}, state=before)


def _require_person(case: Locked) -> None:
    _require(case.row, CaseState.OPEN)
    if case.actor.user_id is None:
        raise Forbidden("Bara en person kan ta ett ärende.")


def _require(row: RowMapping, state: CaseState) -> None:
    if row["state"] != state:
        raise Conflict(_SAY[CaseState(row["state"])])


def _somebody_else(case: Locked) -> Conflict:
    name = _name(case, case.row["holder_id"])
    query = select(case_events.c.at).where(
        case_events.c.organisation_id == case.row["organisation_id"],
        case_events.c.case_id == case.row["id"],
        case_events.c.user_id == case.row["holder_id"],
        case_events.c.kind.in_(TAKINGS),
    )
    at = case.connection.execute(query.order_by(case_events.c.id.desc()).limit(1)).scalar_one_or_none()
    if at is None:
        return Conflict("{holder} har tagit ärendet.", holder=name)
    return Conflict("{holder} tog ärendet {at}.", holder=name, at=at)


def _name(case: Locked, user_id: UUID) -> str:
    query = select(users.c.name).where(users.c.organisation_id == case.row["organisation_id"], users.c.id == user_id)
    name: str = case.connection.execute(query).scalar_one()
    return name


def _mark(work: Work, case_id: UUID, *, unread: bool) -> None:
    row = case_row(work, case_id)
    if work.actor.user_id is None:
        return  # only people have read marks
    seen = max(0, row["incoming"] - 1) if unread else row["incoming"]
    set_seen(work, row, seen)


def set_seen(work: Work, row: RowMapping, seen: int) -> None:
    """Store how many of a case's incoming messages the actor has seen."""
    values: dict[str, Any] = {
        "organisation_id": work.organisation_id,
        "user_id": work.actor.user_id,
        "case_id": row["id"],
        "seen": seen,
        "at": func.to_timestamp(0),
    }
    write = upsert(reads).values(values)
    keys = ["organisation_id", "user_id", "case_id"]
    work.connection.execute(write.on_conflict_do_update(index_elements=keys, set_={"seen": seen}))
