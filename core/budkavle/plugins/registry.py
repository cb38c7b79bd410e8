"""The plugins that are on, and all that they bring.

Hooks register, at `start`; the objects they return do the work. Each hook is called once for each plugin, with that
plugin's own host, so that what raises is known by name, and one plugin's failure is never another's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Misconfigured
from budkavle.model.messages import Address
from budkavle.plugins import conformance, loader
from budkavle.plugins.calls import call_within, contained
from budkavle.plugins.hookspecs import hookimpl
from budkavle.plugins.job import Job
from budkavle.plugins.loader import Installed, Plugin
from budkavle.plugins.protocols import (
    Adviser,
    Directory,
    HealthCheck,
    IdentityProvider,
    Panel,
    ReceiptHandler,
    Transport,
)
from budkavle.settings import Settings

if TYPE_CHECKING:
    import click
    from litestar import Router

T = TypeVar("T")
log = structlog.get_logger("budkavle.plugins.registry")

NAMED = ("transports", "identity_providers", "receipt_handlers", "directories", "advisers", "jobs", "health_checks")
"""Kinds whose objects have a name that is theirs alone."""
KINDS = (*NAMED, "panels", "routes", "event_words")
"""Kinds of object that a hook registers at the start."""
TOLD = 5.0
"""Seconds that a plugin has for what it is told; nobody waits longer for it."""
EVENTS = ("message_received", "state_changed", "case_changed", "account_changed")


@dataclass(frozen=True, slots=True)
class Of(Generic[T]):
    """Something that a plugin brought, with the plugin's name."""

    plugin: str
    thing: T


@dataclass(frozen=True, slots=True)
class PluginReport:
    """What a plugin is, registers, and does wrong; a line for each fault (feature PL4)."""

    name: str
    distribution: str
    version: str
    registers: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class _Own:
    """The core's own answer to `choose_transport`, which comes last.

    It is the transport that the address names; where it names a family, the one that reaches people without account.
    """

    @staticmethod
    @hookimpl(trylast=True)
    def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
        named = (offer for offer in offers if offer.name == recipient.transport)
        family = (
            offer for offer in offers if offer.capabilities.family == recipient.transport and offer.capabilities.guests
        )
        return next(named, None) or next(family, None)


