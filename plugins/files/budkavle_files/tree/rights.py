"""Who may do what with an entry, and why.

An owner administers the tree. A share gives a role for an entry and all its content, to a person, to the members of a
function mailbox, or to a guest; the highest role applies. An administrator of the organisation has no role by that
alone.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Uuid, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle import ActorScope, Forbidden, Host, NotFound, Work
from budkavle.accounts import standing
from budkavle.storage import note_refusal
from budkavle_files.tables import shares
from budkavle_files.tree.store import find_entry
from budkavle_files.tree.things import GONE, AccessRole, Entry, OwnerKind, Share, ShareKind

IN_FORCE: ColumnElement[bool] = or_(shares.c.until.is_(None), shares.c.until > func.now())
_NOT_ALLOWED = {
    AccessRole.AUTHOR: "Du får läsa här men inte ändra. Be den som äger katalogen om rollen författare.",
    AccessRole.ADMINISTRATOR: "Det här får bara den som är administratör för katalogen göra.",
}


def role_in(host: Host, work: Work, entry: Entry) -> AccessRole | None:
    """Return the role of the work's actor for an entry; None if it is out of reach.

    Args:
        host: The plugin's host.
        work: In the entry's organisation.
        entry: The entry.
    """
    actor = work.actor
    if actor.user_id is None:
        return _system_role(work)
    roles = [_owner_role(work, entry)]
    for share in shares_of(host, work, entry):
        if share.kind is ShareKind.PERSON and share.subject_id == actor.user_id:
            roles.append(share.role)
        elif share.kind is ShareKind.MAILBOX:
            roles.append(_member_role(work, share.subject_id, share.role))
    return max((role for role in roles if role is not None), default=None)


def may(host: Host, work: Work, entry: Entry, role: AccessRole) -> bool:
    """Tell whether the work's actor has a role for an entry, or a higher one.

    Example:
        if may(host, work, entry, AccessRole.AUTHOR):
            add_version(host, work, entry, file)
    """
    actual = role_in(host, work, entry)
    return actual is not None and actual >= role


def require(host: Host, work: Work, entry_id: UUID, role: AccessRole) -> Entry:
    """Return an entry for which the work's actor has a role, or a higher one.

    Args:
        host: The plugin's host.
        work: In the entry's organisation.
        entry_id: The entry.
        role: The lowest role that suffices.

    Raises:
        NotFound: There is no such entry, it is in the bin, or the actor may not even read it.
        Forbidden: The actor's role is lower.
    """
    return reach(host, work, entry_id, role)[0]


def reach(host: Host, work: Work, entry_id: UUID, role: AccessRole = AccessRole.READER) -> tuple[Entry, AccessRole]:
    """Return an entry as `require` does, with the role of the work's actor."""
    entry = find_entry(host, work, entry_id)
    actual = require_role(host, work, entry, role)
    if entry.binned_at is not None:
        raise NotFound(GONE)
    return entry, actual


def require_role(host: Host, work: Work, entry: Entry, role: AccessRole) -> AccessRole:
    """Return the role of the work's actor for an entry, as `require` does, also for an entry in the bin."""
    actual = role_in(host, work, entry)
    if actual is None:
        note_refusal(work, "files", entry.id, is_there=True)
        raise NotFound(GONE)
    if actual < role:
        raise Forbidden(_NOT_ALLOWED[role])
    return actual


def shares_of(host: Host, work: Work, entry: Entry) -> list[Share]:
    """Return the shares that give access to an entry: its own and those of the catalogues above it."""
    return shares_at(host, work, entry.line)


def shares_at(host: Host, work: Work, entry_ids: Iterable[UUID]) -> list[Share]:
    """Return the shares in force of some entries."""
    ids = literal(list(entry_ids), ARRAY(Uuid))
    query = select(shares).where(shares.c.organisation_id == work.organisation_id, shares.c.entry_id == any_(ids))
    with host.tables(work) as connection:
        rows = connection.execute(query.where(IN_FORCE).order_by(shares.c.created_at, shares.c.id)).all()
    return [as_share(row) for row in rows]


def as_share(row: "Row[Any]") -> Share:
    """Make a share from its row."""
    return Share(
        id=row.id,
        entry_id=row.entry_id,
        kind=ShareKind(row.kind),
        subject_id=row.subject_id,
        role=AccessRole(row.role),
        until=row.until,
        loa=row.loa,
        created_by=row.created_by,
        guest=row.guest,
    )


def mailbox_role(work: Work, mailbox_id: UUID) -> AccessRole | None:
    """Return the role of the work's actor for a function mailbox's entries; None if the actor is not a member."""
    try:
        access = standing(work, mailbox_id)
    except NotFound:
        return None
    if not access.member:
        return None
    if not access.may_answer:
        return AccessRole.READER
    return AccessRole.ADMINISTRATOR if access.administrator else AccessRole.AUTHOR


def _system_role(work: Work) -> AccessRole | None:
    if work.actor.may(ActorScope.WRITE):
        return AccessRole.ADMINISTRATOR
    return AccessRole.READER if work.actor.may(ActorScope.READ) else None


def _owner_role(work: Work, entry: Entry) -> AccessRole | None:
    if entry.owner.kind is OwnerKind.PERSON:
        return AccessRole.ADMINISTRATOR if entry.owner.id == work.actor.user_id else None
    return mailbox_role(work, entry.owner.id)


def _member_role(work: Work, mailbox_id: UUID, role: AccessRole) -> AccessRole | None:
    own_role = mailbox_role(work, mailbox_id)
    if own_role is None:
        return None
    return min(role, AccessRole.READER) if own_role is AccessRole.READER else role
