"""The counts of the navigation: what waits in each of a user's mailboxes, and in each folder of one mailbox.

Counting stops at `CAP`, so that it costs the same at any size.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, func, literal, or_, select, true, union_all

from budkavle.accounts.permissions import (
    NEWEST_AT,
    Delegated,
    as_mailbox,
    delegated,
    my_mailboxes,
    require_member,
)
from budkavle.cases.inbox import CaseFilter, Scope, in_folder, sent_from
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.people import Actor
from budkavle.model.states import CaseState
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, mailboxes, memberships, messages, reads

CAP = 1000
"""Counting stops here; the pages write `999+`."""
RECENT = 200
"""The number of latest open cases among which unread messages are counted."""
MOST_SHOWN = 20
"""The most function mailboxes in the navigation; the others are found by search."""
MOST_SENDERS = 200
"""The most function mailboxes to choose from when writing a message; to write from another, open it first."""


class _Queries(QueryFile):
    choose_shown: Statement
    count_elsewhere: Statement


QUERIES = _Queries.load()
_PERSONAL = mailboxes.c.kind == MailboxKind.PERSONAL.value


@dataclass(frozen=True, slots=True)
class MailboxCounts:
    """A mailbox in the navigation, with its counts."""

    mailbox: FunctionMailbox
    untaken: int
    unread: int
    trouble: int = 0
    """How many cases are under "Behöver åtgärd"; 0 for a time-limited stand-in."""
    delegated: Delegated | None = None
    """The reader's terms as a stand-in for the owner; None in the reader's own inbox and in shared mailboxes."""
    writes: bool = True
    """Whether the reader may write from it."""


@dataclass(frozen=True, slots=True)
class Navigation:
    """The mailboxes that a user's navigation shows.

    Attributes:
        boxes: The mailboxes shown, the personal one first.
        functions: How many function mailboxes the user has, shown or not.
        untaken: Untaken cases in the hidden ones, counted up to `CAP`.
        trouble: Whether a case in one of the hidden ones needs action.
    """

    boxes: list[MailboxCounts]
    functions: int
    untaken: int = 0
    trouble: bool = False

    @property
    def hidden(self) -> int:
        """How many function mailboxes are hidden."""
        return self.functions - sum(box.mailbox.kind is MailboxKind.FUNCTION for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Senders:
    """The mailboxes that a message can be written from.

    Attributes:
        mailboxes: The mailboxes to choose from, the personal one first.
        hidden: How many of the user's function mailboxes are left out.
    """

    mailboxes: list[FunctionMailbox]
    hidden: int = 0


def counts(work: Work, mailbox_id: UUID, state: CaseState = CaseState.OPEN) -> dict[str, int]:
    """Return how many cases are in each folder and filter, counted up to `CAP`.

    The keys: `all`, `mine`, `others`, `untaken` (of the cases in `state`), `open`, `closed`, `binned`, `trouble`,
    `sent`, and `unread` (among the latest `RECENT` open cases).

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    filters = {scope.value: CaseFilter(scope, state) for scope in Scope}
    if state is not CaseState.OPEN:
        filters["open"] = CaseFilter()
    filters |= {state.value: CaseFilter(state=state) for state in (CaseState.CLOSED, CaseState.BINNED)}
    filters["trouble"] = CaseFilter(trouble=True)
    since = require_member(work, mailbox_id).since
    columns = [
        _counted(work.actor, mailbox_id, case_filter, since).label(name) for name, case_filter in filters.items()
    ]
    sent_rows = select(literal(1)).where(*sent_from(work.actor, mailbox_id, since))
    columns.append(_capped(sent_rows.order_by(messages.c.created_at.desc(), messages.c.id.desc())).label("sent"))
    columns.append(_unread(work.actor, mailbox_id, since).label("unread"))
    counted = dict(work.connection.execute(select(*columns)).mappings().one())
    return {"open": counted["all"], **counted}


def count_list(work: Work, mailbox_id: UUID, case_filter: CaseFilter) -> int:
    """Return how many cases a list of the mailbox has, counted up to `CAP`.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    since = require_member(work, mailbox_id).since
    return work.connection.execute(select(_counted(work.actor, mailbox_id, case_filter, since))).scalar_one()


def mailbox_counts(work: Work) -> list[MailboxCounts]:
    """Return the mailboxes that the actor is a member of, the personal one first, with what waits in each.

    Args:
        work: The unit of work.
    """
    return _counts_where(work, true())


def navigation(work: Work, current: UUID | None = None) -> Navigation:
    """Return the mailboxes that a user's navigation shows.

    Args:
        work: The unit of work; its actor is a user.
        current: The open mailbox; it is always included if the user is a member.
    """
    reader = {"organisation": work.organisation_id, "reader": work.actor.user_id}
    rows = QUERIES.choose_shown.all(work.connection, reader | {"current": current, "most": MOST_SHOWN})
    shown = [row.id for row in rows]
    boxes = _counts_where(work, or_(_PERSONAL, mailboxes.c.id.in_(shown)))
    total = rows[0].many if rows else 0
    if total == len(shown):
        return Navigation(boxes, total)
    elsewhere = QUERIES.count_elsewhere.one(work.connection, reader | {"shown": shown, "most": CAP})
    return Navigation(boxes, total, elsewhere.untaken, elsewhere.trouble)


def senders(work: Work, current: UUID | None = None) -> Senders:
    """Return the mailboxes that a user may write from: all, or at most `MOST_SENDERS` function mailboxes.

    Args:
        work: The unit of work; its actor is a user.
        current: The chosen mailbox; it is always included if the user may write from it.
    """
    reader = {"organisation": work.organisation_id, "reader": work.actor.user_id}
    rows = QUERIES.choose_shown.all(work.connection, reader | {"current": current, "most": MOST_SENDERS})
    offered = or_(_PERSONAL, mailboxes.c.id.in_([row.id for row in rows]))
    query = select(mailboxes).where(my_mailboxes(work.actor), offered).order_by(*_own_first(work))
    may = [as_mailbox(row) for row in work.connection.execute(query.where(_may_write(work.actor))).mappings()]
    return Senders(may, rows[0].many - len(rows) if rows else 0)


def untaken_counts(work: Work, mailbox_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the number of untaken cases in each of some mailboxes of the actor, at most `CAP`."""
    untaken = _counted(work.actor, mailboxes.c.id, CaseFilter(Scope.UNTAKEN)).label("untaken")
    query = select(mailboxes.c.id, untaken).where(my_mailboxes(work.actor), mailboxes.c.id.in_(list(mailbox_ids)))
    return {row.id: row.untaken for row in work.connection.execute(query)}


