"""The bin: deleted entries are kept in it for some days, can be restored, and are then destroyed."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update

from budkavle import Conflict, Host, NotFound, Work, record
from budkavle.accounts import read_settings
from budkavle.operations import counting_moment
from budkavle_files.retention.holds import held_entries
from budkavle_files.tables import entries
from budkavle_files.tree import names, rights
from budkavle_files.tree.entries import free_name, require_to_change
from budkavle_files.tree.moving import relocate
from budkavle_files.tree.search_words import index_name
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.sharing import my_owners
from budkavle_files.tree.store import entries_query, find_entry, lies_in, load, lock
from budkavle_files.tree.things import GONE, AccessRole, Entry, Owner
from budkavle_files.tree.versions import destroy_entries

_BINNED = entries.c.binned_at.is_not(None)
HELD = "Något av det här sparades från ett ärende som ett gallringsstopp omfattar. Det ligger kvar i papperskorgen."
BATCH = 500
"""Entries that are destroyed in one transaction."""


def bin_entry(host: Host, work: Work, entry_id: UUID) -> Entry:
    """Move an entry to the bin with all its content; its actor may change it.

    Raises:
        NotFound: The entry is out of the actor's reach.
        Forbidden: The actor's role is too low.
    """
    require_to_change(host, work, entry_id)
    with host.tables(work) as connection:
        lock(connection, work, entry_id)
    entry = require_to_change(host, work, entry_id)  # read again under the lock
    inside = or_(entries.c.id == entry_id, lies_in(entry))
    values = {"binned_at": func.now(), "binned_by": work.actor.name, "binned_with": entry_id}
    with host.tables(work) as connection:
        not_binned = (entries.c.organisation_id == work.organisation_id, inside, entries.c.binned_at.is_(None))
        connection.execute(update(entries).where(*not_binned).values(**values))
    record(work, "files.deleted", entry_id, what=entry.kind.value)
    return entry


def list_bin(host: Host, work: Work, offset: int = 0, limit: int = 50) -> tuple[list[Entry], int]:
    """Return the deleted entries that the actor can restore, the latest first, and how many there are."""
    owners = [owner.id for owner in my_owners(work)]
    restorable = (entries.c.owner_id.in_(owners), entries.c.binned_with == entries.c.id)
    count = (
        select(func.count()).select_from(entries).where(entries.c.organisation_id == work.organisation_id, *restorable)
    )
    query = entries_query(work, *restorable).order_by(entries.c.binned_at.desc(), entries.c.id)
    with host.tables(work) as connection:
        total = connection.execute(count).scalar_one()
    return load(host, work, query.offset(offset).limit(limit)), total


def count_bin(host: Host, work: Work, owners: Sequence[Owner]) -> int:
    """Return how many deleted entries of some owners' trees can be restored."""
    restorable = (entries.c.owner_id.in_([owner.id for owner in owners]), entries.c.binned_with == entries.c.id)
    query = (
        select(func.count()).select_from(entries).where(entries.c.organisation_id == work.organisation_id, *restorable)
    )
    with host.tables(work) as connection:
        return int(connection.execute(query).scalar_one())


def require_binned(host: Host, work: Work, entry_id: UUID) -> Entry:
    """Return an entry in the bin that the actor may restore or destroy.

    Raises:
        NotFound: It is not in the bin, or out of the actor's reach.
        Forbidden: The actor's role is too low.
    """
    entry = find_entry(host, work, entry_id)
    role = AccessRole.ADMINISTRATOR if entry.is_catalogue else AccessRole.AUTHOR
    rights.require_role(host, work, entry, role)
    if entry.binned_with != entry.id:
        raise NotFound(GONE)
    return entry


def _hold_binned(host: Host, work: Work, entry_id: UUID) -> Entry:
    """Lock an entry in the bin against restoring and destroying, and return it."""
    require_binned(host, work, entry_id)
    with host.tables(work) as connection:
        lock(connection, work, entry_id)
    return require_binned(host, work, entry_id)


