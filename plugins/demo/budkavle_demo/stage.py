"""The demo's own installation: its settings, the simulators beside it, and the commands that create it."""

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import click

from budkavle import Unavailable
from budkavle_demo.content import SETTINGS
from budkavle_demo.time_stamping import stamping

PATIENCE = 30
"""How many seconds a worker gets to finish its current work."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo installation, whose settings are in `file`.

    Attributes:
        file: Its settings.
        program: The command line of Budkavle.
    """

    file: Path
    program: click.Command

    @classmethod
    def of(cls, ctx: click.Context) -> Self:
        """Return the installation that a command runs in: the one named by `--config`."""
        root = ctx.find_root()
        return cls(Path(root.obj.path), root.command)

    @property
    def folder(self) -> Path:
        """The folder of everything that belongs to the demo."""
        return self.file.parent

    @property
    def is_ready(self) -> bool:
        """Whether its history has been completed."""
        return (self.folder / "ready").exists()

    def set_ready(self) -> None:
        """Mark its history as completed. Kept data is used again the next time."""
        (self.folder / "ready").touch()

    @property
    def url(self) -> str:
        """The address of its pages."""
        return str(self._settings["base_url"])

    @property
    def phone_url(self) -> str:
        """The page of the telephone with simulated e-identifications."""
        return f"http://127.0.0.1:{self._settings['plugins']['eid']['simulator_port'] + 2}"

    @property
    def _settings(self) -> dict[str, Any]:
        return tomllib.loads(self.file.read_text("utf-8"))

    def run(self, *words: str, quiet: bool = False) -> None:
        """Run one command of Budkavle, as if it had been typed.

        Args:
            words: The command and its arguments.
            quiet: Whether its output is discarded.
        """
        with contextlib.redirect_stdout(io.StringIO()) if quiet else contextlib.nullcontext():
            self.program.main(["--config", str(self.file), *words], standalone_mode=False)

    @contextlib.contextmanager
    def logging(self) -> Iterator[Path]:
        """Let the log go to a file during the block, also that of processes which are started in it; return the file.

        A terminal is then left to the demo's own words. An error that ends the block is told there as usual.
        """
        log, terminal = self.folder / "log.txt", os.dup(2)
        try:
            with log.open("ab") as file:
                os.dup2(file.fileno(), 2)
            yield log
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)

    @contextlib.contextmanager
    def worker(self) -> Iterator[None]:
        """Run a worker, which sends and receives, during the block."""
        with subprocess.Popen(self._command("worker")) as process:  # noqa: S603 - our own command line
            try:
                yield
            finally:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
                process.kill()

    @contextlib.contextmanager
    def simulator(self, *words: str) -> Iterator[None]:
        """Run a plugin's simulator during the block.

        Raises:
            Unavailable: It ended before it reported that it was ready.
        """
        with subprocess.Popen(self._command(*words), stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
            try:
                if process.stdout is None or not process.stdout.readline():
                    raise Unavailable("Simulatorn startade inte. Felet står ovanför.")
                yield
            finally:
                process.terminate()

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "budkavle", "--config", str(self.file), *words]


@contextlib.contextmanager
def staged(
    program: click.Command, data: Path | None, port: int, access_point: str, plugins: Sequence[str]
) -> Iterator[Stage]:
    """Write the settings, start the simulators, and create the two organisations, unless `data` already has them."""
    with contextlib.ExitStack() as running:
        folder = running.enter_context(_folder(data))
        if not (folder / "ready").exists():
            shutil.rmtree(folder / "data", ignore_errors=True)
        more = "".join(f', "{name}"' for name in plugins)
        watched = folder / "case-system"
        watched.mkdir(exist_ok=True)
        stamps = running.enter_context(stamping(folder / "time-stamps"))
        chosen = {"access_point": access_point, "more": more, "watched": watched, "stamping": stamps}
        settings = partial(SETTINGS.format, port=port, **chosen)
        stage = _with_simulators(running, Stage(folder / "budkavle.toml", program), settings)
        stage.run("migrate", quiet=True)
        if not stage.is_ready:
            stage.run("demo", "furnish", quiet=True)
        yield stage


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="budkavle-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _with_simulators(running: contextlib.ExitStack, stage: Stage, settings: Callable[..., str]) -> Stage:
    """Write the settings and start the simulators. If a port gets taken meanwhile, try other ports."""
    for last in (False, False, True):
        first = _free_ports(5)
        text = settings(book_port=first, access_point_port=first + 1, eid_port=first + 2)
        stage.file.write_text(text, "utf-8")
        with contextlib.ExitStack() as started:
            try:
                started.enter_context(stage.simulator("sdk", "simulator", "--port", str(first)))
                started.enter_context(stage.simulator("eid", "simulator"))
            except Unavailable:
                if last:
                    raise
                continue
            running.push(started.pop_all())
            return stage
    raise AssertionError


def require_free(host: str, port: int) -> None:
    """Check that the port of the web server is free, before anything is created.

    Raises:
        Unavailable: Something else listens there.
    """
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise Unavailable(
            "Webben kan inte vara på {host}, port {port} ({reason}). Välj en annan port med --port.",
            host=host,
            port=port,
            reason=error.strerror,
        ) from error


def _free_ports(count: int) -> int:
    """Return the first of a number of consecutive free ports."""
    for _ in range(50):
        with contextlib.ExitStack() as bound, contextlib.suppress(OSError):
            first = bound.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            for offset in range(1, count):
                bound.enter_context(socket.socket()).bind(("127.0.0.1", port + offset))
            return port
    raise Unavailable("Det finns inga lediga portar på den här datorn.")
