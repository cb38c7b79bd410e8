"""`budkavle demo`: off unless it is asked for, and gone with all that it started."""

import os
import signal
import subprocess
import sys
import threading
import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from budkavle import Misconfigured, Unavailable
from budkavle.cli.main import budkavle
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, browse
from budkavle_demo.content import SETTINGS
from budkavle_demo.stage import Stage


@pytest.mark.feature("PL3")
def test_the_demo_takes_one_more_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in the demo's settings beside the others; one that is not installed is told by its name."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the tests' process ends as before
    with pytest.raises(Misconfigured, match="telex"):
        budkavle.main(["demo", "--once", "--data", str(tmp_path), "--plugin", "telex"], standalone_mode=False)
    settings = tomllib.loads((tmp_path / "budkavle.toml").read_text("utf-8"))
    first, *_, last = settings["enabled"]
    assert (first, last) == ("demo", "telex")


@pytest.mark.slow
def test_a_demo_that_is_told_to_stop_takes_its_database_along(tmp_path: Path) -> None:
    """SIGTERM ends it as Ctrl+C does: no server is left that nobody knows of."""
    running, pause = tmp_path / "demo/data/postgres/postmaster.pid", threading.Event()
    words = [sys.executable, "-m", "budkavle", "demo", "--once", "--data", str(tmp_path / "demo")]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        while not running.exists():
            assert process.poll() is None, process.stderr and process.stderr.read().decode()
            pause.wait(0.05)
        process.terminate()
        assert process.wait(60) == 143
    assert not running.exists()


def test_the_demo_is_a_plugin_that_is_off_until_it_is_asked_for(budkavle_open: Callable[..., Platform]) -> None:
    """Named on the command line it answers; an installation that does not name it has nothing of it."""
    shown = CliRunner().invoke(budkavle, ["demo", "--help"])
    assert "--once" in shown.stdout
    assert "furnish" not in shown.stdout
    assert "demo" not in budkavle_open().plugins.names


@pytest.mark.feature("C3")
def test_the_demos_administrator_sees_the_add_in(budkavle_open: Callable[..., Platform]) -> None:
    """With its manifests, and what it lacks: an address with https. The other organisation has none."""
    settings = tomllib.loads(SETTINGS.format_map(defaultdict(str, port=1, book_port=1, eid_port=1)))
    chosen = {"outlook": settings["plugins"]["outlook"]}
    platform = budkavle_open(enabled=("outlook",), base_url=settings["base_url"], plugins=chosen)
    with browse(platform) as browser:
        pages = {
            name: browser(SampleOrganisation.create(platform, name).administrator).get("/plugin/outlook/settings").text
            for name in ("Bjorkvik", "Vattern")
        }
    assert "Outlook i Björkviks kommun" in pages["Bjorkvik"]
    assert "/plugin/outlook/manifest/outlook/json" in pages["Bjorkvik"]
    assert "Outlook visar bara sidor med https." in pages["Bjorkvik"]
    assert "inte inställt för organisationen" in pages["Vattern"]


def test_a_step_of_the_demo_needs_its_installation(tmp_path: Path) -> None:
    """Nobody plays the demo's people into an installation that is none of its own."""
    file = tmp_path / "budkavle.toml"
    file.write_text(f'data = "{tmp_path / "data"}"', "utf-8")
    with pytest.raises(Unavailable, match="budkavle demo"):
        budkavle.main(["--config", str(file), "demo", "history"], standalone_mode=False)
    assert not (tmp_path / "data").exists()


def test_the_log_of_the_demo_is_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Also what a process writes that it has started; afterwards, errors are told in the terminal again."""
    stage = Stage(tmp_path / "budkavle.toml", click.Command("budkavle"))
    with stage.logging() as log:
        os.write(2, b"ours\n")
        subprocess.run([sys.executable, "-c", "import sys; sys.exit('theirs')"], check=False)
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"
    assert log.parent == tmp_path
    assert log.read_text("utf-8").splitlines() == ["ours", "theirs"]
