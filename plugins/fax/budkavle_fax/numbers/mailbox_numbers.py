"""The fax numbers of mailboxes: a number belongs to one mailbox in the whole installation."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from budkavle import Actor, ActorScope, Host, Invalid, MailboxKind, Work, record
from budkavle.accounts import all_mailboxes, require_admin
from budkavle_fax.numbers import ranges
from budkavle_fax.numbers.formats import e164
from budkavle_fax.tables import lines

NOT_OWN = "Numret hör inte till er organisation. Välj ett av era nummer, eller be er IT-avdelning dela ut det till er."
NO_MAILBOX = "Välj vilken brevlåda som ska få fax till numret."


@dataclass(frozen=True, slots=True)
class Line:
    """A number and the mailbox that it is linked to."""

    number: str
    mailbox_id: UUID
    mailbox: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked number, E.164, and whether it was moved from another mailbox."""

    number: str
    moved: bool


def numbers_of(host: Host, organisation_id: UUID, mailbox_id: UUID) -> list[str]:
    """Return the numbers of a mailbox, E.164; it sends from the first."""
    query = select(lines.c.number).where(lines.c.organisation_id == organisation_id, lines.c.mailbox_id == mailbox_id)
    with host.transaction(organisation_id) as connection:
        return list(connection.execute(query.order_by(lines.c.number)).scalars())


def owner(connection: Connection, number: str) -> tuple[UUID, UUID] | None:
    """Return (organisation, mailbox) of one of our numbers, or None; the connection is to the plugin's own tables."""
    query = text("SELECT organisation_id, mailbox_id FROM fax_called(:number)")
    row = connection.execute(query, {"number": number}).one_or_none()
    return (row.organisation_id, row.mailbox_id) if row else None


def listed(host: Host, actor: Actor) -> list[Line]:
    """Return the organisation's numbers, for administrators."""
    require_admin(actor)
    with host.work(actor) as work:
        names = {box.id: box.name for box in all_mailboxes(work)}
    query = select(lines).where(lines.c.organisation_id == actor.organisation_id).order_by(lines.c.number)
    with host.transaction(actor.organisation_id) as connection:
        rows = connection.execute(query).all()
    return [Line(row.number, row.mailbox_id, names.get(row.mailbox_id, "")) for row in rows]


def link(host: Host, actor: Actor, typed: str, mailbox_id: UUID | None) -> Linked:
    """Link a number of the organisation to a function mailbox, or move it there.

    An administrator of the installation also gives the number to the organisation, if nobody has it.

    Raises:
        Invalid: It is not a number, or not the organisation's, or the mailbox does not exist; the field has a message.
        Forbidden: The actor is not an administrator.
    """
    require_admin(actor)
    try:
        number = e164(typed)
    except Invalid as error:
        raise Invalid(str(error), fields={"number": str(error)}) from error
    with host.work(actor) as work:
        boxes = {box.id for box in all_mailboxes(work) if box.kind is MailboxKind.FUNCTION}
    if mailbox_id is None or mailbox_id not in boxes:
        raise Invalid(NO_MAILBOX, fields={"mailbox": NO_MAILBOX})
    try:
        with host.work(actor) as work:
            _require_own(host, work, number)
            return Linked(number, _write(host, work, number, mailbox_id))
    except IntegrityError as error:
        raise Invalid(NOT_OWN, fields={"number": NOT_OWN}) from error


def _require_own(host: Host, work: Work, number: str) -> None:
    with host.tables(work) as connection:
        if ranges.has(connection, work.organisation_id, number):
            return
    if not work.actor.may(ActorScope.INSTALLATION):
        raise Invalid(NOT_OWN, fields={"number": NOT_OWN})
    ranges.keep(host, work, number, number)


def _write(host: Host, work: Work, number: str, mailbox_id: UUID) -> bool:
    """Link a number; return whether it belonged to another mailbox before."""
    conditions = (lines.c.organisation_id == work.organisation_id, lines.c.number == number)
    with host.tables(work) as connection:
        before = connection.execute(
            select(lines.c.mailbox_id).where(*conditions).with_for_update()
        ).scalar_one_or_none()
        if before == mailbox_id:
            return False
        if before is None:
            values = {"number": number, "organisation_id": work.organisation_id, "mailbox_id": mailbox_id}
            connection.execute(insert(lines).values(**values))
        else:
            connection.execute(update(lines).where(*conditions).values(mailbox_id=mailbox_id))
    if before is not None:
        record(work, "fax.number-unlinked", before, number=number)
    record(work, "fax.number-linked", mailbox_id, number=number)
    return before is not None


def unlink(host: Host, actor: Actor, number: str) -> None:
    """Remove a link; faxes to the number then go to the organisation's default mailbox."""
    require_admin(actor)
    where = (lines.c.organisation_id == actor.organisation_id, lines.c.number == number)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            gone = connection.execute(delete(lines).where(*where).returning(lines.c.mailbox_id)).scalar_one_or_none()
        if gone is not None:
            record(work, "fax.number-unlinked", gone, number=number)
