"""Creating, finding, listing and naming entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from budkavle import Forbidden, Host, Invalid, Sentence, Work, record
from budkavle.accounts import read_settings
from budkavle_files.tables import entries, list_range
from budkavle_files.tree import names, rights
from budkavle_files.tree.quota import require_room
from budkavle_files.tree.search_words import index_name
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.store import entries_query, find_entry, load, lock
from budkavle_files.tree.sums import sums_of
from budkavle_files.tree.things import AccessRole, Entry, EntryKind, Owner, OwnerKind
from budkavle_files.tree.versions import NewVersion, store_version

TAKEN = "Det finns redan något som heter {name} i katalogen. Välj ett annat namn."
_LIVE = entries.c.binned_at.is_(None)


class Order(StrEnum):
    """The order of a catalogue's entries; catalogues always come first."""

    NAME = "name"
    NAME_DOWN = "-name"
    CHANGED = "changed"
    """The latest last."""
    CHANGED_DOWN = "-changed"
    SIZE = "size"
    SIZE_DOWN = "-size"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be created.

    Attributes:
        kind: Its kind.
        name: Unique in its catalogue.
        first: Its first version; None for a catalogue.
        rename: Whether a taken name gets a number, such as `Plan (2).pdf`, instead of an error.
    """

    kind: EntryKind
    name: str
    first: NewVersion | None = None
    rename: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the entries of a catalogue.

    Attributes:
        total: How many there are in all.
    """

    entries: Sequence[Entry]
    total: int


def create_catalogue(
    host: Host, work: Work, name: str, parent_id: UUID | None = None, mailbox_id: UUID | None = None
) -> Entry:
    """Create a catalogue.

    Args:
        host: The plugin's host.
        work: Its actor owns a top-level catalogue, is a member of the mailbox that does, or an author of the parent.
        name: Unique in its catalogue.
        parent_id: Its catalogue; None for a top-level one.
        mailbox_id: The function mailbox that owns a top-level catalogue; without it the actor does.

    Raises:
        Invalid: The name is not valid, or is taken.
        NotFound: The parent or the mailbox is out of the actor's reach.
        Forbidden: The actor may only read there, or only administrators may create catalogues in the organisation.
    """
    if parent_id is not None:
        entry = _add(host, work, parent_id, NewEntry(EntryKind.CATALOGUE, name))
    else:
        owner = _new_owner(work, mailbox_id)
        entry = _insert(host, work, EntryKind.CATALOGUE, names.checked(name), owner, None)
    record(work, "files.catalogue-created", entry.id)
    return entry


def add_entry(host: Host, work: Work, parent_id: UUID, new: NewEntry) -> Entry:
    """Add a file or a note to a catalogue.

    Args:
        host: The plugin's host.
        work: Its actor is at least an author of the catalogue.
        parent_id: The catalogue.
        new: The file or the note, with its first version.

    Raises:
        Invalid: The name is not valid, or is taken.
        NotFound: The catalogue is out of the actor's reach.
        Forbidden: The actor may only read there.
        Conflict: The owner's quota is full.

    Example:
        first = NewVersion(stored.id, stored.size, stored.content_type)
        entry = add_entry(host, work, catalogue.id, NewEntry(EntryKind.FILE, "Plan.pdf", first))
    """
    if new.first is None:
        raise ValueError("A file or a note has a first version.")
    entry = _add(host, work, parent_id, new)
    store_version(host, work, entry.id, new.first)
    record(work, f"files.{new.kind.value}-added", entry.id)
    return find_entry(host, work, entry.id)


def rename_entry(host: Host, work: Work, entry_id: UUID, name: str) -> None:
    """Rename an entry; its actor is an author, or for a catalogue its administrator.

    Raises:
        Invalid: The name is not valid, or is taken.
        NotFound: The entry is out of the actor's reach.
        Forbidden: The actor's role is too low.
    """
    entry = require_to_change(host, work, entry_id)
    name = names.checked(name)
    if name == entry.name:
        return
    place = names.place_hash(work, entry.parent_id, entry.owner, name)
    with host.tables(work) as connection:
        lock(connection, work, *([entry.parent_id] if entry.parent_id else []), entry.id)
        if _is_taken(connection.execute(_at_place(work, entry.parent_id, entry.owner, place)).scalars(), entry.id):
            raise _taken(name)
        row = connection.execute(select(entries.c.name).where(*_is(work, entry_id))).one()
        rank = Decimal(0)
        if entry.parent_id is not None:
            rank = names.Ranks(work, connection, entry.parent_id, catalogues=entry.is_catalogue).choose(name)
        sealed = names.seal_again(work, entry_id, row.name, name)
        connection.execute(
            update(entries).where(*_is(work, entry_id)).values(name=sealed, name_hash=place, rank=rank, **by(work))
        )
    index_name(host, work, entry_id, name)
    record(work, "files.renamed", entry_id)


