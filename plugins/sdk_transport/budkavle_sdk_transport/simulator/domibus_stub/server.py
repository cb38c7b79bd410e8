"""A stub on a port of this machine: HTTP, logins, mutual TLS, and what it does instead when it misbehaves."""

import base64
import contextlib
import socket
import ssl
import sys
import threading
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from budkavle_sdk_transport.access_points.domibus.ebms_header import as_parcel
from budkavle_sdk_transport.access_points.domibus.interfaces import INTERFACES, NS_EBMS, Interface
from budkavle_sdk_transport.access_points.domibus.multipart import Body
from budkavle_sdk_transport.access_points.domibus.soap_reader import SoapMessage, read_message
from budkavle_sdk_transport.access_points.domibus.streaming import IncomingBody, Unreadable
from budkavle_sdk_transport.simulator.domibus_stub.delivery import Retry, StubDelivery
from budkavle_sdk_transport.simulator.domibus_stub.faults import BROKEN, HTML, CallFault, CallFaultKind, StubFaults
from budkavle_sdk_transport.simulator.domibus_stub.operations import (
    Refused,
    StubOperations,
    fault,
    nonsense,
    operation_of,
)
from budkavle_sdk_transport.simulator.domibus_stub.store import MessageStore
from budkavle_sdk_transport.simulator.domibus_stub.wsdl import schema, wsdl

BASE: Final = "/domibus/services"
_PATHS: Final = {f"{BASE}/wsplugin": INTERFACES["wsplugin"], f"{BASE}/backend": INTERFACES["backend"]}
_BETWEEN: Final = f"{BASE}/msh"
_PIECE: Final = 2**16
_PATIENCE: Final = 30


class Stub:
    """One access point.

    Args:
        folder: Its state; found again after a restart.
        party: Its PartyId.
        port: 0 takes a free one.
        directory: Where each participant's access point takes deliveries, and whom this one serves; shared by all
            stubs of a federation, and may grow.
        tls: Serves TLS with this.
        retry: How often it tries to deliver.
    """

    def __init__(
        self,
        folder: Path,
        party: str,
        *,
        port: int = 0,
        directory: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        retry: Retry | None = None,
    ) -> None:
        self.directory: Mapping[str, str] = {} if directory is None else directory
        self.faults = StubFaults()
        self.message_store = MessageStore(folder)
        self.desk = StubOperations(self.message_store, party, self.faults)
        self.carrier = StubDelivery(self.message_store, party, self.directory, self.faults, retry or Retry())
        self.users: dict[str, str] = {}
        self._server = _Server(self, port, tls)
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The endpoint of the web-service plugin."""
        return f"{self.origin}{BASE}/wsplugin"

    @property
    def older_url(self) -> str:
        """The endpoint of the older interface."""
        return f"{self.origin}{BASE}/backend"

    @property
    def between(self) -> str:
        """Where other stubs deliver."""
        return f"{self.origin}{_BETWEEN}"

    def start(self) -> None:
        """Begin to answer and to deliver."""
        self._server.begin()
        self.carrier.start()

    def stop(self) -> None:
        """End, on connections that are kept open too."""
        self._server.end()
        self.carrier.stop()
        self.message_store.close()

    def serves(self, participant: str) -> bool:
        """Tell whether a participant's messages come here."""
        return self.directory.get(participant) == self.between


