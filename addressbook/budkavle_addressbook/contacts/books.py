"""Contacts of a person and of a mailbox (features B1 to B8): stored sealed, found only by their owner."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, insert, select, update

from budkavle import Actor, Forbidden, Host, Invalid, NotFound, Work, record
from budkavle.accounts import read_settings, require_member, standing
from budkavle_addressbook.book_settings import ADMINISTRATORS, BookSettings
from budkavle_addressbook.contacts.contact import Contact, Fields, checked, pack, unpack
from budkavle_addressbook.name_search import matches, sort_key, words
from budkavle_addressbook.tables import contacts

MOST_IN_BOOK = 10_000
"""The most contacts of one book. A search opens them all."""


@dataclass(frozen=True, slots=True)
class Book:
    """A book: a mailbox's, shared by its members, or (None) the actor's own. There are no others (feature B3)."""

    mailbox_id: UUID | None = None


def search(host: Host, actor: Actor, book: Book, text: str = "") -> list[Contact]:
    """Return the contacts of a book whose name or e-mail has every word, in Swedish order (feature B7).

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    with host.work(actor) as work:
        where = _where(work, book)
        with host.tables(work) as connection:
            rows = connection.execute(select(contacts).where(where)).mappings().all()
    parts = words(text)
    matching = [contact for contact in _open(host, rows) if matches(parts, contact.stack)]
    return sorted(matching, key=lambda contact: (sort_key(contact.name), contact.fields.email))


def get(host: Host, actor: Actor, book: Book, contact_id: UUID) -> Contact:
    """Return one contact.

    Raises:
        NotFound: The actor has no such contact in this book.
    """
    with host.work(actor) as work:
        where = and_(_where(work, book), contacts.c.id == contact_id)
        with host.tables(work) as connection:
            row = connection.execute(select(contacts).where(where)).mappings().one_or_none()
    if row is None:
        raise _gone()
    return _open(host, [row])[0]


def add(host: Host, actor: Actor, book: Book, typed: Mapping[str, str]) -> Contact:
    """Add a contact to a book. `typed` has name, email, phone and perhaps personnummer.

    Raises:
        Invalid: A field is invalid; `fields` says which.
        Forbidden: The organisation does not allow it; see `require_keeper`.
        NotFound: The actor is not a member of the mailbox.
    """
    fields = checked(typed)
    owner = _owner(actor, book)
    contact = Contact(uuid4(), fields, **owner)
    with host.work(actor) as work:
        _where(work, book)
        require_keeper(work, book)
        with host.tables(work) as connection:
            connection.execute(insert(contacts).values(_row(host, actor, contact.id, owner, fields)))
        record(work, "contact.added", contact.id)
    return contact


def add_many(host: Host, actor: Actor, book: Book, contacts_to_add: Sequence[Fields]) -> int:
    """Add the contacts of a file to a book, all or none, and return the number.

    Raises:
        Invalid: The book would have too many contacts.
        Forbidden: The organisation does not allow it; see `require_keeper`.
        NotFound: The actor is not a member of the mailbox.
    """
    owner = _owner(actor, book)
    with host.work(actor) as work:
        where = _where(work, book)
        require_keeper(work, book)
        rows = [_row(host, actor, uuid4(), owner, fields) for fields in contacts_to_add]
        with host.tables(work) as connection:
            present = connection.execute(select(func.count()).select_from(contacts).where(where)).scalar_one()
            if present + len(rows) > MOST_IN_BOOK:
                raise Invalid("Adressboken rymmer högst {most} kontakter. Ta bort några först.", most=MOST_IN_BOOK)
            if rows:
                connection.execute(insert(contacts), rows)
        record(work, "contact.imported", book.mailbox_id or actor.user_id, count=len(rows))
    return len(rows)