def _counts_where(work: Work, which: ColumnElement[bool]) -> list[MailboxCounts]:
    query = select(
        mailboxes,
        _counted(work.actor, mailboxes.c.id, CaseFilter(Scope.UNTAKEN)).label("untaken"),
        _unread(work.actor, mailboxes.c.id).label("unread"),
        _counted(work.actor, mailboxes.c.id, CaseFilter(trouble=True)).label("trouble"),
        _may_write(work.actor).label("writes"),
    )
    query = query.where(my_mailboxes(work.actor), which).order_by(*_own_first(work))
    rows = work.connection.execute(query).mappings().all()
    terms = delegated(work)
    all_counts = [
        MailboxCounts(as_mailbox(r), r["untaken"], r["unread"], r["trouble"], terms.get(r["id"]), r["writes"])
        for r in rows
    ]
    return [_as_delegate(work, counts_of_mailbox) for counts_of_mailbox in all_counts]


def _may_write(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor is not limited to reading in a row of `mailboxes`."""
    if actor.user_id is None:
        return true()
    reading = exists().where(
        memberships.c.organisation_id == mailboxes.c.organisation_id,
        memberships.c.mailbox_id == mailboxes.c.id,
        memberships.c.user_id == actor.user_id,
        ~memberships.c.may_answer,
    )
    return ~reading


def _own_first(work: Work) -> tuple[ColumnElement[Any], ...]:
    mine = mailboxes.c.owner_id == work.actor.user_id if work.actor.user_id else false()
    return func.coalesce(mine, false()).desc(), mailboxes.c.kind.desc(), func.lower(mailboxes.c.name)


def mailbox_ids(work: Work) -> frozenset[UUID]:
    """Return the ids of the mailboxes that the actor may open now."""
    return frozenset(work.connection.execute(select(mailboxes.c.id).where(my_mailboxes(work.actor))).scalars())


def _as_delegate(work: Work, counts_of_mailbox: MailboxCounts) -> MailboxCounts:
    """Count only what a stand-in may see."""
    if counts_of_mailbox.delegated is None or counts_of_mailbox.delegated.since is None:
        return counts_of_mailbox
    unread = _unread(work.actor, counts_of_mailbox.mailbox.id, counts_of_mailbox.delegated.since)
    return replace(counts_of_mailbox, unread=work.connection.execute(select(unread)).scalar_one(), trouble=0)


def _counted(
    actor: Actor, mailbox_id: UUID | ColumnElement[UUID], case_filter: CaseFilter, since: datetime | None = None
) -> ColumnElement[int]:
    rows = select(literal(1)).where(
        cases.c.organisation_id == actor.organisation_id,
        cases.c.mailbox_id == mailbox_id,
        in_folder(actor, case_filter),
    )
    rows = rows.where(*_new_since(since))
    if case_filter.scope is Scope.OTHERS and actor.user_id:
        # Reads the holder index on both sides of the actor, to skip the actor's own cases, which may be many.
        sides = (cases.c.holder_id < actor.user_id, cases.c.holder_id > actor.user_id)
        halves = [select(rows.where(side).limit(CAP).subquery()) for side in sides]
        return select(func.count()).select_from(union_all(*halves).limit(CAP).subquery()).scalar_subquery()
    # Ordered as the folder's index; otherwise the planner reads the table from its start.
    rows = rows.order_by(cases.c.active_at.desc(), cases.c.id.desc())
    return _capped(rows.correlate(mailboxes))


def _new_since(since: datetime | None) -> list[ColumnElement[bool]]:
    """Return the conditions for cases with something new for a delegate; the first one has an index."""
    return [cases.c.active_at >= since, since <= NEWEST_AT] if since else []


def _capped(rows: Select[Any]) -> ColumnElement[int]:
    return select(func.count()).select_from(rows.limit(CAP).subquery()).scalar_subquery()


def _unread(actor: Actor, mailbox_id: UUID | ColumnElement[UUID], since: datetime | None = None) -> ColumnElement[int]:
    conditions = [cases.c.organisation_id == actor.organisation_id, cases.c.mailbox_id == mailbox_id]
    conditions += _new_since(since)
    latest = select(cases.c.id, cases.c.incoming).where(*conditions, in_folder(actor, CaseFilter()))
    latest_first = latest.order_by(cases.c.active_at.desc(), cases.c.id.desc()).limit(RECENT)
    recent = latest_first.correlate(mailboxes).subquery()
    read_count = select(reads.c.seen).where(
        reads.c.organisation_id == actor.organisation_id,
        reads.c.user_id == actor.user_id if actor.user_id else false(),
        reads.c.case_id == recent.c.id,
    )
    # One lookup per row: with a join, the planner would read everything that the user has ever read.
    unread = func.coalesce(read_count.scalar_subquery(), 0) < recent.c.incoming
    return select(func.count()).select_from(recent).where(unread).scalar_subquery()
