"""Work on foreign documents in a child process: what it returns, and all the ways in which it may go wrong."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import NoReturn

import pytest

from budkavle import Bounds, Invalid, Temporary, TooLarge, bounded
from budkavle.plugins import bounded_process

SMALL = Bounds(cpu=1, wall=60, memory=200_000_000)


@pytest.fixture(autouse=True)
def _importable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the child find this file by its name."""
    monkeypatch.syspath_prepend(root)


@dataclass(frozen=True)
class Thing:
    name: str
    content: bytes


def joined(things: list[Thing], mark: str) -> Thing:
    print("what a library says is no answer")
    return Thing(mark.join(one.name for one in things), b"".join(one.content for one in things))


def refuse(name: str) -> None:
    raise Invalid("Filen är låst.", fields={"attachments": name})


def fall(how: str) -> bytes:
    if how == "memory":
        return bytes(900_000_000)
    if how == "time":
        while True:
            pass
    if how == "abort":
        os.abort()
    if how == "segment":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "sleep":
        sleep(600)
    raise RuntimeError("Åsas personnummer")


def leave_behind(place: str) -> int:
    started = subprocess.Popen(["sleep", "600"])
    Path(place).write_text(str(started.pid))
    return started.pid


def facts() -> dict[str, str]:
    try:
        socket.create_connection(("127.0.0.1", int(os.environ.get("PORT", "9"))), timeout=5).close()
        net = "open"
    except OSError as error:
        net = type(error).__name__ + str(error.errno)
    core = resource.getrlimit(resource.RLIMIT_CORE)[1]
    return {"net": net, "core": str(core), "environment": " ".join(os.environ), "path": sys.path[0]}


def test_a_child_imports_no_log_database_or_web() -> None:
    """Each document starts one, and they take many times as long to import as most documents to be drawn."""
    works = ("previews.drawing", "previews.logo_drawing", "previews.office", "file_texts", "cases.file_metadata.apart")
    code = "\n".join([*(f"import budkavle.{work}" for work in works), "import sys", "print(*sys.modules)"])
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "budkavle.plugins.bounded_process" in told
    assert {"structlog", "sqlalchemy", "psycopg", "litestar"} & set(told) == set()


def test_what_comes_back_is_what_was_made() -> None:
    """Dataclasses and bytes go there and back; what is printed in between disturbs nothing."""
    things = [Thing("å", b"\0" * 3_000_000), Thing("b", b"\xff")]
    assert bounded(joined, things, "+") == Thing("å+b", b"\0" * 3_000_000 + b"\xff")


def test_a_refusal_comes_with_its_sentence_and_field() -> None:
    """As if it had been raised here."""
    with pytest.raises(Invalid, match="Filen är låst") as caught:
        bounded(refuse, "a.pdf")
    assert caught.value.fields == {"attachments": "a.pdf"}


@pytest.mark.parametrize("how", ["memory", "time", "abort"])
def test_too_much_ends_the_child_and_nothing_else(how: str) -> None:
    """Memory, processor time, a library that gives up: it is said that the document is too large."""
    with pytest.raises(TooLarge, match="Dela upp det"):
        bounded(fall, how, bounds=SMALL)


def test_what_takes_for_ever_is_ended_by_the_clock() -> None:
    """Also where it takes no processor time."""
    with pytest.raises(TooLarge):
        bounded(fall, "sleep", bounds=Bounds(wall=2))


@pytest.mark.parametrize("how", ["segment", "other"])
def test_a_fault_says_nothing_of_the_content(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A crash and any error are a document that cannot be opened; only the kind of error is told in the log."""
    with pytest.raises(Invalid, match="går inte att öppna") as caught:
        bounded(fall, how)
    told = capsys.readouterr()
    assert "personnummer" not in f"{caught.value}{caught.value.__cause__}{told.out}{told.err}"


def test_nothing_is_left_running(tmp_path: Path) -> None:
    """What the child has started ends with it."""
    number = bounded(leave_behind, str(tmp_path / "pid"))
    until = monotonic() + 30
    while _runs(number):
        assert monotonic() < until
        sleep(0.05)


def _runs(number: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except FileNotFoundError:
        return False


def test_the_child_has_no_core_no_secrets_and_no_network(
    monkeypatch: pytest.MonkeyPatch, forbidden: Callable[[str], NoReturn]
) -> None:
    """The environment is the least; the machine's own services are out of reach where the kernel lets us."""
    monkeypatch.setenv("BUDKAVLE_SECRET", "x")
    found = bounded(facts)
    assert found["core"] == "0"
    assert "SECRET" not in found["environment"]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(bounded_process, "KEPT", (*bounded_process.KEPT, "PORT"))
        monkeypatch.setenv("PORT", str(listening.getsockname()[1]))
        code = "import ctypes, sys; c = ctypes.CDLL(None); sys.exit(bool(c.unshare(1 << 30) and c.unshare(5 << 28)))"
        if subprocess.run([sys.executable, "-c", code], check=False).returncode:
            forbidden("this kernel lets nobody leave the network")
        assert bounded(facts)["net"] != "open"


def test_a_full_queue_asks_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many at once, so many in the queue; one more is told so at once, and one that waits too long as well."""
    monkeypatch.setattr(bounded_process, "_turns", bounded_process._Turns())
    monkeypatch.setattr(bounded_process, "PATIENCE", 0.2)
    inside, done = threading.Barrier(bounded_process.AT_ONCE + 1), threading.Event()

    def occupy() -> None:
        with bounded_process._turn():
            inside.wait(30)
            done.wait(30)

    busy = [threading.Thread(target=occupy) for _ in range(bounded_process.AT_ONCE)]
    for one in busy:
        one.start()
    inside.wait(30)
    with pytest.raises(Temporary, match="Försök igen om en stund"):
        bounded(facts)
    for _ in range(bounded_process.QUEUE):
        bounded_process._turns.waiting.acquire()
    monkeypatch.setattr(bounded_process, "PATIENCE", 600)
    with pytest.raises(Temporary, match="Försök igen om en stund"):
        bounded(facts)
    for _ in range(bounded_process.QUEUE):
        bounded_process._turns.waiting.release()
    done.set()
    for one in busy:
        one.join(30)
    assert bounded(facts)["core"] == "0"


def copy(given: int, made: int) -> int:
    return os.write(made, os.read(given, 100))


def test_a_child_gets_the_files_that_it_is_given(tmp_path: Path) -> None:
    """By their numbers, and no others."""
    (tmp_path / "given").write_bytes(b"stort")
    with (tmp_path / "given").open("rb") as given, (tmp_path / "made").open("w+b") as made:
        numbers = (given.fileno(), made.fileno())
        assert bounded(copy, *numbers, bounds=SMALL, files=numbers) == 5
        made.seek(0)
        assert made.read() == b"stort"
        with pytest.raises(Invalid):
            bounded(copy, *numbers, bounds=SMALL)