def note_export(host: Host, actor: Actor, book: Book, count: int) -> None:
    """Note in the event log that a book was exported as a file.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    with host.work(actor) as work:
        _where(work, book)
        record(work, "contact.exported", book.mailbox_id or actor.user_id, count=count)


def change(host: Host, actor: Actor, book: Book, contact_id: UUID, typed: Mapping[str, str]) -> Contact:
    """Change a contact of a book.

    Raises:
        Invalid: A field is invalid; `fields` says which.
        Forbidden: The organisation does not allow it; see `require_keeper`.
        NotFound: It is not in this book.
    """
    fields = checked(typed)
    sealed = host.vault.seal_small(actor.organisation_id, _label(contact_id), pack(fields))
    with host.work(actor) as work:
        where = and_(_where(work, book), contacts.c.id == contact_id)
        require_keeper(work, book)
        with host.tables(work) as connection:
            done = connection.execute(update(contacts).where(where).values(sealed=sealed, changed_at=datetime.now(UTC)))
        if not done.rowcount:
            raise _gone()
        record(work, "contact.changed", contact_id)
    return Contact(contact_id, fields, **_owner(actor, book))


def remove(host: Host, actor: Actor, book: Book, contact_ids: Iterable[UUID]) -> int:
    """Delete the ticked contacts from a book (feature B6), and return the number."""
    with host.work(actor) as work:
        where = and_(_where(work, book), contacts.c.id.in_(list(contact_ids)))
        if book.mailbox_id is not None:  # users who may no longer add contacts may still delete their own
            require_keeper(work, book)
        with host.tables(work) as connection:
            gone = connection.execute(delete(contacts).where(where).returning(contacts.c.id)).scalars().all()
        for contact_id in gone:
            record(work, "contact.removed", contact_id)
    return len(gone)


def require_keeper(work: Work, book: Book) -> None:
    """Require a person whom the organisation, or the mailbox, allows to change a book.

    Raises:
        Forbidden: Only the mailbox's administrators may, or nobody may have contacts of their own.
    """
    rules = read_settings(work, BookSettings, mailbox_id=book.mailbox_id)
    if book.mailbox_id is None:
        if not rules.own_contacts:
            raise Forbidden("Er organisation har inga egna kontakter. Lägg kontakten i en brevlåda i stället.")
    elif rules.shared_by == ADMINISTRATORS and not standing(work, book.mailbox_id).administrator:
        raise Forbidden("Bara brevlådans administratörer ändrar dess kontakter och sparade mottagare.")


def _where(work: Work, book: Book) -> ColumnElement[bool]:
    """Return the condition for the rows of a book, if the actor may open it."""
    in_organisation = contacts.c.organisation_id == work.organisation_id
    if book.mailbox_id is None:
        return and_(in_organisation, contacts.c.user_id == _person(work.actor))
    require_member(work, book.mailbox_id)
    return and_(in_organisation, contacts.c.mailbox_id == book.mailbox_id)


def _owner(actor: Actor, book: Book) -> dict[str, UUID]:
    return {"mailbox_id": book.mailbox_id} if book.mailbox_id else {"user_id": _person(actor)}


def _row(host: Host, actor: Actor, contact_id: UUID, owner: Mapping[str, UUID], fields: Fields) -> dict[str, Any]:
    return {
        "organisation_id": actor.organisation_id,
        "id": contact_id,
        **owner,
        "sealed": host.vault.seal_small(actor.organisation_id, _label(contact_id), pack(fields)),
        "changed_at": datetime.now(UTC),
    }


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise Forbidden("En personlig adressbok hör till en person.")
    return actor.user_id


def _open(host: Host, rows: Iterable[RowMapping]) -> list[Contact]:
    return [
        Contact(
            id=row["id"],
            fields=unpack(host.vault.open_small(row["organisation_id"], _label(row["id"]), row["sealed"])),
            user_id=row["user_id"],
            mailbox_id=row["mailbox_id"],
        )
        for row in rows
    ]


def _label(contact_id: UUID) -> str:
    return f"contact:{contact_id}"


def _gone() -> NotFound:
    return NotFound("Kontakten finns inte i den här adressboken.")
