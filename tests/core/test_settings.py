"""Settings: typed, from file and environment, with errors that say what to mend."""

from pathlib import Path

import msgspec
import pytest

from budkavle.model.errors import Misconfigured
from budkavle.settings import load_settings
from budkavle.settings_reading import convert

FILE = """
data = "here"
enabled = ["addressbook", "sdk"]
bin_days = 7
[database]
url = "postgresql://budkavle_app@db/budkavle"
[uploads]
max_bytes = 1000
[plugins.sdk]
party = "0203:1"
"""


def test_a_certificate_has_a_key(tmp_path: Path) -> None:
    """One without the other is refused; both lie beside the settings unless they say where."""
    file = tmp_path / "budkavle.toml"
    file.write_text('[tls]\ncertificate = "web.pem"\n', encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"tls\.key"):
        load_settings(file, {})
    file.write_text('[tls]\ncertificate = "web.pem"\nkey = "web.key"\n', encoding="utf-8")
    tls = load_settings(file, {}).tls
    assert (tls.certificate, tls.key) == (tmp_path / "web.pem", tmp_path / "web.key")


class Sms(msgspec.Struct, forbid_unknown_fields=True):
    sender: str = "Budkavle"
    password: str = ""
    tries: int = 3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "budkavle.toml"
    path.write_text(FILE)
    return path


def test_without_anything_there_are_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh folder needs no file."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings(env={})
    assert (settings.data, settings.database.url, settings.enabled) == (tmp_path / "data", None, ())
    assert settings.key_file == tmp_path / "data" / "keys" / "master.key"


def test_the_file_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the file, found by argument, environment or working folder."""
    monkeypatch.chdir(file.parent)
    for settings in (load_settings(file, {}), load_settings(env={"BUDKAVLE_CONFIG": str(file)}), load_settings(env={})):
        assert settings.data == file.parent / "here"
        assert settings.enabled == ("addressbook", "sdk")
        assert settings.uploads.max_bytes == 1000
        assert settings.plugins == {"sdk": {"party": "0203:1"}}


def test_the_environment_wins(file: Path) -> None:
    """Double underscores lead into sections; numbers, lists and tables are read as in the file."""
    env = {
        "BUDKAVLE__BIN_DAYS": "3",
        "BUDKAVLE__DATABASE__POOL": "4",
        "BUDKAVLE__ENABLED": "sdk, fax",
        "BUDKAVLE__PLUGINS__FAX__LINES": '["1", "2"]',
        "PATH": "/bin",
    }
    settings = load_settings(file, env)
    assert (settings.bin_days, settings.database.pool, settings.enabled) == (3, 4, ("sdk", "fax"))
    assert settings.plugins["fax"] == {"lines": ["1", "2"]}
    assert settings.plugins["sdk"] == {"party": "0203:1"}


def test_a_secret_may_be_a_file(file: Path, tmp_path: Path) -> None:
    """NAME_file gives NAME, without the line end, for the core and for plugins."""
    secret = tmp_path / "secret"
    secret.write_text("postgresql://budkavle_app:hemligt@db/budkavle\n")
    settings = load_settings(file, {"BUDKAVLE__DATABASE__OWNER_URL_FILE": str(secret)})
    assert settings.database.owner_url == "postgresql://budkavle_app:hemligt@db/budkavle"
    assert convert({"password_file": str(secret)}, Sms, "plugins.sms").password.startswith("postgresql:")


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "BUDKAVLE__COLOUR",
            "red",
            r"Inställningen colour under översta nivån är okänd. Det som finns är: accepted, accounts_by_address, ",
        ),
        ("BUDKAVLE__DATABASE__URI", "x", r"Inställningen uri under \[database\] är okänd. .*statement_seconds, url\."),
        ("BUDKAVLE__BIN_DAYS", "many", r"Ett värde under översta nivån .*bin_days"),
        ("BUDKAVLE__DATABASE__URL_FILE", "/nowhere", r"Filen /nowhere, som url_file under \[database\] pekar på"),
    ],
)
def test_what_is_wrong_is_told(file: Path, key: str, value: str, sentence: str) -> None:
    """The error names the key, its section and what there is."""
    with pytest.raises(Misconfigured, match=sentence):
        load_settings(file, {key: value})


def test_a_plugin_gets_the_same_sentences() -> None:
    """`convert` judges a plugin's section by its own type."""
    with pytest.raises(Misconfigured, match=r"\[plugins\.sms\] är okänd. Det som finns är: password, sender, tries"):
        convert({"sendr": "x"}, Sms, "plugins.sms")
    assert convert({"tries": "5"}, Sms, "plugins.sms").tries == 5


def test_a_file_that_is_no_settings_is_told(tmp_path: Path) -> None:
    """Missing and broken files are named."""
    with pytest.raises(Misconfigured, match=r"none\.toml går inte att läsa"):
        load_settings(tmp_path / "none.toml", {})
    (tmp_path / "bad.toml").write_text("a = = b")
    with pytest.raises(Misconfigured, match="inte riktig TOML"):
        load_settings(tmp_path / "bad.toml", {})
