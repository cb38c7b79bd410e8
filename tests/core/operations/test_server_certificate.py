"""Our own certificate is watched: what goes wrong at one look is told, and the next look comes all the same."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.deploy.own_authority import write_pair

from budkavle.operations import server_certificate
from budkavle.operations.server_certificate import renewing
from budkavle.settings import TlsSettings

PATIENCE = 20.0


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TlsSettings:
    """A pair that is looked at fifty times a second."""
    monkeypatch.setattr(server_certificate, "LOOKS", 0.02)
    pair = tmp_path / "pair.pem"
    write_pair(tmp_path / "authority.pem", pair)
    return TlsSettings(pair, pair)


def renew_files(tls: TlsSettings) -> bytes:
    """Write a new pair, as one step; returns what it holds."""
    assert tls.certificate is not None
    new = tls.certificate.with_suffix(".new")
    write_pair(tls.certificate.with_suffix(".authority"), new)
    content = new.read_bytes()
    new.replace(tls.certificate)
    return content


class Server:
    """What shows the certificate, and reads the files when it is told to."""

    def __init__(self, tls: TlsSettings, *faults: Exception) -> None:
        self.tls, self._faults = tls, list(faults)
        self.failed = threading.Event()
        self.renewed = threading.Event()
        self.shown = b""

    def renew(self) -> None:
        if self._faults:
            self.failed.set()
            raise self._faults.pop()
        assert self.tls.certificate is not None
        self.shown = self.tls.certificate.read_bytes()
        self.renewed.set()


def test_a_renewal_that_fails_is_tried_again(tls: TlsSettings) -> None:
    """With the same files too: what kept the server from reading them may have passed."""
    server = Server(tls, OSError("too many open files"))
    with capture_logs() as lines, renewing(tls, server.renew):
        new = renew_files(tls)
        assert server.failed.wait(PATIENCE)
        assert server.renewed.wait(PATIENCE), "the watch has ended"
    assert server.shown == new
    assert [line["event"] for line in lines] == ["certificate.unusable", "certificate.renewed"]
    assert lines[0]["error"] == "OSError"


@pytest.mark.parametrize("fault", [OSError("gone meanwhile"), IndexError("no certificate")])
def test_files_that_change_while_they_are_judged(
    tls: TlsSettings, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the judge says of what it read in between, the next renewal is seen."""
    judge: Callable[[TlsSettings], None] = server_certificate.judge_pair
    faults = [fault]

    def judge_amid(chosen: TlsSettings) -> None:
        if faults:
            raise faults.pop()
        judge(chosen)

    monkeypatch.setattr(server_certificate, "judge_pair", judge_amid)
    server = Server(tls)
    with renewing(tls, server.renew):
        new = renew_files(tls)
        assert server.renewed.wait(PATIENCE), "the watch has ended"
    assert server.shown == new


def test_half_a_pair_is_told_once(tls: TlsSettings) -> None:
    """What stands there until somebody mends it is no new line at each look."""
    assert tls.certificate is not None
    server, looks = Server(tls), threading.Event()
    with capture_logs() as lines, renewing(tls, server.renew):
        tls.certificate.write_bytes(b"-----BEGIN CERTIFICATE-----")
        until_told(lines)
        looks.wait(0.3)
        renew_files(tls)
        assert server.renewed.wait(PATIENCE)
    assert [line["event"] for line in lines] == ["certificate.unusable", "certificate.renewed"]


def until_told(lines: list[Any]) -> None:
    """Wait for the first line of the log."""
    tick = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if lines:
            return
        tick.wait(0.02)
    raise AssertionError("nothing was told")
