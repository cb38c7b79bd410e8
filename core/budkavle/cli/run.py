"""`budkavle serve|worker|migrate`: the processes of an installation."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from types import FrameType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import SplitResult, urlsplit

import click
import structlog

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say, translate
from budkavle.logs import server_logging
from budkavle.model.errors import Unavailable
from budkavle.networks import network_of
from budkavle.operations.server_certificate import judge_pair, renewing
from budkavle.settings import TlsSettings

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

APP = "budkavle.web.start:from_settings"
PORT = click.IntRange(1, 65535)
PATIENCE = 25
"""Seconds that a worker gets to finish what it has in hand; supervisors often kill after thirty."""
END_SECONDS = 8
"""Seconds that a web process gets to finish its responses, before it is killed."""
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a worker that fails repeatedly."""
BESIDE_SECONDS = 10
"""Seconds that a web process with a renewed certificate gets to start, before the one that it replaces is stopped."""
CONNECTIONS = 4_000
"""The most connections of a web process; idle ones are closed, but not at once."""
OTHER_FILES = 200
"""Files and connections of a web process that do not belong to browsers: database, attachments, plugins."""
SICK = 75
"""The exit code of a worker that can read nothing of what it claims (EX_TEMPFAIL); a supervisor restarts it."""
HEAD_SECONDS = 10
"""Seconds until a connection's request headers must be complete, for the first request and after each response."""
ANSWER_SECONDS, ANSWER_PAUSE = 30, 0.1
"""How long the web gets to answer when it starts, and the seconds between two tries."""
IN_CLEAR = TlsSettings()
log = structlog.get_logger("budkavle.serve")


@click.command(help="Skapa eller uppdatera databasens tabeller, kärnans och tilläggens.")
@click.option("--check", is_flag=True, help="Ändra inget; utgångskod 1 om tabellerna behöver uppdateras.")
@click.pass_obj
def migrate(installation: Installation, *, check: bool) -> None:
    """Migrate, or tell whether it is needed."""
    platform = installation.platform
    if check:
        from budkavle.storage.database.health import judge_tables

        tables = judge_tables(platform.database, platform.plugins.migrations())
        click.echo(translate(str(tables)))
        sys.exit(0 if tables.ok else 1)
    platform.database.migrate(platform.plugins.migrations())
    platform.check_key_store()
    platform.check_key()
    say("Databasen är uppdaterad.")


@click.command(help="Starta webben, och en arbetare bredvid den.")
@click.option("--host", help="Adressen att lyssna på; annars den egna datorn, eller adressen i en base_url med http.")
@click.option("--port", type=PORT, help="Porten; annars den i base_url.")
@click.option("--processes", type=int, default=1, show_default=True, help="Antal webbprocesser.")
@click.option("--web-only", is_flag=True, help="Starta ingen arbetare; den körs någon annanstans.")
@click.pass_obj
def serve(installation: Installation, host: str | None, port: int | None, processes: int, *, web_only: bool) -> None:
    """Serve the pages until the process is told to stop."""
    from budkavle.operations.health.open_defaults import refuse_open_defaults
    from budkavle.operations.metrics.answering import shared_folder

    url, tls = urlsplit(installation.settings.base_url), installation.settings.tls
    host, port = host or _address(url), port or url.port or 8420
    # Wrong settings are also reported here, before anything is started.
    refuse_open_defaults(installation.platform, host)
    installation.close()
    require_free(host, port)
    _hand_down(installation.path)
    scheme = "https" if tls.certificate else "http"
    Thread(target=_tell_when_it_answers, args=(scheme, host, port), daemon=True).start()
    # After a fork, a process whose parent had threads, such as those of an object store, would wait for them for ever.
    multiprocessing.set_start_method("spawn", force=True)
    server = web_server(host, port, processes, tls=tls)
    with (
        shared_folder(installation.settings.metrics),
        renewing(tls, server.signal_handler_reload),
        _worker_beside(enabled=not web_only) as beside,
    ):
        end_together(server, beside)
        server.serve()


def web_server(
    host: str, port: int, processes: int, connections: int = CONNECTIONS, tls: TlsSettings = IN_CLEAR
) -> "AbstractServer[Any]":
    """Return the server of the pages.

    HTTP/1.1 only: if a server first detects a connection's protocol, one that sends nothing is never closed (granian
    2.8, hyper issue 3756). HTTP/2 towards browsers is left to the reverse proxy. With TLS, a connection without a
    handshake is not closed either: a firewall should let only the proxy connect.

    Args:
        host: The address to listen on.
        port: The port.
        processes: The number of web processes.
        connections: How many each of them holds at the same time, including idle ones and open pages' streams.
        tls: The certificate; only TLS 1.3 is used.

    Raises:
        Misconfigured: Certificate and key cannot be read, or do not belong together.
    """
    judge_pair(tls)
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server import Server

    return Server(
        APP,
        host,
        port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=processes,
        websockets=True,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        backpressure=min(connections, _room_for_files() - OTHER_FILES),
        workers_kill_timeout=END_SECONDS,
        respawn_failed_workers=True,
        respawn_interval=BESIDE_SECONDS,
        log_dictconfig=server_logging(),
        ssl_cert=tls.certificate,
        ssl_key=tls.key,
    )


def _room_for_files() -> int:
    """Return how many files and connections a process may open, after raising its limit as far as allowed."""
    if sys.platform == "win32":
        return CONNECTIONS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return needed if soft == resource.RLIM_INFINITY else soft


