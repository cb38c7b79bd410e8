"""The text of notes, stored as the encrypted bytes of their versions."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from budkavle import Host, Invalid, Sentence, Work, record
from budkavle.accounts import require_loa
from budkavle.cases import OwnedFiles
from budkavle_files.notes.merge import Conflict, merge
from budkavle_files.tables import entries, versions
from budkavle_files.tree import rights
from budkavle_files.tree.entries import NewEntry, add_entry
from budkavle_files.tree.guest_names import name_guests
from budkavle_files.tree.search_words import index_text
from budkavle_files.tree.store import lock
from budkavle_files.tree.things import GONE, AccessRole, Entry, EntryKind, Version
from budkavle_files.tree.versions import FILES, NewVersion, find_version, rewrite_latest, store_version

MEDIA_TYPE = "text/markdown"
LONGEST = 100_000
"""The most characters of a note."""
ONE_VERSION = timedelta(minutes=10)
"""A save within this time from a version's start changes that version instead of adding one."""
AT_ONCE = timedelta(seconds=90)
"""Another writer's save this soon after the last one counts as simultaneous."""
_TEXTS = OwnedFiles("files")
"""The store for texts: the same as for all versions, but not scanned for malware, since nothing runs them."""
_TOO_LONG = Sentence("Anteckningen får ha högst {most} tecken. Lägg resten i en ny anteckning.", most=LONGEST)
_FAULT = "Anteckningen kunde inte sparas."


@dataclass(frozen=True, slots=True)
class NoteText:
    """The present text of a note.

    Attributes:
        entry: The note.
        text: Its Markdown.
        mark: Changes with each save, so that a page knows whether it has the latest text.
        version: The number of the version.
    """

    entry: Entry
    text: str
    mark: UUID
    version: int


@dataclass(frozen=True, slots=True)
class SavedNote:
    """The result of saving a note.

    Attributes:
        note: The present text. If there are conflicts, the other writer's.
        merged: Whether another writer had saved meanwhile, so that the text is from both.
        other: That writer's name; empty if there is none.
        conflicts: Lines that both have changed. If there are any, nothing has been saved.
        proposal: The text to merge by hand if there are conflicts: it has both variants.
    """

    note: NoteText
    merged: bool = False
    other: str = ""
    conflicts: tuple[Conflict, ...] = ()
    proposal: str = ""


def require_note(host: Host, work: Work, entry_id: UUID, role: AccessRole = AccessRole.READER) -> Entry:
    """Return a note for which the actor has a role, at the level of assurance that it requires.

    Raises:
        NotFound: There is no such entry within the actor's reach.
        Forbidden: The actor's role is too low.
        Invalid: The entry is not a note.
        StepUp: The level of the actor's session is too low.
    """
    entry = rights.require(host, work, entry_id, role)
    if entry.kind is not EntryKind.NOTE:
        raise Invalid(GONE)
    require_loa(work.actor, entry.level)
    return entry


def create_note(host: Host, work: Work, catalogue_id: UUID, name: str, text: str = "") -> Entry:
    """Add a note to a catalogue; the actor is at least an author of it.

    Raises:
        Invalid: The name is not valid or is taken, or the text is too long.
        NotFound: The catalogue is out of the actor's reach.
        Forbidden: The actor may only read there.
    """
    first = keep_text(work, catalogue_id, text)
    entry = add_entry(host, work, catalogue_id, NewEntry(EntryKind.NOTE, name, first))
    index_text(host, work, entry.id, text)
    return entry


def read_note(host: Host, work: Work, entry: Entry) -> NoteText:
    """Return the text of a note that the actor may read."""
    version = find_version(host, work, entry)
    return NoteText(entry, read_text(work, version), version.file_id, version.number)


def read_text(work: Work, version: Version) -> str:
    """Return the text of a note in one of its versions."""
    return b"".join(FILES.open(work, version.file_id)).decode() if version.size else ""


def keep_text(work: Work, owner_id: UUID, text: str) -> NewVersion:
    """Encrypt a text as the bytes of a version.

    Raises:
        Invalid: It is too long.
    """
    text = text.replace("\r\n", "\n")
    if len(text) > LONGEST:
        raise Invalid(_FAULT, fields={"text": _TOO_LONG})
    plain = text.encode("utf-8", "replace")
    stored = _TEXTS.keep(work, owner_id, "anteckning.md", MEDIA_TYPE, [plain] if plain else [])
    return NewVersion(stored.id, len(plain), MEDIA_TYPE)


def save_note(host: Host, work: Work, entry_id: UUID, base: str, text: str) -> SavedNote:
    """Save what a writer has written, merged with what others have saved since.

    Args:
        host: The plugin's host.
        work: Its actor is at least an author of the note.
        entry_id: The note.
        base: The saved text that the writer started with.
        text: The writer's text.

    Returns:
        The present text. If both have changed the same lines nothing is saved, and the writer merges by hand.

    Raises:
        Invalid: The text is too long.
        NotFound: There is no such note within the actor's reach.
        Forbidden: The actor may only read it.
        StepUp: The level of the actor's session is too low.
    """
    require_note(host, work, entry_id, AccessRole.AUTHOR)
    with host.tables(work) as connection:
        lock(connection, work, entry_id)
    entry = require_note(host, work, entry_id, AccessRole.AUTHOR)
    note = read_note(host, work, entry)
    base, text = (value.replace("\r\n", "\n") for value in (base, text))
    others = note.text not in (base, text)
    other = name_guests(host, work, [entry.changed_by])[entry.changed_by] if others else ""
    both = merge(base, note.text, text) if others else None
    if both is not None and both.conflicts:
        return SavedNote(note, True, other, tuple(both.conflicts), both.text)
    new = both.text if both is not None else text
    if new == note.text:
        return SavedNote(note, others, other)
    version = _store(host, work, entry, new)
    saved = NoteText(entry, new, version.file_id, version.number)
    return SavedNote(saved, others, other)


def _store(host: Host, work: Work, entry: Entry, text: str) -> Version:
    new = keep_text(work, entry.id, text)
    index_text(host, work, entry.id, text)
    if _goes_on(host, work, entry):
        old = find_version(host, work, entry).author
        author = old if work.actor.name in old.split(", ") else f"{old}, {work.actor.name}"
        return rewrite_latest(host, work, entry, new, author)
    version = store_version(host, work, entry.id, new)
    record(work, "files.version-added", entry.id, number=version.number)
    return version


def _goes_on(host: Host, work: Work, entry: Entry) -> bool:
    """Tell whether the save belongs to the latest version: it is its own author's, or simultaneous."""
    is_new = versions.c.created_at > func.now() - ONE_VERSION
    at_once = entries.c.changed_at > func.now() - AT_ONCE
    is_own = (versions.c.author_id == work.actor.user_id) & (entries.c.changed_by_id == work.actor.user_id)
    query = select(is_new & versions.c.restored_from.is_(None) & (at_once | is_own)).where(
        versions.c.organisation_id == work.organisation_id,
        versions.c.entry_id == entry.id,
        versions.c.number == entry.version,
        entries.c.organisation_id == versions.c.organisation_id,
        entries.c.id == versions.c.entry_id,
    )
    with host.tables(work) as connection:
        return bool(connection.execute(query).scalar_one())
