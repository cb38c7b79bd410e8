"""Uploaded files: encrypted while they stream, checked by their first bytes, and attached to a message."""

import contextlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select

from budkavle.accounts import permissions
from budkavle.accounts.message_settings import FileSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases import file_metadata, file_types
from budkavle.cases import message_store as rows
from budkavle.cases.owned import file_metadata_choice, quota, screening, sizes, uploaders
from budkavle.model import sources
from budkavle.model.errors import Invalid, NotFound, TooLarge
from budkavle.model.messages import Attachment, File
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.storage import case_log, tables
from budkavle.storage.database import ALL_CASES
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.vault import part_aad

PART = "file"
Taken = TypeVar("Taken")
GONE = "En bilaga finns inte kvar. Lägg till den igen."
NOT_FOUND = "Bilagan finns inte, eller så har du inte tillgång till den."


class _Queries(QueryFile):
    attach: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Written:
    """A file whose bytes are stored but whose row is not written yet; `head` is the start of an attachment."""

    attachment: Attachment
    blob: str
    key: bytes
    head: bytes = b""
    names_people: bool = False  # in comments and tracked changes
    rewritten: bool = False  # without its metadata


def store(platform: Platform, actor: Actor, file_name: str, content_type: str, chunks: Iterable[bytes]) -> Attachment:
    """Store a file that a user uploads; `model.messages.Draft` refers to it by its id.

    Metadata that a camera or program wrote is removed from a person's upload (`cases.file_metadata`).

    Args:
        platform: The installation.
        actor: The user who uploads it.
        file_name: The name from the browser; unsafe characters are replaced.
        content_type: The type that the browser claims; the bytes must match it.
        chunks: The bytes.

    Raises:
        TooLarge: It is larger than the settings or the remaining space allow; nothing is kept.
        Invalid: It is empty, a program, of another type than claimed, or contains malware; nothing is kept.
        ScannerUnavailable: It cannot be scanned for malware now; nothing is kept.
    """
    return _fed(storing(platform, actor, file_name, content_type), chunks)


def storing(
    platform: Platform, actor: Actor, file_name: str, content_type: str, *, as_it_came: bool = False
) -> Generator[None, bytes, Attachment]:
    """Do as `store`, for a file that is sent to this generator piece by piece; an empty piece ends it.

    If it is closed before the end, nothing is kept. With `as_it_came` the file keeps its metadata.

    Raises:
        TooLarge: As for `store`; also Invalid and ScannerUnavailable.
    """
    most = quota.most_bytes(platform, actor, file_types.clean_name(file_name))
    written = yield from _writing(platform, actor.organisation_id, file_name, content_type, most)
    if not as_it_came and file_metadata_choice.loses_metadata(platform, actor, written.attachment, written.head):
        written = _cleaned(platform, actor, written)
    _screen(platform, actor, written)
    with platform.work(actor) as work:
        work.after_rollback(partial(remove, platform, [written]))
        quota.require_room(work, written.attachment.size)
        insert_rows(work, [written], uploaded_by=actor)
    return written.attachment


def write(
    platform: Platform,
    organisation_id: UUID,
    file_name: str,
    content_type: str,
    chunks: Iterable[bytes],
    *,
    judge: bool = True,
) -> Written:
    """Encrypt a file into the store while it streams; the caller writes its row, or removes it.

    Without `judge` all bytes are accepted: a received file is kept unchanged, and its transport sets the rules.

    Raises:
        TooLarge: It has more bytes than the settings allow.
        Invalid: It is empty, a program, or of another type than claimed.
    """
    most = platform.settings.uploads.max_bytes if judge else None
    return _fed(_writing(platform, organisation_id, file_name, content_type, most), chunks)


