"""The link between a function mailbox and its identifier in the address book (features AB3, K5, K6)."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select
from sqlalchemy.exc import IntegrityError

from budkavle import Actor, ActorScope, Host, Invalid, MailboxKind, Sentence, Work, record
from budkavle.accounts import all_mailboxes, mailbox_exists, require_admin, standing
from budkavle.storage import QueryFile, Statement
from budkavle_addressbook import participants
from budkavle_addressbook.name_search import sort_key
from budkavle_addressbook.national.entries import TRANSPORT, exact
from budkavle_addressbook.tables import functions, links

FIELD = "identifier"
"""The form field "Identifierare i adressbok", where every error is shown."""


class _Queries(QueryFile):
    find_mailbox: Statement
    list_links: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Link:
    """A mailbox and its identifier, with its name in the address book.

    Attributes:
        broken: A sentence that says why the link is broken. Empty if it is not.
    """

    mailbox_id: UUID
    mailbox: str
    identifier: str
    name: str
    organisation: str
    participant: str
    broken: str = ""


def link(host: Host, actor: Actor, mailbox_id: UUID, identifier: str) -> Link:
    """Link a mailbox to an identifier, instead of its previous one.

    Raises:
        Forbidden: The actor does not administer the organisation.
        NotFound: The mailbox does not exist.
        Invalid: The identifier is unknown, belongs to another organisation, or is used by another mailbox.
    """
    require_admin(actor)
    identifier = identifier.strip()
    with host.work(actor) as work:
        alive = [box.id for box in all_mailboxes(work)]
    try:
        with host.work(actor) as work:
            name = _shared(work, mailbox_id)
            with host.tables(work) as connection:
                function = _ours(connection, actor.organisation_id, identifier)
                _make_room(
                    connection, actor.organisation_id, links.c.mailbox_id == mailbox_id, _held(identifier, alive)
                )
            row = {name: function[name] for name in ("identifier", "name", "organisation", "participant")}
            key = {"organisation_id": actor.organisation_id, "mailbox_id": mailbox_id, "transport": TRANSPORT}
            made = {"linked_at": datetime.now(UTC), "linked_by": actor.user_id}
            with host.tables(work) as connection:
                connection.execute(insert(links).values(key | row | made))
            record(work, "mailbox.linked", mailbox_id, identifier=identifier)
            with host.tables(work) as connection:
                return _read(connection, actor.organisation_id, {mailbox_id: name})[0]
    except IntegrityError as error:
        raise _fault("Identifieraren hör redan till en annan brevlåda. Ta bort den kopplingen först.") from error


def unlink(host: Host, actor: Actor, mailbox_id: UUID) -> bool:
    """Remove a mailbox's link, and return whether there was one.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(actor)
    with host.work(actor) as work:
        where = and_(_here(actor.organisation_id), links.c.mailbox_id == mailbox_id)
        with host.tables(work) as connection:
            gone = connection.execute(delete(links).where(where).returning(links.c.identifier)).scalar_one_or_none()
        if gone is not None:
            record(work, "mailbox.unlinked", mailbox_id, identifier=gone)
    return gone is not None


def of_mailbox(host: Host, actor: Actor, mailbox_id: UUID) -> Link | None:
    """Return a mailbox's link, even if it is broken.

    Raises:
        NotFound: The actor has no access to the mailbox.
    """
    with host.work(actor) as work:
        name = standing(work, mailbox_id).mailbox.name
        with host.tables(work) as connection:
            return find(connection, actor.organisation_id, mailbox_id, name)


def find(connection: Connection, organisation_id: UUID, mailbox_id: UUID, name: str = "") -> Link | None:
    """Return a mailbox's link within a transaction of its organisation."""
    return next(iter(_read(connection, organisation_id, {mailbox_id: name})), None)


def all_links(host: Host, organisation_id: UUID) -> list[Link]:
    """Return the links of an organisation's mailboxes, by mailbox name, for the health check and the command."""
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        names = {box.id: box.name for box in all_mailboxes(work)}
    with host.transaction(organisation_id) as connection:
        return sorted(_read(connection, organisation_id, names), key=lambda link: sort_key(link.mailbox))


