"""Moving, copying and deleting ticked entries: first a page that shows the consequences, then the step."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle import Forbidden, Host, Invalid, NotFound, as_uuid
from budkavle.web import Form, Visitor, plugin_page
from budkavle_files.pages.catalogue_pages import crumbs
from budkavle_files.pages.changes import read_ids
from budkavle_files.pages.listing import ICONS
from budkavle_files.pages.pieces import Extras
from budkavle_files.pages.rail import PATH, rail
from budkavle_files.pages.view import View
from budkavle_files.tables import entries as entries_table
from budkavle_files.tree import binning, moving, rights
from budkavle_files.tree.entries import list_tops, require_to_change
from budkavle_files.tree.sharing import Access, list_access, my_owners, shared_with_me
from budkavle_files.tree.store import entries_query, load
from budkavle_files.tree.things import AccessRole, Entry

MOST_INSIDE = 500
"""The most catalogues of one level on the page for choosing."""


def routers(host: Host, extras: Extras) -> list[Router]:
    """Return the routes."""

    @get(f"{PATH}/move", sync_to_thread=True)
    def choose(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Let the visitor choose a target, and show who will have access there."""
        parameters = visitor.request.query_params
        ids, how = read_ids(parameters.getall("id", [])), _how(parameters.get("how", ""))
        with visitor.work() as work:
            context = _choice(View(host, visitor, work, extras), ids, how, as_uuid(parameters.get("to", "")))
        return _answer(visitor, "files/move.html", context)

    @post(f"{PATH}/move", sync_to_thread=True, status_code=200)
    def move(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Move or copy the entries."""
        ids, target, how = read_ids(form.all("id")), as_uuid(form.get("to")), _how(form.get("how"))
        if target is None:
            raise NotFound("Katalogen finns inte.")
        function = moving.copy_entry if how == "copy" else moving.move_entry
        try:
            with visitor.work() as work:
                for entry_id in ids:
                    function(host, work, entry_id, target)
        except Invalid as fault:
            with visitor.work() as work:
                context = _choice(View(host, visitor, work, extras), ids, how, target)
            faults = visitor.say_all(fault.fields)
            return _answer(visitor, "files/move.html", context | {"faults": faults}, 422)
        done = "copied" if how == "copy" else "moved"
        return Redirect(f"{PATH}/c/{target}?done={done}", status_code=303)

    @get(f"{PATH}/delete", sync_to_thread=True)
    def confirm(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Ask for confirmation before deleting, and show who is affected."""
        ids = read_ids(visitor.request.query_params.getall("id", []))
        with visitor.work() as work:
            chosen = [require_to_change(host, work, entry_id) for entry_id in ids]
            context = {
                "rows": [_row(entry, len(moving.list_below(host, work, entry))) for entry in chosen],
                "others": max((len(list_access(host, work, entry)) - 1 for entry in chosen), default=0),
                "back": _back(chosen),
                "tree": rail(View(host, visitor, work, extras), None),
            }
        return _answer(visitor, "files/delete.html", context)

    @post(f"{PATH}/delete", sync_to_thread=True, status_code=200)
    def delete(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Move the entries to the bin."""
        with visitor.work() as work:
            deleted = [binning.bin_entry(host, work, entry_id) for entry_id in read_ids(form.all("id"))]
        back = _back(deleted)
        return Redirect(f"{back}?done=deleted", status_code=303)

    return [Router("", route_handlers=[choose, move, confirm, delete])]


def _choice(view: View, ids: Sequence[UUID], how: str, target_id: UUID | None) -> dict[str, Any]:
    """Return the context for choosing a catalogue: that catalogue, those in it, and who gains and loses access."""
    host, work = view.host, view.work
    chosen = [rights.require(host, work, entry_id, AccessRole.READER) for entry_id in ids]
    target = rights.require(host, work, target_id, AccessRole.READER) if target_id else None
    inside = _inside(view, target) if target else _tops(view)
    hidden = set(ids)
    may_here = False
    changes: tuple[list[Access], list[Access]] = ([], [])
    if target is not None and target.is_catalogue:
        may_here, changes = _judge(view, chosen, target)
    return {
        "rows": [_row(entry) for entry in chosen],
        "target": target,
        "crumbs": crumbs(view, target) if target else [],
        "inside": [entry for entry in inside if entry.id not in hidden],
        "may_here": may_here,
        "gained": [access.name for access in changes[0]],
        "lost": [access.name for access in changes[1]],
        "back": _back(chosen),
        "ids": [str(entry_id) for entry_id in ids],
        "query": urlencode([("how", how), *(("id", str(entry_id)) for entry_id in ids)]),
        "how": how,
        "faults": {},
        "tree": rail(view, None),
    }


def _judge(view: View, chosen: Sequence[Entry], target: Entry) -> tuple[bool, tuple[list[Access], list[Access]]]:
    """Tell whether all chosen entries may be moved there, and who gains and who loses access."""
    host, work = view.host, view.work
    try:
        for entry in chosen:
            moving.require_target(host, work, entry, target.id)
    except (Invalid, Forbidden):
        return False, ([], [])
    gained: dict[Any, Access] = {}
    lost: dict[Any, Access] = {}
    for entry in chosen:
        more, fewer = moving.changes_of_access(host, work, entry, target)
        gained |= {(access.kind, access.subject_id): access for access in more}
        lost |= {(access.kind, access.subject_id): access for access in fewer}
    return True, (list(gained.values()), list(lost.values()))


def _tops(view: View) -> list[Entry]:
    tops = list_tops(view.host, view.work, my_owners(view.work))
    lent = [entry for entry, role in shared_with_me(view.host, view.work) if role >= AccessRole.AUTHOR]
    return tops + [entry for entry in lent if entry.is_catalogue]


def _inside(view: View, target: Entry) -> list[Entry]:
    inside = (entries_table.c.parent_id == target.id, entries_table.c.kind == "catalogue")
    query = entries_query(view.work, *inside, entries_table.c.binned_at.is_(None)).order_by(entries_table.c.rank)
    return load(view.host, view.work, query.limit(MOST_INSIDE))


def _row(entry: Entry, inside: int = 0) -> Mapping[str, Any]:
    return {"id": str(entry.id), "name": entry.name, "icon": ICONS[entry.kind], "inside": inside}


def _back(chosen: Sequence[Entry]) -> str:
    """Return the common catalogue of the entries, or the start."""
    parents = {entry.parent_id for entry in chosen}
    parent = parents.pop() if len(parents) == 1 else None
    return f"{PATH}/c/{parent}" if parent else PATH


def _how(word: str) -> str:
    return "copy" if word == "copy" else "move"


def _answer(visitor: Visitor, template: str, context: Mapping[str, Any], status: int = 200) -> Response[str]:
    return plugin_page(visitor, template, {"path": PATH, "done": "", **context}, folder="files", status=status)
