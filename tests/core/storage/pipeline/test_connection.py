"""The pipelining connection by itself: what waits, what is sent, and what happens when something fails."""

from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.pipeline import PipelineConnection, Statement, driver, execute_batch, savepoint

ADD = Statement("INSERT INTO doves (number) VALUES (CAST(:number AS integer))")
COUNT = Statement("SELECT count(*) AS number FROM doves")


@pytest.fixture
def conninfo(budkavle_server: EmbeddedServer) -> str:
    """A database of the test's own, with one table."""
    name = f"pipeline_{uuid4().hex}"
    with budkavle_server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    with budkavle_server.connect(name) as connection:
        connection.execute("CREATE TABLE doves (number integer CHECK (number > 0))")
    return budkavle_server.conninfo(name)


@pytest.fixture
def pipeline(conninfo: str) -> Iterator[PipelineConnection]:
    """A connection to it."""
    with closing(PipelineConnection.connect(conninfo, autocommit=True)) as connection:
        yield connection


@pytest.fixture
def connection(pipeline: PipelineConnection) -> Any:
    """What SQLAlchemy has around it, as far as statements ask for it."""
    return SimpleNamespace(connection=SimpleNamespace(driver_connection=pipeline))


def count(conninfo: str) -> int:
    """The rows that others see."""
    with psycopg.connect(conninfo) as other:
        row = other.execute("SELECT count(*) FROM doves").fetchone()
    assert row is not None
    return int(row[0])


def test_nothing_is_sent_before_an_answer_is_wanted(pipeline: PipelineConnection, conninfo: str) -> None:
    """BEGIN, the settings and the writes wait for the exchange, and are stored by `finish` alone."""
    pipeline.begin({"loft.keeper": "anna", "synchronous_commit": "off"})
    pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [1])
    assert pipeline.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    pipeline.enqueue(b"SELECT current_setting('loft.keeper'), current_setting('synchronous_commit')", [])
    *_, result = pipeline.exchange()
    assert pipeline.rows(result, tuple) == [("anna", "off")]
    assert pipeline.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert count(conninfo) == 0
    assert pipeline.finish() == []
    assert count(conninfo) == 1


def test_settings_end_with_the_transaction(pipeline: PipelineConnection) -> None:
    """The next transaction has none of them."""
    pipeline.begin({"loft.keeper": "anna"})
    pipeline.enqueue(b"SELECT 1", [])
    pipeline.finish()
    pipeline.begin({})
    pipeline.enqueue(b"SELECT current_setting('loft.keeper', true)", [])
    *_, result = pipeline.finish()
    assert pipeline.rows(result, tuple) in ([("",)], [(None,)])


def test_a_transaction_in_which_nothing_was_asked_is_no_exchange(
    pipeline: PipelineConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`finish` drops the BEGIN that waits."""
    monkeypatch.setattr(pipeline, "exchange", pytest.fail)
    pipeline.begin({"loft.keeper": "anna"})
    assert pipeline.finish() == []


def test_a_failure_is_told_by_the_exchange_and_nothing_is_stored(pipeline: PipelineConnection, conninfo: str) -> None:
    """What comes after it is not executed; after `roll_back` the connection is as good as new."""
    pipeline.begin({})
    for number in (1, -1, 2):
        pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [number])
    with pytest.raises(psycopg.errors.CheckViolation):
        pipeline.finish()
    pipeline.roll_back()
    pipeline.begin({})
    pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [3])
    pipeline.finish()
    assert count(conninfo) == 1


def test_a_commit_of_a_failed_transaction_is_an_error(pipeline: PipelineConnection) -> None:
    """PostgreSQL answers such a COMMIT with ROLLBACK, which nobody may take for stored."""
    pipeline.begin({})
    pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [-1])
    with pytest.raises(psycopg.errors.CheckViolation):
        pipeline.exchange()
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        pipeline.finish()


def test_a_savepoint_takes_back_what_failed_in_it(connection: Any, pipeline: PipelineConnection, conninfo: str) -> None:
    """The transaction goes on, and what was written before and after it is stored; it costs no exchange."""

    def broken() -> None:
        with savepoint(connection):
            ADD.enqueue(connection, {"number": 2})
            ADD.run(connection, {"number": -1})

    pipeline.begin({})
    ADD.enqueue(connection, {"number": 1})
    with pytest.raises(psycopg.errors.CheckViolation):
        broken()
    with savepoint(connection):
        ADD.enqueue(connection, {"number": 3})
    assert COUNT.one(connection, {}).number == 2
    pipeline.finish()
    assert count(conninfo) == 2


def test_what_failed_before_a_savepoint_is_not_forgiven_in_it(connection: Any, pipeline: PipelineConnection) -> None:
    """It is sent with the block's first statement, and fails the transaction all the same."""
    pipeline.begin({})
    ADD.enqueue(connection, {"number": -1})
    with pytest.raises(psycopg.errors.CheckViolation), savepoint(connection):
        COUNT.one(connection, {})
    with pytest.raises(psycopg.Error):
        pipeline.finish()


def test_a_cursor_sends_what_waits_first(pipeline: PipelineConnection) -> None:
    """So SQLAlchemy and psycopg's own methods see what was written before."""
    pipeline.begin({})
    pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [1])
    assert pipeline.execute("SELECT count(*) FROM doves").fetchone() == (1,)
    pipeline.roll_back()
    assert pipeline.execute("SELECT count(*) FROM doves").fetchone() == (0,)