def change_settings(host: Host, work: Work, entry_id: UUID, *, loa: int, confidential: bool) -> None:
    """Set the level of assurance that an entry requires, and whether it is marked as covered by secrecy.

    Raises:
        NotFound: The entry is out of the actor's reach.
        Forbidden: The actor may not change it, or the actor's level is below the old level or the new one.
    """
    entry = require_to_change(host, work, entry_id)
    if (loa, confidential) == (entry.loa, entry.confidential):
        return
    if not work.actor.may_read_at(max(loa, entry.level)):
        raise Forbidden("Du behöver vara legitimerad på minst den tillitsnivå som krävs och som du väljer.")
    with host.tables(work) as connection:
        values = {"loa": loa, "confidential": confidential}
        connection.execute(update(entries).where(*_is(work, entry_id)).values(**values, **by(work)))
    record(work, "files.settings-changed", entry_id, loa=loa, confidential=confidential)


def require_to_change(host: Host, work: Work, entry_id: UUID) -> Entry:
    """Return an entry that the actor may rename, move or delete: an author may, for a catalogue its administrator.

    Raises:
        NotFound: The entry is out of the actor's reach, or in the bin.
        Forbidden: The actor's role is too low.
    """
    entry = rights.require(host, work, entry_id, AccessRole.READER)
    rights.require_role(host, work, entry, AccessRole.ADMINISTRATOR if entry.is_catalogue else AccessRole.AUTHOR)
    return entry


def list_catalogue(
    host: Host, work: Work, catalogue: Entry, order: Order = Order.NAME, offset: int = 0, limit: int = 50
) -> Slice:
    """Return entries of a catalogue that the actor may read, catalogues first; a reader of it may read all of them."""
    inside = sums_of(host, work, [catalogue.id])[catalogue.id]
    first = max(0, min(inside.catalogues - offset, limit))
    shown = [
        *_list_range(host, work, catalogue, order, (0, offset, first)),
        *_list_range(host, work, catalogue, order, (1, max(0, offset - inside.catalogues), limit - first)),
    ]
    return Slice(shown, inside.entries)


def _list_range(host: Host, work: Work, catalogue: Entry, order: Order, part: tuple[int, int, int]) -> Sequence[Entry]:
    """Return some of the catalogues in a catalogue, or of the rest: an index has each range in every order.

    Args:
        host: The plugin's host.
        work: In the organisation.
        catalogue: The catalogue.
        order: Their order.
        part: The range, how many to skip, and how many to return.
    """
    range_, offset, limit = part
    if limit <= 0:
        return []
    inside = (entries.c.parent_id == catalogue.id, list_range == range_, _LIVE)
    level = func.greatest(entries.c.loa, catalogue.level).label("level")
    query = select(entries, level).where(entries.c.organisation_id == work.organisation_id, *inside)
    return load(host, work, query.order_by(*_ordered(order)).offset(offset).limit(limit))


def list_tops(host: Host, work: Work, owners: Sequence[Owner]) -> list[Entry]:
    """Return the top-level catalogues of some owners, by name; the caller has checked the actor's rights."""
    mine = or_(*(and_(entries.c.owner_kind == owner.kind.value, entries.c.owner_id == owner.id) for owner in owners))
    tops = load(host, work, entries_query(work, entries.c.parent_id.is_(None), _LIVE, mine)) if owners else []
    return sorted(tops, key=lambda entry: names.order(entry.name))


def find_named(host: Host, work: Work, parent: Entry, name: str) -> Entry | None:
    """Return the entry with a name in a catalogue that the actor may read; None if there is none."""
    place = names.place_hash(work, parent.id, parent.owner, " ".join(name.split()))
    children = load(
        host, work, entries_query(work, entries.c.parent_id == parent.id, entries.c.name_hash == place, _LIVE)
    )
    return children[0] if children else None


