"""Serves the metrics of a host to Prometheus, for clients with the token."""

import os
import secrets
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import structlog

from budkavle.logs import describe
from budkavle.measures import switch
from budkavle.operations.server_certificate import judge_pair, renewing
from budkavle.settings import MetricsSettings
from budkavle.storage.platform import Platform

if TYPE_CHECKING:
    from budkavle.operations.metrics.exposition import Exposition

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = 5.0
"""Timeout in seconds for reading a request at a worker's address."""
log = structlog.get_logger("budkavle.operations.metrics")


def may_read(settings: MetricsSettings, authorization: str) -> bool:
    """Tell whether a request with this header may read the metrics."""
    kind, _, token = authorization.partition(" ")
    if settings.token is None:
        return True
    return kind.casefold() == "bearer" and secrets.compare_digest(token.strip().encode(), settings.token.encode())


@contextmanager
def shared_folder(settings: MetricsSettings) -> Iterator[None]:
    """Let the processes that are started in the block share their metrics, if metrics are switched on."""
    if not settings.is_on:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="budkavle-figures-", ignore_cleanup_errors=True) as folder:
        os.environ[switch.SHARED] = folder
        try:
            yield
        finally:
            del os.environ[switch.SHARED]


@contextmanager
def answering(platform: Platform) -> Iterator[int | None]:
    """Serve metrics at the configured address while the block lasts; yields the port, or None if nothing is served.

    If another process already listens there, nothing is served: one process is enough for a host.

    Raises:
        Misconfigured: There is a certificate, but it cannot be used.
    """
    settings = platform.settings.metrics
    if settings.is_on:
        switch.switch_on()
    if settings.listen is None:
        yield None
        return
    judge_pair(platform.settings.tls)
    try:
        server = _Server(settings.address, platform)
    except OSError as error:
        log.warning("metrics.not_listening", **describe(error))
        yield None
        return
    with server, renewing(platform.settings.tls, server.read_certificate):
        thread = threading.Thread(target=server.serve_forever, name="budkavle-metrics", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], platform: Platform) -> None:
        from budkavle.operations.metrics.exposition import Exposition  # loads Prometheus' client only if it is needed

        self.platform, self.exposition = platform, Exposition(platform)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Answer)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        if platform.settings.tls.certificate:
            self.read_certificate()
            # The handshake is left to the thread of each client: here, all clients would wait for it.
            self.socket = self._context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def read_certificate(self) -> None:
        """Use the current files for new connections."""
        tls = self.platform.settings.tls
        if tls.certificate:
            self._context.load_cert_chain(tls.certificate, tls.key)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing about a client that closed the connection, or that does not use TLS."""


class _Answer(BaseHTTPRequestHandler):
    timeout = SECONDS
    server_version, sys_version = "Budkavle", ""

    def do_GET(self) -> None:
        """Answer a request."""
        server = self.server
        if not isinstance(server, _Server) or self.path.partition("?")[0] != "/metrics":
            self._say(404, b"not here\n")
        elif not may_read(server.platform.settings.metrics, self.headers.get("authorization", "")):
            self._say(401, b"not allowed\n")
        else:
            self._tell(server.exposition)

    def _tell(self, exposition: "Exposition") -> None:
        try:
            text = exposition.text()
        except Exception as error:  # noqa: BLE001 - also what the client library cannot read of a shared file
            log.warning("metrics.not_told", **describe(error))
            self._say(500, b"a fault of ours\n")
        else:
            self._say(200, text)

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", CONTENT_TYPE)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing: requests contain nothing worth logging."""
