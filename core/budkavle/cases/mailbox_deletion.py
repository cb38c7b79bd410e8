"""Taking a function mailbox out of use, with the cases in it."""

from uuid import UUID

from sqlalchemy import Connection, func, select, update

from budkavle.accounts.mailboxes import default_mailbox
from budkavle.accounts.permissions import require_admin, require_manager
from budkavle.accounts.stored_settings import forget_mailbox
from budkavle.cases.actions import CLOSED
from budkavle.cases.transitions import move_cases
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.states import CaseState, IncomingState
from budkavle.storage import audit, case_log, locks
from budkavle.storage.case_log import CaseChange
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, mailboxes, messages

OPEN = "Brevlådan har {count} öppna ärenden. Avsluta dem först, eller låt dem avslutas när brevlådan tas bort."
ONE_OPEN = "Brevlådan har ett öppet ärende. Avsluta det först, eller låt det avslutas när brevlådan tas bort."


def delete_mailbox(work: Work, mailbox_id: UUID, *, closing: int = 0) -> None:
    """Take a function mailbox out of use.

    What is in it is destroyed when as many days have passed as for the bin (`retention`).

    Args:
        work: The unit of work; its actor is an administrator of the organisation, who need not be a member.
        mailbox_id: The mailbox.
        closing: So many open cases the actor has been told of and wants closed; where there are more by now, nothing
            is done.

    Raises:
        Forbidden: The actor does not administer the organisation.
        Conflict: It has open cases, or takes what fits no other, or something is about to come in.
    """
    require_admin(work.actor)
    mailbox = require_manager(work, mailbox_id).mailbox
    if mailbox.kind is MailboxKind.PERSONAL:
        raise Invalid("En personlig brevlåda tas bort med sitt konto.")
    locks.let_arrive(work.connection, work.organisation_id)
    if default_mailbox(work) == mailbox_id:
        raise Conflict("Brevlådan tar emot det som inte hör hemma någon annanstans. Välj en annan till det först.")
    _refuse_held(work.connection, mailbox)
    if (count := _open_cases(work.connection, mailbox)) > closing:
        raise Conflict(ONE_OPEN if count == 1 else OPEN, count=count)
    closed = _close_all(work, mailbox_id)
    this_mailbox = (mailboxes.c.organisation_id == work.organisation_id, mailboxes.c.id == mailbox_id)
    work.connection.execute(update(mailboxes).where(*this_mailbox).values(deleted_at=func.now()))
    forget_mailbox(work, mailbox_id)
    audit.record(work, "mailbox.deleted", mailbox_id, name=mailbox.name, closed=closed)


def open_cases(work: Work, mailbox_id: UUID) -> int:
    """Return how many cases must be closed before a mailbox is taken out of use.

    Raises:
        Forbidden: The actor does not administer the mailbox.
        NotFound: The mailbox is unknown here.
    """
    return _open_cases(work.connection, require_manager(work, mailbox_id).mailbox)


def _open_cases(connection: Connection, mailbox: FunctionMailbox) -> int:
    query = select(func.count()).where(
        cases.c.organisation_id == mailbox.organisation_id,
        cases.c.mailbox_id == mailbox.id,
        cases.c.state == CaseState.OPEN.value,
    )
    return connection.execute(query).scalar_one()


def _refuse_held(connection: Connection, mailbox: FunctionMailbox) -> None:
    """Wait for what becomes readable when its receipt has left: by then nobody would see it."""
    held = select(messages.c.id).where(
        messages.c.organisation_id == mailbox.organisation_id,
        messages.c.mailbox_id == mailbox.id,
        messages.c.state == IncomingState.HELD.value,
    )
    if connection.execute(held.limit(1)).first() is not None:
        raise Conflict("Ett meddelande är på väg in i brevlådan. Vänta någon minut och försök igen.")


def _close_all(work: Work, mailbox_id: UUID) -> int:
    """Close every open case of a mailbox that is taken out of use; whether the actor may is the caller's to judge.

    Returns:
        How many cases it closed.
    """
    ids = move_cases(work, cases.c.mailbox_id == mailbox_id, CaseState.OPEN, CaseState.CLOSED, **CLOSED)
    for case_id in ids:
        case_log.write(work, CaseChange(mailbox_id, case_id, "closed"), reason="mailbox-deleted")
    return len(ids)
