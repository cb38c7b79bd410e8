"""Starting a message with files and notes of a tree: each is copied to an attachment under its own key."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from budkavle import Attachment, Draft, Host, Invalid, Loa, Work, record
from budkavle.accounts import require_loa
from budkavle.cases import store_attachment
from budkavle.messaging import begin_draft
from budkavle.web import Visitor
from budkavle_files.notes.content import read_note
from budkavle_files.notes.note_pages import printed
from budkavle_files.notes.note_pdf import note_pdf
from budkavle_files.reading.readings import note_reading
from budkavle_files.tree import rights
from budkavle_files.tree.things import AccessRole, Entry, EntryKind
from budkavle_files.tree.versions import FILES, find_version

MOST = 50
"""The most files and notes that are attached at once."""
_FAULT = "Det gick inte att bifoga."


@dataclass(frozen=True, slots=True)
class Attaching:
    """What to send.

    Attributes:
        entry_ids: The files and notes.
        mailbox_id: The mailbox to send from.
        kind: The kind of message.
        notes_as_text: Whether notes become the text of the message, instead of PDF files.
    """

    entry_ids: Sequence[UUID]
    mailbox_id: UUID
    kind: str
    notes_as_text: bool = False


def attachable(host: Host, work: Work, entry_ids: Sequence[UUID]) -> list[Entry]:
    """Return the files and notes among the ticked entries, which the actor may read; catalogues are left out.

    Raises:
        NotFound: An entry is out of the actor's reach.
        StepUp: An entry requires a higher level of assurance than the actor's session has.
        Invalid: None is left, or there are too many.
    """
    chosen = [rights.require(host, work, entry_id, AccessRole.READER) for entry_id in dict.fromkeys(entry_ids)]
    entries = [entry for entry in chosen if not entry.is_catalogue]
    if not entries:
        raise Invalid("Markera minst en fil eller anteckning. En katalog kan inte bifogas.")
    if len(entries) > MOST:
        raise Invalid("Det går att bifoga högst {most} filer på en gång.", most=MOST)
    require_loa(work.actor, max(entry.level for entry in entries))
    return entries


def begin_message(host: Host, visitor: Visitor, attaching: Attaching) -> UUID:
    """Start a message with files and notes; the author continues at `/compose?draft=ID`.

    The message gets the level of assurance that the content requires, and its secrecy mark.

    Args:
        host: The plugin's host.
        visitor: The author.
        attaching: What to send.

    Returns:
        The draft's id.

    Raises:
        NotFound: An entry is out of the visitor's reach.
        StepUp: An entry requires a higher level of assurance.
        Invalid: A file cannot be sent this way; `fields` says why.
        TooLarge: A file is larger than an attachment may be.
    """
    with visitor.work() as work:
        entries = attachable(host, work, attaching.entry_ids)
    as_text = [entry for entry in entries if attaching.notes_as_text and entry.kind is EntryKind.NOTE]
    files = [_attach(host, visitor, entry) for entry in entries if entry not in as_text]
    with visitor.work() as work:
        texts = [read_note(host, work, entry).text for entry in as_text]
        draft = Draft(
            (),
            entries[0].name.rpartition(".")[0] or entries[0].name if len(entries) == 1 else "",
            "\n\n".join(texts),
            tuple(file.id for file in files),
            confidential=any(entry.confidential for entry in entries),
            loa=Loa(max(entry.level for entry in entries)),
        )
        draft_id = begin_draft(work, attaching.mailbox_id, draft, attaching.kind)
        for entry in entries:
            note_reading(host, work, entry, entry.version)
            record(work, "files.attached", entry.id, number=entry.version, draft=str(draft_id))
    return draft_id


def _attach(host: Host, visitor: Visitor, entry: Entry) -> Attachment:
    """Copy an entry to an attachment of the author's: with its own keys, which are destroyed with the message."""
    if entry.kind is EntryKind.NOTE:
        with visitor.work() as work:
            note = read_note(host, work, entry)
        made = note_pdf(printed(host, visitor, note))
        return store_attachment(visitor.platform, visitor.actor, f"{entry.name}.pdf", "application/pdf", [made])
    with visitor.work() as work:
        version = find_version(host, work, entry)
        chunks = FILES.open(work, version.file_id)
    return store_attachment(visitor.platform, visitor.actor, entry.name, version.media_type, chunks)
