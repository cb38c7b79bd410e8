"""Who is writing in a note now, shown to others in the list and on the page."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host, Work
from budkavle_files.reading.tables import note_writers

PRESENT = timedelta(seconds=25)
"""A writer whose page has sent nothing for this long is no longer writing."""


def note_writing(host: Host, work: Work, entry_id: UUID) -> None:
    """Record that the actor has a note open for writing; the caller has checked the actor's rights."""
    key = {"organisation_id": work.organisation_id, "entry_id": entry_id, "user_id": work.actor.user_id}
    values = {"name": work.actor.name, "seen_at": func.now()}
    write = insert(note_writers).values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=values)
    with host.tables(work) as connection:
        connection.execute(write)


def note_leaving(host: Host, work: Work, entry_id: UUID) -> None:
    """Record that the actor has stopped writing, and delete old marks of all writers."""
    own_mark = (note_writers.c.entry_id == entry_id) & (note_writers.c.user_id == work.actor.user_id)
    is_old = note_writers.c.seen_at < func.now() - PRESENT
    statement = delete(note_writers).where(note_writers.c.organisation_id == work.organisation_id, own_mark | is_old)
    with host.tables(work) as connection:
        connection.execute(statement)


def writers_of(host: Host, work: Work, entry_ids: Collection[UUID]) -> Mapping[UUID, Sequence[str]]:
    """Return the writers of notes that the actor may read: the names by note, without the actor's own."""
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
