"""A closed child: it works on what it was given, and reaches nothing else."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from budkavle import Bounds, TooLarge, bounded
from budkavle.operations.health import check_all
from budkavle.plugins import closed_child

CLOSED = Bounds(cpu=5, wall=60, memory=200_000_000, closed=True)
warmed: list[str] = []


@pytest.fixture(autouse=True)
def _importable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the child find this file by its name."""
    monkeypatch.syspath_prepend(root)


def warm_up() -> None:
    warmed.append(Path("/proc/self/comm").read_text().strip())


def tried(action: Callable[[], object]) -> str:
    try:
        action()
    except OSError as error:
        return type(error).__name__
    return "done"


def reach_out(path: str, parent: int) -> dict[str, str]:
    return {
        "read": tried(lambda: Path(path).read_bytes()),
        "write": tried(lambda: Path(path).write_bytes(b"changed")),
        "make": tried(lambda: Path(path + ".new").write_bytes(b"")),
        "remove": tried(lambda: Path(path).unlink()),
        "list": tried(lambda: os.listdir("/")),  # noqa: PTH208 - the call itself is tried
        "tcp": tried(lambda: socket.socket(socket.AF_INET)),
        "unix": tried(lambda: socket.socket(socket.AF_UNIX)),
        "program": tried(lambda: os.execv("/bin/true", ["true"])),  # noqa: S606
        "fork": tried(os.fork),
        "signal": tried(lambda: os.kill(parent, 0)),
        "warmed": "".join(warmed),
    }


def test_it_reaches_nothing_but_what_it_was_given(tmp_path: Path, missing: Callable[[str], NoReturn]) -> None:
    """No file, no socket, no program, no other process; what it needs has been imported before."""
    if not bounded(closed_child.close_in):
        missing("this kernel has neither Landlock nor seccomp")
    file = tmp_path / "secret"
    file.write_bytes(b"secret")
    outcome = bounded(reach_out, str(file), os.getpid(), bounds=CLOSED)
    assert outcome.pop("warmed")
    assert set(outcome) - {name for name, word in outcome.items() if word == "PermissionError"} == set()
    assert file.read_bytes() == b"secret"


def test_each_lock_holds_alone() -> None:
    """Where the kernel has both, neither leans on the other: each is taken on by itself and refuses a file."""
    names = bounded(closed_child.close_in)
    for name in names:
        assert bounded(reads_with, name) == "PermissionError"


def reads_with(name: str) -> str:
    lock = {"landlock": closed_child._landlock, "seccomp": closed_child._seccomp}[name]
    libc = closed_child.ctypes.CDLL(None)
    libc.prctl(38, 1, 0, 0, 0)
    assert lock(libc)
    return tried(lambda: Path("/etc/hostname").read_bytes())


def test_an_open_child_keeps_its_files(tmp_path: Path) -> None:
    """Fax needs LibreOffice and Ghostscript: without `closed` nothing of this holds."""
    file = tmp_path / "page"
    file.write_bytes(b"page")
    assert bounded(read_back, str(file)) == b"page"


def read_back(path: str) -> bytes:
    return Path(path).read_bytes()


def test_what_takes_too_much_is_ended_in_there_too() -> None:
    """The limits are the same."""
    with pytest.raises(TooLarge):
        bounded(spin, bounds=Bounds(cpu=1, wall=60, closed=True))


def spin() -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True:
        pass


@pytest.mark.parametrize(
    ("missing", "base_url", "is_well", "is_notable"),
    [
        ([], "https://budkavle.example", True, False),
        (["seccomp"], "https://budkavle.example", True, True),
        (["landlock", "seccomp"], "https://budkavle.example", False, True),
        (["landlock", "seccomp"], "http://localhost", True, True),
    ],
)
def test_health_tells_of_locks_that_are_missing(
    budkavle_open: Any,
    monkeypatch: pytest.MonkeyPatch,
    missing: list[str],
    base_url: str,
    is_well: bool,
    is_notable: bool,
) -> None:
    """Without any lock an installation in production is not well; what is missing is named."""
    monkeypatch.setattr(closed_child, "missing_locks", lambda: missing)
    answers = check_all(budkavle_open(base_url=base_url), None)
    (answer,) = [each for each in answers if each.name == "Främmande filer"]
    assert (answer.ok, answer.notable) == (is_well, is_notable)
    assert all(name in str(answer) for name in missing)


def test_what_is_missing_is_what_a_child_cannot_take_on() -> None:
    """Asking takes nothing on: this process can still open files."""
    code = "from budkavle.plugins import closed_child as c; print(c.missing_locks(), c.close_in())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    missing, taken = said.strip().split("] [")
    assert sorted([*re.findall(r"'(\w+)'", missing), *re.findall(r"'(\w+)'", taken)]) == list(closed_child.LOCKS)
    closed_child.missing_locks()
    assert Path(__file__).read_bytes()
