"""Sharing entries with people and function mailboxes, and who has access to an entry and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import FunctionMailbox, Host, Invalid, NotFound, Work, record
from budkavle.accounts import find_user, mailbox_addresses, search_mailboxes
from budkavle.cases import readable_mailboxes
from budkavle.storage import note_refusal
from budkavle_files.tables import entries, shares
from budkavle_files.tree import rights
from budkavle_files.tree.store import entries_query, find_entries, load
from budkavle_files.tree.things import AccessRole, Entry, Owner, OwnerKind, Share, ShareKind

NO_SHARE = "Delningen finns inte längre."


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom something is shared with: an account or a function mailbox."""

    kind: ShareKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Access:
    """Someone's access to an entry, and its reason.

    Attributes:
        kind: A person, a function mailbox or a guest.
        subject_id: The account, the mailbox, or the share of a guest.
        name: The name of the person or the mailbox; empty for a guest, whose name is in `share`.
        role: The role.
        share: The share that gives it; None for the owner.
        inherited_from: The catalogue above that it comes from; None if it is the entry's own.
    """

    kind: ShareKind
    subject_id: UUID
    name: str
    role: AccessRole
    share: Share | None
    inherited_from: Entry | None


def share_with(
    host: Host,
    work: Work,
    entry_id: UUID,
    subjects: Iterable[Subject],
    role: AccessRole,
    until: datetime | None = None,
) -> None:
    """Share an entry and all its content; existing shares get the new role and end.

    Args:
        host: The plugin's host.
        work: Its actor administers the entry.
        entry_id: The entry.
        subjects: Whom to share it with.
        role: Their role.
        until: When it ends; None if it does not.

    Raises:
        Invalid: Nobody is chosen, someone is unknown or owns it, or the end has passed.
        NotFound: The entry is out of the actor's reach.
        Forbidden: The actor does not administer it.
    """
    entry = rights.require(host, work, entry_id, AccessRole.ADMINISTRATOR)
    chosen = list(dict.fromkeys(subjects))
    _check(work, entry, chosen, until)
    for subject in chosen:
        values = {"role": role.value, "until": until, "created_at": func.now(), "created_by": work.actor.name}
        statement = upsert(shares).values(
            organisation_id=work.organisation_id,
            id=uuid4(),
            entry_id=entry_id,
            kind=subject.kind.value,
            subject_id=subject.id,
            loa=0,
            **values,
        )
        key = [shares.c.organisation_id, shares.c.entry_id, shares.c.kind, shares.c.subject_id]
        with host.tables(work) as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values))
        end = until.isoformat() if until else ""
        record(work, "files.shared", entry_id, subject=str(subject.id), role=role.name.lower(), until=end)


def change_share(
    host: Host, work: Work, share_id: UUID, role: AccessRole, until: datetime | None, *, ended_now: bool = False
) -> None:
    """Change the role and end of a share, or end it now; the actor administers the entry.

    Raises:
        Invalid: The end has passed.
        NotFound: There is no such share, or its entry is out of the actor's reach.
        Forbidden: The actor does not administer the entry.
    """
    share = find_share(host, work, share_id)
    rights.require(host, work, share.entry_id, AccessRole.ADMINISTRATOR)
    this_share = (shares.c.organisation_id == work.organisation_id, shares.c.id == share_id)
    if ended_now:
        with host.tables(work) as connection:
            connection.execute(delete(shares).where(*this_share))
        record(work, "files.share-ended", share.entry_id, subject=str(share.subject_id))
        return
    _check_end(until)
    with host.tables(work) as connection:
        connection.execute(update(shares).where(*this_share).values(role=role.value, until=until))
    end = until.isoformat() if until else ""
    record(
        work, "files.share-changed", share.entry_id, subject=str(share.subject_id), role=role.name.lower(), until=end
    )


def end_share(host: Host, work: Work, share_id: UUID) -> None:
    """End a share now, as `change_share` does."""
    change_share(host, work, share_id, AccessRole.READER, None, ended_now=True)


