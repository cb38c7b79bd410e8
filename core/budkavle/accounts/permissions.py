"""Access rights. Objects of another organisation, or of a mailbox without access, are reported as not found."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, RowMapping, and_, cast, func, null, or_, select, true

from budkavle.model.errors import Conflict, Forbidden, NotFound, StepUp
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.people import Actor, ActorScope, Role, SystemActor, User, refuse_barred
from budkavle.model.states import OrganisationState
from budkavle.storage import audit, case_log, locks
from budkavle.storage.events.traces import note_refusal
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, mailboxes, memberships, messages, organisations

NO_MAILBOX = "Brevlådan finns inte, eller så har du inte tillgång till den."
STEP_UP = "Meddelandet kräver tillitsnivå {loa}. Legitimera dig för att läsa det."
NO_CASE = "Ärendet finns inte, eller så har du inte tillgång till det."
IN_FORCE = or_(memberships.c.until.is_(None), memberships.c.until > func.now())
"""The condition of a membership without an end, or a delegation that has not ended."""
_INSTALLATION_LOCK = 4_827_110_302
"""An arbitrary lock number, held while an account loses the role of the whole installation."""
_newest = messages.alias("newest")
NEWEST_AT: ColumnElement[datetime] = func.coalesce(
    select(_newest.c.created_at)
    .where(_newest.c.organisation_id == cases.c.organisation_id, _newest.c.id == cases.c.last_message_id)
    .correlate(cases)
    .scalar_subquery(),
    cast("-infinity", DateTime(timezone=True)),
)
"""The time of a case's last message; it decides whether a stand-in for new messages sees the case."""


class _Queries(QueryFile):
    load_mailbox: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Delegated:
    """The terms of a stand-in for an inbox's owner; `since` None means that old messages are visible too."""

    until: datetime
    since: datetime | None
    may_answer: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """An actor's role and rights in one mailbox."""

    mailbox: FunctionMailbox
    member: bool
    administrator: bool
    """Whether the actor may manage the mailbox: its own administrator, or the organisation's."""
    may_answer: bool = True
    """False for a member or a stand-in who may only read."""
    until: datetime | None = None
    """When a delegation ends; None for members."""
    since: datetime | None = None
    """The time from which a stand-in sees messages; None means all."""
    channels: tuple[str, ...] = ()
    """The transports and families that the installation lets the organisation use; empty means all."""

    @property
    def delegate(self) -> bool:
        """Whether the actor is a stand-in for the owner."""
        return self.until is not None


def require_admin(actor: Actor) -> None:
    """Require an administrator of the organisation, or a system actor with the scope ADMINISTER.

    Args:
        actor: The actor.

    Raises:
        Forbidden: The actor is neither.
        OutsideNetworks: The actor is an administrator, but outside the allowed networks.
    """
    if not actor.may(ActorScope.ADMINISTER):
        refuse_barred(actor)
        raise Forbidden("Det här får bara organisationens administratörer göra. Be en av dem om hjälp.")


def record_installation_role(work: Work, before: User | None, after: User) -> None:
    """Record in the installation's own event log a new or former administrator of it; the last one cannot be removed.

    Args:
        work: The unit of work that changes the account.
        before: The account before the change; None for a new one.
        after: The account after the change.

    Raises:
        Conflict: No administrator of the installation who can sign in would be left.
    """
    did, does = (user is not None and user.active and user.role is Role.PLATFORM for user in (before, after))
    if did and not does:
        _require_installation_administrator_left(work, after.id)
    if did is not does:
        kind = "administrator.added" if does else "administrator.removed"
        audit.record_for_installation(work, kind, after.id, name=after.name)


def require_platform(actor: Actor) -> None:
    """Require an administrator of the installation, or a system actor with the scope INSTALLATION.

    Args:
        actor: The actor.

    Raises:
        Forbidden: The actor is neither.
        OutsideNetworks: The actor is an administrator, but outside the allowed networks.
    """
    if not actor.may(ActorScope.INSTALLATION):
        refuse_barred(actor, Role.PLATFORM)
        raise Forbidden("Det här får bara installationens administratörer göra.")


def _require_installation_administrator_left(work: Work, user_id: UUID) -> None:
    """Require that another administrator of the installation can sign in, before an account loses that role.

    A concurrent call for another account waits until this unit of work has ended.

    Raises:
        Conflict: The account is the last one.
    """
    work.connection.execute(select(func.pg_advisory_xact_lock(_INSTALLATION_LOCK)))
    others = func.list_installation_administrators().table_valued("organisation_id", "id")
    query = select(others.c.id).join(organisations, organisations.c.id == others.c.organisation_id)
    query = query.where(others.c.id != user_id, organisations.c.state == OrganisationState.ACTIVE.value)
    if work.connection.execute(query.limit(1)).first() is None:
        raise Conflict("Kontot är installationens sista administratör. Ge först någon annan rollen.")


