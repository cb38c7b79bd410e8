"""Lists of function mailboxes and of their members, a page at a time, for administrators and members."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, and_, case, func, or_, select, update

from budkavle.accounts.mailboxes import functions_in_use, release_held
from budkavle.accounts.permissions import (
    IN_FORCE,
    NO_MAILBOX,
    as_mailbox,
    require_admin,
    require_manager,
    require_user,
    standing,
)
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.mailboxes import FunctionMailbox, Member
from budkavle.storage import audit
from budkavle.storage.paging import FIRST_PAGE, Order, Place, RowPage, count_rows, read_page
from budkavle.storage.platform import Work
from budkavle.storage.tables import mailboxes, memberships, users

T = TypeVar("T")
MOST_NAMED = 5
"""How many administrators of a mailbox are named; the rest are counted."""
_every = memberships.alias("every")


class Show(StrEnum):
    """Which mailboxes to list."""

    ALL = "all"
    MINE = "mine"
    """Mailboxes that the actor may open."""
    EMPTY = "empty"
    """Mailboxes without members."""
    HEADLESS = "headless"
    """Mailboxes with members but no administrator."""


class MailboxOrder(StrEnum):
    """The sort order of a list of mailboxes."""

    NAME = "name"
    MEMBERS = "members"
    CREATED = "created"


class MemberOrder(StrEnum):
    """The sort order of a list of members."""

    NAME = "name"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class ListedMailbox:
    """A mailbox of a list.

    Attributes:
        members: The number of its members.
        administrators: How many of them are administrators.
        member: Whether the actor is one of its members.
        administrator: Whether the actor is one of its administrators.
        favourite: Whether the actor wants it in the navigation.
    """

    mailbox: FunctionMailbox
    created_at: datetime
    members: int
    administrators: int
    member: bool
    administrator: bool
    favourite: bool


@dataclass(frozen=True, slots=True)
class Administrators:
    """The administrators of a mailbox, and the number of its members.

    Attributes:
        names: The names of the first administrators.
        many: The number of administrators.
        members: The number of members, including administrators.
    """

    names: Sequence[str]
    many: int
    members: int


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """A page of a list.

    Attributes:
        items: The items on the page.
        rows: The same as database rows, with the position in the list.
        total: The number of items on all pages.
    """

    items: Sequence[T]
    rows: RowPage
    total: int


def list_mailboxes(
    work: Work,
    words: str = "",
    *,
    show: Show = Show.ALL,
    order: MailboxOrder = MailboxOrder.NAME,
    descending: bool = False,
    place: Place = FIRST_PAGE,
) -> ListPage[ListedMailbox]:
    """Return a page of the organisation's function mailboxes.

    Args:
        work: The unit of work; its actor is an administrator, or lists `Show.MINE`.
        words: Only mailboxes with all these words in name or description.
        show: Which mailboxes.
        order: The sort order.
        descending: Whether the greatest comes first.
        place: Where the page begins.

    Raises:
        Forbidden: The actor is not an administrator, and requests more than their own.
    """
    if show is not Show.MINE:
        require_admin(work.actor)
    mine = memberships.alias("mine")
    is_mine = and_(
        mine.c.organisation_id == mailboxes.c.organisation_id,
        mine.c.mailbox_id == mailboxes.c.id,
        mine.c.user_id == work.actor.user_id,
    )
    conditions = [functions_in_use(work.organisation_id), *_shown(show, mine.c.user_id)]
    conditions += [_holds_either(mailboxes.c.name, mailboxes.c.description, word) for word in words.split()]
    kept = select(mailboxes).select_from(mailboxes.outerjoin(mine, is_mine)).where(*conditions)
    members, administrators = _counted(), _counted(_every.c.administrator)
    query = kept.add_columns(
        members.label("members"),
        administrators.label("administrators"),
        mine.c.user_id.label("my_id"),
        mine.c.administrator.label("mine"),
        mine.c.favourite,
    )
    name = func.lower(mailboxes.c.name)
    orders: dict[MailboxOrder, tuple[ColumnElement[Any], ...]] = {
        MailboxOrder.NAME: (name,),
        MailboxOrder.MEMBERS: (members, name),
        MailboxOrder.CREATED: (mailboxes.c.created_at, name),
    }
    rows = read_page(work.connection, query, Order(orders[order], mailboxes.c.id, descending), place)
    return ListPage([_as_listed(row) for row in rows.rows], rows, count_rows(work.connection, kept))


def list_members(
    work: Work,
    mailbox_id: UUID,
    words: str = "",
    *,
    order: MemberOrder = MemberOrder.NAME,
    descending: bool = False,
    place: Place = FIRST_PAGE,
) -> ListPage[Member]:
    """Return a page of the members of a mailbox.

    Args:
        work: The unit of work; its actor has access to the mailbox, or administers the organisation.
        mailbox_id: The mailbox.
        words: Only members with all these words in name or e-mail address.
        order: The sort order; by role, administrators come first.
        descending: Whether the order is reversed.
        place: Where the page begins.

    Raises:
        NotFound: The mailbox does not exist here, or the actor has no access to it.
    """
    standing(work, mailbox_id)
    with_words = [_holds_either(users.c.name, users.c.email, word) for word in words.split()]
    query = _members(work, mailbox_id).where(IN_FORCE, *with_words)
    name, role = func.lower(users.c.name), case((memberships.c.administrator, 0), else_=1)
    columns: tuple[ColumnElement[Any], ...] = (name,) if order is MemberOrder.NAME else (role, name)
    rows = read_page(work.connection, query, Order(columns, users.c.id, descending), place)
    return ListPage([_as_member(row) for row in rows.rows], rows, count_rows(work.connection, query))


def chosen_members(work: Work, mailbox_id: UUID, user_ids: Collection[UUID]) -> list[Member]:
    """Return those of some users who are members of a mailbox, by name.

    Raises:
        NotFound: The mailbox does not exist here, or the actor has no access to it.
    """
    standing(work, mailbox_id)
    query = _members(work, mailbox_id).where(memberships.c.user_id.in_(list(user_ids)))
    rows = work.connection.execute(query.order_by(func.lower(users.c.name), users.c.id)).mappings()
    return [_as_member(row) for row in rows]


def administrators(work: Work, mailbox_id: UUID) -> Administrators:
    """Return the members who administer a mailbox, without the organisation's administrators.

    Raises:
        NotFound: The mailbox does not exist here, or the actor has no access to it.
    """
    standing(work, mailbox_id)
    of_mailbox = _members(work, mailbox_id).where(IN_FORCE)
    named = of_mailbox.where(memberships.c.administrator).order_by(func.lower(users.c.name), users.c.id)
    names = [row.name for row in work.connection.execute(named.limit(MOST_NAMED))]
    many = count_rows(work.connection, of_mailbox.where(memberships.c.administrator))
    return Administrators(names, many, count_rows(work.connection, of_mailbox))


def would_be_headless(work: Work, mailbox_id: UUID, leaving: Collection[UUID]) -> bool:
    """Tell whether a mailbox would lose its last administrator if some members left or became ordinary."""
    of_mailbox = _members(work, mailbox_id).where(memberships.c.administrator, IN_FORCE)
    ids = {row.id for row in work.connection.execute(of_mailbox)}
    return bool(ids) and ids <= set(leaving)


def set_favourite(work: Work, mailbox_id: UUID, *, favourite: bool) -> None:
    """Set whether the actor's navigation always shows a mailbox.

    Raises:
        Forbidden: The actor has no account.
        NotFound: The actor is not a member of the mailbox.
    """
    user_id = require_user(work.actor)
    write = update(memberships).where(
        memberships.c.organisation_id == work.organisation_id,
        memberships.c.mailbox_id == mailbox_id,
        memberships.c.user_id == user_id,
        IN_FORCE,
    )
    if not work.connection.execute(write.values(favourite=favourite)).rowcount:
        raise NotFound(NO_MAILBOX)


def set_reading(work: Work, mailbox_id: UUID, user_id: UUID, *, reads_only: bool) -> None:
    """Restrict a member of a function mailbox to reading, or not; a restricted member's open cases are released.

    Args:
        work: The unit of work; its actor administers the mailbox.
        mailbox_id: The mailbox.
        user_id: The member.
        reads_only: Whether the member may only read.

    Raises:
        Forbidden: The actor does not administer the mailbox.
        NotFound: The user is not a member, or the mailbox is a personal one.
        Conflict: The member administers the mailbox.
    """
    if not require_manager(work, mailbox_id).mailbox.kind.is_shared:
        raise NotFound(NO_MAILBOX)
    (member, *_) = chosen_members(work, mailbox_id, [user_id]) or (None,)
    if member is None:
        raise NotFound("Användaren är inte medlem i brevlådan.")
    if member.administrator and reads_only:
        raise Conflict("Den som administrerar brevlådan får också skriva. Gör personen till användare först.")
    if member.reads_only is reads_only:
        return
    this = and_(
        memberships.c.organisation_id == work.organisation_id,
        memberships.c.mailbox_id == mailbox_id,
        memberships.c.user_id == user_id,
    )
    work.connection.execute(update(memberships).where(this).values(may_answer=not reads_only))
    audit.record(work, "mailbox.reading-set", mailbox_id, user=str(user_id), reads_only=reads_only)
    if reads_only:
        release_held(work, mailbox_id, [user_id], "reads-only")


def _members(work: Work, mailbox_id: UUID) -> Select[Any]:
    is_user = and_(users.c.organisation_id == memberships.c.organisation_id, users.c.id == memberships.c.user_id)
    columns: list[ColumnElement[Any]] = [users.c.id, users.c.name, users.c.email, users.c.active]
    joined = memberships.join(users, is_user)
    query: Select[Any] = select(*columns, memberships.c.administrator, memberships.c.may_answer).select_from(joined)
    here = (memberships.c.organisation_id == work.organisation_id, memberships.c.mailbox_id == mailbox_id)
    return query.where(*here)


def _shown(show: Show, my_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    member = _every.c.user_id.is_not(None)
    conditions: dict[Show, list[ColumnElement[bool]]] = {
        Show.ALL: [],
        Show.MINE: [my_id.is_not(None)],
        Show.EMPTY: [~_of_mailbox(member).exists()],
        Show.HEADLESS: [_of_mailbox(member).exists(), ~_of_mailbox(_every.c.administrator).exists()],
    }
    return conditions[show]


def _of_mailbox(condition: ColumnElement[bool]) -> Any:
    here = (_every.c.organisation_id == mailboxes.c.organisation_id, _every.c.mailbox_id == mailboxes.c.id)
    return select(_every.c.user_id).where(*here, condition).correlate(mailboxes)


def _counted(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    here = (_every.c.organisation_id == mailboxes.c.organisation_id, _every.c.mailbox_id == mailboxes.c.id)
    return select(func.count()).where(*here, *conditions).correlate(mailboxes).scalar_subquery()


def _holds_either(first: ColumnElement[str], second: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return or_(*(func.lower(column).contains(word.lower(), autoescape=True) for column in (first, second)))


def _as_member(row: RowMapping) -> Member:
    return Member(row["id"], row["name"], row["email"], row["administrator"], row["active"], not row["may_answer"])


def _as_listed(row: RowMapping) -> ListedMailbox:
    return ListedMailbox(
        as_mailbox(row),
        row["created_at"],
        row["members"],
        row["administrators"],
        row["my_id"] is not None,
        bool(row["mine"]),
        bool(row["favourite"]),
    )
