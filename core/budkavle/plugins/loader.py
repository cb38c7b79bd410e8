"""Finds the plugins that the settings switch on, imports them, and reads their settings.

A plugin is the module that an entry point of the group `budkavle` names; its hookimpls stand in it. Nothing loads
because it happens to be installed. What is wrong is gathered, so that `budkavle plugin check` can say all of it.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pluggy

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Misconfigured
from budkavle.plugins import hookspecs
from budkavle.plugins.calls import contained
from budkavle.settings import Settings, convert

GROUP = "budkavle"
FOLDERS = ("migrations", "templates", "static", "locale")
"""What is found beside a plugin's module."""
PREFIX = "budkavle_"


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin that could be switched on: its entry point and the distribution that brings it."""

    name: str
    target: str
    distribution: str
    version: str
    load: Callable[[], ModuleType]


@dataclass(slots=True, eq=False)
class Plugin:
    """A plugin that is on.

    Attributes:
        module: None where it could not be imported; `faults` says why.
        settings: An object of the type that `budkavle_settings` gave, or None.
        host: What its hooks get; set at the start.
        registered: What its hooks gave, by kind.
    """

    name: str
    module: ModuleType | None = None
    distribution: str = ""
    version: str = ""
    settings: Any = None
    host: Any = None
    registered: dict[str, list[Any]] = field(default_factory=dict)
    faults: list[BudkavleError] = field(default_factory=list)

    def folder(self, name: str) -> Path | None:
        """Return its folder `migrations`, `templates`, `static` or `locale`, if it has one."""
        file = getattr(self.module, "__file__", None)
        if file is None:
            return None
        folder = Path(file).parent / name
        return folder if folder.is_dir() else None

    def fault(self, sentence: str, **facts: Any) -> None:
        """Note what is wrong."""
        self.faults.append(Misconfigured(sentence, **facts))


def installed() -> dict[str, list[Installed]]:
    """Return what the environment offers, by name; more than one under a name is a fault if it is switched on."""
    found: dict[str, list[Installed]] = {}
    for point in entry_points(group=GROUP):
        dist = point.dist
        offer = Installed(point.name, point.value, dist.name if dist else "", dist.version if dist else "", point.load)
        known = found.setdefault(point.name, [])
        if offer.target not in {other.target for other in known}:
            known.append(offer)
    return found


def load(settings: Settings, offers: Mapping[str, Sequence[Installed]]) -> tuple[pluggy.PluginManager, list[Plugin]]:
    """Import and register what is on, in order; faults are left on each plugin."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    plugins = [_plugin(name, offers) for name in dict.fromkeys(settings.enabled)]
    for plugin in reversed(plugins):  # pluggy asks the last registered first; ours is the order of the settings
        if plugin.module is not None:
            _register(manager, plugin)
            _read_settings(manager, plugin, settings.plugins.get(plugin.name, {}))
    return manager, plugins


def strays(settings: Settings) -> list[str]:
    """Return the names of sections `[plugins.NAME]` whose plugin is not on."""
    return [name for name in settings.plugins if name not in settings.enabled]


def ask(manager: pluggy.PluginManager, plugin: Plugin, hook: str, **values: object) -> list[Any]:
    """Call one plugin's own implementations of a hook, and no other's; return its answers that are not None."""
    impls = _impls(manager, plugin, hook)
    with contained():
        answers = [impl.function(*(values[name] for name in impl.argnames)) for impl in impls]
    return [answer for answer in answers if answer is not None]


def implements(manager: pluggy.PluginManager, plugin: Plugin, hook: str) -> bool:
    """Whether the plugin has an implementation of this hook."""
    return bool(_impls(manager, plugin, hook))


def _impls(manager: pluggy.PluginManager, plugin: Plugin, hook: str) -> list[pluggy.HookImpl]:
    impls = getattr(manager.hook, PREFIX + hook).get_hookimpls()
    return [impl for impl in impls if impl.plugin is plugin.module]


def hooks_of(manager: pluggy.PluginManager, plugin: Plugin) -> list[str]:
    """Return the names, without prefix, of the hooks that the plugin implements."""
    callers = manager.get_hookcallers(plugin.module) if manager.is_registered(plugin.module) else None
    return sorted(caller.name.removeprefix(PREFIX) for caller in callers or [])


