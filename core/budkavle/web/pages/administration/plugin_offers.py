"""What the plugins of the installation provide to a new organisation, for the administrator who adds it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from budkavle.model.notices import NoticeKind
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.panels import menu_lines
from budkavle.web.views.tags import plugin_label

CHANNELS = N_("Meddelandesätt: {names}")
WAYS = N_("Sätt att visa vem man är: {names}")
BOOKS = N_("Adressböcker: {names}")
NOTICES = N_("Aviseringar: {names}")
ADVICE = N_("Råd till den som skriver")
PAGES = N_("Sidor: {names}")
SETTINGS = N_("Inställningar: {names}")
NOTICE_KINDS = dict(zip(NoticeKind, (N_("e-post"), N_("textmeddelanden"), N_("pushnotiser")), strict=True))
MENUS = ("nav.item", "organisation.menu")


@dataclass(frozen=True, slots=True)
class PluginOffer:
    """An enabled plugin and what it provides, in sentences; none if it has nothing that users see."""

    label: str
    gives: list[str]


def plugin_offers(visitor: Visitor) -> list[PluginOffer]:
    """Return what each enabled plugin provides to a new organisation, sorted by the plugin's label."""
    gives: dict[str, list[str]] = defaultdict(list)
    for sentence, names_by_plugin in _offers(visitor):
        for plugin, names in names_by_plugin.items():
            gives[plugin].append(visitor.say(sentence, names=", ".join(dict.fromkeys(names))))
    offers = [PluginOffer(plugin_label(visitor, name), gives[name]) for name in visitor.platform.plugins.names]
    return sorted(offers, key=lambda offer: offer.label.casefold())


def _offers(visitor: Visitor) -> Iterator[tuple[str, dict[str, list[str]]]]:
    plugins, say = visitor.platform.plugins, visitor.say
    yield CHANNELS, _by_plugin((of.plugin, say(of.thing.label)) for of in plugins.registered("transports"))
    # Providers that are limited to some organisations are not for a new one.
    ways = (of for of in plugins.registered("identity_providers") if not of.thing.traits.organisations)
    yield WAYS, _by_plugin((of.plugin, say(of.thing.label)) for of in ways)
    yield BOOKS, _by_plugin((of.plugin, say(of.thing.label)) for of in plugins.registered("directories"))
    notifiers = plugins.registered("notifiers")
    yield NOTICES, _by_plugin((of.plugin, say(NOTICE_KINDS[of.thing.kind])) for of in notifiers)
    yield ADVICE, _by_plugin((of.plugin, "") for of in plugins.registered("advisers"))
    lines = (line for place in MENUS for line in menu_lines(visitor, place, {}))
    yield PAGES, _by_plugin((line.plugin, line.text) for line in lines)
    yield SETTINGS, _by_plugin((of.plugin, say(of.thing.title)) for of in plugins.registered("settings_sections"))


def _by_plugin(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = defaultdict(list)
    for plugin, name in pairs:
        names[plugin].append(name)
    return names
