"""Sends notifications of what has been committed, outside of the transactions that did it.

NOTIFY inside a transaction holds a lock of the whole server until its commit is on disk, and at a synchronous standby:
all commits of the installation would be serialised. So a process sends notifications after its commits, many in one
statement whose commit does not wait for the disk. When a process dies, its unsent notifications are lost: workers
check each second, and pages catch up with their next notification.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Final, TypeAlias

import structlog

from budkavle.logs import describe
from budkavle.model import sources

Notice: TypeAlias = tuple[str, str]
"""A channel and its payload."""
BREATH: Final = 0.004
"""Seconds during which the first notices are collected."""
PACE: Final = 0.05
"""Seconds between two sendings: under load, each one wakes all listening processes."""
LINGER: Final = 1.0
"""Seconds of idleness after which the thread ends; the next notice starts another."""
MOST: Final = 10_000
"""The most waiting notices; more are dropped while the database does not answer."""
COMMITTED: Final = "t"
"""The key that is added to a payload: when it was committed, in milliseconds since 1970, by this host's clock."""

log = structlog.get_logger("budkavle.storage.database")


class Notifier:
    """Sends the notices of one process.

    Args:
        send: Sends some notices; raises if the database does not answer.
    """

    def __init__(self, send: Callable[[Sequence[Notice]], None]) -> None:
        self._send = send
        self._waiting: dict[Notice, int] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._next = 0.0

    def tell(self, notices: Iterable[Notice]) -> None:
        """Send notices soon; one that already waits is sent once. Call it right after the commit."""
        committed = round(sources.now().timestamp() * 1000)
        with self._changed:
            if self._closed or len(self._waiting) > MOST:
                return
            was_idle = not self._waiting
            self._waiting.update(dict.fromkeys(notices, committed))
            if self._thread is None:
                self._begin()
            elif was_idle:
                self._changed.notify()

    def _begin(self) -> None:
        thread = threading.Thread(target=self._run, name="budkavle-notifier", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no more threads: the commit stands, and the next notice tries again
            log.warning("database.not_told", count=len(self._waiting), **describe(error))
        else:
            self._thread = thread

    def close(self) -> None:
        """Send the waiting notices, and end."""
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
            except Exception as error:  # noqa: BLE001 - listeners also check by themselves
                log.warning("database.not_told", count=len(notices), **describe(error))

    def _take(self) -> list[Notice]:
        """Wait for notices and return them; empty if the thread should end."""
        with self._changed:
            if not self._waiting and not self._closed:
                self._changed.wait(LINGER)
            if self._waiting and not self._closed:
                self._changed.wait(max(BREATH, self._next - monotonic()))
            notices = [(channel, _timed(payload, at)) for (channel, payload), at in self._waiting.items()]
            self._waiting = {}
            if notices:
                self._next = monotonic() + PACE
            else:
                self._thread = None
            return notices


def _timed(payload: str, committed: int) -> str:
    """Add the time of the commit to a payload that is a JSON object with other keys."""
    return f'{{"{COMMITTED}":{committed},{payload[1:]}' if payload.startswith('{"') else payload
