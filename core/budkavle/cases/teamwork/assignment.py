"""Assigning one or many cases to a colleague, who is notified."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, select, update

from budkavle.accounts.mailbox_list import ListPage
from budkavle.accounts.permissions import IN_FORCE, case_rows, require_writer
from budkavle.cases.member_news.waiting import tell_colleagues
from budkavle.cases.teamwork.restricting import named_for
from budkavle.model import sources
from budkavle.model.errors import Conflict, Forbidden, Invalid
from budkavle.model.mailboxes import Member
from budkavle.model.notices import NewsKind
from budkavle.model.states import CaseState
from budkavle.storage import case_log
from budkavle.storage.case_log import CaseChange
from budkavle.storage.paging import FIRST_PAGE, Order, Place, count_rows, read_page
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_events, cases, memberships, users

HOLDERS = ("taken", "taken-over", "released", "assigned", "unassigned")
"""The kinds of log entries for a change of holder."""
NOT_A_MEMBER = "Personen kan inte få ärendet: hen är inte medlem i brevlådan, eller får bara läsa där."
NOT_NAMED = "Personen kan inte få ärendet: det är begränsat, och hen är inte en av dem som får läsa det."
CHANGED = "Någon annan har ändrat vem som har ärendet. Läs sidan igen och välj på nytt."
NOT_YOURS = "Ärendet är tilldelat någon annan. Be den personen eller en av brevlådans administratörer att släppa det."


def list_assignable(
    work: Work, mailbox_id: UUID, words: str = "", place: Place = FIRST_PAGE, case_ids: Collection[UUID] = ()
) -> ListPage[Member]:
    """Return a page of the people to whom cases of a mailbox may be assigned, by name.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        mailbox_id: The mailbox.
        words: Only people whose name has all these words.
        place: Where the page starts.
        case_ids: The cases: if some are restricted, only people who are named for all of those.

    Raises:
        NotFound: The actor is not a member of the mailbox.
        Forbidden: The actor may only read there.
    """
    require_writer(work, mailbox_id)
    name = func.lower(users.c.name)
    columns: list[ColumnElement[Any]] = [users.c.id, users.c.name, users.c.email, memberships.c.administrator]
    query: Select[Any] = select(*columns).select_from(
        memberships.join(
            users, and_(users.c.organisation_id == memberships.c.organisation_id, users.c.id == memberships.c.user_id)
        )
    )
    query = query.where(*_may_hold(work, mailbox_id), *(name.contains(word, autoescape=True) for word in _split(words)))
    for reader_ids in named_for(work, case_ids).values():
        query = query.where(users.c.id.in_(reader_ids))
    rows = read_page(work.connection, query, Order((name,), users.c.id), place)
    people = [Member(row["id"], row["name"], row["email"], row["administrator"]) for row in rows.rows]
    return ListPage(people, rows, count_rows(work.connection, query))


def assign(
    work: Work,
    case_ids: Collection[UUID],
    user_id: UUID | None,
    *,
    held_by: Mapping[UUID, UUID | None] | None = None,
) -> Sequence[UUID]:
    """Assign cases to a member of their mailbox, or remove the assignment; the member is notified.

    Cases that are not open, or that the member already holds, are left unchanged.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        case_ids: The cases.
        user_id: The member; None removes the assignment.
        held_by: The holder of each case when the actor chose; without it, the present holder is replaced.

    Returns:
        The changed cases.

    Raises:
        NotFound: A case is unknown, or not in a mailbox of the actor.
        Forbidden: The actor may only read there; or the actor may not remove another holder's assignment.
        Invalid: The person is not a member who may write there, or is not named for a restricted case; or it is a
            personal inbox.
        Conflict: The holder of a case has changed since the actor chose.
    """
    rows = case_rows(work, case_ids, lock=True)
    if held_by is not None and any(held_by.get(row["id"]) != row["holder_id"] for row in rows):
        raise Conflict(CHANGED)
    changing = [row for row in rows if row["state"] == CaseState.OPEN and row["holder_id"] != user_id]
    names: dict[UUID, str] = {}
    for mailbox_id in {row["mailbox_id"] for row in rows}:
        _require_shared(work, mailbox_id)
        names |= _names(work, mailbox_id, user_id)
    if any(user_id not in reader_ids for reader_ids in named_for(work, case_ids).values() if user_id is not None):
        raise Invalid("Ärendet kunde inte tilldelas.", fields={"user": NOT_NAMED})
    if user_id is None:
        _require_to_release(work, changing)
    changed = [row["id"] for row in changing]
    condition = (cases.c.organisation_id == work.organisation_id, cases.c.id.in_(changed))
    work.connection.execute(update(cases).where(*condition).values(holder_id=user_id))
    _log(work, changing, user_id, names)
    return changed


def _require_shared(work: Work, mailbox_id: UUID) -> None:
    if not require_writer(work, mailbox_id).mailbox.kind.is_shared:
        raise Invalid("I en personlig inkorg tilldelas inga ärenden.")


def _names(work: Work, mailbox_id: UUID, user_id: UUID | None) -> dict[UUID, str]:
    """Return the person's name by id; the person must be able to work in the mailbox."""
    if user_id is None:
        return {}
    query = select(users.c.name).select_from(
        memberships.join(
            users, and_(users.c.organisation_id == memberships.c.organisation_id, users.c.id == memberships.c.user_id)
        )
    )
    name = work.connection.execute(
        query.where(*_may_hold(work, mailbox_id), users.c.id == user_id)
    ).scalar_one_or_none()
    if name is None:
        raise Invalid("Ärendet kunde inte tilldelas.", fields={"user": NOT_A_MEMBER})
    return {user_id: name}


