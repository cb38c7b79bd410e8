"""The list of users for an organisation's administrators: searched, filtered and sorted, a page at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Uuid,
    and_,
    any_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle.accounts.permissions import require_admin
from budkavle.accounts.users import as_user
from budkavle.model.mailboxes import MailboxKind
from budkavle.model.people import Role, User
from budkavle.storage.paging import FIRST_PAGE, Order, Place, RowPage, count_rows, read_page
from budkavle.storage.platform import Work
from budkavle.storage.tables import NEVER, identities, invitations, mailboxes, memberships, users

PASSWORD = "password"  # noqa: S105 - the name of a sign-in method
"""The name of the password in the filter; it is not an identity."""


class AccountState(StrEnum):
    """The state of an account."""

    OPEN = "open"
    BLOCKED = "blocked"
    """Open, but with too many failed sign-in attempts recently."""
    INVITED = "invited"
    """Not opened yet: there is an invitation."""
    CLOSED = "closed"


NOT_CLOSED = frozenset(AccountState) - {AccountState.CLOSED}


class LastSeen(StrEnum):
    """How long ago a user signed in."""

    WEEK = "week"
    MONTH = "month"
    OLDER = "older"
    """More than 90 days ago."""
    NEVER = "never"


class UserSort(StrEnum):
    """The sort order of the list."""

    NAME = "name"
    ROLE = "role"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users to list; an empty choice includes all.

    Attributes:
        words: Parts of the user's name or address, or of the name of a function mailbox where they are a member.
        role: The role.
        way: An identity provider, or `password`.
        states: The states of the account.
        seen: How long ago they signed in.
    """

    words: str = ""
    role: Role | None = None
    way: str = ""
    states: frozenset[AccountState] = frozenset()
    seen: LastSeen | None = None


@dataclass(frozen=True, slots=True)
class ListedUser:
    """A user in a list.

    Attributes:
        user: The account.
        state: The account's state.
        ways: The linked identity providers, and `password` if it has one.
        mailboxes: The number of function mailboxes where the user is a member.
        signed_in_at: The last sign-in; None for never.
        invited_at: When the pending invitation was sent.
        blocked_until: Until when sign-in attempts from some places are refused.
        ends_at: When the pending invitation, or a one-time password, expires or has expired; None if there is neither.
        created_at: When the account was created.
        closed_at: When it was closed; None if it is open or invited, or was never opened.
    """

    user: User
    state: AccountState
    ways: Sequence[str]
    mailboxes: int
    signed_in_at: datetime | None
    invited_at: datetime | None
    blocked_until: datetime | None
    ends_at: datetime | None
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserPage:
    """A page of the list of users.

    Attributes:
        users: The users on the page.
        rows: The page itself, for the links to other pages.
        total: The number of all users who match the filter.
    """

    users: Sequence[ListedUser]
    rows: RowPage
    total: int


@dataclass(frozen=True, slots=True)
class UserCounts:
    """The number of accounts of an organisation.

    Attributes:
        open: Accounts that can be signed in to.
        blocked: Those of them that are temporarily blocked.
        invited: Accounts with an invitation.
        closed: Closed accounts.
        administrators: Open accounts of administrators.
    """

    open: int
    blocked: int
    invited: int
    closed: int
    administrators: int


def list_users(
    work: Work,
    chosen: UserFilter,
    sort: UserSort = UserSort.NAME,
    *,
    descending: bool = False,
    place: Place = FIRST_PAGE,
) -> UserPage:
    """Return one page of the users of the organisation.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        chosen: Which users.
        sort: The sort order.
        descending: Whether the greatest comes first.
        place: Where the page begins.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    query = _query(work, chosen)
    columns: dict[UserSort, tuple[ColumnElement[Any], ...]] = {
        UserSort.NAME: (users.c.name,),
        UserSort.ROLE: (users.c.role, users.c.name),
        UserSort.LAST: (users.c.signed_in_at,),
    }
    page = read_page(work.connection, query, Order(columns[sort], users.c.id, descending), place)
    return UserPage(_listed(work, page.rows), page, count_rows(work.connection, query.with_only_columns(users.c.id)))


def find_listed(work: Work, user_id: UUID) -> ListedUser | None:
    """Return one user as in the list; None if there is no such user here.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    rows = work.connection.execute(_query(work, UserFilter()).where(users.c.id == user_id)).mappings().all()
    return next(iter(_listed(work, rows)), None)


