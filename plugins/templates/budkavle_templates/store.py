"""Storage of templates: the owner is in a table, with name, subject and text sealed by the organisation's key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from budkavle import Conflict, Forbidden, Host, Invalid, MailboxKind, NotFound, Sentence, Work, record
from budkavle.accounts import require_member
from budkavle_templates.tables import templates

LONGEST_NAME, LONGEST_SUBJECT, LONGEST_TEXT = 100, 255, 10_000
MOST = 200
"""The most templates of one mailbox or one person."""
NO_TEMPLATE = "Mallen finns inte, eller så har du inte tillgång till den."
NOT_SAVED = "Mallen kunde inte sparas."


class Content(msgspec.Struct, frozen=True):
    """The sealed content of a template."""

    name: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template.

    Attributes:
        mailbox_id: The function mailbox it belongs to. None if it is a person's own.
        changed_by: The name of the person who changed it last.
    """

    id: UUID
    mailbox_id: UUID | None
    content: Content
    changed_at: datetime
    changed_by: str


def has_templates(work: Work, mailbox_id: UUID) -> bool:
    """Tell whether a mailbox has templates of its own, as function mailboxes do.

    Raises:
        NotFound: The mailbox is unknown, or the actor is not a member.
    """
    return require_member(work, mailbox_id).mailbox.kind is MailboxKind.FUNCTION


def may_write(work: Work, mailbox_id: UUID | None) -> bool:
    """Tell whether the actor may write templates: their own, or those of a mailbox that they may answer from.

    Raises:
        NotFound: The mailbox is unknown, or the actor is not a member.
    """
    return mailbox_id is None or (has_templates(work, mailbox_id) and require_member(work, mailbox_id).may_answer)


def list_own(host: Host, work: Work) -> list[Template]:
    """Return the actor's own templates, by name."""
    return _listed(host, work, templates.c.user_id == work.actor.user_id)


def list_of_mailbox(host: Host, work: Work, mailbox_id: UUID) -> list[Template]:
    """Return the templates of a function mailbox, by name. Empty for a personal inbox.

    Raises:
        NotFound: The mailbox is unknown, or the actor is not a member.
    """
    return _listed(host, work, templates.c.mailbox_id == mailbox_id) if has_templates(work, mailbox_id) else []


def matching(listed: Sequence[Template], words: str) -> list[Template]:
    """Return those with each of the words in their name, subject or text."""
    wanted_words = words.casefold().split()
    return [
        template
        for template in listed
        if all(word in "\n".join(msgspec.structs.astuple(template.content)).casefold() for word in wanted_words)
    ]


