"""Who may see a request, and who may approve or reject it: one rule, as conditions on a row of `approvals`."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, all_, and_, false, literal, or_, select

from budkavle.accounts.permissions import IN_FORCE
from budkavle.model.approvals import Approvers
from budkavle.model.mailboxes import MailboxKind
from budkavle.model.people import Actor
from budkavle.storage.platform import Work
from budkavle.storage.tables import approvals, mailboxes, memberships


def may_decide(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an actor may decide a request, while it waits.

    Neither the requester nor a stand-in of the requester, now or at the time of the request, may decide; nor a member
    who may only read, nor the system.
    """
    if actor.user_id is None:
        return false()
    return and_(
        _is_approver(actor, memberships.c.may_answer),
        approvals.c.asker_id.is_distinct_from(actor.user_id),
        literal(actor.user_id) != all_(approvals.c.delegates),  # at the time of the request
        ~_stands_in(actor.user_id),
    )


def may_see(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an actor may read a request: the requester, or a member of the group that decides."""
    if actor.user_id is None:
        return false()
    return or_(approvals.c.asker_id == actor.user_id, _is_approver(actor))


def delegates_of(work: Work, user_id: UUID | None) -> Sequence[UUID]:
    """Return the users who stand in for a user now."""
    if user_id is None:
        return ()
    query = select(memberships.c.user_id).where(*_in_inbox_of(work.organisation_id, user_id), IN_FORCE)
    return work.connection.execute(query).scalars().all()


def _is_approver(actor: Actor, *of_membership: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the actor belongs to the group that decides, by a membership that fits."""
    is_admin = literal(actor.is_admin)
    of_mailbox = and_(
        memberships.c.organisation_id == approvals.c.organisation_id,
        memberships.c.mailbox_id == approvals.c.mailbox_id,
        memberships.c.user_id == actor.user_id,
        memberships.c.until.is_(None),  # a time-limited stand-in is not a member
        *of_membership,
    )
    member = select(memberships.c.user_id).where(of_mailbox).exists()
    manager = select(memberships.c.user_id).where(of_mailbox, memberships.c.administrator).exists()
    live = and_(
        mailboxes.c.organisation_id == approvals.c.organisation_id,
        mailboxes.c.id == approvals.c.mailbox_id,
        mailboxes.c.deleted_at.is_(None),
    )
    shared = select(mailboxes.c.id).where(live, mailboxes.c.kind == MailboxKind.FUNCTION.value).exists()
    there = select(mailboxes.c.id).where(live).exists()
    return or_(
        and_(approvals.c.approvers == Approvers.ADMINISTRATORS.value, is_admin),
        and_(approvals.c.approvers == Approvers.MANAGERS.value, or_(and_(manager, there), and_(is_admin, shared))),
        and_(approvals.c.approvers == Approvers.MEMBERS.value, member, there),
    )


def _stands_in(user_id: UUID) -> ColumnElement[bool]:
    """Return the condition that a user is now a stand-in for the requester."""
    inbox = select(mailboxes.c.id).where(
        mailboxes.c.organisation_id == approvals.c.organisation_id,
        mailboxes.c.kind == MailboxKind.PERSONAL.value,
        mailboxes.c.owner_id == approvals.c.asker_id,
    )
    return (
        select(memberships.c.user_id)
        .where(
            memberships.c.organisation_id == approvals.c.organisation_id,
            memberships.c.mailbox_id.in_(inbox),
            memberships.c.user_id == user_id,
            memberships.c.until.is_not(None),
            IN_FORCE,
        )
        .exists()
    )


def _in_inbox_of(organisation_id: UUID, user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    inbox = select(mailboxes.c.id).where(
        mailboxes.c.organisation_id == organisation_id,
        mailboxes.c.kind == MailboxKind.PERSONAL.value,
        mailboxes.c.owner_id == user_id,
    )
    return (
        memberships.c.organisation_id == organisation_id,
        memberships.c.mailbox_id.in_(inbox),
        memberships.c.until.is_not(None),
    )
