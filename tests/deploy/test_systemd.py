"""The units of systemd let the processes do little besides their work."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from budkavle.testing.databases import Databases
from budkavle.testing.running import free_ports, installed, until_answers


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_unit_is_hardened(root: Path, program: Callable[..., str], name: str) -> None:
    """The judgement of systemd itself is below 2 of 10, where 10 is without any protection."""
    unit = root / f"deploy/systemd/budkavle-{name}.service"
    command = [program("systemd-analyze"), "security", "--offline=true", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_unit_speaks_only_where_it_is_let(root: Path, program: Callable[..., str], tmp_path: Path, name: str) -> None:
    """With the drop-in it reaches its own machine alone, until somebody adds a place; without it, everything."""
    unit = root / f"deploy/systemd/budkavle-{name}.service"
    both = tmp_path / unit.name
    both.write_text(unit.read_text("utf-8") + (root / "deploy/systemd/network.conf").read_text("utf-8"), "utf-8")
    allowed = {}
    for path in (unit, both):
        command = [program("systemd-analyze"), "security", "--offline=true", "--json=short", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        (judged,) = [line for line in json.loads(done.stdout) if line["name"] == "IPAddressDeny="]
        allowed[path] = judged["description"]
    assert "does not define" in allowed[unit]
    assert "only localhost entries" in allowed[both]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_unit_lets_foreign_files_be_opened(root: Path, name: str) -> None:
    """What closes the processes that open them makes namespaces, mounts in them, and sets limits."""
    lines = (root / f"deploy/systemd/budkavle-{name}.service").read_text("utf-8").splitlines()
    (namespaces,) = [line.partition("=")[2].split() for line in lines if line.startswith("RestrictNamespaces=")]
    assert set(namespaces) == {"user", "mnt", "net"}
    calls = {call for line in lines if line.startswith("SystemCallFilter=") for call in line.partition("=")[2].split()}
    assert {"@system-service", "@sandbox", "mount", "prlimit64", "setrlimit"} <= calls


@pytest.mark.slow
@pytest.mark.feature("ZO15")
def test_the_product_works_with_what_the_units_leave(
    root: Path,
    program: Callable[..., str],
    missing: Callable[[str], NoReturn],
    budkavle_databases: Databases,
    tmp_path: Path,
) -> None:
    """Pages and figures come with the units' system calls, and with no memory that is both written and executed."""
    program("systemd-analyze")
    if os.uname().machine != "x86_64" or not Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h").is_file():
        missing("numbers of system calls are known here by linux-libc-dev of x86_64 alone")
    ports = free_ports(2)
    listen = f'[metrics]\nlisten = "127.0.0.1:{ports + 1}"'
    with installed(budkavle_databases, tmp_path, [], listen, port=ports) as running:
        with (
            _under(root, "web", tmp_path, "serve", "--web-only", "--host", "127.0.0.1", "--port", str(ports)) as web,
            _under(root, "worker", tmp_path, "worker") as worker,
        ):
            until_answers(f"{running.url}/readyz")
            assert "Logga in" in httpx.get(f"{running.url}/sign-in", trust_env=False).text
            assert "budkavle_database_up 1" in until_answers(f"http://127.0.0.1:{ports + 1}/metrics").text
            for process in (web, worker):
                status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
                assert "Seccomp:\t2" in status
                assert "NoNewPrivs:\t1" in status
        assert (web.returncode, worker.returncode) == (0, 0)


@contextmanager
def _under(root: Path, name: str, folder: Path, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command of the product under what its unit says; it is told to stop at the end of the block."""
    under = [
        sys.executable,
        str(root / "tests/deploy/under_unit.py"),
        str(root / f"deploy/systemd/budkavle-{name}.service"),
    ]
    command = [*under, sys.executable, "-m", "budkavle", "--config", str(folder / "budkavle.toml"), *words]
    with (folder / f"{name}.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)
