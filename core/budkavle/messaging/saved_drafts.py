"""Saved drafts: the fields of a form, sealed, saved while somebody types and until it is sent.

A draft that has been sent stays for as long as the sending can be undone, so that undoing gives back every field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.model.errors import Conflict, NotFound, TooLarge
from budkavle.model.people import Actor
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import attachments, kept_drafts

Fields: TypeAlias = Mapping[str, Sequence[str]]
"""Values by name, as a form sends them."""
MOST_BYTES = 4_000_000
"""Bytes of a draft."""
MOST_DRAFTS = 200
"""Drafts of one person."""
SAVED_FOR = timedelta(days=60)
SENT_FOR = timedelta(minutes=5)
"""How long the draft of something sent stays; longer than any sending can be undone."""
_DECODER = msgspec.json.Decoder(dict[str, list[str]])


class _Queries(QueryFile):
    remove_draft: Statement
    keep_sent: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class SavedForm:
    """A form that is sent, with the id of its draft, whether that has been saved yet or not.

    Attributes:
        about: The messages that it answers or passes on.
    """

    draft_id: UUID
    fields: Fields
    about: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft in its owner's list."""

    id: UUID
    changed_at: datetime
    fields: Fields

    def get(self, name: str) -> str:
        """Return the last value of a field, empty where it has none."""
        return next(reversed(self.fields.get(name, [])), "")


def save(
    work: Work, draft_id: UUID, fields: Fields, files: Sequence[UUID] = (), about: Sequence[UUID] = ()
) -> datetime:
    """Save a draft.

    Args:
        work: The unit of work; its actor is who writes; nobody else ever sees it.
        draft_id: Chosen by the page, so that saving twice makes one draft.
        fields: What stands in the form.
        files: Uploads that belong to it; they are not swept while the draft is young.
        about: The messages that it answers or passes on; it is destroyed with any of them.

    Returns:
        When it was saved.

    Raises:
        TooLarge: It is longer than a form may be.
        Conflict: The person has too many drafts, or the id is somebody else's, or it has been sent.
    """
    content = msgspec.json.encode(dict(fields))
    if len(content) > MOST_BYTES:
        raise TooLarge("Utkastet är för stort för att sparas. Bifoga texten som fil i stället.")
    sealed = work.vault.seal_small(work.organisation_id, _label(draft_id), content)
    content_columns = {"content": sealed, "about": list(about), "changed_at": func.now()}
    row = {"organisation_id": work.organisation_id, "id": draft_id, "user_id": work.actor.user_id}
    write = upsert(kept_drafts).values(**row, **content_columns)
    mine = and_(kept_drafts.c.user_id == work.actor.user_id, kept_drafts.c.message_id.is_(None))
    write = write.on_conflict_do_update(index_elements=["organisation_id", "id"], set_=content_columns, where=mine)
    many = select(func.count()).select_from(kept_drafts).where(_own(work.actor), kept_drafts.c.id != draft_id)
    if work.connection.execute(many).scalar_one() >= MOST_DRAFTS:
        raise Conflict("Du har {most} utkast. Ta bort några av dem först.", most=MOST_DRAFTS)
    at: datetime | None = work.connection.execute(write.returning(kept_drafts.c.changed_at)).scalar_one_or_none()
    if at is None:
        raise Conflict("Utkastet är redan skickat.")
    if files:
        uploads = (attachments.c.organisation_id == work.organisation_id, attachments.c.id.in_(list(files)))
        still = (attachments.c.uploaded_by == work.actor.user_id, attachments.c.message_id.is_(None))
        work.connection.execute(update(attachments).where(*uploads, *still).values(created_at=func.now()))
    return at


def load(work: Work, draft_id: UUID) -> SavedDraft:
    """Return one's own draft.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    matches = _load_where(work, kept_drafts.c.id == draft_id)
    if not matches:
        raise NotFound("Utkastet finns inte kvar. Det kan vara skickat eller borttaget.")
    return matches[0]


def load_all(work: Work) -> list[SavedDraft]:
    """Return one's own drafts, the latest first; without those that have been sent."""
    return _load_where(work, kept_drafts.c.message_id.is_(None))


def remove(work: Work, draft_id: UUID) -> None:
    """Remove a draft; one that is gone already is no error."""
    QUERIES.remove_draft.run(work.connection, _key(work, draft_id))


def record_sent(work: Work, form: SavedForm, message_id: UUID, *, keep: bool) -> None:
    """Take the draft of a message that is sent out of its writer's list.

    Args:
        work: The unit of work that stores the message; its actor is who writes.
        form: What was sent.
        message_id: What it was sent as.
        keep: Whether the sending can be undone; then the form is kept for as long as that lasts.
    """
    content = msgspec.json.encode(dict(form.fields))
    key = _key(work, form.draft_id)
    if not keep or len(content) > MOST_BYTES:
        QUERIES.remove_draft.run(work.connection, key)
        return
    sealed = work.vault.seal_small(work.organisation_id, _label(form.draft_id), content, work.connection)
    values = {**key, "content": sealed, "message": message_id, "about": list(form.about), "most": MOST_DRAFTS}
    QUERIES.keep_sent.run(work.connection, values)


def sweep(platform: Platform) -> int:
    """Forget old drafts, and those of what has been sent; returns how many. Run it as a job."""
    return sum(_sweep(platform, organisation.id) for organisation in platform.organisations())


def _sweep(platform: Platform, organisation_id: UUID) -> int:
    old = kept_drafts.c.changed_at < func.now() - SAVED_FOR
    sent = and_(kept_drafts.c.message_id.is_not(None), kept_drafts.c.changed_at < func.now() - SENT_FOR)
    gone = delete(kept_drafts).where(kept_drafts.c.organisation_id == organisation_id, or_(old, sent))
    with platform.database.transaction(organisation_id) as connection:
        return connection.execute(gone).rowcount


def _load_where(work: Work, condition: ColumnElement[bool]) -> list[SavedDraft]:
    query = select(kept_drafts).where(_own(work.actor), condition).order_by(kept_drafts.c.changed_at.desc())
    rows = work.connection.execute(query).all()
    opened = [work.vault.open_small(work.organisation_id, _label(row.id), row.content) for row in rows]
    return [SavedDraft(row.id, row.changed_at, _DECODER.decode(plain)) for row, plain in zip(rows, opened, strict=True)]


def _key(work: Work, draft_id: UUID) -> dict[str, object]:
    return {"organisation": work.organisation_id, "id": draft_id, "user": work.actor.user_id}


def _own(actor: Actor) -> ColumnElement[bool]:
    return and_(kept_drafts.c.organisation_id == actor.organisation_id, kept_drafts.c.user_id == actor.user_id)


def _label(draft_id: UUID) -> str:
    return f"draft:{draft_id}"
