"""Abandoned commits: the client has given up, while the server still waits for its standby.

The server does not notice that the client is gone: neither a closed socket nor `client_connection_check_interval` nor a
timeout ends that wait, and each takes one of its connections. A cancel does; what was committed is then stored there
alone, which is what whoever asked was told: that it is uncertain.
"""

from collections import deque
from contextlib import suppress
from threading import Lock, Thread

import psycopg
from psycopg.pq.abc import PGcancel, PGconn


class Abandoned:
    """The commits of one process that were given up, the oldest first.

    Args:
        most: How many may go on waiting.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[PGcancel] = deque()
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, pgconn: PGconn) -> None:
        """Note a connection that is about to be closed in the middle of its COMMIT, and let the oldest ones go.

        That is done beside: it needs a connection of its own, to a server that may not answer. Nothing here fails: who
        asked is to be told that it is uncertain, and nothing else.
        """
        try:
            cancel = pgconn.get_cancel()
        except psycopg.OperationalError:  # it is lost just now, and the key with it
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
            with suppress(psycopg.OperationalError):  # the server is away, and the wait with it
                oldest.cancel()
