"""Continuing to read an event log: every entry, in order, whenever the reader is interrupted."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import takewhile
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, select, update
from sqlalchemy.dialects.postgresql import insert

from budkavle.model.errors import Conflict
from budkavle.storage.event_log import EventEntry, EventLog
from budkavle.storage.platform import Work


@dataclass(frozen=True, slots=True)
class LogPlaces:
    """Where a plugin stores how far it has read.

    Attributes:
        table: With the columns `organisation_id` and `column`; others have defaults.
        column: The number of the last entry that was handled; NULL if the reading has not begun.
        begin: Returns the number after which the reading begins; the default is the last entry of the log.
    """

    table: Table
    column: str = "number"
    begin: Callable[[EventLog], int] = EventLog.last_number


class LogReader:
    """Reads the event logs of organisations for a plugin's job, batch by batch.

    `read` stores what the job makes of a batch together with the new place, so that an interrupted worker skips nothing
    and handles nothing twice. `forward` is for sending entries outside of the database: it holds no transaction
    meanwhile, skips nothing, and repeats a batch if the worker ended before the place was stored.

    Args:
        places: The plugin's table of places.
        open_work: Opens a unit of work in an organisation, whose actor has READ.
        tables: The host's `tables`.
        batch: Entries of one unit of work.

    Example:
        places = LogPlaces(cursors)
        reader = LogReader(places, lambda id: host.work(host.system(id, ActorScope.READ)), host.tables)
        made = reader.read(organisation_id, lambda work, entries: book(work, entries))
    """

    def __init__(
        self,
        places: LogPlaces,
        open_work: Callable[[UUID], AbstractContextManager[Work]],
        tables: Callable[[Work], AbstractContextManager[Connection]],
        batch: int = 500,
    ) -> None:
        self._places = places
        self._column = places.table.c[places.column]
        self._open_work = open_work
        self._tables = tables
        self._batch = batch

    def read(
        self,
        organisation_id: UUID,
        handle: Callable[[Work, Sequence[EventEntry]], int],
        waits: Callable[[EventEntry], bool] | None = None,
    ) -> int:
        """Pass new entries to `handle`, until there are no more.

        Args:
            organisation_id: The organisation of the log.
            handle: Takes entries in the order of their numbers, and returns how much it has made of them.
            waits: Tells whether an entry is too young: it is left for later, with all entries after it.

        Returns:
            How much was made.

        Raises:
            Conflict: Another process has read the same entries meanwhile; what was made of them is rolled back.
        """
        total, more = 0, True
        while more:
            with self._open_work(organisation_id) as work:
                place, entries = self._next(work)
                more = len(entries) == self._batch
                if waits is not None:
                    ripe = [*takewhile(lambda entry: not waits(entry), entries)]
                    more, entries = more and len(ripe) == len(entries), ripe
                if entries:
                    self._move(work, place, entries[-1].number)
                    total += handle(work, entries)
        return total

    def forward(self, organisation_id: UUID, send: Callable[[Sequence[EventEntry]], None], batches: int = 20) -> int:
        """Send new entries to something outside of the database, in a limited number of batches.

        Args:
            organisation_id: The organisation of the log.
            send: Sends entries, and raises if that fails; they are sent again the next time.
            batches: The most batches of one call.

        Returns:
            How many entries were sent.
        """
        total = 0
        for _ in range(batches):
            with self._open_work(organisation_id) as work:
                place, entries = self._next(work)
            if not entries:
                break
            send(entries)
            with self._open_work(organisation_id) as work:
                self._moved(work, place, entries[-1].number)  # if another process has moved it, both have sent the same
            total += len(entries)
        return total

    def _next(self, work: Work) -> tuple[int, Sequence[EventEntry]]:
        """Return the place, and the entries after it; when a reading begins, its place is stored."""
        log = EventLog(work)
        with self._tables(work) as connection:
            place = connection.execute(select(self._column).where(self._here(work))).scalar_one_or_none()
        if place is None:
            place = self._places.begin(log)
            row = {"organisation_id": work.organisation_id, self._column.name: place}
            begun = (
                insert(self._places.table)
                .values(row)
                .on_conflict_do_update(
                    index_elements=["organisation_id"], set_={self._column.name: place}, where=self._column.is_(None)
                )
            )
            with self._tables(work) as connection:
                connection.execute(begun)
        return place, log.read_on(place, self._batch)

    def _move(self, work: Work, place: int, number: int) -> None:
        if not self._moved(work, place, number):
            raise Conflict("Ett annat arbete har redan läst händelseloggen hit.")

    def _moved(self, work: Work, place: int, number: int) -> bool:
        """Move the place, unless another process has; return whether it was moved."""
        move = update(self._places.table).where(self._here(work), self._column == place)
        with self._tables(work) as connection:
            return connection.execute(move.values({self._column.name: number})).rowcount == 1

    def _here(self, work: Work) -> ColumnElement[bool]:
        return self._places.table.c.organisation_id == work.organisation_id
