"""The embedded server by itself: shared, started again when it dies, stopped by the last who leaves."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest

from budkavle.storage.embedded import EmbeddedServer, NoCluster, NoRoom, ServerUnusable, binaries

JOINS = """
import sys
from pathlib import Path
from budkavle.storage.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), durable=False)
server.join()
print("up", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder whose path is too long for a socket, and has signs that want quoting."""
    top = Path(tempfile.mkdtemp(prefix="budkavle-test-"))
    folder = top / ("mapp åäö 100% " + "x" * 100)
    yield folder
    shutil.rmtree(top)


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]))


def start_user(data: Path) -> "subprocess.Popen[bytes]":
    """Start a process that uses the server until its input ends."""
    user = subprocess.Popen(
        [sys.executable, "-c", JOINS, data / "postgres"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert user.stdout
    assert user.stdout.readline() == b"up\n"
    return user


def end(user: "subprocess.Popen[bytes]") -> None:
    user.communicate(timeout=60)


def test_the_last_user_stops_it_though_another_was_killed(data: Path) -> None:
    """A killed process counts no longer, and the server goes on for the others."""
    first, second = start_user(data), start_user(data)
    server = postmaster(data)
    first.send_signal(signal.SIGKILL)
    end(first)
    assert server.is_running()
    end(second)
    server.wait(10)
    assert not (data / "postgres" / "postmaster.pid").exists()


def test_a_killed_server_is_started_again_by_who_connects(data: Path) -> None:
    """With the same data."""
    server = EmbeddedServer(data / "postgres", durable=False)
    server.join()
    try:
        first = postmaster(data)
        first.kill()
        first.wait(10)
        with server.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert postmaster(data).pid != first.pid
    finally:
        server.leave()


def test_a_server_that_refuses_is_not_started_again(data: Path) -> None:
    """It is there: with a full disk, or too many connections, nobody holds up all others with attempts to start it."""
    server = EmbeddedServer(data / "postgres", durable=False)
    server.join()
    try:
        with server.connect("template1") as connection:
            connection.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS false")
        with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
            server.connect()
        assert "lock file" not in (data / "postgres" / "log").read_text("utf-8")
        with server.connect("template1") as connection:
            connection.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS true")
    finally:
        server.leave()


def test_nobody_waits_for_a_server_whose_disk_is_full(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would not start before there is room; then it does."""
    server = EmbeddedServer(data / "postgres", durable=False)
    server.join()
    server.leave()
    configuration = data / "postgres" / "postgresql.auto.conf"
    whole = configuration.read_text("utf-8")
    configuration.write_text("no such line\n", "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
        with pytest.raises(NoRoom):
            server.join()
    configuration.write_text(whole, "utf-8")
    server.join()
    server.leave()


def test_the_socket_folder_has_the_prefix(data: Path) -> None:
    """Where the data folder's path is too long for a socket."""
    assert EmbeddedServer(data / "postgres", prefix="dovecote").socket_folder.name.startswith("dovecote-")
    assert EmbeddedServer(Path("/d/postgres")).socket_folder == Path("/d/postgres")


def test_a_socket_has_a_short_path_also_where_temporary_files_have_not(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where both the data and TMPDIR lie deep, the server starts."""
    deep = data / ("temporary" * 12)
    deep.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    server = EmbeddedServer(data / ("data" * 20) / "postgres", durable=False)
    server.join()
    with psycopg.connect(server.conninfo()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.leave()
    assert not server.socket_folder.exists()


def test_the_programs_of_postgresql_are_there() -> None:
    """Those that a backup needs too."""
    assert all((binaries() / name).exists() for name in ("psql", "pg_dump", "pg_restore", "initdb", "pg_ctl"))


def test_a_pid_file_of_another_program_is_no_hindrance(data: Path) -> None:
    """After a crash of the machine the number in postmaster.pid may be anybody's."""
    server = EmbeddedServer(data / "postgres", durable=False)
    server.join()
    lines = (data / "postgres" / "postmaster.pid").read_text().split("\n")
    server.leave()
    stale = data / "postgres" / "postmaster.pid"
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    server.join()
    assert postmaster(data).pid != os.getpid()
    server.leave()


def test_a_folder_of_something_else_is_left_alone(data: Path) -> None:
    """Where the folder holds anything but a cluster, nothing is written and the error names it."""
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "brev.txt").write_text("hej")
    with pytest.raises(NoCluster, match="not empty") as raised:
        EmbeddedServer(data / "postgres").ensure_running()
    assert (raised.value.path, isinstance(raised.value, ServerUnusable)) == (data / "postgres", True)
    assert (data / "postgres" / "brev.txt").read_text() == "hej"


def test_nobody_else_reaches_it(data: Path) -> None:
    """No network port, and a socket in a folder that only its owner enters."""
    server = EmbeddedServer(data / "postgres", durable=False)
    server.join()
    try:
        assert server.socket_folder.stat().st_mode & 0o077 == 0
        assert not postmaster(data).net_connections(kind="inet")
        with psycopg.connect(server.conninfo()) as connection:
            row = connection.execute("SHOW listen_addresses").fetchone()
        assert row == ("",)
    finally:
        server.leave()


@pytest.mark.parametrize(("durable", "seconds"), [(True, 10), (False, 60)])
def test_databases_of_tests_are_visited_seldom(data: Path, durable: bool, seconds: int) -> None:
    """The planner of an installation gets statistics soon; a server of tests has many databases to look at."""
    server = EmbeddedServer(data / "postgres", durable=durable)
    server.join()
    try:
        with server.connect() as connection:
            query = "SELECT setting::int FROM pg_settings WHERE name = 'autovacuum_naptime'"
            assert connection.execute(query).fetchone() == (seconds,)
    finally:
        server.leave()