def test_a_statement_is_prepared_once(pipeline: PipelineConnection) -> None:
    """Also where the first exchange that had it failed before it."""
    pipeline.begin({})
    pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [-1])
    pipeline.enqueue(b"SELECT count(*) FROM doves", [])
    with pytest.raises(psycopg.errors.CheckViolation):
        pipeline.exchange()
    pipeline.roll_back()
    for _ in range(3):
        pipeline.begin({})
        pipeline.enqueue(b"SELECT count(*) FROM doves", [])
        pipeline.finish()
    query = "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT count(*) FROM doves'"
    assert pipeline.execute(query).fetchone() == (1,)


def test_a_forgotten_plan_is_prepared_again(pipeline: PipelineConnection, conninfo: str) -> None:
    """A pooler may drop prepared statements: what is first of its transaction is sent once more, and done once."""
    for number in (1, 2):
        pipeline.begin({})
        pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [number])
        pipeline.finish()
        pipeline.pgconn.exec_(b"DEALLOCATE ALL")
    assert count(conninfo) == 2


def test_rolling_back_to_a_savepoint_keeps_what_is_prepared(pipeline: PipelineConnection, conninfo: str) -> None:
    """The driver then throws away all prepared statements of the session, those of the exchanges too."""
    pipeline.begin({})
    pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [1])
    pipeline.exchange()
    for sql in ("SELECT 1", "SAVEPOINT point", "ROLLBACK TO SAVEPOINT point"):
        pipeline.execute(sql, prepare=sql == "SELECT 1")
    pipeline.enqueue(b"INSERT INTO doves VALUES ($1)", [2])
    pipeline.finish()
    assert count(conninfo) == 2


def test_a_server_that_hangs_up_is_told(pipeline: PipelineConnection, conninfo: str) -> None:
    """Before anything is asked by `is_alive`, in the middle by the exchange."""
    assert pipeline.is_alive()
    with psycopg.connect(conninfo, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pipeline.info.backend_pid,))
    pipeline.begin({})
    pipeline.enqueue(b"SELECT 1", [])
    with pytest.raises(psycopg.OperationalError):
        pipeline.finish()
    assert pipeline.is_lost
    assert not pipeline.is_alive()


def test_a_connection_is_given_up_in_time() -> None:
    """Where nobody answers; psycopg's own `connect_timeout` would take two seconds at least."""
    import socket
    import time

    with socket.create_server(("127.0.0.1", 0)) as mute:
        begun = time.monotonic()
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            PipelineConnection.within(0.3).connect(f"host=127.0.0.1 port={mute.getsockname()[1]}")
        assert time.monotonic() - begun < 1.5


def test_statements_have_named_values_and_rows_have_named_columns(connection: Any) -> None:
    """One name may stand for several places; a cast is no name."""
    echo = Statement("SELECT CAST(:number AS integer) AS number, CAST(:number AS integer)::text AS letters")
    row = echo.one(connection, {"number": 7, "unused": 8})
    assert (row.number, row.letters) == (7, "7")
    assert echo.sql == b"SELECT CAST($1 AS integer) AS number, CAST($1 AS integer)::text AS letters"
    with pytest.raises(KeyError):
        echo.one(connection, {})


def test_statements_in_one_exchange_answer_in_their_order(connection: Any, pipeline: PipelineConnection) -> None:
    """`later` waits, `together` asks several, `run` counts rows, and a row that must be there is missed."""
    assert driver(connection) is pipeline
    pipeline.begin({})
    ADD.enqueue(connection, {"number": 1})
    first, touched, second = execute_batch(connection, (COUNT, {}), (ADD, {"number": 2}), (COUNT, {}))
    assert (first[0].number, touched, second[0].number) == (1, [], 2)
    assert Statement("DELETE FROM doves").run(connection, {}) == 2
    assert Statement("SELECT number FROM doves").one_or_none(connection, {}) is None
    with pytest.raises(LookupError):
        Statement("SELECT number FROM doves").one(connection, {})
    with pytest.raises(TypeError, match="float"):
        ADD.enqueue(connection, {"number": [0.5]})