def count_open_users(work: Work) -> int:
    """Return the number of open accounts of the organisation, for the menu, with a short query."""
    require_admin(work.actor)
    query = select(func.count()).where(users.c.organisation_id == work.organisation_id, users.c.active)
    return work.connection.execute(query).scalar_one()


def count_users(work: Work) -> UserCounts:
    """Count the accounts of the organisation.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    waiting = select(func.count()).select_from(invitations).where(invitations.c.organisation_id == work.organisation_id)
    blocked = users.c.blocked_until > func.now()
    administers = users.c.role.in_([Role.ADMIN.value, Role.PLATFORM.value])
    query = select(
        func.count().filter(users.c.active).label("open"),
        func.count().filter(users.c.active, blocked).label("blocked"),
        func.count().filter(~users.c.active).label("inactive"),
        func.count().filter(users.c.active, administers).label("administrators"),
        waiting.scalar_subquery().label("invited"),
    ).where(users.c.organisation_id == work.organisation_id)
    row = work.connection.execute(query).one()
    return UserCounts(row.open, row.blocked, row.invited, row.inactive - row.invited, row.administrators)


def users_of(work: Work, user_ids: Collection[UUID]) -> dict[UUID, User]:
    """Return those of some accounts that are in the organisation, by id, including closed ones."""
    query = select(users).where(users.c.organisation_id == work.organisation_id)
    chosen = users.c.id == any_(literal(list(user_ids), ARRAY(Uuid)))
    return {row["id"]: as_user(row) for row in work.connection.execute(query.where(chosen)).mappings()}


def names_of(work: Work, user_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names of some users of the organisation, including those with closed accounts.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        user_ids: The users; unknown ones are left out.
    """
    require_admin(work.actor)
    query = select(users.c.id, users.c.name).where(
        users.c.organisation_id == work.organisation_id, users.c.id.in_(user_ids)
    )
    return {row.id: row.name for row in work.connection.execute(query)}


def _query(work: Work, chosen: UserFilter) -> Select[Any]:
    waiting = and_(invitations.c.organisation_id == users.c.organisation_id, invitations.c.user_id == users.c.id)
    c = invitations.c
    query = select(users, c.sent_at.label("invited_at"), c.expires_at.label("invited_until"), _state().label("state"))
    query = query.select_from(users.outerjoin(invitations, waiting))
    query = query.where(users.c.organisation_id == work.organisation_id)
    if chosen.words.strip():
        query = query.where(or_(_called(chosen.words), _member_of(work, chosen.words)))
    if chosen.role is not None:
        query = query.where(users.c.role == chosen.role.value)
    if chosen.way:
        query = query.where(_signs_in_by(chosen.way))
    if chosen.states:
        query = query.where(or_(*(_is(state) for state in sorted(chosen.states))))
    if chosen.seen is not None:
        query = query.where(_seen(chosen.seen))
    return query


def _state() -> ColumnElement[str]:
    return case(*((_is(state), state.value) for state in AccountState), else_=AccountState.CLOSED.value)


def _is(state: AccountState) -> ColumnElement[bool]:
    blocked = func.coalesce(users.c.blocked_until > func.now(), False)
    conditions = {
        AccountState.OPEN: and_(users.c.active, ~blocked),
        AccountState.BLOCKED: and_(users.c.active, blocked),
        AccountState.INVITED: and_(~users.c.active, invitations.c.user_id.is_not(None)),
        AccountState.CLOSED: and_(~users.c.active, invitations.c.user_id.is_(None)),
    }
    return conditions[state]


def _called(words: str) -> ColumnElement[bool]:
    return and_(*(or_(_holds(users.c.name, word), _holds(users.c.email, word)) for word in words.split()))


def _member_of(work: Work, words: str) -> ColumnElement[bool]:
    """Return the condition that a user is a member of a function mailbox with these words in its name."""
    named = select(memberships.c.user_id).select_from(
        memberships.join(
            mailboxes,
            and_(
                mailboxes.c.organisation_id == memberships.c.organisation_id, mailboxes.c.id == memberships.c.mailbox_id
            ),
        )
    )
    return users.c.id.in_(
        named.where(
            memberships.c.organisation_id == work.organisation_id,
            mailboxes.c.kind == MailboxKind.FUNCTION.value,
            mailboxes.c.deleted_at.is_(None),
            *(_holds(mailboxes.c.name, word) for word in words.split()),
        )
    )


