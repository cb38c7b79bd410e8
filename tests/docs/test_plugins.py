"""docs/plugins.md has the table that the code makes, and the marks that it reads name plugins that exist."""

import inspect
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from budkavle.plugins.protocols.directory import Browsable, FindsMany, KeepsFavourites, KnowsSenders
from budkavle.plugins.protocols.identity_provider import SignsOut
from budkavle.plugins.protocols.transport import ClaimsOpening, NamesDestinations, SaysStates, TakesBack

ROOT = Path(__file__).parents[2]


OPTIONAL = {
    "Transport": (NamesDestinations, SaysStates, TakesBack, ClaimsOpening),
    "Directory": (KeepsFavourites, FindsMany, Browsable, KnowsSenders),
    "IdentityProvider": (SignsOut,),
}


@pytest.fixture
def plugin_table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return import_module("plugin_table")


def test_the_table_is_today_s(plugin_table: ModuleType) -> None:
    """A plugin that learns something, or is tried with a program of others, is told of (`make plugin-table`)."""
    text = plugin_table.DOCUMENT.read_text("utf-8")
    assert plugin_table.document(text) == text
    for name in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["budkavle"]:
        assert f"| `{name}` |" in text


def test_optional_methods_are_described() -> None:
    """docs/hooks.md has each Protocol that a plugin's object may satisfy besides its own, with its members."""
    text = (ROOT / "docs/hooks.md").read_text("utf-8")
    for base, protocols in OPTIONAL.items():
        for protocol in protocols:
            own = vars(protocol).items()
            methods = [(name, value) for name, value in own if inspect.isfunction(value) and not name.startswith("_")]
            written = [f"`{name}`" for name in protocol.__annotations__]
            written += [f"`{name}({_parameters(method)})`" for name, method in methods]
            assert f"| `{base}` | `{protocol.__name__}` | {', '.join(written)} |" in text


def _parameters(method: Callable[..., object]) -> str:
    return ", ".join(list(inspect.signature(method).parameters)[1:])


def test_every_built_in_plugin_has_a_name_in_words() -> None:
    """People meet it in the event log and on pages; the checks of translations ask for its English."""
    plugins = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["budkavle"]
    labels = {name: import_module(module).budkavle_label() for name, module in plugins.items()}
    assert all(labels.values())
    assert len(set(labels.values())) == len(labels)


def test_every_peer_is_a_built_in_plugin_s(plugin_table: ModuleType) -> None:
    """A mark with a plugin's name misspelt would be shown nowhere."""
    plugins = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["budkavle"]
    assert plugin_table.peers_of_plugins().keys() <= plugins.keys()


def test_the_marks_are_read_wherever_they_stand(plugin_table: ModuleType, tmp_path: Path) -> None:
    """On a test, several on one; other marks and other files are not looked at."""
    (tmp_path / "test_a.py").write_text(
        '@pytest.mark.slow\n@pytest.mark.peer("fax", "HylaFAX")\n@pytest.mark.peer("sms", "smpp")\ndef test_it(): ...\n'
    )
    (tmp_path / "helper.py").write_text('@pytest.mark.peer("fax", "None")\ndef helper(): ...\n')
    assert plugin_table.peers_of_plugins(tmp_path) == {"fax": {"HylaFAX"}, "sms": {"smpp"}}


def test_a_row_says_what_a_plugin_brings(plugin_table: ModuleType) -> None:
    """Without a transport its columns are empty, which is something else than no."""
    kinds: dict[str, list[object]] = {"transports": [], "identity_providers": []}
    cells = plugin_table.row("pigeon", {"jobs": ["feed"], "folders": ["migrations"]}, kinds, ["b", "A"])
    assert dict(zip(plugin_table.HEADINGS, cells, strict=True)) == {
        **dict.fromkeys(plugin_table.HEADINGS, ""),
        "plugin": "`pigeon`",
        "jobs": "yes",
        "tables": "yes",
        "tried with": "A, b",
    }