@click.command(help="Starta en arbetare som skickar, tar emot och sköter återkommande arbete.")
@click.option(
    "--lease",
    type=click.FloatRange(min=1),
    default=60,
    show_default=True,
    help="Sekunder tills en död arbetares tas över.",
)
@click.option("--only", hidden=True, help="Lämna bara över denna försändelse, som en annan arbetare har tagit.")
@click.pass_obj
def worker(installation: Installation, lease: float, only: str | None) -> None:
    """Work until the process is told to stop; what is in hand is finished first."""
    stop = Event()

    def on_signal(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 (the signal module's signature)
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, on_signal)
    platform = installation.platform  # imports most, without looking for garbage
    from budkavle.measures import tracing
    from budkavle.operations.batches.alone import Alone, from_text
    from budkavle.operations.health.open_defaults import refuse_open_defaults
    from budkavle.operations.metrics.answering import answering
    from budkavle.operations.worker import Worker

    refuse_open_defaults(platform)
    if only:
        Worker(platform, lease=timedelta(seconds=lease)).attempt_one(*from_text(only), stop)
        return
    _hand_down(installation.path)
    alone = Alone([sys.executable, "-m", "budkavle", "worker", "--lease", str(lease), "--only"])
    traces = installation.settings.traces
    if not tracing.switch_on(traces.endpoint, "budkavle-worker", traces.share) and traces.endpoint:
        log.warning("traces.not_installed")
    with answering(platform):
        sickness = Worker(platform, lease=timedelta(seconds=lease), attempt_alone=alone).run(stop)
    tracing.switch_off()
    if sickness:
        sys.exit(SICK)


def _address(url: SplitResult) -> str:
    """Return the default address of the web: the host of an http URL, otherwise this machine, behind a proxy."""
    if url.scheme == "http" and url.hostname and network_of(url.hostname):
        return url.hostname
    return "127.0.0.1"


def require_free(host: str, port: int) -> None:
    """Check before anything is started whether the web can listen there: the server itself would crash.

    Raises:
        Unavailable: Something else listens there, or the address is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise Unavailable(
            "Webben kan inte vara på {host}, port {port} ({reason}). Välj en annan port med --port.",
            host=host,
            port=port,
            reason=error.strerror,
        ) from error


def _tell_when_it_answers(scheme: str, host: str, port: int) -> None:
    """Print the address of the web once it answers there, so that nobody opens it too early."""
    while not _answers(host, port):
        time.sleep(ANSWER_PAUSE)
    say("Budkavle finns på {address}. Stoppa med Ctrl+C.", address=f"{scheme}://{host}:{port}")


def _answers(host: str, port: int) -> bool:
    """Tell whether something answers at an address; with TLS it closes the connection, which is an answer too."""
    try:
        with socket.create_connection((host, port), ANSWER_SECONDS) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            with suppress(ConnectionResetError):
                connection.recv(1)
    except OSError:
        return False
    return True


def _hand_down(path: Path | None) -> None:
    """Let the processes that are started read the same settings file."""
    if path is not None:
        os.environ["BUDKAVLE_CONFIG"] = str(path.resolve())


@contextmanager
def _worker_beside(*, enabled: bool) -> "Iterator[Beside | None]":
    """Run a worker in a separate process while the block lasts."""
    if not enabled:
        yield None
        return
    with Beside([sys.executable, "-m", "budkavle", "worker"]) as beside:
        yield beside


def end_together(server: "AbstractServer[Any]", beside: "Beside | None") -> None:
    """Stop the process beside the web as soon as the web is told to stop: both need time, but not in sequence."""
    end: Callable[[int], None] = server.shutdown

    def ending(exit_code: int = 0) -> None:
        if beside is not None:
            beside.tell()
        end(exit_code)

    server.shutdown = ending  # type: ignore[method-assign] # granian calls its own hooks only after the web has ended


class Beside:
    """A process beside this one, which is restarted when it is killed or fails, and stopped with the block.

    If it ends normally it was told to stop, as all processes are by Ctrl+C, and is not restarted.

    Args:
        command: The command that starts it.
        pause: Seconds before the first restart; doubled after each short run, up to `LONGEST_PAUSE`.
    """

    def __init__(self, command: Sequence[str], pause: float = 1.0) -> None:
        self._command = command
        self._pause = pause
        self._stop = Event()
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._watch, name="budkavle-beside")

    def __enter__(self) -> Self:
        """Start it, and the thread that restarts it."""
        self._process = self._begin()
        self._thread.start()
        return self

    def __exit__(self, *gone: object) -> None:
        """Let it finish what it has in hand; kill it if it does not end by itself."""
        process = self.tell()
        self._thread.join(PATIENCE)
        if process is not None and process.poll() is None:
            process.kill()
        self._thread.join()

    def tell(self) -> "subprocess.Popen[bytes] | None":
        """Tell it to stop, without waiting for it; it is not restarted. Returns it, if there is one."""
        with self._lock:
            self._stop.set()
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
        return process

    def _watch(self) -> None:
        pause = self._pause
        while self._process is not None:
            began = time.monotonic()
            with self._process as process:
                code = process.wait()
            if code == 0 or self._stop.is_set():
                return
            pause = self._pause if time.monotonic() - began > LONGEST_PAUSE else pause
            log.error("beside.ended", status=code, pause=pause)
            self._stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            self._start_again()

    def _start_again(self) -> None:
        with self._lock:
            self._process = None if self._stop.is_set() else self._begin()

    def _begin(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command)  # noqa: S603 - our own command
