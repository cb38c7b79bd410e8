"""Forwarding a message: what the original's case shows of it, and who may see the case that it opens."""

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.permissions import require_member
from budkavle.cases import message_store
from budkavle.cases.teamwork.restricting import find_restriction, named_for, restrict, still_reading
from budkavle.model.errors import NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.sentences import Sentence
from budkavle.storage import case_log
from budkavle.storage.case_log import CaseChange
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.platform import Work
from budkavle.storage.tables import messages

FORWARDED = "forwarded"
LONGEST_REASON = 200
_NOT_THERE = "Meddelandet som du vidarebefordrar finns inte kvar i den här brevlådan."


def note_forwarded(work: Work, original_id: UUID, message_id: UUID, reason: str) -> None:
    """Log in the case of a message that it was forwarded; if the actor cannot read that case, nothing is logged.

    Args:
        work: The unit of work that stores the new message.
        original_id: The forwarded message.
        message_id: The new message; its recipients are read from it when the case is shown.
        reason: Why it is sent by a channel without a level of assurance; empty if it keeps its level.
    """
    query = select(messages.c.mailbox_id, messages.c.case_id).where(
        messages.c.organisation_id == work.organisation_id, messages.c.id == original_id
    )
    row = work.connection.execute(query).one_or_none()
    if row is None:
        return
    with suppress(NotFound):
        require_member(work, row.mailbox_id)
        why = {"why": Sentence(reason).to_text()} if reason else {}
        change = CaseChange(row.mailbox_id, row.case_id, FORWARDED)
        case_log.write(work, change, message=str(message_id), **why)


def keep_restriction(work: Work, original_id: UUID, case_id: UUID, mailbox: FunctionMailbox) -> None:
    """Restrict the case that a forwarded message opens like the original's case, to those who read the mailbox.

    Args:
        work: The unit of work that stores the new message.
        original_id: The forwarded message.
        case_id: The new case.
        mailbox: The new case's mailbox; in a personal inbox nothing is restricted.

    Raises:
        NotFound: The original's case is restricted, and the actor is not named for it.
    """
    query = select(messages.c.case_id).where(
        messages.c.organisation_id == work.organisation_id, messages.c.id == original_id
    )
    with with_all_cases(work.connection, work.reader):
        origin_id = work.connection.execute(query).scalar_one_or_none()
    reader_ids = named_for(work, [origin_id]).get(origin_id) if origin_id else None
    if not origin_id or not reader_ids:
        return
    if work.actor.user_id not in reader_ids:
        case_log.note_refused(work, [original_id])
        raise NotFound(_NOT_THERE)
    restriction = find_restriction(work, origin_id) if mailbox.kind.is_shared else None
    if restriction is not None:
        restrict(work, case_id, still_reading(work, mailbox.id, reader_ids), restriction.reason)


def names_of_recipients(work: Work, message_ids: list[UUID]) -> dict[UUID, str]:
    """Return the recipients' names of messages, by message id; messages that are gone or not readable are left out."""
    listed = message_store.messages(work, messages.c.id.in_(message_ids)) if message_ids else []
    return {message.id: ", ".join(str(address) for address in message.recipients) for message in listed}