def _writing(
    platform: Platform, organisation_id: UUID, file_name: str, content_type: str, most: int | None
) -> Generator[None, bytes, Written]:
    kind, name = file_types.clean_type(content_type), file_types.clean_name(file_name)
    start = b""
    while len(start) < file_types.HEAD and (piece := (yield)):
        start += piece
    if most is not None:
        file_types.judge(name, kind, start)
    attachment_id, key = sources.new_id(), platform.vault.new_key()
    try:
        with platform.blobs.writer(
            organisation_id, key, part_aad(organisation_id, attachment_id, PART), most
        ) as writer:
            writer.write(start)
            while len(start) >= file_types.HEAD and (piece := (yield)):
                writer.write(piece)
            stored = writer.close()
    except TooLarge as error:
        raise sizes.too_large(name, most or 0) from error
    return Written(Attachment(attachment_id, name, kind, stored.size), stored.name, key, start)


def _cleaned(platform: Platform, actor: Actor, written: Written) -> Written:
    """Return the file without its metadata; if it had any, the original is deleted."""
    file, open_at = written.attachment, _reading(platform, actor.organisation_id, written)
    try:
        cleaned = file_metadata.cleaned(lambda start: open_at(start=start), file.size, uploaders.key(actor))
        if cleaned.pieces is None:
            return replace(written, names_people=cleaned.names_people)
        clean = write(platform, actor.organisation_id, file.file_name, file.content_type, cleaned.pieces, judge=False)
    except BaseException:
        remove(platform, [written])
        raise
    remove(platform, [written])
    return replace(clean, names_people=cleaned.names_people, rewritten=True)


def _reading(platform: Platform, organisation_id: UUID, new: Written) -> partial[Iterator[bytes]]:
    return partial(platform.blobs.read, new.blob, new.key, part_aad(organisation_id, new.attachment.id, PART))


def _screen(platform: Platform, actor: Actor, written: Written) -> None:
    """Refuse a file with malware before its row is written; nothing is kept."""
    file, open_at = written.attachment, _reading(platform, actor.organisation_id, written)
    try:
        screening.screen_file(platform, actor, file.id, file.file_name, open_at, field="attachments")
    except BaseException:
        remove(platform, [written])
        raise


def write_part(platform: Platform, organisation_id: UUID, owner_id: UUID, part: str, data: bytes) -> Written:
    """Encrypt large bytes other than attachments, such as evidence, into the store; the caller keeps the key."""
    key = platform.vault.new_key()
    done = platform.blobs.store(organisation_id, key, part_aad(organisation_id, owner_id, part), data)
    return Written(Attachment(owner_id, part, file_types.UNKNOWN, done.size), done.name, key)


def insert_rows(
    work: Work, files: Sequence[Written], *, message_id: UUID | None = None, uploaded_by: Actor | None = None
) -> None:
    """Write the rows and keys of files that are already in the store."""
    if not files:
        return
    slots = {file.attachment.id: work.vault.slots.take() for file in files}
    keys = [(file.attachment.id, PART, file.key) for file in files]
    work.vault.store_keys(work.connection, work.organisation_id, keys, slots)
    values = [
        {
            "organisation_id": work.organisation_id,
            "id": file.attachment.id,
            "message_id": message_id,
            **(uploaders.columns(uploaded_by) if uploaded_by else {}),
            "position": number,
            "name": rows.seal_name(work, file.attachment.id, file.attachment.file_name, slots[file.attachment.id]),
            "content_type": file.attachment.content_type,
            "size": file.attachment.size,
            "blob": file.blob,
            "names_people": file.names_people,
            "rewritten": file.rewritten,
            "created_at": func.now(),
        }
        for number, file in enumerate(files, start=1)
    ]
    work.connection.execute(insert(tables.attachments).values(values))


def remove(platform: Platform, files: Iterable[Written]) -> None:
    """Delete stored bytes that got no row."""
    platform.blobs.delete(*(file.blob for file in files))


