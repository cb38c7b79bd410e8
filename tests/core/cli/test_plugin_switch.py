"""`budkavle plugin enable` and `disable` change two lists of the settings file, and nothing else of it."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from budkavle.cli.main import budkavle

PLAIN = 'bin_days = 7\nenabled = ["sdk", "fax"]  # both\n\n[plugins.fax]\ncarrier = "simulated"\n'
MANY = '# Habo\nenabled = [\n  "sdk",\n  "fax"\n]\nlanguage = "en"\n[database]\npool = 4\n'
Switch = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "budkavle.toml"


@pytest.fixture
def switch(file: Path) -> Switch:
    return lambda *words: CliRunner().invoke(budkavle, ["plugin", *words])


@pytest.mark.feature("PL1")
@pytest.mark.parametrize(
    ("text", "words", "lists"),
    [
        (PLAIN, ("disable", "local"), {"enabled": ["sdk", "fax"], "disabled": ["local"]}),
        (PLAIN, ("disable", "fax"), {"enabled": ["sdk"]}),
        (PLAIN, ("enable", "proof"), {"enabled": ["sdk", "fax", "proof"]}),
        (PLAIN, ("enable", "sdk"), {"enabled": ["sdk", "fax"]}),
        (PLAIN, ("enable", "local"), {"enabled": ["sdk", "fax"]}),
        (MANY, ("disable", "sdk"), {"enabled": ["fax"]}),
        (MANY, ("disable", "local"), {"enabled": ["sdk", "fax"], "disabled": ["local"]}),
        ('disabled = ["local", "sdk"]\n', ("enable", "local"), {"disabled": ["sdk"]}),
        ('disabled = ["local", "sdk"]\n', ("enable", "sdk"), {"disabled": ["local"], "enabled": ["sdk"]}),
        ('enabled = ["local", "telex"]\n', ("disable", "local"), {"enabled": ["telex"], "disabled": ["local"]}),
        ('enabled = ["telex"]\n', ("disable", "telex"), {"enabled": []}),
        ("[database]\npool = 4\n", ("disable", "local"), {"disabled": ["local"]}),
    ],
)
def test_the_lists_change_and_nothing_else(
    file: Path, switch: Switch, text: str, words: tuple[str, str], lists: dict[str, list[str]]
) -> None:
    """A plugin that is on by default is switched off by `disabled`, every other one by leaving `enabled`."""
    file.write_text(text)
    result = switch(*words)
    assert result.exit_code == 0, result.output
    assert tomllib.loads(file.read_text()) == {**tomllib.loads(text), **lists}
    kept = [line for line in text.splitlines() if line.startswith(("#", "bin_days", "language", "["))]
    assert [line for line in file.read_text().splitlines() if line in kept] == kept


@pytest.mark.feature("PL1")
def test_off_and_on_again(file: Path, switch: Switch) -> None:
    """Without a settings file one is made; afterwards the plugin is as it was."""
    assert switch("disable", "local").exit_code == 0
    assert file.read_text() == 'disabled = ["local"]\n'
    assert "local (" not in switch("check").output
    assert switch("enable", "local").exit_code == 0
    assert "local (" in switch("check").output
    assert [entry.name for entry in file.parent.iterdir()] == ["budkavle.toml"]


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ('enabled = [\n  "sdk",  # the main one\n  "fax",\n]\n', ("disable", "fax"), 'Skriv själv: enabled = ["sdk"]'),
        ("", ("disable", "telex"), "Tillägget telex är inte installerat"),
        ("", ("enable", "telex"), "Tillägget telex är inte installerat"),
    ],
)
def test_what_would_lose_something_or_mean_nothing_is_refused(
    file: Path, switch: Switch, text: str, words: tuple[str, str], told: str
) -> None:
    """Comments between the names, and names of no plugin: the file stays as it is, and the sentence says what to do."""
    file.write_text(text)
    result = switch(*words)
    assert result.exit_code == 1
    assert told in str(result.exception)
    assert file.read_text() == text


def test_an_environment_that_says_otherwise_is_told(
    file: Path, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the file says then has no effect, and the command does not say that it has."""
    monkeypatch.setenv("BUDKAVLE__DISABLED", "local")
    result = switch("enable", "local")
    assert result.exit_code == 1
    assert "BUDKAVLE__DISABLED" in str(result.exception)


def test_a_name_in_disabled_that_is_no_plugins_is_told(file: Path) -> None:
    """A misspelt name switches nothing off; the check of the settings says so."""
    file.write_text('disabled = ["locl"]\n')
    result = CliRunner().invoke(budkavle, ["config", "check"])
    assert "Obs: locl står i disabled, men tillägget är inte installerat." in result.output
