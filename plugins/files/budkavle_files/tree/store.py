"""Reads rows of the tree into objects, without checking access; `rights` does that."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, any_, func, select

from budkavle import Host, NotFound, Work
from budkavle.storage import note_refusal
from budkavle_files.tables import entries
from budkavle_files.tree import names
from budkavle_files.tree.things import GONE, Entry, EntryKind, Owner, OwnerKind

_above = entries.alias("above")
LEVEL: ColumnElement[int] = func.greatest(
    entries.c.loa,
    func.coalesce(
        select(func.max(_above.c.loa))
        .where(_above.c.organisation_id == entries.c.organisation_id, _above.c.id == any_(entries.c.path))
        .correlate(entries)
        .scalar_subquery(),
        0,
    ),
)
"""The highest level that an entry and the catalogues above it require."""


def lies_in(entry: Entry) -> ColumnElement[bool]:
    """Return the condition that an entry is within a catalogue, at any depth.

    All its content has its owner, whose entries an index finds. The index of paths is of no use to the working role:
    the row-level security condition is evaluated before an operator that is not leakproof.
    """
    of_owner = (entries.c.owner_kind == entry.owner.kind.value, entries.c.owner_id == entry.owner.id)
    return and_(*of_owner, entries.c.path.contains([entry.id]))


def entries_query(work: Work, *conditions: ColumnElement[bool]) -> "Select[Any]":
    """Return a query for entries of the work's organisation, with rows for `as_entry`."""
    return select(entries, LEVEL.label("level")).where(entries.c.organisation_id == work.organisation_id, *conditions)


def find_entry(host: Host, work: Work, entry_id: UUID) -> Entry:
    """Return an entry, even one in the bin.

    Raises:
        NotFound: There is none; the attempt is recorded.
    """
    entries = find_entries(host, work, [entry_id])
    if not entries:
        note_refusal(work, "files", entry_id, is_there=False)
        raise NotFound(GONE)
    return entries[0]


def find_entries(host: Host, work: Work, entry_ids: Collection[UUID]) -> list[Entry]:
    """Return those of some entries that exist, including those in the bin, in no order."""
    return load(host, work, entries_query(work, entries.c.id.in_(list(entry_ids))))


def load(host: Host, work: Work, query: "Select[Any]") -> list[Entry]:
    """Run a query of `entries_query`."""
    with host.tables(work) as connection:
        rows = connection.execute(query).all()
    return as_entries(work, rows)


def as_entries(work: Work, rows: Sequence["Row[Any]"]) -> list[Entry]:
    """Make entries from their rows."""
    return [as_entry(work, row) for row in rows]


def as_entry(work: Work, row: "Row[Any]") -> Entry:
    """Make an entry from its row."""
    return Entry(
        id=row.id,
        kind=EntryKind(row.kind),
        parent_id=row.parent_id,
        path=tuple(row.path),
        owner=Owner(OwnerKind(row.owner_kind), row.owner_id),
        name=names.opened(work, row.id, row.name),
        loa=row.loa,
        level=row.level,
        confidential=row.confidential,
        version=row.version,
        size=row.size,
        stored=row.stored,
        media_type=row.media_type,
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        binned_at=row.binned_at,
        binned_by=row.binned_by,
        binned_with=row.binned_with,
        kept_from=row.kept_from,
    )


def lock(connection: Connection, work: Work, *entry_ids: UUID) -> None:
    """Lock these catalogues, so that nobody else adds entries to them or changes them until the transaction ends."""
    query = select(entries.c.id).where(entries.c.organisation_id == work.organisation_id, entries.c.id.in_(entry_ids))
    connection.execute(query.order_by(entries.c.id).with_for_update())
