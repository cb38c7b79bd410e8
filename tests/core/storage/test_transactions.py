"""Statements that wait for each other, and connections that come back too late."""

import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from budkavle.model.errors import Unavailable
from budkavle.storage.database import Database, Statement, execute_batch
from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.pipeline import PipelineConnection, driver
from budkavle.testing.running import AT_WORK

ADD = Statement("INSERT INTO things (number) VALUES (CAST(:number AS integer))")
COUNT = Statement("SELECT count(*) AS found, sum(number) AS total FROM things")
ORGANISATION = uuid4()


@pytest.fixture
def database(budkavle_server: EmbeddedServer) -> Iterator[Database]:
    """A database of its own, with one table, in the test server."""
    name = f"wire_{uuid4().hex}"
    with budkavle_server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    conninfo = budkavle_server.conninfo(name)
    with psycopg.connect(conninfo) as connection:
        connection.execute("CREATE TABLE things (number integer CHECK (number > 0))")
    database = Database(conninfo, None)
    yield database
    database.close()


def counted(database: Database) -> int:
    with database.transaction(None) as connection:
        return int(COUNT.one(connection, {}).found)


def exchanges(database: Database, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> int:
    """How often the server is asked while something is done."""
    asked: list[int] = []
    exchange = PipelineConnection.exchange

    def counting(pipeline: PipelineConnection) -> list[psycopg.pq.abc.PGresult]:
        if pipeline.info.dbname not in AT_WORK:
            asked.append(1)
        return exchange(pipeline)

    monkeypatch.setattr(PipelineConnection, "exchange", counting)
    work()
    return len(asked)


def test_what_needs_no_answer_goes_with_the_commit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """BEGIN, three statements and COMMIT are one exchange; a transaction that asks nothing is none."""

    def write() -> None:
        with database.transaction(ORGANISATION) as connection:
            for number in (1, 2, 3):
                ADD.enqueue(connection, {"number": number})

    def nothing() -> None:
        with database.transaction(ORGANISATION):
            pass

    assert exchanges(database, monkeypatch, write) == 1
    assert exchanges(database, monkeypatch, nothing) == 0
    assert counted(database) == 3


def test_later_ones_are_seen_by_everything_after_them(database: Database) -> None:
    """By a statement, by one of SQLAlchemy's, and in their order."""
    with database.transaction(ORGANISATION) as connection:
        ADD.enqueue(connection, {"number": 1})
        assert connection.execute(text("SELECT count(*) FROM things")).scalar_one() == 1
        ADD.enqueue(connection, {"number": 2})
        assert COUNT.one(connection, {}).total == 3
        first, second = execute_batch(connection, (COUNT, {}), (COUNT, {}))
        assert first == second
        setting = connection.execute(text("SELECT current_setting('budkavle.organisation')")).scalar_one()
        assert UUID(setting) == ORGANISATION


def test_a_later_one_that_fails_is_told_at_the_commit(database: Database) -> None:
    """Then nothing is stored, and the connection is as good as new."""

    def write() -> None:
        with database.transaction(ORGANISATION) as connection:
            ADD.enqueue(connection, {"number": 1})
            ADD.enqueue(connection, {"number": -1})
            ADD.enqueue(connection, {"number": 2})

    for _ in range(2):
        with pytest.raises(psycopg.errors.CheckViolation):
            write()
        assert counted(database) == 0


def test_what_was_left_is_neither_stored_nor_done_by_the_next(database: Database) -> None:
    """An error in the block drops what waits."""

    def write() -> None:
        with database.transaction(ORGANISATION) as connection:
            ADD.enqueue(connection, {"number": 1})
            raise LookupError

    with pytest.raises(LookupError):
        write()
    assert counted(database) == 0


def test_one_transaction_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements with their answers and the commit in one exchange."""
    asked = exchanges(database, monkeypatch, lambda: database.at_once(None, (ADD, {"number": 4}), durable=False))
    assert asked == 1
    ((line,),) = database.at_once(None, (COUNT, {}))
    assert (line.found, line.total) == (1, 4)


@pytest.mark.parametrize("letters", ["", "{}", 'with "quotes", \\ and NULL', "åäö\n"])
def test_arrays_arrive_as_they_were(database: Database, letters: str) -> None:
    """Whatever stands in them, of every kind that is written here."""
    echo = Statement(
        "SELECT CAST(:texts AS text[]) AS texts, CAST(:ids AS uuid[]) AS ids, CAST(:blobs AS bytea[]) AS blobs,"
        " CAST(:numbers AS bigint[]) AS numbers, CAST(:times AS timestamptz[]) AS times"
    )
    given = {
        "texts": [letters, None, "NULL"],
        "ids": [uuid4(), None],
        "blobs": [b"", bytes(range(256))],
        "numbers": [1, -(2**62)],
        "times": [datetime(2026, 11, 24, 12, 30, 0, 5, UTC)],
    }
    with database.transaction(None) as connection:
        assert echo.one(connection, given)._asdict() == given
        assert echo.one(connection, {name: [] for name in given}) == ([],) * 5


def test_a_server_that_has_hung_up_is_noticed_before_anything_is_asked(database: Database) -> None:
    """The pool's connections are gone; the next transaction has new ones."""
    assert counted(database) == 0
    with database.transaction(None) as connection:
        below = driver(connection)
        pid = below.info.backend_pid
    with database.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert counted(database) == 0


def test_a_server_that_hangs_up_in_the_middle_is_unavailable(database: Database) -> None:
    """What waited is not stored, and the next transaction goes well."""

    def write() -> None:
        with database.transaction(None) as connection:
            ADD.run(connection, {"number": 1})
            with database.connect() as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (driver(connection).info.backend_pid,))
            ADD.enqueue(connection, {"number": 2})

    with pytest.raises(Unavailable):
        write()
    assert counted(database) == 0


