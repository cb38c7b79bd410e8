"""Undoing a send: for a few seconds after "Skicka" a message waits, and sending it can be undone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, and_, func, select, update

from budkavle.accounts.permissions import require_writer
from budkavle.cases import case_updates
from budkavle.cases.owned import uploaders
from budkavle.cases.transitions import move_cases, move_messages
from budkavle.deliveries import transitions
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Direction
from budkavle.model.states import CaseState, DeliveryState, IncomingState
from budkavle.storage import audit, case_log
from budkavle.storage.platform import Work
from budkavle.storage.tables import attachments, cases, deliveries, delivery_events, kept_drafts, messages

TOO_LATE = "Meddelandet har redan börjat skickas, så det går inte att ångra. Återkalla det i stället, om det går."


def undo(work: Work, message_id: UUID) -> UUID | None:
    """Undo the sending of a message that has not left to any recipient; its files become uploads again.

    Args:
        work: The unit of work; its actor is a member of the mailbox it was sent from.
        message_id: The message.

    Returns:
        The id of the draft that it was sent from, which is a draft again; None if there was none.

    Raises:
        NotFound: There is no such message, or the actor is not a member.
        Conflict: A worker has claimed one of its deliveries.
    """
    row, mailbox = _locked(work, message_id)
    _stop(work, message_id)
    # Before the message changes, which marks the case for the search index: sending locks in this order too.
    case_updates.lock_case(work, row.case_id)
    mine = and_(attachments.c.organisation_id == work.organisation_id, attachments.c.message_id == message_id)
    free = {"message_id": None, "created_at": func.now(), **uploaders.columns(work.actor)}
    work.connection.execute(update(attachments).where(mine).values(**free))
    work.vault.destroy(work.connection, work.organisation_id, message_id)
    move_messages(work, messages.c.id == message_id, IncomingState.DELETED, head=b"", body=b"", attachments=0)
    _leave_case(work, row.case_id)
    case_log.write(work, case_log.CaseChange(row.mailbox_id, row.case_id, "undone"))
    # The same facts as in `message.sent`, so that what it counted is subtracted again.
    counted = {"transport": row.transport} | case_updates.first_answer(
        case_updates.lock_case(work, row.case_id), mailbox.kind, row.created_at
    )
    audit.record(work, "message.undone", message_id, case=str(row.case_id), mailbox=str(row.mailbox_id), **counted)
    return _draft_again(work, message_id)


def _locked(work: Work, message_id: UUID) -> tuple[Row[UUID, UUID, str, datetime], FunctionMailbox]:
    """Lock the message and return its row, with the mailbox it was sent from."""
    columns = (messages.c.mailbox_id, messages.c.case_id, messages.c.transport, messages.c.created_at)
    query = select(*columns).where(
        messages.c.organisation_id == work.organisation_id,
        messages.c.id == message_id,
        messages.c.direction == Direction.OUT.value,
        messages.c.state.is_(None),
    )
    row = work.connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        case_log.note_refused(work, [message_id])
        raise NotFound("Meddelandet finns inte kvar.")
    return row, require_writer(work, row.mailbox_id).mailbox


def _stop(work: Work, message_id: UUID) -> None:
    """Take all deliveries out of the queue, or none."""
    of_message = and_(deliveries.c.organisation_id == work.organisation_id, deliveries.c.message_id == message_id)
    rows = work.connection.execute(
        select(deliveries.c.id, deliveries.c.state, deliveries.c.attempt).where(of_message).with_for_update()
    ).all()
    # One that a person sends again after an attempt may have arrived.
    if any(row.state != DeliveryState.READY_TO_SEND.value or row.attempt for row in rows):
        raise Conflict(TOO_LATE)
    work.connection.execute(update(deliveries).where(of_message).values(recipient=b"", terms=None))
    ids = transitions.delete(work, of_message)
    events = and_(delivery_events.c.organisation_id == work.organisation_id, delivery_events.c.delivery_id.in_(ids))
    work.connection.execute(delivery_events.delete().where(events))


def _leave_case(work: Work, case_id: UUID) -> None:
    """Remove the message and its search words from its case; a case that it opened is hidden and closed."""
    row = case_updates.lock_case(work, case_id)  # first, so that concurrent messages are seen
    case_updates.recount(work, case_id)
    if row is not None and row.messages == 1:
        move_cases(work, cases.c.id == case_id, CaseState(row.state), CaseState.CLOSED)


def _draft_again(work: Work, message_id: UUID) -> UUID | None:
    this_draft = (kept_drafts.c.organisation_id == work.organisation_id, kept_drafts.c.message_id == message_id)
    write = update(kept_drafts).where(*this_draft).values(message_id=None, changed_at=func.now())
    draft_id: UUID | None = work.connection.execute(write.returning(kept_drafts.c.id)).scalar_one_or_none()
    return draft_id
