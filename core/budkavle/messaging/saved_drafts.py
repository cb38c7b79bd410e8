"""Saved drafts: a form's encrypted fields, saved while a user types and kept until sent, or started by a plugin.

The draft of a sent message is kept for as long as sending can be undone, so that undoing restores every field.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts import preferences
from budkavle.accounts.permissions import require_user, require_writer
from budkavle.cases import attachments
from budkavle.cases.owned import uploaders
from budkavle.messaging import drafts
from budkavle.messaging.recipients import Kind, Route, kinds, load_channel_types, resolve, type_faults
from budkavle.model import sources
from budkavle.model.errors import Conflict, Invalid, NotFound, TooLarge
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.messages import Address, Attachment, Draft, Fault
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import attachments as uploads_table
from budkavle.storage.tables import kept_drafts, messages
from budkavle.storage.vault import Destroyed

Fields: TypeAlias = Mapping[str, Sequence[str]]
"""Values by name, as a form submits them."""
MOST_BYTES = 4_000_000
"""The most bytes of a draft."""
MOST_DRAFTS = 200
"""The most drafts of one person."""
SAVED_FOR = timedelta(days=60)
SENT_FOR = timedelta(minutes=5)
"""How long the draft of a sent message is kept; longer than any sending can be undone."""
WAITS = kept_drafts.c.send_as.is_not(None)
"""Scheduled drafts (`later.sends`)."""
_SEVERAL_KINDS = "Mottagarna nås på olika sätt: {kinds}. Skriv ett meddelande för varje sätt."
_WRONG_TYPE = "{name} har en filtyp som mottagaren inte kan ta emot. Gör om den till PDF."
_TOO_LARGE = "Bilagorna får tillsammans vara högst {megabytes} MB."
_NO_FILES = "{kind} kan inte ha bilagor."
_NO_KIND = "Den typen av meddelande kan inte skickas från det kontot. Välj en annan."
_NOT_HERE = "Ett svar eller en vidarebefordran börjar på meddelandets egen sida."
_DECODER = msgspec.json.Decoder(dict[str, list[str]])


class _Queries(QueryFile):
    remove_draft: Statement
    keep_sent: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class SavedForm:
    """A submitted form, with the id of its draft, which may not have been saved yet.

    Attributes:
        about: The messages that it answers or forwards.
    """

    draft_id: UUID
    fields: Fields
    about: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft in its owner's list.

    Attributes:
        failure: Why it was not sent at its scheduled time, in stored form; empty if nothing failed.
    """

    id: UUID
    changed_at: datetime
    fields: Fields
    failure: str = ""

    def get(self, name: str) -> str:
        """Return the last value of a field, empty if it has none."""
        return next(reversed(self.fields.get(name, [])), "")


def recipient_key(recipient: Address) -> str:
    """Return a recipient as one value of a form."""
    return f"{recipient.transport}:{recipient.value}"


