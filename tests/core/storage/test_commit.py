"""A COMMIT whose answer does not come, or says that the standby does not have it: nobody is told that it is stored."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from budkavle.model.errors import Unavailable, Unsure
from budkavle.settings import DatabaseSettings
from budkavle.storage.database import Database, Statement, silence
from budkavle.storage.embedded import EmbeddedServer
from budkavle.testing.working import wait_until

PATIENCE = 60.0
COMMIT_SECONDS = 0.3
SLEEP = Statement("SELECT pg_sleep(CAST(:seconds AS double precision))::text AS slept")
ADD = Statement("INSERT INTO doves VALUES (CAST(:id AS uuid)) RETURNING id")


class Loft:
    """A server whose commits wait for a standby that is away, except where a connection says otherwise."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.conninfo = server.conninfo()

    @contextmanager
    def watched(self) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        """A connection that does not wait."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute("SET synchronous_commit = local")
            yield connection

    def count(self, dove: str) -> int:
        """How often it stands there."""
        with self.watched() as connection:
            row = connection.execute("SELECT count(*) FROM doves WHERE id = %s", [dove]).fetchone()
            assert row is not None
            return int(str(row[0]))

    def waiting(self) -> int:
        """How many commits wait for the standby."""
        with self.watched() as connection:
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").fetchone()
            assert row is not None
            return int(str(row[0]))

    def wait_for_commit(self, then: str = "to_json") -> None:
        """Wait for a commit that waits for the standby, and let a function of the server have its process."""
        statement = f"SELECT {then}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        with self.watched() as connection:
            for _ in range(int(PATIENCE * 50)):
                if connection.execute(statement.encode()).fetchall():
                    return
                threading.Event().wait(0.02)
        raise AssertionError("no commit waits")


@pytest.fixture(scope="module")
def loft() -> Iterator[Loft]:
    """One for all of these."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-commit-"))
    server = EmbeddedServer(folder / "postgres")
    server.join()
    made = Loft(server)
    with made.watched() as connection:
        connection.execute("CREATE TABLE doves (id uuid)")
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        connection.execute("SELECT pg_reload_conf()")
    yield made
    with made.watched() as connection:
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")
    server.leave()
    shutil.rmtree(folder)


@pytest.fixture
def database(loft: Loft) -> Iterator[Database]:
    """Connections to it, of a process that makes no pages."""
    with closing(Database(loft.conninfo, None)) as database:
        yield database


def add(database: Database, dove: str) -> None:
    """Store one."""
    with database.transaction(None) as connection:
        connection.execute(text("SELECT 1"))
        ADD.all(connection, {"id": dove})


@pytest.mark.feature("ZO9")
def test_a_commit_that_was_cancelled_at_the_standby_is_no_success(loft: Loft, database: Database) -> None:
    """The server calls it COMMIT and only warns that the standby may not have it: the host may die with it."""
    dove = str(uuid4())
    with ThreadPoolExecutor(1) as beside:
        adding = beside.submit(add, database, dove)
        loft.wait_for_commit("pg_cancel_backend")
        with pytest.raises(Unsure):
            adding.result(PATIENCE)
    assert loft.count(dove) == 1  # here; whoever looks finds it


@pytest.mark.feature("ZO9")
def test_a_connection_that_is_lost_at_its_commit_leaves_it_unsure(loft: Loft, database: Database) -> None:
    """It may be stored, and here it is: the person must look before they do it again."""
    dove = str(uuid4())
    with ThreadPoolExecutor(1) as beside:
        adding = beside.submit(add, database, dove)
        loft.wait_for_commit("pg_terminate_backend")
        with pytest.raises(Unsure):
            adding.result(PATIENCE)
    assert loft.count(dove) == 1


def test_a_connection_that_is_lost_before_its_commit_is_nothing_unsure(loft: Loft, database: Database) -> None:
    """Nothing was stored, and whoever asked may do it again."""

    def lose() -> None:
        with database.transaction(None) as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with loft.watched() as beside:
                beside.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
            connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable) as refused:
        lose()
    assert not isinstance(refused.value, Unsure)


