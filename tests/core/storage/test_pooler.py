"""PgBouncer in transaction mode between the product and its database; what listens goes past it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text

from budkavle.model.errors import Unavailable
from budkavle.settings import DatabaseSettings
from budkavle.storage.database import Database, Statement
from budkavle.storage.database.health import judge_news
from budkavle.storage.embedded import EmbeddedServer

SETTING = Statement("SELECT current_setting('budkavle.organisation', true) AS organisation, cast(:n AS int) AS n")


@pytest.fixture(scope="module")
def direct() -> Iterator[str]:
    """A server of these tests' own, which listens as its own user does."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-pooled-"))
    server = EmbeddedServer(folder / "postgres", durable=False)
    server.join()
    yield server.conninfo()
    server.leave()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def pooled(direct: str, program: Callable[..., str]) -> Iterator[str]:
    """The same database through PgBouncer, with two connections for all."""
    parts = conninfo_to_dict(direct)
    folder = Path(tempfile.mkdtemp(prefix="budkavle-bouncer-"))
    owner = Path(str(parts["host"])).stat().st_uid
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    (folder / "users").write_text('"postgres" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
postgres = host={parts["host"]} port={parts.get("port", 5432)} dbname=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 2
max_prepared_statements = 200
server_login_retry = 1
"""
    )
    for path in (folder, *folder.iterdir()):
        os.chown(path, owner, -1)
    user, group = (owner, pwd.getpwuid(owner).pw_gid) if os.getuid() == 0 else (None, None)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program("pgbouncer"), str(folder / "pgbouncer.ini")], stderr=log, user=user, group=group
        )
    try:
        conninfo = make_conninfo(host="127.0.0.1", port=port, dbname="postgres", user="postgres")
        _until_answers(conninfo, folder / "log")
        yield conninfo
    finally:
        process.terminate()
        process.kill()  # SIGTERM alone waits for all clients since 1.23
        process.wait()
        shutil.rmtree(folder)


def _until_answers(conninfo: str, log: Path) -> None:
    for _ in range(300):
        try:
            psycopg.connect(conninfo, connect_timeout=2).close()
        except psycopg.OperationalError:
            threading.Event().wait(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.mark.feature("ZO9")
def test_each_transaction_is_its_own_through_a_pooler(direct: str, pooled: str) -> None:
    """More processes than the pooler has connections: prepared statements and whose rows are seen are never mixed."""
    with closing(Database(pooled, None, listen=direct)) as one, closing(Database(pooled, None, listen=direct)) as other:
        one.hurry(DatabaseSettings())
        for turn in range(30):
            organisation = uuid4()
            for database in (one, other):
                [[row]] = database.at_once(organisation, (SETTING, {"n": turn}))
                assert tuple(row) == (str(organisation), turn)
                with database.transaction(None) as connection:
                    assert SETTING.one(connection, {"n": turn}).organisation == ""


@pytest.mark.feature("ZO9")
def test_news_is_heard_past_the_pooler(direct: str, pooled: str) -> None:
    """Through the pooler nothing is heard, without any error: health says so, and names the setting."""
    with closing(Database(pooled, None)) as deaf, closing(Database(pooled, None, listen=direct)) as hears:
        answer = judge_news(deaf)
        assert not answer.ok
        assert "database.listen_url" in answer.remedy
        assert judge_news(hears).ok
        with hears.listen() as listener:
            with deaf.transaction(None) as connection:
                deaf.notify(connection, {"k": "a"})
            assert any('"k":"a"' in payload for payload in listener.wait(10))


@pytest.mark.feature("ZO9")
def test_a_pooler_that_has_no_server_is_a_database_that_is_away(direct: str, pooled: str) -> None:
    """It ends the connection with a code of its own (08P01); the next transaction has a new one."""
    with closing(Database(pooled, None, listen=direct)) as database:

        def lose() -> None:
            with database.transaction(None) as connection:
                backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
                with psycopg.connect(direct) as beside:
                    beside.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
                connection.execute(text("SELECT 1"))

        with pytest.raises(Unavailable):
            lose()
        [[row]] = database.at_once(None, (SETTING, {"n": 1}))
        assert row.n == 1