def save(
    work: Work, draft_id: UUID, fields: Fields, files: Sequence[UUID] = (), about: Sequence[UUID] = ()
) -> datetime:
    """Save a draft.

    Args:
        work: The unit of work; its actor is the author. Nobody else ever sees the draft, unless it is scheduled.
        draft_id: Chosen by the page, so that saving twice makes one draft.
        fields: The form's fields.
        files: Uploads that belong to it; they are not swept while the draft is young.
        about: The messages that it answers or forwards; it is destroyed with any of them.

    Returns:
        When it was saved.

    Raises:
        TooLarge: It is longer than a form may be.
        Conflict: The person has too many drafts, or the id belongs to another user, or it has been sent.
    """
    content = msgspec.json.encode(dict(fields))
    if len(content) > MOST_BYTES:
        raise TooLarge("Utkastet är för stort för att sparas. Bifoga texten som fil i stället.")
    others, number = _count_others(work, draft_id)
    if others >= MOST_DRAFTS:
        raise Conflict("Du har {most} utkast. Ta bort några av dem först.", most=MOST_DRAFTS)
    # It is saved every few seconds, so it keeps its slot, which is destroyed with it.
    slot = work.vault.slots.find(number) or work.vault.slots.take()
    sealed = work.vault.seal_small(work.organisation_id, _label(draft_id), content, work.connection, slot)
    content_columns = {
        "content": sealed,
        "about": list(about),
        "mailbox_id": _mailbox(fields),
        "changed_at": func.now(),
        "send_failure": "",
    }
    row = {"organisation_id": work.organisation_id, "id": draft_id, "user_id": work.actor.user_id}
    write = upsert(kept_drafts).values(**row, **content_columns)
    mine = and_(kept_drafts.c.user_id == work.actor.user_id, kept_drafts.c.message_id.is_(None), ~WAITS)
    write = write.on_conflict_do_update(index_elements=["organisation_id", "id"], set_=content_columns, where=mine)
    at: datetime | None = work.connection.execute(write.returning(kept_drafts.c.changed_at)).scalar_one_or_none()
    if at is None:
        raise Conflict("Utkastet är redan skickat.")
    if files:
        uploads = (uploads_table.c.organisation_id == work.organisation_id, uploads_table.c.id.in_(list(files)))
        still = (uploaders.is_of(work.actor), uploads_table.c.message_id.is_(None))
        work.connection.execute(update(uploads_table).where(*uploads, *still).values(created_at=func.now()))
    return at


def begin_draft(work: Work, mailbox_id: UUID, draft: Draft, kind: str = "") -> UUID:
    """Start a message for a person to finish: it is saved as a draft of the work's user, and nothing is sent.

    Redirect the person to `/compose?draft=ID`, the page for writing, which shows it with all its fields. The user's
    signature is added below the text. Open choices, such as recipients or a level of assurance, are made there as for
    any message.

    Args:
        work: The unit of work; its actor is the user who gets the draft.
        mailbox_id: The mailbox to send from.
        draft: Recipients, subject and text, which may all be empty. `attachments` are files that `store_attachment` has
            stored for the same user.
        kind: The kind of message, by a name of `message_kinds`, if there are no recipients yet that determine it.

    Returns:
        The draft's id.

    Raises:
        NotFound: The mailbox is unknown here, or the user is not a member.
        Forbidden: The actor is not a user, or is a delegate who may only read.
        Invalid: With a sentence at each field: a recipient that this mailbox cannot reach, recipients of several kinds
            of message, a kind that the mailbox cannot send, a text that is too long, a file that is missing or that the
            recipients cannot receive, files that are too large together.
        Conflict: The user has too many drafts.
        Unresponsive: An address book that might know a recipient does not answer.

    Example:
        with visitor.work() as work:
            file = store_attachment(visitor.platform, visitor.actor, "protokoll.pdf", "application/pdf", chunks)
            draft_id = begin_draft(work, mailbox_id, Draft((), "Protokoll", "", attachments=(file.id,)))
        return Redirect(f"/compose?draft={draft_id}", status_code=303)
    """
    require_user(work.actor)
    standing = require_writer(work, mailbox_id)
    if draft.reply_to or draft.forwards:
        raise Invalid(_NOT_HERE, fields={"reply_to" if draft.reply_to else "forwards": _NOT_HERE})
    drafts.refuse_faults(drafts.too_long(draft))
    files = attachments.files(work, draft.attachments)
    routes = resolve(work, standing, draft) if draft.recipients else []
    offered = kinds(work.platform, standing.mailbox)
    chosen = _kinds_of(routes, offered) or _named(kind, offered)
    drafts.refuse_faults([*_several(chosen), *(fault for kind in chosen for fault in _file_faults(kind, files))])
    drafts.refuse_faults(type_faults(load_channel_types(work, files), [route.transport for route in routes], files))
    draft_id = sources.new_id()
    name = chosen[0].name if chosen else ""
    fields = form_fields(draft, {"draft": draft_id, "mailbox": mailbox_id, "kind": name, "draft_url": "/compose"})
    fields["recipients"] = [recipient_key(route.recipient) for route in routes]
    fields["body"] = [draft.body + signature(work)]
    save(work, draft_id, fields, draft.attachments)
    return draft_id


