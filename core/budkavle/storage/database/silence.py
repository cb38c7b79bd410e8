"""Whether a database that does not answer is slow or silent: a frozen server or a vanished host hangs up on nobody.

A statement may take its time, so what has waited for long is not given up for that alone: the server is asked, beside
it, for the one word that every PostgreSQL gives before anybody has said who they are.
"""

import socket
import struct
from time import monotonic
from typing import Final

from psycopg.pq.abc import PGconn

from budkavle.model.errors import Unavailable

DOWN: Final = "Databasen svarar inte just nu. Försök igen om en stund."
PROBE_SECONDS: Final = 0.6
PAUSE_SECONDS: Final = 2.0
"""Until a silent database is tried again; longer than one try takes."""
_SSL_REQUEST: Final = struct.pack("!ii", 8, 80_877_103)
"""PostgreSQL, Frontend/Backend Protocol, Message Formats, SSLRequest."""


def answers(pgconn: PGconn) -> bool:
    """Ask the server of a connection, on a new one, whether it lives."""
    host, port = (pgconn.hostaddr or pgconn.host).decode(), int(pgconn.port)
    try:
        with _dial(host, port) as probe:
            probe.sendall(_SSL_REQUEST)
            return bool(probe.recv(1))
    except OSError:
        return False


def _dial(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), PROBE_SECONDS)
    probe = socket.socket(socket.AF_UNIX)
    probe.settimeout(PROBE_SECONDS)
    try:
        probe.connect(f"{host}/.s.PGSQL.{port}")
    except OSError:
        probe.close()
        raise
    return probe


class Silence:
    """What one process knows of a silent database: one asks for all, and nobody queues up behind it."""

    def __init__(self) -> None:
        self._until = 0.0

    def refuse(self) -> None:
        """Refuse at once while it is silent, except for the one that tries again.

        Raises:
            Unavailable: It was silent a moment ago.
        """
        if not self._until:
            return
        now = monotonic()
        if now < self._until:
            raise Unavailable(DOWN)
        self._until = now + PAUSE_SECONDS

    def begin(self) -> None:
        """Note that it is silent."""
        self._until = monotonic() + PAUSE_SECONDS

    def end(self) -> None:
        """Note that it answers."""
        self._until = 0.0
