"""Who writes in a note right now, so that others see it in the list and on the page."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host, Work
from budkavle_files.reading.tables import note_writers

PRESENT = timedelta(seconds=25)
"""Somebody whose page has told nothing for this long writes no more."""


def note_writing(host: Host, work: Work, entry_id: UUID) -> None:
    """Note that the actor has a note open for writing; whoever calls it has judged the actor."""
    key = {"organisation_id": work.organisation_id, "entry_id": entry_id, "user_id": work.actor.user_id}
    values = {"name": work.actor.name, "seen_at": func.now()}
    write = insert(note_writers).values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=values)
    with host.tables(work) as connection:
        connection.execute(write)


def note_leaving(host: Host, work: Work, entry_id: UUID) -> None:
    """Note that the actor writes no more, and forget all who have long gone."""
    mine = (note_writers.c.entry_id == entry_id) & (note_writers.c.user_id == work.actor.user_id)
    old = note_writers.c.seen_at < func.now() - PRESENT
    gone = delete(note_writers).where(note_writers.c.organisation_id == work.organisation_id, mine | old)
    with host.tables(work) as connection:
        connection.execute(gone)


def writers_of(host: Host, work: Work, entry_ids: Collection[UUID]) -> Mapping[UUID, Sequence[str]]:
    """Return who writes in notes that the actor may read: the names by note, the actor's own left out."""
    query = (
        select(note_writers.c.entry_id, note_writers.c.name)
        .where(
            note_writers.c.organisation_id == work.organisation_id,
            note_writers.c.entry_id.in_(list(entry_ids)),
            note_writers.c.seen_at > func.now() - PRESENT,
            note_writers.c.user_id.is_distinct_from(work.actor.user_id),
        )
        .order_by(note_writers.c.name)
    )
    names: dict[UUID, list[str]] = {}
    with host.tables(work) as connection:
        for row in connection.execute(query):
            names.setdefault(row.entry_id, []).append(row.name)
    return names