def signature(work: Work) -> str:
    """Return the user's signature, below room for the message; empty without one."""
    text = str(preferences.preferences(work, require_user(work.actor)).get("signature", "")).strip()
    return f"\n\n{text}" if text else ""


def form_fields(draft: Draft, where: Mapping[str, object]) -> dict[str, list[str]]:
    """Return a draft as the fields that the page for writing submits.

    Args:
        draft: The draft.
        where: What a draft does not have: its id, mailbox, kind of message and page.
    """
    references = [(one.root, one.value, one.party, one.label) for one in draft.references]
    persons = [(one.name, one.root, one.value, one.party) for one in draft.persons]
    guests = [(value, one.method, one.phone, one.personnummer, one.language) for value, one in draft.terms.items()]
    fields = {
        **{name: [str(value)] for name, value in where.items()},
        "recipients": [recipient_key(recipient) for recipient in draft.recipients],
        "subject": [draft.subject],
        "body": [draft.body],
        "attachment": [str(attachment_id) for attachment_id in draft.attachments],
        "confidential": ["1"] if draft.confidential else [],
        "loa": [str(int(draft.loa))] if draft.loa else [],
        "reply_asked": ["1"],
        "reply_allowed": ["1"] if draft.reply_allowed else [],
        "open_text": [draft.open_text],
        "once": [str(draft.once or sources.new_id())],
        **{f"extra.{name}": [value] for name, value in draft.extra.items()},
        **_columns("reference", ("root", "value", "party", "label"), references),
        **_columns("person", ("name", "root", "value", "party"), persons),
        **_columns("guest", ("value", "method", "phone", "personnummer", "language"), guests),
    }
    return {name: values for name, values in fields.items() if values}  # a form submits no field without a value