def free_name(host: Host, work: Work, parent_id: UUID | None, owner: Owner, name: str) -> str:
    """Return a free name in a catalogue: the name itself, or one with a number."""
    stem, dot, ending = name.rpartition(".")
    base, ending = (stem, dot + ending) if stem else (name, "")
    for number in range(1, 10_000):
        free = name if number == 1 else f"{base[: names.LONGEST - len(ending) - 8]} ({number}){ending}"
        place = names.place_hash(work, parent_id, owner, free)
        with host.tables(work) as connection:
            if connection.execute(_at_place(work, parent_id, owner, place)).first() is None:
                return free
    raise _taken(name)


def by(work: Work) -> dict[str, Any]:
    """Return the values that record who changes an entry, and that it is now."""
    return {"changed_at": func.now(), "changed_by_id": work.actor.user_id, "changed_by": work.actor.name}


def _new_owner(work: Work, mailbox_id: UUID | None) -> Owner:
    if work.actor.user_id is None:
        raise Forbidden("Det här kan bara en person med konto göra.")
    if read_settings(work, FileSettings).creators == "administrators" and not work.actor.is_admin:
        raise Forbidden("I den här organisationen är det bara administratörer som skapar kataloger. Be en av dem.")
    if mailbox_id is None:
        return Owner(OwnerKind.PERSON, work.actor.user_id)
    role = rights.mailbox_role(work, mailbox_id)
    if role is None or role < AccessRole.AUTHOR:
        raise Forbidden("Bara den som är med i brevlådan kan skapa en katalog för den.")
    return Owner(OwnerKind.MAILBOX, mailbox_id)


def _add(host: Host, work: Work, parent_id: UUID, new: NewEntry) -> Entry:
    parent = rights.require(host, work, parent_id, AccessRole.AUTHOR)
    if not parent.is_catalogue:
        raise Invalid("Det gick inte att lägga till.", fields={"name": "Välj en katalog att lägga det i."})
    require_room(host, work, parent.owner, new.first.size if new.first else 0)
    with host.tables(work) as connection:
        lock(connection, work, parent_id)
    name = names.checked(new.name)
    if new.rename:
        name = free_name(host, work, parent_id, parent.owner, name)
    return _insert(host, work, new.kind, name, parent.owner, parent)


def _insert(host: Host, work: Work, kind: EntryKind, name: str, owner: Owner, parent: Entry | None) -> Entry:
    entry_id, parent_id = uuid4(), parent.id if parent else None
    place = names.place_hash(work, parent_id, owner, name)
    sealed = names.seal(work, entry_id, name)
    with host.tables(work) as connection:
        if connection.execute(_at_place(work, parent_id, owner, place)).first() is not None:
            raise _taken(name)
        rank = Decimal(0)
        if parent_id is not None:
            is_catalogue = kind is EntryKind.CATALOGUE
            rank = names.Ranks(work, connection, parent_id, catalogues=is_catalogue).choose(name)
        row = insert(entries).values(
            organisation_id=work.organisation_id,
            id=entry_id,
            kind=kind.value,
            parent_id=parent_id,
            path=list(parent.line) if parent else [],
            owner_kind=owner.kind.value,
            owner_id=owner.id,
            name=sealed,
            name_hash=place,
            rank=rank,
            loa=0,
            confidential=False,
            version=0,
            size=0,
            stored=0,
            media_type="",
            created_at=func.now(),
            binned_by="",
            **by(work),
        )
        try:
            connection.execute(row)
        except IntegrityError as error:  # at the top nothing is locked, so another may be faster
            raise _taken(name) from error
    index_name(host, work, entry_id, name)
    return find_entry(host, work, entry_id)


def _taken(name: str) -> Invalid:
    return Invalid("Namnet kunde inte sparas.", fields={"name": Sentence(TAKEN, name=name)})


def _at_place(work: Work, parent_id: UUID | None, owner: Owner, place: int) -> Any:
    return select(entries.c.id).where(
        entries.c.organisation_id == work.organisation_id,
        func.coalesce(entries.c.parent_id, entries.c.owner_id) == (parent_id or owner.id),
        entries.c.name_hash == place,
        _LIVE,
    )


def _is(work: Work, entry_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return entries.c.organisation_id == work.organisation_id, entries.c.id == entry_id


def _is_taken(ids: Any, this_id: UUID) -> bool:
    return any(entry_id != this_id for entry_id in ids)


def _ordered(order: Order) -> list[ColumnElement[Any]]:
    column = {"name": entries.c.rank, "changed": entries.c.changed_at, "size": entries.c.size}[order.value.lstrip("-")]
    down = order.value.startswith("-")
    return [column.desc() if down else column, entries.c.id.desc() if down else entries.c.id]