def require_user(actor: Actor) -> UUID:
    """Require a user, for what belongs to a person; return the user's id.

    Raises:
        Forbidden: The actor has no account.
    """
    if actor.user_id is None:
        raise Forbidden("Det här kan bara en person med konto göra.")
    return actor.user_id


def require_overview(actor: Actor) -> None:
    """Require an actor who may see the whole organisation: an administrator, or a system actor with READ.

    Raises:
        Forbidden: The actor is neither.
    """
    if not actor.may(ActorScope.READ):
        require_admin(actor)


def require_reader(actor: Actor) -> None:
    """Require a system actor with READ, for what is not checked against a mailbox.

    Raises:
        Forbidden: The actor lacks that scope.
    """
    if not actor.may(ActorScope.READ):
        raise Forbidden("{name} får inte läsa organisationens meddelanden.", name=actor.name)


def require_rank(actor: Actor, *roles: Role) -> None:
    """Refuse to give, remove or change the role of the installation's administrators, unless the actor has it.

    Raises:
        Forbidden: One of the roles is that, and the actor does not have it.
    """
    if Role.PLATFORM in roles:
        require_platform(actor)


def lock_administrators(work: Work) -> None:
    """Lock role changes in the organisation until the transaction ends; call it before an account's row is locked."""
    locks.one_at_a_time(work.connection, f"administrators {work.organisation_id}")


