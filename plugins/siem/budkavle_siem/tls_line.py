"""A TLS connection that knows how it was closed.

`SSLSocket.unwrap` treats a fatal alert of the peer as its close: OpenSSL marks both as received. A server that refuses
our certificate, which in TLS 1.3 happens after the handshake, would then seem to have read everything.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable

PIECE = 65_536


class TlsLine:
    """TLS over a connected socket, which its owner closes.

    Args:
        raw: The socket, with its timeout.
        tls: The trusted certificates, and our own certificate.
        host: The server's name.

    Raises:
        OSError: The handshake failed.
    """

    def __init__(self, raw: socket.socket, tls: ssl.SSLContext, host: str) -> None:
        self._raw, self._incoming, self._outgoing = raw, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._until_done(self._tls.do_handshake)
        self._flush()

    def hand_over(self, octets: bytes) -> None:
        """Send data, close, and return once the peer has answered the close.

        Raises:
            OSError: The connection ended in any other way, or the peer was silent for too long.
        """
        self._tls.write(octets)
        self._flush()
        with contextlib.suppress(ssl.SSLWantReadError):
            if not self._tls.read(PIECE):  # an alert that came with the handshake is no answer to our close either
                raise ConnectionError("the peer closed first")
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        self._flush()
        with contextlib.suppress(ssl.SSLZeroReturnError):
            while self._until_done(lambda: self._tls.read(PIECE)):
                pass

    def _until_done(self, step: Callable[[], object]) -> object:
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                return step()
            self._flush()
            if piece := self._raw.recv(PIECE):
                self._incoming.write(piece)
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        if waiting := self._outgoing.read():
            self._raw.sendall(waiting)
