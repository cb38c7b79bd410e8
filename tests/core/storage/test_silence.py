"""A database that is frozen or locked: whoever asks is told so soon, and nothing is lost or given up."""

import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.exc import OperationalError

from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model import sources
from budkavle.model.errors import Misconfigured, Unavailable
from budkavle.model.loa import Loa
from budkavle.settings import DatabaseSettings, Settings
from budkavle.storage.database import Database, Statement
from budkavle.storage.database import silence as silence_module
from budkavle.storage.database.silence import PAUSE_SECONDS, Silence
from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.pipeline import driver, savepoint
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.running import Running, installed

PATIENCE = 60.0
"""Seconds after which something does not happen at all."""
SLEEP = Statement("SELECT pg_sleep(CAST(:seconds AS double precision))::text AS slept")


@dataclass
class Frozen:
    """A server of a test's own, which may be stopped as a virtual machine is."""

    server: EmbeddedServer

    @contextmanager
    def still(self) -> Iterator[None]:
        """Stop it and all its processes for a while."""
        number = int((self.server.folder / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
        main = psutil.Process(number)
        main.suspend()
        others = main.children()
        for one in others:
            one.suspend()
        try:
            yield
        finally:
            for one in [*others, main]:
                one.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def frozen() -> Iterator[Frozen]:
    """One for all of these."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-frozen-"))
    server = EmbeddedServer(folder / "postgres", durable=False)
    server.join()
    yield Frozen(server)
    server.leave()
    shutil.rmtree(folder)


@dataclass
class Visitor:
    """Somebody with an account in a served installation on that server."""

    running: Running
    anna: SampleUser

    def cookie(self) -> str:
        """A session of hers."""
        return sessions.start(self.running.platform, SignedIn(self.anna.user, Loa.TWO, "password", "/"))

    def page(self, path: str, cookie: str) -> int:
        """The status of a page that she opens."""
        headers = {"accept": "text/html", "cookie": f"budkavle={cookie}"}
        return httpx.get(
            self.running.url + path, headers=headers, timeout=PATIENCE, trust_env=False, follow_redirects=True
        ).status_code

    def until_well(self, path: str, cookie: str) -> None:
        """Wait until the page comes."""
        for _ in range(int(PATIENCE * 5)):
            if self.page(path, cookie) == 200:
                return
            threading.Event().wait(0.2)
        raise AssertionError("it did not come back")


@pytest.fixture(scope="module")
def visitor(frozen: Frozen, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """One server of pages for all of these."""
    with (
        closing(Databases(frozen.server)) as databases,
        installed(databases, tmp_path_factory.mktemp("frozen"), []) as running,
    ):
        anna = SampleOrganisation.create(running.platform).add_user("Anna Ek")
        with running.serving():
            yield Visitor(running, anna)


def test_pages_of_a_frozen_database_say_so(frozen: Frozen, visitor: Visitor) -> None:
    """All who ask at the same time are answered while it is frozen; when it goes on, so do the pages."""
    cookie = visitor.cookie()
    assert visitor.page("/", cookie) == 200
    with frozen.still(), ThreadPoolExecutor(60) as many:
        paths = ["/", "/account", "/readyz"] * 20
        assert set(many.map(lambda path: visitor.page(path, cookie), paths)) == {503}
        assert visitor.page("/healthz", cookie) == 200
    visitor.until_well("/", cookie)
    visitor.until_well("/readyz", cookie)


def test_pages_of_a_locked_table_say_so(visitor: Visitor) -> None:
    """They are answered while the lock is held; what does not need the table goes on."""
    cookie, engine = visitor.cookie(), visitor.running.platform.database
    with engine.owner() as owner, owner.begin() as connection, ThreadPoolExecutor(30) as many:
        connection.execute(text("LOCK TABLE cases"))
        assert set(many.map(lambda path: visitor.page(path, cookie), ["/"] * 30)) == {503}
        assert visitor.page("/account", cookie) in {200, 503}  # its rail counts cases
        assert visitor.page("/sign-in", cookie) == 200
    visitor.until_well("/", cookie)


def test_readiness_does_not_wait_for_a_lock(visitor: Visitor) -> None:
    """A load balancer gets its word while somebody else holds what it asks about."""
    with visitor.running.platform.database.owner() as owner, owner.begin() as connection:
        connection.execute(text("LOCK TABLE alembic_version"))
        assert visitor.page("/readyz", "") == 503
    visitor.until_well("/readyz", "")


@pytest.fixture
def database(frozen: Frozen) -> Iterator[Database]:
    """A pool of connections to that server, of a process that makes no pages."""
    with closing(Database(frozen.server.conninfo(), None)) as database:
        yield database


def test_whoever_asks_a_frozen_database_is_told(frozen: Frozen, database: Database) -> None:
    """In the middle of a transaction, and where a connection must be made first; afterwards all is well."""
    ask = text("SELECT 1")

    def be_frozen_in_the_middle() -> None:
        with database.transaction(None) as connection:
            connection.execute(ask)
            with frozen.still():
                connection.execute(ask)

    with pytest.raises(Unavailable):
        be_frozen_in_the_middle()
    with frozen.still(), pytest.raises(Unavailable), database.transaction(None) as connection:
        connection.execute(ask)
    for _ in range(int(PATIENCE * 5)):
        try:
            with database.transaction(None) as connection:
                assert connection.execute(ask).scalar_one() == 1
                return
        except Unavailable:
            threading.Event().wait(0.2)
    raise AssertionError("it did not come back")


def test_a_new_connection_to_a_frozen_database_is_given_up(frozen: Frozen) -> None:
    """Nobody tries to start the embedded server a second time beside the one that is there."""
    database = Database(frozen.server.conninfo(), None, frozen.server)
    database.hurry(DatabaseSettings(connect_seconds=0.3))
    with frozen.still(), pytest.raises(Unavailable), database.transaction(None):
        pass


def test_a_statement_that_takes_its_time_is_not_given_up(database: Database) -> None:
    """The server lives, and what is no page may take as long as it likes."""
    with database.transaction(None) as connection:
        assert SLEEP.one(connection, {"seconds": 3.5}).slept == ""


def test_a_page_waits_neither_for_a_lock_nor_for_a_statement(database: Database) -> None:
    """It is told that the database is busy, what it had done is undone, and the connection is as good as before."""

    def take_long() -> None:
        with database.transaction(None) as connection:
            connection.execute(text("INSERT INTO things VALUES (1)"))
            SLEEP.one(connection, {"seconds": 600})

    with psycopg.connect(database._app, autocommit=True) as other:
        other.execute("CREATE TABLE IF NOT EXISTS things (number integer)")
        database.hurry(DatabaseSettings(lock_seconds=0.05, statement_seconds=0.2))
        with pytest.raises(Unavailable):
            take_long()
        with other.transaction():
            other.execute("LOCK TABLE things")
            with pytest.raises(Unavailable), database.transaction(None) as connection:
                connection.execute(text("INSERT INTO things VALUES (2)"))
        with database.transaction(None) as connection:
            assert connection.execute(text("SELECT count(*) FROM things")).scalar_one() == 0
    with database.transaction(None) as connection:
        connection.execute(text("DROP TABLE things"))


def test_a_page_does_not_wait_twice_for_a_lock(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that asks again, or the next one, waits a moment only; a commit has nothing to do with locks."""
    monkeypatch.setattr(silence_module, "PAUSE_SECONDS", PATIENCE)

    def locked_for() -> float:
        began = sources.monotonic()
        with pytest.raises(Unavailable), database.transaction(None) as connection:
            connection.execute(text("SELECT * FROM twice"))
        return sources.monotonic() - began

    with psycopg.connect(database._app, autocommit=True) as other:
        other.execute("CREATE TABLE IF NOT EXISTS twice (number integer)")
        database.hurry(DatabaseSettings(lock_seconds=PATIENCE / 10))
        with other.transaction():
            other.execute("LOCK TABLE twice")
            assert locked_for() > PATIENCE / 10 > locked_for()
        assert database._silence.is_brief
        with database.transaction(None) as connection:
            assert driver(connection)._commit_ticks == driver(connection).commit_ticks
        other.execute("DROP TABLE twice")


def test_a_page_answers_within_two_seconds_of_a_lock() -> None:
    """It waits once as long as it may, and up to three pieces around what failed wait briefly for the same lock."""
    first, brief = DatabaseSettings().lock_seconds, int(silence_module._BRIEFLY["lock_timeout"]) / 1000
    assert first + 3 * brief <= 1.6


def test_what_a_page_passes_over_makes_the_rest_of_it_brief(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page goes on without what waited for a lock in vain; it waits for the next in the same transaction no more."""
    monkeypatch.setattr(silence_module, "PAUSE_SECONDS", PATIENCE)
    waits: list[float] = []
    with psycopg.connect(database._app, autocommit=True) as other:
        other.execute("CREATE TABLE IF NOT EXISTS passed_over (number integer)")
        database.hurry(DatabaseSettings(lock_seconds=PATIENCE / 10))
        with other.transaction():
            other.execute("LOCK TABLE passed_over")
            with database.transaction(None) as connection:
                for ask in (text("SELECT * FROM passed_over"), Statement("SELECT * FROM passed_over")):
                    for _ in range(2):
                        began = sources.monotonic()
                        with pytest.raises((OperationalError, psycopg.OperationalError)), savepoint(connection):
                            connection.execute(ask) if isinstance(ask, TextClause) else ask.all(connection, {})
                        waits.append(sources.monotonic() - began)
        assert waits[0] > PATIENCE / 10 > sum(waits[1:])
        assert database._silence.is_brief
        with database.transaction(None) as connection:
            assert not driver(connection).has_waited_in_vain
        other.execute("DROP TABLE passed_over")


def test_short_waits_do_not_prolong_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a little longer than a short wait would fail for ever otherwise, as long as somebody tries."""
    now = 1000.0
    monkeypatch.setattr(sources, "monotonic", lambda: now)
    silence = Silence()
    silence.be_brief(at_commit=True)
    now += PAUSE_SECONDS * 0.9
    assert (silence.is_brief, silence.is_brief_at_commit) == (True, True)
    silence.be_brief(at_commit=True)
    now += PAUSE_SECONDS * 0.2
    assert (silence.is_brief, silence.is_brief_at_commit) == (False, False)


def test_a_page_does_not_queue_for_a_connection(frozen: Frozen) -> None:
    """Where all are taken it is told so."""
    with (
        closing(Database(frozen.server.conninfo(), None, pool=1)) as database,
        database.transaction(None),
        database.transaction(None),
    ):
        database.hurry(DatabaseSettings(pool_seconds=0.05))
        with pytest.raises(Unavailable), database.transaction(None):
            pass


def test_a_url_may_name_several_hosts(tmp_path: Path) -> None:
    """As libpq writes them: here nobody is on any of them, which is told as always."""
    url = "postgresql+psycopg://budkavle_app@127.0.0.1:1,127.0.0.1:2/budkavle?target_session_attrs=read-write"
    settings = Settings(data=tmp_path, database=DatabaseSettings(url=url))
    with closing(Database.open(settings)) as database, pytest.raises(Unavailable), database.transaction(None):
        pass
    with pytest.raises(Misconfigured, match="går inte att läsa"):
        Database.open(Settings(data=tmp_path, database=DatabaseSettings(url="postgresql://a:hemligt%zz@b")))