def _may_hold(work: Work, mailbox_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        memberships.c.organisation_id == work.organisation_id,
        memberships.c.mailbox_id == mailbox_id,
        memberships.c.may_answer,
        IN_FORCE,
        users.c.active,
    )


def _require_to_release(work: Work, rows: Sequence[RowMapping]) -> None:
    """Let the holder, an administrator of the mailbox and the last assigner undo an assignment."""
    held_by_others = [row["id"] for row in rows if row["holder_id"] != work.actor.user_id and not row["administrator"]]
    if not held_by_others:
        return
    of_holders = and_(
        case_events.c.organisation_id == work.organisation_id,
        case_events.c.case_id.in_(held_by_others),
        case_events.c.kind.in_(HOLDERS),
    )
    latest = select(func.max(case_events.c.id)).where(of_holders).group_by(case_events.c.case_id)
    last = select(case_events.c.case_id, case_events.c.kind, case_events.c.user_id).where(
        of_holders, case_events.c.id.in_(latest)
    )
    assigned_by_actor = [
        row.case_id
        for row in work.connection.execute(last)
        if row.kind == "assigned" and row.user_id == work.actor.user_id
    ]
    if set(assigned_by_actor) != set(held_by_others):
        raise Forbidden(NOT_YOURS)


def _log(work: Work, rows: Sequence[RowMapping], user_id: UUID | None, names: Mapping[UUID, str]) -> None:
    holders = {row["holder_id"] for row in rows if row["holder_id"] is not None}
    query = select(users.c.id, users.c.name).where(
        users.c.organisation_id == work.organisation_id, users.c.id.in_(holders)
    )
    before = {row.id: row.name for row in work.connection.execute(query)} if holders else {}
    entries = []
    for row in rows:
        details: dict[str, str] = {}
        if row["holder_id"] is not None:
            details |= {"from": str(row["holder_id"]), "name": before[row["holder_id"]]}
        if user_id is not None:
            details |= {"to": str(user_id), "assignee": names[user_id]}
        kind = "assigned" if user_id is not None else "unassigned"
        entries.append((CaseChange(row["mailbox_id"], row["id"], kind), details))
    case_log.write_all(work, entries)
    if user_id is None:
        return
    for mailbox_id in {row["mailbox_id"] for row in rows}:
        case_ids = {sources.new_id(): row["id"] for row in rows if row["mailbox_id"] == mailbox_id}
        tell_colleagues(work, [user_id], NewsKind.ASSIGNED, mailbox_id, case_ids)


def _split(words: str) -> list[str]:
    return words.lower().split()