def _columns(name: str, parts: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    return {f"{name}.{part}": [row[number] for row in rows] for number, part in enumerate(parts)} if rows else {}


def _kinds_of(routes: Iterable[Route], offered: Sequence[Kind]) -> list[Kind]:
    transports = {route.transport.name for route in routes}
    return [kind for kind in offered if transports & set(kind.transports)]


def _named(name: str, offered: Sequence[Kind]) -> list[Kind]:
    named = [kind for kind in offered if kind.name == name]
    if name and not named:
        raise Invalid(_NO_KIND, fields={"kind": _NO_KIND})
    return named


def _several(chosen: Sequence[Kind]) -> list[Fault]:
    if len(chosen) < 2:
        return []
    labels = Sentence.joined([kind.label for kind in chosen], by=", ")
    return [Fault("recipients", Sentence(_SEVERAL_KINDS, kinds=labels))]


def _file_faults(kind: Kind, files: Sequence[Attachment]) -> list[Fault]:
    can = kind.capabilities
    if files and not can.attachments:
        return [Fault("attachments", Sentence(_NO_FILES, kind=Sentence(kind.label)))]
    wrong = [file for file in files if can.content_types and file.content_type not in can.content_types]
    faults = [Fault("attachments", Sentence(_WRONG_TYPE, name=file.file_name)) for file in wrong]
    most = can.max_bytes if can.attachment_bytes is None else can.attachment_bytes
    if sum(file.size for file in files) > most:
        faults.append(Fault("attachments", Sentence(_TOO_LARGE, megabytes=most // 1_000_000)))
    return faults


def load(work: Work, draft_id: UUID, *, waits: bool = False) -> SavedDraft:
    """Return one's own draft; a scheduled one only if asked for.

    Raises:
        NotFound: There is none, or it belongs to another user.
    """
    matches = _load_where(work, and_(kept_drafts.c.id == draft_id, WAITS if waits else ~WAITS))
    if not matches:
        raise NotFound("Utkastet finns inte kvar. Det kan vara skickat eller borttaget.")
    return matches[0]


def load_all(work: Work) -> list[SavedDraft]:
    """Return one's own drafts, the latest first, except those that have been sent or scheduled."""
    return _load_where(work, and_(kept_drafts.c.message_id.is_(None), ~WAITS))


def load_of_case(work: Work, case_id: UUID) -> list[SavedDraft]:
    """Return one's own drafts that answer or forward a message of a case, the latest first."""
    of_case = and_(messages.c.organisation_id == work.organisation_id, messages.c.case_id == case_id)
    ids = select(func.array_agg(messages.c.id)).where(of_case).scalar_subquery()
    return _load_where(work, and_(kept_drafts.c.message_id.is_(None), ~WAITS, kept_drafts.c.about.overlap(ids)))


def load_waiting(work: Work) -> list[SavedDraft]:
    """Return one's own scheduled drafts."""
    return _load_where(work, WAITS)


def remove(work: Work, draft_id: UUID) -> None:
    """Remove a draft; a missing one is not an error."""
    QUERIES.remove_draft.run(work.connection, _key(work, draft_id))


def record_sent(work: Work, form: SavedForm, message_id: UUID, *, keep: bool) -> None:
    """Remove the draft of a message that is being sent from its author's list.

    Args:
        work: The unit of work that stores the message; its actor is the author.
        form: The form that is sent.
        message_id: The id of the message.
        keep: Whether sending can be undone; the form is then kept for as long as that lasts.
    """
    content = msgspec.json.encode(dict(form.fields))
    key = _key(work, form.draft_id)
    if not keep or len(content) > MOST_BYTES:
        QUERIES.remove_draft.run(work.connection, key)
        return
    slot = work.vault.slots.take()
    sealed = work.vault.seal_small(work.organisation_id, _label(form.draft_id), content, work.connection, slot)
    about = {"message": message_id, "about": list(form.about), "mailbox": _mailbox(form.fields)}
    values = {**key, "content": sealed, **about, "most": MOST_DRAFTS}
    QUERIES.keep_sent.run(work.connection, values)


def sweep(platform: Platform) -> int:
    """Delete old drafts, and those of sent messages; return how many. Run it as a job."""
    return platform.in_each_organisation(partial(_sweep, platform))


def _sweep(platform: Platform, organisation_id: UUID) -> int:
    old = and_(kept_drafts.c.changed_at < func.now() - SAVED_FOR, ~WAITS)
    sent = and_(kept_drafts.c.message_id.is_not(None), kept_drafts.c.changed_at < func.now() - SENT_FOR)
    gone = delete(kept_drafts).where(kept_drafts.c.organisation_id == organisation_id, or_(old, sent))
    with platform.database.transaction(organisation_id) as connection:
        return connection.execute(gone).rowcount


def _load_where(work: Work, condition: ColumnElement[bool]) -> list[SavedDraft]:
    query = select(kept_drafts).where(_own(work.actor), condition).order_by(kept_drafts.c.changed_at.desc())
    opened = (open_draft(work, row) for row in work.connection.execute(query).all())
    return [draft for draft in opened if draft is not None]


def open_draft(work: Work, row: Row[Any]) -> SavedDraft | None:
    """Decrypt a draft; None if it came back with a restored database and its slot is destroyed."""
    try:
        plain = work.vault.open_small(work.organisation_id, _label(row.id), row.content, work.connection)
    except Destroyed:
        return None
    return SavedDraft(row.id, row.changed_at, _DECODER.decode(plain), row.send_failure)


def _count_others(work: Work, draft_id: UUID) -> tuple[int, int | None]:
    """Return how many other drafts the person has, and the number of this one's slot if it has been saved before."""
    this = kept_drafts.c.id == draft_id
    columns = (func.count().filter(~this), func.min(kept_drafts.c.slot).filter(this))
    others, number = work.connection.execute(select(*columns).where(_own(work.actor))).one()
    return others, number


def _mailbox(fields: Fields) -> UUID | None:
    """Return a form's sending mailbox."""
    return as_uuid(next(reversed(fields.get("mailbox", [])), None))


def _key(work: Work, draft_id: UUID) -> dict[str, object]:
    return {"organisation": work.organisation_id, "id": draft_id, "user": work.actor.user_id}


def _own(actor: Actor) -> ColumnElement[bool]:
    return and_(kept_drafts.c.organisation_id == actor.organisation_id, kept_drafts.c.user_id == actor.user_id)


def _label(draft_id: UUID) -> str:
    return f"draft:{draft_id}"
