"""Versions of files and notes. Their encrypted bytes are in `FILES`; versions of several entries may share bytes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update

from budkavle import Host, NotFound, Work, record
from budkavle.cases import OwnedFiles
from budkavle.operations import counting_moment
from budkavle_files.tables import entries, versions
from budkavle_files.tree import rights
from budkavle_files.tree.store import find_entry, lock
from budkavle_files.tree.things import AccessRole, Entry, EntryKind, Version

FILES = OwnedFiles("files", limit=5 << 30, scanned=True)
"""The encrypted bytes of versions, 5 GiB at most; they are scanned for malware before anybody opens them."""
AT_ONCE = timedelta(minutes=10)
"""How soon a file's bytes must follow after it was created empty."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """The bytes of a version to be added.

    Attributes:
        file_id: The encrypted bytes, in `FILES`.
        size: How many plain bytes they are.
        media_type: Their media type.
        restored_from: The number of the version that it restores.
    """

    file_id: UUID
    size: int
    media_type: str
    restored_from: int | None = None


def add_version(host: Host, work: Work, entry_id: UUID, new: NewVersion) -> Version:
    """Add a version to a file or a note; its actor is at least an author.

    Args:
        host: The plugin's host.
        work: The unit of work.
        entry_id: The file or note.
        new: The bytes, which are in `FILES`.

    Raises:
        NotFound: There is no such entry, or it is a catalogue.
        Forbidden: The actor may only read it.
    """
    entry = rights.require(host, work, entry_id, AccessRole.AUTHOR)
    if entry.kind is EntryKind.CATALOGUE:
        raise NotFound("En katalog har inga versioner.")
    version = store_version(host, work, entry_id, new)
    kind = "files.version-restored" if new.restored_from else "files.version-added"
    record(work, kind, entry_id, number=version.number)
    return version


def store_version(host: Host, work: Work, entry_id: UUID, new: NewVersion) -> Version:
    """Do as `add_version`, for a caller that has checked the actor's rights; it writes nothing in the event log."""
    this_entry = (entries.c.organisation_id == work.organisation_id, entries.c.id == entry_id)
    kept_from = counting_moment(work)
    with host.tables(work) as connection:
        lock(connection, work, entry_id)
        changed = (
            update(entries)
            .where(*this_entry)
            .values(
                version=entries.c.version + 1,
                size=new.size,
                stored=entries.c.stored + new.size,
                media_type=new.media_type,
                changed_at=func.now(),
                changed_by_id=work.actor.user_id,
                changed_by=work.actor.name,
                kept_from=kept_from,
            )
        )
        number = connection.execute(changed.returning(entries.c.version)).scalar_one()
        row = connection.execute(
            insert(versions)
            .values(
                organisation_id=work.organisation_id,
                entry_id=entry_id,
                number=number,
                size=new.size,
                media_type=new.media_type,
                file_id=new.file_id,
                author_id=work.actor.user_id,
                author=work.actor.name,
                created_at=func.now(),
                restored_from=new.restored_from,
            )
            .returning(versions)
        ).one()
    return _version(row)


def fill_empty(host: Host, work: Work, entry: Entry, new: NewVersion) -> bool:
    """Replace the empty content of a file that its own author has just created.

    Windows creates an empty file before it sends the bytes, and so does a client that locks a name. The empty content
    is not a version of its own.

    Returns:
        Whether it was such a file; otherwise nothing is changed.
    """
    recent = versions.c.created_at > func.now() - AT_ONCE
    of_entry = (versions.c.organisation_id == work.organisation_id, versions.c.entry_id == entry.id)
    query = select(recent & (versions.c.author_id == work.actor.user_id)).where(*of_entry, versions.c.number == 1)
    if entry.version != 1 or entry.size:
        return False
    with host.tables(work) as connection:
        lock(connection, work, entry.id)
        is_own = connection.execute(query).scalar_one()
    if is_own:
        rewrite_latest(host, work, entry, new, work.actor.name)
    return bool(is_own)


