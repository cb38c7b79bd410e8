"""Filer: files of any size are added over a line that breaks, and downloaded again."""

import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, Page, expect

from budkavle import Platform
from budkavle.testing import SampleUser
from budkavle.testing.running import Running
from budkavle_demo.content import ANNA
from budkavle_files.tree.entries import create_catalogue, find_named, list_catalogue
from budkavle_files.tree.store import find_entry
from budkavle_files.tree.things import Entry
from budkavle_files.tree.versions import FILES, find_version, list_versions

Browse = Callable[..., Page]
Look = Callable[[Page], None]
SIZE = 12_000_000


class Line:
    """A line between browser and server that breaks when so many bytes have gone up, once.

    Args:
        url: The server.
    """

    def __init__(self, url: str) -> None:
        self._server = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.breaks_after = 0
        self.breaks = 0
        self._open = list[socket.socket]()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Hang up."""
        for one in (self._door, *self._open):
            one.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._door.accept()
                server = socket.create_connection(self._server)
                self._open += [browser, server]
                threading.Thread(target=self._pump, args=(browser, server, True), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, browser, False), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        gone = 0
        with suppress(OSError):
            while data := source.recv(65_536):
                gone += len(data)
                if up and 0 < self.breaks_after < gone:
                    self.breaks_after, self.breaks = 0, self.breaks + 1
                    break
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as a cut cable: no end
                one.shutdown(socket.SHUT_RDWR)
                one.close()


@pytest.fixture
def line(running: Running) -> Iterator[Line]:
    with closing(Line(running.url)) as made:
        yield made


@pytest.fixture
def anna(people: dict[str, SampleUser]) -> SampleUser:
    return people[ANNA]


@pytest.fixture
def catalogue(platform: Platform, anna: SampleUser, request: pytest.FixtureRequest) -> Entry:
    """A catalogue of this test's own."""
    host = platform.plugins.host("files")
    with host.work(anna) as work:
        return create_catalogue(host, work, request.node.originalname[5:60])


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file that takes a while."""
    path = tmp_path / "Ritning.bin"
    path.write_bytes(bytes(range(256)) * (SIZE // 256))
    return path


def stored(platform: Platform, who: SampleUser, catalogue: Entry, name: str) -> str:
    """Return the hash of what is kept."""
    host = platform.plugins.host("files")
    with host.work(who) as work:
        entry = find_named(host, work, catalogue, name)
        assert entry is not None
        chunks = FILES.open(work, find_version(host, work, entry).file_id)
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


@pytest.mark.feature("D2", "D3")
def test_an_upload_goes_on_where_the_line_broke(
    browse: Browse, look: Look, line: Line, platform: Platform, anna: SampleUser, catalogue: Entry, big: Path
) -> None:
    """The line breaks in the middle; the bytes are those of the file, and nothing of it lies in the browser."""
    page = browse(ANNA)
    page.goto(f"{line.url}/plugin/files/{catalogue.id}/add")
    look(page)
    line.breaks_after = SIZE // 3
    page.get_by_label("Välj filer").set_input_files(big)
    expect(page.get_by_text("Alla filer är på plats.")).to_be_visible(timeout=60_000)
    assert line.breaks == 1
    assert stored(platform, anna, catalogue, "Ritning.bin") == hashlib.sha256(big.read_bytes()).hexdigest()
    assert (
        page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])").find("Ritning")
        == -1
    )


def slow(page: Page) -> CDPSession:
    """Let bytes go up slowly, so that there is time to press something; until the session is detached."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_200_000},
    )
    return session