def mailbox_of(host: Host, work: Work, transport: str, identifier: str) -> tuple[UUID, UUID] | None:
    """Return the organisation and mailbox that an identifier of ours is linked to, in any organisation."""
    with host.tables(work) as connection:
        rows = QUERIES.find_mailbox.all(connection, {"transport": transport, "identifier": identifier})
    for row in rows:
        with _in_organisation(host, work, row.organisation_id) as theirs:
            if mailbox_exists(theirs, row.mailbox_id):
                return row.organisation_id, row.mailbox_id
    return None


def _in_organisation(host: Host, work: Work, organisation_id: UUID) -> AbstractContextManager[Work]:
    """Return the work itself if it is in the organisation, otherwise a new one in it."""
    return nullcontext(work) if work.organisation_id == organisation_id else host.work(host.system(organisation_id))


def choices(host: Host, actor: Actor) -> list[tuple[str, str]]:
    """Return (identifier, name) of the organisation's own functions in the copy, for the form, by name."""
    with host.transaction(actor.organisation_id) as connection:
        participant = participants.of(connection, actor.organisation_id)
        query = select(functions.c.identifier, functions.c.name).where(functions.c.participant == participant)
        return [(row.identifier, row.name) for row in connection.execute(query.order_by(functions.c.sort_key))]


def _shared(work: Work, mailbox_id: UUID) -> str:
    mailbox = standing(work, mailbox_id).mailbox
    if mailbox.kind is not MailboxKind.FUNCTION:
        raise _fault("En personlig inkorg kan inte ha en funktionsadress. Koppla en funktionsbrevlåda.")
    return mailbox.name


def _ours(connection: Connection, organisation_id: UUID, identifier: str) -> Mapping[Any, Any]:
    if not identifier:
        raise _fault("Skriv funktionens identifierare, som den står i adressboken.")
    function = exact(connection, identifier)
    if function is None:
        raise _fault(
            "Identifieraren finns inte i adressboken. Kontrollera att den är rätt skriven, eller vänta tills "
            "den har lagts upp där."
        )
    participant = participants.of(connection, organisation_id)
    if participant is None:
        raise _fault("Organisationen saknar deltagaridentitet. Be den som sköter installationen att ange den.")
    if function["participant"] != participant:
        raise _fault(
            "Identifieraren hör till en annan organisation i adressboken ({owner}).", owner=function["organisation"]
        )
    return function


def _held(identifier: str, alive: Sequence[UUID]) -> ColumnElement[bool]:
    """Return the condition that a deleted mailbox still has the identifier."""
    return and_(links.c.identifier == identifier, links.c.mailbox_id.not_in(alive))


def _make_room(connection: Connection, organisation_id: UUID, *which: ColumnElement[bool]) -> None:
    connection.execute(delete(links).where(_here(organisation_id), or_(*which)))


def _read(connection: Connection, organisation_id: UUID, names: Mapping[UUID, str]) -> list[Link]:
    """Return the links of these mailboxes, with their current data in the copy."""
    values = {"organisation": organisation_id, "boxes": list(names), "transport": TRANSPORT}
    return [
        Link(
            mailbox_id=row.mailbox_id,
            mailbox=names[row.mailbox_id],
            identifier=row.identifier,
            name=row.name,
            organisation=row.organisation,
            participant=row.participant,
            broken=_broken(row.now_participant, row.own),
        )
        for row in QUERIES.list_links.all(connection, values)
    ]


def _broken(participant: str | None, expected: str | None) -> str:
    if participant is None:
        return "Identifieraren finns inte längre i adressboken."
    if participant != expected:
        return "Identifieraren hör inte längre till organisationen i adressboken."
    return ""


def _here(organisation_id: UUID) -> ColumnElement[bool]:
    return and_(links.c.organisation_id == organisation_id, links.c.transport == TRANSPORT)


def _fault(sentence: str, **values: object) -> Invalid:
    return Invalid("Brevlådan kopplades inte.", fields={FIELD: Sentence(sentence, **values)})
