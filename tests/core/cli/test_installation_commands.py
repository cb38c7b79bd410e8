"""`budkavle org` and `budkavle node`: organisations and hosts of the installation from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from budkavle.accounts.core_settings import AdministrationSettings, SignInSettings
from budkavle.accounts.organisations import organisation_by_slug
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.cli.main import budkavle
from budkavle.operations.nodes import Heartbeat, NodeKind, node_name
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor


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


@pytest.mark.feature("ZS2")
@pytest.mark.parametrize(("option", "asks"), [((), True), (("--password-alone",), False)])
def test_a_new_organisation_asks_for_a_code_beside_a_password(run, platform: Platform, option, asks: bool) -> None:
    """Unless whoever makes it says otherwise."""
    output = run("org", "add", "Åby kommun", *option)
    assert ("behöver också en kod från en app" in output) is asks
    home = organisation_by_slug(platform, "aby-kommun")
    assert ("med passkey eller på tillitsnivå 3" in output) is asks
    kept = in_work(platform, system_actor(home.id), read_settings, SignInSettings)
    assert (kept.code_beside_password, kept.sure_administrators) == (asks, asks)


def test_no_code_is_promised_where_the_settings_file_decides_against_it(run, tmp_path: Path) -> None:
    """What is fixed for all organisations holds for a new one, and the command says nothing else."""
    with (tmp_path / "budkavle.toml").open("a", encoding="utf-8") as file:
        file.write("[fixed.budkavle.sign_in]\ncode_beside_password = false\n")
    assert "behöver också en kod" not in run("org", "add", "Åby kommun")


@pytest.mark.feature("ZS1")
def test_administration_that_is_closed_to_all_is_opened(run, platform: Platform, organisation) -> None:
    """What the organisation has chosen of networks and ways goes, in its log; what the settings file says stays."""

    def kept() -> str:
        return in_work(platform, organisation.system, read_settings, AdministrationSettings).networks

    in_work(platform, organisation.system, write_settings, SignInSettings, {"sure_administrators": True})

    in_work(platform, organisation.system, write_settings, AdministrationSettings, {"networks": "10.1.0.0/16"})
    assert "öppnas nu varifrån som helst" in run("org", "open-administration", organisation.slug)
    assert kept() == ""
    assert not in_work(platform, organisation.system, read_settings, SignInSettings).sure_administrators
    assert '"Kommandoraden"' in organisation.log_entries("settings.changed")[-1]


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
