"""Whether an object of a plugin satisfies its Protocol, with one line for each fault."""

import inspect
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from string import Formatter
from types import UnionType
from typing import Any, get_origin, get_type_hints

from budkavle.model.approvals import ApprovalKind
from budkavle.model.errors import Misconfigured
from budkavle.model.settings_sections import SettingsSection, section_faults
from budkavle.plugins.loader import GROUP, Plugin
from budkavle.plugins.protocols.adviser import Adviser
from budkavle.plugins.protocols.directory import Directory
from budkavle.plugins.protocols.health import HealthCheck
from budkavle.plugins.protocols.identity_provider import (
    RESERVED_NAMES,
    IdentityProvider,
    ProviderSource,
    ProviderTraits,
)
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.key_provider import KeyProvider
from budkavle.plugins.protocols.malware_scanner import MalwareScanner
from budkavle.plugins.protocols.notifier import NoticeWay, Notifier
from budkavle.plugins.protocols.outbox import Outbox
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.protocols.personal_data import PersonalData
from budkavle.plugins.protocols.receipt_handler import ReceiptHandler
from budkavle.plugins.protocols.sealed_column import SealedColumn
from budkavle.plugins.protocols.transport import FactWords, Transport

PLACES = (
    "compose.options",
    "compose.texts",
    "message.panel",
    "message.actions",
    "mailbox.information",
    "mailbox.settings",
    "mailbox.systems",
    "mailbox.api",
    "organisation.settings",
    "account.settings",
    "account.notices",
    "nav.item",
    "inbox.toolbar",
    "list.actions",
    "search.results",
    "case.panel",
    "case.actions",
    "user.settings",
    "organisation.menu",
    "administration.menu",
    "administration.page",
    "page.head",
)
"""The places of the core's pages where a panel may be shown."""
MENUS = frozenset({"nav.item", "organisation.menu", "administration.menu"})
"""The places where a panel is a menu item, and has no template."""

PROMISES: Mapping[str, type] = {
    "transports": Transport,
    "identity_providers": IdentityProvider,
    "provider_sources": ProviderSource,
    "receipt_handlers": ReceiptHandler,
    "directories": Directory,
    "advisers": Adviser,
    "key_providers": KeyProvider,
    "malware_scanners": MalwareScanner,
    "panels": Panel,
    "jobs": Job,
    "outboxes": Outbox,
    "notifiers": Notifier,
    "notice_ways": NoticeWay,
    "approval_kinds": ApprovalKind,
    "health_checks": HealthCheck,
    "settings_sections": SettingsSection,
    "personal_data": PersonalData,
    "sealed_columns": SealedColumn,
}
"""The type of object that a hook of that name returns."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
_CALLED: Mapping[type, tuple[str, tuple[str, ...]]] = {
    Job: ("run", ()),
    Outbox: ("handle", ("entry",)),
    ApprovalKind: ("run", ("work", "request")),
    HealthCheck: ("check", ("organisation_id",)),
    Panel: ("context", ("actor", "page")),
}
"""The function that each of these objects holds, and its arguments."""


def faults(kind: str, thing: object) -> list[Misconfigured]:
    """Return what is wrong with an object that the hook `budkavle_KIND` returned; empty if nothing is."""
    if kind == "routes":  # a type that is slow to import; a plugin with routes has already imported it
        details: dict[str, Any] = {"thing": type(thing).__name__, "wanted": "litestar.Router"}
        return [] if hasattr(thing, "routes") else [Misconfigured("{thing} är inte {wanted}", **details)]
    promise = PROMISES.get(kind)
    if promise is None:
        return []
    if not getattr(promise, "_is_protocol", False):
        return list(_of_class(promise, thing))
    if inspect.isclass(thing):
        return [Misconfigured("{thing} är en klass; lämna ett objekt av den", thing=thing.__name__)]
    return [*_attributes(promise, thing), *_methods(promise, thing), *_name(kind, thing), *_loose_traits(kind, thing)]


def objects(kind: str, answer: object) -> Iterable[Any]:
    """Return the objects that a hook returned.

    Raises:
        Misconfigured: It returned no list, or no dict where one is required.
    """
    if kind == "event_words" and isinstance(answer, Mapping):
        return answer.items()
    if kind != "event_words" and isinstance(answer, Iterable):
        return answer
    required = "dict" if kind == "event_words" else "list"
    raise Misconfigured("den ska lämna en {wanted}, inte {given}", wanted=required, given=type(answer).__name__)


def dead_ends(kind: str, plugin: Plugin, thing: Any) -> Iterator[Misconfigured]:
    """Report dead ends of a plugin's object: a missing template, a wrong path, an unreadable sentence."""
    if kind == "panels" and thing.place not in MENUS and getattr(plugin.module, "__file__", None):
        folder = plugin.folder("templates")
        if folder is None or not (folder / thing.template).is_file():
            yield Misconfigured("mallen {template} finns inte i mappen templates", template=thing.template)
    elif kind == "routes":
        prefix = f"/plugin/{plugin.name}/"
        for path in [route.path for route in thing.routes]:
            if not f"{path}/".startswith((prefix, "/l/")):
                yield Misconfigured("adressen {path} ska börja med {own}", path=path, own=prefix)
        yield from map(_blocking, filter(_may_block, _handlers(thing)))
    elif kind == "event_words":
        try:
            list(Formatter().parse(thing[1].log if isinstance(thing[1], FactWords) else thing[1]))
        except ValueError as error:
            yield Misconfigured("meningen för {kind} går inte att läsa: {error}", kind=thing[0], error=str(error))