def discard(work: Work, attachment_id: UUID) -> None:
    """Delete a file that the actor uploaded and has not sent.

    Raises:
        NotFound: There is no such file, or it already belongs to a message.
    """
    table = tables.attachments
    unsent = and_(table.c.message_id.is_(None), uploaders.is_of(work.actor))
    blobs = delete_rows(work, and_(table.c.id == attachment_id, unsent))
    if not blobs:
        raise NotFound(NOT_FOUND)
    work.after_commit(lambda: work.platform.blobs.delete(*blobs))


def keep_uploads(work: Work, attachment_ids: Sequence[UUID], until: datetime) -> None:
    """Keep the actor's uploads until the given time, because something scheduled needs them."""
    table = tables.attachments
    of_actor = (table.c.organisation_id == work.organisation_id, uploaders.is_of(work.actor))
    unsent = (*of_actor, table.c.id.in_(attachment_ids), table.c.message_id.is_(None))
    work.connection.execute(table.update().where(*unsent).values(kept_until=until))


def files(work: Work, attachment_ids: Sequence[UUID]) -> list[Attachment]:
    """Return the actor's uploads with these ids, in the same order.

    Raises:
        Invalid: One is missing, another user's or already sent, or there are too many.
    """
    if not attachment_ids:
        return []
    most = min(work.platform.settings.uploads.max_files, read_settings(work, FileSettings).most_files)
    if len(attachment_ids) > most:
        sentence = Sentence("Det får vara högst {most} bilagor. Ta bort några eller packa ihop dem.", most=most)
        raise Invalid("Meddelandet har för många bilagor.", fields={"attachments": sentence})
    uploaded = _uploaded(work, attachment_ids)
    if len(uploaded) != len(attachment_ids):
        raise Invalid("En bilaga saknas.", fields={"attachments": GONE})
    return [uploaded[attachment_id] for attachment_id in attachment_ids]


def mine(work: Work, attachment_ids: Sequence[UUID]) -> list[Attachment]:
    """Return those of the files that the actor has uploaded and not sent, in the same order."""
    if not attachment_ids:
        return []
    uploaded = _uploaded(work, attachment_ids)
    return [uploaded[attachment_id] for attachment_id in dict.fromkeys(attachment_ids) if attachment_id in uploaded]


def _uploaded(work: Work, attachment_ids: Sequence[UUID]) -> dict[UUID, Attachment]:
    table = tables.attachments
    query = select(table).where(
        table.c.organisation_id == work.organisation_id,
        table.c.id.in_(attachment_ids),
        table.c.message_id.is_(None),
        uploaders.is_of(work.actor),
    )
    return {row.id: rows.attachment(work.platform, row) for row in work.connection.execute(query)}


def copy(platform: Platform, actor: Actor, attachment_id: UUID) -> Attachment:
    """Copy a file of a message to the actor's uploads, byte for byte, to forward it in another message.

    Raises:
        NotFound: The actor may not see it, or it has been destroyed.
        Invalid: It is a program, or of another type than claimed.
    """
    with platform.work(actor) as work:
        file, chunks = open_attachment(work, attachment_id)
    return _fed(storing(platform, actor, file.file_name, file.content_type, as_it_came=True), chunks)


def attach(work: Work, message_id: UUID, attachment_ids: Sequence[UUID]) -> None:
    """Attach the actor's uploads to a message.

    Raises:
        Invalid: One has since been deleted or attached to another message.
    """
    if not attachment_ids:
        return
    parameters = {
        "organisation": work.organisation_id,
        "message": message_id,
        "ids": list(attachment_ids),
        **uploaders.columns(work.actor),
    }
    if QUERIES.attach.run(work.connection, parameters) != len(attachment_ids):
        raise Invalid("En bilaga saknas.", fields={"attachments": GONE})


