"""Storage of notes: author and time are in a table, the text in a sealed file that belongs to the case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from budkavle import Forbidden, Host, Invalid, NotFound, Sentence, Work
from budkavle.accounts import require_member
from budkavle.cases import OwnedFiles, mailbox_members, note_in_case
from budkavle.messaging import mark_case_changed, read_case, tell_colleagues
from budkavle.notices import NewsKind
from budkavle_notes.mentions import Person, mentioned
from budkavle_notes.tables import notes

LONGEST = 4_000
NO_NOTE = "Anteckningen finns inte, eller så har du inte tillgång till den."
NOT_SAVED = "Anteckningen kunde inte sparas."
FILES = OwnedFiles("notes")


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a case.

    Attributes:
        text: Empty if it is removed.
        edited_at: When its author last changed it. None if never.
        removed_at: When it was removed. None while it exists.
        removed_by: The name of the person who removed it.
    """

    id: UUID
    case_id: UUID
    author_id: UUID
    author: str
    written_at: datetime
    text: str = ""
    edited_at: datetime | None = None
    removed_at: datetime | None = None
    removed_by: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A case in which a person may write notes.

    Attributes:
        mailbox_id: The mailbox of the case.
        administrator: Whether the person administers it, and so may remove the notes of others.
        since: The time from which a stand-in sees notes; None means all.
    """

    case_id: UUID
    mailbox_id: UUID
    administrator: bool
    since: datetime | None = None


def require_place(work: Work, case_id: UUID) -> Place:
    """Return a case that the actor may read and write in.

    Raises:
        NotFound: It is unknown, destroyed, or not in a mailbox of the actor.
        StepUp: It requires a higher level of assurance than the actor's session has.
        Forbidden: The actor may only read there.
    """
    mailbox_id = read_case(work, case_id, opens=False).case.mailbox_id
    access = require_member(work, mailbox_id)
    if not access.may_answer:
        raise Forbidden("Du får läsa i brevlådan men inte skriva anteckningar.")
    return Place(case_id, mailbox_id, access.administrator, access.since)


def list_people(work: Work, mailbox_id: UUID) -> list[Person]:
    """Return the people who can be mentioned in a mailbox."""
    return [Person(member.user_id, member.name) for member in mailbox_members(work, mailbox_id)]


def list_notes(host: Host, work: Work, case_id: UUID, since: datetime | None = None) -> list[Note]:
    """Return the notes of a case, the oldest first; since a time, if one is given. The caller has opened the case."""
    query = select(notes).where(_of(work), notes.c.case_id == case_id)
    if since is not None:
        query = query.where(notes.c.written_at >= since)
    with host.tables(work) as connection:
        rows = connection.execute(query.order_by(notes.c.written_at, notes.c.id)).all()
    return [_opened(work, row) for row in rows]


def texts_in(host: Host, work: Work, case_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return the texts of the notes of cases. The core has checked the permission."""
    query = select(notes).where(_of(work), notes.c.case_id.in_(case_ids), notes.c.file_id.is_not(None))
    with host.tables(work) as connection:
        rows = connection.execute(query.order_by(notes.c.written_at, notes.c.id)).all()
    texts: dict[UUID, list[str]] = {}
    for row in rows:
        texts.setdefault(row.case_id, []).append(_opened(work, row).text)
    return texts


def add_note(host: Host, work: Work, place: Place, text: str) -> UUID:
    """Write a note, and notify those who are mentioned in it.

    Raises:
        Forbidden: The actor has no account.
        Invalid: It is empty or too long.
    """
    author_id, kept = work.actor.user_id, _checked(text)
    if author_id is None:
        raise Forbidden("Bara en person kan skriva en anteckning.")
    file_id, note_id = _keep(work, place.case_id, kept), uuid4()
    values = {
        "organisation_id": work.organisation_id,
        "id": note_id,
        "case_id": place.case_id,
        "file_id": file_id,
        "author_id": author_id,
        "author": work.actor.name,
        "written_at": datetime.now(UTC),
    }
    with host.tables(work) as connection:
        connection.execute(insert(notes).values(values))
    note_in_case(work, place.case_id, "notes.added", by=work.actor.name)
    mark_case_changed(work, place.case_id)
    _tell(work, place, note_id, kept, before="")
    return note_id


