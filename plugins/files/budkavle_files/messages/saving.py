"""Saving attachments of a case in a catalogue: each is copied to a file under its own key, at its message's level."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, insert, literal, update
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle import Attachment, Host, Invalid, Work, record
from budkavle.accounts import require_loa
from budkavle.cases import note_in_case
from budkavle.messaging import CaseView, open_attachment, read_case
from budkavle_files.tables import entries, origins
from budkavle_files.tree.entries import NewEntry, add_entry, list_tops
from budkavle_files.tree.sharing import my_owners, shared_with_me
from budkavle_files.tree.store import entries_query, load
from budkavle_files.tree.things import AccessRole, Entry, EntryKind
from budkavle_files.tree.versions import FILES, NewVersion

MOST_CATALOGUES = 500
"""The most catalogues to choose from."""
_FAULT = "Det gick inte att spara."


@dataclass(frozen=True, slots=True)
class CaseFile:
    """An attachment of a case.

    Attributes:
        loa: The level of assurance that its message requires.
        confidential: Whether its message is marked as covered by secrecy.
    """

    attachment: Attachment
    message_id: UUID
    loa: int
    confidential: bool


def case_files(view: CaseView) -> list[CaseFile]:
    """Return the attachments of a case, in the order of its messages."""
    messages = [threaded.message for threaded in view.thread]
    return [
        CaseFile(attachment, message.id, int(message.loa), message.confidential)
        for message in messages
        for attachment in message.attachments
    ]


def writable_catalogues(host: Host, work: Work) -> list[tuple[Entry, str]]:
    """Return the catalogues that the actor may add to, each with its full path, sorted by it."""
    shared = [entry for entry, role in shared_with_me(host, work) if role >= AccessRole.AUTHOR and entry.is_catalogue]
    tops = [*list_tops(host, work, my_owners(work)), *shared]
    inside = entries.c.path.overlap(literal([top.id for top in tops], ARRAY(Uuid))) if tops else literal(False)
    query = entries_query(work, inside, entries.c.kind == EntryKind.CATALOGUE.value, entries.c.binned_at.is_(None))
    below = load(host, work, query.limit(MOST_CATALOGUES))
    all_of_them = {entry.id: entry for entry in (*tops, *below)}
    with_paths = [(entry, _whole_name(entry, all_of_them)) for entry in all_of_them.values()]
    return sorted(with_paths, key=lambda pair: pair[1].casefold())


def save_case_files(
    host: Host, work: Work, case_id: UUID, attachment_ids: Sequence[UUID], catalogue_id: UUID
) -> list[Entry]:
    """Save attachments of a case as files of a catalogue. A name that exists already gets a number.

    Args:
        host: The plugin's host.
        work: Its actor is a member of the case's mailbox, and at least an author of the catalogue.
        case_id: The case.
        attachment_ids: Attachments of its messages.
        catalogue_id: The catalogue.

    Raises:
        NotFound: The case or the catalogue is out of the actor's reach.
        Forbidden: The actor may only read in the catalogue.
        StepUp: A message requires a higher level of assurance than the actor's session has.
        Invalid: No attachment of the case is chosen.
    """
    chosen_ids = set(attachment_ids)
    chosen = [file for file in case_files(read_case(work, case_id, opens=False)) if file.attachment.id in chosen_ids]
    if not chosen:
        raise Invalid(_FAULT, fields={"file": "Markera minst en bilaga."})
    require_loa(work.actor, max(file.loa for file in chosen))
    saved = [_save(host, work, case_id, file, catalogue_id) for file in chosen]
    note_in_case(work, case_id, "files.saved", by=work.actor.name, many=str(len(saved)))
    return saved


def _save(host: Host, work: Work, case_id: UUID, file: CaseFile, catalogue_id: UUID) -> Entry:
    attachment, chunks = open_attachment(work, file.attachment.id)
    stored = FILES.keep(work, catalogue_id, attachment.file_name, attachment.content_type, chunks)
    first = NewVersion(stored.id, stored.size, attachment.content_type)
    entry = add_entry(host, work, catalogue_id, NewEntry(EntryKind.FILE, attachment.file_name, first, rename=True))
    row = {
        "organisation_id": work.organisation_id,
        "entry_id": entry.id,
        "case_id": case_id,
        "message_id": file.message_id,
    }
    this_entry = (entries.c.organisation_id == work.organisation_id, entries.c.id == entry.id)
    with host.tables(work) as connection:
        connection.execute(insert(origins).values(row))
        connection.execute(update(entries).where(*this_entry).values(loa=file.loa, confidential=file.confidential))
    record(work, "files.saved-from-case", entry.id, case=str(case_id))
    return entry


def _whole_name(entry: Entry, catalogues: dict[UUID, Entry]) -> str:
    return " / ".join(catalogues[each].name for each in entry.line if each in catalogues)