def my_mailboxes(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a row of `mailboxes` is open to the actor; a system actor with READ sees all."""
    in_organisation = and_(mailboxes.c.organisation_id == actor.organisation_id, _is_there_for(actor))
    if actor.may(ActorScope.READ):
        return in_organisation
    mine = select(memberships.c.mailbox_id).where(
        memberships.c.organisation_id == actor.organisation_id, memberships.c.user_id == actor.user_id, IN_FORCE
    )
    return and_(in_organisation, mailboxes.c.id.in_(mine))


def _is_there_for(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a mailbox is not deleted, or that the actor may read deleted ones too."""
    return true() if actor.may(ActorScope.READ_DELETED) else mailboxes.c.deleted_at.is_(None)


def delegated(work: Work) -> dict[UUID, Delegated]:
    """Return the inboxes in which the actor is a stand-in."""
    columns = (memberships.c.mailbox_id, memberships.c.until, memberships.c.since, memberships.c.may_answer)
    query = select(*columns).where(
        memberships.c.organisation_id == work.organisation_id,
        memberships.c.user_id == work.actor.user_id,
        memberships.c.until > func.now(),
    )
    return {row.mailbox_id: Delegated(row.until, row.since, row.may_answer) for row in work.connection.execute(query)}


def as_mailbox(row: Mapping[Any, Any]) -> FunctionMailbox:
    """Return a mailbox from its row."""
    return FunctionMailbox(
        id=row["id"],
        organisation_id=row["organisation_id"],
        name=row["name"],
        kind=MailboxKind(row["kind"]),
        owner_id=row["owner_id"],
        language=row["language"],
        description=row["description"],
        transports=tuple(row["transports"]),
        default=row["is_default"],
        needs_approval=row["needs_approval"],
    )


def standing(work: Work, mailbox_id: UUID) -> Standing:
    """Return what the actor may do in a mailbox, without requiring any right there.

    Args:
        work: The unit of work.
        mailbox_id: The mailbox.

    Raises:
        NotFound: The mailbox does not exist here, or the actor has no access to it.
    """
    parameters = {
        "organisation": work.organisation_id,
        "mailbox": mailbox_id,
        "reader": work.actor.user_id,
        "deleted": work.actor.may(ActorScope.READ_DELETED),
    }
    row = QUERIES.load_mailbox.one_or_none(work.connection, parameters)
    reads, administers = work.actor.may(ActorScope.READ), work.actor.is_admin
    if row is None or not (reads or administers or row.administrator is not None):
        note_refusal(work, "mailbox", mailbox_id, is_there=row is not None, mailbox=str(mailbox_id))
        raise NotFound(NO_MAILBOX)
    is_system = isinstance(work.actor, SystemActor)
    shared = row.kind == MailboxKind.FUNCTION
    return Standing(
        mailbox=as_mailbox(row._asdict()),
        member=reads or row.administrator is not None,
        administrator=bool(row.administrator) or (administers and (is_system or shared)),
        may_answer=work.actor.may(ActorScope.WRITE) if is_system else row.may_answer is not False,
        until=row.until,
        since=row.since,
        channels=tuple(row.channels or ()),
    )


def require_member(work: Work, mailbox_id: UUID) -> Standing:
    """Require a member of the mailbox; being an administrator of the organisation is not enough.

    Args:
        work: The unit of work.
        mailbox_id: The mailbox.

    Raises:
        NotFound: The mailbox does not exist here, or the actor is not a member.
    """
    access = standing(work, mailbox_id)
    if not access.member:
        note_refusal(work, "mailbox", mailbox_id, is_there=True, mailbox=str(mailbox_id))
        raise NotFound(NO_MAILBOX)
    return access


def require_writer(work: Work, mailbox_id: UUID) -> Standing:
    """Require a member who may write from the mailbox and change its content, or a system actor with WRITE.

    Raises:
        NotFound: The mailbox does not exist here, or the actor is not a member.
        Forbidden: The actor is a member, a stand-in or a system actor that may only read.
    """
    access = require_member(work, mailbox_id)
    if isinstance(work.actor, SystemActor) and not access.may_answer:
        raise Forbidden("{name} får läsa i brevlådan men inte skriva från den.", name=work.actor.name)
    if not access.may_answer and not access.delegate:
        raise Forbidden("Du får läsa i brevlådan men inte skriva eller ändra något. Be en av dess administratörer.")
    if not access.may_answer:
        sentence = "Du läser åt {owner} men får inte svara eller flytta något. Be om det vid frånvaron."
        raise Forbidden(sentence, owner=access.mailbox.name)
    return access


def require_manager(work: Work, mailbox_id: UUID) -> Standing:
    """Require an administrator of the mailbox or of its organisation.

    Args:
        work: The unit of work.
        mailbox_id: The mailbox.

    Raises:
        NotFound: The mailbox does not exist here, or the actor has no access to it.
        Forbidden: The actor is an ordinary member.
        OutsideNetworks: The actor administers the organisation, but is outside the allowed networks.
    """
    try:
        access = standing(work, mailbox_id)
    except NotFound:
        refuse_barred(work.actor)
        raise
    if not access.administrator:
        refuse_barred(work.actor)
        raise Forbidden("Det här får bara brevlådans administratörer göra. Be en av dem om hjälp.")
    return access


def case_row(work: Work, case_id: UUID, *, lock: bool = False) -> RowMapping:
    """Return the row of a case that the actor may read, with the column `administrator`, locked if requested.

    Raises:
        NotFound: The case does not exist, is destroyed, or is in a mailbox where the actor is not a member.
    """
    return case_rows(work, [case_id], lock=lock)[0]


def case_rows(work: Work, case_ids: Collection[UUID], *, lock: bool = False) -> list[RowMapping]:
    """Return the rows of cases that the actor may read, as `case_row` does, in the order of their ids.

    Args:
        work: The unit of work.
        case_ids: The cases.
        lock: Whether to lock them.

    Raises:
        NotFound: One of them does not exist, is destroyed, or is in a mailbox where the actor is not a member.
    """
    reads = work.actor.may(ActorScope.READ)
    mine = (memberships.c.administrator, memberships.c.since)
    columns = (true().label("administrator"), null().label("since")) if reads else mine
    query = select(cases, *columns).select_from(cases.join(mailboxes, _same_mailbox()))
    if not reads:
        query = query.join(
            memberships,
            and_(
                memberships.c.organisation_id == cases.c.organisation_id,
                memberships.c.mailbox_id == cases.c.mailbox_id,
                memberships.c.user_id == work.actor.user_id,
                IN_FORCE,
                or_(memberships.c.since.is_(None), memberships.c.since <= NEWEST_AT),
            ),
        )
    query = query.where(
        cases.c.organisation_id == work.organisation_id,
        cases.c.id.in_(list(case_ids)),
        cases.c.messages > 0,
        _is_there_for(work.actor),
    ).order_by(cases.c.id)
    rows = work.connection.execute(query.with_for_update(of=cases) if lock else query).mappings().all()
    if len(rows) != len(set(case_ids)):
        case_log.note_refused(work, case_ids)
        raise NotFound(NO_CASE)
    return list(rows)


def require_loa(actor: Actor, loa: int) -> None:
    """Require that the actor has identified at the level needed to read; a system actor with READ may read everything.

    Args:
        actor: The reader.
        loa: The required level.

    Raises:
        StepUp: The level of the actor's session is too low. A page then sends the user to identify, and back.

    Example:
        with visitor.work() as work:
            flight = find_flight(work, flight_id)
            require_loa(work.actor, flight.loa)
    """
    if not actor.may_read_at(loa):
        raise StepUp(STEP_UP, wanted=loa, loa=loa)


def _same_mailbox() -> ColumnElement[bool]:
    return and_(mailboxes.c.organisation_id == cases.c.organisation_id, mailboxes.c.id == cases.c.mailbox_id)