def _plugin(name: str, offers: Mapping[str, Sequence[Installed]]) -> Plugin:
    plugin = Plugin(name)
    offered = offers.get(name, [])
    if not offered:
        known = ", ".join(sorted(offers)) or "–"
        plugin.fault("det är inte installerat; installerade tillägg: {known}", known=known)
    elif len(offered) > 1:
        both = ", ".join(f"{offer.target} ({offer.distribution})" for offer in offered)
        plugin.fault("flera paket erbjuder tillägget: {both}; avinstallera alla utom ett", both=both)
    else:
        _import(plugin, offered[0])
    return plugin


def _import(plugin: Plugin, offer: Installed) -> None:
    plugin.distribution, plugin.version = offer.distribution, offer.version
    try:
        with contained():
            module: object = offer.load()
    except Exception as error:  # noqa: BLE001 (a plugin may raise anything; it is told as its fault)
        plugin.fault("{target} går inte att importera: {error}", target=offer.target, error=words(error))
        return
    if isinstance(module, ModuleType):
        plugin.module = module
    else:
        plugin.fault("ingångspunkten {target} ska peka på en modul", target=offer.target)


def _register(manager: pluggy.PluginManager, plugin: Plugin) -> None:
    _plain_functions(manager, plugin)
    try:
        if not plugin.faults:
            manager.register(plugin.module, plugin.name)
    except ValueError:
        plugin.fault("dess modul är redan på, under ett annat namn")


def _plain_functions(manager: pluggy.PluginManager, plugin: Plugin) -> None:
    """Refuse what pluggy would accept and then do wrongly, or with words that only its own authors understand."""
    module = plugin.module
    for name, function in vars(module).items():
        if not name.startswith(PREFIX) or not inspect.isfunction(function):
            continue
        marks = manager.parse_hookimpl_opts(module, name)
        if marks is None:
            plugin.fault("{hook} saknar @hookimpl", hook=name)
        elif inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            plugin.fault("{hook} är async; en krok registrerar bara och ska vara en vanlig def", hook=name)
        elif marks["wrapper"] or marks["hookwrapper"]:
            plugin.fault("{hook} är en wrapper; en krok ska vara en vanlig funktion", hook=name)
        elif not hasattr(hookspecs, name):
            known = [hook for hook in vars(hookspecs) if hook.startswith(PREFIX)]
            near = ", ".join(get_close_matches(name, known, 1) or sorted(known))
            plugin.fault("kroken {hook} finns inte. Menades {near}?", hook=name, near=near)
        else:
            has = list(inspect.signature(getattr(hookspecs, name)).parameters)
            strange = [one for one in inspect.signature(function).parameters if one not in has]
            if strange:
                facts = {"hook": name, "strange": ", ".join(strange), "has": ", ".join(has) or "–"}
                plugin.fault("{hook} kan inte ta {strange}; argumenten är: {has}", **facts)


def _read_settings(manager: pluggy.PluginManager, plugin: Plugin, section: Mapping[str, Any]) -> None:
    if not manager.is_registered(plugin.module):
        return
    try:
        kinds = ask(manager, plugin, "settings")
    except Exception as error:  # noqa: BLE001 (a plugin may raise anything; it is told as its fault)
        plugin.fault("kroken {hook} misslyckades: {error}", hook="budkavle_settings", error=words(error))
        return
    if kinds:
        _convert(plugin, kinds[0], section)
    elif section:
        plugin.fault("det har inga inställningar; ta bort [plugins.{name}]", name=plugin.name)


def _convert(plugin: Plugin, kind: object, section: Mapping[str, Any]) -> None:
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        plugin.fault("kroken {hook} ska ge en msgspec.Struct-typ", hook="budkavle_settings")
        return
    try:
        plugin.settings = convert(section, kind, f"plugins.{plugin.name}")
    except Misconfigured as error:
        plugin.faults.append(error)


def words(error: BaseException) -> object:
    """Say in one line what a plugin raised while it started; its own errors are about settings, not people."""
    if isinstance(error, BudkavleError):
        return error  # a fact that is a sentence is translated with the sentence that it stands in
    return f"{type(error).__name__}: {error} ({describe(error).get('at', '')})"
