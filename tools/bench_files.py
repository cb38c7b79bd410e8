"""How fast a file of 1 GB is uploaded and downloaded, compared with nginx and AES on the same bytes in the same run.

`measure()` yields one dictionary per figure: name, value, unit, limit, ratio. The limit of a duration is the time of
nginx for the same bytes (PUT with its dav module, GET from its folder) followed by AES-256-GCM over them, times 1.3.
nginx does not wait until the bytes are on disk; Budkavle does. Memory is the highest resident memory of the web process
minus what it had before, in MB. Budkavle and nginx take turns, and the best turn of each counts.

Argument: the size in MB, 1000 by default. Debian's nginx must be installed.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit
from uuid import UUID

import psutil
from bench_sealing import Figure
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from budkavle.storage.embedded.server import EmbeddedServer
from budkavle.testing.browsing import browsing
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.running import free_ports, installed, until_answers
from budkavle_files.tree.entries import create_catalogue, list_catalogue

MEGABYTE = 1_000_000
PIECE = 1 << 20
ROUNDS = 5
LIMIT = 1.3
MOST_MEMORY = 150.0
UPLOADS = "/plugin/files/uploads"
NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; user root;
events {{}}
http {{
  access_log off; sendfile on; client_max_body_size 0; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; location / {{ dav_methods PUT DELETE; }} }}
}}
"""
Headers = dict[str, str]


def measure(megabytes: int = 1000) -> Iterator[Figure]:
    """Yield the time of an upload and a download, and the memory of each."""
    size = megabytes * MEGABYTE
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="budkavle-bench-")))
        source = folder / "source"
        with source.open("wb") as file:
            for _ in range(size // MEGABYTE):
                file.write(os.urandom(MEGABYTE))
        nginx = running.enter_context(_nginx(folder / "nginx"))
        ours = running.enter_context(_ours(folder / "ours"))
        took: dict[str, list[float]] = {name: [] for name in ("aes", "nginx up", "nginx down", "up", "down")}
        memory = {"up": 0.0, "down": 0.0}
        for _ in range(ROUNDS):
            took["aes"].append(_timed(lambda: _aes(source)))
            took["nginx up"].append(_timed(lambda: _send(nginx, "PUT", "/file", source, {})))
            took["nginx down"].append(_timed(lambda: _fetch(nginx, "/file", {}, size)))
            _ask(nginx, "DELETE", "/file", {})
            idle = ours.memory()
            with ours.watching() as highest:
                took["up"].append(_timed(lambda: ours.upload(source, size)))
            memory["up"] = max(memory["up"], highest() - idle)
            with ours.watching() as highest:
                took["down"].append(_timed(lambda: ours.download(size)))
            memory["down"] = max(memory["down"], highest() - idle)
        best = {name: min(times) for name, times in took.items()}  # other load on the machine only adds time
        for name in ("up", "down"):
            limit = LIMIT * (best[f"nginx {name}"] + best["aes"])
            yield _figure(f"files.{name}load_{megabytes}_mb", best[name], "s", limit)
            yield _figure(f"files.{name}load_{megabytes}_mb.memory", memory[name], "MB", MOST_MEMORY)
        for name in ("aes", "nginx up", "nginx down"):
            yield _figure(f"files.{name.replace(' ', '_')}", best[name], "s", None)


class _Server:
    """The web process, and a user of it.

    Args:
        url: Its address.
        process: The process.
        headers: The headers that identify the user.
        catalogue_id: The user's catalogue.
        latest: Returns the file that was added last.
    """

    def __init__(
        self, url: str, process: psutil.Process, headers: Headers, catalogue_id: UUID, latest: Callable[[], UUID]
    ) -> None:
        self._url = url
        self._process = process
        self._headers = headers
        self._catalogue_id = catalogue_id
        self._latest = latest

    def memory(self) -> float:
        """Return the resident memory of its processes in MB."""
        everybody = [self._process, *self._process.children(recursive=True)]
        return sum(one.memory_info().rss for one in everybody) / MEGABYTE

    @contextmanager
    def watching(self) -> Iterator[Callable[[], float]]:
        """Measure the memory ten times per second during the block."""
        import threading

        seen, done = [self.memory()], Event()

        def look() -> None:
            while not done.wait(0.1):
                seen.append(self.memory())

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield lambda: max(seen)
        finally:
            done.set()
            thread.join()

    def upload(self, source: Path, size: int) -> None:
        """Send the file by tus."""
        said = {"filename": f"{time.time_ns()}.bin", "target": str(self._catalogue_id)}
        pairs = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in said.items())
        begin = {**self._headers, "upload-length": str(size), "upload-metadata": pairs}
        address = _ask(self._url, "POST", UPLOADS, begin)["location"]
        kind = {"content-type": "application/offset+octet-stream", "upload-offset": "0"}
        _send(self._url, "PATCH", address, source, {**self._headers, **kind})

    def download(self, size: int) -> None:
        """Fetch the file that was sent last."""
        _fetch(self._url, f"/plugin/files/{self._latest()}/content", self._headers, size)


