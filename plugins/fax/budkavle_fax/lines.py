"""The organisations' own numbers: each is one mailbox's, in the whole installation (feature T2)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from budkavle import Actor, Host, Invalid, MailboxKind, all_mailboxes, record, require_admin
from budkavle_fax.numbers import e164
from budkavle_fax.tables import lines

TAKEN = "Numret är redan kopplat till en brevlåda. Ta bort den kopplingen först, eller välj ett annat nummer."
NO_MAILBOX = "Välj vilken brevlåda som ska få fax till numret."


@dataclass(frozen=True, slots=True)
class Line:
    """A number and the mailbox that it is linked to."""

    number: str
    mailbox_id: UUID
    mailbox: str


def numbers_of(host: Host, organisation_id: UUID, mailbox_id: UUID) -> list[str]:
    """Return the numbers of a mailbox, E.164; the first is what it sends from."""
    query = select(lines.c.number).where(lines.c.organisation_id == organisation_id, lines.c.mailbox_id == mailbox_id)
    with host.transaction(organisation_id) as connection:
        return list(connection.execute(query.order_by(lines.c.number)).scalars())


def owner(host: Host, number: str) -> tuple[UUID, UUID] | None:
    """Return (organisation, mailbox) of a number of ours, or None."""
    query = text("SELECT organisation_id, mailbox_id FROM fax_called(:number)")
    with host.transaction(None) as connection:
        found = connection.execute(query, {"number": number}).one_or_none()
    return (found.organisation_id, found.mailbox_id) if found else None


def listed(host: Host, actor: Actor) -> list[Line]:
    """Return the organisation's numbers, for administrators."""
    require_admin(actor)
    names = {box.id: box.name for box in all_mailboxes(host.platform, actor)}
    query = select(lines).where(lines.c.organisation_id == actor.organisation_id).order_by(lines.c.number)
    with host.transaction(actor.organisation_id) as connection:
        rows = connection.execute(query).all()
    return [Line(row.number, row.mailbox_id, names.get(row.mailbox_id, "")) for row in rows]


def link(host: Host, actor: Actor, typed: str, mailbox_id: UUID | None) -> str:
    """Link a number to a function mailbox; return it as E.164.

    Raises:
        Invalid: It is no number, it is linked already, or there is no such mailbox; with a sentence at the field.
        Forbidden: The actor is no administrator.
    """
    require_admin(actor)
    try:
        number = e164(typed)
    except Invalid as error:
        raise Invalid(str(error), fields={"number": str(error)}) from error
    boxes = {box.id for box in all_mailboxes(host.platform, actor) if box.kind is MailboxKind.FUNCTION}
    if mailbox_id not in boxes:
        raise Invalid(NO_MAILBOX, fields={"mailbox": NO_MAILBOX})
    values = {"number": number, "organisation_id": actor.organisation_id, "mailbox_id": mailbox_id}
    try:
        with host.transaction(actor.organisation_id) as connection:
            connection.execute(insert(lines).values(**values))
            record(connection, actor, "fax.number-linked", mailbox_id, number=number)
    except IntegrityError as error:
        raise Invalid(TAKEN, fields={"number": TAKEN}) from error
    return number


def unlink(host: Host, actor: Actor, number: str) -> None:
    """Take a link away; faxes to the number then go to the organisation's default mailbox."""
    require_admin(actor)
    where = (lines.c.organisation_id == actor.organisation_id, lines.c.number == number)
    with host.transaction(actor.organisation_id) as connection:
        gone = connection.execute(delete(lines).where(*where).returning(lines.c.mailbox_id)).scalar_one_or_none()
        if gone is not None:
            record(connection, actor, "fax.number-unlinked", gone, number=number)
