"""Function mailboxes and their members; also the rows of personal mailboxes."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, Uuid, and_, any_, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts.permissions import (
    IN_FORCE,
    Standing,
    as_mailbox,
    my_mailboxes,
    require_admin,
    require_manager,
    require_overview,
    standing,
)
from budkavle.model import sources
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.input_rules.names import name_fault, one_line
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind, Member
from budkavle.model.people import User
from budkavle.model.states import CaseState
from budkavle.storage import audit, case_log
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, mailboxes, memberships, users


class _Queries(QueryFile):
    find_in_use: Statement


QUERIES = _Queries.load()
MOST_ROWS = 1_000
"""The most rows of one statement: each has four parameters, and a statement may have 65,535."""


def create_mailbox(
    work: Work,
    name: str,
    *,
    description: str = "",
    language: str = "sv",
    transports: Sequence[str] = (),
    default: bool = False,
) -> FunctionMailbox:
    """Create a function mailbox without members.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        name: Unique among the organisation's function mailboxes.
        description: The purpose.
        language: The language of the mailbox's own messages.
        transports: The kinds of message it may send; empty means all.
        default: Whether it gets what fits no other mailbox; the first mailbox always does.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        Invalid: The name is empty or taken.
    """
    require_admin(work.actor)
    made = FunctionMailbox(
        id=sources.new_id(),
        organisation_id=work.organisation_id,
        name=one_line(name),
        description=description.strip(),
        language=language,
        transports=tuple(transports),
    )
    lock_names(work)
    check_name(work.connection, made)
    first = work.connection.execute(
        select(mailboxes.c.id).where(functions_in_use(work.organisation_id)).limit(1)
    ).first()
    insert_mailbox(work.connection, made)
    if default or first is None:
        _make_default(work.connection, made)
    audit.record(work, "mailbox.created", made.id, name=made.name)
    return made


def mailbox(work: Work, mailbox_id: UUID) -> Standing:
    """Return a mailbox, and what the actor may do in it.

    Args:
        work: The unit of work.
        mailbox_id: The mailbox.

    Raises:
        NotFound: The mailbox does not exist, or the actor has no access to it.
    """
    return standing(work, mailbox_id)


def all_mailboxes(work: Work) -> list[FunctionMailbox]:
    """Return all function mailboxes of the organisation, by name.

    Args:
        work: The unit of work; its actor is an administrator, or a system actor with the scope READ.
    """
    require_overview(work.actor)
    query = select(mailboxes).where(functions_in_use(work.organisation_id)).order_by(mailboxes.c.name)
    return [as_mailbox(row) for row in work.connection.execute(query).mappings()]


def readable_mailboxes(work: Work) -> list[FunctionMailbox]:
    """Return the mailboxes that the actor may open, including personal ones, by name.

    Args:
        work: The unit of work. A user may open those where they are a member; a system actor with READ may open all.
    """
    query = select(mailboxes).where(my_mailboxes(work.actor)).order_by(mailboxes.c.name, mailboxes.c.id)
    return [as_mailbox(row) for row in work.connection.execute(query).mappings()]


def count_mailboxes(work: Work) -> int:
    """Return how many function mailboxes the organisation has."""
    require_admin(work.actor)
    query = select(func.count()).where(functions_in_use(work.organisation_id))
    return work.connection.execute(query).scalar_one()


def sizes(work: Work) -> dict[UUID, int]:
    """Return the number of members of each mailbox of the organisation; one without members is left out."""
    require_admin(work.actor)
    query = select(memberships.c.mailbox_id, func.count().label("members"))
    query = query.where(memberships.c.organisation_id == work.organisation_id).group_by(memberships.c.mailbox_id)
    return {row.mailbox_id: row.members for row in work.connection.execute(query)}


def default_mailbox(work: Work) -> UUID | None:
    """Return the default mailbox, which gets what fits no other, or None if there is none yet."""
    query = select(mailboxes.c.id).where(functions_in_use(work.organisation_id), mailboxes.c.is_default)
    return work.connection.execute(query).scalar_one_or_none()


def update_mailbox(
    work: Work,
    mailbox_id: UUID,
    *,
    name: str | None = None,
    description: str | None = None,
    language: str | None = None,
    transports: Sequence[str] | None = None,
) -> FunctionMailbox:
    """Change a mailbox.

    Args:
        work: The unit of work.
        mailbox_id: The mailbox.
        name: Its new name; None leaves this and each of the following unchanged.
        description: The purpose.
        language: The language of what is sent from it.
        transports: The names of the transports that it may send by.

    Raises:
        Forbidden: The actor does not administer the mailbox.
        Invalid: The name is empty or taken.
    """
    old = require_manager(work, mailbox_id).mailbox
    new = replace(
        old,
        name=old.name if name is None else one_line(name),
        description=old.description if description is None else description.strip(),
        language=language or old.language,
        transports=old.transports if transports is None else tuple(transports),
    )
    if new.name != old.name:
        lock_names(work)
        check_name(work.connection, new)
    values = {"name": new.name, "description": new.description, "language": new.language}
    _set(work.connection, new, **values, transports=list(new.transports))
    audit.record(work, "mailbox.changed", mailbox_id, name=new.name)
    return new


def set_needs_approval(work: Work, mailbox_id: UUID, *, needed: bool) -> None:
    """Set whether messages from a function mailbox must be approved by another member before they are sent.

    The mailbox's own administrators may not change this, since they write from it.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        NotFound: The mailbox does not exist here.
        Invalid: It is a personal mailbox.
    """
    require_admin(work.actor)
    mailbox = standing(work, mailbox_id).mailbox
    _shared(standing(work, mailbox_id))
    if mailbox.needs_approval != needed:
        _set(work.connection, mailbox, needs_approval=needed)
        audit.record(work, "mailbox.approval-set", mailbox_id, name=mailbox.name, needed=needed)


def make_default(work: Work, mailbox_id: UUID) -> None:
    """Make a mailbox the default, which gets what fits no other.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        NotFound: The mailbox does not exist here.
        Invalid: It is a personal mailbox.
    """
    require_admin(work.actor)
    access = standing(work, mailbox_id)
    _shared(access)
    new = access.mailbox
    _make_default(work.connection, new)
    audit.record(work, "mailbox.changed", mailbox_id, name=new.name)


def members(work: Work, mailbox_id: UUID) -> list[Member]:
    """Return the members of a mailbox whose accounts are open, by name; a stand-in only until the delegation ends."""
    standing(work, mailbox_id)
    same_user = and_(users.c.organisation_id == memberships.c.organisation_id, users.c.id == memberships.c.user_id)
    query = select(users.c.id, users.c.name, users.c.email, memberships.c.administrator)
    query = query.select_from(memberships.join(users, same_user)).order_by(users.c.name, users.c.id)
    here = (_of(work.organisation_id, mailbox_id), IN_FORCE, users.c.active)
    return [Member(*row) for row in work.connection.execute(query.where(*here))]


def add_members(work: Work, mailbox_id: UUID, user_ids: Collection[UUID], *, administrator: bool = False) -> None:
    """Give users access to a mailbox; existing members are not changed.

    Args:
        work: The unit of work.
        mailbox_id: The function mailbox.
        user_ids: Active users of the same organisation.
        administrator: Whether new members may administer the mailbox.

    Raises:
        Forbidden: The actor does not administer the mailbox.
        NotFound: A user does not exist here, or is inactive.
    """
    member_ids = set(user_ids)
    _shared(require_manager(work, mailbox_id))
    active_users = select(users.c.id).where(
        users.c.organisation_id == work.organisation_id, _among(users.c.id, member_ids), users.c.active
    )
    if set(work.connection.execute(active_users).scalars()) != member_ids:
        raise NotFound("Någon av användarna finns inte, eller har ett stängt konto.")
    insert_members(work, mailbox_id, sorted(member_ids), administrator=administrator)
    for user_id in sorted(member_ids):
        audit.record(work, "mailbox.member-added", mailbox_id, user=str(user_id))


def remove_members(work: Work, mailbox_id: UUID, user_ids: Collection[UUID]) -> int:
    """Remove users' access, and release the open cases that they hold there.

    Returns:
        The number of users who lost their access.

    Raises:
        Forbidden: The actor does not administer the mailbox.
    """
    _shared(require_manager(work, mailbox_id))
    gone = delete(memberships).where(_of(work.organisation_id, mailbox_id), _among(memberships.c.user_id, user_ids))
    lost = work.connection.execute(gone.returning(memberships.c.user_id)).scalars().all()
    for user_id in sorted(lost):
        audit.record(work, "mailbox.member-removed", mailbox_id, user=str(user_id))
    release_held(work, mailbox_id, lost, "member-removed")
    return len(lost)


def set_administrator(work: Work, mailbox_id: UUID, user_id: UUID, *, administrator: bool) -> None:
    """Make a member an administrator of the mailbox, or ordinary again.

    Raises:
        Forbidden: The actor does not administer the mailbox.
        NotFound: The user is not a member.
    """
    _shared(require_manager(work, mailbox_id))
    where = (_of(work.organisation_id, mailbox_id), memberships.c.user_id == user_id)
    changed = work.connection.execute(update(memberships).where(*where).values(administrator=administrator))
    if not changed.rowcount:
        raise NotFound("Användaren är inte medlem i brevlådan.")
    kind = "mailbox.administrator-set"
    audit.record(work, kind, mailbox_id, user=str(user_id), administrator=administrator)


def personal_id(user_id: UUID) -> UUID:
    """Return the id of a user's own mailbox."""
    return uuid5(user_id, "personal-mailbox")


