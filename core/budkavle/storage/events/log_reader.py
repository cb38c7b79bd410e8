"""Reading an event log on from where one was: every entry once, whatever stops in the middle."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from uuid import UUID

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects.postgresql import insert

from budkavle.model.errors import Conflict
from budkavle.storage.event_log import EventEntry, EventLog
from budkavle.storage.platform import Work


class LogReader:
    """Reads the event logs of organisations for a plugin's job, batch by batch.

    What the job makes of a batch and the place behind it are stored in one unit of work, so that a worker that ends in
    the middle leaves nothing out and makes nothing twice. A log that is read for the first time is begun at its end.

    Args:
        cursors: The plugin's table of places, with the columns `organisation_id` and `number`.
        open_work: Opens a unit of work in an organisation, whose actor has READ.
        tables: The host's `tables`.
        batch: Entries of one unit of work.

    Example:
        reader = LogReader(cursors, lambda id: host.work(host.system(id, ActorScope.READ)), host.tables)
        made = reader.read(organisation_id, lambda work, entries: book(work, entries))
    """

    def __init__(
        self,
        cursors: Table,
        open_work: Callable[[UUID], AbstractContextManager[Work]],
        tables: Callable[[Work], AbstractContextManager[Connection]],
        batch: int = 500,
    ) -> None:
        self._cursors = cursors
        self._open_work = open_work
        self._tables = tables
        self._batch = batch

    def read(self, organisation_id: UUID, handle: Callable[[Work, Sequence[EventEntry]], int]) -> int:
        """Hand what is new over, until there is no more.

        Args:
            organisation_id: Whose log it is.
            handle: Takes entries in the order of their numbers, and returns how much it has made of them.

        Returns:
            How much was made.

        Raises:
            Conflict: Somebody else has read the same entries meanwhile; what was made of them is taken back.
        """
        total, more = 0, True
        while more:
            with self._open_work(organisation_id) as work:
                entries = self._next(work)
                total += handle(work, entries) if entries else 0
            more = len(entries) == self._batch
        return total

    def _next(self, work: Work) -> Sequence[EventEntry]:
        """Return the next entries, with the place moved behind them."""
        columns, log = self._cursors.c, EventLog(work)
        here = columns.organisation_id == work.organisation_id
        with self._tables(work) as connection:
            place = connection.execute(select(columns.number).where(here)).scalar_one_or_none()
        if place is None:
            row = {"organisation_id": work.organisation_id, "number": log.last_number()}
            with self._tables(work) as connection:
                connection.execute(insert(self._cursors).values(row).on_conflict_do_nothing())
            return ()
        entries = log.read_on(place, self._batch)
        if entries:
            move = update(self._cursors).where(here, columns.number == place).values(number=entries[-1].number)
            with self._tables(work) as connection:
                if connection.execute(move).rowcount != 1:
                    raise Conflict("Ett annat arbete har redan läst händelseloggen hit.")
        return entries
