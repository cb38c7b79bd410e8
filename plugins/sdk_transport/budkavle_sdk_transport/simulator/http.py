"""The metadata publisher and the certificate authority over HTTP, on the own machine; both can misbehave.

Sources: OASIS SMP 1.0, 3.4.1 (addresses); RFC 6960, appendix A (OCSP over HTTP).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding

from budkavle_sdk_transport.formats.identifiers import DOCUMENT_SCHEME, SCHEME
from budkavle_sdk_transport.keys.certificates import UnknownParticipant
from budkavle_sdk_transport.simulator.ca import CertificateAuthority
from budkavle_sdk_transport.simulator.smp import MetadataPublisher

LIST_PATH: Final = "/ca/list.crl"
OCSP_PATH: Final = "/ca/ocsp"
ISSUER_PATH: Final = "/ca/authority.cer"
XML: Final = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back."""

    status: int
    body: bytes = b""
    content_type: str = XML
    location: str = ""
    after_seconds: float = 0.0


@dataclass(slots=True)
class Service:
    """What is served.

    Attributes:
        publisher: The metadata publisher.
        authority: Answers about revocation.
        instead: What is answered instead, by the path that is asked for, or by a beginning of it.
        asked: The paths that have been asked for, in order.
        clock: The authority's time.
    """

    publisher: MetadataPublisher
    authority: CertificateAuthority
    instead: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def reply(self, path: str, question: bytes) -> Reply:
        """Return the answer to a request."""
        self.asked.append(path)
        for beginning, reply in self.instead.items():
            if path.startswith(beginning):
                return reply
        if path == LIST_PATH:
            return Reply(200, self.authority.revocation_list(at=self.clock()), "application/pkix-crl")
        if path == OCSP_PATH:
            return Reply(200, self.authority.ocsp_response(question, at=self.clock()), "application/ocsp-response")
        if path == ISSUER_PATH:
            return Reply(200, self.authority.pair.certificate.public_bytes(Encoding.DER), "application/pkix-cert")
        return self._metadata(path)

    def _metadata(self, path: str) -> Reply:
        who, _, what = urlsplit(path).path.strip("/").partition("/services/")
        scheme, _, participant = unquote(who).partition("::")
        kind, _, document = unquote(what).partition("::")
        if (scheme, kind) != (SCHEME, DOCUMENT_SCHEME):
            return Reply(404)
        try:
            return Reply(200, self.publisher.answer(participant, document))
        except UnknownParticipant:
            return Reply(404)


@contextmanager
def serve(service: Service, port: int = 0) -> Iterator[str]:
    """Answer on 127.0.0.1; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _answer(self, question: bytes) -> None:
            reply = service.reply(self.path, question)
            closed.wait(reply.after_seconds)
            self.send_response(reply.status)
            if reply.location:
                self.send_header("Location", reply.location)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: the simulator's console belongs to what uses it."""

    closed = threading.Event()
    with _Server(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            closed.set()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when the one who asked has gone."""