def open_attachment(work: Work, attachment_id: UUID) -> tuple[Attachment, Iterator[bytes]]:
    """Return a file and its bytes.

    Args:
        work: The unit of work; its actor is a member of the mailbox, or uploaded the file.
        attachment_id: The file.

    Raises:
        NotFound: It is unknown, the actor may not see it, its message is held or recalled, or its key is
            destroyed.
        StepUp: Its message requires a higher level of assurance than the actor's session has.
    """
    row = _visible(work, attachment_id)
    return rows.attachment(work.platform, row), _bytes(work.platform, work.connection, row)


def place_of(work: Work, attachment_id: UUID) -> tuple[UUID | None, UUID | None]:
    """Return the mailbox and the case of a file that the actor may see; None for an upload that is not sent."""
    row = _visible(work, attachment_id)
    return row.mailbox_id, row.case_id


def open_file(platform: Platform, organisation_id: UUID, attachment_id: UUID) -> Iterator[bytes]:
    """Return the bytes of a file; the caller has checked the rights."""
    table = tables.attachments
    query = select(table).where(table.c.organisation_id == organisation_id, table.c.id == attachment_id)
    with platform.database.transaction(organisation_id, reader=ALL_CASES) as connection:
        return _bytes(platform, connection, connection.execute(query).one())


def read(platform: Platform, organisation_id: UUID, attachments: Iterable[Attachment]) -> Iterator[File]:
    """Yield files with their bytes, one at a time in memory, for a transport."""
    for attachment in attachments:
        yield File(
            attachment.file_name, attachment.content_type, b"".join(open_file(platform, organisation_id, attachment.id))
        )


def _visible(work: Work, attachment_id: UUID) -> Row[Any]:
    table, message = tables.attachments, tables.messages
    joined = table.outerjoin(
        message, and_(message.c.organisation_id == table.c.organisation_id, message.c.id == table.c.message_id)
    )
    query = (
        select(
            table,
            message.c.mailbox_id,
            message.c.case_id,
            message.c.direction,
            message.c.loa,
            message.c.created_at.label("at"),
        )
        .select_from(joined)
        .where(
            table.c.organisation_id == work.organisation_id,
            table.c.id == attachment_id,
            or_(message.c.id.is_not(None), uploaders.is_of(work.actor)),
            or_(message.c.state.is_(None), message.c.state.not_in(["HELD", "RECALLED"])),
        )
    )
    row = work.connection.execute(query).one_or_none()
    if row is None:
        case_log.note_refused(work, [attachment_id])
        raise NotFound(NOT_FOUND)
    if row.mailbox_id is not None:
        since = permissions.require_member(work, row.mailbox_id).since
        if since and row.at < since:
            raise NotFound(NOT_FOUND)
        permissions.require_loa(work.actor, row.loa if row.direction == "in" else 0)
    return row


def _bytes(platform: Platform, connection: Connection, row: Row[Any]) -> Iterator[bytes]:
    (key,) = platform.vault.content_keys(connection, row.organisation_id, [(row.id, PART)])
    if key is None:
        raise NotFound("Bilagan har gallrats.")
    return platform.blobs.read(row.blob, key, part_aad(row.organisation_id, row.id, PART))


def delete_rows(work: Work, condition: ColumnElement[bool]) -> list[str]:
    """Delete rows and their keys; return the names of the blobs, which the caller deletes after the commit."""
    table = tables.attachments
    in_organisation = and_(table.c.organisation_id == work.organisation_id, condition)
    deleted = work.connection.execute(delete(table).where(in_organisation).returning(table.c.id, table.c.blob)).all()
    work.vault.destroy(work.connection, work.organisation_id, *(row.id for row in deleted))
    return [row.blob for row in deleted]


def _fed(taking: Generator[None, bytes, Taken], chunks: Iterable[bytes]) -> Taken:
    """Send all chunks and then the empty one, and return the generator's result."""
    with contextlib.closing(taking):
        next(taking)
        try:
            for chunk in chain(filter(None, chunks), (b"",)):
                taking.send(chunk)
        except StopIteration as end:
            result: Taken = end.value
            return result
    raise AssertionError
