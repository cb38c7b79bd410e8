"""Reading an event log on: from its end, every entry once, and what fails is read again (feature PL7)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Uuid, insert, select, text, update

from budkavle.model.errors import Conflict
from budkavle.storage import audit
from budkavle.storage.event_log import EventEntry, EventLog
from budkavle.storage.events.log_reader import LogPlaces, LogReader
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
        self.reader = LogReader(LogPlaces(CURSORS), self.open_work, self.tables, batch=2)

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
    other = LogReader(LogPlaces(CURSORS), readers.open_work, readers.tables)
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


@pytest.mark.feature("PL7")
def test_a_reading_begins_where_the_plugin_says(readers: Readers) -> None:
    """Also with what stood there before."""
    readers.note("a.one", "a.two")
    places = LogPlaces(CURSORS, begin=lambda log: log.last_number() - 1)
    assert LogReader(places, readers.open_work, readers.tables).read(readers.organisation.id, readers.handle) == 1
    assert readers.got == ["a.two"]


@pytest.mark.feature("PL7")
def test_a_reading_that_another_process_has_begun_goes_on_from_there(readers: Readers) -> None:
    """Whoever begins a moment later moves its place not: what lies between would never be read."""
    readers.note("a.one", "a.two")

    def late(log: EventLog) -> int:
        readers.connection.execute(insert(CURSORS).values(organisation_id=readers.organisation.id, number=last - 1))
        return last

    with readers.open_work(readers.organisation.id) as work:
        last = EventLog(work).last_number()
    reader = LogReader(LogPlaces(CURSORS, begin=late), readers.open_work, readers.tables)
    assert reader.read(readers.organisation.id, readers.handle) == 0
    assert reader.read(readers.organisation.id, readers.handle) == 1
    assert readers.got == ["a.two"]


@pytest.mark.feature("PL7")
def test_a_place_that_is_empty_is_one_where_no_reading_has_begun(
    organisation: SampleOrganisation, readers: Readers
) -> None:
    """Such as in a row that holds something else of the organisation, too."""
    readers.connection.execute(text("ALTER TABLE reader_cursors ALTER number DROP NOT NULL"))
    readers.connection.execute(insert(CURSORS).values(organisation_id=organisation.id, number=None))
    assert readers.read() == 0
    readers.note("a.one")
    assert readers.read() == 1


@pytest.mark.feature("PL7")
def test_the_place_of_another_organisation_stays(readers: Readers, other_organisation: SampleOrganisation) -> None:
    """Though it is the same number."""
    readers.read()
    ours = select(CURSORS.c.number).where(CURSORS.c.organisation_id == readers.organisation.id)
    theirs = select(CURSORS.c.number).where(CURSORS.c.organisation_id == other_organisation.id)
    number = readers.connection.execute(ours).scalar_one()
    readers.connection.execute(insert(CURSORS).values(organisation_id=other_organisation.id, number=number))
    readers.note("a.one")
    assert readers.read() == 1
    assert readers.connection.execute(ours).scalar_one() == number + 1
    assert readers.connection.execute(theirs).scalar_one() == number


@pytest.mark.feature("PL7")
def test_what_is_too_young_waits_and_is_read_later(readers: Readers) -> None:
    """With all that stands behind it."""
    readers.read()
    readers.note("a.one", "a.two", "a.three")
    reader = readers.reader
    assert reader.read(readers.organisation.id, readers.handle, lambda entry: entry.kind == "a.two") == 1
    assert readers.got == ["a.one"]
    assert reader.read(readers.organisation.id, readers.handle, lambda entry: False) == 2
    assert readers.got == ["a.one", "a.two", "a.three"]


@pytest.mark.feature("PL7")
def test_what_could_not_be_sent_on_is_sent_again(readers: Readers) -> None:
    """The place moves when a batch has been handed over, and not before."""
    readers.read()
    readers.note("a.one", "a.two", "a.three")
    sent: list[str] = []

    def send(entries: Sequence[EventEntry]) -> None:
        if [entry.kind for entry in entries] == ["a.three"] and "a.three" not in sent:
            sent.append("a.three")
            raise ConnectionError
        sent.extend(entry.kind for entry in entries)

    with pytest.raises(ConnectionError):
        readers.reader.forward(readers.organisation.id, send)
    assert readers.reader.forward(readers.organisation.id, send) == 1
    assert readers.reader.forward(readers.organisation.id, send) == 0
    assert sent == ["a.one", "a.two", "a.three", "a.three"]


@pytest.mark.feature("PL7")
def test_sending_on_stops_after_some_batches(readers: Readers) -> None:
    """So that the logs of others get their turn."""
    readers.read()
    readers.note("a.one", "a.two", "a.three", "a.four", "a.five")
    assert readers.reader.forward(readers.organisation.id, lambda entries: None, batches=2) == 4
