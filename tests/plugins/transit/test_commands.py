"""`budkavle transit check`, and the key provider of an installation."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from budkavle.accounts import organisations
from budkavle.cli.main import budkavle
from budkavle.host import build
from budkavle.settings import Settings, load_settings
from budkavle.testing import system_actor
from budkavle_transit.settings import TransitSettings


@pytest.mark.feature("ZS8")
def test_an_installation_keeps_its_key_with_the_service(
    budkavle_settings: Settings, settings: TransitSettings, tmp_path: Path
) -> None:
    """It is tried by a command, and no key file is made; the settings that are shown name files and no secrets."""
    file, database = tmp_path / "budkavle.toml", budkavle_settings.database
    file.write_text(
        f"enabled = ['transit']\nkey_provider = 'transit'\ndata = {json.dumps(str(budkavle_settings.data))}\n"
        f"[database]\nurl = {json.dumps(database.url)}\nowner_url = {json.dumps(database.owner_url)}\n"
        f"[plugins.transit]\nurl = {json.dumps(settings.url)}\nca = {json.dumps(str(settings.ca))}\n"
        f"role_id = 'role'\nsecret_id_file = {json.dumps(str(settings.secret_id_file))}\n"
    )
    run = CliRunner()
    for words, said in (
        (("transit", "check"), "krypterar och öppnar med nyckeln budkavle"),
        (("config", "show"), "key_name"),
    ):
        done = run.invoke(budkavle, ["--config", str(file), *words], env={"LANG": "sv_SE"})
        assert said in done.output, done.exception
        assert "secret-1" not in done.output
    with closing(build(load_settings(file))) as platform:
        made = organisations.create_organisation(platform, system_actor(), "Exempelstad")
        small = platform.vault.seal_small(made.id, "x", b"ours")
    with closing(build(load_settings(file))) as platform:
        assert platform.vault.open_small(made.id, "x", small) == b"ours"
        assert not platform.settings.key_file.exists()
    file.write_text(file.read_text().replace("['transit']", "[]"))
    assert "inte påslaget" in str(run.invoke(budkavle, ["--config", str(file), "transit", "check"]).exception)
