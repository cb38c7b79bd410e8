"""What people do with many cases of a mailbox at once: in one transaction, with one statement per change.

The rows are locked first, in a fixed order, so that two users who act on the same cases wait for each other. Each
change names the state that it starts from, so a case that has changed meanwhile is left unchanged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts.permissions import NO_CASE, require_member, require_user, require_writer
from budkavle.cases.inbox import CaseFilter, in_folder, rows_of_cases
from budkavle.cases.transitions import move_cases
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.states import CaseState
from budkavle.storage import case_log
from budkavle.storage.case_log import CaseChange
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, reads

MOST = 1000
"""The most cases that can be changed at once."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The cases of a mailbox that an act applies to.

    Attributes:
        ids: Those that were ticked.
        whole: All cases of this list instead, at most `MOST`.
    """

    ids: Sequence[UUID] = ()
    whole: CaseFilter | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The result of an act.

    Attributes:
        ids: The changed cases.
        left: How many cases were left unchanged.
    """

    ids: Sequence[UUID]
    left: int = 0


Change = Callable[[Work, Sequence[UUID]], Sequence[UUID]]
"""Changes those of some locked cases that may be changed; returns their ids."""


@dataclass(frozen=True, slots=True)
class BulkAct:
    """Something that can be done with many cases.

    Attributes:
        change: Makes the change.
        undo: The name of the act that undoes it.
        kind: The kind of entry in each case's log; empty for acts that concern the actor alone.
    """

    change: Change
    undo: str
    kind: str = ""


def act_on_many(work: Work, mailbox_id: UUID, act_name: str, selection: Selection) -> Changed:
    """Do one act on many cases; cases that it no longer applies to are left unchanged.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.
        act_name: One of `BULK_ACTS`.
        selection: The cases.

    Raises:
        NotFound: The actor is not a member of the mailbox, or an id is not one of its cases.
        Forbidden: The actor may only read in the mailbox.
        Invalid: The act is unknown, or there are too many cases.
    """
    act = BULK_ACTS.get(act_name)
    if act is None:
        raise Invalid("Det går inte att göra det med flera ärenden.")
    if act.kind:
        require_writer(work, mailbox_id)
    else:
        require_member(work, mailbox_id)
    locked = lock_selection(work, mailbox_id, selection)
    changed = act.change(work, locked) if locked else ()
    if act.kind:
        case_log.write_all(work, [(CaseChange(mailbox_id, case_id, act.kind), {}) for case_id in changed])
    return Changed(changed, len(locked) - len(changed))


def lock_selection(work: Work, mailbox_id: UUID, selection: Selection) -> list[UUID]:
    """Lock the selected cases that the actor may see; the caller has checked what the actor may do.

    Raises:
        NotFound: An id is not one of the mailbox's cases.
        Invalid: There are too many.
    """
    if len(selection.ids) > MOST:
        raise Invalid("Välj högst {most} ärenden åt gången.", most=MOST)
    visible = rows_of_cases(work.actor).where(cases.c.mailbox_id == mailbox_id, cases.c.messages > 0)
    if selection.whole is None:
        visible = visible.where(cases.c.id.in_(selection.ids))
    else:
        visible = visible.where(in_folder(work.actor, selection.whole)).limit(MOST)
    ids = visible.with_only_columns(cases.c.id).subquery()
    rows = select(cases.c.id).where(cases.c.organisation_id == work.organisation_id, cases.c.id.in_(select(ids.c.id)))
    locked = work.connection.execute(rows.order_by(cases.c.id).with_for_update()).scalars().all()
    if selection.whole is None and len(locked) != len(set(selection.ids)):
        case_log.note_refused(work, selection.ids)
        raise NotFound(NO_CASE)
    return list(locked)


def _take(work: Work, ids: Sequence[UUID]) -> Sequence[UUID]:
    return _hold(work, ids, cases.c.holder_id.is_(None), require_user(work.actor))


def _release(work: Work, ids: Sequence[UUID]) -> Sequence[UUID]:
    return _hold(work, ids, cases.c.holder_id == require_user(work.actor), None)


