"""A machine on which a database server stands still for seconds, as where others take all of its time."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

STOPPED_SECONDS = 3.0
"""Longer than a silent server is waited for outside of a run, with the probe."""


class SlowMachine:
    """Lets a whole server stand still now and then, but for those of its processes that a run has halted itself.

    Who is halted is noted, and not asked of the system: a process stands still only some time after SIGSTOP was sent.
    """

    def __init__(self, server: psutil.Process) -> None:
        self._server = server
        self._halted: set[int] = set()
        self._stopped: list[psutil.Process] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(0, self.go_on)

    def note(self, signal: Callable[[Any, int], None], *, halts: bool) -> Callable[[Any, int], None]:
        """Return a signal that is noted."""

        def send(database: Any, pid: int) -> None:
            with self._lock:
                (self._halted.add if halts else self._halted.discard)(pid)
                signal(database, pid)

        return send

    def stop(self) -> None:
        """Let everything stand still for a while."""
        with self._lock:
            for process in (self._server, *self._server.children()):
                with suppress(psutil.NoSuchProcess):  # it has just ended
                    if process.pid not in self._halted:
                        process.suspend()
                        self._stopped.append(process)
        self._timer = threading.Timer(STOPPED_SECONDS, self.go_on)
        self._timer.start()

    def go_on(self) -> None:
        """Let it go on."""
        with self._lock:
            for process in self._stopped:
                with suppress(psutil.NoSuchProcess):
                    if process.pid not in self._halted:
                        process.resume()
            self._stopped.clear()

    def end(self) -> None:
        """Leave nothing that stands still."""
        self._timer.cancel()
        self.go_on()
