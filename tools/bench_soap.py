"""SOAP submit and retrieve of a 30 MB message as streamed MTOM, compared with a plain httpx upload of the same bytes.

The peer is a separate process that keeps incoming data in memory and returns prepared responses: the client is
measured, not the access point. Plain upload, submit and retrieve take turns, so that a busy machine affects all three.
The limits are 1.5 times the upload's median in the same run. The last figure sends through two stub access points, each
in a process, which write each message to disk twice: submitted, delivered, retrieved, marked.
"""

import contextlib
import io
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from bench_sealing import LARGE, Figure
from bench_stage import ended, free_port
from lxml import etree

from budkavle.storage.vault import FileKeys, Vault
from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
from budkavle_sdk_transport.access_points.domibus.connection import Connection
from budkavle_sdk_transport.access_points.domibus.ebms_header import add_payload, messaging, new_envelope
from budkavle_sdk_transport.access_points.domibus.interfaces import INTERFACES, PAYLOAD_ID, SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.multipart import pieces_of, write_related
from budkavle_sdk_transport.access_points.domibus.parcel_store import ParcelStore
from budkavle_sdk_transport.access_points.domibus.payloads import Payloads
from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE
from budkavle_sdk_transport.settings import SoapSettings
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub

TIMES, WARM, MESSAGES, AT_ONCE = 9, 2, 12, 2
SIZE = LARGE * 4 // 3
"""The bytes of the envelope of 30 MB, whose ciphertext is base64."""
SENDER, RECIPIENT, NAME = "0203:avsandare.example", "0203:mottagare.example", "bench-1"
NAMESPACE = INTERFACES["wsplugin"].namespace
MOST_TIMES, LEAST_RATE = 1.5, 5.0


def measure() -> Iterator[Figure]:
    """Yield the three figures."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    parcel = _parcel(NAME)
    with _process("--peer", str(port := free_port())):
        taken = _turns(parcel, f"http://127.0.0.1:{port}")
    plain = statistics.median(taken["plain"])
    for name in ("submit", "retrieve"):
        yield {
            "name": f"SOAP {name} of 30 MB as MTOM",
            "value": round(statistics.median(taken[name]) * 1000, 1),
            "unit": "ms",
            "limit": round(plain * 1000 * MOST_TIMES, 1),
            "ratio": round(statistics.median(taken[name]) / plain / MOST_TIMES, 3),
            "note": f"plain httpx upload {plain * 1000:.1f} ms; {statistics.median(taken[name]) / plain:.2f} times",
        }
    rate = _through_stubs()
    yield {
        "name": "30 MB through two stub access points",
        "value": round(rate, 1),
        "unit": "messages/s",
        "limit": LEAST_RATE,
        "ratio": round(rate / LEAST_RATE, 3),
    }


def _turns(parcel: Parcel, url: str) -> dict[str, list[float]]:
    """Return the seconds of each, measured in turns after some warm-up turns."""
    settings = SoapSettings(url=f"{url}/soap", mtom="always")
    connection = Connection(settings)
    payloads = Payloads(connection, settings)
    with httpx.Client(trust_env=False, timeout=60) as client:
        headers = {"Content-Length": str(len(parcel.payload))}

        def plain() -> None:
            client.post(f"{url}/plain", content=pieces_of(parcel.payload), headers=headers).raise_for_status()

        def retrieve() -> None:
            if len(payloads.retrieve(NAME, leave=True).payload) != SIZE:
                raise SystemExit("Not all of the message came back.")

        works: dict[str, Callable[[], None]] = {
            "plain": plain,
            "submit": lambda: payloads.submit(parcel),
            "retrieve": retrieve,
        }
        taken: dict[str, list[float]] = {name: [] for name in works}
        for turn in range(TIMES + WARM):
            for name, work in works.items():
                begun = time.perf_counter()
                work()
                if turn >= WARM:
                    taken[name].append(time.perf_counter() - begun)
    connection.close()
    return taken


def _through_stubs() -> float:
    """Return the messages per second from the first submission until the last is marked as downloaded."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, contextlib.ExitStack() as stack:
        ports = free_port(), free_port()
        for port in ports:
            stack.enter_context(_process("--stub", str(port), *map(str, ports), folder))
        kept = ParcelStore(Path(folder) / "kept", Vault(FileKeys.make(Path(folder) / "key")))
        sender, receiver = (
            DomibusAccessPoint(SoapSettings(url=f"http://127.0.0.1:{port}/domibus/services/wsplugin"), kept)
            for port in ports
        )
        _carry(sender, receiver, ["warm"])
        begun = time.perf_counter()
        _carry(sender, receiver, [f"bench-{number}" for number in range(MESSAGES)])
        seconds = time.perf_counter() - begun
        sender.close()
        receiver.close()
    return MESSAGES / seconds