@pytest.mark.feature("D3")
def test_an_upload_is_paused_and_goes_on_after_the_page_was_closed(
    browse: Browse, look: Look, platform: Platform, anna: SampleUser, catalogue: Entry, big: Path
) -> None:
    """Paused, the bytes stop; the page opened anew says what waits, and the same file goes on from there."""
    page = browse(ANNA)
    page.goto(f"/plugin/files/{catalogue.id}/add")
    slowness = slow(page)
    page.get_by_label("Välj filer").set_input_files(big)
    expect(page.get_by_text("Laddas upp 2")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Pausa Ritning.bin").click()
    expect(page.get_by_text("Pausad")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/plugin/files/{catalogue.id}/add")
    waiting = page.get_by_role("listitem").filter(has_text="procent har kommit")
    expect(waiting).to_contain_text("Ritning.bin")
    look(page)
    slowness.detach()
    sent = list[int]()
    page.on("request", lambda request: sent.append(int(request.headers.get("upload-offset", -1))))
    page.get_by_label("Välj filer").set_input_files(big)
    expect(page.get_by_text("Alla filer är på plats.")).to_be_visible(timeout=60_000)
    assert max(sent) > 0, "it began anew"
    assert stored(platform, anna, catalogue, "Ritning.bin") == hashlib.sha256(big.read_bytes()).hexdigest()


@pytest.mark.feature("D3")
def test_files_and_folders_are_dropped(
    browse: Browse, look: Look, platform: Platform, anna: SampleUser, catalogue: Entry, tmp_path: Path
) -> None:
    """Several at once; a folder becomes a catalogue with what lies in it; one that is given up is not there."""
    folder = tmp_path / "Resor"
    (folder / "2026").mkdir(parents=True)
    for name in ("a.txt", "2026/b.txt"):
        (folder / name).write_text(name)
    page = browse(ANNA)
    page.goto(f"/plugin/files/{catalogue.id}/add")
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            for (const name of ["ett.txt", "två.txt"]) data.items.add(new File(["x"], name));
            document.querySelector(".files-drop").dispatchEvent(new DragEvent("drop", {dataTransfer: data}));
        }"""
    )
    expect(page.get_by_text("Alla filer är på plats.")).to_be_visible()
    page.get_by_label("Välj en hel mapp").set_input_files(folder)
    expect(page.locator(".files-uploads li").filter(has_text="Klar")).to_have_count(4)
    look(page)
    host = platform.plugins.host("files")
    with host.work(anna) as work:
        assert [entry.name for entry in list_catalogue(host, work, catalogue).entries] == [
            "Resor",
            "ett.txt",
            "två.txt",
        ]


@pytest.mark.feature("D13", "D15")
def test_a_new_version_is_added_and_both_are_downloaded(
    browse: Browse, look: Look, platform: Platform, anna: SampleUser, catalogue: Entry, tmp_path: Path
) -> None:
    """Ny version keeps the file and its name; the version before is there still."""
    old, new = tmp_path / "Plan.txt", tmp_path / "Plan ny.txt"
    old.write_text("först")
    new.write_text("sedan")
    page = browse(ANNA)
    page.goto(f"/plugin/files/{catalogue.id}/add")
    page.get_by_label("Välj filer").set_input_files(old)
    expect(page.get_by_text("Alla filer är på plats.")).to_be_visible()
    host = platform.plugins.host("files")
    with host.work(anna) as work:
        entry = find_named(host, work, catalogue, "Plan.txt")
        assert entry is not None
    page.goto(f"/plugin/files/{entry.id}/add")
    expect(page.get_by_role("heading", name="Ny version av Plan.txt")).to_be_visible()
    look(page)
    page.get_by_label("Välj fil", exact=True).set_input_files(new)
    expect(page.get_by_text("Alla filer är på plats.")).to_be_visible()
    with host.work(anna) as work:
        assert [version.number for version in list_versions(host, work, find_entry(host, work, entry.id))] == [2, 1]
    for address, text in (("content", "sedan"), ("content?version=1", "först")):
        answer = page.request.get(f"/plugin/files/{entry.id}/{address}")
        assert answer.text() == text
        assert "Plan.txt" in answer.headers["content-disposition"]
