"""Abandoned commits: the client has given up, while the server still waits for its standby.

The server does not notice that the client is gone: neither a closed socket nor `client_connection_check_interval` nor a
timeout ends that wait, and each uses one of its connections. A cancel request does end it. The commit is then stored on
the primary only; the caller has already been told that the result is uncertain.
"""

from collections import deque
from contextlib import suppress
from threading import Lock, Thread

import psycopg
from psycopg.pq.abc import PGcancel, PGconn


class Abandoned:
    """The abandoned commits of one process, the oldest first.

    Args:
        most: How many may continue to wait.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[PGcancel] = deque()
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, pgconn: PGconn) -> None:
        """Add a connection that is about to be closed during its COMMIT, and cancel the oldest ones.

        Cancelling runs in a separate thread: it needs another connection, to a server that may not answer. Nothing here
        raises: the caller must be told that the result is uncertain, and nothing else.
        """
        try:
            cancel = pgconn.get_cancel()
        except psycopg.OperationalError:  # the connection is already lost, and its cancel key too
            return
        with self._lock:
            self._waiting.append(cancel)
            if len(self._waiting) > self._most and (self._thread is None or not self._thread.is_alive()):
                self._thread = Thread(target=self._let_go, name="budkavle-abandoned", daemon=True)
                with suppress(RuntimeError):  # no more threads: the next one tries again
                    self._thread.start()

    def _let_go(self) -> None:
        while True:
            with self._lock:
                if len(self._waiting) <= self._most:
                    self._thread = None
                    return
                oldest = self._waiting.popleft()
            with suppress(psycopg.OperationalError):  # the server is gone, and the wait with it
                oldest.cancel()
