"""Lists of a mailbox: the inbox with its folders and filters, and sent messages.

A page costs the same at any size of the mailbox: each folder reads its own index in order (see `tables`), one query
returns the rows, and one the keys of all their heads.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from budkavle.accounts.permissions import NEWEST_AT, case_row, require_member
from budkavle.cases import message_store
from budkavle.cases.teamwork.case_columns import is_restricted, tags_of_case
from budkavle.model.errors import Invalid
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import Case, CaseTag
from budkavle.model.messages import Address, Direction, Purpose
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.model.states import TROUBLE, CaseState, DeliveryState, IncomingState
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_tags, cases, deliveries, memberships, messages, reads, users, without_bytes

T = TypeVar("T")
Key = ColumnElement[Any]

_SENT = ("id", "case_id", "head", "transport", "confidential", "attachments", "loa", "reply_allowed", "created_at")
"""The columns of a message for the list of sent messages."""
ENDED: ColumnElement[str] = literal_column(
    "(SELECT e.state FROM delivery_events e WHERE e.organisation_id = deliveries.organisation_id"
    " AND e.delivery_id = deliveries.id AND ("
    "(deliveries.state = 'SEND_FAILURE' AND e.state IN ('BOUNCED', 'EXPIRED', 'SEND_FAILURE'))"
    " OR (deliveries.state = 'WAITING_FOR_RECEIPT' AND deliveries.notified_at IS NULL AND e.state = 'UNNOTIFIED')"
    ") ORDER BY e.id DESC LIMIT 1)"
).label("ended")
"""How a delivery failed, or that it waits without a notification, for `as_sent_to`."""


class Scope(StrEnum):
    """Cases by holder."""

    ALL = "all"
    MINE = "mine"
    OTHERS = "others"
    UNTAKEN = "untaken"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases of the inbox to show.

    Attributes:
        channel: Only cases whose last message is of this kind: the name of a transport or of its family.
        trouble: Only cases under "Behöver åtgärd".
        tag: Only cases with this tag.
        oldest_first: Show the case that has waited longest first, instead of the latest.
    """

    scope: Scope = Scope.ALL
    state: CaseState = CaseState.OPEN
    channel: str | None = None
    trouble: bool = False
    tag: UUID | None = None
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list; `next_cursor` gets the next part, None at the end."""

    items: Sequence[T]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class SentTo:
    """One recipient of a sent message, and the state of its delivery."""

    delivery_id: UUID
    recipient: Address
    state: DeliveryState
    opened_at: datetime | None = None
    answered_at: datetime | None = None
    failure: str = ""
    notified_at: datetime | None = None
    downloaded_at: datetime | None = None
    method: str = ""
    """How the reader identified when opening it: an identity provider's name, or the usual name of the method."""
    loa: Loa = Loa.NONE
    """At which level of assurance."""
    ended: str = ""
    """For SEND_FAILURE: `BOUNCED` or `EXPIRED` if it had been sent, `SEND_FAILURE` if it never was.
    For one that waits: `UNNOTIFIED` if its reader gets no notification."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A row in the list of sent messages."""

    message_id: UUID
    case_id: UUID
    subject: str
    created_at: datetime
    author: str
    on_behalf_of: str
    transport: str
    confidential: bool
    attachments: int
    recipients: tuple[SentTo, ...]
    loa: Loa = Loa.NONE
    reply_allowed: bool = True
    case_state: CaseState = CaseState.OPEN

    @property
    def trouble(self) -> bool:
        """Whether the delivery to any recipient needs action."""
        return any(recipient.state in TROUBLE for recipient in self.recipients)


def inbox(
    work: Work, mailbox_id: UUID, case_filter: CaseFilter | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Case]:
    """Return a page of the mailbox's cases, the latest first unless the filter says otherwise.

    Cases with only sent messages are in `sent`, unless one of them needs action.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.
        case_filter: Which cases; None means the inbox itself.
        cursor: The `next_cursor` of the previous page; None starts with the first.
        limit: The most cases of a page.

    Raises:
        NotFound: The actor is not a member of the mailbox.
        Invalid: The cursor is not valid.
    """
    chosen = case_filter or CaseFilter()
    query = rows_of_cases(work.actor).where(cases.c.mailbox_id == mailbox_id, in_folder(work.actor, chosen))
    query = after(query, cases.c.active_at, cases.c.id, cursor, oldest_first=chosen.oldest_first).limit(limit + 1)
    require_member(work, mailbox_id)
    rows = work.connection.execute(query).all()
    page_cases = as_cases(work, rows[:limit])
    return Page(page_cases, cursor_of(rows[limit - 1].active_at, rows[limit - 1].id) if len(rows) > limit else None)


def case_item(work: Work, case_id: UUID) -> Case:
    """Return one case as a row of the inbox.

    Raises:
        NotFound: The case is unknown, or the actor is not a member of its mailbox.
    """
    case_row(work, case_id)
    row = work.connection.execute(rows_of_cases(work.actor).where(cases.c.id == case_id)).one()
    return as_cases(work, [row])[0]


