"""Moving and copying entries, and who has access to them afterwards."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle import Conflict, Host, Invalid, Work, record
from budkavle_files.tables import entries
from budkavle_files.tree import names, rights
from budkavle_files.tree.entries import NewEntry, add_entry, by, create_catalogue, free_name, require_to_change
from budkavle_files.tree.quota import require_room
from budkavle_files.tree.retention_rules import count_anew
from budkavle_files.tree.search_words import copy_text, index_name
from budkavle_files.tree.sharing import Access, list_access
from budkavle_files.tree.store import entries_query, lies_in, load, lock
from budkavle_files.tree.things import AccessRole, Entry, EntryKind
from budkavle_files.tree.versions import NewVersion, add_version, find_version

MOST_COPIED = 1_000
"""The most entries of one copy, which is made in one transaction."""
INTO_ITSELF = "En katalog kan inte flyttas till sig själv eller till en katalog som ligger i den."
NOT_A_FILE = "Välj en fil."
NOT_A_CATALOGUE = "Välj en katalog att lägga det i."


def move_entry(host: Host, work: Work, entry_id: UUID, target_id: UUID) -> None:
    """Move an entry to another catalogue, with all its content.

    Args:
        host: The plugin's host.
        work: Its actor may change the entry, and is an author of the target.
        entry_id: The entry to move.
        target_id: The catalogue to move it to.

    Raises:
        Invalid: It would be within itself, or the target is not a catalogue.
        NotFound: One of them is out of the actor's reach.
        Forbidden: The actor's role for one of them is too low.
        Conflict: The quota of the target's owner is full.
    """
    entry = require_to_change(host, work, entry_id)
    target = require_target(host, work, entry, target_id)
    if entry.parent_id == target_id:
        return
    if entry.owner != target.owner:
        require_room(host, work, target.owner, _stored_in(host, work, entry))
    with host.tables(work) as connection:
        # One move at a time in each owner's tree; otherwise two concurrent moves could form a cycle.
        for owner_id in sorted({entry.owner.id, target.owner.id}):
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(owner_id), 16))))
        lock(connection, work, target_id, entry_id)
    entry = require_to_change(host, work, entry_id)  # both are read again under the lock
    if entry.parent_id == target_id:
        return
    target = require_target(host, work, entry, target_id)
    relocate(host, work, entry, target)
    record(work, "files.moved", entry_id, to=str(target_id))


def require_target(host: Host, work: Work, entry: Entry, target_id: UUID) -> Entry:
    """Return a catalogue that an entry may be moved or copied to.

    Raises:
        Invalid: It is the entry itself, is within it, or is not a catalogue.
        NotFound: It is out of the actor's reach.
        Forbidden: The actor may only read there.
    """
    target = rights.require(host, work, target_id, AccessRole.AUTHOR)
    if not target.is_catalogue:
        raise Invalid("Det gick inte att flytta.", fields={"target": NOT_A_CATALOGUE})
    if entry.id in target.line:
        raise Invalid("Det gick inte att flytta.", fields={"target": INTO_ITSELF})
    return target


def relocate(host: Host, work: Work, entry: Entry, target: Entry, **values: Any) -> None:
    """Move an entry and all its content to a catalogue whose row is locked; it checks no rights."""
    name = free_name(host, work, target.id, target.owner, entry.name)
    place = names.place_hash(work, target.id, target.owner, name)
    this_entry = (entries.c.organisation_id == work.organisation_id, entries.c.id == entry.id)
    with host.tables(work) as connection:
        rank = names.Ranks(work, connection, target.id, catalogues=entry.is_catalogue).choose(name)
        sealed = connection.execute(select(entries.c.name).where(*this_entry)).scalar_one()
        if name != entry.name:
            sealed = names.seal_again(work, entry.id, sealed, name)
        owner = {"owner_kind": target.owner.kind.value, "owner_id": target.owner.id}
        columns = {"parent_id": target.id, "path": list(target.line), "name": sealed, "name_hash": place, "rank": rank}
        connection.execute(update(entries).where(*this_entry).values(**columns, **owner, **by(work), **values))
        below = (entries.c.organisation_id == work.organisation_id, lies_in(entry))
        path_below = entries.c.path[len(entry.path) + 1 : func.cardinality(entries.c.path)]
        path = func.array_cat(literal(list(target.line), ARRAY(Uuid)), path_below)
        connection.execute(update(entries).where(*below).values(path=path, **owner))
    count_anew(host, work, entry, target)
    if name != entry.name:
        index_name(host, work, entry.id, name)


def copy_entry(host: Host, work: Work, entry_id: UUID, target_id: UUID) -> Entry:
    """Copy an entry to a catalogue with all its content: the latest versions, which share their bytes with the copies.

    Args:
        host: The plugin's host.
        work: Its actor may read the entry, and is an author of the target.
        entry_id: The entry to copy.
        target_id: The catalogue to copy it to.

    Raises:
        Invalid: It would be within itself, or the target is not a catalogue.
        NotFound: One of them is out of the actor's reach.
        Forbidden: The actor may only read in the target.
        Conflict: There are too many entries, or the quota of the target's owner is full.
    """
    entry = rights.require(host, work, entry_id, AccessRole.READER)
    target = require_target(host, work, entry, target_id)
    below = list_below(host, work, entry)
    if len(below) > MOST_COPIED:
        raise Conflict("En kopia får ha högst {most} filer och anteckningar. Kopiera i flera steg.", most=MOST_COPIED)
    copies = {entry.id: _copy(host, work, entry, target)}
    for each in below:
        if each.parent_id is not None and each.parent_id in copies:
            copies[each.id] = _copy(host, work, each, copies[each.parent_id])
    record(work, "files.copied", entry_id, copy=str(copies[entry.id].id))
    return copies[entry.id]


def overwrite_entry(host: Host, work: Work, source_id: UUID, target_id: UUID) -> None:
    """Make the latest version of a file a new version of another one; both then share its bytes.

    The other file keeps its name, versions and shares, and gets at least the copied file's level and secrecy mark.

    Raises:
        Invalid: One of them is not a file.
        NotFound: One of them is out of the actor's reach.
        Forbidden: The actor may only read the other one.
        Conflict: The quota of its owner is full.
    """
    source = rights.require(host, work, source_id, AccessRole.READER)
    target = rights.require(host, work, target_id, AccessRole.AUTHOR)
    if not source.kind is target.kind is EntryKind.FILE:
        raise Invalid("Det gick inte att kopiera.", fields={"target": NOT_A_FILE})
    latest = find_version(host, work, source)
    require_room(host, work, target.owner, latest.size)
    add_version(host, work, target.id, NewVersion(latest.file_id, latest.size, latest.media_type))
    loa, confidential = max(source.level, target.loa), source.confidential or target.confidential
    if (loa, confidential) != (target.loa, target.confidential):
        _keep_marks(host, work, target.id, {"loa": loa, "confidential": confidential})


def list_below(host: Host, work: Work, entry: Entry) -> list[Entry]:
    """Return the content of a catalogue that is not in the bin, each entry after its catalogue."""
    below = (lies_in(entry), entries.c.binned_at.is_(None))
    return load(host, work, entries_query(work, *below).order_by(func.cardinality(entries.c.path), entries.c.id))


def changes_of_access(host: Host, work: Work, entry: Entry, target: Entry) -> tuple[list[Access], list[Access]]:
    """Return who gains access to an entry by a move, and who loses it.

    Shares of the entry itself follow it.
    """
    now = list_access(host, work, entry)
    own_shares = {
        (access.kind, access.subject_id) for access in now if access.share and access.share.entry_id == entry.id
    }
    then = list_access(host, work, target)
    before = {(access.kind, access.subject_id) for access in now}
    after = {(access.kind, access.subject_id) for access in then} | own_shares
    gained = [access for access in then if (access.kind, access.subject_id) not in before]
    lost = [access for access in now if (access.kind, access.subject_id) not in after]
    return gained, lost


def _copy(host: Host, work: Work, entry: Entry, target: Entry) -> Entry:
    with host.tables(work) as connection:
        lock(connection, work, target.id)
    name = free_name(host, work, target.id, target.owner, entry.name)
    if entry.kind is EntryKind.CATALOGUE:
        copy = create_catalogue(host, work, name, target.id)
    else:
        latest = find_version(host, work, entry)
        new = NewVersion(latest.file_id, latest.size, latest.media_type)
        copy = add_entry(host, work, target.id, NewEntry(entry.kind, name, new))
        copy_text(host, work, entry.id, copy.id)
    if entry.level or entry.confidential:
        # A copy requires no less than its original.
        _keep_marks(host, work, copy.id, {"loa": entry.level, "confidential": entry.confidential})
    return copy


def _keep_marks(host: Host, work: Work, entry_id: UUID, marks: dict[str, Any]) -> None:
    mine = (entries.c.organisation_id == work.organisation_id, entries.c.id == entry_id)
    with host.tables(work) as connection:
        connection.execute(update(entries).where(*mine).values(**marks))


def _stored_in(host: Host, work: Work, entry: Entry) -> int:
    inside: ColumnElement[bool] = (entries.c.id == entry.id) | lies_in(entry)
    query = select(func.coalesce(func.sum(entries.c.stored), 0)).where(
        entries.c.organisation_id == work.organisation_id, inside
    )
    with host.tables(work) as connection:
        return int(connection.execute(query).scalar_one())