def find_note(host: Host, work: Work, note_id: UUID) -> tuple[Note, Place]:
    """Return an existing note, with its case.

    Raises:
        NotFound: It is unknown or removed, or its case is not in a mailbox of the actor.
        StepUp: The case requires a higher level of assurance than the actor's session has.
        Forbidden: The actor may only read there.
    """
    with host.tables(work) as connection:
        row = connection.execute(select(notes).where(_of(work), notes.c.id == note_id)).one_or_none()
    if row is None or row.file_id is None:
        raise NotFound(NO_NOTE)
    place = require_place(work, row.case_id)
    if place.since is not None and row.written_at < place.since:
        raise NotFound(NO_NOTE)
    return _opened(work, row), place


def edit_note(host: Host, work: Work, note_id: UUID, text: str) -> Place:
    """Let the actor change their own note. It is noted in the log of the case, and the old text is destroyed.

    Raises:
        NotFound: As in `find_note`.
        Forbidden: Somebody else wrote it.
        Invalid: It is empty or too long.
    """
    note, place = find_note(host, work, note_id)
    if note.author_id != work.actor.user_id:
        raise Forbidden("Bara den som skrev anteckningen kan ändra den.")
    kept = _checked(text)
    if kept == note.text:
        return place
    _replace(host, work, note, file_id=_keep(work, note.case_id, kept), edited_at=datetime.now(UTC))
    note_in_case(work, note.case_id, "notes.edited", by=work.actor.name)
    mark_case_changed(work, note.case_id, forget=True)
    _tell(work, place, note_id, kept, before=note.text)
    return place


def remove_note(host: Host, work: Work, note_id: UUID) -> Place:
    """Let the author, or an administrator of the mailbox, remove a note. That it existed remains visible.

    Raises:
        NotFound: As in `find_note`.
        Forbidden: Somebody else wrote it, and the actor does not administer the mailbox.
    """
    note, place = find_note(host, work, note_id)
    if note.author_id != work.actor.user_id and not place.administrator:
        raise Forbidden("Bara den som skrev anteckningen, eller en av brevlådans administratörer, kan ta bort den.")
    _replace(host, work, note, file_id=None, removed_at=datetime.now(UTC), removed_by=work.actor.name)
    note_in_case(work, note.case_id, "notes.removed", by=work.actor.name)
    mark_case_changed(work, note.case_id, forget=True)
    return place


def forget(host: Host, organisation_id: UUID, case_ids: tuple[UUID, ...]) -> None:
    """Delete the notes of cases that have been destroyed. Their texts are gone with the cases."""
    here = (notes.c.organisation_id == organisation_id, notes.c.case_id.in_(case_ids))
    with host.transaction(organisation_id) as connection:
        connection.execute(delete(notes).where(*here))


def _replace(host: Host, work: Work, note: Note, **values: object) -> None:
    """Change the row of a note, and destroy its previous text."""
    this = (_of(work), notes.c.id == note.id, notes.c.removed_at.is_(None))
    old = select(notes.c.file_id).where(*this).with_for_update()
    with host.tables(work) as connection:
        file_id = connection.execute(old).scalar_one_or_none()
        if file_id is None:
            raise NotFound(NO_NOTE)
        connection.execute(update(notes).where(*this).values(**values))
    FILES.destroy(work, file_id)


def _keep(work: Work, case_id: UUID, text: str) -> UUID:
    return FILES.keep(work, case_id, "note.txt", "text/plain", [text.encode()]).id


def _checked(text: str) -> str:
    kept = text.replace("\r\n", "\n").strip()
    if not kept:
        raise Invalid(NOT_SAVED, fields={"text": "Skriv en anteckning."})
    if len(kept) > LONGEST:
        raise Invalid(
            NOT_SAVED, fields={"text": Sentence("Anteckningen får ha högst {longest} tecken.", longest=LONGEST)}
        )
    return kept


def _tell(work: Work, place: Place, note_id: UUID, text: str, before: str) -> None:
    people = list_people(work, place.mailbox_id)
    new = set(mentioned(text, people)) - set(mentioned(before, people))
    tell_colleagues(work, new, NewsKind.MENTIONED, place.mailbox_id, {note_id: place.case_id})


def _opened(work: Work, row: Row[Any]) -> Note:
    text = b"".join(FILES.open(work, row.file_id)).decode() if row.file_id else ""
    return Note(
        row.id,
        row.case_id,
        row.author_id,
        row.author,
        row.written_at,
        text,
        row.edited_at,
        row.removed_at,
        row.removed_by,
    )


def _of(work: Work) -> ColumnElement[bool]:
    return notes.c.organisation_id == work.organisation_id