@contextmanager
def _ours(folder: Path) -> Iterator[_Server]:
    folder.mkdir()
    with ExitStack() as running:
        server = EmbeddedServer(folder / "postgres")
        server.join()
        running.callback(server.leave)
        databases = running.enter_context(closing(Databases(server)))
        made = running.enter_context(installed(databases, folder, ["files"]))
        organisation = SampleOrganisation.create(made.platform)
        who, host = organisation.case_worker, made.platform.plugins.host("files")
        with host.work(who) as work:
            catalogue = create_catalogue(host, work, "Mätning")
        browser = running.enter_context(browsing(made.platform))(who)
        words = ("serve", "--web-only", "--host", "127.0.0.1", "--port", made.url.rpartition(":")[2])
        command = [sys.executable, "-m", "budkavle", "--config", str(folder / "budkavle.toml"), *words]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        running.callback(process.wait)
        running.callback(process.terminate)
        until_answers(f"{made.url}/readyz")
        headers = {"cookie": f"budkavle={browser.cookie}", "x-csrf": browser.csrf, "tus-resumable": "1.0.0"}
        headers |= {"sec-fetch-site": "same-origin", "accept-encoding": "gzip"}

        def latest() -> UUID:
            with host.work(who) as work:
                return list_catalogue(host, work, catalogue).entries[-1].id

        yield _Server(made.url, psutil.Process(process.pid), headers, catalogue.id, latest)


@contextmanager
def _nginx(folder: Path) -> Iterator[str]:
    program = shutil.which("nginx")
    if program is None:
        raise SystemExit("nginx is not installed.")
    (folder / "www").mkdir(parents=True)
    port = free_ports()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    (folder / "www" / "index.html").write_text("")
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        until_answers(f"http://127.0.0.1:{port}/index.html")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _aes(source: Path) -> None:
    box = AESGCM(bytes(32))
    with source.open("rb") as file:
        number = 0
        while piece := file.read(PIECE):
            box.encrypt(number.to_bytes(12, "big"), piece, b"")
            number += 1


def _connection(url: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(url).netloc, blocksize=PIECE, timeout=600)


def _ask(url: str, method: str, path: str, headers: Headers) -> Headers:
    connection = _connection(url)
    connection.request(method, path, headers={**headers, "content-length": "0"})
    answer = connection.getresponse()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {answer.read()[:200]!r}")
    return {name.lower(): value for name, value in answer.getheaders()}


def _send(url: str, method: str, path: str, source: Path, headers: Headers) -> None:
    connection = _connection(url)
    with source.open("rb") as file:
        connection.request(method, path, body=file, headers={**headers, "content-length": str(source.stat().st_size)})
        answer = connection.getresponse()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {answer.read()[:200]!r}")


def _fetch(url: str, path: str, headers: Headers, size: int) -> None:
    connection = _connection(url)
    connection.request("GET", path, headers=headers)
    answer, came, room = connection.getresponse(), 0, memoryview(bytearray(PIECE))
    while count := answer.readinto(room):
        came += count
    if came != size:
        raise SystemExit(f"GET {path}: {answer.status}, {came} of {size} bytes")


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _figure(name: str, value: float, unit: str, limit: float | None) -> Figure:
    figure: Figure = {"name": name, "value": round(value, 2), "unit": unit}
    return {**figure, "limit": round(limit, 2), "ratio": round(value / limit, 3)} if limit else figure


if __name__ == "__main__":
    for found in measure(int((sys.argv[1:] or ["1000"])[0])):
        print(json.dumps(found), flush=True)
