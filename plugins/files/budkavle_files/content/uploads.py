"""Uploads: their sender and target. Space is reserved at the beginning, and freed if the upload is not completed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select

from budkavle import ActorScope, Host, Invalid, NotFound, TooLarge, Work
from budkavle.accounts import require_loa
from budkavle.cases import OwnedFile, OwnedUploads, Upload
from budkavle.storage import note_refusal
from budkavle_files.tables import uploads, versions
from budkavle_files.tree import names, rights
from budkavle_files.tree.entries import NewEntry, add_entry, create_catalogue, find_named
from budkavle_files.tree.quota import lock_room, require_room
from budkavle_files.tree.store import lock
from budkavle_files.tree.things import AccessRole, Entry, EntryKind
from budkavle_files.tree.versions import FILES, NewVersion, add_version, fill_empty

UPLOADS: Final = OwnedUploads("files", scanned=True)
MOST_BYTES: Final = 5 << 30
MOST_FOLDERS: Final = 32
KEPT: Final = timedelta(hours=24)
"""How long an upload without new bytes is kept."""
BATCH: Final = 500
_GONE: Final = "Uppladdningen finns inte kvar. Börja om med filen."
_TOO_LARGE: Final = "{name} är större än 5 GB, som är det mesta en fil får vara. Dela upp den."


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file to be uploaded.

    Attributes:
        target_id: The catalogue to put it in, or the file that it is a new version of.
        name: The file's name.
        size: How many bytes it will have.
        media_type: Its claimed media type.
        folders: Its folders below the catalogue; missing ones are created.
        fingerprint: Identifies it for its sender; a hash of what the sender knows of the file.
    """

    target_id: UUID
    name: str
    size: int
    media_type: str = "application/octet-stream"
    folders: Sequence[str] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class OwnUpload:
    """A sender's unfinished upload."""

    id: UUID
    name: str
    received: int
    size: int


@dataclass(frozen=True, slots=True)
class Place:
    """The destination of a file.

    Attributes:
        target: The chosen catalogue or file.
        new: The file.
        parent_id: The catalogue that it will be in.
    """

    target: Entry
    new: NewUpload
    parent_id: UUID | None


def begin(host: Host, work: Work, new: NewUpload, sender_id: UUID) -> Upload:
    """Create an upload, and reserve space for it.

    Args:
        host: The plugin's host.
        work: Its actor is at least an author of the target.
        new: The file.
        sender_id: The upload's owner: the account, or the share of a guest.

    Raises:
        NotFound: The target is out of the actor's reach.
        Forbidden: The actor may only read there.
        StepUp: The target requires a higher level than the actor's session has.
        TooLarge: It is larger than 5 GB.
        Conflict: There is not enough space.
        Invalid: The name is not valid.
    """
    target = require_target(host, work, new.target_id)
    name = names.checked(new.name)
    if new.size > MOST_BYTES:
        raise TooLarge(_TOO_LARGE, name=name)
    parent_id = _folder(host, work, target, new.folders).id if target.is_catalogue else target.parent_id
    lock_room(host, work)
    require_room(host, work, target.owner, new.size)
    upload = UPLOADS.begin(work, new.target_id, name, new.media_type, new.size)
    reserve(host, work, upload.id, sender_id, Place(target, new, parent_id))
    return upload


def reserve(host: Host, work: Work, file_id: UUID, sender_id: UUID, place: Place) -> None:
    """Store the destination of bytes for when they are complete; until then their size counts as used."""
    target = place.target
    row = {
        "organisation_id": work.organisation_id,
        "id": file_id,
        "parent_id": place.parent_id,
        "entry_id": None if target.is_catalogue else target.id,
        "owner_kind": target.owner.kind.value,
        "owner_id": target.owner.id,
        "user_id": sender_id,
        "size": place.new.size,
        "fingerprint": _hash(work, place.new.fingerprint),
        "begun_at": func.now(),
    }
    with host.tables(work) as connection:
        connection.execute(insert(uploads).values(row))


def require_target(host: Host, work: Work, target_id: UUID) -> Entry:
    """Return the catalogue or the file to which the actor may add bytes; it raises as `begin`."""
    target = rights.require(host, work, target_id, AccessRole.AUTHOR)
    require_loa(work.actor, target.level)
    if target.kind is EntryKind.NOTE:
        raise Invalid("En anteckning ändras under Innehåll.")
    return target


def finish(host: Host, work: Work, file: OwnedFile) -> Entry | None:
    """Put a complete file in its place; return the new entry, None for a new version.

    Raises:
        NotFound: The upload was removed, or its catalogue is now out of the actor's reach.
    """
    with host.tables(work) as connection:
        statement = delete(uploads).where(uploads.c.organisation_id == work.organisation_id, uploads.c.id == file.id)
        row = connection.execute(statement.returning(uploads)).one_or_none()
    if row is None:
        raise NotFound(_GONE)
    version = NewVersion(file.id, file.size, file.content_type)
    if row.entry_id is not None:
        entry = rights.require(host, work, row.entry_id, AccessRole.AUTHOR)
        if not fill_empty(host, work, entry, version):
            add_version(host, work, entry.id, version)
        return None
    return add_entry(host, work, row.parent_id, NewEntry(EntryKind.FILE, file.name, version, rename=True))


