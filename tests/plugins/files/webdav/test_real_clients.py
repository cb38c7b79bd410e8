"""A real client and killed ones against a real server; the client is litmus, by which servers of WebDAV are judged."""

import os
import re
import signal
import socket
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from sqlalchemy import text
from tests.plugins.files.content.test_killed import web
from tests.plugins.files.webdav.conftest import OWN

from budkavle import Loa
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle.testing.databases import Databases
from budkavle.testing.running import Running, installed
from budkavle.testing.working import wait_until
from budkavle_files.tree.entries import create_catalogue, list_catalogue
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import Entry
from budkavle_files.webdav.passwords import NewPassword, create_password
from budkavle_files.webdav.server import PATH

SUMMARY = re.compile(r"^<- summary for `(\w+)': of (\d+) tests run: (\d+) passed", re.MULTILINE)
MEGABYTES = 100
PLANTED = b"planted words that nobody may find in clear "


@dataclass
class Server:
    """A web process, and what a client needs."""

    running: Running
    organisation: SampleOrganisation
    catalogue: Entry
    secret: str
    pid: int = 0

    @property
    def url(self) -> str:
        """Return the address of a catalogue."""
        return f"{self.running.url}{PATH}{quote(f'{OWN}/{self.catalogue.name}')}/"

    @property
    def user(self) -> str:
        """Return the user name."""
        return self.organisation.case_worker.user.email

    def names(self) -> list[str]:
        """Return what the catalogue has."""
        host, who = self.running.platform.plugins.host("files"), self.organisation.case_worker
        with host.work(who) as work:
            return [entry.name for entry in list_catalogue(host, work, self.catalogue).entries]

    def kept(self) -> int:
        """Return how many sealed files there are."""
        with self.running.platform.database.transaction(self.organisation.id) as connection:
            return int(connection.execute(text("SELECT count(*) FROM owned_files")).scalar_one())

    def begin_put(self, name: str, size: int, sent: bytes) -> socket.socket:
        """Send the beginning of a file, and leave the line open."""
        address = urlsplit(self.url)
        token = b64encode(f"{self.user}:{self.secret}".encode()).decode()
        head = f"PUT {address.path}{name} HTTP/1.1\r\nhost: {address.netloc}\r\nauthorization: Basic {token}\r\n"
        line = socket.create_connection((address.hostname, address.port), 60)
        line.sendall(f"{head}content-length: {size}\r\n\r\n".encode() + sent)
        return line


@pytest.fixture(scope="module")
def litmus(program: Callable[..., str]) -> str:
    """The program, looked for before a server is started for it."""
    return program("litmus")


@pytest.fixture(scope="module")
def server(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a web process, with a catalogue and an application password for it."""
    with installed(budkavle_databases, tmp_path_factory.mktemp("dav"), ["files"]) as running:
        organisation = SampleOrganisation.create(running.platform)
        host = running.platform.plugins.host("files")
        with running.platform.work(organisation.administrator) as work:
            write_settings(work, FileSettings, {"webdav": True})
        with host.work(organisation.case_worker.at(Loa.TWO)) as work:
            catalogue = create_catalogue(host, work, "Kartor på Öland")
            secret = create_password(host, work, NewPassword("litmus", 30, 1))
        with web(running) as process:
            yield Server(running, organisation, catalogue, secret, process.pid)


@pytest.mark.peer("files", "litmus")
@pytest.mark.slow
@pytest.mark.parametrize("suite", ["basic", "copymove", "http", "locks", "props"])
def test_litmus_finds_nothing(litmus: str, server: Server, suite: str, tmp_path: Path) -> None:
    """Every test of a suite passes, over the network."""
    command = [litmus, server.url, server.user, server.secret]
    environment = {**os.environ, "TESTS": suite}
    ran = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    lines = [line.rpartition("\r")[2] for line in ran.stdout.split("\n")]
    faults = [line for line in lines if "FAIL" in line]
    assert not faults, "\n".join(faults)
    ((name, count, passed),) = SUMMARY.findall(ran.stdout)
    assert name == suite
    assert int(passed) == int(count)


@pytest.mark.slow
def test_a_broken_upload_leaves_nothing(server: Server) -> None:
    """A client that goes away in the middle of a file leaves neither an entry nor a sealed file."""
    before = (server.names(), server.kept())
    server.begin_put("halv.bin", 10_000_000, b"x" * 3_000_000).close()
    with httpx.Client(auth=(server.user, server.secret)) as client:
        assert client.get(f"{server.url}halv.bin").status_code == 404
        assert client.put(f"{server.url}hel.bin", content=b"x").status_code == 201
        assert client.delete(f"{server.url}hel.bin").status_code == 204
    wait_until(lambda: (server.names(), server.kept()) == (before[0], before[1] + 1))  # the deleted one is in the bin


@pytest.mark.slow
def test_a_large_file_takes_no_memory_and_lies_nowhere_in_clear(server: Server) -> None:
    """A hundred megabytes come and go in constant memory; no file on disk has a word of them."""
    piece = PLANTED * (1_000_000 // len(PLANTED))
    auth, url = (server.user, server.secret), f"{server.url}stor.bin"
    with httpx.Client(auth=auth, timeout=120) as client:
        client.put(url, content=piece)
        client.get(url)
        before = peak(server.pid)
        assert client.put(url, content=(piece for _ in range(MEGABYTES))).status_code == 204
        size = 0
        with client.stream("GET", url) as answer:
            for chunk in answer.iter_bytes():
                size += len(chunk)
    assert size == MEGABYTES * len(piece)
    assert peak(server.pid) - before < 60_000
    folder = server.running.folder
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert PLANTED not in path.read_bytes(), path


@pytest.mark.slow
def test_a_killed_server_leaves_nothing(budkavle_databases: Databases, tmp_path: Path) -> None:
    """A web process that is killed in the middle of a file leaves no entry, no row and no room taken."""
    with installed(budkavle_databases, tmp_path, ["files"]) as running:
        organisation = SampleOrganisation.create(running.platform)
        host = running.platform.plugins.host("files")
        with running.platform.work(organisation.administrator) as work:
            write_settings(work, FileSettings, {"webdav": True})
        with host.work(organisation.case_worker.at(Loa.ONE)) as work:
            catalogue = create_catalogue(host, work, "Kartor")
            secret = create_password(host, work, NewPassword("Dator", 30, 1))
        server = Server(running, organisation, catalogue, secret)
        with web(running) as process:
            line = server.begin_put("halv.bin", 10_000_000, b"x" * 5_000_000)
            folder = running.platform.settings.blob_folder
            wait_until(lambda: any(path.stat().st_size > 1_000_000 for path in folder.rglob("*") if path.is_file()))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            line.close()
        assert (server.names(), server.kept()) == ([], 0)
        with host.transaction(organisation.id) as connection:
            assert connection.execute(text("SELECT 1 FROM files_uploads")).all() == []


def peak(pid: int) -> int:
    """Return the most memory that a process and its children have had, in kB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = (re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{each}/status").read_text()) for each in (pid, *children))
    return max(int(match[1]) for match in found if match)