def find_template(host: Host, work: Work, template_id: UUID) -> Template:
    """Return a template that the actor may use.

    Raises:
        NotFound: It is unknown, another person's, or of a mailbox that the actor is not a member of.
    """
    query = select(templates).where(_of(work), templates.c.id == template_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is None or (row.mailbox_id is None and row.user_id != work.actor.user_id):
        raise NotFound(NO_TEMPLATE)
    if row.mailbox_id is not None:
        require_member(work, row.mailbox_id)
    return _opened(work, row)


def add_template(host: Host, work: Work, mailbox_id: UUID | None, content: Content) -> UUID:
    """Create a template of a mailbox, or one of the actor's own.

    Raises:
        NotFound: The mailbox is unknown, or the actor is not a member.
        Forbidden: The actor may only read there, or has no account.
        Invalid: A field is missing or too long.
        Conflict: The maximum number of templates has been reached.
    """
    _require_writer(work, mailbox_id)
    if work.actor.user_id is None:
        raise Forbidden("Bara en person kan skriva en mall.")
    template_id = uuid4()
    values = {
        "organisation_id": work.organisation_id,
        "id": template_id,
        "mailbox_id": mailbox_id,
        "user_id": work.actor.user_id if mailbox_id is None else None,
        **_sealed(work, template_id, _checked(content)),
    }
    owner = templates.c.user_id == work.actor.user_id if mailbox_id is None else templates.c.mailbox_id == mailbox_id
    with host.tables(work) as connection:
        count = connection.execute(select(func.count()).select_from(templates).where(_of(work), owner)).scalar_one()
        if count >= MOST:
            raise Conflict("Det finns redan {most} mallar. Ta bort någon som inte används.", most=MOST)
        connection.execute(insert(templates).values(values))
    _note(work, "templates.added", template_id, mailbox_id)
    return template_id


def change_template(host: Host, work: Work, template_id: UUID, content: Content, version: str) -> Template:
    """Change a template, unless somebody else has changed it since the actor opened it.

    Args:
        host: The plugin's host.
        work: The unit of work.
        template_id: The template.
        content: The new content.
        version: The time of the last change when the actor opened it.

    Raises:
        NotFound: As in `find_template`.
        Forbidden: The actor may only read in the mailbox.
        Invalid: A field is missing or too long.
        Conflict: Somebody else has changed it meanwhile.
    """
    template = find_template(host, work, template_id)
    _require_writer(work, template.mailbox_id)
    values = _sealed(work, template_id, _checked(content))
    same = (_of(work), templates.c.id == template_id, templates.c.changed_at == template.changed_at)
    is_unchanged = template.changed_at.isoformat() == version
    if is_unchanged:
        with host.tables(work) as connection:
            is_unchanged = connection.execute(update(templates).where(*same).values(**values)).rowcount > 0
    if not is_unchanged:
        sentence = "{name} har ändrat mallen sedan du öppnade den. Läs den igen innan du ändrar."
        raise Conflict(sentence, name=template.changed_by)
    _note(work, "templates.changed", template_id, template.mailbox_id)
    return template


def remove_template(host: Host, work: Work, template_id: UUID) -> Template:
    """Delete a template, and return what it was.

    Raises:
        NotFound: As in `find_template`.
        Forbidden: The actor may only read in the mailbox.
    """
    template = find_template(host, work, template_id)
    _require_writer(work, template.mailbox_id)
    with host.tables(work) as connection:
        connection.execute(delete(templates).where(_of(work), templates.c.id == template_id))
    _note(work, "templates.removed", template_id, template.mailbox_id)
    return template


def _require_writer(work: Work, mailbox_id: UUID | None) -> None:
    if not may_write(work, mailbox_id):
        raise Forbidden("Du får använda brevlådans mallar men inte ändra dem.")


def _note(work: Work, kind: str, template_id: UUID, mailbox_id: UUID | None) -> None:
    """Log a change that affects others. A person's own templates concern nobody else."""
    if mailbox_id is not None:
        record(work, kind, mailbox_id, template=str(template_id))


def _checked(content: Content) -> Content:
    name, subject = content.name.strip(), content.subject.strip()
    text = content.text.replace("\r\n", "\n").strip()
    faults = {}
    for field, value, longest in (
        ("name", name, LONGEST_NAME),
        ("subject", subject, LONGEST_SUBJECT),
        ("text", text, LONGEST_TEXT),
    ):
        if len(value) > longest:
            faults[field] = Sentence("Korta till högst {longest} tecken.", longest=longest)
    if not name:
        faults["name"] = Sentence("Ge mallen ett namn.")
    if not text:
        faults["text"] = Sentence("Skriv mallens text.")
    for field, value in (("name", name), ("subject", subject)):
        if any(ord(letter) < ord(" ") for letter in value):
            faults[field] = Sentence("Namn och ämne får bara ha en rad.")
    if faults:
        raise Invalid(NOT_SAVED, fields=faults)
    return Content(name, subject, text)


def _sealed(work: Work, template_id: UUID, content: Content) -> dict[str, Any]:
    plain = msgspec.json.encode(content)
    return {
        "content": work.vault.seal_small(work.organisation_id, label(template_id), plain, work.connection),
        "changed_at": datetime.now(UTC),
        "changed_by": work.actor.name,
    }


def label(template_id: UUID) -> str:
    """Return the label with which a template is sealed."""
    return f"template:{template_id}"


def _listed(host: Host, work: Work, owner: ColumnElement[bool]) -> list[Template]:
    with host.tables(work) as connection:
        rows = connection.execute(select(templates).where(_of(work), owner)).all()
    return sorted((_opened(work, row) for row in rows), key=lambda template: template.content.name.casefold())


def _opened(work: Work, row: Row[Any]) -> Template:
    plain = work.vault.open_small(work.organisation_id, label(row.id), row.content, work.connection)
    content = msgspec.json.decode(plain, type=Content)
    return Template(row.id, row.mailbox_id, content, row.changed_at, row.changed_by)


def _of(work: Work) -> ColumnElement[bool]:
    return templates.c.organisation_id == work.organisation_id