def test_who_goes_on_after_the_server_has_hung_up_is_told_the_same(database: Database) -> None:
    """Not that some transaction has to be rolled back, which nobody could do anything about."""

    def go_on() -> None:
        with database.transaction(None) as connection:
            connection.execute(text("SELECT 1"))
            with database.connect() as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (driver(connection).info.backend_pid,))
            with suppress(OperationalError):
                connection.execute(text("SELECT 1"))
            connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        go_on()


def test_a_connection_that_comes_back_after_the_pool_was_given_up_is_closed(database: Database) -> None:
    """Else the collector would close it, with a warning: a thread is still at work when another finds the pool dead."""
    begun, go_on = threading.Event(), threading.Event()
    kept: list[psycopg.Connection[object]] = []

    def work() -> None:
        with database.transaction(None) as connection:
            kept.append(driver(connection))
            begun.set()
            go_on.wait(30)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(30)
    database.engine.dispose()
    go_on.set()
    thread.join()
    assert kept.pop().closed
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        gc.collect()
    assert not [one for one in told if issubclass(one.category, ResourceWarning)]


def test_what_a_late_thread_opens_after_the_end_is_closed(database: Database) -> None:
    """A transaction after `close` works, and leaves no connection behind."""
    database.close()
    with database.transaction(None) as connection:
        late = driver(connection)
    assert late.closed


