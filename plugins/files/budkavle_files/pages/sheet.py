"""An entry's panel: its tabs, and the content of Inställningar and Delningar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from budkavle import Invalid, Work, as_uuid
from budkavle.accounts import read_settings, search_mailboxes, search_users
from budkavle.organisation import read_day
from budkavle_files.pages.listing import ICONS, KINDS, Place, sheet_url
from budkavle_files.pages.pieces import Extras, Tab
from budkavle_files.pages.rail import PATH
from budkavle_files.pages.view import View
from budkavle_files.tree.guest_names import name_guests
from budkavle_files.tree.settings import LEVELS, FileSettings
from budkavle_files.tree.sharing import Access, Subject, list_access, subject_name
from budkavle_files.tree.things import ROLE_NAMES, AccessRole, Entry, EntryKind, ShareKind

LOCAL = ZoneInfo("Europe/Stockholm")
EVERY_KIND = frozenset(EntryKind)
LONGEST_WORDS = 200
MOST_FOUND = 8


@dataclass(slots=True)
class Typed:
    """The input in the panel's forms that could not be saved."""

    values: Mapping[str, str] = field(default_factory=dict)
    who: Sequence[str] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sharer:
    """Someone with access to the entry, as shown on the page."""

    access: Access
    name: str
    reason: str
    ends_at: datetime | None
    may_change: bool
    icon: str


def tabs(extras: Extras) -> list[Tab]:
    """Return all tabs, in order."""
    own_tabs = [
        Tab("settings", "Inställningar", EVERY_KIND, template="files/tab_settings.html", order=10),
        Tab("shares", "Delningar", EVERY_KIND, template="files/tab_shares.html", order=20),
    ]
    return sorted([*own_tabs, *extras.tabs], key=lambda tab: tab.order)


def sheet(view: View, entry: Entry, role: AccessRole, typed: Typed) -> Mapping[str, Any]:
    """Return the context of an entry's panel.

    Args:
        view: The page.
        entry: The entry.
        role: The visitor's role for it.
        typed: The input that could not be saved, with its faults.
    """
    tab_name = view.visitor.request.query_params.get("tab", "")
    mine = [tab for tab in tabs(view.extras) if entry.kind in tab.kinds and role >= tab.role]
    tab = next((each for each in mine if each.name == tab_name and each.url is None), mine[0])
    place = Place.read(view.visitor)
    least = AccessRole.ADMINISTRATOR if entry.is_catalogue else AccessRole.AUTHOR
    context = {"settings": _settings, "shares": _shares}.get(tab.name)
    if context is not None:
        piece: Mapping[str, Any] | None = context(view, entry, typed)
    else:
        piece = tab.context(view.visitor, view.work, entry, role)
    return {
        "tabs": [(_url(each, entry, place), view.say(each.title), each is tab) for each in mine],
        "template": tab.template,
        "piece": piece or {},
        "icon": ICONS[entry.kind],
        "kind": view.say(KINDS[entry.kind]),
        "role": view.say(ROLE_NAMES[role]),
        "may_change": role >= least,
        "may_share": role >= AccessRole.ADMINISTRATOR,
        "close_url": f"{PATH}/c/{entry.id if entry.is_catalogue else entry.parent_id}{place.query()}",
        "faults": view.visitor.say_all(typed.faults),
        "place": place,
    }


def _url(tab: Tab, entry: Entry, place: Place) -> str:
    return tab.url(entry) if tab.url else sheet_url(entry, place, tab.name)


def read_until(word: str) -> datetime | None:
    """Return the end of the day in a form; None without one.

    Raises:
        Invalid: It is not a date.
    """
    if not word:
        return None
    day = read_day(word)
    if day is None:
        raise Invalid("Det gick inte att dela.", fields={"until": "Skriv dagen som ÅÅÅÅ-MM-DD."})
    return datetime.combine(day + timedelta(days=1), time(), LOCAL)


def last_day(until: datetime | None) -> str:
    """Return the last day of a share as a form shows it."""
    return (until - timedelta(seconds=1)).astimezone(LOCAL).date().isoformat() if until else ""


def subjects(words: Sequence[str]) -> list[Subject]:
    """Return the ticked people and mailboxes of a form, such as `person:ID`; invalid values are left out."""
    chosen = []
    for word in words:
        kind, _, value = word.partition(":")
        subject_id = as_uuid(value)
        if kind in {"person", "mailbox"} and subject_id is not None:
            chosen.append(Subject(ShareKind(kind), subject_id))
    return chosen


def _settings(view: View, entry: Entry, typed: Typed) -> Mapping[str, Any]:
    owner = list_access(view.host, view.work, entry)[0]
    return {
        "name": typed.values.get("name", entry.name),
        "loa": int(typed.values.get("loa", entry.loa)),
        "confidential": typed.values.get("confidential", "1" if entry.confidential else "") == "1",
        "levels": [(level, view.say(text)) for level, text in LEVELS.items()],
        "owner": owner.name,
        "changed_by": name_guests(view.host, view.work, [entry.changed_by])[entry.changed_by],
        "inherited_level": view.say(LEVELS[entry.level]) if entry.level > entry.loa else "",
    }


def _shares(view: View, entry: Entry, typed: Typed) -> Mapping[str, Any]:
    work = view.work
    parameters = view.visitor.request.query_params
    words = parameters.get("q", "").strip()[:LONGEST_WORDS]
    chosen = subjects(typed.who or parameters.getall("who", []))
    access = list_access(view.host, work, entry)
    taken = {(each.kind, each.subject_id) for each in access if each.inherited_from is None}
    boxes = [(f"{each.kind.value}:{each.id}", subject_name(work, each), True) for each in chosen]
    shown = {(each.kind, each.id) for each in chosen} | taken
    if words:
        boxes += _search(work, words, shown)
    return {
        "sharers": [_sharer(view, each) for each in access],
        "roles": [(role.name.lower(), view.say(text)) for role, text in ROLE_NAMES.items()],
        "q": words,
        "boxes": boxes,
        "nobody": bool(words) and len(boxes) == len(chosen),
        "role": typed.values.get("role", parameters.get("role", "reader")),
        "until": typed.values.get("until", parameters.get("until", "")),
        "last_day": last_day,
        "today": datetime.now(LOCAL).date().isoformat(),
        "guests": read_settings(work, FileSettings).guests,
    }


def _search(work: Work, words: str, shown: set[tuple[ShareKind, UUID]]) -> list[tuple[str, str, bool]]:
    people = [(ShareKind.PERSON, user.id, user.name) for user in search_users(work, words, limit=MOST_FOUND)]
    boxes = [(ShareKind.MAILBOX, box.id, box.name) for box in search_mailboxes(work, words, limit=MOST_FOUND)]
    return [(f"{kind.value}:{id_}", name, False) for kind, id_, name in [*people, *boxes] if (kind, id_) not in shown]


def _sharer(view: View, access: Access) -> Sharer:
    share = access.share
    name = access.name or (view.extras.guest_name(view.work, share) if share else "") or view.say("Okänd")
    if share is None:
        reason = view.say("äger katalogen")
    elif access.inherited_from is not None:
        reason = view.say("ärvt från {name}", name=access.inherited_from.name)
    else:
        reason = view.say("delat av {name}", name=share.created_by)
    icon = "" if access.kind is ShareKind.PERSON else ("group" if access.kind is ShareKind.MAILBOX else "people")
    may_change = share is not None and access.inherited_from is None
    return Sharer(access, name, reason, share.until if share else None, may_change, icon)
