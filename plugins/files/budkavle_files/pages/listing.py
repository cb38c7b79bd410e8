"""A catalogue's list: its rows, their order, and its pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from budkavle.web import Visitor
from budkavle_files.pages.rail import PATH
from budkavle_files.pages.view import View
from budkavle_files.reading.writers import writers_of
from budkavle_files.tree.entries import Order, list_catalogue
from budkavle_files.tree.guest_names import name_guests
from budkavle_files.tree.things import AccessRole, Entry, EntryKind

PAGE = 50
ICONS = {EntryKind.CATALOGUE: "folder", EntryKind.FILE: "draft", EntryKind.NOTE: "note"}
KINDS = {EntryKind.CATALOGUE: "katalog", EntryKind.FILE: "fil", EntryKind.NOTE: "anteckning"}


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in a list.

    Attributes:
        url: The link of its name: a catalogue opens, for others the panel does.
        may_change: Whether the visitor may rename, move and delete it.
        writers: Who else is writing in it now.
        changed_by: Who changed it last.
    """

    entry: Entry
    url: str
    icon: str
    current: bool
    may_change: bool
    menu: Sequence[Mapping[str, Any]] = ()
    writers: str = ""
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column, for `sort_head` of `macros/paging.html`."""

    text: str
    url: str
    current: bool
    descending: bool


@dataclass(frozen=True, slots=True)
class Paging:
    """The values for the macro `pages` of `macros/paging.html`."""

    first: int
    last: int
    total: int | None
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class Place:
    """The part of a list that the address asks for."""

    order: Order
    first: int

    @classmethod
    def read(cls, visitor: Visitor) -> "Place":
        """Parse the address; invalid values are ignored."""
        parameters = visitor.request.query_params
        order = parameters.get("sort", Order.NAME.value)
        first = parameters.get("from", "1")
        number = int(first) if first.isascii() and first.isdecimal() and len(first) < 9 else 1
        return cls(Order(order) if order in set(Order) else Order.NAME, max(number - 1, 0))

    def query(self, **changes: str) -> str:
        """Return the address's query for the same part of the list, or for another; with the question mark."""
        values = {"sort": "" if self.order is Order.NAME else self.order.value, "from": ""} | changes
        if self.first and "from" not in changes:
            values["from"] = str(self.first + 1)
        filled = {name: value for name, value in values.items() if value}
        return f"?{urlencode(filled)}" if filled else ""


def listing(view: View, catalogue: Entry, role: AccessRole, chosen: UUID | None = None) -> Mapping[str, Any]:
    """Return the list of a catalogue that the visitor has a role for.

    Args:
        view: The page.
        catalogue: The catalogue.
        role: The visitor's role for it.
        chosen: The entry whose panel is open.
    """
    place = Place.read(view.visitor)
    shown = list_catalogue(view.host, view.work, catalogue, place.order, place.first, PAGE)
    url = f"{PATH}/c/{catalogue.id}"
    notes = [entry.id for entry in shown.entries if entry.kind is EntryKind.NOTE]
    writers = writers_of(view.host, view.work, notes) if notes else {}
    names = name_guests(view.host, view.work, (entry.changed_by for entry in shown.entries))
    last = place.first + len(shown.entries)
    previous = place.query(**{"from": str(max(place.first - PAGE + 1, 1))})
    return {
        "rows": [
            replace(
                _row(view, entry, role, chosen, place),
                writers=", ".join(writers.get(entry.id, ())),
                changed_by=names[entry.changed_by],
            )
            for entry in shown.entries
        ],
        "columns": {
            name: _column(view.say(text), name, url, place)
            for name, text in {"name": "Namn", "changed": "Ändrad", "size": "Storlek"}.items()
        },
        "paging": Paging(
            place.first + 1 if shown.entries else 0,
            last if shown.entries else 0,
            shown.total,
            url + previous if place.first else "",
            url + place.query(**{"from": str(last + 1)}) if last < shown.total else "",
        ),
        "beside": place.query(),
        "total": shown.total,
    }


def _row(view: View, entry: Entry, role: AccessRole, chosen: UUID | None, place: Place) -> Row:
    menu = view.extras.shown("entry.menu", view.visitor, view.work, entry, role)
    least = AccessRole.ADMINISTRATOR if entry.is_catalogue else AccessRole.AUTHOR
    content = next((tab.url for tab in view.extras.tabs if tab.name == "content" and entry.kind in tab.kinds), None)
    url = f"{PATH}/c/{entry.id}" if entry.is_catalogue else content(entry) if content else sheet_url(entry, place)
    return Row(entry, url, ICONS[entry.kind], entry.id == chosen, role >= least, menu)


def sheet_url(entry: Entry, place: Place | None = None, tab: str = "") -> str:
    """Return the address of an entry's panel."""
    query = place.query(tab=tab) if place else (f"?tab={tab}" if tab else "")
    return f"{PATH}/e/{entry.id}{query}"


def _column(text: str, name: str, url: str, place: Place) -> Column:
    current = place.order.value.lstrip("-") == name
    descending = place.order.value.startswith("-")
    falling = not descending if current else name != "name"
    query = place.query(sort=f"-{name}" if falling else (name if name != "name" else ""), **{"from": ""})
    return Column(text, url + query, current, descending)