def test_a_listener_whose_server_dies_as_it_begins_leaves_nothing_open(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The connection is closed, and the caller told."""
    opened: list[psycopg.Connection[object]] = []
    connect = database.connect

    def dying(*place: Any) -> "psycopg.Connection[object]":
        connection = connect(*place)
        opened.append(connection)
        with connect() as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))
        return connection

    monkeypatch.setattr(database, "connect", dying)
    with pytest.raises(psycopg.OperationalError), database.listen():
        pass
    assert opened.pop().closed


def test_a_plan_that_fits_no_more_is_made_anew(database: Database) -> None:
    """A table gets a column, or a pooler forgets what was prepared: the same statement goes on, and is done once."""
    star = Statement("SELECT * FROM things ORDER BY number")
    database.at_once(None, (ADD, {"number": 1}))
    with database.transaction(None) as connection:
        assert star.one(connection, {})._asdict() == {"number": 1}
    with database.connect() as other:
        other.execute("ALTER TABLE things ADD COLUMN colour text DEFAULT 'red'")
        other.commit()
    with database.transaction(None) as connection:
        assert star.one(connection, {})._asdict() == {"number": 1, "colour": "red"}
    with database.transaction(None) as connection:
        driver(connection).pgconn.exec_(b"DEALLOCATE ALL")
    database.at_once(None, (ADD, {"number": 2}))
    assert counted(database) == 2


def test_a_plan_that_fails_in_the_middle_undoes_what_came_before(database: Database) -> None:
    """Something has been done already, so nothing is repeated: the transaction fails as a whole, and the next goes."""
    star = Statement("SELECT * FROM things")
    with database.transaction(None) as connection:
        star.all(connection, {})

    def work() -> None:
        with database.transaction(None) as connection:
            ADD.run(connection, {"number": 1})
            with database.connect() as other:
                other.execute("SET lock_timeout = '5s'")
                other.execute("ALTER TABLE shades ADD COLUMN colour text")
                other.commit()
            shades.all(connection, {})

    with database.connect() as other:
        other.execute("CREATE TABLE shades (number integer)")
        other.commit()
    shades = Statement("SELECT * FROM shades")
    with database.transaction(None) as connection:
        shades.all(connection, {})
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        work()
    assert counted(database) == 0
    with database.transaction(None) as connection:
        assert shades.all(connection, {}) == []


def test_what_was_used_last_is_used_next(database: Database) -> None:
    """A process that has needed several connections at once goes on with one, whose server process has its plans."""
    with database.transaction(None), database.transaction(None), database.transaction(None):
        pass
    backends = set()
    for _ in range(4):
        with database.transaction(None) as connection:
            backends.add(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    assert len(backends) == 1


def test_of_two_that_wait_for_each_other_one_is_undone_and_told_to_try_again(database: Database) -> None:
    """The database ends the deadlock; what a page says of it is no fault of the product, and the other is stored."""
    with database.transaction(ORGANISATION) as connection:
        ADD.run(connection, {"number": 1})
        ADD.run(connection, {"number": 2})
    both_hold_one = threading.Barrier(2)
    refusals: list[str] = []

    def change(first: int, second: int) -> None:
        update = text("UPDATE things SET number = number + 10 WHERE number = :number")
        try:
            with database.transaction(ORGANISATION) as connection:
                connection.execute(update, {"number": first})
                both_hold_one.wait(60)
                connection.execute(update, {"number": second})
        except Unavailable as error:
            refusals.append(str(error))

    threads = [threading.Thread(target=change, args=rows) for rows in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert refusals == ["Någon annan ändrade samma sak samtidigt, så inget sparades. Försök igen."]
    with database.transaction(None) as connection:
        assert COUNT.one(connection, {}).total == 23


@pytest.mark.parametrize(
    ("code", "sentence"), [("53100", "disk är full"), ("53200", "svarar inte"), ("58030", "svarar inte")]
)
def test_a_server_without_room_or_with_a_broken_disk_is_told_of(database: Database, code: str, sentence: str) -> None:
    """It is no fault of the product; nothing is stored, and the connection goes on."""

    def store() -> None:
        with database.transaction(None) as connection:
            ADD.run(connection, {"number": 1})
            connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")

    with pytest.raises(Unavailable, match=sentence):
        store()
    assert counted(database) == 0


def test_what_a_late_thread_opens_is_closed_as_it_comes_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its first connection turns out to be dead, so that there is a new pool after the end."""
    database.close()
    answers, this, is_alive = iter([False, True]), threading.current_thread(), PipelineConnection.is_alive
    monkeypatch.setattr(  # other tests' threads may use their own databases meanwhile
        PipelineConnection,
        "is_alive",
        lambda connection: next(answers) if threading.current_thread() is this else is_alive(connection),
    )
    assert counted(database) == 0
    assert database.engine.pool.checkedin() == 0  # type: ignore[attr-defined] # a queue's