def sent(work: Work, mailbox_id: UUID, cursor: str | None = None, limit: int = 50) -> Page[Sent]:
    """Return a page of messages sent from the mailbox, the latest first, with each recipient's state.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.
        cursor: The `next_cursor` of the previous page; None starts with the latest.
        limit: The most messages of a page.

    Raises:
        NotFound: The actor is not a member of the mailbox.
        Invalid: The cursor is not valid.
    """
    author = and_(users.c.organisation_id == messages.c.organisation_id, users.c.id == messages.c.author_id)
    where = select(cases.c.state).where(cases.c.organisation_id == messages.c.organisation_id)
    where_now = where.where(cases.c.id == messages.c.case_id).scalar_subquery().label("case_state")
    columns: list[ColumnElement[Any]] = [users.c.name.label("author"), where_now]
    query = select(*(messages.c[name] for name in _SENT), *columns).select_from(messages.outerjoin(users, author))
    since = require_member(work, mailbox_id).since
    query = after(query.where(*sent_from(work.actor, mailbox_id, since)), messages.c.created_at, messages.c.id, cursor)
    rows = work.connection.execute(query.limit(limit + 1)).all()
    page_messages = _as_sent(work, rows[:limit])
    return Page(page_messages, cursor_of(rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else None)


def as_cases(work: Work, rows: Sequence[Row[Any]]) -> list[Case]:
    """Decrypt rows of `rows_of_cases` with one query for all their keys, masking what is above the actor's level."""
    sealed = {row.last_message_id: row.head for row in rows if row.last_message_id is not None and row.head}
    heads = message_store.open_heads(work, sealed) if sealed else {}
    return [_as_case(work.actor, row, heads.get(row.last_message_id)) for row in rows]


def recipients_of(work: Work, message_ids: Iterable[UUID]) -> dict[UUID, tuple[SentTo, ...]]:
    """Return the recipients of many sent messages with one query."""
    query = select(*without_bytes(deliveries), ENDED).where(
        deliveries.c.organisation_id == work.organisation_id,
        deliveries.c.message_id.in_(list(message_ids)),
        deliveries.c.purpose == Purpose.MESSAGE.value,
    )
    by_message: defaultdict[UUID, list[SentTo]] = defaultdict(list)
    for row in work.connection.execute(query.order_by(deliveries.c.created_at, deliveries.c.id)):
        by_message[row.message_id].append(as_sent_to(work, row))
    return {message_id: tuple(recipients) for message_id, recipients in by_message.items()}


def as_sent_to(work: Work, row: Any) -> SentTo:
    """Make a recipient from a row of `deliveries`."""
    destroyed_address = Address(row.transport, "", message_store.GONE)
    return SentTo(
        delivery_id=row.id,
        recipient=message_store.open_address(work, row.id, row.recipient) if row.recipient else destroyed_address,
        state=DeliveryState(row.state),
        opened_at=row.opened_at,
        answered_at=row.answered_at,
        failure=Sentence.from_stored(row.failure),
        notified_at=row.notified_at,
        downloaded_at=row.downloaded_at,
        method=row.identified_by,
        loa=Loa(row.identified_loa),
        ended=row.ended or "",
    )


def rows_of_cases(actor: Actor) -> Select[Any]:
    """Return the query for the rows of `as_cases`: all cases of the organisation, the latest first, unfiltered."""
    holder = and_(users.c.organisation_id == cases.c.organisation_id, users.c.id == cases.c.holder_id)
    last = and_(messages.c.organisation_id == cases.c.organisation_id, messages.c.id == cases.c.last_message_id)
    joined = cases.outerjoin(users, holder).outerjoin(messages, last).outerjoin(reads, _read_by(actor))
    last_state = messages.c.state.label("last_state")
    columns = (
        *(users.c.name.label("holder"), messages.c.head, messages.c.direction, last_state),
        _is_unread().label("unread"),
        tags_of_case().label("tags"),
        is_restricted().label("restricted"),
    )
    query = (
        select(cases, *columns)
        .select_from(joined)
        .where(cases.c.organisation_id == actor.organisation_id, ~before_delegation(actor))
    )
    return query.order_by(cases.c.active_at.desc(), cases.c.id.desc())


def _as_case(actor: Actor, row: Row[Any], head: message_store.Head | None) -> Case:
    head, recalled = head or message_store.GONE_HEAD, row.last_state == IncomingState.RECALLED
    masked = recalled or not actor.may_read_at(row.loa)
    others = head.recipients if row.direction == Direction.OUT else head.senders
    return Case(
        id=row.id,
        organisation_id=row.organisation_id,
        mailbox_id=row.mailbox_id,
        number=row.number,
        state=CaseState(row.state),
        holder_id=row.holder_id,
        holder=row.holder or "",
        conversation_id=row.conversation_id,
        opened_at=row.opened_at,
        active_at=row.active_at,
        channel=row.channel,
        subject="" if masked else head.subject,
        counterpart=", ".join(str(address) for address in others),
        confidential=row.confidential,
        attachments=row.attachments,
        messages=row.messages,
        unread=row.unread,
        loa=Loa(row.loa),
        recalled=recalled,
        due_on=row.due_on,
        tags=tuple(CaseTag(UUID(tag["id"]), tag["name"], tag["colour"]) for tag in row.tags or ()),
        restricted=row.restricted,
        in_inbox=row.has_incoming or row.trouble,
    )


def _as_sent(work: Work, rows: Sequence[Row[Any]]) -> list[Sent]:
    heads = message_store.open_heads(work, {row.id: row.head for row in rows}) if rows else {}
    recipients = recipients_of(work, heads) if rows else {}
    return [
        Sent(
            message_id=row.id,
            case_id=row.case_id,
            subject=heads[row.id].subject,
            created_at=row.created_at,
            author=row.author or "",
            on_behalf_of=heads[row.id].on_behalf_of,
            transport=row.transport,
            confidential=row.confidential,
            attachments=row.attachments,
            recipients=recipients.get(row.id, ()),
            loa=Loa(row.loa),
            reply_allowed=row.reply_allowed,
            case_state=CaseState(row.case_state),
        )
        for row in rows
    ]


def in_folder(actor: Actor, case_filter: CaseFilter) -> ColumnElement[bool]:
    """Return the condition of a folder, in the exact form of its partial index."""
    holder = cases.c.holder_id
    scopes: dict[Scope, list[ColumnElement[bool]]] = {
        Scope.ALL: [],
        Scope.MINE: [holder == actor.user_id if actor.user_id else false(), holder.is_not(None)],
        Scope.OTHERS: [holder != actor.user_id if actor.user_id else holder.is_not(None), holder.is_not(None)],
        Scope.UNTAKEN: [holder.is_(None)],
    }
    conditions = [or_(cases.c.has_incoming, cases.c.trouble), *scopes[case_filter.scope]]
    if case_filter.trouble:
        conditions += [cases.c.trouble, cases.c.state != CaseState.BINNED.value]
    else:
        conditions.append(cases.c.state == case_filter.state.value)
    if case_filter.channel is not None:
        conditions.append(cases.c.channel == case_filter.channel)
    if case_filter.tag is not None:
        # Written into the statement: a plan for a tag with few cases does not suit one with many.
        tag = literal(case_filter.tag, Uuid, literal_execute=True)
        tagged = select(case_tags.c.case_id).where(
            case_tags.c.organisation_id == actor.organisation_id, case_tags.c.tag_id == tag
        )
        conditions.append(cases.c.id.in_(tagged))
    return and_(*conditions)


def sent_from(actor: Actor, mailbox_id: UUID, since: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for messages sent from a mailbox; for a delegate, only from the delegation's start."""
    return (
        messages.c.created_at >= since if since else true(),
        messages.c.organisation_id == actor.organisation_id,
        messages.c.mailbox_id == mailbox_id,
        messages.c.direction == Direction.OUT.value,
        messages.c.state.is_(None),
    )


def _is_unread() -> ColumnElement[bool]:
    return func.coalesce(reads.c.seen, 0) < cases.c.incoming


def before_delegation(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the case's latest activity is from before the actor's delegation."""
    return exists().where(
        memberships.c.organisation_id == cases.c.organisation_id,
        memberships.c.mailbox_id == cases.c.mailbox_id,
        memberships.c.user_id == actor.user_id if actor.user_id else false(),
        memberships.c.since > NEWEST_AT,
    )


def _read_by(actor: Actor) -> ColumnElement[bool]:
    return and_(
        reads.c.organisation_id == cases.c.organisation_id,
        reads.c.user_id == actor.user_id if actor.user_id else false(),
        reads.c.case_id == cases.c.id,
    )


def after(query: Select[Any], at: Key, key: Key, cursor: str | None, *, oldest_first: bool = False) -> Select[Any]:
    """Order a list, the latest first unless asked otherwise, and start it after a cursor.

    Raises:
        Invalid: The cursor is not valid.
    """
    place = tuple_(at, key)
    if cursor is not None:
        try:
            moment, _, last = cursor.rpartition("_")
            bound = tuple_(*(literal(value) for value in (datetime.fromisoformat(moment), UUID(last))))
        except ValueError as error:
            raise Invalid("Listan kan inte fortsätta härifrån. Öppna den från början.") from error
        query = query.where(place > bound if oldest_first else place < bound)
    order = (at.asc(), key.asc()) if oldest_first else (at.desc(), key.desc())
    return query.order_by(None).order_by(*order)


def cursor_of(at: datetime, key: UUID) -> str:
    """Return the cursor for the rest of a list after this row."""
    return f"{at.isoformat()}_{key}"