@pytest.mark.feature("ZO9")
def test_a_server_that_writes_nothing_is_no_primary(loft: Loft) -> None:
    """During a failover a connection may lead to a standby: it is let go, and the next one is asked for."""
    standby = make_conninfo(loft.conninfo, options="-c default_transaction_read_only=on")
    with closing(Database(standby, None, pool=1)) as database:

        def backend() -> int:
            with database.transaction(None) as connection:
                return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())

        before = backend()
        assert backend() == before
        with pytest.raises(Unavailable):
            add(database, str(uuid4()))
        assert backend() != before


@pytest.mark.feature("ZO9")
def test_a_page_does_not_wait_for_the_standby(loft: Loft, database: Database) -> None:
    """It closes the connection, for a cancelled COMMIT would be called a success; other pages go on."""
    database.hurry(DatabaseSettings(commit_seconds=COMMIT_SECONDS))
    dove, began = str(uuid4()), time.monotonic()
    with pytest.raises(Unsure):
        add(database, dove)
    assert time.monotonic() - began < PATIENCE / 2
    with database.transaction(None) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


@pytest.mark.feature("ZO9")
def test_commits_that_nobody_waits_for_take_few_connections(loft: Loft, database: Database) -> None:
    """The server does not notice who has gone, and would hold a connection for each; the oldest are let go."""
    most, doves = 2, [str(uuid4()) for _ in range(6)]
    database.hurry(DatabaseSettings(commit_seconds=COMMIT_SECONDS, pool=most))
    before = loft.waiting()
    for dove in doves:
        with pytest.raises(Unsure):
            add(database, dove)
    wait_until(lambda: loft.waiting() - before == most)
    assert [loft.count(dove) for dove in doves] == [1, 1, 1, 1, 0, 0]


@pytest.mark.feature("ZO9")
def test_who_commits_again_does_not_wait_as_long_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page commits several times; after one that was in vain the next ones are waited for a moment only."""
    monkeypatch.setattr(silence, "PAUSE_SECONDS", PATIENCE)
    database.hurry(DatabaseSettings(commit_seconds=PATIENCE))
    database._silence.be_brief(at_commit=True)
    began = time.monotonic()
    with pytest.raises(Unsure):
        add(database, str(uuid4()))
    assert time.monotonic() - began < PATIENCE / 2


def test_a_commit_that_was_in_vain_makes_the_next_ones_short(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next commits, and not only what waits for locks."""
    monkeypatch.setattr(silence, "PAUSE_SECONDS", PATIENCE)
    database.hurry(DatabaseSettings(commit_seconds=COMMIT_SECONDS))
    with pytest.raises(Unsure):
        add(database, str(uuid4()))
    assert database._silence.is_brief_at_commit


def test_a_statement_before_the_commit_takes_its_time(database: Database) -> None:
    """Only the commit has so little: the server is asked to answer to the rest before it."""
    database.hurry(DatabaseSettings(commit_seconds=COMMIT_SECONDS))
    for _ in range(2):  # the second time all of it is prepared
        [[row]] = database.at_once(None, (SLEEP, {"seconds": COMMIT_SECONDS * 4}))
        assert row.slept == ""


def test_whoever_makes_no_pages_waits(loft: Loft, database: Database) -> None:
    """A worker's commit is stored when the standby has it again."""
    dove = str(uuid4())
    with ThreadPoolExecutor(1) as beside:
        adding = beside.submit(add, database, dove)
        loft.wait_for_commit()
        assert not adding.done()
        assert loft.count(dove) == 0
        _let_go(loft, "ALTER SYSTEM RESET synchronous_standby_names")
        adding.result(PATIENCE)
    assert loft.count(dove) == 1
    _let_go(loft, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")


def _let_go(loft: Loft, statement: str) -> None:
    with loft.watched() as connection:
        connection.execute(statement.encode())
        connection.execute("SELECT pg_reload_conf()")
