"""How `budkavle serve` ends, and what happens when a part of it is killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from budkavle.accounts import organisations, users
from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.loa import Loa
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.running import Running, installed, until_answers

PATIENCE = 60.0
"""Seconds after which it does not end at all."""
STOPPED = b'--b\r\nContent-Disposition: form-data; name="attachments"; filename="a.txt"\r\n\r\nxxx'


@dataclass
class Served:
    """`budkavle serve` of one installation, and the cookie of a person in it."""

    running: Running
    cookie: str

    @property
    def log(self) -> Path:
        """What it has written."""
        return self.running.folder / "serve.log"

    @contextmanager
    def begun(self, *more: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start it with these words, and see that nothing of it is left in the end."""
        folder, port = self.running.folder, self.running.url.rpartition(":")[2]
        command = [sys.executable, "-m", "budkavle", "--config", str(folder / "budkavle.toml"), "serve"]
        with self.log.open("wb") as log:
            process = subprocess.Popen([*command, "--port", port, *more], stdout=log, stderr=log)
        whole: list[psutil.Process] = []
        try:
            until_answers(f"{self.running.url}/readyz")
            yield process
        finally:
            whole += psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            process.kill()
            process.wait()
            for one in whole:
                one.kill()

    @contextmanager
    def stream(self) -> Iterator[httpx.Response]:
        """Hold a page's stream open."""
        headers = {"cookie": f"budkavle={self.cookie}", "accept": "text/event-stream"}
        page = httpx.get(f"{self.running.url}/account", headers={**headers, "accept": "text/html"}, trust_env=False)
        (path,) = re.findall(r'data-live="([^"]*)"', page.text)
        with (
            httpx.Client(timeout=PATIENCE, trust_env=False) as client,
            client.stream("GET", f"{self.running.url}{path}", headers=headers) as answer,
        ):
            assert answer.status_code == 200
            yield answer

    def upload(self) -> socket.socket:
        """Begin to send a file, and stop in the middle."""
        host, _, port = self.running.url.removeprefix("http://").partition(":")
        connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
        headers = {
            "host": f"{host}:{port}",
            "sec-fetch-site": "same-origin",
            "cookie": f"budkavle={self.cookie}",
            "content-type": "multipart/form-data; boundary=b",
            "content-length": "1000000",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"POST /attachments HTTP/1.1\r\n{lines}\r\n".encode() + STOPPED)
        return connection


@pytest.fixture
def served(budkavle_databases: Databases, tmp_path: Path) -> Iterator[Served]:
    """An installation with one person."""
    with installed(budkavle_databases, tmp_path, []) as running:
        organisation = organisations.create_organisation(running.platform, system_actor(), "Habo kommun")
        anna = in_work(
            running.platform,
            system_actor(organisation.id),
            users.create_user,
            email="anna@habo.example",
            name="Anna Ek",
        )
        yield Served(running, sessions.start(running.platform, SignedIn(anna, Loa.TWO, "password", "/")))


def test_open_streams_do_not_keep_it(served: Served) -> None:
    """Told to stop, the web ends the streams of open pages, and so itself; the worker beside it ends in order."""
    with served.begun() as process, served.stream() as first, served.stream() as second:
        parts = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert [one for answer in (first, second) for one in answer.iter_bytes()]  # to their end, and no error
        gone, alive = psutil.wait_procs(parts, PATIENCE)
        assert (len(gone) > 1, alive) == (True, [])
    said = served.log.read_text("utf-8")
    assert "Killing" not in said
    assert "beside.ended" not in said
    lines = said.splitlines()
    words = next(line for line in lines if line.startswith("Budkavle finns på"))
    assert words not in lines[: 1 + next(number for number, line in enumerate(lines) if "Listening" in line)]
    lines.remove(words)
    assert {json.loads(line)["event"] for line in lines} == {"library.said"}  # the server's start and end


def test_what_hangs_does_not_keep_it(served: Served) -> None:
    """A request that does not end is given up."""
    with served.begun("--web-only") as process, closing(served.upload()):
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_a_web_process_that_is_killed_is_started_again(served: Served) -> None:
    """The other one goes on meanwhile."""
    with served.begun("--web-only", "--processes", "2") as process:
        first = makers(process)
        os.kill(first[0], signal.SIGKILL)
        psutil.wait_procs([psutil.Process(one) for one in first[:1] if psutil.pid_exists(one)], PATIENCE)
        until_answers(f"{served.running.url}/healthz")
        for _ in range(int(PATIENCE * 10)):
            if len(makers(process)) == 2:
                break
            psutil.wait_procs([psutil.Process(process.pid)], 0.1)
        assert len(makers(process)) == 2
        assert first[1] in makers(process)
        assert httpx.get(f"{served.running.url}/healthz", timeout=PATIENCE, trust_env=False).status_code == 200


def makers(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that make pages."""
    children = psutil.Process(process.pid).children()
    return [one.pid for one in children if "spawn_main" in " ".join(one.cmdline())]
