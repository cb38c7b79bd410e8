"""Restricting a case to named people.

The database hides it from everyone else, see `storage.database.case_readers`. This module decides who may restrict a
case and lift the restriction, and what administrators may do with a case that they cannot read.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts.mailbox_list import ListPage
from budkavle.accounts.permissions import IN_FORCE, NO_CASE, case_row, require_admin, require_writer
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.mailboxes import Member
from budkavle.model.sentences import Sentence
from budkavle.storage import case_log
from budkavle.storage.case_log import CaseChange
from budkavle.storage.database import Database
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.paging import FIRST_PAGE, Order, Place, count_rows, read_page
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_readers, case_restrictions, cases, mailboxes, memberships, users

LONGEST_REASON = 500
MOST_NAMED = 100
"""The most people who may be named for a case."""
NOT_SAVED = "Begränsningen kunde inte sparas."
NOT_MEMBERS = "Välj bland brevlådans medlemmar. Någon som du valde är inte medlem längre."
NOBODY = "Välj minst en person som ska kunna läsa ärendet."
NO_REASON = "Skriv varför. Skriv inga personuppgifter."
PERSONAL = "I en personlig inkorg begränsas inga ärenden: bara du läser där."


@dataclass(frozen=True, slots=True)
class Restriction:
    """The people who may read a restricted case, and the reason.

    Attributes:
        readers: The named people who may open the mailbox now.
        gone: How many named people may not, since they have left the mailbox or have no account.
        reason: The reason; empty for administrators who are not named.
    """

    case_id: UUID
    mailbox_id: UUID
    number: str
    mailbox: str
    by: str
    at: datetime
    readers: Sequence[Member]
    gone: int = 0
    reason: str = ""


def list_namable(work: Work, mailbox_id: UUID, words: str = "", place: Place = FIRST_PAGE) -> ListPage[Member]:
    """Return a page of the members of a mailbox who can be named for a case, by name.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        mailbox_id: The mailbox.
        words: Only people whose name has all these words.
        place: Where the page starts.

    Raises:
        NotFound: The actor is not a member of the mailbox.
        Forbidden: The actor may only read there.
    """
    require_writer(work, mailbox_id)
    return _members_page(work, mailbox_id, words, place)


def find_restriction(work: Work, case_id: UUID) -> Restriction | None:
    """Return who may read a case; None if all members of the mailbox may.

    Raises:
        NotFound: The case is unknown, or the actor may not read it.
    """
    row = case_row(work, case_id)
    query = _restrictions(work).where(cases.c.id == row["id"])
    restriction = work.connection.execute(query).mappings().one_or_none()
    if restriction is None:
        return None
    reason = work.vault.open_small(work.organisation_id, _label(case_id), restriction["reason"], work.connection)
    return _as_restriction(work, restriction, reason.decode())


def restrict(work: Work, case_id: UUID, user_ids: Collection[UUID], reason: str = "") -> Restriction:
    """Restrict a case to named members of the mailbox, or change who they are.

    A holder who is not named loses the case. It becomes invisible everywhere to everyone else.

    Args:
        work: The unit of work; its actor may write in the mailbox, and read the case.
        case_id: The case.
        user_ids: The named people, replacing the earlier ones.
        reason: Why; empty keeps the present reason.

    Raises:
        NotFound: The case is unknown, or the actor may not read it.
        Forbidden: The actor may only read there.
        Invalid: Nobody is named, or someone who is not a member; there is no reason; or it is a personal inbox.
    """
    row = case_row(work, case_id, lock=True)
    if not require_writer(work, row["mailbox_id"]).mailbox.kind.is_shared:
        raise Invalid(PERSONAL)
    before = find_restriction(work, case_id)
    reason = " ".join(reason.split()) or (before.reason if before else "")
    names = _judge(work, row, set(user_ids), reason)
    _store(work, row, reason, is_new=before is None or before.reason != reason)
    if row["holder_id"] is not None and row["holder_id"] not in names:
        work.connection.execute(update(cases).where(*_this(work, case_id)).values(holder_id=None))
    _log(work, row, "restricted", names=", ".join(sorted(names.values())))
    _name(work, case_id, names)  # last, since the actor may not be among them
    with with_all_cases(work.connection, work.reader):
        return _described(work, case_id, reason)


def lift(work: Work, case_id: UUID) -> None:
    """Lift the restriction of a case for all members of the mailbox; the actor must be named for it.

    Raises:
        NotFound: The case is unknown, or the actor may not read it.
        Forbidden: The actor may only read there.
        Invalid: The case is not restricted.
    """
    row = case_row(work, case_id, lock=True)
    require_writer(work, row["mailbox_id"])
    _lift(work, row)


def list_restricted(work: Work, place: Place = FIRST_PAGE) -> ListPage[Restriction]:
    """Return a page of the organisation's restricted cases for its administrators, without any content.

    Raises:
        Forbidden: The actor is not an administrator.
    """
    require_admin(work.actor)
    with with_all_cases(work.connection, work.reader):
        query = _restrictions(work)
        rows = read_page(work.connection, query, Order((case_restrictions.c.at,), cases.c.id), place)
        return ListPage([_as_restriction(work, row) for row in rows.rows], rows, count_rows(work.connection, query))


def find_restricted(
    work: Work, case_id: UUID, words: str = "", place: Place = FIRST_PAGE
) -> tuple[Restriction, ListPage[Member]]:
    """Return a restricted case for an administrator, without its content, and the people who can be named for it.

    Raises:
        Forbidden: The actor is not an administrator.
        NotFound: There is no such restricted case.
    """
    require_admin(work.actor)
    with with_all_cases(work.connection, work.reader):
        restriction = _described(work, case_id)
    return restriction, _members_page(work, restriction.mailbox_id, words, place)


def add_reader(work: Work, case_id: UUID, user_id: UUID, reason: str) -> None:
    """Name one more member for a case that the actor, an administrator, may not read; the log says why.

    Args:
        work: The unit of work; its actor administers the organisation.
        case_id: The restricted case.
        user_id: A member of its mailbox.
        reason: Why, in a sentence for the event log.

    Raises:
        Forbidden: The actor is not an administrator.
        NotFound: There is no such restricted case.
        Invalid: There is no reason, or the person is not a member.
    """
    require_admin(work.actor)
    sentence = _checked_reason(reason)
    with with_all_cases(work.connection, work.reader):
        work.connection.execute(select(cases.c.id).where(*_this(work, case_id)).with_for_update())  # it may be lifted
        restriction = _described(work, case_id)
        names = _names(work, restriction.mailbox_id, {user_id})
        if not names:
            raise Invalid(NOT_SAVED, fields={"user": NOT_MEMBERS})
        row = {"organisation_id": work.organisation_id, "case_id": case_id, "user_id": user_id}
        work.connection.execute(upsert(case_readers).values(row).on_conflict_do_nothing())
        of_case = (case_restrictions.c.organisation_id == work.organisation_id, case_restrictions.c.case_id == case_id)
        work.connection.execute(update(case_restrictions).where(*of_case).values(told_at=None))
        change = CaseChange(restriction.mailbox_id, case_id, "reader-added")
        _tell(work, change)
        case_log.write(work, change, name=names[user_id], reason=sentence)


def lift_as_administrator(work: Work, case_id: UUID, reason: str) -> None:
    """Lift the restriction of a case that the actor may not read, for all members of its mailbox; the log says why.

    Raises:
        Forbidden: The actor is not an administrator.
        NotFound: There is no such restricted case.
        Invalid: There is no reason.
    """
    require_admin(work.actor)
    sentence = _checked_reason(reason)
    with with_all_cases(work.connection, work.reader):
        query = select(cases).where(*_this(work, case_id)).with_for_update()
        row = work.connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(NO_CASE)
        _lift(work, row, reason=sentence)


def named_for(work: Work, case_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Return the named people of those of some cases that are restricted."""
    query = select(case_readers.c.case_id, func.array_agg(case_readers.c.user_id).label("people"))
    query = query.where(
        case_readers.c.organisation_id == work.organisation_id, case_readers.c.case_id.in_(list(case_ids))
    )
    rows = work.connection.execute(query.group_by(case_readers.c.case_id))
    return {row.case_id: frozenset(row.people) for row in rows}


