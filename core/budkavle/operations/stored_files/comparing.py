"""Comparing files with rows: missing files, files that differ from what was stored, and unreferenced files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.permissions import require_platform
from budkavle.cases.owned import pieces
from budkavle.model.errors import Conflict
from budkavle.model.people import INSTALLATION, Actor
from budkavle.model.states import ApprovalState
from budkavle.operations.stored_files.references import EXPORT, PIECE, Reference, list_references, names_being_written
from budkavle.organisation.register import record_in_installation
from budkavle.storage.blobs.faults import MissingFile
from budkavle.storage.blobs.format import sealed_size
from budkavle.storage.keys import Damaged
from budkavle.storage.outside import quarantine
from budkavle.storage.platform import Platform
from budkavle.storage.tables import removals
from budkavle.storage.vault import part_aad

DELETED_AT_ONCE = 100
_IN_QUARANTINE = (
    "Installationen är i karantän, och det som ser överflödigt ut kan behövas om du återställer till en senare tid."
    " Avsluta karantänen först."
)


@dataclass(slots=True)
class Comparison:
    """Rows and files of one organisation.

    Attributes:
        files: How many files it has in the store.
        bytes: Their size there.
        missing: Rows whose file is missing.
        damaged: Rows whose file has another size than it was stored with, or does not open.
        extra: Names of files that no row refers to and that are not being written.
        extra_bytes: Their size.
    """

    organisation_id: UUID
    files: int = 0
    bytes: int = 0
    missing: list[Reference] = field(default_factory=list)
    damaged: list[Reference] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    extra_bytes: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every row has its file; files without a row are not a fault."""
        return not (self.missing or self.damaged)


def compare(
    platform: Platform,
    actor: Actor,
    organisation_id: UUID,
    *,
    read: bool = False,
    after: str = "",
    tell: Callable[[str], object] = str,
) -> Comparison:
    """Compare the rows of an organisation with the files of the store.

    Files stored or destroyed meanwhile may be reported as extra or missing: compare once more.

    Args:
        platform: The installation.
        actor: Who asks.
        organisation_id: The organisation.
        read: Whether to read each file completely and open it with its key; this takes as long as fetching all files.
        after: With `read`, only files with a later name are read: use it to continue an interrupted run.
        tell: Called with the name of each file that has been read.

    Raises:
        Forbidden: The actor does not administer the installation.
        Unavailable: The store or the database does not answer.
    """
    require_platform(actor)
    references = list_references(platform, organisation_id)
    stored = {file.name: file.size for file in platform.blobs.all_files(str(organisation_id))}
    result = Comparison(organisation_id, len(stored), sum(stored.values()))
    for reference in references:
        size = stored.get(reference.name)
        if size is None:
            result.missing.append(reference)
        elif reference.size is not None and size != sealed_size(reference.size):
            result.damaged.append(reference)
        elif read and reference.name > after:
            if not _opens(platform, organisation_id, reference):
                result.damaged.append(reference)
            tell(reference.name)
    writing = names_being_written(platform, organisation_id)
    result.extra = sorted(stored.keys() - {reference.name for reference in references} - writing)
    result.extra_bytes = sum(stored[name] for name in result.extra)
    return result


def sweep(platform: Platform, actor: Actor, before: datetime, *, dry_run: bool = False) -> tuple[int, int]:
    """Delete files that no row refers to, left by a killed process or a rolled-back transaction.

    Files of organisations that do not work here are left alone: another installation may share the store.

    Args:
        platform: The installation.
        actor: Who sweeps, for the installation's log.
        before: Only files older than this: younger ones may still get a row.
        dry_run: Whether to count them only.

    Returns:
        How many files, and their size in the store.

    Raises:
        Forbidden: The actor does not administer the installation.
        Conflict: The installation is in quarantine.
        Unavailable: The store or the database does not answer; files deleted by then are gone.
    """
    require_platform(actor)
    if quarantine.find(platform.database) is not None:
        raise Conflict(_IN_QUARANTINE)
    number = size = 0
    ours = _ours(platform)
    for folder in platform.blobs.folders():
        if folder not in ours:
            continue
        names, of_folder = _unreferenced(platform, UUID(folder), before)
        number, size = number + len(names), size + of_folder
        for start in range(0, 0 if dry_run else len(names), DELETED_AT_ONCE):
            platform.blobs.delete(*names[start : start + DELETED_AT_ONCE])
    if number and not dry_run:
        record_in_installation(platform, actor, "files.swept", INSTALLATION, count=str(number))
    return number, size


def _ours(platform: Platform) -> set[str]:
    """Return the folders of organisations that work here, or were removed here: other folders may not be ours."""
    with platform.database.transaction(None) as connection:
        done = select(removals.c.subject_id).where(removals.c.state == ApprovalState.DONE.value)
        removed = connection.execute(done).scalars().all()
    return {str(organisation_id) for organisation_id in (*(row.id for row in platform.organisations()), *removed)}


def _unreferenced(platform: Platform, organisation_id: UUID, before: datetime) -> tuple[Sequence[str], int]:
    """Return an organisation's old unreferenced files, and their size; rows are read after the files were listed."""
    files = platform.blobs.all_files(str(organisation_id))
    old = {file.name: file.size for file in files if file.modified < before}
    names = {reference.name for reference in list_references(platform, organisation_id)}
    left = sorted(old.keys() - names - names_being_written(platform, organisation_id))
    return left, sum(old[name] for name in left)


def _opens(platform: Platform, organisation_id: UUID, reference: Reference) -> bool:
    """Read a file completely and tell whether it is intact; an export, whose key is elsewhere, counts as intact."""
    if reference.part == EXPORT:
        return True
    part = pieces.PART if reference.part == PIECE else reference.part
    with platform.database.transaction(organisation_id) as connection:
        (key,) = platform.vault.content_keys(connection, organisation_id, [(reference.owner_id, part)])
    if key is None:
        return True  # destroyed meanwhile
    aad = part_aad(organisation_id, reference.owner_id, part)
    if reference.place is not None:
        start, whole = reference.place
        keys = pieces.PieceKeys(organisation_id, reference.owner_id, key, whole)
        key, aad = keys.key_of(start), keys.aad_of(start)
    try:
        for _ in platform.blobs.read(reference.name, key, aad):
            pass
    except (Damaged, MissingFile):
        return False
    return True
