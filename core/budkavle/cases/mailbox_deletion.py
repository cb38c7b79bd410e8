"""Deleting a function mailbox, with the cases in it, and restoring it while everything is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, select, union_all, update

from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.mailboxes import check_name, default_mailbox, lock_names
from budkavle.accounts.permissions import NO_MAILBOX, as_mailbox, require_admin, require_manager
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases.actions import CLOSED
from budkavle.cases.transitions import move_cases
from budkavle.model.errors import Conflict, Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.states import CaseState, IncomingState
from budkavle.storage import audit, case_log, locks
from budkavle.storage.case_log import CaseChange
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, mailboxes, messages

OPEN = "Brevlådan har {count} öppna ärenden. Avsluta dem först, eller låt dem avslutas när brevlådan tas bort."
ONE_OPEN = "Brevlådan har ett öppet ärende. Avsluta det först, eller låt det avslutas när brevlådan tas bort."
TOO_LATE = "Brevlådan togs bort för så länge sedan att den inte går att återställa: det som fanns i den gallras."
TAKEN = "Det finns en annan funktionsbrevlåda med samma namn. Byt namn på den först."


@dataclass(frozen=True, slots=True)
class MailboxContent:
    """How much is in a mailbox, and how long it would be kept if the mailbox were deleted now.

    Attributes:
        open: Open cases.
        cases: All cases, including those in the bin.
        messages: The messages in them.
        kept_until: When everything is destroyed.
    """

    open: int
    cases: int
    messages: int
    kept_until: datetime


@dataclass(frozen=True, slots=True)
class DeletedMailbox:
    """A deleted mailbox with content that is still kept.

    Attributes:
        messages: How many messages are kept.
        kept_until: When they are destroyed.
        can_be_restored: Whether that time has not passed yet.
    """

    mailbox: FunctionMailbox
    deleted_at: datetime
    messages: int
    kept_until: datetime
    can_be_restored: bool


def delete_mailbox(work: Work, mailbox_id: UUID, *, closing: int = 0) -> None:
    """Delete a function mailbox.

    Its content is destroyed after the number of days set for the bin (`retention`). Until then `restore_mailbox`
    restores it.

    Args:
        work: The unit of work; its actor is an administrator of the organisation, who need not be a member.
        mailbox_id: The mailbox.
        closing: The number of open cases that the actor has seen and wants closed; if there are more by now, nothing
            is done.

    Raises:
        Forbidden: The actor does not administer the organisation.
        Conflict: It has open cases, is the default mailbox, or a message is about to arrive.
    """
    require_admin(work.actor)
    mailbox = require_manager(work, mailbox_id).mailbox
    if mailbox.kind is MailboxKind.PERSONAL:
        raise Invalid("En personlig brevlåda tas bort med sitt konto.")
    locks.let_arrive(work.connection, work.organisation_id)
    if default_mailbox(work) == mailbox_id:
        raise Conflict("Brevlådan tar emot det som inte hör hemma någon annanstans. Välj en annan till det först.")
    with with_all_cases(work.connection, work.reader):
        _refuse_held(work.connection, mailbox)
        if (count := _open_cases(work.connection, mailbox)) > closing:
            raise Conflict(ONE_OPEN if count == 1 else OPEN, count=count)
        closed = _close_all(work, mailbox_id)
    work.connection.execute(update(mailboxes).where(_this(work, mailbox_id)).values(deleted_at=func.now()))
    audit.record(work, "mailbox.deleted", mailbox_id, name=mailbox.name, closed=closed)


def restore_mailbox(work: Work, mailbox_id: UUID) -> FunctionMailbox:
    """Restore a deleted function mailbox, with its earlier members, settings and cases.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        mailbox_id: The mailbox.

    Raises:
        Forbidden: The actor does not administer the organisation.
        NotFound: No such mailbox has been deleted here, or nothing of it is kept.
        Conflict: The time has passed, or another mailbox has its name.
    """
    require_admin(work.actor)
    deleted = (mailboxes.c.deleted_at.is_not(None), mailboxes.c.destroyed_at.is_(None))
    query = select(mailboxes, (mailboxes.c.deleted_at >= func.now() - _days(work)).label("is_kept"))
    query = query.where(_this(work, mailbox_id), *deleted).with_for_update()
    row = work.connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(NO_MAILBOX)
    if not row["is_kept"]:
        raise Conflict(TOO_LATE)
    mailbox = as_mailbox(row)
    lock_names(work)
    try:
        check_name(work.connection, mailbox)
    except Invalid as error:
        raise Conflict(TAKEN) from error
    work.connection.execute(update(mailboxes).where(_this(work, mailbox_id)).values(deleted_at=None))
    with with_all_cases(work.connection, work.reader):
        opened = _reopen_all(work, mailbox_id, row["deleted_at"])
    audit.record(work, "mailbox.restored", mailbox_id, name=mailbox.name, opened=opened)
    return mailbox


def deleted_mailboxes(work: Work) -> list[DeletedMailbox]:
    """Return the deleted function mailboxes with content that is kept, the latest first.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(work.actor)
    binned = cases.c.state == CaseState.BINNED.value  # each part has an index of its own
    message_count = _messages_in(binned) + _messages_in(~binned)
    ends = mailboxes.c.deleted_at + _days(work)
    columns = (message_count.label("messages"), ends.label("ends"), (ends >= func.now()).label("is_kept"))
    query = select(mailboxes, *columns).where(
        mailboxes.c.organisation_id == work.organisation_id,
        mailboxes.c.kind == MailboxKind.FUNCTION.value,
        mailboxes.c.deleted_at.is_not(None),
        mailboxes.c.destroyed_at.is_(None),
    )
    with with_all_cases(work.connection, work.reader):
        rows = work.connection.execute(query.order_by(mailboxes.c.deleted_at.desc(), mailboxes.c.id)).mappings().all()
    return [
        DeletedMailbox(as_mailbox(row), row["deleted_at"], row["messages"], row["ends"], row["is_kept"]) for row in rows
    ]


