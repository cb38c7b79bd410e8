"""A web process is killed in the middle of an upload: another one goes on, and nothing is lost or left."""

import os
import signal
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from budkavle.testing import SampleOrganisation
from budkavle.testing.browsing import browsing
from budkavle.testing.databases import Databases
from budkavle.testing.running import Running, installed, until_answers
from budkavle_files.content.tus import PATH
from budkavle_files.tree.entries import create_catalogue, find_named
from budkavle_files.tree.versions import FILES, find_version

PIECE = 16 << 20
CONTENT = os.urandom(1 << 20) * 20
PLANTED = CONTENT[:64]


@contextmanager
def web(running: Running) -> Iterator[subprocess.Popen[bytes]]:
    """Run one web process, in a group of its own."""
    words = ("serve", "--web-only", "--host", "127.0.0.1", "--port", running.url.rpartition(":")[2])
    command = [sys.executable, "-m", "budkavle", "--config", str(running.folder / "budkavle.toml"), *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        until_answers(f"{running.url}/readyz")
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_another_process_goes_on_with_what_was_kept(budkavle_databases: Databases, tmp_path: Path) -> None:
    """Killed between two pieces, at most the last piece is gone; the file is whole in the end, and nothing is left."""
    with installed(budkavle_databases, tmp_path, ["files"]) as running:
        organisation = SampleOrganisation.create(running.platform)
        who, host = organisation.case_worker, running.platform.plugins.host("files")
        with host.work(who) as work:
            catalogue = create_catalogue(host, work, "Kartor")
        with browsing(running.platform) as browse:
            browser = browse(who)
            headers = {"cookie": f"budkavle={browser.cookie}", "x-csrf": browser.csrf, "tus-resumable": "1.0.0"}
        headers["sec-fetch-site"] = "same-origin"
        said = {"filename": "karta.bin", "target": str(catalogue.id)}
        pairs = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in said.items())
        with web(running) as process, httpx.Client(base_url=running.url, headers=headers, timeout=60) as client:
            begin = {"upload-length": str(len(CONTENT)), "upload-metadata": pairs}
            url = client.post(PATH, headers=begin).headers["location"]
            line = send_part(running.url, url, headers, PIECE + 2_000_000)
            wait_for(running, PIECE)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            line.close()
        folder = running.platform.settings.blob_folder
        assert PLANTED not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        with web(running), httpx.Client(base_url=running.url, headers=headers, timeout=60) as client:
            offset = int(client.head(url).headers["upload-offset"])
            assert offset == PIECE
            kind = {"content-type": "application/offset+octet-stream", "upload-offset": str(offset)}
            assert client.patch(url, headers=kind, content=CONTENT[offset:]).status_code == 204
        with host.work(who) as work:
            entry = find_named(host, work, catalogue, "karta.bin")
            assert entry is not None
            chunks = FILES.open(work, find_version(host, work, entry).file_id)
        assert b"".join(chunks) == CONTENT
        assert sum(path.is_file() for path in folder.rglob("*")) == 2


def send_part(url: str, path: str, headers: dict[str, str], size: int) -> socket.socket:
    """Send the beginning of a file, and leave the line open."""
    more = {"host": urlsplit(url).netloc, "content-type": "application/offset+octet-stream", "upload-offset": "0"}
    lines = [f"{name}: {value}" for name, value in {**headers, **more, "content-length": str(len(CONTENT))}.items()]
    line = socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), 60)
    line.sendall(("\r\n".join([f"PATCH {path} HTTP/1.1", *lines]) + "\r\n\r\n").encode() + CONTENT[:size])
    return line


def wait_for(running: Running, received: int) -> None:
    """Wait until so many bytes are kept."""
    for _ in range(1200):
        if _received(running) >= received:
            return
        threading.Event().wait(0.05)
    raise AssertionError("the bytes did not come")


def _received(running: Running) -> int:
    (organisation,) = running.platform.organisations()
    with running.platform.database.transaction(organisation.id) as connection:
        return int(connection.execute(text("SELECT coalesce(max(received), 0) FROM owned_files")).scalar_one())
