"""Faxes handed to the carrier: their tags and their progress.

A row is written before a fax is handed over, and its id is the tag that the carrier stores. After a crash, the next
attempt finds the row and looks for the tag at the carrier, so a fax is never sent twice.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, text, update

from budkavle import Host, Sentence, Temporary
from budkavle_fax.carriers.base import Progress
from budkavle_fax.tables import jobs

MISSING = "MISSING"
"""Progress of a fax that its carrier did not know at the last poll."""
HELD = "Faxet lämnas redan över av någon annan. Vi ser efter om en stund."


class State(StrEnum):
    """State of a row."""

    NEW = "NEW"
    """Nothing has been handed over."""
    HANDING = "HANDING"
    """It is being handed over, or a crash interrupted that."""
    TAKEN = "TAKEN"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Row:
    """A fax at its carrier."""

    organisation_id: UUID
    id: UUID
    delivery_id: UUID | None
    state: State
    remote_id: str
    told: str
    reason: str = ""
    sent: int = 0
    pages: int = 0
    created_at: datetime | None = None

    @property
    def tag(self) -> str:
        """The identifier that the carrier stores."""
        return str(self.id)


class Submissions:
    """The rows of one installation."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def latest(self, organisation_id: UUID, delivery_id: UUID) -> Row | None:
        """Return the last row of a delivery."""
        with self._host.transaction(organisation_id) as connection:
            return self._latest(connection, organisation_id, delivery_id)

    def _latest(self, connection: Connection, organisation_id: UUID, delivery_id: UUID) -> Row | None:
        query = (
            select(jobs)
            .where(jobs.c.organisation_id == organisation_id, jobs.c.delivery_id == delivery_id)
            .order_by(jobs.c.created_at.desc())
            .limit(1)
        )
        row = connection.execute(query).mappings().one_or_none()
        return _row(row) if row else None

    def begin(self, organisation_id: UUID, delivery_id: UUID | None, pages: int) -> Row:
        """Return the row for handing over: the unfinished one of an earlier attempt, otherwise a new one."""
        with self._host.transaction(organisation_id) as connection:
            key = {"key": f"fax {delivery_id or uuid4()}"}
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)
            latest = self._latest(connection, organisation_id, delivery_id) if delivery_id else None
            if latest is not None and latest.state is not State.ENDED:
                return latest
            now = datetime.now(UTC)
            row = Row(organisation_id, uuid4(), delivery_id, State.NEW, "", "", "", 0, pages, now)
            values = {name: getattr(row, name) for name in row.__slots__} | {"state": row.state.value}
            connection.execute(insert(jobs).values(**values, changed_at=now))
            return row

    @contextmanager
    def held(self, row: Row) -> Iterator["Holder"]:
        """Lock a row while its fax is handed over, so that no other process does it at the same time.

        Raises:
            Temporary: Another process has locked it.
        """
        with self._host.transaction(row.organisation_id) as connection:
            key = {"key": f"fax hand {row.id}"}
            statement = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))")
            if not connection.execute(statement, key).scalar_one():
                raise Temporary(HELD)
            yield Holder(self, row)

    def read(self, row: Row) -> Row:
        """Return the current row."""
        with self._host.transaction(row.organisation_id) as connection:
            query = select(jobs).where(jobs.c.organisation_id == row.organisation_id, jobs.c.id == row.id)
            return _row(connection.execute(query).mappings().one())

    def write(self, row: Row, **columns: object) -> None:
        """Change a row, and commit at once."""
        where = (jobs.c.organisation_id == row.organisation_id, jobs.c.id == row.id)
        values = {name: value.value if isinstance(value, StrEnum) else value for name, value in columns.items()}
        with self._host.transaction(row.organisation_id) as connection:
            connection.execute(update(jobs).where(*where).values(**values, changed_at=datetime.now(UTC)))

    def note(self, row: Row, progress: Progress, *, ended: bool) -> None:
        """Store the progress of a fax."""
        self.write(
            row,
            state=State.ENDED if ended else State.TAKEN,
            told=progress_word(progress),
            reason=Sentence(progress.reason).to_text(),
            sent=progress.sent,
            pages=progress.pages or row.pages,
        )

    def open(self, after: datetime, most: int) -> list[Row]:
        """Return unfinished faxes of all organisations that began after a time, the oldest first."""
        query = text("SELECT * FROM fax_open(:after, :most)")
        with self._host.transaction(None) as connection:
            rows = connection.execute(query, {"after": after, "most": most}).all()
        return [
            Row(
                row.organisation_id,
                row.id,
                row.delivery_id,
                State.TAKEN,
                row.remote_id,
                row.told,
                created_at=row.created_at,
            )
            for row in rows
        ]

    def forget(self, organisation_id: UUID, delivery_ids: Collection[UUID]) -> None:
        """Delete the rows of destroyed deliveries; the carrier's text may contain a number."""
        where = (jobs.c.organisation_id == organisation_id, jobs.c.delivery_id.in_(delivery_ids))
        with self._host.transaction(organisation_id) as connection:
            connection.execute(delete(jobs).where(*where))

    def tests(self, organisation_id: UUID, most: int) -> list[Row]:
        """Return an organisation's test faxes, the latest first."""
        query = (
            select(jobs)
            .where(jobs.c.organisation_id == organisation_id, jobs.c.delivery_id.is_(None))
            .order_by(jobs.c.created_at.desc())
            .limit(most)
        )
        with self._host.transaction(organisation_id) as connection:
            return [_row(row) for row in connection.execute(query).mappings()]

    def failures_since(self, organisation_id: UUID, since: datetime) -> int:
        """Count an organisation's failed faxes since a time, without test faxes, whose result their own page shows."""
        ours = (jobs.c.organisation_id == organisation_id, jobs.c.delivery_id.is_not(None))
        query = select(func.count()).where(*ours, jobs.c.told.startswith("FAILED"), jobs.c.changed_at >= since)
        with self._host.transaction(organisation_id) as connection:
            return int(connection.execute(query).scalar_one())


@dataclass(frozen=True, slots=True)
class Holder:
    """A locked row."""

    register: Submissions
    row: Row

    def now(self) -> Row:
        """Return the current row, now that no other process can hand it over."""
        return self.register.read(self.row)


def progress_word(progress: Progress) -> str:
    """Return a word for the progress of a fax; a changed word means that there is something to tell."""
    return f"{progress.stage} {progress.dials}"


def _row(mapping: RowMapping) -> Row:
    return Row(
        mapping["organisation_id"],
        mapping["id"],
        mapping["delivery_id"],
        State(mapping["state"]),
        mapping["remote_id"],
        mapping["told"],
        Sentence.from_stored(mapping["reason"]),
        mapping["sent"],
        mapping["pages"],
        mapping["created_at"],
    )
