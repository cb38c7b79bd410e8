"""A large answer is read straight from the socket: whole, half, or never finished."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import httpx
import pytest
from lxml import etree

from budkavle.storage.vault import FileKeys, Vault
from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
from budkavle_sdk_transport.access_points.domibus.connection import Connection
from budkavle_sdk_transport.access_points.domibus.ebms_header import add_payload, messaging, new_envelope
from budkavle_sdk_transport.access_points.domibus.interfaces import INTERFACES, PAYLOAD_ID
from budkavle_sdk_transport.access_points.domibus.multipart import write_related
from budkavle_sdk_transport.access_points.domibus.parcel_store import ParcelStore
from budkavle_sdk_transport.access_points.domibus.payloads import Payloads
from budkavle_sdk_transport.access_points.domibus.streaming import LARGE, IncomingBody
from budkavle_sdk_transport.access_points.interface import Parcel, Unanswered
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE
from budkavle_sdk_transport.settings import SoapSettings
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub, running

PAYLOAD = os.urandom(3 * LARGE)
NAME = "large-1"
PARCEL = Parcel(NAME, "0203:habo.example", "0203:kisa.example", DOCUMENT_MESSAGE, "conversation-1", PAYLOAD)


@pytest.mark.feature("SD15")
@pytest.mark.parametrize("encrypted", [False, True], ids=["http", "tls"])
def test_a_large_parcel_comes_whole_and_the_next_call_too(encrypted: bool, tmp_path: Path, server_pem: Path) -> None:
    """Over TLS as in clear; the connection that it came on is not used again, and nobody notices."""
    context = None
    if encrypted:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server_pem)
    with running(Stub(tmp_path / "stub", "AP0001-OPEN-TEST", tls=context)) as stub:
        stub.message_store.add(PARCEL, "RECEIVING", "RECEIVED", "AP0002-OPEN-TEST")
        kept = ParcelStore(tmp_path / "kept", Vault(FileKeys.make(tmp_path / "key")))
        client = DomibusAccessPoint(SoapSettings(url=stub.url, ca=server_pem if encrypted else None), kept)
        for _ in range(2):
            assert client.parcel(NAME) == PARCEL
            assert client.status(NAME, "RECEIVING") == "RECEIVED"
            kept.forget(NAME)  # as if it had not come yet
        client.close()


class Peer(ThreadingHTTPServer):
    """Answers with so much of a large parcel as it is told, and then hangs up or falls silent."""

    daemon_threads = True

    def __init__(self, part: float, *, silent: bool) -> None:
        envelope, told = new_envelope(
            INTERFACES["wsplugin"].namespace, "retrieveMessageResponse", messaging(PARCEL, "AP", "c", to="AP")
        )
        add_payload(told, PAYLOAD_ID, "payload@test")
        self.body = write_related(etree.tostring(envelope), PAYLOAD, "payload@test")
        whole = b"".join(self.body.pieces)
        self.given, self.silent, self.over = whole[: int(len(whole) * part)], silent, Event()
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Peer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", self.server.body.content_type)
        self.send_header("Content-Length", str(self.server.body.length))
        self.end_headers()
        self.wfile.write(self.server.given)
        if self.server.silent:
            self.server.over.wait(30)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing."""


@contextmanager
def answering(peer: Peer) -> Iterator[Payloads]:
    """Let a peer answer; gives a client whose patience is short."""
    thread = Thread(target=peer.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{peer.server_port}/domibus/services/wsplugin"
    settings = SoapSettings(url=url, timeout_seconds=0.3)
    connection = Connection(settings)
    try:
        yield Payloads(connection, settings)
    finally:
        connection.close()
        peer.over.set()
        peer.shutdown()
        peer.server_close()
        thread.join()


def test_the_peer_of_these_tests_can_answer_whole() -> None:
    """What the next tests cut is otherwise right."""
    with answering(Peer(1.0, silent=False)) as client:
        assert client.retrieve(NAME, leave=True).payload == PAYLOAD


@pytest.mark.parametrize("part", [0.001, 0.5, 0.999])
@pytest.mark.parametrize("silent", [False, True], ids=["hangs up", "falls silent"])
def test_half_a_large_parcel_is_none(part: float, silent: bool) -> None:
    """It is an answer that did not come, told within our patience."""
    with answering(Peer(part, silent=silent)) as client:
        begun = monotonic()
        with pytest.raises(Unanswered):
            client.retrieve(NAME, leave=True)
        assert monotonic() - begun < 10


@pytest.mark.parametrize(("size", "straight"), [(LARGE - 5000, False), (LARGE * 2, True)])
def test_only_a_large_answer_costs_its_connection(
    size: int, straight: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small one is read as every other is, and the connection is used for the next call."""
    taken: list[bool] = []
    rest = IncomingBody.rest

    def watched(self: IncomingBody, before: bytes) -> Any:
        found = rest(self, before)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(IncomingBody, "rest", watched)
    with running(Stub(tmp_path / "stub", "AP0001-OPEN-TEST")) as stub:
        stub.message_store.add(
            Parcel(NAME, "a", "b", DOCUMENT_MESSAGE, "c", os.urandom(size)), "RECEIVING", "RECEIVED", "AP0002"
        )
        kept = ParcelStore(tmp_path / "kept", Vault(FileKeys.make(tmp_path / "key")))
        client = DomibusAccessPoint(SoapSettings(url=stub.url), kept)
        assert len(client.retrieve(NAME)) == size
        client.close()
    assert taken == [straight]


def test_an_answer_in_chunks_is_read_as_it_comes() -> None:
    """Without a length that holds for all of it, nothing is read past the HTTP library."""

    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Transfer-Encoding": "chunked"}, content=iter([b"a" * LARGE, b"b"]))

    connection = Connection(SoapSettings(url="http://127.0.0.1:1/x"))
    connection._client = httpx.Client(transport=httpx.MockTransport(respond))
    assert connection.get(connection.url, lambda _, incoming: b"".join(incoming)) == b"a" * LARGE + b"b"
    connection.close()
