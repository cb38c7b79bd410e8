"""A missing or a wrong key file is an error, and never a new key: what is sealed would be lost, and more besides."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from sqlalchemy import text

from budkavle.accounts import organisations
from budkavle.cli.main import budkavle
from budkavle.model.errors import Misconfigured
from budkavle.settings import Settings
from budkavle.storage.database import Database
from budkavle.storage.keys import FileKeys
from budkavle.storage.platform import open_platform
from budkavle.testing.actors import system_actor

SYSTEM = system_actor()


@pytest.fixture
def used(budkavle_settings: Settings) -> Settings:
    """The settings of an installation in which there is an organisation."""
    with closing(open_platform(budkavle_settings)) as platform:
        organisations.create_organisation(platform, SYSTEM, "Exempelstad")
    return budkavle_settings


@pytest.fixture
def elsewhere(used: Settings, tmp_path: Path) -> Settings:
    """The same installation's database as another host sees it, without the key file."""
    return replace(used, data=tmp_path / "elsewhere")


def refused(settings: Settings, match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        open_platform(settings)


def test_a_host_without_the_key_file_does_not_start(elsewhere: Settings) -> None:
    """No key is made, and the sentence names the file and where to take it from."""
    refused(elsewhere, rf"{elsewhere.key_file} saknas.*säkerhetskopian")
    assert not elsewhere.key_file.exists()


def test_a_host_with_another_key_does_not_start(elsewhere: Settings) -> None:
    """The key opens nothing here, and is told before it has sealed anything."""
    FileKeys.make(elsewhere.key_file)
    refused(elsewhere, rf"{elsewhere.key_file} är inte den som installationen är krypterad med")


def test_a_host_with_the_right_key_starts(used: Settings, elsewhere: Settings) -> None:
    """A copy of the file is all it needs."""
    elsewhere.key_file.parent.mkdir(parents=True)
    shutil.copy(used.key_file, elsewhere.key_file)
    with closing(open_platform(elsewhere)) as platform:
        organisations.create_organisation(platform, SYSTEM, "Andra staden")


@pytest.mark.parametrize("what", ["missing", "wrong"])
def test_an_installation_from_before_the_check_is_protected_too(elsewhere: Settings, what: str) -> None:
    """Nothing is noted of its key yet; what its key has sealed tells the right one."""
    with closing(Database.open(elsewhere)) as database, database.transaction(None) as connection:
        connection.execute(text("DELETE FROM installation"))
    if what == "wrong":
        FileKeys.make(elsewhere.key_file)
    refused(elsewhere, "saknas" if what == "missing" else "är inte den")


def test_one_that_is_right_is_noted_for_an_installation_from_before(used: Settings) -> None:
    """From its next start on the check value stands there; it is no key."""
    with closing(open_platform(used)) as platform, platform.database.transaction(None) as connection:
        noted = connection.execute(text("SELECT value FROM installation WHERE name = 'master-key'")).scalar_one()
        connection.execute(text("DELETE FROM installation"))
    assert bytes(noted).hex() not in used.key_file.read_text()
    with closing(open_platform(used)) as platform, platform.database.transaction(None) as connection:
        assert (
            connection.execute(text("SELECT value FROM installation WHERE name = 'master-key'")).scalar_one() == noted
        )


def test_of_two_hosts_that_begin_a_new_installation_one_makes_the_key(
    budkavle_settings: Settings, tmp_path: Path
) -> None:
    """There is no organisation yet; the second host is told all the same, before it makes one."""
    other = replace(budkavle_settings, data=tmp_path / "other")
    with closing(open_platform(budkavle_settings)):
        refused(other, "saknas")
        FileKeys.make(other.key_file)
        refused(other, "är inte den")


def test_a_process_whose_key_was_exchanged_makes_no_organisation(used: Settings, tmp_path: Path) -> None:
    """It started when the database did not answer, say."""
    with closing(open_platform(used)) as platform:
        platform.keys = FileKeys.make(tmp_path / "other.key")
        with pytest.raises(Misconfigured, match="är inte den"):
            organisations.create_organisation(platform, SYSTEM, "Andra staden")


def test_without_file_and_database_nothing_is_made(tmp_path: Path) -> None:
    """Whether the installation is new cannot be known; with the file it starts, and is compared later."""
    from budkavle.model.errors import Unavailable
    from budkavle.settings import DatabaseSettings

    settings = Settings(data=tmp_path, database=DatabaseSettings(url="postgresql://budkavle_app@127.0.0.1:1/none"))
    with pytest.raises(Unavailable):
        open_platform(settings)
    assert not settings.key_file.exists()
    FileKeys.make(settings.key_file)
    with closing(open_platform(settings)):
        pass


@pytest.mark.parametrize("command", [["config", "check"], ["health"], ["worker"], ["serve", "--web-only"]])
@pytest.mark.parametrize("what", ["missing", "wrong"])
def test_every_command_says_what_is_wrong(elsewhere: Settings, tmp_path: Path, command: list[str], what: str) -> None:
    """In one sentence, with the exit code of a fault; and no key is made."""
    url = elsewhere.database.url
    file = tmp_path / "budkavle.toml"
    file.write_text(f'data = "{elsewhere.data}"\n[database]\nurl = "{url}"\n')
    if what == "wrong":
        FileKeys.make(elsewhere.key_file)
    result = CliRunner().invoke(budkavle, ["--config", str(file), *command])
    assert isinstance(result.exception, Misconfigured)  # which `main` tells in one line
    assert str(elsewhere.key_file) in str(result.exception)
    assert "säkerhetskopian" in str(result.exception)
    assert elsewhere.key_file.exists() == (what == "wrong")


def test_config_check_before_the_first_start_makes_nothing(tmp_path: Path) -> None:
    """Nothing is there, and nothing is there afterwards; a database that does not answer is told."""
    file = tmp_path / "budkavle.toml"
    file.write_text('data = "data"\n')
    assert CliRunner().invoke(budkavle, ["--config", str(file), "config", "check"]).exit_code == 0
    assert [one.name for one in tmp_path.iterdir()] == ["budkavle.toml"]
    file.write_text('data = "data"\n[database]\nurl = "postgresql://budkavle_app@127.0.0.1:1/none"\n')
    result = CliRunner().invoke(budkavle, ["--config", str(file), "config", "check"])
    assert result.exit_code == 0
    assert "databasen svarar inte" in result.output
