"""Tracking sent messages by recipient: a single delivery, and all links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row, and_, select

from budkavle.accounts.permissions import require_member
from budkavle.cases import message_store
from budkavle.cases.inbox import ENDED, Page, SentTo, after, as_sent_to, cursor_of, sent_from
from budkavle.messaging.case_view import Track, tracks
from budkavle.model.errors import NotFound
from budkavle.model.loa import Loa
from budkavle.model.messages import Terms
from budkavle.storage import case_log
from budkavle.storage.platform import Work
from budkavle.storage.tables import deliveries, messages


@dataclass(frozen=True, slots=True)
class Followed:
    """One recipient of one sent message.

    Attributes:
        terms: The sender's terms for the reader.
        answers: The ids of the messages that answer it, in the same case, the oldest first.
    """

    mailbox_id: UUID
    case_id: UUID
    message_id: UUID
    subject: str
    sent_at: datetime
    transport: str
    loa: Loa
    reply_allowed: bool
    terms: Terms
    to: SentTo
    answers: tuple[UUID, ...] = ()


_COLUMNS = (
    *(deliveries, messages.c.mailbox_id, messages.c.head, messages.c.loa, messages.c.reply_allowed),
    *(ENDED, messages.c.created_at.label("sent_at"), messages.c.case_id.label("where")),
)
_SENT = deliveries.join(
    messages,
    and_(messages.c.organisation_id == deliveries.c.organisation_id, messages.c.id == deliveries.c.message_id),
)
_Found: TypeAlias = Row[Any]
_MESSAGE = deliveries.c.purpose == "message"


def followed(work: Work, delivery_id: UUID) -> tuple[Followed, Track]:
    """Return one recipient's delivery with each of its steps.

    Raises:
        NotFound: There is no such delivery, or the actor is not a member of the mailbox that it was sent from.
    """
    this_delivery = (deliveries.c.organisation_id == work.organisation_id, deliveries.c.id == delivery_id, _MESSAGE)
    row = work.connection.execute(select(*_COLUMNS).select_from(_SENT).where(*this_delivery)).one_or_none()
    since = require_member(work, row.mailbox_id).since if row else None
    if row is None:
        case_log.note_refused(work, [delivery_id])
    if row is None or (since and row.sent_at < since):
        raise NotFound("Försändelsen finns inte.")
    answering = select(messages.c.ref_to, messages.c.id).where(
        messages.c.organisation_id == work.organisation_id,
        messages.c.case_id == row.where,
        messages.c.direction == "in",
        messages.c.ref_to == str(delivery_id),
    )
    answers = work.connection.execute(answering.order_by(messages.c.created_at)).all()
    head = message_store.open_heads(work, {row.message_id: row.head})[row.message_id]
    (track,) = tracks(work, [as_sent_to(work, row)])
    return _followed(work, row, head, tuple(answer.id for answer in answers)), track


def links(work: Work, mailbox_id: UUID, cursor: str | None = None, limit: int = 50) -> Page[Followed]:
    """Return every link that was sent from a mailbox to people without an account, the latest first.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox that they were sent from.
        cursor: The `next_cursor` of the previous page; None for the first.
        limit: The most to return.

    Raises:
        NotFound: The actor is not a member of the mailbox.
        Invalid: The cursor is not valid.
    """
    guests = [
        transport.name for transport in work.platform.plugins.transports.values() if transport.capabilities.guests
    ]
    guest_deliveries = (
        deliveries.c.organisation_id == work.organisation_id,
        deliveries.c.transport.in_(guests),
        _MESSAGE,
    )
    since = require_member(work, mailbox_id).since
    query = select(*_COLUMNS).select_from(_SENT).where(*guest_deliveries, *sent_from(work.actor, mailbox_id, since))
    query = after(query, messages.c.created_at, deliveries.c.id, cursor)
    rows: Sequence[_Found] = work.connection.execute(query.limit(limit + 1)).all()
    sealed = {row.message_id: row.head for row in rows[:limit]}
    heads = message_store.open_heads(work, sealed) if sealed else {}
    followed_list = [_followed(work, row, heads[row.message_id], ()) for row in rows[:limit]]
    return Page(followed_list, cursor_of(rows[limit - 1].sent_at, rows[limit - 1].id) if len(rows) > limit else None)


def _followed(
    work: Work, row: Row[tuple[object, ...]], head: message_store.Head, answers: tuple[UUID, ...]
) -> Followed:
    return Followed(
        mailbox_id=row.mailbox_id,
        case_id=row.where,
        message_id=row.message_id,
        subject=head.subject,
        sent_at=row.sent_at,
        transport=row.transport,
        loa=Loa(row.loa),
        reply_allowed=row.reply_allowed,
        terms=message_store.open_terms(work, row.id, row.terms),
        to=as_sent_to(work, row),
        answers=answers,
    )