def _handlers(router: Any) -> Iterator[Any]:
    """Yield the handlers of a router and of the routers in it."""
    for route in router.routes:
        yield from getattr(route, "route_handlers", ())


def _may_block(handler: Any) -> bool:
    """Tell whether it is a `def` that says nothing of threads: Litestar runs it in the event loop of all pages."""
    undecided = getattr(handler, "sync_to_thread", True) is None
    return undecided and not inspect.iscoroutinefunction(inspect.unwrap(handler.fn))


def _blocking(handler: Any) -> Misconfigured:
    sentence = "{handler} är en def i händelseslingan, där den stoppar alla sidor; skriv sync_to_thread=True"
    return Misconfigured(sentence, handler=handler.fn.__name__)


def refuse_same_names(plugins: Sequence[Plugin], kinds: Sequence[str], of_a_plugin: Sequence[str]) -> None:
    """Record a fault for each name that is already taken.

    Args:
        plugins: The plugins, in their order.
        kinds: The kinds whose objects have unique names.
        of_a_plugin: Those of them whose names need to be unique only within the plugin.
    """
    for kind in kinds:
        owners: dict[str, str] = {}
        for plugin in plugins:
            names = [thing.name for thing in plugin.registered.get(kind, [])]
            for name in names:
                full_name = name if kind not in of_a_plugin else f"{plugin.name}.{name}"
                owner = owners.setdefault(full_name, plugin.name)
                if owner is not plugin.name or names.count(name) > 1:
                    details = {"hook": f"budkavle_{kind}", "name": full_name, "owner": owner}
                    plugin.fault("kroken {hook}: namnet {name} är redan taget av tillägget {owner}", **details)


def word(kind: str, thing: Any) -> str:
    """Return an object's name in the report of `plugin check`."""
    if kind == "panels":
        return f"{thing.place}: {thing.template}"
    if kind == "event_words":
        return str(thing[0])
    return str(thing.path if kind == "routes" else thing.name)


def _name(kind: str, thing: object) -> Iterator[Misconfigured]:
    """Check the names that are used in settings, addresses and table names."""
    name = getattr(thing, "name", None)
    if kind in {"transports", "directories"} and isinstance(name, str) and not NAME.fullmatch(name):
        sentence = "namnet {name} får bara ha små bokstäver a till z, siffror och _"
        yield Misconfigured(sentence, name=name or "–")
    if kind == "identity_providers" and name in RESERVED_NAMES:
        yield Misconfigured("namnet {name} är kärnans eget; ge sättet att logga in ett annat", name=name)


