"""Whether a server that has not answered for a while is slow or silent.

A statement may be slow, so time alone proves nothing. On a new socket, the server is asked for the single byte that
every PostgreSQL sends before a client has identified itself.
"""

import socket
import struct
from typing import Final

from psycopg.pq.abc import PGconn

PROBE_SECONDS: Final = 0.6
_SSL_REQUEST: Final = struct.pack("!ii", 8, 80_877_103)
"""PostgreSQL, Frontend/Backend Protocol, Message Formats, SSLRequest."""


def answers(pgconn: PGconn) -> bool:
    """Ask the server of a connection, on a new socket, whether it is alive."""
    host, port = (pgconn.hostaddr or pgconn.host).decode(), int(pgconn.port)
    try:
        with _connect(host, port) as probe:
            probe.sendall(_SSL_REQUEST)
            return bool(probe.recv(1))
    except OSError:
        return False


def _connect(host: str, port: int) -> socket.socket:
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
