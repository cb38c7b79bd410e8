"""`budkavle org` and `budkavle node`: organisations and hosts of the installation from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from budkavle.cli.main import budkavle
from budkavle.operations.nodes import Heartbeat, NodeKind, node_name
from budkavle.storage.platform import Platform


@pytest.fixture
def run(platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a command in the installation of the test, and return what it says."""
    monkeypatch.setenv("LANGUAGE", "sv")
    settings = platform.settings
    urls = settings.database
    toml = f'data = "{settings.data}"\n[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n'
    file = tmp_path / "budkavle.toml"
    file.write_text(toml, encoding="utf-8")

    def run_one(*arguments: str) -> str:
        result = CliRunner().invoke(budkavle, ["--config", str(file), *arguments], catch_exceptions=False)
        return result.output

    return run_one


@pytest.mark.feature("N2")
def test_an_organisation_is_listed_paused_and_resumed(run) -> None:
    """By its short name; the list says its state and how many accounts it has."""
    run("org", "add", "Åby kommun")
    assert "aby-kommun  Åby kommun  active  öppna konton: 0" in run("org", "list")
    assert "är pausad" in run("org", "pause", "aby-kommun", "--reason", "Avtal")
    assert "aby-kommun  Åby kommun  paused" in run("org", "list", "--words", "åby")
    assert "igång igen" in run("org", "resume", "aby-kommun")
    assert "Åby" not in run("org", "list", "--words", "annan")


@pytest.mark.feature("N4")
def test_a_node_is_listed_and_drained(run, platform: Platform) -> None:
    """By its name and kind."""
    Heartbeat(platform, NodeKind.WORKER, lambda: {"deliveries": 2}).beat()
    name = node_name(platform.settings)
    assert f"{name}  worker" in run("node", "list")
    assert "pågår: 2" in run("node", "list")
    assert "tagen ur drift" in run("node", "drain", name, "worker")
    assert "drained" in run("node", "list")
    assert "är i drift" in run("node", "restore", name, "worker")
