"""A real clamd, with two signatures of our own, between the two organisations."""

import hashlib
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from budkavle import Invalid, read_evidence
from budkavle_sdk_transport.envelope.xhe import payload_of
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming import retry_delays
from budkavle_sdk_transport.malware.clamd import Clamd, ScannerSettings, ScannerUnavailable
from budkavle_sdk_transport.malware.scanner import _EICAR, Screening
from budkavle_sdk_transport.receipts.message_receipt import read_receipt

pytestmark = [pytest.mark.feature("SD3", "SD4"), pytest.mark.slow]
SECONDS = 60
KNOWN_FILE = b"%PDF-1.7\n% a file that is known by its hash alone\n%%EOF\n"
CONF = """\
DatabaseDirectory {folder}/signatures
LocalSocket {folder}/s
TCPSocket {port}
TCPAddr 127.0.0.1
Foreground yes
LogFile {folder}/log
StreamMaxLength 1M
SelfCheck 0
"""


class Daemon:
    """A clamd with files of its own, which is started and stopped."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder = program, folder
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        self.addresses = (f"unix:{folder}/s", f"tcp:127.0.0.1:{port}")
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "signatures").mkdir()
        (folder / "signatures/test.ndb").write_text(f"Eicar-Signature:0:*:{_EICAR.hex()}\n", "ascii")
        digest = hashlib.sha256(KNOWN_FILE).hexdigest()
        (folder / "signatures/test.hsb").write_text(f"{digest}:{len(KNOWN_FILE)}:Known-File\n", "ascii")
        (folder / "clamd.conf").write_text(CONF.format(folder=folder, port=port), "utf-8")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "out").open("wb") as out:
            command = [self._program, "--config-file", str(self._folder / "clamd.conf")]
            self._process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        for _ in range(SECONDS * 20):
            with suppress(ScannerUnavailable):
                for address in self.addresses:
                    Clamd(address, SECONDS).version()
                return
            if self._process.poll() is not None:
                break
            threading.Event().wait(0.05)
        pytest.fail(f"clamd did not start:\n{(self._folder / 'out').read_text()[-2000:]}")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(SECONDS)
            self._process = None


@pytest.fixture(scope="module")
def daemon(program: Callable[..., str]) -> Iterator[Daemon]:
    """Give clamd; a visible skip where it is not installed, and a failure in CI."""
    clamd = program("clamd")
    # The path of a socket has at most 107 bytes, which a test's own folder may not leave room for.
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder:
        made = Daemon(clamd, Path(folder))
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.fixture
def sdk_settings(daemon: Daemon) -> dict[str, Any]:
    return {"scanner": {"address": daemon.addresses[0]}}


@pytest.mark.parametrize("way", [0, 1], ids=["unix", "tcp"])
def test_it_answers_by_socket_and_by_port(daemon: Daemon, way: int) -> None:
    """Clean, found by a pattern, found by its hash, too large, and its version."""
    ours = Clamd(daemon.addresses[way], SECONDS, pause_seconds=0)
    assert ours.malware_in([b"%PDF-1.7 Hej"]) == ""
    assert ours.malware_in([]) == ""
    assert ours.malware_in([b"x" * 300_000, _EICAR[:20], _EICAR[20:]]) == "Eicar-Signature.UNOFFICIAL"
    assert ours.malware_in([KNOWN_FILE]) == "Known-File.UNOFFICIAL"
    with pytest.raises(ScannerUnavailable, match="StreamMaxLength"):
        ours.malware_in([bytes(100_000)] * 50)
    assert ours.version().startswith("ClamAV ")


def test_malware_is_rejected_and_its_sender_reads_why(town: Any, daemon: Daemon) -> None:
    """Who scans stops it at the field; from one who does not, it is BV forbidden, in words that help."""
    file = town.a.attach(_EICAR, "testfil.txt", "text/plain")
    with pytest.raises(Invalid) as caught:
        town.a.send(town.b.address(), attachments=(file,))
    assert "Filen testfil.txt innehåller skadlig kod (Eicar-Signature.UNOFFICIAL)" in caught.value.fields["attachments"]
    town.network.transport._screening = Screening(town.platform.plugins.host("sdk"), ScannerSettings())
    town.a.send(town.b.address(), attachments=(file,))
    town.settle()
    assert town.a.states() == ["REJECTED"]
    assert "hittade skadlig kod. Kontrollera bilagorna" in town.a.delivery().failure
    (kept,) = read_evidence(town.platform, town.a.admin, town.a.delivery().id).receipts
    (reason,) = read_receipt(payload_of(parse(kept))).reasons
    assert (reason.cause, reason.detail) == ("BV", "forbidden")
    assert "skadlig kod, vilket är en incident" in town.b.events("message.refused")[0]
    assert town.b.cases() == []


def test_it_waits_while_the_scanner_is_stopped(town: Any, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started again, what waited comes through, and what is clean is accepted."""
    monkeypatch.setattr(retry_delays, "FIRST_SECONDS", 0.0)
    town.network.arrivals._screening._clamd.pause_seconds = 0
    town.a.send(town.b.address(), attachments=(town.a.attach(),))
    town.carry()
    daemon.stop()
    try:
        assert town.fetch() == 0
        assert town.b.cases() == []
        assert town.a.states() == ["WAITING_FOR_RECEIPT"]
        assert len(town.network.access_point.pending(town.b.participant.participant)) == 1
    finally:
        daemon.start()
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
    assert [len(one.attachments) for one in town.b.messages()] == [1]