def untrusted(kind: str, plugin: Plugin, thing: Any, trusted: Collection[str]) -> Iterator[Misconfigured]:
    """Report an identity provider that opens accounts by their address, from a plugin that is not trusted with this.

    Args:
        kind: The kind of object.
        plugin: The plugin that registers it; plugins of Budkavle's own distribution are trusted.
        thing: The object.
        trusted: Other plugins that the settings trust.
    """
    if kind != "identity_providers" or not thing.traits.opens_account_by_address:
        return
    if plugin.distribution != GROUP and plugin.name not in trusted:
        yield Misconfigured(
            "{name} kan öppna vilket konto som helst genom dess e-postadress. Tillägget hör inte till Budkavle: "
            "litar ni på det, skriv {plugin} i accounts_by_address i inställningarna",
            name=thing.name,
            plugin=plugin.name,
        )


def _loose_traits(kind: str, thing: object) -> Iterator[Misconfigured]:
    """Refuse a trait outside of `traits`: the core would not read it, although its author expects that."""
    if kind == "identity_providers":
        for field in fields(ProviderTraits):
            if hasattr(thing, field.name):
                yield Misconfigured("{thing}: {name} ska stå i traits", thing=_called(thing), name=field.name)


def _of_class(promise: type, thing: object) -> Iterator[Misconfigured]:
    if not isinstance(thing, promise):
        yield Misconfigured("{thing} är inte {wanted}", thing=_called(thing), wanted=promise.__name__)
    elif isinstance(thing, SettingsSection):
        yield from section_faults(thing)
    elif isinstance(thing, PersonalData):
        yield from _of_personal_data(thing)
    elif isinstance(thing, Panel) and thing.place not in PLACES:
        places = ", ".join(PLACES)
        yield Misconfigured("panelens plats {place} finns inte; platserna är {known}", place=thing.place, known=places)
    elif promise in _CALLED:
        name, arguments = _CALLED[promise]
        if not _takes(getattr(thing, name), len(arguments)):
            details: dict[str, Any] = {"thing": _called(thing), "name": name, "arguments": ", ".join(arguments)}
            yield Misconfigured("{thing}: metoden {name} ska ta ({arguments})", **details)


def _of_personal_data(thing: PersonalData) -> Iterator[Misconfigured]:
    """Refuse a row of the register that lacks what the law requires."""
    if not NAME.fullmatch(thing.name):
        sentence = "namnet {name} får bara ha små bokstäver a till z, siffror och _"
        yield Misconfigured(sentence, name=thing.name or "–")
    for field in ("title", "purpose", "people", "data", "kept", "security"):
        if not getattr(thing, field):
            yield Misconfigured(
                "{name}: {field} är tomt; registret över behandlingar behöver det", name=thing.name, field=field
            )


def _attributes(promise: type, thing: object) -> Iterator[Misconfigured]:
    for name, required in get_type_hints(promise).items():
        details: dict[str, Any] = {"thing": _called(thing), "name": name, "wanted": _word(required)}
        if not hasattr(thing, name):
            yield Misconfigured("{thing} saknar {name} ({wanted})", **details)
        elif _checkable(required) and not isinstance(getattr(thing, name), required):
            actual = type(getattr(thing, name)).__name__
            yield Misconfigured("{thing}: {name} ska vara {wanted}, inte {given}", **details, given=actual)


def _methods(promise: type, thing: object) -> Iterator[Misconfigured]:
    for name, required in vars(promise).items():
        if name.startswith("_") or not inspect.isfunction(required):
            continue
        method = getattr(thing, name, None)
        arguments = list(inspect.signature(required).parameters)[1:]
        details: dict[str, Any] = {"thing": _called(thing), "name": name, "arguments": ", ".join(arguments)}
        if not callable(method):
            yield Misconfigured("{thing} saknar metoden {name}({arguments})", **details)
        elif not _takes(method, len(arguments)):
            yield Misconfigured("{thing}: metoden {name} ska ta ({arguments})", **details)


def _takes(method: Any, count: int) -> bool:
    try:
        inspect.signature(method).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # functions written in C do not reveal their parameters
        return callable(method)
    return True


def _checkable(annotation: object) -> bool:
    return isinstance(annotation, type) and get_origin(annotation) is None and not isinstance(annotation, UnionType)


def _word(annotation: object) -> str:
    return getattr(annotation, "__name__", str(annotation))


def _called(thing: object) -> str:
    name = getattr(thing, "name", None)
    return f"{type(thing).__name__} {name}" if isinstance(name, str) else type(thing).__name__
