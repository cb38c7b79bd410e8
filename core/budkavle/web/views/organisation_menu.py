"""The menus of Min organisation and of Administration: entries of the core and of plugins, in one order.

A page gets the menu from its template, which extends `organisation_frame.html` or `administration_frame.html`. The
current entry is the one with the longest URL that is a prefix of the page's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from budkavle.accounts.mailboxes import count_mailboxes
from budkavle.accounts.profile import LicenceSettings
from budkavle.accounts.user_list import count_open_users
from budkavle.model.people import Role
from budkavle.organisation.licences import DAYS, days_left_of
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.panels import MenuLine, menu_lines
from budkavle.web.views.render import grouped

LEVELS = N_("Vilka nivåer som används, och vad som står om dem.")
METHODS = N_("Hur användare loggar in och mottagare legitimerar sig.")
RESTRICTED = N_("Ärenden som bara utvalda personer läser, och vilka de är.")
HEALTH = N_("Om allt fungerar, och vad som behöver göras.")
SUPPORT = N_("Vilken brevlåda som tar emot supportärenden.")


@dataclass(frozen=True, slots=True)
class Note:
    """The mark at the end of a menu entry; `hot` marks one that needs action."""

    text: str
    hot: bool = False


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page of the core in a menu.

    Attributes:
        url: The page's URL.
        text: Its Swedish text, a key of the translations.
        icon: A name of `macros/icons.html`.
        order: Its position. A plugin's entry has the order of its panel, by default 100.
        also: Other URL prefixes under which it is the current entry.
        note: Returns the mark at its end, with at most one short query; None shows nothing.
    """

    url: str
    text: str
    icon: str
    order: int
    also: Sequence[str] = ()
    note: Callable[[Visitor, Work], Note | None] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A menu entry as the template shows it."""

    url: str
    text: str
    icon: str
    note: Note | None
    current: bool
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A page in a list of pages: `macros/settings.html` shows it with its hint."""

    url: str
    text: str
    hint: str = ""
    icon: str = "settings"


def _count_users(visitor: Visitor, work: Work) -> Note:
    return Note(grouped(count_open_users(work), visitor.language))


def _count_mailboxes(visitor: Visitor, work: Work) -> Note:
    return Note(grouped(count_mailboxes(work), visitor.language))


def _days_left(visitor: Visitor, work: Work) -> Note | None:  # noqa: ARG001 - the session has what it needs
    """Return the days left of the licence, if its end is near."""
    days_left = days_left_of(visitor.settings(LicenceSettings))
    if days_left is None or days_left > DAYS[0]:
        return None
    text = visitor.say("{days} d kvar", days=days_left) if days_left >= 0 else visitor.say("Har gått ut")
    return Note(text, hot=True)


ORGANISATION = (
    PageEntry(
        "/organisation",
        N_("Information"),
        "info",
        10,
        also=("/organisation/information", "/organisation/accessibility"),
    ),
    PageEntry("/organisation/users", N_("Användare"), "people", 20, note=_count_users),
    PageEntry("/mailboxes", N_("Funktionsbrevlådor"), "group", 30, note=_count_mailboxes),
    PageEntry("/organisation/settings", N_("Inställningar"), "settings", 40, also=("/organisation/help",)),
    PageEntry(
        "/organisation/security",
        N_("Säkerhet"),
        "shield",
        50,
        also=("/organisation/levels", "/organisation/methods", "/organisation/restricted", "/health"),
    ),
    PageEntry("/organisation/processing", N_("Personuppgifter"), "lock", 190),
    PageEntry("/events", N_("Händelselogg"), "list", 200),
    PageEntry("/organisation/licence", N_("Licens"), "document", 220, note=_days_left),
)
"""Plugins' entries are between 50 and 200: Statistik is at 60. API is at 210."""
ADMINISTRATION = (
    PageEntry("/administration", N_("Organisationer"), "house", 10, also=("/administration/organisations",)),
    PageEntry("/administration/nodes", N_("Noder"), "network", 20),
    PageEntry("/administration/administrators", N_("Administratörer"), "people", 45),
    PageEntry("/administration/events", N_("Händelselogg"), "list", 50),
    PageEntry("/administration/plugins", N_("Tillägg"), "settings", 60),
    PageEntry("/administration/health", N_("Drift"), "health", 200),
)
"""Plugins' entries: Ekonomi is at 30, Inloggningssätt at 40."""


def places(visitor: Visitor) -> list[Place]:
    """Return the core's pages that are listed under Inställningar and Säkerhet, and not in the menu itself."""
    return [
        Place("/organisation/levels", visitor.say(N_("Tillitsnivåer")), visitor.say(LEVELS), "shield"),
        Place("/organisation/methods", visitor.say(N_("Inloggningsmetoder")), visitor.say(METHODS), "key"),
        Place("/organisation/restricted", visitor.say(N_("Begränsade ärenden")), visitor.say(RESTRICTED), "lock"),
        Place("/health", visitor.say(N_("Systemets hälsa")), visitor.say(HEALTH), "health"),
        Place("/organisation/help", visitor.say(N_("Support")), visitor.say(SUPPORT), "question"),
    ]


def organisation_menu(visitor: Visitor) -> list[Line] | None:
    """Return the menu of Min organisation; None for visitors who are not its administrators."""
    return _lines(visitor, ORGANISATION, "organisation.menu") if visitor.actor.is_admin else None


def administration_menu(visitor: Visitor) -> list[Line] | None:
    """Return the menu of Administration; None for visitors who are not administrators of the installation."""
    return _lines(visitor, ADMINISTRATION, "administration.menu") if visitor.actor.role is Role.PLATFORM else None


def _lines(visitor: Visitor, entries: Sequence[PageEntry], place: str) -> list[Line]:
    plugin_lines = menu_lines(visitor, place, {})
    path = visitor.request.url.path
    begins = chain(
        ((begin, entry) for entry in entries for begin in (entry.url, *entry.also)),
        ((line.url.partition("?")[0], line) for line in plugin_lines),
    )
    matches = [(len(begin), id(line)) for begin, line in begins if f"{path}/".startswith(f"{begin}/")]
    current = max(matches)[1] if matches else None
    with visitor.work() as work:
        lines = [(entry.order, _core_line(visitor, work, entry, current=id(entry) == current)) for entry in entries]
    lines += [(line.order, _plugin_line(line, current=line.current or id(line) == current)) for line in plugin_lines]
    return [line for _, line in sorted(lines, key=lambda item: item[0])]


def _core_line(visitor: Visitor, work: Work, entry: PageEntry, *, current: bool) -> Line:
    note = entry.note(visitor, work) if entry.note else None
    return Line(entry.url, visitor.say(entry.text), entry.icon, note, current)


def _plugin_line(line: MenuLine, *, current: bool) -> Line:
    return Line(line.url, line.text, line.icon, None, current, line.hint)