def find(host: Host, work: Work, sender_id: UUID, upload_id: UUID) -> Upload:
    """Return a sender's upload.

    Raises:
        NotFound: There is none, it is complete, or it belongs to another sender, which is recorded.
    """
    query = select(uploads.c.id).where(*_mine(work, sender_id), uploads.c.id == upload_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise _none(host, work, upload_id)
    return UPLOADS.find(work, upload_id)


def list_own(
    host: Host, work: Work, sender_id: UUID, target_id: UUID | None = None, fingerprint: str = ""
) -> list[OwnUpload]:
    """Return a sender's unfinished uploads, to a target or with a fingerprint."""
    query = select(uploads.c.id).where(*_mine(work, sender_id))
    if fingerprint:
        query = query.where(uploads.c.fingerprint == _hash(work, fingerprint))
    with host.tables(work) as connection:
        ids = connection.execute(query.order_by(uploads.c.begun_at).limit(100)).scalars().all()
    listed = UPLOADS.list(work, ids)
    return [
        OwnUpload(upload.id, upload.name, upload.received, upload.size)
        for upload in listed
        if target_id in {None, upload.owner_id}
    ]


def give_up(host: Host, work: Work, sender_id: UUID, upload_id: UUID) -> None:
    """Remove a sender's upload, and free its space.

    Raises:
        NotFound: There is none, or it belongs to another sender, which is recorded.
    """
    with host.tables(work) as connection:
        statement = delete(uploads).where(*_mine(work, sender_id), uploads.c.id == upload_id)
        is_removed = connection.execute(statement).rowcount > 0
    if not is_removed:
        raise _none(host, work, upload_id)
    FILES.destroy(work, upload_id)


def _none(host: Host, work: Work, upload_id: UUID) -> NotFound:
    """Return the answer for an upload that the sender does not have; that it is another's is recorded.

    An upload that nobody has is no attempt: a program whose answer got lost asks once more after the last byte.
    """
    query = select(uploads.c.id).where(uploads.c.organisation_id == work.organisation_id, uploads.c.id == upload_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is not None:
        note_refusal(work, "files", upload_id, is_there=True)
    return NotFound(_GONE)


def sweep(host: Host) -> int:
    """Remove the uploads without new bytes for a day; a job. Return how many."""

    def sweep_in(organisation_id: UUID) -> int:
        with host.work(host.system(organisation_id, ActorScope.WRITE)) as work:
            return _sweep(host, work)

    return host.platform.in_each_organisation(sweep_in)


def sweep_forgotten(host: Host) -> int:
    """Destroy encrypted files that no entry refers to, because their process was killed too early; a job.

    Return how many. Files of a form are added to the tree at once, so a day is long enough.
    """
    return host.platform.in_each_organisation(partial(_sweep_forgotten, host))


def _sweep_forgotten(host: Host, organisation_id: UUID) -> int:
    count, after = 0, None
    while True:
        with host.work(host.system(organisation_id, ActorScope.WRITE)) as work:
            batch = FILES.list_kept_before(work, KEPT, after, BATCH)
            forgotten = _forgotten(host, work, batch)
            FILES.destroy(work, *forgotten)
        count += len(forgotten)
        if len(batch) < BATCH:
            return count
        after = batch[-1]


def _forgotten(host: Host, work: Work, file_ids: Sequence[UUID]) -> list[UUID]:
    query = select(versions.c.file_id).where(
        versions.c.organisation_id == work.organisation_id, versions.c.file_id.in_(file_ids)
    )
    unfinished = select(uploads.c.id).where(
        uploads.c.organisation_id == work.organisation_id, uploads.c.id.in_(file_ids)
    )
    with host.tables(work) as connection:
        used = {*connection.execute(query).scalars(), *connection.execute(unfinished).scalars()}
    return [file_id for file_id in file_ids if file_id not in used]


def _sweep(host: Host, work: Work) -> int:
    query = select(uploads.c.id).where(
        uploads.c.organisation_id == work.organisation_id, uploads.c.begun_at < func.now() - KEPT
    )
    with host.tables(work) as connection:
        ids = set(connection.execute(query).scalars())
    if not ids:
        return 0
    unfinished = {upload.id for upload in UPLOADS.list(work, list(ids))}
    stale = {upload.id for upload in UPLOADS.unfinished_since(work, KEPT)}
    abandoned = [upload_id for upload_id in ids if upload_id not in unfinished or upload_id in stale]
    with host.tables(work) as connection:
        connection.execute(
            delete(uploads).where(uploads.c.organisation_id == work.organisation_id, uploads.c.id.in_(abandoned))
        )
    FILES.destroy(work, *abandoned)
    return len(abandoned)


def _folder(host: Host, work: Work, catalogue: Entry, folders: Sequence[str]) -> Entry:
    if len(folders) > MOST_FOLDERS:
        raise Invalid("Mapparna ligger för djupt i varandra.")
    for folder in folders:
        with host.tables(work) as connection:  # a folder's files arrive concurrently, and each would create it
            lock(connection, work, catalogue.id)
        existing = find_named(host, work, catalogue, folder)
        if existing is not None and not existing.is_catalogue:
            raise Invalid("Det finns redan en fil som heter som en av mapparna.")
        catalogue = existing or create_catalogue(host, work, folder, catalogue.id)
    return catalogue


def _hash(work: Work, fingerprint: str) -> int | None:
    return work.vault.word_hashes(work.organisation_id, [f"upload/{fingerprint}"])[0] if fingerprint else None


def _mine(work: Work, sender_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return uploads.c.organisation_id == work.organisation_id, uploads.c.user_id == sender_id