def personal_mailbox(user: User) -> FunctionMailbox:
    """Return a user's personal mailbox; its id is derived from the user's."""
    return FunctionMailbox(
        id=personal_id(user.id),
        organisation_id=user.organisation_id,
        name=user.name,
        kind=MailboxKind.PERSONAL,
        owner_id=user.id,
        language=user.language,
    )


def insert_mailbox(connection: Connection, made: FunctionMailbox) -> None:
    """Store a new mailbox."""
    row = {
        "organisation_id": made.organisation_id,
        "id": made.id,
        "kind": made.kind.value,
        "owner_id": made.owner_id,
        "name": made.name,
        "description": made.description,
        "language": made.language,
        "transports": list(made.transports),
        "created_at": func.now(),
    }
    connection.execute(insert(mailboxes).values(row))


def insert_members(work: Work, mailbox_id: UUID, user_ids: Sequence[UUID], *, administrator: bool) -> None:
    """Store memberships; existing ones are not changed."""
    same = {"organisation_id": work.organisation_id, "mailbox_id": mailbox_id, "administrator": administrator}
    for start in range(0, len(user_ids), MOST_ROWS):
        rows = [{**same, "user_id": user_id} for user_id in user_ids[start : start + MOST_ROWS]]
        work.connection.execute(upsert(memberships).values(rows).on_conflict_do_nothing())