def rewrite_latest(host: Host, work: Work, entry: Entry, new: NewVersion, author: str) -> Version:
    """Replace the bytes of the latest version, whose row is locked; it checks no rights.

    Args:
        host: The plugin's host.
        work: Its actor writes.
        entry: The file or note.
        new: The bytes.
        author: The version's present author or authors.
    """
    latest = find_version(host, work, entry)
    of_entry = (versions.c.organisation_id == work.organisation_id, versions.c.entry_id == entry.id)
    values = {"file_id": new.file_id, "size": new.size, "media_type": new.media_type, "author": author}
    kept_from = counting_moment(work)
    with host.tables(work) as connection:
        connection.execute(update(versions).where(*of_entry, versions.c.number == latest.number).values(values))
        connection.execute(
            update(entries)
            .where(entries.c.organisation_id == work.organisation_id, entries.c.id == entry.id)
            .values(
                size=new.size,
                stored=entries.c.stored + new.size - latest.size,
                media_type=new.media_type,
                changed_at=func.now(),
                changed_by_id=work.actor.user_id,
                changed_by=work.actor.name,
                kept_from=kept_from,
            )
        )
    release(host, work, [latest.file_id])
    return find_version(host, work, entry, latest.number)


def list_versions(host: Host, work: Work, entry: Entry) -> list[Version]:
    """Return the versions of an entry that the actor may read, the latest first."""
    query = select(versions).where(versions.c.organisation_id == work.organisation_id, versions.c.entry_id == entry.id)
    with host.tables(work) as connection:
        return [_version(row) for row in connection.execute(query.order_by(versions.c.number.desc()))]


def find_version(host: Host, work: Work, entry: Entry, number: int | None = None) -> Version:
    """Return a version of an entry that the actor may read; the latest without a number.

    Raises:
        NotFound: There is no such version.
    """
    query = select(versions).where(
        versions.c.organisation_id == work.organisation_id,
        versions.c.entry_id == entry.id,
        versions.c.number == (entry.version if number is None else number),
    )
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("Versionen finns inte.")
    return _version(row)


def restore_version(host: Host, work: Work, entry_id: UUID, number: int) -> Version:
    """Restore a version as the latest; nothing is lost, and the bytes are the same.

    Raises:
        NotFound: There is no such entry or version.
        Forbidden: The actor may only read it.
    """
    old = find_version(host, work, find_entry(host, work, entry_id), number)
    return add_version(host, work, entry_id, NewVersion(old.file_id, old.size, old.media_type, number))


def release(host: Host, work: Work, file_ids: Collection[UUID]) -> None:
    """Destroy those of some bytes that no version uses any more; call it after versions have been deleted."""
    query = select(versions.c.file_id).where(
        versions.c.organisation_id == work.organisation_id, versions.c.file_id.in_(list(file_ids))
    )
    with host.tables(work) as connection:
        used = set(connection.execute(query).scalars())
    FILES.destroy(work, *(file_id for file_id in file_ids if file_id not in used))


def delete_versions(host: Host, work: Work, entry_ids: Collection[UUID]) -> None:
    """Delete all versions of entries that are being destroyed, and the bytes that nothing else uses."""
    statement = delete(versions).where(
        versions.c.organisation_id == work.organisation_id, versions.c.entry_id.in_(list(entry_ids))
    )
    with host.tables(work) as connection:
        file_ids = set(connection.execute(statement.returning(versions.c.file_id)).scalars())
    release(host, work, file_ids)


def destroy_entries(host: Host, work: Work, entry_ids: Collection[UUID]) -> None:
    """Destroy entries for good: names, keys, versions and bytes. The caller has checked that nobody holds them back."""
    if not entry_ids:
        return
    delete_versions(host, work, entry_ids)
    with host.tables(work) as connection:
        destroyed = (entries.c.organisation_id == work.organisation_id, entries.c.id.in_(list(entry_ids)))
        connection.execute(delete(entries).where(*destroyed))
    work.vault.destroy(work.connection, work.organisation_id, *entry_ids)


def _version(row: "Row[Any]") -> Version:
    return Version(
        entry_id=row.entry_id,
        number=row.number,
        size=row.size,
        media_type=row.media_type,
        file_id=row.file_id,
        author=row.author,
        created_at=row.created_at,
        restored_from=row.restored_from,
    )