class Plugins:
    """The plugins of one installation; nothing here is global.

    `load` imports them, `start` calls their registering hooks. After that the properties give what they brought.
    """

    def __init__(self, settings: Settings, offers: Mapping[str, Sequence[Installed]] | None = None) -> None:
        """Import what `settings` switch on and note faults, without raising; see `load`."""
        self._manager, self._plugins = loader.load(settings, loader.installed() if offers is None else offers)
        self._manager.register(_Own(), loader.GROUP)
        self._strays = loader.strays(settings)
        self._own: dict[str, list[Any]] = {}

    @classmethod
    def load(cls, settings: Settings, offers: Mapping[str, Sequence[Installed]] | None = None) -> "Plugins":
        """Import the plugins that the settings name.

        Args:
            settings: Their `enabled` and `plugins` are read.
            offers: What is installed, by name; from the environment's entry points where left out.

        Raises:
            Misconfigured: One is not installed, not importable, or its settings or hooks are wrong.
        """
        plugins = cls(settings, offers)
        plugins.insist()
        return plugins

    def build_in(self, **things: Sequence[Any]) -> None:
        """Let objects of the core's own stand beside the plugins', by kind; they come first, and cannot be off."""
        self._own.update({kind: list(those) for kind, those in things.items()})

    def start(self, make_host: Callable[[Plugin], Any]) -> None:
        """Call each plugin's registering hooks with its own host.

        Raises:
            Misconfigured: A hook raised, or gave something that does not keep its promise.
        """
        self.register(make_host)
        self.insist()

    def register(self, make_host: Callable[[Plugin], Any]) -> None:
        """Do what `start` does, leaving the faults for `report`."""
        for plugin in self._whole():
            if plugin.faults:
                continue  # without its settings it would only fail in more ways
            plugin.host = make_host(plugin)
            for kind in KINDS:
                plugin.registered[kind] = self._gather(plugin, kind, host=plugin.host)
        self._same_names()

    def insist(self) -> None:
        """Raise Misconfigured for the first fault, if there is one."""
        for plugin in self._plugins:
            for fault in plugin.faults:
                raise Misconfigured(
                    "Tillägget {plugin} kan inte användas: {fault} (alla fel: budkavle plugin check)",
                    plugin=plugin.name,
                    fault=fault,
                )

    @property
    def names(self) -> list[str]:
        """The names of the plugins that are on, in order."""
        return [plugin.name for plugin in self._plugins]

    def plugin(self, name: str) -> Plugin:
        """Return the plugin of this name; KeyError where it is not on."""
        return {plugin.name: plugin for plugin in self._plugins}[name]

    def settings(self, name: str) -> Any:
        """Return the settings of the plugin of this name, an object of its own type, or None where it has none."""
        return self.plugin(name).settings

    def hooks(self, name: str) -> list[str]:
        """Return the hooks that the plugin of this name implements, without the prefix."""
        return loader.hooks_of(self._manager, self.plugin(name))

    def host(self, name: str) -> Any:
        """Return the host of the plugin of this name, once started; KeyError where it is not on."""
        return self.plugin(name).host

    @property
    def transports(self) -> dict[str, Transport]:
        """Transports by name."""
        return self._by_name("transports")

    def own_transports(self, plugin: str) -> list[str]:
        """Return the names of the transports that a plugin has brought."""
        return [transport.name for transport in self.plugin(plugin).registered.get("transports", [])]

    @property
    def directories(self) -> dict[str, Directory]:
        """Address books by name."""
        return self._by_name("directories")

    @property
    def identity_providers(self) -> dict[str, IdentityProvider]:
        """Identity providers by name."""
        return self._by_name("identity_providers")

    @property
    def receipt_handlers(self) -> dict[str, ReceiptHandler]:
        """Receipt handlers by name."""
        return self._by_name("receipt_handlers")

    @property
    def advisers(self) -> dict[str, Adviser]:
        """Advisers by name."""
        return self._by_name("advisers")

    @property
    def jobs(self) -> dict[str, Job]:
        """Jobs by `PLUGIN.NAME`, the name in the schedule."""
        return {f"{of.plugin}.{of.thing.name}": of.thing for of in self._all("jobs")}

    @property
    def health_checks(self) -> dict[str, HealthCheck]:
        """Health checks by `PLUGIN.NAME`."""
        return {f"{of.plugin}.{of.thing.name}": of.thing for of in self._all("health_checks")}

    @property
    def routers(self) -> "list[Of[Router]]":
        """Litestar routers, each with its plugin's name."""
        return list(self._all("routes"))

    @property
    def event_words(self) -> dict[str, str]:
        """Sentences of the event log by kind of entry."""
        return dict(of.thing for of in self._all("event_words"))

    def panels(self, place: str) -> list[Of[Panel]]:
        """Return the page pieces of a place, in their order; a template is found in its plugin's folder."""
        found: list[Of[Panel]] = [of for of in self._all("panels") if of.thing.place == place]
        return sorted(found, key=lambda of: of.thing.order)

    def commands(self, host: Callable[[str], Any] | None) -> "list[Of[click.Command]]":
        """Return the command lines of the plugins; one that fails is left out and logged.

        Args:
            host: Gives a plugin's host by its name; None where the settings do not allow one.
        """
        found: list[Of[click.Command]] = []
        for plugin in self._whole():
            given = self._gather(plugin, "commands", host=host(plugin.name) if host else None)
            found.extend(Of(plugin.name, command) for command in given)
        return found

    def choose_transport(self, recipient: Address) -> Transport | None:
        """Return the transport for one recipient: the first plugin that answers, else the one the address names.

        A chooser that raises, or answers with something that was not offered, is logged and passed over.
        """
        offers = list(self.transports.values())
        for impl in reversed(self._manager.hook.budkavle_choose_transport.get_hookimpls()):
            values = {"recipient": recipient, "offers": offers}
            try:
                with contained():
                    chosen = impl.function(*(values[name] for name in impl.argnames))
            except Exception as error:  # noqa: BLE001 (logged and passed over: a plugin fails alone)
                _passed_over(impl.plugin_name, "choose_transport", error)
                continue
            if any(chosen is offer for offer in offers):
                return next(offer for offer in offers if offer is chosen)
            if chosen is not None:
                log.error("plugin.chose_unknown_transport", plugin=impl.plugin_name, hook="choose_transport")
        return None

    def emit(self, event: str, **values: object) -> None:
        """Tell every plugin of an event, after the commit; each failure is logged and passed over (feature PL5).

        One that does not come back within `TOLD` seconds is left behind.

        Args:
            event: One of `EVENTS`.
            values: The hook's arguments, without `host`.
        """
        for plugin in self._whole():
            if not loader.implements(self._manager, plugin, event):
                continue
            values["host"] = plugin.host
            try:
                call_within(TOLD, plugin.name, loader.ask, self._manager, plugin, event, **values)
            except Exception as error:  # noqa: BLE001 (logged and passed over: a plugin fails alone)
                _passed_over(plugin.name, event, error)

    def migrations(self) -> list[tuple[str, Path]]:
        """Return (plugin, folder) of each plugin that has tables of its own."""
        return list(self.folders("migrations").items())

    def folders(self, name: str) -> dict[str, Path]:
        """Return the folders `migrations`, `templates`, `static` or `locale`, by plugin, of those that have one."""
        found = {plugin.name: plugin.folder(name) for plugin in self._plugins}
        return {plugin: folder for plugin, folder in found.items() if folder is not None}

    @property
    def strays(self) -> list[str]:
        """Names of sections `[plugins.NAME]` in the settings whose plugin is not on."""
        return self._strays

    def report(self, say: Callable[[BudkavleError], str] = str) -> list[PluginReport]:
        """Return what each plugin is, registers and does wrong; `say` may translate the sentences."""
        return [
            PluginReport(
                plugin.name,
                plugin.distribution,
                plugin.version,
                self._registers(plugin),
                [say(fault) for fault in plugin.faults],
            )
            for plugin in self._plugins
        ]

    def _registers(self, plugin: Plugin) -> dict[str, list[str]]:
        hooks = loader.hooks_of(self._manager, plugin)
        lines = {
            "settings": sorted(getattr(plugin.settings, "__struct_fields__", ())),
            **{kind: [_word(kind, thing) for thing in plugin.registered.get(kind, [])] for kind in KINDS},
            "commands": [str(command.name) for command in self._gather(plugin, "commands", host=plugin.host)],
            "events": [event for event in EVENTS if event in hooks],
            "chooses": ["transport"] if "choose_transport" in hooks else [],
            "folders": [name for name in loader.FOLDERS if plugin.folder(name)],
        }
        return {kind: words for kind, words in lines.items() if words}

    def _whole(self) -> Iterator[Plugin]:
        return (plugin for plugin in self._plugins if self._manager.is_registered(plugin.module))

    def _all(self, kind: str) -> Iterator[Of[Any]]:
        yield from (Of(loader.GROUP, thing) for thing in self._own.get(kind, []))
        yield from (Of(plugin.name, thing) for plugin in self._plugins for thing in plugin.registered.get(kind, []))

    def _by_name(self, kind: str) -> dict[str, Any]:
        return {of.thing.name: of.thing for of in self._all(kind)}

    def _gather(self, plugin: Plugin, kind: str, **values: object) -> list[Any]:
        """Call a registering hook of one plugin; keep what keeps its promise, and note the rest as faults."""
        hook = loader.PREFIX + kind
        try:
            with contained():
                asked = loader.ask(self._manager, plugin, kind, **values)
                things = [thing for given in asked for thing in _things(kind, given)]
        except Exception as error:  # noqa: BLE001 (a plugin may raise anything; it is told as its fault)
            words = loader.words(error)
            plugin.fault("kroken {hook} misslyckades: {error}", hook=hook, error=words)
            return []
        if not asked and kind in loader.hooks_of(self._manager, plugin):
            plugin.fault("kroken {hook} lämnade ingenting; glömdes return? En tom lista är rätt.", hook=hook)
        sound = []
        for thing in things:
            wrong = conformance.faults(kind, thing) or list(_astray(kind, plugin, thing))
            for fault in wrong:
                plugin.fault("kroken {hook}: {fault}", hook=hook, fault=fault)
            if not wrong:
                sound.append(thing)
        return sound

    def _same_names(self) -> None:
        for kind in NAMED:
            owners = {thing.name: loader.GROUP for thing in self._own.get(kind, [])}
            for plugin in self._plugins:
                for thing in plugin.registered.get(kind, []):
                    name = thing.name if kind not in {"jobs", "health_checks"} else f"{plugin.name}.{thing.name}"
                    owner = owners.setdefault(name, plugin.name)
                    if owner is not plugin.name or _count(plugin, kind, thing.name) > 1:
                        facts = {"hook": loader.PREFIX + kind, "name": thing.name, "owner": owner}
                        plugin.fault("kroken {hook}: namnet {name} är redan taget av tillägget {owner}", **facts)


