"""Scheduled messages as the members of a function mailbox see them, and how members stop one.

Members see that it is scheduled, its author, recipients and subject; the text is the author's own until it is sent.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select

from budkavle.accounts.permissions import require_member, require_writer
from budkavle.messaging import saved_drafts
from budkavle.messaging.later import sends
from budkavle.messaging.saved_drafts import SavedDraft
from budkavle.model.errors import Conflict
from budkavle.model.mailboxes import MailboxKind
from budkavle.model.sentences import Sentence
from budkavle.storage import audit
from budkavle.storage.platform import Work
from budkavle.storage.tables import kept_drafts, messages, users

_STOPPED = "{name} stoppade meddelandet innan det skickades."


@dataclass(frozen=True, slots=True)
class PlannedSend:
    """A scheduled message.

    Attributes:
        writer: The author's name.
    """

    draft: SavedDraft
    at: datetime
    writer: str
    is_own: bool


def load_planned(work: Work, mailbox_id: UUID, about: Collection[UUID] | None = None) -> list[PlannedSend]:
    """Return the scheduled messages of a function mailbox, the next one first; none of a personal inbox.

    Those that answer or forward a message that the actor may not read, such as one of a restricted case, are left out.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.
        about: Only those that answer or forward one of these messages.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    if require_member(work, mailbox_id).mailbox.kind is not MailboxKind.FUNCTION:
        return []
    writer = and_(users.c.organisation_id == kept_drafts.c.organisation_id, users.c.id == kept_drafts.c.user_id)
    query = select(kept_drafts, users.c.name).join(users, writer)
    query = query.where(kept_drafts.c.organisation_id == work.organisation_id, kept_drafts.c.mailbox_id == mailbox_id)
    if about is not None:
        query = query.where(kept_drafts.c.about.overlap(list(about)))
    rows = work.connection.execute(query.where(saved_drafts.WAITS).order_by(kept_drafts.c.send_at)).all()
    readable = _readable(work, {message_id for row in rows for message_id in row.about})
    planned = []
    for row in rows:
        draft = saved_drafts.open_draft(work, row) if readable.issuperset(row.about) else None
        if draft is not None:
            is_own = row.user_id == work.actor.user_id
            planned.append(PlannedSend(draft, row.send_at, row.name, is_own))
    return planned


def stop(work: Work, draft_id: UUID) -> UUID:
    """Stop a colleague's scheduled message: it becomes its author's draft again, and the author is told who stopped it.

    Returns:
        The mailbox that it would have been sent from.

    Raises:
        Conflict: It has been sent, is not scheduled, or is not visible to the actor.
        NotFound: The actor is not a member of the mailbox.
        Forbidden: The actor may only read there.
    """
    query = select(kept_drafts).where(
        kept_drafts.c.organisation_id == work.organisation_id, kept_drafts.c.id == draft_id, saved_drafts.WAITS
    )
    row = work.connection.execute(query).one_or_none()
    if row is None or not _readable(work, row.about).issuperset(row.about):
        raise Conflict(sends.TOO_LATE)
    if require_writer(work, row.mailbox_id).mailbox.kind is not MailboxKind.FUNCTION:
        raise Conflict(sends.TOO_LATE)
    sends.give_back(work, draft_id, row, Sentence(_STOPPED, name=work.actor.name))
    audit.record(work, "message.unscheduled", row.send_as, mailbox=str(row.mailbox_id))
    mailbox_id: UUID = row.mailbox_id
    return mailbox_id


def _readable(work: Work, message_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the messages that the actor can read; the database hides those of restricted cases."""
    if not message_ids:
        return set()
    query = select(messages.c.id).where(
        messages.c.organisation_id == work.organisation_id, messages.c.id.in_(list(message_ids))
    )
    return set(work.connection.execute(query).scalars())