def functions_in_use(organisation_id: UUID) -> ColumnElement[bool]:
    """Return the condition of an organisation's function mailboxes that have not been deleted."""
    return and_(
        mailboxes.c.organisation_id == organisation_id,
        mailboxes.c.kind == MailboxKind.FUNCTION.value,
        mailboxes.c.deleted_at.is_(None),
    )


def _of(organisation_id: UUID, mailbox_id: UUID) -> ColumnElement[bool]:
    return and_(memberships.c.organisation_id == organisation_id, memberships.c.mailbox_id == mailbox_id)


def _among(column: ColumnElement[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return the condition that a column has one of many ids, passed as one parameter."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def _set(connection: Connection, mailbox: FunctionMailbox, **values: object) -> None:
    where = (mailboxes.c.organisation_id == mailbox.organisation_id, mailboxes.c.id == mailbox.id)
    connection.execute(update(mailboxes).where(*where).values(**values))


def _make_default(connection: Connection, mailbox: FunctionMailbox) -> None:
    connection.execute(update(mailboxes).where(functions_in_use(mailbox.organisation_id)).values(is_default=False))
    _set(connection, mailbox, is_default=True)


def lock_names(work: Work) -> None:
    """Lock the mailbox names of the organisation until the transaction ends."""
    # Two transactions that choose the same name, or create the first mailbox, must see each other.
    work.connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"mailboxes {work.organisation_id}"))))


def check_name(connection: Connection, mailbox: FunctionMailbox) -> None:
    """Require a name that no other function mailbox of the organisation has.

    Raises:
        Invalid: It is empty, too long or taken.
    """
    if fault := name_fault(mailbox.name, "Skriv brevlådans namn."):
        raise Invalid("Brevlådan kunde inte sparas.", fields={"name": fault})
    same = select(mailboxes.c.id).where(
        functions_in_use(mailbox.organisation_id),
        func.lower(mailboxes.c.name) == mailbox.name.lower(),
        mailboxes.c.id != mailbox.id,
    )
    if connection.execute(same).first() is not None:
        sentence = "Det finns redan en funktionsbrevlåda med det namnet. Välj ett annat namn."
        raise Invalid("Brevlådan kunde inte sparas.", fields={"name": sentence})


def release_held(work: Work, mailbox_id: UUID, user_ids: Sequence[UUID], reason: str) -> None:
    """Release the open cases that some users hold in a mailbox."""
    held = update(cases).where(
        cases.c.organisation_id == work.organisation_id,
        cases.c.mailbox_id == mailbox_id,
        cases.c.state == CaseState.OPEN.value,
        cases.c.holder_id.in_(user_ids),
    )
    with with_all_cases(work.connection, work.reader):  # the actor need not be a named reader of the cases
        for case_id in work.connection.execute(held.values(holder_id=None).returning(cases.c.id)).scalars().all():
            case_log.write(work, case_log.CaseChange(mailbox_id, case_id, "released"), reason=reason)


def _shared(access: Standing) -> None:
    if access.mailbox.kind is MailboxKind.PERSONAL:
        raise Invalid("En personlig brevlåda delas inte med andra.")


def mailbox_exists(work: Work, mailbox_id: UUID) -> bool:
    """Tell whether a mailbox exists and is not deleted, without checking the actor's rights."""
    values = {"organisation": work.organisation_id, "mailbox": mailbox_id}
    return QUERIES.find_in_use.one_or_none(work.connection, values) is not None
