"""Moving cases to another function mailbox, even one that the actor is not a member of."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, Text, and_, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts.mailbox_list import ListPage
from budkavle.accounts.mailboxes import functions_in_use
from budkavle.accounts.permissions import (
    IN_FORCE,
    NO_MAILBOX,
    case_rows,
    require_loa,
    require_user,
    require_writer,
)
from budkavle.cases.teamwork.restricting import forget_readers, named_for, still_reading
from budkavle.model.errors import Invalid, NotFound
from budkavle.storage import case_log
from budkavle.storage.case_log import CaseChange
from budkavle.storage.paging import FIRST_PAGE, Order, Place, count_rows, read_page
from budkavle.storage.platform import Work
from budkavle.storage.tables import (
    case_events,
    case_moves,
    case_tags,
    case_words,
    cases,
    mailboxes,
    memberships,
    messages,
    tags,
    users,
)

NOBODY_THERE = (
    "Ärendet är begränsat, och ingen av dem som får läsa det läser den brevlådan. Ändra först vilka som får läsa det,"
    " eller ta bort begränsningen."
)
UNDO_WITHIN = timedelta(minutes=10)
MOST_NAMED = 10
"""How many readers of a mailbox are listed before a case is moved there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A mailbox that a case can be moved to.

    Attributes:
        readers: How many people may open it.
        names: The first of them.
        is_mine: Whether the actor is one of them.
    """

    id: UUID
    name: str
    description: str
    readers: int = 0
    names: Sequence[str] = ()
    is_mine: bool = False


def list_targets(work: Work, besides: UUID, words: str = "", place: Place = FIRST_PAGE) -> ListPage[Target]:
    """Return a page of the function mailboxes that a case can be moved to, by name.

    Args:
        work: The unit of work; its actor is a user.
        besides: The mailbox that the case is in.
        words: Only mailboxes whose name has all these words.
        place: Where the page starts.

    Raises:
        Forbidden: The actor has no account.
    """
    require_user(work.actor)
    name = func.lower(mailboxes.c.name)
    columns: list[ColumnElement[Any]] = [mailboxes.c.id, mailboxes.c.name, mailboxes.c.description]
    query: Select[Any] = select(*columns).where(functions_in_use(work.organisation_id), mailboxes.c.id != besides)
    query = query.where(*(name.contains(word, autoescape=True) for word in words.lower().split()))
    rows = read_page(work.connection, query, Order((name,), mailboxes.c.id), place)
    return ListPage([Target(**row) for row in rows.rows], rows, count_rows(work.connection, query))


def find_target(work: Work, mailbox_id: UUID) -> Target:
    """Return a mailbox that a case can be moved to, with its readers.

    Raises:
        Forbidden: The actor has no account.
        NotFound: There is no such function mailbox in the organisation.
    """
    user_id = require_user(work.actor)
    target = _target(work, mailbox_id)
    is_user = and_(users.c.organisation_id == memberships.c.organisation_id, users.c.id == memberships.c.user_id)
    query = select(users.c.id, users.c.name).select_from(memberships.join(users, is_user))
    of_mailbox = (memberships.c.organisation_id == work.organisation_id, memberships.c.mailbox_id == mailbox_id)
    rows = work.connection.execute(
        query.where(*of_mailbox, IN_FORCE, users.c.active).order_by(users.c.name, users.c.id)
    ).all()
    names = [row.name for row in rows[:MOST_NAMED]]
    return Target(
        target["id"], target["name"], target["description"], len(rows), names, any(row.id == user_id for row in rows)
    )


def move_to_mailbox(work: Work, case_ids: Collection[UUID], mailbox_id: UUID) -> Sequence[UUID]:
    """Move cases to another function mailbox; they keep level, log and notes, but lose holder and tags.

    Args:
        work: The unit of work; its actor may write in the cases' present mailbox. The actor needs no rights in the
            other mailbox.
        case_ids: The cases. Those already in the mailbox are left unchanged.
        mailbox_id: The mailbox to move them to.

    Returns:
        The moved cases.

    Raises:
        NotFound: A case is unknown, or not in a mailbox of the actor; or there is no such function mailbox.
        Forbidden: The actor may only read in a case's mailbox.
        StepUp: A case requires a higher level of assurance than the actor's session has.
        Invalid: A case is in a personal inbox; or it is restricted, and none of the people named for it reads the other
            mailbox.
    """
    rows = [row for row in case_rows(work, case_ids, lock=True) if row["mailbox_id"] != mailbox_id]
    target = _target(work, mailbox_id)
    names: dict[UUID, str] = {}
    for origin in {row["mailbox_id"] for row in rows}:
        mailbox = require_writer(work, origin).mailbox
        if not mailbox.kind.is_shared:
            raise Invalid("Ett ärende i en personlig inkorg flyttas inte. Vidarebefordra det i stället.")
        names[origin] = mailbox.name
    for row in rows:
        require_loa(work.actor, row["loa"])
    moved = [row["id"] for row in rows]
    leaving = _readers_left_behind(work, moved, mailbox_id)
    tagged = _tags(work, moved)
    _write(work, moved, mailbox_id)
    _log(work, rows, mailbox_id, names, target["name"], tagged)
    forget_readers(work, leaving)
    return moved


def _readers_left_behind(work: Work, case_ids: Sequence[UUID], mailbox_id: UUID) -> Mapping[UUID, Collection[UUID]]:
    """Return the people named for restricted cases who cannot read the other mailbox; at least one must remain."""
    leaving: dict[UUID, Collection[UUID]] = {}
    for case_id, reader_ids in named_for(work, case_ids).items():
        remaining = still_reading(work, mailbox_id, reader_ids)
        if not remaining:
            raise Invalid(NOBODY_THERE)
        leaving[case_id] = reader_ids - remaining
    return leaving


def _target(work: Work, mailbox_id: UUID) -> RowMapping:
    query = select(mailboxes.c.id, mailboxes.c.name, mailboxes.c.description)
    query = query.where(functions_in_use(work.organisation_id), mailboxes.c.id == mailbox_id)
    row = work.connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(NO_MAILBOX)
    return row


def _write(work: Work, ids: Sequence[UUID], mailbox_id: UUID) -> None:
    organisation_id, connection = work.organisation_id, work.connection
    origins = select(cases.c.organisation_id, cases.c.id, cases.c.mailbox_id).where(
        cases.c.organisation_id == organisation_id, cases.c.id.in_(ids)
    )
    columns = ["organisation_id", "case_id", "from_mailbox_id"]
    connection.execute(upsert(case_moves).from_select(columns, origins).on_conflict_do_nothing())
    for table, column in ((messages, messages.c.case_id), (case_words, case_words.c.case_id)):
        of_cases = (table.c.organisation_id == organisation_id, column.in_(ids))
        connection.execute(update(table).where(*of_cases).values(mailbox_id=mailbox_id))
    moved = (cases.c.organisation_id == organisation_id, cases.c.id.in_(ids))
    connection.execute(update(cases).where(*moved).values(mailbox_id=literal(mailbox_id), holder_id=None))
    of_cases = (case_tags.c.organisation_id == organisation_id, case_tags.c.case_id.in_(ids))
    connection.execute(delete(case_tags).where(*of_cases))


def undo_move(work: Work, case_ids: Collection[UUID], mailbox_id: UUID) -> Sequence[UUID]:
    """Move back cases that the actor has just moved from a mailbox, with their earlier holder and tags.

    The actor needs no rights in their present mailbox. A case with a later event stays.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        case_ids: The cases.
        mailbox_id: The mailbox that they came from.

    Returns:
        The cases that were moved back.

    Raises:
        NotFound: The actor is not a member of the mailbox.
        Forbidden: The actor may only read there.
    """
    mailbox = require_writer(work, mailbox_id).mailbox
    query = select(cases).where(cases.c.organisation_id == work.organisation_id, cases.c.id.in_(list(case_ids)))
    rows = {row["id"]: row for row in work.connection.execute(query.order_by(cases.c.id).with_for_update()).mappings()}
    moves = _last_moves(work, list(rows), mailbox_id)
    back = [rows[case_id] for case_id in rows if case_id in moves]
    case_ids_back = [row["id"] for row in back]
    names = {origin: _target(work, origin)["name"] for origin in {row["mailbox_id"] for row in back}}
    _write(work, case_ids_back, mailbox_id)
    of_cases = (case_moves.c.organisation_id == work.organisation_id, case_moves.c.case_id.in_(case_ids_back))
    undone = case_moves.c.from_mailbox_id.in_([mailbox_id, *names])
    work.connection.execute(delete(case_moves).where(*of_cases, undone))
    _restore(work, {case_id: moves[case_id] for case_id in case_ids_back})
    _log(work, back, mailbox_id, names, mailbox.name, {})
    return case_ids_back


def _last_moves(work: Work, case_ids: Sequence[UUID], mailbox_id: UUID) -> dict[UUID, Mapping[str, str]]:
    """Return the log's facts of those cases whose last event is that the actor moved them from the mailbox."""
    event = case_events.c
    latest = select(func.max(event.id)).where(
        event.organisation_id == work.organisation_id, event.case_id.in_(case_ids)
    )
    by_actor = select(event.case_id, event.facts).where(
        event.organisation_id == work.organisation_id,
        event.id.in_(latest.group_by(event.case_id)),
        event.kind == "moved",
        event.user_id == work.actor.user_id,
        event.facts["from"].astext == str(mailbox_id),
        event.at > func.now() - UNDO_WITHIN,
    )
    return {row.case_id: row.facts for row in work.connection.execute(by_actor)}


