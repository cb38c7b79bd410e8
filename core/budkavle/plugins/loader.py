"""Finds the plugins that the settings switch on, imports them, and reads their settings.

A plugin is the module that an entry point of the group `budkavle` names, with its hookimpls. It is on if the settings
enable it, or if its package marks it as on by default and the settings do not disable it. Plugins that are off are not
imported. Faults are collected, so that `budkavle plugin check` can report all of them.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import Distribution, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

import msgspec
import pluggy

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Misconfigured
from budkavle.plugins import hook_calls, hook_checks, hookspecs
from budkavle.plugins.calls import contained
from budkavle.settings import Settings
from budkavle.settings_reading import convert

T = TypeVar("T")
GROUP = "budkavle"
ON_BY_DEFAULT = "budkavle.on_by_default"
"""A second group, in which a package repeats the entry points of plugins that are on by default."""
FOLDERS = ("migrations", "templates", "static", "locale")
"""Folders that are looked for beside a plugin's module."""


@dataclass(frozen=True, slots=True)
class Of(Generic[T]):
    """An object that a plugin has registered, with the plugin's name."""

    plugin: str
    thing: T


@dataclass(frozen=True, slots=True)
class PluginReport:
    """A plugin's identity, its registered objects, and a line for each fault."""

    name: str
    distribution: str
    version: str
    registers: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin that could be switched on: its entry point and its distribution.

    Attributes:
        on_by_default: Whether it is on if the settings do not name it.
    """

    name: str
    target: str
    distribution: str
    version: str
    load: Callable[[], ModuleType]
    on_by_default: bool = False


@dataclass(slots=True, eq=False)
class Plugin:
    """A plugin that is on.

    Attributes:
        module: None if it could not be imported; `faults` says why.
        label: Its display name in Swedish, a translation key; empty if it has none.
        settings: An object of the type that `budkavle_settings` returned, or None.
        host: The host for its hooks; set at the start.
        registered: The objects that its hooks returned, by kind.
        offers: The hooks that it offers to other plugins.
    """

    name: str
    module: ModuleType | None = None
    distribution: str = ""
    version: str = ""
    label: str = ""
    settings: Any = None
    host: Any = None
    registered: dict[str, list[Any]] = field(default_factory=dict)
    offers: list[str] = field(default_factory=list)
    faults: list[BudkavleError] = field(default_factory=list)
    _folders: dict[str, Path | None] = field(default_factory=dict, repr=False)

    @property
    def home(self) -> Path | None:
        """The folder of its module."""
        file = getattr(self.module, "__file__", None)
        return Path(file).parent if file else None

    def folder(self, name: str) -> Path | None:
        """Return its folder `migrations`, `templates`, `static`, `locale` or `help`, if it has one."""
        if name not in self._folders:
            folder = self.home and self.home / name
            self._folders[name] = folder if folder and folder.is_dir() else None
        return self._folders[name]

    def fault(self, sentence: str, **values: Any) -> None:
        """Record a fault."""
        self.faults.append(Misconfigured(sentence, **values))


def installed() -> dict[str, list[Installed]]:
    """Return the installed plugins, by name; several with one name are a fault if that name is switched on."""
    return {name: list(offers) for name, offers in _installed_in(tuple(map(_changed, sys.path))).items()}


def _changed(folder: str) -> tuple[str, int]:
    """Return a folder and when something was last installed there, or removed."""
    try:
        return folder, Path(folder).stat().st_mtime_ns
    except OSError:
        return folder, 0


@lru_cache(maxsize=4)
def _installed_in(path: tuple[tuple[str, int], ...]) -> dict[str, list[Installed]]:  # noqa: ARG001 - what it depends on
    """Read what every installed package offers; they are many, and a process needs it more than once."""
    by_name: dict[str, list[Installed]] = {}
    points = entry_points()
    marks = {(point.name, point.value) for point in points.select(group=ON_BY_DEFAULT)}
    versions: dict[Distribution | None, tuple[str, str]] = {None: ("", "")}
    for point in points.select(group=GROUP):
        if point.dist and point.dist not in versions:  # reading its name parses its whole README each time
            versions[point.dist] = (point.dist.name, point.dist.version)
        is_marked = (point.name, point.value) in marks
        offer = Installed(point.name, point.value, *versions[point.dist], point.load, on_by_default=is_marked)
        offers = by_name.setdefault(point.name, [])
        if offer.target not in {other.target for other in offers}:
            offers.append(offer)
    return by_name


def names_on(settings: Settings, offers: Mapping[str, Sequence[Installed]]) -> list[str]:
    """Return the names of the plugins that are on, in their order.

    Those that are on by default come first, by name, unless `enabled` places them.

    Args:
        settings: Its `enabled` and `disabled` are read.
        offers: The installed plugins, by name.
    """
    defaults = sorted(name for name, offered in offers.items() if any(offer.on_by_default for offer in offered))
    names = dict.fromkeys([*(name for name in defaults if name not in settings.enabled), *settings.enabled])
    return [name for name in names if name not in settings.disabled]


def load(settings: Settings, offers: Mapping[str, Sequence[Installed]]) -> tuple[pluggy.PluginManager, list[Plugin]]:
    """Import and register the plugins that are on, in order; faults are recorded on each plugin."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    plugins = [_plugin(name, offers) for name in names_on(settings, offers)]
    for plugin in reversed(plugins):  # pluggy calls the last registered first; ours is the order of the settings
        if plugin.module is not None:
            _register(manager, plugin, plugin.module)
    _add_offered_hooks(manager, plugins)
    for plugin in plugins:
        _read_settings(manager, plugin, settings.plugins.get(plugin.name, {}))
        _read_label(manager, plugin)
    return manager, plugins