def open_cases(work: Work, mailbox_id: UUID) -> int:
    """Return how many cases must be closed before a mailbox is deleted.

    Raises:
        Forbidden: The actor does not administer the mailbox.
        NotFound: The mailbox is unknown here.
    """
    return _open_cases(work.connection, require_manager(work, mailbox_id).mailbox)


def content(work: Work, mailbox_id: UUID) -> MailboxContent:
    """Return how much is in a mailbox, for the user who is about to delete it.

    Raises:
        Forbidden: The actor does not administer the mailbox.
        NotFound: The mailbox is unknown here.
    """
    mailbox = require_manager(work, mailbox_id).mailbox
    counts = select(cases.c.messages).where(
        cases.c.organisation_id == work.organisation_id, cases.c.mailbox_id == mailbox_id, cases.c.messages > 0
    )
    binned = cases.c.state == CaseState.BINNED.value  # each half has an index of its own
    union = union_all(counts.where(~binned), counts.where(binned)).subquery()
    query = select(func.count(), func.coalesce(func.sum(union.c.messages), 0), func.now() + _days(work)).select_from(
        union
    )
    case_count, all_messages, kept_until = work.connection.execute(query).one()
    return MailboxContent(_open_cases(work.connection, mailbox), case_count, all_messages, kept_until)


def _days(work: Work) -> timedelta:
    return timedelta(days=read_settings(work, BinSettings).bin_days)


def _messages_in(which: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many messages the query's mailbox has in these cases."""
    query = select(func.coalesce(func.sum(cases.c.messages), 0)).where(
        cases.c.organisation_id == mailboxes.c.organisation_id,
        cases.c.mailbox_id == mailboxes.c.id,
        cases.c.messages > 0,
        which,
    )
    return query.scalar_subquery()


def _this(work: Work, mailbox_id: UUID) -> ColumnElement[bool]:
    return and_(mailboxes.c.organisation_id == work.organisation_id, mailboxes.c.id == mailbox_id)


def _open_cases(connection: Connection, mailbox: FunctionMailbox) -> int:
    query = select(func.count()).where(
        cases.c.organisation_id == mailbox.organisation_id,
        cases.c.mailbox_id == mailbox.id,
        cases.c.state == CaseState.OPEN.value,
    )
    return connection.execute(query).scalar_one()


def _refuse_held(connection: Connection, mailbox: FunctionMailbox) -> None:
    """Refuse while messages are held: they become readable later, when nobody would see them."""
    held_messages = select(messages.c.id).where(
        messages.c.organisation_id == mailbox.organisation_id,
        messages.c.mailbox_id == mailbox.id,
        messages.c.state == IncomingState.HELD.value,
    )
    if connection.execute(held_messages.limit(1)).first() is not None:
        raise Conflict("Ett meddelande är på väg in i brevlådan. Vänta någon minut och försök igen.")


def _close_all(work: Work, mailbox_id: UUID) -> int:
    """Close every open case of a mailbox that is being deleted; the caller has checked that the actor may.

    Returns:
        How many cases it closed.
    """
    ids = move_cases(work, cases.c.mailbox_id == mailbox_id, CaseState.OPEN, CaseState.CLOSED, **CLOSED)
    for case_id in ids:
        case_log.write(work, CaseChange(mailbox_id, case_id, "closed"), reason="mailbox-deleted")
    return len(ids)


def _reopen_all(work: Work, mailbox_id: UUID, deleted_at: datetime) -> int:
    """Reopen the cases that `_close_all` closed: their closing time equals the deletion's transaction time."""
    closed_with_it = and_(cases.c.mailbox_id == mailbox_id, cases.c.closed_at == deleted_at)
    ids = move_cases(work, closed_with_it, CaseState.CLOSED, CaseState.OPEN, closed_at=None)
    for case_id in ids:
        case_log.write(work, CaseChange(mailbox_id, case_id, "reopened"), reason="mailbox-restored")
    return len(ids)
