"""`budkavle eid`: the simulators as a process of their own, and trying a connection in the terminal."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from budkavle import BudkavleError, Host
from budkavle_eid.commands import group
from budkavle_eid.settings import EidSettings
from budkavle_eid.simulator.app import NotTaken
from budkavle_eid.simulator.authority import Certificates
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import Person


@pytest.fixture
def running(files: Certificates) -> Iterator[Simulator]:
    simulator = Simulator(files.folder, clock=time.time)
    yield simulator
    simulator.stop()


@pytest.fixture
def host(running: Simulator, tmp_path: Path) -> Host:
    """The plugin's host, connected to the simulators; no database is needed to try a connection."""

    def nothing() -> None:
        raise AssertionError("no database is needed here")

    settings = EidSettings(bankid=running.addresses.bankid(), freja=running.addresses.freja())
    return Host("eid", settings, tmp_path, nothing)  # type: ignore[arg-type] - it raises


def _approve_when_asked(simulator: Simulator, person: Person, stop: threading.Event) -> None:
    """Be the person with the telephone, in a thread."""
    while not stop.is_set():
        for app in (simulator.bankid, simulator.freja):
            for shown in app.waiting():
                app.approve(app.pick(shown.id, person, "127.0.0.1"))
            for shown in app.opened(person):
                try:
                    app.approve(shown.id)
                except NotTaken:
                    continue
        stop.wait(0.01)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["bankid"], "BankID: LoA 3; evidence, family_name, given_name, method, name, personnummer"),
        (["mobilt_bankid", "--phone", "199001012385"], "Mobilt BankID: LoA 3"),
        (["freja"], "Freja eID+: LoA 3"),
        (["freja_organisation"], "Freja Organisations eID: LoA 3"),
    ],
    ids=str,
)
def test_trying_a_connection(host: Host, running: Simulator, anna: Person, words: list[str], told: str) -> None:
    """The code in the terminal, and what came back: level and names of facts, nothing of who it was."""
    stop = threading.Event()
    thread = threading.Thread(target=_approve_when_asked, args=(running, anna, stop))
    thread.start()
    try:
        result = CliRunner().invoke(group(host), ["try", *words])
    finally:
        stop.set()
        thread.join()
    assert result.exit_code == 0, result.output
    assert told in result.output
    assert anna.number not in result.output
    assert "Testlind" not in result.output


def test_what_cannot_be_tried_is_said(host: Host, running: Simulator) -> None:
    """A name that is not there; a telephone call by Freja; a connection that is down."""
    for words in (["try", "nobody"], ["try", "freja", "--phone", "199001012385"]):
        assert isinstance(CliRunner().invoke(group(host), words).exception, BudkavleError)
    running.stop()
    result = CliRunner().invoke(group(host), ["try", "bankid"])
    assert result.exit_code == 1
    assert "BankID svarar inte just nu" in result.output


def test_without_settings_the_simulators_want_a_folder() -> None:
    """And trying wants the settings."""
    for words in (["simulator"], ["try", "bankid"]):
        assert isinstance(CliRunner().invoke(group(None), words).exception, BudkavleError)


@pytest.mark.slow
def test_the_simulators_run_as_a_process(tmp_path: Path) -> None:
    """The first line is the telephone's address; from then on all of them answer."""
    words = [sys.executable, "-m", "budkavle", "eid", "simulator", "--folder", str(tmp_path / "files"), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert "Låtsastelefon" in httpx.get(url, trust_env=False).text
        finally:
            process.terminate()
    assert (tmp_path / "files" / "client.pem").exists()
