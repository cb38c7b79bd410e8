"""A small installation that really runs: its pages in a separate process, and a worker if needed."""

import multiprocessing
import os
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from budkavle.host import build
from budkavle.operations.worker import Worker
from budkavle.settings import load_settings
from budkavle.storage.platform import Platform
from budkavle.testing.databases import Databases
from budkavle.testing.forks import forking

_SETTINGS = """\
data = "{data}"
base_url = "{base}"
undo_seconds = {undo_seconds}
enabled = [{enabled}]
accepted = ["scanner"]

[database]
url = "{url}"
owner_url = "{owner_url}"

{more}
"""


SLOT = 8
"""The number of ports that one call of `free_ports` tries."""
_slots = count(os.getpid() * 389)  # processes started one after the other start far apart


def free_ports(number: int = 1) -> int:
    """Return the first of several consecutive free ports, different ones at each call.

    They are below the range that Linux assigns to clients: a client waiting for a server there would sometimes connect
    to itself.

    Args:
        number: How many ports must be free, at most `SLOT`.
    """
    for _ in range(1000):
        first = 12_000 + next(_slots) % 2500 * SLOT
        with ExitStack() as tried:
            try:
                for port in range(first, first + number):
                    tried.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise AssertionError("no free ports")


def until_answers(address: str, seconds: float = 180, certificate: Path | None = None) -> httpx.Response:
    """Wait until a server that has just been started answers; httpx's own retries double their delay each time.

    Args:
        address: A page.
        seconds: How long a start may take on a busy machine; usually it takes three.
        certificate: A PEM file of the CA of the server's certificate; by default those of the machine.
    """
    verify = ssl.create_default_context(cafile=certificate)
    until = time.monotonic() + seconds
    with httpx.Client(timeout=seconds, trust_env=False, verify=verify) as client:
        while True:
            try:
                return client.get(address).raise_for_status()
            except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.HTTPStatusError):  # not up, or half started
                if time.monotonic() > until:
                    raise
            threading.Event().wait(0.05)


@contextmanager
def serving(settings: Path, url: str, pythonpath: Sequence[Path] = ()) -> Iterator[None]:
    """Run the web server of a settings file in a separate process. It answers when the block begins and ends with it.

    On Linux it is forked from a process that has imported the project and started nothing. A new server would import
    all of it twice, which takes longer than most tests.

    Args:
        settings: The settings file.
        url: The address that the server answers at.
        pythonpath: Folders with further modules.
    """
    where = (settings, int(url.rpartition(":")[2]), [*map(str, pythonpath)], dict(os.environ))
    process = forking().Process(target=_serve, args=where, name="budkavle-serve")
    process.start()
    try:
        until_answers(url.replace("localhost", "127.0.0.1") + "/readyz")
        yield
    finally:
        process.terminate()
        process.join()
        process.close()


def _serve(settings: Path, port: int, pythonpath: Sequence[str], environment: Mapping[str, str]) -> None:
    """Do what `budkavle serve --web-only` does after its checks have passed."""
    with settings.with_name("web.log").open("wb") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    os.environ.clear()
    os.environ.update(environment, BUDKAVLE_CONFIG=str(settings.resolve()))
    sys.path[:0] = pythonpath
    from budkavle.cli.run import web_server
    from budkavle.operations.metrics.answering import shared_folder

    multiprocessing.set_start_method("fork" if sys.platform == "linux" else "spawn", force=True)
    with shared_folder(load_settings(settings).metrics):
        web_server("127.0.0.1", port, 1).serve()


@dataclass
class Running:
    """An installation with a settings file of its own.

    Attributes:
        url: The address of its pages, once `serving` has begun; a proxy in front, such as for TLS, is up to the test.
        pythonpath: Folders with plugins that are not installed, for the process of the pages.
    """

    platform: Platform
    url: str
    folder: Path
    pythonpath: Sequence[Path] = field(default=())

    def serving(self) -> AbstractContextManager[None]:
        """Run the pages in a separate process; they answer when the block begins."""
        return serving(self.folder / "budkavle.toml", self.url, self.pythonpath)


@contextmanager
def installed(  # noqa: PLR0913 - an installation has that many settings
    databases: Databases,
    folder: Path,
    enabled: Sequence[str],
    more: str = "",
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    base_url: str | None = None,
    undo_seconds: int = 0,
    pythonpath: Sequence[Path] = (),
) -> Iterator[Running]:
    """Create an installation with an empty database and the tables of its plugins.

    Args:
        databases: The source of the database.
        folder: An empty folder for all files of the installation.
        enabled: The names of its plugins.
        more: The plugins' sections, as in the settings file.
        host: The host name in the addresses of the pages.
        port: The port of the pages; a free one by default.
        base_url: The address for browsers, if there is a proxy in front of the pages.
        undo_seconds: How long sending can be undone.
        pythonpath: Folders with plugins that are not installed; this process must have them already.
    """
    database = databases.urls(databases.take())
    url = f"http://{host}:{port or free_ports()}"
    base = base_url or url
    values = {
        "data": folder / "data",
        "base": base,
        "enabled": ", ".join(f'"{name}"' for name in enabled),
        "more": more,
    }
    values["undo_seconds"] = undo_seconds
    settings = folder / "budkavle.toml"
    settings.write_text(_SETTINGS.format(url=database.url, owner_url=database.owner_url, **values), "utf-8")
    with closing(build(load_settings(settings))) as platform:
        platform.database.migrate(platform.plugins.migrations())
        yield Running(platform, url, folder, pythonpath)


AT_WORK: set[str] = set()
"""Databases that a worker of `working` queries at its own pace; tests that count statements leave them out."""


@contextmanager
def working(platform: Platform) -> Iterator[None]:
    """Run a worker in a thread, for the duration of the block.

    Args:
        platform: The installation.
    """
    stop, database = threading.Event(), urlsplit(platform.settings.database.url or "").path.lstrip("/")
    thread = threading.Thread(target=Worker(platform).run, args=(stop,), name="budkavle-worker")
    thread.start()
    AT_WORK.add(database)
    try:
        yield
    finally:
        stop.set()
        thread.join()
        AT_WORK.discard(database)
