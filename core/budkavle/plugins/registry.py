"""The plugins that are on, and all objects that they register.

Hooks register objects, at `start`; these objects do the work. Each hook is called once for each plugin, with that
plugin's own host, so that errors can be attributed to a plugin, and one plugin's failure does not affect another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from budkavle.logs import describe
from budkavle.model.approvals import ApprovalKind
from budkavle.model.errors import BudkavleError, Misconfigured
from budkavle.model.messages import Address
from budkavle.model.settings_sections import SettingsSection
from budkavle.plugins import conformance, hook_calls, loader
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import contained
from budkavle.plugins.hook_calls import PREFIX
from budkavle.plugins.loader import Installed, Of, Plugin, PluginReport
from budkavle.plugins.protocols.adviser import Adviser
from budkavle.plugins.protocols.directory import Directory
from budkavle.plugins.protocols.health import HealthCheck
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.key_provider import KeyProvider
from budkavle.plugins.protocols.outbox import Outbox
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.protocols.receipt_handler import ReceiptHandler
from budkavle.plugins.protocols.transport import FactWords, Transport
from budkavle.plugins.provider_sources import ProviderSources
from budkavle.plugins.walls import Walls
from budkavle.settings import Settings

if TYPE_CHECKING:
    import click
    from litestar import Router

log = structlog.get_logger("budkavle.plugins.registry")
OF_A_PLUGIN = ("jobs", "outboxes", "health_checks", "settings_sections", "approval_kinds", "personal_data")
"""Kinds whose objects have a name that is unique in the plugin; elsewhere it is written as `PLUGIN.NAME`."""
NAMED = (
    *("transports", "identity_providers", "provider_sources", "receipt_handlers", "directories", "advisers"),
    *("notifiers", "notice_ways", "key_providers", "malware_scanners"),
    *OF_A_PLUGIN,
)
"""Kinds whose objects have a unique name."""
KINDS = (*NAMED, "panels", "routes", "event_words", "sealed_columns")
"""Kinds of object that a hook registers at the start."""
TOLD = 5.0
"""Timeout of a plugin's handling of an event, in seconds."""
CHANGES = ("message_received", "state_changed", "account_changed", "notice_changed")
ENDS = ("hold_back", "clean_up", "end_access")
EVENTS = (*CHANGES, *ENDS, "log_stamps", "cases_by_number", "case_texts", "compose_text")