def find_share(host: Host, work: Work, share_id: UUID) -> Share:
    """Return a share.

    Raises:
        NotFound: There is none; the attempt is recorded.
    """
    query = select(shares).where(shares.c.organisation_id == work.organisation_id, shares.c.id == share_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        note_refusal(work, "files", share_id, is_there=False)
        raise NotFound(NO_SHARE)
    return rights.as_share(row)


def list_access(host: Host, work: Work, entry: Entry) -> list[Access]:
    """Return who has access to an entry that the actor may read: the owner first, then by where the access comes from.

    If someone has access from several places, the highest role is returned, and its own share before an inherited one.
    """
    owner_kind = ShareKind(entry.owner.kind.value)
    owner = _name(work, owner_kind, entry.owner.id)
    owning = Access(owner_kind, entry.owner.id, owner, AccessRole.ADMINISTRATOR, None, None)
    above = {each.id: each for each in find_entries(host, work, entry.path)} if entry.path else {}
    ranked = sorted(
        rights.shares_of(host, work, entry),
        key=lambda share: (-share.role, share.entry_id != entry.id, entry.line.index(share.entry_id)),
    )
    subjects = {(owner_kind, entry.owner.id)}
    listed = []
    for share in ranked:
        subject = (share.kind, share.subject_id)
        if subject in subjects:
            continue
        subjects.add(subject)
        name = _name(work, share.kind, share.subject_id)
        listed.append(Access(share.kind, share.subject_id, name, share.role, share, above.get(share.entry_id)))
    listed.sort(key=lambda access: (access.inherited_from is None, access.kind.value, access.name))
    return [owning, *listed]


def shared_with_me(
    host: Host, work: Work, readable: Sequence[FunctionMailbox] | None = None
) -> list[tuple[Entry, AccessRole]]:
    """Return the entries shared with the actor, or with a function mailbox that the actor is a member of, by name.

    Those that the actor owns, or that are within another entry shared with the actor, are left out.

    Args:
        host: The plugin's host.
        work: The unit of work.
        readable: The actor's mailboxes, if already known.
    """
    mailboxes = [mailbox.id for mailbox in (readable_mailboxes(work) if readable is None else readable)]
    subjects = [(ShareKind.PERSON.value, work.actor.user_id), *((ShareKind.MAILBOX.value, each) for each in mailboxes)]
    query = select(shares.c.entry_id).where(
        shares.c.organisation_id == work.organisation_id,
        tuple_(shares.c.kind, shares.c.subject_id).in_(subjects),
        rights.IN_FORCE,
    )
    shared = load(host, work, entries_query(work, entries.c.id.in_(query), entries.c.binned_at.is_(None)))
    owner_ids = {work.actor.user_id, *mailboxes}
    ids = {entry.id for entry in shared}
    tops = [entry for entry in shared if entry.owner.id not in owner_ids and not ids & set(entry.path)]
    roles = (
        (entry, rights.role_in(host, work, entry)) for entry in sorted(tops, key=lambda each: each.name.casefold())
    )
    return [(entry, role) for entry, role in roles if role is not None]


def my_owners(work: Work, readable: Sequence[FunctionMailbox] | None = None) -> list[Owner]:
    """Return the owners of the actor's own trees: the actor, and the actor's function mailboxes."""
    user_id = work.actor.user_id
    known_boxes = readable_mailboxes(work) if readable is None else readable
    boxes = (mailbox for mailbox in known_boxes if mailbox.owner_id is None)
    person = [Owner(OwnerKind.PERSON, user_id)] if user_id else []
    return [*person, *(Owner(OwnerKind.MAILBOX, mailbox.id) for mailbox in boxes)]


def drop_ended(host: Host, work: Work) -> int:
    """Delete the shares that have ended; return how many."""
    statement = delete(shares).where(shares.c.organisation_id == work.organisation_id, shares.c.until <= func.now())
    with host.tables(work) as connection:
        ended = connection.execute(statement.returning(shares.c.entry_id, shares.c.subject_id)).all()
    for row in ended:
        record(work, "files.share-ended", row.entry_id, subject=str(row.subject_id))
    return len(ended)


def subject_name(work: Work, subject: Subject) -> str:
    """Return the name of a person or a mailbox; empty if it no longer exists."""
    return _name(work, subject.kind, subject.id)


def _check(work: Work, entry: Entry, subjects: Sequence[Subject], until: datetime | None) -> None:
    if not subjects:
        raise Invalid("Det gick inte att dela.", fields={"who": "Välj vem du vill dela med."})
    for subject in subjects:
        if not _is_known(work, subject):
            raise Invalid("Det gick inte att dela.", fields={"who": "Personen eller brevlådan finns inte."})
        if subject.id == entry.owner.id:
            raise Invalid("Det gick inte att dela.", fields={"who": "Den som äger katalogen har redan full åtkomst."})
    _check_end(until)


def _check_end(until: datetime | None) -> None:
    if until is not None and until <= datetime.now(UTC):
        raise Invalid("Det gick inte att dela.", fields={"until": "Välj en dag som inte har passerat."})


def _is_known(work: Work, subject: Subject) -> bool:
    name = _name(work, subject.kind, subject.id)
    if subject.kind is not ShareKind.MAILBOX or not name:
        return bool(name) and subject.kind is ShareKind.PERSON
    # Nothing is shared with a personal inbox: its owner's stand-ins would read it.
    return any(mailbox.id == subject.id for mailbox in search_mailboxes(work, name, limit=100))


def _name(work: Work, kind: ShareKind, subject_id: UUID) -> str:
    """Return the name of a person or a mailbox; empty for a guest, or if it no longer exists."""
    if kind is ShareKind.MAILBOX:
        address = mailbox_addresses(work, "files", [subject_id]).get(subject_id)
        return address.name if address else ""
    try:
        return find_user(work, subject_id).name if kind is ShareKind.PERSON else ""
    except NotFound:
        return ""
