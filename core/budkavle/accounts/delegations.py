"""Stand-ins: a colleague reads a personal inbox, and answers if that is allowed, until a date.

A delegation is a membership of the owner's inbox with an end date. The colleague's actions are recorded in the event
log under their own name, and the pages show "X för Y".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts.permissions import require_user
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.mailboxes import MailboxKind
from budkavle.model.people import Actor
from budkavle.storage import audit
from budkavle.storage.platform import Work
from budkavle.storage.tables import mailboxes, memberships, users

LONGEST = timedelta(days=366)
_FAULT = "Delegeringen kunde inte sparas."


@dataclass(frozen=True, slots=True)
class Delegation:
    """A stand-in for the actor, the end (exclusive), and what they may see and do."""

    user_id: UUID
    name: str
    until: datetime
    old_too: bool
    may_answer: bool


def delegate(work: Work, user_id: UUID, until: datetime, *, old_too: bool = False, may_answer: bool = True) -> None:
    """Give a colleague access to the actor's own inbox, or change the terms.

    Args:
        work: The unit of work; its actor owns the inbox.
        user_id: The colleague, of the same organisation.
        until: When it ends, with a time zone; at most a year ahead.
        old_too: Whether earlier messages are visible too.
        may_answer: Whether the colleague may write from the inbox.

    Raises:
        Invalid: The date has passed or is too far away, or the colleague is the actor.
        NotFound: There is no such colleague.
    """
    require_user(work.actor)
    _check(work.actor, user_id, until)
    active = select(users.c.id).where(
        users.c.organisation_id == work.organisation_id, users.c.id == user_id, users.c.active
    )
    if work.connection.execute(active).first() is None:
        raise NotFound("Kollegan finns inte, eller har ett stängt konto.")
    _write(work, user_id, until=until, since=None if old_too else func.now(), may_answer=may_answer)
    terms = {"old_too": old_too, "may_answer": may_answer}
    audit.record(work, "delegation.given", user_id, until=until.isoformat(), **terms)


def delegations(work: Work) -> Sequence[Delegation]:
    """Return the colleagues who stand in for the actor now, by name.

    Args:
        work: The unit of work; its actor is a user, whose delegations are returned.
    """
    require_user(work.actor)
    joined = memberships.join(
        users, and_(users.c.organisation_id == memberships.c.organisation_id, users.c.id == memberships.c.user_id)
    )
    query = (
        select(memberships, users.c.name).select_from(joined).where(_mine(work.actor), memberships.c.until > func.now())
    )
    rows = work.connection.execute(query.order_by(users.c.name)).all()
    return [Delegation(row.user_id, row.name, row.until, row.since is None, row.may_answer) for row in rows]


def end_delegation(work: Work, user_id: UUID) -> None:
    """End a delegation at once; one that has already ended is not an error.

    Args:
        work: The unit of work; its actor is the owner of the inbox.
        user_id: The colleague.
    """
    require_user(work.actor)
    gone = delete(memberships).where(_mine(work.actor), memberships.c.user_id == user_id)
    if work.connection.execute(gone).rowcount:
        audit.record(work, "delegation.ended", user_id)


def _check(actor: Actor, user_id: UUID, until: datetime) -> None:
    ahead = until - datetime.now(UTC)
    if user_id == actor.user_id:
        raise Invalid(_FAULT, fields={"person": "Välj en kollega. Du når redan din egen inkorg."})
    if ahead <= timedelta(0):
        raise Invalid(_FAULT, fields={"until": "Välj en dag som inte har varit."})
    if ahead > LONGEST:
        raise Invalid(_FAULT, fields={"until": "Välj en dag inom ett år. Du kan förlänga senare."})


def _write(work: Work, user_id: UUID, **terms: object) -> None:
    """Write the membership, unless the colleague is the owner of the inbox."""
    inbox = select(mailboxes.c.id).where(_inbox(work.actor)).scalar_subquery()
    row = {"organisation_id": work.organisation_id, "mailbox_id": inbox, "user_id": user_id, **terms}
    write = upsert(memberships).values(**row)
    changed = write.on_conflict_do_update(
        index_elements=["organisation_id", "mailbox_id", "user_id"],
        set_=terms,
        where=memberships.c.until.is_not(None),
    )
    work.connection.execute(changed)


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of the delegations, current or not, of the actor's own inbox."""
    return and_(
        memberships.c.organisation_id == actor.organisation_id,
        memberships.c.mailbox_id.in_(select(mailboxes.c.id).where(_inbox(actor))),
        memberships.c.until.is_not(None),
    )


def _inbox(actor: Actor) -> ColumnElement[bool]:
    return and_(
        mailboxes.c.organisation_id == actor.organisation_id,
        mailboxes.c.kind == MailboxKind.PERSONAL.value,
        mailboxes.c.owner_id == actor.user_id,
    )
