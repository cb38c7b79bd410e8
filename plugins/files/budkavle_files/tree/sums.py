"""The number of entries in catalogues and of bytes of owners, without counting.

A trigger adds a row for each change of the entries, in the same transaction, so that no transaction waits for a
counter that another one changes. A job folds the rows of each catalogue and owner into one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Uuid, any_, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle import Host, Work
from budkavle_files.tables import sums

BATCH = 1_000
"""Catalogues and owners whose rows are folded in one transaction."""
_VALUES = (
    func.sum(sums.c.stored).label("stored"),
    func.sum(sums.c.entries).label("entries"),
    func.sum(sums.c.catalogues).label("catalogues"),
)


@dataclass(frozen=True, slots=True)
class Sum:
    """The sums of a catalogue, an owner or the organisation.

    Attributes:
        stored: Bytes of all versions, including those in the bin; for owners and the organisation.
        entries: Entries that are not in the bin; for catalogues, without those further down.
        catalogues: How many of them are catalogues.
    """

    stored: int = 0
    entries: int = 0
    catalogues: int = 0


def sums_of(host: Host, work: Work, subject_ids: Collection[UUID]) -> Mapping[UUID, Sum]:
    """Return the sums of some catalogues, owners or the organisation, by id."""
    query = select(sums.c.subject_id, *_VALUES).where(*_of(work, subject_ids)).group_by(sums.c.subject_id)
    with host.tables(work) as connection:
        rows = connection.execute(query).all()
    counted = {row.subject_id: Sum(int(row.stored), int(row.entries), int(row.catalogues)) for row in rows}
    return {subject_id: counted.get(subject_id, Sum()) for subject_id in subject_ids}


def fold(host: Host, work: Work) -> int:
    """Fold the rows of each catalogue and owner into one; return how many rows there were."""
    several_rows = (
        select(sums.c.subject_id)
        .where(sums.c.organisation_id == work.organisation_id)
        .group_by(sums.c.subject_id)
        .having(func.count() > 1)
        .limit(BATCH)
    )
    with host.tables(work) as connection:
        subject_ids = connection.execute(several_rows).scalars().all()
        rows = connection.execute(delete(sums).where(*_of(work, subject_ids)).returning(sums)).all()
        folded: dict[UUID, dict[str, int]] = {}
        for row in rows:
            values = folded.setdefault(row.subject_id, dict.fromkeys(("stored", "entries", "catalogues"), 0))
            for name in values:
                values[name] += getattr(row, name)
        nonzero = [
            {"organisation_id": work.organisation_id, "id": uuid4(), "subject_id": subject_id, **values}
            for subject_id, values in folded.items()
            if any(values.values())
        ]
        if nonzero:
            connection.execute(insert(sums), nonzero)
    return len(rows)


def _of(work: Work, subject_ids: Collection[UUID]) -> tuple[ColumnElement[bool], ...]:
    return sums.c.organisation_id == work.organisation_id, sums.c.subject_id == any_(
        literal(list(subject_ids), ARRAY(Uuid))
    )
