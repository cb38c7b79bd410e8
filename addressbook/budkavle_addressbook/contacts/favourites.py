"""Favourites ("Sparade mottagare"): functions of the national address book, shared in a mailbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Actor, Address, Entry, Host, NotFound, record
from budkavle.accounts import require_member
from budkavle_addressbook.contacts.books import Book, require_keeper
from budkavle_addressbook.name_search import haystack, matches, sort_key, words
from budkavle_addressbook.national.entries import SOURCE, TRANSPORT, exact
from budkavle_addressbook.tables import favourites, functions


@dataclass(frozen=True, slots=True)
class Favourite:
    """A saved recipient. It is `missing` if the address book no longer has it."""

    entry: Entry
    missing: bool


def listed(host: Host, actor: Actor, mailbox_id: UUID, text: str = "") -> list[Favourite]:
    """Return the mailbox's favourites that have every word, in Swedish order.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    with host.work(actor) as work:
        require_member(work, mailbox_id)
        with host.tables(work) as connection:
            saved = rows(connection, actor, mailbox_id)
    parts = words(text)
    matching = [_favourite(row) for row in saved if matches(parts, row["stack"] or _own_stack(row))]
    return sorted(
        matching,
        key=lambda favourite: sort_key(f"{favourite.entry.address.name} {favourite.entry.address.organisation}"),
    )


def save(host: Host, actor: Actor, mailbox_id: UUID, identifier: str) -> Entry:
    """Save a function of the national address book in the mailbox. Saving it again changes nothing.

    Raises:
        NotFound: The actor is not a member of the mailbox, or the address book has no such identifier.
        Forbidden: Only the mailbox's administrators may change its saved recipients.
    """
    with host.work(actor) as work:
        require_member(work, mailbox_id)
        require_keeper(work, Book(mailbox_id))
        with host.tables(work) as connection:
            function = exact(connection, identifier)
        if function is None:
            raise NotFound("Mottagaren finns inte i adressboken. Sök efter den igen.")
        row = {name: function[name] for name in ("identifier", "name", "organisation", "participant")}
        key = {"organisation_id": actor.organisation_id, "mailbox_id": mailbox_id, "transport": TRANSPORT}
        saved = {"saved_at": datetime.now(UTC), "saved_by": actor.user_id}
        statement = upsert(favourites).values(key | row | saved).on_conflict_do_nothing()
        with host.tables(work) as connection:
            is_new = connection.execute(statement).rowcount > 0
        if is_new:
            record(work, "favourite.saved", mailbox_id, identifier=identifier)
    return _entry(function)


def remove(host: Host, actor: Actor, mailbox_id: UUID, identifier: str) -> bool:
    """Remove a favourite, and return whether it existed.

    Raises:
        NotFound: The actor is not a member of the mailbox.
        Forbidden: Only the mailbox's administrators may change its saved recipients.
    """
    with host.work(actor) as work:
        require_member(work, mailbox_id)
        require_keeper(work, Book(mailbox_id))
        where = and_(_of(actor.organisation_id, mailbox_id), favourites.c.identifier == identifier)
        with host.tables(work) as connection:
            done = connection.execute(delete(favourites).where(where)).rowcount > 0
        if done:
            record(work, "favourite.removed", mailbox_id, identifier=identifier)
    return done


def rows(connection: Connection, actor: Actor, mailbox_id: UUID) -> Sequence[RowMapping]:
    """Return the saved rows, with their current data in the national copy. `stack` is None if it has none."""
    columns = functions.c
    current = [func.coalesce(columns[name], favourites.c[name]).label(name) for name in ("name", "organisation")]
    query = select(
        favourites.c.identifier,
        favourites.c.participant,
        *current,
        columns.stack,
        columns.description,
        columns.keywords,
    )
    query = query.select_from(favourites.outerjoin(functions, columns.identifier == favourites.c.identifier))
    return connection.execute(query.where(_of(actor.organisation_id, mailbox_id))).mappings().all()


def _of(organisation_id: UUID, mailbox_id: UUID) -> ColumnElement[bool]:
    c = favourites.c
    return and_(c.organisation_id == organisation_id, c.mailbox_id == mailbox_id, c.transport == TRANSPORT)


def _favourite(row: RowMapping) -> Favourite:
    return Favourite(_entry(row), missing=row["stack"] is None)


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(
        address=Address(TRANSPORT, row["identifier"], row["name"], row["organisation"], row["participant"]),
        description=row["description"] or "",
        keywords=tuple(row["keywords"] or ()),
        favourite=True,
        source=SOURCE,
    )


def _own_stack(row: RowMapping) -> str:
    return haystack(row["name"], row["organisation"], row["participant"], row["identifier"])
