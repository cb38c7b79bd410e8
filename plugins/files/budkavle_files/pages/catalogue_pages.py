"""The pages that display: the start, a catalogue, an entry's panel beside its catalogue, and the bin."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Host, NotFound
from budkavle.accounts import read_settings
from budkavle.cases import readable_mailboxes
from budkavle.web import Visitor, plugin_page
from budkavle_files.pages.listing import PAGE, Paging, Place, listing
from budkavle_files.pages.pieces import Extras, PiecePlace
from budkavle_files.pages.rail import PATH, rail
from budkavle_files.pages.sheet import Typed, sheet
from budkavle_files.pages.view import View
from budkavle_files.tree import binning, rights
from budkavle_files.tree.entries import list_tops
from budkavle_files.tree.guest_names import name_guests
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.sharing import list_access, my_owners, shared_with_me
from budkavle_files.tree.store import find_entries
from budkavle_files.tree.things import AccessRole, Entry, ShareKind

N_ = str
"""Marks a sentence for the translations."""
DONE = {
    "created": N_("Katalogen är skapad."),
    "saved": N_("Ändringarna är sparade."),
    "shared": N_("Delningen är sparad."),
    "ended": N_("Delningen är avslutad."),
    "moved": N_("Flyttat."),
    "copied": N_("Kopierat."),
    "deleted": N_("Borttaget. Det ligger i papperskorgen."),
    "restored": N_("Återställt."),
    "destroyed": N_("Borttaget för gott."),
    "added": N_("Tillagt."),
    "version": N_("Den nya versionen är sparad."),
}
"""The confirmation on a page, by the word `done` of its address."""


def routers(host: Host, extras: Extras) -> list[Router]:
    """Return the routes of the pages that display."""

    @get(PATH, sync_to_thread=True)
    def start(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the top-level catalogues, and those that are shared with the visitor."""
        return start_page(host, visitor, extras)

    @get(f"{PATH}/c/{{entry_id:uuid}}", sync_to_thread=True)
    def catalogue(visitor: NamedDependency[Visitor], entry_id: FromPath[UUID]) -> Response[str]:
        """Show a catalogue's content."""
        return catalogue_page(host, visitor, extras, entry_id)

    @get(f"{PATH}/e/{{entry_id:uuid}}", sync_to_thread=True)
    def entry(visitor: NamedDependency[Visitor], entry_id: FromPath[UUID]) -> Response[str]:
        """Show an entry's panel beside its catalogue."""
        return entry_page(host, visitor, extras, entry_id)

    @get(f"{PATH}/reach/{{entry_id:uuid}}", sync_to_thread=True, status_code=204)
    def reach(visitor: NamedDependency[Visitor], entry_id: FromPath[UUID]) -> None:
        """Say whether the visitor still has access to an entry: an open page asks, and closes when it has ended."""
        with visitor.work() as work:
            rights.require(host, work, entry_id, AccessRole.READER)

    @get(f"{PATH}/bin", sync_to_thread=True)
    def deleted(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show deleted entries that can be restored."""
        return bin_page(host, visitor, extras)

    return [Router("", route_handlers=[start, catalogue, entry, reach, deleted])]


def start_page(host: Host, visitor: Visitor, extras: Extras, typed: Typed | None = None) -> Response[str]:
    """Return the start page, with form input that could not be saved."""
    typed = typed or Typed()
    with visitor.work() as work:
        view = View(host, visitor, work, extras)
        boxes = [box for box in readable_mailboxes(work) if box.owner_id is None]
        names = {box.id: box.name for box in boxes}
        tops = list_tops(host, work, my_owners(work))
        lent = shared_with_me(host, work)
        shown = [*tops, *(entry for entry, _ in lent)]
        creators = read_settings(work, FileSettings).creators
        context = {
            "tops": [(entry, names.get(entry.owner.id, "")) for entry in tops],
            "shared": lent,
            "names": name_guests(host, work, (entry.changed_by for entry in shown)),
            "mailboxes": [("", visitor.say("Mig")), *((str(box.id), box.name) for box in boxes)],
            "may_create": creators == "everyone" or visitor.actor.is_admin,
            "typed": typed.values,
            "faults": visitor.say_all(typed.faults),
            "tree": rail(view, None),
        }
    return _answer(visitor, "files/start.html", context, bool(typed.faults))


def catalogue_page(
    host: Host, visitor: Visitor, extras: Extras, entry_id: UUID, typed: Typed | None = None
) -> Response[str]:
    """Return a catalogue's page, with form input that could not be saved.

    Raises:
        NotFound: It is out of the visitor's reach, or not a catalogue.
    """
    typed = typed or Typed()
    with visitor.work() as work:
        view = View(host, visitor, work, extras)
        entry, role = rights.reach(host, work, entry_id)
        if not entry.is_catalogue:
            raise NotFound("Katalogen finns inte.")
        context = {
            **_catalogue(view, entry, role),
            "sheet": None,
            "typed": typed.values,
            "faults": visitor.say_all(typed.faults),
        }
    return _answer(visitor, "files/catalogue.html", context, bool(typed.faults))


def entry_page(
    host: Host, visitor: Visitor, extras: Extras, entry_id: UUID, typed: Typed | None = None
) -> Response[str]:
    """Return an entry's panel beside its catalogue, with form input that could not be saved.

    Raises:
        NotFound: It is out of the visitor's reach.
    """
    typed = typed or Typed()
    with visitor.work() as work:
        view = View(host, visitor, work, extras)
        entry, role = rights.reach(host, work, entry_id)
        context = {"entry": entry, "sheet": sheet(view, entry, role, typed), "typed": {}, "faults": {}}
        context["more_shares"] = extras.shown("sheet.shares", visitor, work, entry, role)
        beside = _beside(view, entry)
        context |= _catalogue(view, *beside, entry.id) if beside else _alone(view)
    return _answer(visitor, "files/catalogue.html", context, bool(typed.faults))


def bin_page(host: Host, visitor: Visitor, extras: Extras) -> Response[str]:
    """Return the bin's page."""
    first = Place.read(visitor).first
    with visitor.work() as work:
        view = View(host, visitor, work, extras)
        shown, total = binning.list_bin(host, work, first, PAGE)
        last = first + len(shown)
        previous = f"{PATH}/bin?from={max(first - PAGE + 1, 1)}" if first else ""
        following = f"{PATH}/bin?from={last + 1}" if last < total else ""
        context = {
            "entries": shown,
            "paging": Paging(first + 1 if shown else 0, last, total, previous, following),
            "days": read_settings(work, FileSettings).bin_days,
            "tree": rail(view, None),
        }
    return _answer(visitor, "files/bin.html", context, False)


def _catalogue(view: View, catalogue: Entry, role: AccessRole, chosen: UUID | None = None) -> dict[str, Any]:
    visitor, work, extras = view.visitor, view.work, view.extras
    places: tuple[PiecePlace, ...] = ("catalogue.actions", "bulk.actions", "catalogue.foot")
    return {
        "catalogue": catalogue,
        "role": role,
        "roles": AccessRole,
        "crumbs": crumbs(view, catalogue),
        "sharing": _sharing(view, catalogue),
        "pieces": {place: extras.shown(place, visitor, work, catalogue, role) for place in places},
        "tree": rail(view, catalogue),
        **listing(view, catalogue, role, chosen),
    }


def _alone(view: View) -> dict[str, Any]:
    """Return the context without a catalogue, when the entry was shared without its catalogue."""
    return {"catalogue": None, "tree": rail(view, None)}


def _beside(view: View, entry: Entry) -> tuple[Entry, AccessRole] | None:
    if entry.is_catalogue:
        return entry, rights.require_role(view.host, view.work, entry, AccessRole.READER)
    (parent,) = find_entries(view.host, view.work, [entry.parent_id] if entry.parent_id else []) or (None,)
    role = rights.role_in(view.host, view.work, parent) if parent else None
    return (parent, role) if parent and role else None


def crumbs(view: View, catalogue: Entry) -> list[tuple[str, str]]:
    """Return the catalogues above one that the visitor has access to, as address and name."""
    above = {entry.id: entry for entry in find_entries(view.host, view.work, catalogue.path)} if catalogue.path else {}
    line = [above[entry_id] for entry_id in catalogue.path if entry_id in above]
    reached = [entry for entry in line if rights.role_in(view.host, view.work, entry) is not None]
    return [(f"{PATH}/c/{entry.id}", entry.name) for entry in reached]


def _sharing(view: View, catalogue: Entry) -> Mapping[str, object]:
    """Return the mailbox that owns a catalogue, if any, and how many people and mailboxes it is shared with."""
    owner, *access = list_access(view.host, view.work, catalogue)
    boxes = sum(each.kind is ShareKind.MAILBOX for each in access)
    mailbox = owner.name if owner.kind is ShareKind.MAILBOX else ""
    return {"mailbox": mailbox, "people": len(access) - boxes, "boxes": boxes}


def _answer(visitor: Visitor, template: str, context: Mapping[str, Any], faulty: bool) -> Response[str]:
    done = DONE.get(visitor.request.query_params.get("done", ""), "")
    whole = {"path": PATH, "done": visitor.say(done) if done else "", **context}
    return plugin_page(visitor, template, whole, folder="files", status=422 if faulty else 200)
