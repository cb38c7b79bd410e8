"""How 45 uploads that stop in the middle of a file affect others: pages are requested with and without them, in turns.

A real server on 127.0.0.1. A third of the uploads go to the shared folders by tus (a person may have 16 at once), the
others are files for a message. Each has sent a piece and then sends no more. The limit is 1.5 times the 95th percentile
of the same pages without them.
"""

import json
import select
import socket
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import httpx
from bench_inbox import opened_case, signed_in
from bench_sealing import Figure
from bench_stage import SENDER, Stage, ended, stage
from bench_wire import await_server

from budkavle.identification import sessions
from budkavle_files.tree.entries import create_catalogue

STALLED, LIMIT = 45, 1.5
ROUNDS, REQUESTS = 10, 20
"""Turns with the uploads and without, and requests of each page per turn."""
SAID, SENT = 5_000_000, 200_000
"""The bytes that an upload promises, and those that it sends."""
UPLOADS = "/plugin/files/uploads"
BOUNDARY = "bench"
FILE_BEGINS = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="half.bin"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()


def measure() -> Iterator[Figure]:
    """Yield the figure of each page. If one exceeds its limit, the benchmark ends."""
    late = []
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder), "", ["files"]) as made:
        case, box = opened_case(made), made.box(*SENDER).id
        pages = {"inbox": f"/m/{box}", "case": f"/c/{case}", "folders": "/plugin/files/"}
        uploads = _Uploads(made)
        with ended(made.run("serve", "--web-only")):
            await_server(f"http://127.0.0.1:{made.port}")
            alone, beside = _turns(made, pages, uploads)
        for name in pages:
            before, after = (statistics.quantiles(taken[name], n=20)[-1] for taken in (alone, beside))
            if after > before * LIMIT:
                late.append(name)
            yield {
                "name": f"{name} beside {STALLED} uploads that stand still, 95th of {len(beside[name])} requests",
                "value": round(after, 1),
                "unit": "ms",
                "limit": round(before * LIMIT, 1),
                "ratio": round(after / before / LIMIT, 2),
                "note": f"{after / before:.2f} times the {before:.1f} ms without them",
            }
    if late:
        raise SystemExit(f"Uploads that stand still are felt: {', '.join(late)}.")


class _Uploads:
    """Stalled uploads of one session."""

    def __init__(self, made: Stage) -> None:
        who = made.member(*SENDER)
        cookie = signed_in(made, who)
        host = made.platform.plugins.host("files")
        with host.work(who) as work:
            self._catalogue: UUID = create_catalogue(host, work, "Halva filer").id
        self._port = made.port
        self.headers = {"cookie": f"budkavle={cookie}", "x-csrf": sessions.find(made.platform, cookie).csrf}
        self.headers |= {"host": f"127.0.0.1:{made.port}", "sec-fetch-site": "same-origin", "accept": "text/html"}

    @contextmanager
    def standing(self, client: httpx.Client) -> Iterator[None]:
        """Begin all of them. At the end of the block, each must still be waited for."""
        with ExitStack() as opened:
            sockets = [
                opened.enter_context(self._form() if number % 3 else self._tus(client)) for number in range(STALLED)
            ]
            yield
            if answered := select.select(sockets, [], [], 0)[0]:
                raise SystemExit(f"{len(answered)} uploads no longer stand still: {answered[0].recv(400)!r}")

    def _form(self) -> socket.socket:
        """Begin to send a file for a message."""
        kind = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self._begin("POST /attachments", kind, FILE_BEGINS)

    def _tus(self, client: httpx.Client) -> socket.socket:
        """Begin to send a file for the shared folders."""
        metadata = {"filename": f"{time.time_ns()}.bin", "target": str(self._catalogue)}
        pairs = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in metadata.items())
        tus = {"tus-resumable": "1.0.0"}
        begin = {**tus, "upload-length": str(SAID), "upload-metadata": pairs}
        address = client.post(UPLOADS, headers=begin).raise_for_status().headers["location"]
        kind = {"content-type": "application/offset+octet-stream", "upload-offset": "0"}
        return self._begin(f"PATCH {address}", {**tus, **kind}, b"")

    def _begin(self, line: str, more: dict[str, str], first: bytes) -> socket.socket:
        headers = {**self.headers, **more, "content-length": str(SAID)}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        connection.sendall(f"{line} HTTP/1.1\r\n{head}\r\n".encode() + first + bytes(SENT))
        return connection


Taken = dict[str, list[float]]


def _turns(made: Stage, pages: dict[str, str], uploads: _Uploads) -> tuple[Taken, Taken]:
    """Return the milliseconds of each page, without the uploads and with them."""
    alone: Taken = {name: [] for name in pages}
    beside: Taken = {name: [] for name in pages}
    with httpx.Client(base_url=f"http://127.0.0.1:{made.port}", headers=uploads.headers, timeout=60) as client:
        _ask(client, pages, {name: [] for name in pages})  # the first requests fill the caches
        for number in range(ROUNDS):
            if number % 2:
                _ask(client, pages, alone)
            with uploads.standing(client):
                _ask(client, pages, beside)
            if not number % 2:
                _ask(client, pages, alone)
    return alone, beside


def _ask(client: httpx.Client, pages: dict[str, str], taken: Taken) -> None:
    for _ in range(REQUESTS):
        for name, path in pages.items():
            begun = time.perf_counter()
            client.get(path).raise_for_status()
            taken[name].append((time.perf_counter() - begun) * 1000)


if __name__ == "__main__":
    for figure in measure():
        print(json.dumps(figure), flush=True)
