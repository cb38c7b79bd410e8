"""Tells the processes that listen what has been committed, beside the transactions that did it.

NOTIFY inside of a transaction holds a lock of the whole server until its commit is on disk, and at a synchronous
standby: all commits of the installation would go one after the other. So a process tells after its commits, many in
one statement whose commit waits for no disk. What a process has not told when it dies is not told: workers look each
second, and pages with their next news.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Final, TypeAlias

import structlog

from budkavle.logs import describe

Notice: TypeAlias = tuple[str, str]
"""A channel and what is told on it."""
BREATH: Final = 0.004
"""Seconds during which the first notices are collected."""
PACE: Final = 0.05
"""Seconds from one sending to the next: under load each wakes all processes that listen."""
LINGER: Final = 1.0
"""Seconds after the last notice until the thread ends; the next one begins another."""
MOST: Final = 10_000
"""Notices that wait; more are forgotten while the database does not answer."""

log = structlog.get_logger("budkavle.storage.database")


class Notifier:
    """Sends the notices of one process.

    Args:
        send: Sends some; it raises where the database does not answer.
    """

    def __init__(self, send: Callable[[Sequence[Notice]], None]) -> None:
        self._send = send
        self._waiting: dict[Notice, None] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._next = 0.0

    def tell(self, notices: Iterable[Notice]) -> None:
        """Tell soon what has been committed; what is told already and waits is told once."""
        with self._changed:
            if self._closed or len(self._waiting) > MOST:
                return
            was_idle = not self._waiting
            self._waiting.update(dict.fromkeys(notices))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="budkavle-notifier", daemon=True)
                self._thread.start()
            elif was_idle:
                self._changed.notify()

    def close(self) -> None:
        """Send what waits, and end."""
        with self._changed:
            self._closed = True
            thread = self._thread
            self._changed.notify()
        if thread is not None:
            thread.join(LINGER)

    def _run(self) -> None:
        while notices := self._take():
            try:
                self._send(notices)
            except Exception as error:  # noqa: BLE001 - who listens looks by itself too
                log.warning("database.not_told", count=len(notices), **describe(error))

    def _take(self) -> list[Notice]:
        """Wait for notices and return them; none where the thread is to end."""
        with self._changed:
            if not self._waiting and not self._closed:
                self._changed.wait(LINGER)
            if self._waiting and not self._closed:
                self._changed.wait(max(BREATH, self._next - monotonic()))
            notices, self._waiting = list(self._waiting), {}
            if notices:
                self._next = monotonic() + PACE
            else:
                self._thread = None
            return notices
