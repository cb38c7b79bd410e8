"""The processes that `chaos.py` kills, each restarted as a supervisor would.

They are web, workers and PostgreSQL, and, if parcels go by SOAP, the access point.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

KINDS = ("web", "worker", "postgres", "access_point")
WEIGHTS = (1, 2, 2, 2)
"""Web less often: while it is down nobody writes, and nothing is in progress that could go wrong."""
LEASE = 8
"""In seconds, and short, so that the work of a killed worker is taken over while we watch."""
WATCH = 0.1


@dataclass
class Crew:
    """Web and workers of one installation, kept running, and its database, which they restart themselves."""

    settings: Path
    data: Path
    logs: Path
    workers: int = 2
    access_point: tuple[str, ...] = ()
    killed: Counter[str] = field(default_factory=Counter)
    started: Counter[str] = field(default_factory=Counter)
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Start all processes, and the thread that restarts them."""
        self._start_missing()
        self._watcher = threading.Thread(target=self._watch, name="chaos-supervisor")
        self._watcher.start()
        return self

    def __exit__(self, *gone: object) -> None:
        """Let them finish their current work. Processes that do not end are killed."""
        self._stop.set()
        self._watcher.join()
        for process in self._running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                self._kill_group(process)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of processes to kill."""
        return KINDS if self.access_point else KINDS[:-1]

    def kill(self, kind: str, chance: random.Random) -> bool:
        """Kill -9 one of a kind. False if it is already down."""
        done = self._kill_postgres(chance) if kind == "postgres" else self._kill_process(kind, chance)
        self.killed[kind] += done
        return done

    def _kill_process(self, kind: str, chance: random.Random) -> bool:
        """Kill a process with all its children. For web sometimes only the children."""
        names = [name for name in self._running if name.startswith(kind)]
        if not names:
            return False
        name = chance.choice(names)
        process = self._running[name]
        if process.poll() is not None:
            return False
        if kind == "web" and chance.random() < 0.3:
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(process.pid).children():
                    child.kill()
            return True
        self._kill_group(process)
        return True

    def _kill_postgres(self, chance: random.Random) -> bool:
        """Kill only the postmaster, the whole server, or the process of one connection."""
        with suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
            folder = self.data / "postgres"
            number = int((folder / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
            postmaster = psutil.Process(number)
            if str(folder) not in postmaster.cmdline():
                return False
            children = postmaster.children(recursive=True)
            how = chance.random()
            if how < 0.4:
                condemned = [postmaster]
            elif how < 0.8 or not children:
                condemned = [postmaster, *children]
            else:
                condemned = [chance.choice(children)]
            for one in condemned:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            return True
        return False

    @staticmethod
    def _kill_group(process: "subprocess.Popen[bytes]") -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _watch(self) -> None:
        while not self._stop.wait(WATCH):
            self._start_missing()

    def _start_missing(self) -> None:
        access_point = ["access_point"] if self.access_point else []
        for name in ["web", *(f"worker-{n}" for n in range(self.workers)), *access_point]:
            process = self._running.get(name)
            if process is None or process.poll() is not None:
                if process is not None:
                    self._kill_group(process)  # children of a killed parent hold the port
                self._running[name] = self._start(name)

    def _start(self, name: str) -> "subprocess.Popen[bytes]":
        kind = name.split("-", maxsplit=1)[0]
        words = {"web": ("serve", "--web-only"), "worker": ("worker", "--lease", str(LEASE))}.get(
            kind, self.access_point
        )
        self.started[kind] += 1
        with (self.logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "budkavle", "--config", str(self.settings), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextmanager
def crew(settings: Path, data: Path, logs: Path, workers: int, access_point: tuple[str, ...] = ()) -> Iterator[Crew]:
    """Start a crew, and end it with the block.

    Args:
        settings: The settings of the installation.
        data: Its data folder.
        logs: The folder for their logs.
        workers: The number of workers.
        access_point: The command line of the access point, if it is also to be killed.
    """
    logs.mkdir(exist_ok=True)
    with Crew(settings, data, logs, workers, access_point) as running:
        yield running