def _holds(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return func.lower(column).contains(word.lower(), autoescape=True)


def _signs_in_by(way: str) -> ColumnElement[bool]:
    if way == PASSWORD:
        return users.c.password_hash.is_not(None)
    return exists().where(
        identities.c.organisation_id == users.c.organisation_id,
        identities.c.provider == way,
        identities.c.user_id == users.c.id,
    )


def _seen(seen: LastSeen) -> ColumnElement[bool]:
    if seen is LastSeen.NEVER:
        return users.c.signed_in_at == NEVER
    if seen is LastSeen.OLDER:
        return and_(users.c.signed_in_at > NEVER, users.c.signed_in_at < func.now() - timedelta(days=90))
    return users.c.signed_in_at > func.now() - timedelta(days=7 if seen is LastSeen.WEEK else 30)


def _listed(work: Work, rows: Sequence[RowMapping]) -> list[ListedUser]:
    """Add data from other tables, for these rows only."""
    user_ids = [row["id"] for row in rows]
    ways, counts = _ways(work, user_ids), _mailboxes(work, user_ids)
    return [
        ListedUser(
            user=as_user(row),
            state=AccountState(row["state"]),
            ways=[*ways.get(row["id"], ()), *([PASSWORD] if row["password_hash"] is not None else [])],
            mailboxes=counts.get(row["id"], 0),
            signed_in_at=row["signed_in_at"] if row["signed_in_at"] > NEVER else None,
            invited_at=row["invited_at"] if row["state"] == AccountState.INVITED else None,
            blocked_until=row["blocked_until"] if row["state"] == AccountState.BLOCKED else None,
            ends_at=row["invited_until"] if row["state"] == AccountState.INVITED else row["password_until"],
            created_at=row["created_at"],
            closed_at=row["closed_at"],
        )
        for row in rows
    ]


def _ways(work: Work, user_ids: Sequence[UUID]) -> dict[UUID, Sequence[str]]:
    query = select(identities.c.user_id, func.array_agg(identities.c.provider.distinct()).label("ways"))
    query = query.where(identities.c.organisation_id == work.organisation_id, identities.c.user_id.in_(user_ids))
    return {row.user_id: row.ways for row in work.connection.execute(query.group_by(identities.c.user_id))}


_JOINED = memberships.join(
    mailboxes,
    and_(mailboxes.c.organisation_id == memberships.c.organisation_id, mailboxes.c.id == memberships.c.mailbox_id),
)
_FUNCTION_IN_USE = (mailboxes.c.kind == MailboxKind.FUNCTION.value, mailboxes.c.deleted_at.is_(None))


def _mailboxes(work: Work, user_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Count the function mailboxes that each is a member of, as `mailboxes_of` lists them."""
    query = select(memberships.c.user_id, func.count().label("number")).select_from(_JOINED)
    query = query.where(
        memberships.c.organisation_id == work.organisation_id,
        memberships.c.user_id.in_(user_ids),
        *_FUNCTION_IN_USE,
    )
    return {row.user_id: row.number for row in work.connection.execute(query.group_by(memberships.c.user_id))}


@dataclass(frozen=True, slots=True)
class MailboxOfUser:
    """A function mailbox where a user is a member.

    Attributes:
        id: The mailbox.
        name: Its name.
        administrator: Whether they administer it.
    """

    id: UUID
    name: str
    administrator: bool


def mailboxes_of(work: Work, user_id: UUID) -> list[MailboxOfUser]:
    """Return the function mailboxes where a user is a member, by name.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    query = select(mailboxes.c.id, mailboxes.c.name, memberships.c.administrator).select_from(_JOINED)
    query = query.where(
        memberships.c.organisation_id == work.organisation_id,
        memberships.c.user_id == user_id,
        *_FUNCTION_IN_USE,
    )
    return [MailboxOfUser(*row) for row in work.connection.execute(query.order_by(mailboxes.c.name, mailboxes.c.id))]