def _carry(sender: DomibusAccessPoint, receiver: DomibusAccessPoint, names: list[str]) -> None:
    """Submit all, and fetch those that arrive meanwhile."""
    payload = _parcel("").payload

    def fetch(name: str) -> None:
        if len(receiver.retrieve(name)) != SIZE:
            raise SystemExit(f"Not all of {name} came.")
        receiver.mark_downloaded(name)

    with ThreadPoolExecutor(AT_ONCE) as crew:
        sent = [crew.submit(sender.submit, _parcel(name, payload)) for name in names]
        left, end = set(names), time.monotonic() + 120
        while left:
            if time.monotonic() > end:
                raise SystemExit(f"{len(left)} messages did not come through.")
            for name in left.intersection(receiver.pending(RECIPIENT)):
                fetch(name)
                left.discard(name)
            time.sleep(0.01)
        for one in sent:
            one.result()


def _parcel(name: str, payload: bytes = b"") -> Parcel:
    return Parcel(name, SENDER, RECIPIENT, DOCUMENT_MESSAGE, "bench", payload or os.urandom(SIZE))


@contextlib.contextmanager
def _process(*arguments: str) -> Iterator[None]:
    """Run one of our servers during the block."""
    command = [sys.executable, __file__, *arguments]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        if process.stdout is None or not process.stdout.readline():
            raise SystemExit("The bench's server did not start.")
        yield


def _peer(port: int) -> None:
    """Accept everything, and answer each path with a prepared response."""
    envelope, told = new_envelope(NAMESPACE, "submitResponse")
    etree.SubElement(told, "messageID").text = NAME
    parcel = _parcel(NAME)
    answer, told = new_envelope(NAMESPACE, "retrieveMessageResponse", messaging(parcel, "AP", "bench", to="AP"))
    add_payload(told, PAYLOAD_ID, "payload@bench")
    body = write_related(etree.tostring(answer), parcel.payload, "payload@bench")
    whole, taken = b"".join(body.pieces), etree.tostring(envelope)

    class Peer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            left, kept = int(self.headers["Content-Length"]), io.BytesIO()
            small = left < 2**16
            while left:
                left -= kept.write(self.rfile.read1(min(left, 2**16)))
            retrieves = small and self.path == "/soap"
            data = b"" if self.path == "/plain" else whole if retrieves else taken
            self.send_response(200)
            self.send_header("Content-Type", body.content_type if retrieves else SOAP_TYPE)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
            """Do not log."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Peer)
    print("ready", flush=True)
    server.serve_forever()


def _stub(port: int, first: int, second: int, folder: Path) -> None:
    """Run one of the two stubs."""
    directory = {
        participant: f"http://127.0.0.1:{at}/domibus/services/msh"
        for participant, at in ((SENDER, first), (RECIPIENT, second))
    }
    stub = Stub(folder / str(port), f"AP-{port}", port=port, directory=directory)
    stub.start()
    print("ready", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        _peer(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--stub"]:
        _stub(*map(int, sys.argv[2:5]), Path(sys.argv[5]))
    else:
        for figure in measure():
            print(json.dumps(figure), flush=True)
