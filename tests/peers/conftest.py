"""Real peers: they run on this machine only, for a limited time, and are ended by the process that started them."""

import importlib.util
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from budkavle.testing.running import until_answers

HERE = Path(__file__).parent
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], folder: Path, ready: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a peer until the end of the block, which begins when the peer has printed `ready`.

    It is ended with all its child processes, and killed if it is not ready within a minute.
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
    """Return `running`."""
    return running


@pytest.fixture(scope="session")
def port() -> Callable[[], int]:
    """Return `free_port`."""
    return free_port


class Portal:
    """LemonLDAP::NG under Starman, with its own files.

    Args:
        opened: Ends what is started.
        folder: Where its files are.
    """

    def __init__(self, opened: ExitStack, folder: Path) -> None:
        spec = importlib.util.spec_from_file_location("lemonldap", HERE / "lemonldap.py")
        assert spec is not None
        assert spec.loader is not None
        self._told = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self._told)
        self._opened, self._folder = opened, folder
        self.secret: str = self._told.SECRET

    def pair(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Create a key and its certificate, in files."""
        made: tuple[Path, Path] = self._told.pair(folder, name)
        return made

    def run(self, saml_metadata: str, oidc_back: str, idp: Path) -> str:
        """Start it for a client with this data; return its URL, and write its own metadata."""
        url = f"http://127.0.0.1:{free_port()}"
        ini = self._told.write(self._folder, url, saml_metadata, oidc_back)
        command = ["starman", "--listen", url.removeprefix("http://"), "--workers", "1", str(HERE / "lemonldap.psgi")]
        environment = {"LLNG_DEFAULTCONFFILE": str(ini)}
        self._opened.enter_context(running(command, self._folder, "Binding to TCP port", **environment))
        idp.write_bytes(until_answers(f"{url}/saml/metadata").content)
        return url


@pytest.fixture(scope="session")
def start_lemonldap(
    missing: Callable[[str], NoReturn], program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], AbstractContextManager[Portal]]:
    """Return a portal that can be started, and ends with the block."""
    program("starman")
    if not Path("/var/lib/lemonldap-ng/conf/lmConf-1.json").exists():
        missing("LemonLDAP::NG is not installed (make peers)")

    @contextmanager
    def start() -> Iterator[Portal]:
        with ExitStack() as opened:
            yield Portal(opened, tmp_path_factory.mktemp("llng"))

    return start