class Plugins:
    """The plugins of one installation; nothing here is global.

    `load` imports them, `start` calls their registering hooks. After that the properties return the registered objects.
    """

    def __init__(self, settings: Settings, offers: Mapping[str, Sequence[Installed]] | None = None) -> None:
        """Import the plugins that are on by `settings`. Faults are recorded, not raised; see `load`."""
        self._manager, self._plugins = loader.load(settings, loader.installed() if offers is None else offers)
        self._manager.register(hook_calls.AddressedTransport(), loader.GROUP)
        self._strays = [name for name in settings.plugins if name not in self.names]
        self._trusted = settings.accounts_by_address
        self._orders: dict[str, list[Plugin]] = {}
        self.walls = Walls(lambda name: self.plugin(name).home if name in self.names else None)
        self.provider_sources = ProviderSources((), self.walls)

    @classmethod
    def load(cls, settings: Settings, offers: Mapping[str, Sequence[Installed]] | None = None) -> "Plugins":
        """Import the plugins that are on.

        Args:
            settings: Their `enabled`, `disabled` and `plugins` are read.
            offers: The installed plugins, by name; by default from the environment's entry points.

        Raises:
            Misconfigured: One is not installed, cannot be imported, or its settings or hooks are wrong.
        """
        plugins = cls(settings, offers)
        plugins.insist()
        return plugins

    def start(self, make_host: Callable[[Plugin], Any]) -> None:
        """Call each plugin's registering hooks with its own host.

        Raises:
            Misconfigured: A hook raised, or returned an object that does not satisfy its Protocol.
        """
        self.register(make_host)
        self.insist()

    def register(self, make_host: Callable[[Plugin], Any]) -> None:
        """Do the same as `start`, but leave the faults for `report`."""
        for plugin in self._whole():
            if plugin.faults:
                continue  # without its settings it would only fail in more ways
            plugin.host = make_host(plugin)
            for kind in KINDS:
                plugin.registered[kind] = self._gather(plugin, kind, host=plugin.host)
        conformance.refuse_same_names(self._plugins, NAMED, OF_A_PLUGIN)
        self.provider_sources = ProviderSources(
            [
                (of.plugin, of.thing, partial(self._faults, "identity_providers", self.plugin(of.plugin)))
                for of in self.registered("provider_sources")
            ],
            self.walls,
        )

    def insist(self) -> None:
        """Raise the first fault as Misconfigured, if there is one."""
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
        """Return the plugin of this name; KeyError if it is not on."""
        return {plugin.name: plugin for plugin in self._plugins}[name]

    def label(self, name: str) -> str:
        """Return the display name of a plugin, a translation key; its name if it has none."""
        return next((plugin.label for plugin in self._plugins if plugin.name == name), "") or name

    def settings(self, name: str) -> Any:
        """Return the settings of a plugin, an object of its own type, or None if it has none."""
        return self.plugin(name).settings

    def hooks(self, name: str) -> list[str]:
        """Return the full names of the hooks that the plugin of this name implements."""
        return hook_calls.implemented(self._manager, self.plugin(name).module)

    def host(self, name: str) -> Any:
        """Return the host of a plugin, once started; KeyError if it is not on."""
        return self.plugin(name).host

    @property
    def transports(self) -> dict[str, Transport]:
        """Transports by name."""
        return self._by_name("transports")

    def owner(self, kind: str, name: str) -> str:
        """Return the plugin that registered the object of a kind with this name; the name itself if there is none."""
        owner = next((of.plugin for of in self.registered(kind) if of.thing.name == name), None)
        return owner or (self.provider_sources.owner(name) if kind == "identity_providers" else name)

    def own_transports(self, plugin: str) -> list[str]:
        """Return the names of the transports that a plugin has registered."""
        return [transport.name for transport in self.plugin(plugin).registered.get("transports", [])]

    @property
    def directories(self) -> dict[str, Directory]:
        """Address books by name."""
        return self._by_name("directories")

    @property
    def identity_providers(self) -> dict[str, IdentityProvider]:
        """Identity providers by name: those from the settings, and those connected on a page."""
        return self.provider_sources.providers() | self._by_name("identity_providers")

    @property
    def receipt_handlers(self) -> dict[str, ReceiptHandler]:
        """Receipt handlers by name."""
        return self._by_name("receipt_handlers")

    @property
    def advisers(self) -> dict[str, Adviser]:
        """Advisers by name."""
        return self._by_name("advisers")

    @property
    def key_providers(self) -> dict[str, Of[KeyProvider]]:
        """Key providers by name, with their plugins."""
        return {of.thing.name: of for of in self.registered("key_providers")}

    @property
    def jobs(self) -> dict[str, Job]:
        """Jobs by `PLUGIN.NAME`, the name in the schedule."""
        return {f"{of.plugin}.{of.thing.name}": of.thing for of in self.registered("jobs")}

    @property
    def outboxes(self) -> dict[str, Outbox]:
        """Outboxes by `PLUGIN.NAME`, as entries name them."""
        return {f"{of.plugin}.{of.thing.name}": of.thing for of in self.registered("outboxes")}

    @property
    def settings_sections(self) -> dict[str, SettingsSection[Any]]:
        """Sections of settings that plugins register, by `PLUGIN.NAME`."""
        return {f"{of.plugin}.{of.thing.name}": of.thing for of in self.registered("settings_sections")}

    @property
    def approval_kinds(self) -> dict[str, ApprovalKind]:
        """Kinds of requests that a second person decides, by `PLUGIN.NAME`, as in the requests."""
        return {f"{of.plugin}.{of.thing.name}": of.thing for of in self.registered("approval_kinds")}

    @property
    def health_checks(self) -> dict[str, HealthCheck]:
        """Health checks by `PLUGIN.NAME`."""
        return {f"{of.plugin}.{of.thing.name}": of.thing for of in self.registered("health_checks")}

    @property
    def routers(self) -> "list[Of[Router]]":
        """Litestar routers, each with its plugin's name."""
        return list(self.registered("routes"))

    @property
    def event_words(self) -> dict[str, str]:
        """Sentences of the event log by kind of entry."""
        given = dict(of.thing for of in self.registered("event_words"))
        return {kind: words.log if isinstance(words, FactWords) else words for kind, words in given.items()}

    @property
    def delivery_facts(self) -> dict[str, FactWords]:
        """How to show the facts that plugins record about deliveries, by fact."""
        given = dict(of.thing for of in self.registered("event_words"))
        facts = {kind: words for kind, words in given.items() if isinstance(words, FactWords)}
        return {kind.removeprefix("delivery.").upper(): words for kind, words in facts.items()}

    def panels(self, place: str) -> list[Of[Panel]]:
        """Return the panels of a place, in their order; a template is found in its plugin's folder."""
        panels: list[Of[Panel]] = [of for of in self.registered("panels") if of.thing.place == place]
        return sorted(panels, key=lambda of: of.thing.order)

    def commands(self, host: Callable[[str], Any] | None) -> "list[Of[click.Command]]":
        """Return the commands of the plugins; a plugin that fails is left out and logged.

        Args:
            host: Returns a plugin's host by its name; None if the settings do not allow one.
        """
        all_commands: list[Of[click.Command]] = []
        for plugin in self._whole():
            commands = self._gather(plugin, "commands", host=host(plugin.name) if host else None)
            all_commands.extend(Of(plugin.name, command) for command in commands)
        return all_commands

    def choose_transport(self, recipient: Address) -> Transport | None:
        """Return the transport for one recipient: the choice of the first plugin that answers, or the address's own.

        An error, or a choice that was not offered, is logged and skipped.
        """
        return hook_calls.choose_transport(self._manager, self.walls, recipient, list(self.transports.values()))

    def emit(self, event: str, **values: object) -> None:
        """Tell every plugin of an event, after the commit; failures are logged and skipped.

        A plugin that does not return within `TOLD` seconds is abandoned.

        Args:
            event: One of `EVENTS`.
            values: The hook's arguments, without `host`.
        """
        self.call_hook(PREFIX + event, **values)

    def call_hook(self, hook: str, **values: object) -> list[Of[Any]]:
        """Call a hook of every plugin that implements it, one plugin at a time, in pluggy's order.

        Plugins use this for the hooks that they offer to others. An implementation with a parameter `host` gets its own
        plugin's. One that raises, or does not return within `TOLD` seconds, is logged and skipped.

        Args:
            hook: The hook's full name, such as `addressbook_certificates`.
            values: Its arguments, without `host`.

        Returns:
            The answers that are not None, each with its plugin's name; for a `firstresult` hook only the first.
        """
        results: list[Of[Any]] = []
        for of in self.ask_each(hook, **values):
            if isinstance(of.thing, Exception):
                continue
            results.extend(Of(of.plugin, answer) for answer in of.thing)
            if results and hook_calls.is_first_result(self._manager, hook):
                break
        return results

    def ask_each(self, hook: str, only: Sequence[str] = (), /, **values: object) -> Iterator[Of[list[Any] | Exception]]:
        """Call a hook of all plugins, or only of some, as `call_hook` does; yield lists of answers or logged errors."""
        for name in only or self.implementing(hook):
            try:
                called = Called(name, hook.removeprefix(PREFIX))
                yield Of(name, self.walls.ask(called, TOLD, self.call_one, name, hook, **values))
            except Exception as error:  # noqa: BLE001 (logged and yielded to the caller, which decides)
                _passed_over(name, hook.removeprefix(PREFIX), error)
                yield Of(name, error)

    def ask_one(self, name: str, hook: str, **values: object) -> list[Any]:
        """Call a hook of one plugin as `call_one` does, with its breaker, in the caller's thread and transaction."""
        return self.walls.ask_here(Called(name, hook.removeprefix(PREFIX)), TOLD, self.call_one, name, hook, **values)

    def call_one(self, name: str, hook: str, **values: object) -> list[Any]:
        """Call a hook of one plugin and return its answers; errors are not caught."""
        plugin = self.plugin(name)
        return hook_calls.answers(self._manager, plugin.module, hook, **values, host=plugin.host)

    def implementing(self, hook: str) -> list[str]:
        """Return the names of the plugins that implement a hook, in calling order."""
        return [plugin.name for plugin in self._in_order(hook)]

    def migrations(self) -> list[tuple[str, Path]]:
        """Return (plugin, folder) of each plugin that has its own tables."""
        return list(self.folders("migrations").items())

    def folders(self, name: str) -> dict[str, Path]:
        """Return the folders of a name, such as `templates` or `help`, by plugin, for plugins that have one."""
        all_folders = {plugin.name: plugin.folder(name) for plugin in self._plugins}
        return {plugin: folder for plugin, folder in all_folders.items() if folder is not None}

    @property
    def strays(self) -> list[str]:
        """Names of sections `[plugins.NAME]` in the settings whose plugin is not on."""
        return self._strays

    def report(self, say: Callable[[BudkavleError], str] = str) -> list[PluginReport]:
        """Return each plugin's identity, registered objects and faults; `say` may translate the sentences."""
        return [
            PluginReport(of.name, of.distribution, of.version, self._registers(of), [say(fault) for fault in of.faults])
            for of in self._plugins
        ]

    def _registers(self, plugin: Plugin) -> dict[str, list[str]]:
        hooks = self.hooks(plugin.name)
        lines = {
            "settings": sorted(getattr(plugin.settings, "__struct_fields__", ())),
            **{kind: [conformance.word(kind, thing) for thing in plugin.registered.get(kind, [])] for kind in KINDS},
            "commands": [str(command.name) for command in self._gather(plugin, "commands", host=plugin.host)],
            "events": [event for event in EVENTS if PREFIX + event in hooks],
            "chooses": ["transport"] if "budkavle_choose_transport" in hooks else [],
            "offers": plugin.offers,
            "implements": [hook for hook in hooks if not hook.startswith(PREFIX)],
            "folders": [name for name in loader.FOLDERS if plugin.folder(name)],
        }
        return {kind: words for kind, words in lines.items() if words}

    def _whole(self) -> Iterator[Plugin]:
        return (plugin for plugin in self._plugins if self._manager.is_registered(plugin.module))

    def _in_order(self, hook: str) -> list[Plugin]:
        """Return the plugins that implement a hook, in the order in which pluggy calls them."""
        if hook not in self._orders:
            modules: dict[object, Plugin] = {plugin.module: plugin for plugin in self._plugins}
            order = hook_calls.calling_order(self._manager, hook)
            self._orders[hook] = [modules[module] for module in order if module in modules]
        return self._orders[hook]

    def registered(self, kind: str) -> Iterator[Of[Any]]:
        """Yield the registered objects of a kind, in the plugins' order."""
        for plugin in self._in_order(PREFIX + kind):
            yield from (Of(plugin.name, thing) for thing in plugin.registered.get(kind, []))

    def _by_name(self, kind: str) -> dict[str, Any]:
        return {of.thing.name: of.thing for of in self.registered(kind)}

    def _gather(self, plugin: Plugin, kind: str, **values: object) -> list[Any]:
        """Call a registering hook of one plugin; keep what satisfies its Protocol, and record faults for the rest."""
        hook = PREFIX + kind
        try:
            with contained():
                answers = hook_calls.answers(self._manager, plugin.module, hook, **values)
                things = [thing for answer in answers for thing in conformance.objects(kind, answer)]
        except Exception as error:  # noqa: BLE001 (a plugin may raise anything; it is recorded as its fault)
            words = loader.words(error)
            plugin.fault("kroken {hook} misslyckades: {error}", hook=hook, error=words)
            return []
        if not answers and plugin.module in hook_calls.calling_order(self._manager, hook):
            plugin.fault("kroken {hook} lämnade ingenting; glömdes return? En tom lista är rätt.", hook=hook)
        sound = []
        for thing in things:
            wrong = self._faults(kind, plugin, thing)
            for fault in wrong:
                plugin.fault("kroken {hook}: {fault}", hook=hook, fault=fault)
            if not wrong:
                sound.append(thing)
        return sound

    def _faults(self, kind: str, plugin: Plugin, thing: Any) -> list[Misconfigured]:
        return conformance.faults(kind, thing) or [
            *conformance.dead_ends(kind, plugin, thing),
            *conformance.untrusted(kind, plugin, thing, self._trusted),
        ]


def _passed_over(plugin: str, hook: str, error: Exception) -> None:
    log.error("plugin.failed", plugin=plugin, hook=hook, **describe(error))
