"""The log of reading: who has opened which version of a file or a note, and when.

Each opening is an entry of the event log, once an hour for a reader and a version. The table is for the administrators
of a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host, Work, record
from budkavle_files.reading.tables import readings
from budkavle_files.tree.things import Entry

MOST = 200
"""How many of the latest readings are shown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One opening of a version.

    Attributes:
        reader_id: The account, or the share of a guest.
        reader: The account's name; empty for a guest.
    """

    reader_id: UUID
    reader: str
    number: int
    at: datetime


def note_reading(host: Host, work: Work, entry: Entry, number: int, guest: UUID | None = None) -> None:
    """Record that the work's actor, or a guest, opens a version; the caller has checked the reader's rights.

    Args:
        host: The plugin's host.
        work: In the entry's organisation; the record is committed with it.
        entry: The file or note.
        number: The version.
        guest: The share of the guest who reads; None for the work's actor.
    """
    reader_id = guest or work.actor.user_id
    if reader_id is None:
        return  # a system actor reads for nobody, and records its own actions
    row = {
        "organisation_id": work.organisation_id,
        "entry_id": entry.id,
        "reader_id": reader_id,
        "number": number,
        "hour": func.date_trunc("hour", func.now()),
        "reader": "" if guest else work.actor.name,
        "at": func.now(),
    }
    with host.tables(work) as connection:
        first = connection.execute(
            insert(readings).values(row).on_conflict_do_nothing().returning(readings.c.number)
        ).one_or_none()
    if first is not None:
        record(work, "files.opened", entry.id, number=number, **({"share": str(guest)} if guest else {}))


def list_readings(host: Host, work: Work, entry: Entry) -> Sequence[Reading]:
    """Return who has opened an entry, the latest first; the caller has checked that the actor administers it."""
    query = select(readings).where(readings.c.organisation_id == work.organisation_id, readings.c.entry_id == entry.id)
    with host.tables(work) as connection:
        rows = connection.execute(query.order_by(readings.c.at.desc(), readings.c.reader_id).limit(MOST))
        return [Reading(row.reader_id, row.reader, row.number, row.at) for row in rows]