def _restore(work: Work, moves: Mapping[UUID, Mapping[str, str]]) -> None:
    """Restore the holders and the remaining tags of cases as logged; one statement for each."""
    holders, tagged = defaultdict[UUID, list[UUID]](list), defaultdict[UUID, list[UUID]](list)
    readers = named_for(work, moves.keys())
    for case_id, facts in moves.items():
        if facts.get("holder") and (case_id not in readers or UUID(facts["holder"]) in readers[case_id]):
            holders[UUID(facts["holder"])].append(case_id)
        for word in filter(None, facts.get("tags", "").split(",")):
            tagged[UUID(word)].append(case_id)
    for holder_id, ids in holders.items():
        condition = (cases.c.organisation_id == work.organisation_id, cases.c.id.in_(ids))
        work.connection.execute(update(cases).where(*condition).values(holder_id=holder_id))
    columns = ["organisation_id", "case_id", "tag_id"]
    for tag_id, ids in tagged.items():
        remaining = select(cases.c.organisation_id, cases.c.id, tags.c.id).where(
            cases.c.organisation_id == work.organisation_id,
            cases.c.id.in_(ids),
            tags.c.organisation_id == cases.c.organisation_id,
            tags.c.id == tag_id,
        )
        work.connection.execute(upsert(case_tags).from_select(columns, remaining).on_conflict_do_nothing())


def _tags(work: Work, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    ids = func.string_agg(cast(case_tags.c.tag_id, Text), ",").label("ids")
    query = select(case_tags.c.case_id, ids).where(
        case_tags.c.organisation_id == work.organisation_id, case_tags.c.case_id.in_(case_ids)
    )
    return {row.case_id: row.ids for row in work.connection.execute(query.group_by(case_tags.c.case_id))}


def _log(
    work: Work,
    rows: Sequence[RowMapping],
    mailbox_id: UUID,
    names: Mapping[UUID, str],
    target: str,
    tagged: Mapping[UUID, str],
) -> None:
    entries = []
    for row in rows:
        case_id, origin = row["id"], row["mailbox_id"]
        details = {"from": str(origin), "origin": names[origin], "target": target}
        details |= {"holder": str(row["holder_id"])} if row["holder_id"] else {}
        details |= {"tags": tagged[case_id]} if case_id in tagged else {}
        entries.append((CaseChange(mailbox_id, case_id, "moved"), details))
        case_log.notify_pages(work, CaseChange(origin, case_id, "moved"))
    case_log.write_all(work, entries)
