"""Which plugins are on: those that the settings name, and those that their packages mark."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from tests.core.plugins.loading import load, with_transports

from budkavle.model.errors import Misconfigured
from budkavle.plugins.loader import Installed, Plugin, installed
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module


@pytest.mark.feature("PL1")
def test_only_what_the_settings_name_is_loaded() -> None:
    """An installed plugin that is not switched on brings nothing."""
    plugins = load(
        "fax", fax=with_transports("fax", FakeTransport("fax")), sms=with_transports("sms", FakeTransport("sms"))
    )
    assert plugins.names == ["fax"]
    assert list(plugins.transports) == ["fax"]


def on_by_default(name: str) -> dict[str, list[Installed]]:
    """A plugin that is on where nobody says otherwise."""
    transport = with_transports(name, FakeTransport(name))
    return {name: [replace(offered, on_by_default=True) for offered in offer(**{name: transport})[name]]}


@pytest.mark.feature("PL1")
@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (Settings(), ["pigeon", "raven"]),
        (Settings(enabled=("fax",)), ["pigeon", "raven", "fax"]),
        (Settings(enabled=("fax", "raven")), ["pigeon", "fax", "raven"]),
        (Settings(enabled=("fax",), disabled=("pigeon",)), ["raven", "fax"]),
        (Settings(enabled=("fax", "raven"), disabled=("raven", "pigeon")), ["fax"]),
        (Settings(disabled=("nobody",)), ["pigeon", "raven"]),
    ],
)
def test_a_plugin_may_be_on_unless_it_is_switched_off(settings: Settings, names: list[str]) -> None:
    """Those that their packages mark come first by name; `enabled` gives them another place, `disabled` none."""
    fax = offer(fax=with_transports("fax", FakeTransport("fax")))
    plugins = Plugins.load(settings, on_by_default("raven") | on_by_default("pigeon") | fax)
    plugins.start(lambda plugin: plugin.name)
    assert plugins.names == names
    assert list(plugins.transports) == names


@pytest.mark.feature("PL1")
def test_what_is_disabled_is_not_imported() -> None:
    """A plugin that breaks at import is got rid of by the settings, whoever switches it on."""

    def fail() -> ModuleType:
        raise ImportError("no wings")

    (pigeon,) = on_by_default("pigeon")["pigeon"]
    offers = {"pigeon": [replace(pigeon, load=fail)]}
    with pytest.raises(Misconfigured, match="no wings"):
        Plugins.load(Settings(), offers)
    plugins = Plugins.load(Settings(disabled=("pigeon",), plugins={"pigeon": {"birds": 3}}), offers)
    assert (plugins.names, plugins.strays) == ([], ["pigeon"])


def test_a_package_marks_what_is_on_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It repeats the entry point in a second group; a mark without its plugin, or of another module, is none."""
    info = tmp_path / "budkavle_pigeon-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: budkavle-pigeon\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[budkavle]\npigeon = budkavle_pigeon.plugin\nraven = budkavle_raven.plugin\ndove = budkavle_dove.plugin\n"
        "[budkavle.on_by_default]\npigeon = budkavle_pigeon.plugin\nraven = elsewhere\nowl = budkavle_owl.plugin\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    marked = {name for name, offers in installed().items() if any(offered.on_by_default for offered in offers)}
    assert marked - {"local", "password"} == {"pigeon"}
    assert {"pigeon", "raven", "dove"} <= installed().keys()
    assert "owl" not in installed()


@pytest.mark.feature("PL1")
def test_a_name_that_is_not_installed_is_refused_with_what_there_is() -> None:
    """The sentence names the plugin that is missing and those that exist."""
    with pytest.raises(Misconfigured, match=r"Tillägget telex .* installerade tillägg: fax"):
        load("telex", fax=plugin_module("fax"))


def test_a_module_is_on_once() -> None:
    """Two names that lead to the same module are one plugin too many."""
    module = plugin_module("twin")
    with pytest.raises(Misconfigured, match="redan på"):
        load(twin=module, other=module)


def test_a_module_that_cannot_be_imported_is_told() -> None:
    """The error of the import is in the sentence."""
    offers = offer(fax=plugin_module("fax"))

    def fail() -> ModuleType:
        raise ModuleNotFoundError("No module named 'modem'")

    broken = {"fax": [replace(offers["fax"][0], load=fail)]}
    with pytest.raises(Misconfigured, match="går inte att importera: ModuleNotFoundError"):
        Plugins.load(Settings(enabled=("fax",)), broken)


def test_two_distributions_with_one_name_are_refused() -> None:
    """Which of two would be loaded is never left to chance."""
    offers = {"fax": [*offer(fax=plugin_module("a"))["fax"], *offer(fax=plugin_module("b"))["fax"]]}
    with pytest.raises(Misconfigured, match="flera paket"):
        Plugins.load(Settings(enabled=("fax",)), offers)


def test_two_installations_in_one_process_know_nothing_of_each_other() -> None:
    """No plugin manager is global."""
    first = load(a=with_transports("a", FakeTransport("fax")))
    second = load(a=with_transports("a", FakeTransport("fax")))
    assert first.transports["fax"] is not second.transports["fax"]


def test_a_host_is_made_for_the_plugin_that_is_loaded() -> None:
    """`host` gives each plugin's own, by name."""
    plugins = Plugins.load(Settings(enabled=("a",)), offer(a=plugin_module("a")))
    hosts: dict[str, object] = {}

    def make(plugin: Plugin) -> object:
        return hosts.setdefault(plugin.name, object())

    plugins.start(make)
    assert plugins.host("a") is hosts["a"]