def still_reading(work: Work, mailbox_id: UUID, user_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of some people who may open a mailbox."""
    return frozenset(_names(work, mailbox_id, user_ids))


def forget_readers(work: Work, leaving: Mapping[UUID, Collection[UUID]]) -> None:
    """Remove named people from cases, by case; call it last, after all other changes to them."""
    for case_id, user_ids in leaving.items():
        of_case = (case_readers.c.organisation_id == work.organisation_id, case_readers.c.case_id == case_id)
        work.connection.execute(delete(case_readers).where(*of_case, case_readers.c.user_id.in_(list(user_ids))))


def hidden_cases(work: Work) -> frozenset[UUID]:
    """Return the restricted cases of the organisation that the actor, a user, is not named for."""
    readable = select(case_readers.c.case_id).where(
        case_readers.c.organisation_id == work.organisation_id, case_readers.c.user_id == work.actor.user_id
    )
    query = select(case_restrictions.c.case_id).where(
        case_restrictions.c.organisation_id == work.organisation_id, case_restrictions.c.case_id.not_in(readable)
    )
    return frozenset(work.connection.execute(query).scalars())


def _judge(work: Work, row: RowMapping, user_ids: set[UUID], reason: str) -> dict[UUID, str]:
    """Check the choice, and return the names of the named people."""
    faults: dict[str, str] = {}
    names = _names(work, row["mailbox_id"], user_ids) if user_ids else {}
    if not user_ids:
        faults["user"] = NOBODY
    elif len(names) != len(user_ids):
        faults["user"] = NOT_MEMBERS
    elif len(names) > MOST_NAMED:
        faults["user"] = Sentence("Högst {most} personer kan läsa ett begränsat ärende.", most=MOST_NAMED)
    faults |= _reason_fault(reason)
    if faults:
        raise Invalid(NOT_SAVED, fields=faults)
    return names


def _reason_fault(reason: str) -> dict[str, str]:
    if not reason:
        return {"reason": NO_REASON}
    if len(reason) > LONGEST_REASON:
        return {"reason": Sentence("Skälet får ha högst {longest} tecken.", longest=LONGEST_REASON)}
    return {}


def _checked_reason(reason: str) -> str:
    sentence = " ".join(reason.split())
    if fault := _reason_fault(sentence):
        raise Invalid(NOT_SAVED, fields=fault)
    return sentence


def _names(work: Work, mailbox_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, str]:
    query = _people(work, mailbox_id).where(users.c.id.in_(list(user_ids)))
    return {row["id"]: row["name"] for row in work.connection.execute(query).mappings()}


def _people(work: Work, mailbox_id: UUID) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [users.c.id, users.c.name, users.c.email, memberships.c.administrator]
    is_user = and_(users.c.organisation_id == memberships.c.organisation_id, users.c.id == memberships.c.user_id)
    query: Select[Any] = select(*columns).select_from(memberships.join(users, is_user))
    return query.where(
        memberships.c.organisation_id == work.organisation_id,
        memberships.c.mailbox_id == mailbox_id,
        IN_FORCE,
        users.c.active,
    )


def _members_page(work: Work, mailbox_id: UUID, words: str, place: Place) -> ListPage[Member]:
    name = func.lower(users.c.name)
    query = _people(work, mailbox_id)
    query = query.where(*(name.contains(word, autoescape=True) for word in words.lower().split()))
    rows = read_page(work.connection, query, Order((name,), users.c.id), place)
    people = [Member(row["id"], row["name"], row["email"], row["administrator"]) for row in rows.rows]
    return ListPage(people, rows, count_rows(work.connection, query))


def _store(work: Work, row: RowMapping, reason: str, *, is_new: bool) -> None:
    if not is_new:
        return
    slot = work.vault.slots.take()
    label = _label(row["id"])
    values = {
        "organisation_id": work.organisation_id,
        "case_id": row["id"],
        "number": row["number"],
        "by_id": work.actor.user_id,
        "reason": work.vault.seal_small(work.organisation_id, label, reason.encode(), work.connection, slot),
        "at": func.now(),
    }
    write = upsert(case_restrictions).values(values)
    changed = {name: write.excluded[name] for name in ("by_id", "reason", "at")}
    work.connection.execute(write.on_conflict_do_update(index_elements=["organisation_id", "case_id"], set_=changed))


def _name(work: Work, case_id: UUID, user_ids: Collection[UUID]) -> None:
    of_case = (case_readers.c.organisation_id == work.organisation_id, case_readers.c.case_id == case_id)
    work.connection.execute(delete(case_readers).where(*of_case))
    rows = [{"organisation_id": work.organisation_id, "case_id": case_id, "user_id": user_id} for user_id in user_ids]
    work.connection.execute(insert(case_readers).values(rows))


def _lift(work: Work, row: RowMapping, **details: str) -> None:
    of_case = (case_restrictions.c.organisation_id == work.organisation_id, case_restrictions.c.case_id == row["id"])
    if not work.connection.execute(delete(case_restrictions).where(*of_case)).rowcount:
        raise Invalid("Ärendet är inte begränsat.")
    readers = (case_readers.c.organisation_id == work.organisation_id, case_readers.c.case_id == row["id"])
    work.connection.execute(delete(case_readers).where(*readers))
    _log(work, row, "unrestricted", **details)


def _log(work: Work, row: RowMapping, kind: str, **details: str) -> None:
    change = CaseChange(row["mailbox_id"], row["id"], kind)
    _tell(work, change)
    case_log.write(work, change, **details)


def _tell(work: Work, change: CaseChange) -> None:
    """Let open pages refresh what they may listen to, before they are notified of this."""
    Database.notify(work.connection, {"o": work.organisation_id, "k": "access"})
    case_log.notify_pages(work, change)


def _described(work: Work, case_id: UUID, reason: str = "") -> Restriction:
    row = work.connection.execute(_restrictions(work).where(cases.c.id == case_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(NO_CASE)
    return _as_restriction(work, row, reason)


def _restrictions(work: Work) -> Select[Any]:
    in_organisation = case_restrictions.c.organisation_id == work.organisation_id
    of_case = and_(cases.c.organisation_id == work.organisation_id, cases.c.id == case_restrictions.c.case_id)
    of_mailbox = and_(mailboxes.c.organisation_id == work.organisation_id, mailboxes.c.id == cases.c.mailbox_id)
    restricted_by = and_(users.c.organisation_id == work.organisation_id, users.c.id == case_restrictions.c.by_id)
    columns: list[ColumnElement[Any]] = [
        cases.c.id,
        cases.c.number,
        cases.c.mailbox_id,
        mailboxes.c.name.label("mailbox"),
        users.c.name.label("by"),
        case_restrictions.c.at,
        case_restrictions.c.reason,
    ]
    joined = case_restrictions.join(cases, of_case).join(mailboxes, of_mailbox).outerjoin(users, restricted_by)
    query: Select[Any] = select(*columns).select_from(joined)
    return query.where(in_organisation)


def _as_restriction(work: Work, row: RowMapping, reason: str = "") -> Restriction:
    reader_ids = named_for(work, [row["id"]]).get(row["id"], frozenset())
    query = _people(work, row["mailbox_id"]).where(users.c.id.in_(reader_ids)).order_by(func.lower(users.c.name))
    readers = [
        Member(person["id"], person["name"], person["email"], person["administrator"])
        for person in work.connection.execute(query).mappings()
    ]
    return Restriction(
        case_id=row["id"],
        mailbox_id=row["mailbox_id"],
        number=row["number"],
        mailbox=row["mailbox"],
        by=row["by"] or "",
        at=row["at"],
        readers=readers,
        gone=len(reader_ids) - len(readers),
        reason=reason,
    )


def _this(work: Work, case_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return cases.c.organisation_id == work.organisation_id, cases.c.id == case_id


def _label(case_id: UUID) -> str:
    return f"restriction:{case_id}"
