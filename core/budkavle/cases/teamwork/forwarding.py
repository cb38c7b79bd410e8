"""What a case says of a message that was passed on from it: to whom, and why at no level, where it went at none."""

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.permissions import require_member
from budkavle.cases import message_store
from budkavle.model.errors import NotFound
from budkavle.model.sentences import Sentence
from budkavle.storage import case_log
from budkavle.storage.case_log import CaseChange
from budkavle.storage.platform import Work
from budkavle.storage.tables import messages

FORWARDED = "forwarded"
LONGEST_REASON = 200


def note_forwarded(work: Work, original_id: UUID, message_id: UUID, reason: str) -> None:
    """Note in the case of a message that it was passed on; where the actor does not read it, nothing is noted.

    Args:
        work: The unit of work that stores the new message.
        original_id: The message that is passed on.
        message_id: The new message, from which its recipients are read when the case is shown.
        reason: Why it goes by a way that asks its reader for no level; empty where it keeps its level.
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


def names_of_recipients(work: Work, message_ids: list[UUID]) -> dict[UUID, str]:
    """Return the names of those that messages went to, by their ids; nothing of one that is gone or not to be read."""
    listed = message_store.messages(work, messages.c.id.in_(message_ids)) if message_ids else []
    return {message.id: ", ".join(str(address) for address in message.recipients) for message in listed}
