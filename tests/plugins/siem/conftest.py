"""An installation that streams its event log, and a receiver of syslog over TLS that can be killed in the middle."""

import contextlib
import http.server
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import write_self_signed

from budkavle import Platform, Sentence
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle.testing.working import do_job
from budkavle_siem.settings import StreamSettings
from budkavle_siem.stream import Stream

NAME = "localhost"


class Receiver:
    """A server of syslog over TLS (RFC 5425).

    Attributes:
        read: The complete messages that it has read, without their frames.
        dies_after: It is killed once it has read this many more; the content of its buffers is lost.
        answers: Whether it closes both directions, as it must.
        certificates: How many clients have shown a certificate.
    """

    def __init__(self, folder: Path) -> None:
        self.certificate, key = write_self_signed(folder, NAME)
        self.client, client_key = write_self_signed(folder, NAME, "client")
        self.client_pem = self.client.read_text() + client_key.read_text()
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(self.certificate, key)
        self.tls.load_verify_locations(self.client)
        self.tls.verify_mode = ssl.CERT_OPTIONAL
        self.read: list[bytes] = []
        self.dies_after: int | None = None
        self.answers = True
        self.certificates = 0
        self._listener: socket.socket | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._listener = socket.create_server((NAME, self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, _Killed):
                self._take(raw)
            raw.close()

    def _take(self, raw: socket.socket) -> None:
        raw.settimeout(5)
        secure = self.tls.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False)
        self.certificates += secure.getpeercert() is not None
        held = b""
        with secure:
            while piece := secure.recv(4096):
                held += piece
                held = self._parse(held, secure)
            if self.answers:
                secure.unwrap()
            else:
                threading.Event().wait(3)

    def _parse(self, held: bytes, secure: ssl.SSLSocket) -> bytes:
        while (length := held.partition(b" ")[0]).isdigit() and len(held) > len(length) + int(length):
            if self.dies_after is not None and len(self.read) >= self.dies_after:
                self.dies_after = None
                self.stop()
                secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise _Killed
            begin = len(length) + 1
            self.read.append(held[begin : begin + int(length)])
            held = held[begin + int(length) :]
        return held


class _Killed(Exception):
    """The receiver was killed."""


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def open_siem(budkavle_open: Callable[..., Platform]) -> Callable[..., Platform]:
    """Open an installation with these settings of the plugin; organisations may connect to this machine."""

    def build(private: tuple[str, ...] = (NAME,), **settings: Any) -> Platform:
        values = {"batch": 50, "timeout_seconds": 2, **settings}
        return budkavle_open(enabled=("siem",), plugins={"siem": values}, private_addresses=list(private))

    return build


@pytest.fixture
def platform(open_siem: Callable[..., Platform]) -> Platform:
    return open_siem()


@dataclass
class Siem:
    """An organisation whose log is streamed."""

    organisation: SampleOrganisation

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    @property
    def stream(self) -> Stream:
        return Stream(self.platform.plugins.host("siem"))

    def choose(self, **values: Any) -> None:
        """Choose the receiver of the log."""
        with self.platform.work(self.organisation.administrator) as work:
            write_settings(work, StreamSettings, {"on": True, "host": NAME, "history": True, **values})

    def to(self, receiver: Receiver, **values: Any) -> None:
        """Send the log to a receiver."""
        self.choose(port=receiver.port, ca=receiver.certificate.read_text(), **values)

    def send(self) -> int:
        """Run the job until nothing more is sent, as a worker does; earlier faults cause no pause."""
        sent = 0
        while now := do_job(self.platform, "siem.send"):
            sent += now
        return sent

    @property
    def fault(self) -> str:
        """The last fault in Swedish."""
        return str(Sentence.from_stored(self.place().fault))

    def place(self) -> Any:
        return self.stream.place(self.organisation.id)


@pytest.fixture
def siem(organisation: SampleOrganisation) -> Siem:
    return Siem(organisation)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Do nothing."""


@pytest.fixture
def collector(receiver: Receiver) -> Iterator[Any]:
    """A receiver of HTTPS: `port`, `seen`, `status`."""
    made: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(receiver.certificate, receiver.certificate.with_suffix(".key"))
    made.socket = tls.wrap_socket(made.socket, server_side=True)
    made.seen, made.port, made.status = [], made.server_port, 200
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()
