"""The simulated services over real TLS: client certificates, methods, content types, and lies on request."""

import contextlib
import hashlib
import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from budkavle_eid.simulator.authority import Certificates

MAX_BODY = 100_000
QUIET_SECONDS = 30


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as a service sees it; `owner` is the fingerprint of the client's certificate."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Service = Callable[[HttpRequest], Reply]


def as_json(status: int, body: Mapping[str, Any]) -> Reply:
    """Return a response with a JSON object."""
    return Reply(status, json.dumps(body).encode())


class Lies:
    """The next responses instead of the true ones, in order; None does not respond until `release`."""

    def __init__(self) -> None:
        self._next: deque[Reply | None] = deque()
        self._told, self._released = threading.Event(), threading.Event()

    def tell(self, *replies: Reply | None) -> None:
        """Add these responses; None holds the connection open without a response."""
        self._next.extend(replies)
        self._told.clear()

    def wait_for_all(self) -> None:
        """Wait until the last one has been used."""
        self._told.wait(QUIET_SECONDS)

    def release(self) -> None:
        """Release the held connections."""
        self._released.set()

    def instead(self, service: Service, request: HttpRequest) -> Reply:
        """Return the next lie, otherwise the true response."""
        if not self._next:
            return service(request)
        lie = self._next.popleft()
        if not self._next:
            self._told.set()
        if lie is None:
            self._released.wait(QUIET_SECONDS)
            return Reply(500, b"")
        return lie


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = QUIET_SECONDS
    disable_nagle_algorithm = True  # head and body are two writes, and the second would wait for the first's receipt

    def handle(self) -> None:
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.do_handshake()
        super().handle()

    def answer(self) -> None:
        length = self.headers.get("content-length", "0")
        body = self.rfile.read(min(int(length), MAX_BODY)) if length.isdecimal() else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        assert isinstance(self.server, Serving)  # noqa: S101 (nothing else uses this handler)
        reply = self.server.service(HttpRequest(self.command, self.path, headers, body, self._owner()))
        self.send_response(reply.status)
        for name, value in {"content-type": reply.content_type, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer  # noqa: N815 (http.server's own names)

    def _owner(self) -> str:
        if not isinstance(self.connection, ssl.SSLSocket):
            return ""
        certificate = self.connection.getpeercert(binary_form=True)
        return hashlib.sha256(certificate or b"").hexdigest()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        """Do nothing: requests contain personal numbers."""


class Serving(ThreadingHTTPServer):
    """One port on 127.0.0.1, served by a thread.

    Args:
        service: Handles the requests.
        port: 0 takes a free one.
        tls: The TLS context; None serves plain HTTP.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Service, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.service, self._tls = service, tls
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The URL of the port."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_port}"

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the handshake is done in a separate thread, so that a silent client blocks nobody."""
        connection, address = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that are refused or disconnect; report all other errors."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop responding, also on open connections."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def mutual(files: Certificates) -> ssl.SSLContext:
    """Return the services' TLS context: a client without a certificate of the CA fails at the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.server, files.server.with_suffix(".key"))
    context.load_verify_locations(files.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