@contextlib.contextmanager
def running(stub: Stub) -> Iterator[Stub]:
    """Let a stub run as long as the block."""
    stub.start()
    try:
        yield stub
    finally:
        stub.stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE
    wbufsize = _PIECE

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        interface = _PATHS.get(url.path)
        query = parse_qs(url.query, keep_blank_values=True)
        if not self._may_enter():
            return
        document = None
        if interface and "wsdl" in query:
            document = wsdl(interface, f"{self._stub.origin}{url.path}")
        elif interface and "xsd" in query:
            document = schema(interface, query["xsd"][0])
        if document is None:
            self._say(HTTPStatus.NOT_FOUND)
        else:
            self._give(HTTPStatus.OK, Body("text/xml; charset=UTF-8", len(document), [document]))

    def do_POST(self) -> None:
        if self.path == _BETWEEN:
            self._take_delivery()
            return
        interface = _PATHS.get(self.path)
        if interface is None:
            self._drop()
            return
        if self._may_enter():
            self._answer(interface)

    @property
    def _stub(self) -> Stub:
        assert isinstance(self.server, _Server)  # noqa: S101 - nothing else uses this handler
        return self.server.stub

    def _answer(self, interface: Interface) -> None:
        message = self._read(interface)
        if message is None:
            return
        try:
            operation = operation_of(interface, message.body())
        except (Refused, Unreadable) as error:
            self._give(HTTPStatus.INTERNAL_SERVER_ERROR, fault(interface, "", str(error)))
            return
        call_fault = self._stub.faults.take(operation)
        if call_fault is not None and call_fault.way not in {CallFaultKind.HALF, CallFaultKind.DIES_AFTER}:
            self._lie(interface, call_fault)
            return
        try:
            status, body = HTTPStatus.OK, self._stub.desk.answer(interface, message)
        except Refused as refused:
            status, body = HTTPStatus.INTERNAL_SERVER_ERROR, fault(interface, refused.code, str(refused))
        self._stub.carrier.ring()
        if call_fault is not None and call_fault.way is CallFaultKind.DIES_AFTER:
            self._drop()
        elif call_fault is not None:
            self._break_off(body)
        else:
            self._give(status, body)

    def _read(self, interface: Interface) -> SoapMessage | None:
        content_type = self.headers.get("Content-Type", "")
        if self._stub.faults.refuses_mtom and content_type.startswith("multipart/"):
            self._say(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, close=True)
            return None
        try:
            return read_message(content_type, self._incoming())
        except Unreadable as error:
            self._give(HTTPStatus.INTERNAL_SERVER_ERROR, fault(interface, "", str(error)), close=True)
            return None

    def _take_delivery(self) -> None:
        if self._stub.faults.unreachable:
            self._drop()
            return
        try:
            message = read_message(self.headers.get("Content-Type", ""), self._incoming())
            parcel = as_parcel(message)
        except Unreadable:
            self._say(HTTPStatus.BAD_REQUEST, close=True)
            return
        if not self._stub.serves(parcel.recipient):
            self._say(HTTPStatus.NOT_FOUND)
            return
        self._stub.carrier.take(parcel, message.envelope.findtext(f".//{{{NS_EBMS}}}PartyId") or "")
        self._say(HTTPStatus.OK)

    def _incoming(self) -> IncomingBody:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return IncomingBody(self._chunked())
        length = int(self.headers.get("Content-Length") or 0)
        return IncomingBody(self._content(length), length=length, fill=self.rfile.readinto)

    def _chunked(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _content(self, left: int) -> Iterator[bytes]:
        while left > 0:
            chunk = self.rfile.read1(min(_PIECE, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk

    def _may_enter(self) -> bool:
        users = self._stub.users
        name, _, word = self.headers.get("Authorization", "").partition(" ")
        credentials = base64.b64decode(word).decode("utf-8", "replace") if name.lower() == "basic" else ""
        user, _, password = credentials.partition(":")
        if users and users.get(user) != password:
            self._say(HTTPStatus.UNAUTHORIZED, close=True)
            return False
        return True

    def _lie(self, interface: Interface, call_fault: CallFault) -> None:
        if call_fault.way is CallFaultKind.FAULT:
            self._give(HTTPStatus.INTERNAL_SERVER_ERROR, fault(interface, call_fault.word, "As it was asked to."))
        elif call_fault.way is CallFaultKind.HTML:
            self._give(HTTPStatus.OK, Body("text/html", len(HTML), [HTML]))
        elif call_fault.way is CallFaultKind.STATUS:
            self._say(HTTPStatus(int(call_fault.word)))
        elif call_fault.way is CallFaultKind.NONSENSE:
            self._give(HTTPStatus.OK, nonsense(interface))
        else:
            self._drop()

    def _break_off(self, body: Body) -> None:
        self._head(HTTPStatus.OK, body.content_type, len(BROKEN) + body.length)
        self.wfile.write(BROKEN)
        self._drop()

    def _give(self, status: HTTPStatus, body: Body, *, close: bool = False) -> None:
        self._head(status, body.content_type, body.length, close=close)
        for part in body.parts:
            if isinstance(part, bytes):
                self.wfile.write(part)
                continue
            self.wfile.flush()
            with part.open("rb") as file:
                self.connection.sendfile(file)

    def _say(self, status: HTTPStatus, *, close: bool = False) -> None:
        self._head(status, "text/plain", 0, close=close)

    def _head(self, status: HTTPStatus, content_type: str, length: int, *, close: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        if close:
            self.send_header("Connection", "close")  # what is left of the request is not read
        self.end_headers()

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the simulator's console belongs to what uses it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, stub: Stub, port: int, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.stub, self._tls = stub, tls
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            # The handshake is done by the thread of the connection, where a silent client holds up nobody.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over clients that go away; tell about the rest."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