def _plugin(name: str, offers: Mapping[str, Sequence[Installed]]) -> Plugin:
    plugin = Plugin(name)
    offered = offers.get(name, [])
    if not offered:
        names = ", ".join(sorted(offers)) or "–"
        plugin.fault("det är inte installerat; installerade tillägg: {known}", known=names)
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
    except Exception as error:  # noqa: BLE001 (a plugin may raise anything; it is recorded as its fault)
        plugin.fault("{target} går inte att importera: {error}", target=offer.target, error=words(error))
        return
    if isinstance(module, ModuleType):
        plugin.module = module
    else:
        plugin.fault("ingångspunkten {target} ska peka på en modul", target=offer.target)


def _register(manager: pluggy.PluginManager, plugin: Plugin, module: ModuleType) -> None:
    plugin.faults.extend(hook_checks.implementation_faults(manager, module))
    try:
        if not plugin.faults:
            manager.register(module, plugin.name)
    except ValueError:
        plugin.fault("dess modul är redan på, under ett annat namn")


def _add_offered_hooks(manager: pluggy.PluginManager, plugins: Sequence[Plugin]) -> None:
    """Add the hooks that plugins offer each other, and check the plugins that implement them."""
    modules = {plugin.module: plugin for plugin in plugins if manager.is_registered(plugin.module)}
    for plugin in modules.values():
        for namespace in _asked(manager, plugin, "budkavle_hookspecs"):
            faults = list(hook_checks.offer_faults(manager, plugin.name, namespace))
            plugin.faults.extend(faults)
            if not faults:
                plugin.offers = hook_checks.offered(manager, namespace)
                _drop_unfit(manager, modules, plugin.offers, namespace)
                manager.add_hookspecs(namespace)
    offered = [name for plugin in plugins for name in plugin.offers]
    for module, plugin in modules.items():
        if module is not None and manager.is_registered(module):
            plugin.faults.extend(hook_checks.missing_hooks(manager, module, offered))


def _drop_unfit(
    manager: pluggy.PluginManager, modules: Mapping[ModuleType | None, Plugin], offers: Sequence[str], namespace: object
) -> None:
    """Unregister plugins whose implementation does not match an offered hook: pluggy would blame the offering one."""
    for name in offers:
        caller = getattr(manager.hook, name, None)
        for implementation in caller.get_hookimpls() if caller else []:
            specification = getattr(namespace, name)
            faults = list(hook_checks.argument_faults(name, implementation.function, specification))
            modules[implementation.plugin].faults.extend(faults)
            if faults and manager.is_registered(implementation.plugin):
                manager.unregister(implementation.plugin)


def _asked(manager: pluggy.PluginManager, plugin: Plugin, hook: str) -> list[Any]:
    """Call a hook that takes no host; a failure is the plugin's fault."""
    try:
        return hook_calls.answers(manager, plugin.module, hook)
    except Exception as error:  # noqa: BLE001 (a plugin may raise anything; it is recorded as its fault)
        plugin.fault("kroken {hook} misslyckades: {error}", hook=hook, error=words(error))
        return []


def _read_settings(manager: pluggy.PluginManager, plugin: Plugin, section: Mapping[str, Any]) -> None:
    if not manager.is_registered(plugin.module):
        return
    faults = len(plugin.faults)
    kinds = _asked(manager, plugin, "budkavle_settings")
    if len(plugin.faults) > faults:
        return
    if kinds:
        _convert(plugin, kinds[0], section)
    elif section:
        plugin.fault("det har inga inställningar; ta bort [plugins.{name}]", name=plugin.name)


def _read_label(manager: pluggy.PluginManager, plugin: Plugin) -> None:
    if not manager.is_registered(plugin.module):
        return
    for label in _asked(manager, plugin, "budkavle_label"):
        if isinstance(label, str) and label.strip():
            plugin.label = label
        else:
            plugin.fault("kroken {hook} ska ge tilläggets namn i ord", hook="budkavle_label")


def _convert(plugin: Plugin, kind: object, section: Mapping[str, Any]) -> None:
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        plugin.fault("kroken {hook} ska ge en msgspec.Struct-typ", hook="budkavle_settings")
        return
    try:
        plugin.settings = convert(section, kind, f"plugins.{plugin.name}")
    except Misconfigured as error:
        plugin.faults.append(error)


def words(error: BaseException) -> object:
    """Return in one line what a plugin raised during its start; its own errors are about settings, not people."""
    if isinstance(error, BudkavleError):
        return error  # a fact that is a sentence is translated together with its sentence
    return f"{type(error).__name__}: {error} ({describe(error).get('at', '')})"