def _things(kind: str, given: object) -> Iterable[Any]:
    if kind == "event_words" and isinstance(given, Mapping):
        return given.items()
    if kind != "event_words" and isinstance(given, Iterable):
        return given
    wanted = "dict" if kind == "event_words" else "list"
    raise Misconfigured("den ska lämna en {wanted}, inte {given}", wanted=wanted, given=type(given).__name__)


def _astray(kind: str, plugin: Plugin, thing: Any) -> Iterator[Misconfigured]:
    """Say what of a plugin's object leads nowhere: a template, an address, a sentence."""
    if kind == "panels" and thing.place != "nav.item" and getattr(plugin.module, "__file__", None):
        folder = plugin.folder("templates")
        if folder is None or not (folder / thing.template).is_file():
            yield Misconfigured("mallen {template} finns inte i mappen templates", template=thing.template)
    elif kind == "routes":
        own = f"/plugin/{plugin.name}/"
        for path in [route.path for route in thing.routes]:
            if not f"{path}/".startswith((own, "/l/")):
                yield Misconfigured("adressen {path} ska börja med {own}", path=path, own=own)
    elif kind == "event_words":
        try:
            list(Formatter().parse(thing[1]))
        except ValueError as error:
            yield Misconfigured("meningen för {kind} går inte att läsa: {error}", kind=thing[0], error=str(error))


def _count(plugin: Plugin, kind: str, name: str) -> int:
    return sum(thing.name == name for thing in plugin.registered[kind])


def _word(kind: str, thing: Any) -> str:
    if kind == "panels":
        return f"{thing.place}: {thing.template}"
    if kind == "event_words":
        return str(thing[0])
    return str(thing.path if kind == "routes" else thing.name)


def _passed_over(plugin: str, hook: str, error: Exception) -> None:
    log.error("plugin.failed", plugin=plugin, hook=hook, **describe(error))
