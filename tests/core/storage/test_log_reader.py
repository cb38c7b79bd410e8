"""Reading an event log on: from its end, every entry once, and what fails is read again (feature PL7)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Uuid, update

from budkavle.model.errors import Conflict
from budkavle.storage import audit
from budkavle.storage.event_log import EventEntry
from budkavle.storage.events.log_reader import LogReader
from budkavle.storage.platform import Work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation

CURSORS = Table(
    "reader_cursors",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)


class Readers:
    """A reader whose table lives in the connection of the test, and what it was handed."""

    def __init__(self, organisation: SampleOrganisation, connection: Connection) -> None:
        self.organisation = organisation
        self.connection = connection
        self.got: list[str] = []
        self.reader = LogReader(CURSORS, self.open_work, self.tables, batch=2)

    def open_work(self, organisation_id: UUID) -> AbstractContextManager[Work]:
        return self.organisation.platform.work(self.organisation.system)

    @contextmanager
    def tables(self, work: Work) -> Any:
        yield self.connection

    def note(self, *kinds: str) -> None:
        with self.organisation.platform.work(system_actor(self.organisation.id)) as work:
            for kind in kinds:
                audit.record(work, kind)

    def handle(self, work: Work, entries: Sequence[EventEntry]) -> int:
        self.got += [entry.kind for entry in entries]
        return len(entries)

    def read(self) -> int:
        return self.reader.read(self.organisation.id, self.handle)


@pytest.fixture
def readers(organisation: SampleOrganisation) -> Any:
    with organisation.platform.database.transaction(organisation.id) as connection:
        CURSORS.create(connection)
        yield Readers(organisation, connection)


@pytest.mark.feature("PL7")
def test_every_entry_is_read_once_from_where_the_reading_began(readers: Readers) -> None:
    """What stood there before is not read; what comes later is, in batches, in its order."""
    assert readers.read() == 0
    readers.note("a.one", "a.two", "a.three")
    assert readers.read() == 3
    assert readers.read() == 0
    readers.note("a.four", "a.five")
    assert readers.read() == 2
    assert readers.got == ["a.one", "a.two", "a.three", "a.four", "a.five"]


@pytest.mark.feature("PL7")
def test_two_that_read_the_same_do_not_both_hand_it_over(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds the place moved meanwhile gives up before anything is made."""
    readers.read()
    readers.note("a.one")
    other = LogReader(CURSORS, readers.open_work, readers.tables)
    read_on = "budkavle.storage.event_log.EventLog.read_on"

    def moved(log: Any, after: int, limit: int) -> Any:
        monkeypatch.undo()
        entries = log.read_on(after, limit)
        readers.connection.execute(update(CURSORS).values(number=after + 1))
        return entries

    monkeypatch.setattr(read_on, moved)
    with pytest.raises(Conflict):
        other.read(readers.organisation.id, readers.handle)
    assert readers.got == []
