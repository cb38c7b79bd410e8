"""Reading an event log on from where one was: every entry, in its order, whatever stops in the middle."""

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
    """Where a plugin keeps how far it has read.

    Attributes:
        table: With the columns `organisation_id` and `column`; others have defaults.
        column: The number of the last entry that was dealt with; NULL where the reading has not begun.
        begin: Returns the entry after which the reading begins; without it, the last one of the log.
    """

    table: Table
    column: str = "number"
    begin: Callable[[EventLog], int] = EventLog.last_number


class LogReader:
    """Reads the event logs of organisations for a plugin's job, batch by batch.

    `read` stores what the job makes of a batch together with the place behind it, so that a worker that ends in the
    middle leaves nothing out and makes nothing twice. `forward` is for what leaves the house: it holds no transaction
    meanwhile, leaves nothing out, and hands a batch over again where the worker ended before the place was stored.

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
        """Hand what is new over, until there is no more.

        Args:
            organisation_id: Whose log it is.
            handle: Takes entries in the order of their numbers, and returns how much it has made of them.
            waits: Tells of an entry that it is too young: it is left for later, with all that stands behind it.

        Returns:
            How much was made.

        Raises:
            Conflict: Somebody else has read the same entries meanwhile; what was made of them is taken back.
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
        """Hand what is new to something outside of the database, some batches at most.

        Args:
            organisation_id: Whose log it is.
            send: Hands entries over, and raises where that fails; they are handed over again the next time.
            batches: The most batches of one call.

        Returns:
            How many entries were handed over.
        """
        total = 0
        for _ in range(batches):
            with self._open_work(organisation_id) as work:
                place, entries = self._next(work)
            if not entries:
                break
            send(entries)
            with self._open_work(organisation_id) as work:
                self._moved(work, place, entries[-1].number)  # if somebody else has, both have sent the same
            total += len(entries)
        return total

    def _next(self, work: Work) -> tuple[int, Sequence[EventEntry]]:
        """Return the place, and the entries behind it; a reading that begins now keeps where."""
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
        """Move the position, unless another process has; return which."""
        move = update(self._places.table).where(self._here(work), self._column == place)
        with self._tables(work) as connection:
            return connection.execute(move.values({self._column.name: number})).rowcount == 1

    def _here(self, work: Work) -> ColumnElement[bool]:
        return self._places.table.c.organisation_id == work.organisation_id