def _hold(work: Work, ids: Sequence[UUID], held: ColumnElement[bool], holder_id: UUID | None) -> Sequence[UUID]:
    write = update(cases).where(
        cases.c.organisation_id == work.organisation_id,
        cases.c.id.in_(ids),
        cases.c.state == CaseState.OPEN.value,
        held,
    )
    return work.connection.execute(write.values(holder_id=holder_id).returning(cases.c.id)).scalars().all()


def _close(work: Work, ids: Sequence[UUID]) -> Sequence[UUID]:
    return move_cases(work, cases.c.id.in_(ids), CaseState.OPEN, CaseState.CLOSED, closed_at=func.now())


def _reopen(work: Work, ids: Sequence[UUID]) -> Sequence[UUID]:
    return move_cases(work, cases.c.id.in_(ids), CaseState.CLOSED, CaseState.OPEN, closed_at=None)


def _bin(work: Work, ids: Sequence[UUID]) -> Sequence[UUID]:
    moved: list[UUID] = []
    for state in (CaseState.OPEN, CaseState.CLOSED):
        columns = {"state_before_bin": state.value, "binned_at": func.now()}
        moved += move_cases(work, cases.c.id.in_(ids), state, CaseState.BINNED, **columns)
    return moved


def _restore(work: Work, ids: Sequence[UUID]) -> Sequence[UUID]:
    before = func.coalesce(cases.c.state_before_bin, CaseState.OPEN.value)
    moved: list[UUID] = []
    for state in (CaseState.OPEN, CaseState.CLOSED):
        which = cases.c.id.in_(ids) & (before == state.value)
        moved += move_cases(work, which, CaseState.BINNED, state, state_before_bin=None, binned_at=None)
    return moved


def _read(work: Work, ids: Sequence[UUID]) -> Sequence[UUID]:
    """Mark all messages of the cases as read, for the actor alone."""
    user_id = require_user(work.actor)
    rows = select(literal(work.organisation_id), literal(user_id), cases.c.id, cases.c.incoming, func.to_timestamp(0))
    rows = rows.where(cases.c.organisation_id == work.organisation_id, cases.c.id.in_(ids), cases.c.incoming > 0)
    write = upsert(reads).from_select(["organisation_id", "user_id", "case_id", "seen", "at"], rows)
    new_count = write.excluded.seen
    keys = ["organisation_id", "user_id", "case_id"]
    write = write.on_conflict_do_update(index_elements=keys, set_={"seen": new_count}, where=reads.c.seen < new_count)
    return work.connection.execute(write.returning(reads.c.case_id)).scalars().all()


def _unread(work: Work, ids: Sequence[UUID]) -> Sequence[UUID]:
    """Mark the last message of each case as unread, for the actor alone."""
    write = update(reads).where(
        reads.c.organisation_id == work.organisation_id,
        reads.c.user_id == require_user(work.actor),
        reads.c.case_id.in_(ids),
        cases.c.organisation_id == reads.c.organisation_id,
        cases.c.id == reads.c.case_id,
        cases.c.incoming > 0,
        reads.c.seen >= cases.c.incoming,
    )
    write = write.values(seen=cases.c.incoming - 1)
    return work.connection.execute(write.returning(reads.c.case_id)).scalars().all()


BULK_ACTS: Mapping[str, BulkAct] = MappingProxyType(
    {
        "take": BulkAct(_take, "release", "taken"),
        "release": BulkAct(_release, "take", "released"),
        "close": BulkAct(_close, "reopen", "closed"),
        "reopen": BulkAct(_reopen, "close", "reopened"),
        "bin": BulkAct(_bin, "restore", "binned"),
        "restore": BulkAct(_restore, "bin", "restored"),
        "read": BulkAct(_read, "unread"),
        "unread": BulkAct(_unread, "read"),
    }
)
"""What can be done with many cases, by name. To add an act, add a line here and in `pages/desk/bulk.py`."""
