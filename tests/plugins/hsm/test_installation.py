"""An installation whose keys an HSM wraps: moved there from a key file and back by the commands; with SoftHSM."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from budkavle.accounts import organisations
from budkavle.cli.main import budkavle
from budkavle.host import build
from budkavle.settings import Settings, load_settings
from budkavle.testing import system_actor
from budkavle_hsm.settings import HsmSettings


@pytest.fixture
def file(budkavle_settings: Settings, settings: HsmSettings, tmp_path: Path) -> Path:
    """The settings of an installation with the plugin, whose key still lies in a file; the PIN in a file of its own."""
    pin = tmp_path / "pin"
    pin.write_text(settings.pin)
    path, database = tmp_path / "budkavle.toml", budkavle_settings.database
    path.write_text(
        f"enabled = ['hsm']\ndata = {json.dumps(str(budkavle_settings.data))}\n"
        f"[database]\nurl = {json.dumps(database.url)}\nowner_url = {json.dumps(database.owner_url)}\n"
        f"[plugins.hsm]\nmodule = {json.dumps(str(settings.module))}\n"
        f"label = 'master'\npin_file = {json.dumps(str(pin))}\n"
    )
    return path


@pytest.fixture
def run(file: Path) -> Callable[..., Result]:
    def run(*words: str, **env: str) -> Result:
        return CliRunner().invoke(budkavle, ["--config", str(file), *words], env={"LANG": "sv_SE", **env})

    return run


@pytest.mark.feature("ZS8")
@pytest.mark.peer("hsm", "SoftHSM")
def test_an_installation_moves_its_keys_into_the_hsm_and_back(file: Path, run: Callable[..., Result]) -> None:
    """What was sealed before opens, with the key file gone; then back to a new file."""
    with closing(build(load_settings(file))) as platform:
        made = organisations.create_organisation(platform, system_actor(), "Exempelstad")
        small = platform.vault.seal_small(made.id, "x", b"ours")
    assert "krypterar och öppnar" in run("hsm", "check").output
    moved = run("keys", "rewrap", "hsm")
    assert "1 nycklar är flyttade till hsm" in moved.output, moved.exception
    key_file = load_settings(file).key_file
    key_file.unlink()
    text = file.read_text()
    file.write_text("key_provider = 'hsm'\n" + text)
    with closing(build(load_settings(file))) as platform:
        assert platform.vault.open_small(made.id, "x", small) == b"ours"
        assert platform.vault.seal_small(made.id, "x", b"new")
    assert not key_file.exists()
    assert "1 nycklar är flyttade till file" in run("keys", "rewrap", "file").output
    file.write_text(text)
    with closing(build(load_settings(file))) as platform:
        assert platform.vault.open_small(made.id, "x", small) == b"ours"


def test_a_key_is_made_by_a_command(run: Callable[..., Result]) -> None:
    """Once; and the settings that are shown have no PIN."""
    label = {"BUDKAVLE__PLUGINS__HSM__KEY_LABEL": "made"}
    assert "made är gjord" in run("hsm", "make-key", **label).output
    assert "redan en nyckel" in str(run("hsm", "make-key", **label).exception)
    shown = run("config", "show").output
    assert "key_label" in shown
    assert "271828" not in shown


def test_without_the_plugin_the_commands_say_so(file: Path, run: Callable[..., Result]) -> None:
    """As where `enabled` was forgotten."""
    file.write_text(file.read_text().replace("['hsm']", "[]"))
    assert "inte påslaget" in str(run("hsm", "check").exception)


def test_a_wrong_pin_changes_nothing(file: Path, run: Callable[..., Result]) -> None:
    """Moving fails with the sentence of the token, and the installation goes on with its file."""
    with closing(build(load_settings(file))) as platform:
        organisations.create_organisation(platform, system_actor(), "Exempelstad")
    refused = run("keys", "rewrap", "hsm", BUDKAVLE__PLUGINS__HSM__LABEL="other", BUDKAVLE__PLUGINS__HSM__PIN="0000")
    assert "går inte" in str(refused.exception) or "PIN-koden" in str(refused.exception)
    build(load_settings(file)).close()