def restore_entry(host: Host, work: Work, entry_id: UUID) -> Entry:
    """Take an entry out of the bin, back to its catalogue; it gets a number if its name is taken.

    Its retention starts again.

    Raises:
        NotFound: It is not in the bin, or out of the actor's reach.
        Forbidden: The actor's role is too low.
        Conflict: Its catalogue is in the bin too, or destroyed.
    """
    entry = _hold_binned(host, work, entry_id)
    values = {"binned_at": None, "binned_by": "", "binned_with": None, "kept_from": counting_moment(work)}
    if entry.parent_id is None:
        _restore_top(host, work, entry)
    else:
        parents = load(host, work, entries_query(work, entries.c.id == entry.parent_id, entries.c.binned_at.is_(None)))
        if not parents:
            raise Conflict("Katalogen där {name} låg finns inte längre. Återställ den först.", name=entry.name)
        with host.tables(work) as connection:
            lock(connection, work, entry.parent_id)
        relocate(host, work, entry, parents[0])
    with host.tables(work) as connection:
        binned_together = (entries.c.organisation_id == work.organisation_id, entries.c.binned_with == entry_id)
        connection.execute(update(entries).where(*binned_together).values(**values))
    record(work, "files.restored", entry_id, what=entry.kind.value)
    return entry


def destroy_entry(host: Host, work: Work, entry_id: UUID) -> None:
    """Destroy an entry in the bin with all its content: names, keys, versions and bytes. It cannot be undone.

    Raises:
        NotFound: It is not in the bin, or out of the actor's reach.
        Forbidden: The actor's role is too low.
        Conflict: Part of it was saved from a case that is held back.
    """
    destroy_binned(host, work, _hold_binned(host, work, entry_id))


def destroy_binned(host: Host, work: Work, entry: Entry) -> int:
    """Destroy an entry in the bin, without checking rights; return how many entries there were.

    Its content is destroyed even if it was deleted earlier on its own. What has been restored meanwhile is kept, and
    nothing can be restored while it is being destroyed.

    Raises:
        Conflict: Part of it was saved from a case that is held back; then nothing is destroyed.
    """
    inside = or_(entries.c.id == entry.id, lies_in(entry))
    query = select(entries.c.id).where(entries.c.organisation_id == work.organisation_id, inside, _BINNED)
    with host.tables(work) as connection:
        ids = list(connection.execute(query.order_by(entries.c.id).with_for_update()).scalars())
    if entry.id not in ids:
        return 0
    if held_entries(host, work, ids):
        raise Conflict(HELD)
    destroy_entries(host, work, ids)
    record(work, "files.destroyed", entry.id, what=entry.kind.value, many=len(ids))
    return len(ids)


def empty_old(host: Host, work: Work) -> int:
    """Destroy what has been in the bin for longer than the organisation's days; return how many entries there were."""
    days = read_settings(work, FileSettings).bin_days
    old = (entries.c.binned_with == entries.c.id, entries.c.binned_at < datetime.now(UTC) - timedelta(days=days))
    batch = load(host, work, entries_query(work, *old).order_by(entries.c.binned_at).limit(BATCH))
    destroyed = 0
    for entry in batch:
        if load(host, work, entries_query(work, entries.c.id == entry.id)):  # not destroyed with a catalogue above it
            with suppress(Conflict):  # held back: tried again the next time
                destroyed += destroy_binned(host, work, entry)
    return destroyed


def _restore_top(host: Host, work: Work, entry: Entry) -> None:
    name = free_name(host, work, None, entry.owner, entry.name)
    if name == entry.name:
        return
    this_entry = (entries.c.organisation_id == work.organisation_id, entries.c.id == entry.id)
    with host.tables(work) as connection:
        sealed = connection.execute(select(entries.c.name).where(*this_entry)).scalar_one()
        resealed = names.seal_again(work, entry.id, sealed, name)
        place = names.place_hash(work, None, entry.owner, name)
        connection.execute(update(entries).where(*this_entry).values(name=resealed, name_hash=place))
    index_name(host, work, entry.id, name)
