"""The page of search in Filer, and its part of the product's own search."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle import Actor, Host, Invalid
from budkavle.web import Visitor, plugin_page
from budkavle_files.notes import note_pages as notes
from budkavle_files.pages.listing import ICONS, KINDS, PAGE, Paging, Place, sheet_url
from budkavle_files.pages.pieces import Extras
from budkavle_files.pages.rail import PATH, rail
from budkavle_files.pages.view import View
from budkavle_files.search.finding import MOST_COUNTED, Found, places, search
from budkavle_files.tree.things import Entry, EntryKind

SEARCH = f"{PATH}/search"
MOST_BESIDE = 5
"""How many are shown on the product's own search page."""
LONGEST = 200


def router(host: Host) -> Router:
    """Return the routes."""

    @get(SEARCH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], q: FromQuery[str] = "") -> Response[str]:
        """Show the results."""
        words, first, fault = q.strip()[:LONGEST], Place.read(visitor).first, ""
        with visitor.work() as work:
            hits = Found((), 0)
            if words:
                try:
                    hits = search(host, work, words, first, PAGE)
                except Invalid as error:
                    fault = visitor.say(error.sentence)
            context = {
                "q": words,
                "fault": fault,
                "rows": _rows(hits, places(host, work, hits.entries)),
                "paging": _paging(words, first, hits),
                "most": MOST_COUNTED,
                "tree": rail(View(host, visitor, work, Extras()), None),
                "path": PATH,
                "done": "",
            }
        return plugin_page(visitor, "files/search/search.html", context, folder="files")

    return Router("", route_handlers=[show])


def results(host: Host) -> Callable[[Actor, Mapping[str, Any]], Mapping[str, Any]]:
    """Return the context function for the part of the product's own search."""

    def context(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
        words = str(subject["words"]).strip()[:LONGEST]
        hits, rows = Found((), 0), list[dict[str, Any]]()
        if words and actor.user_id is not None:
            with host.work(actor) as work:
                try:
                    hits = search(host, work, words, 0, MOST_BESIDE)
                except Invalid:
                    return {"rows": [], "total": 0, "q": words, "path": SEARCH}
                rows = _rows(hits, places(host, work, hits.entries))
        return {"rows": rows, "total": hits.total, "q": words, "path": SEARCH}

    return context


def _rows(hits: Found, above: Mapping[Any, str]) -> list[dict[str, Any]]:
    return [
        {
            "entry": entry,
            "url": _url(entry),
            "icon": ICONS[entry.kind],
            "kind": KINDS[entry.kind],
            "place": above.get(entry.parent_id, "") if entry.parent_id else "",
        }
        for entry in hits.entries
    ]


def _url(entry: Entry) -> str:
    if entry.is_catalogue:
        return f"{PATH}/c/{entry.id}"
    return f"{notes.PATH}/{entry.id}" if entry.kind is EntryKind.NOTE else sheet_url(entry)


def _paging(words: str, first: int, hits: Found) -> Paging:
    last = first + len(hits.entries)
    previous = f"{SEARCH}?{urlencode({'q': words, 'from': max(first - PAGE + 1, 1)})}" if first else ""
    following = f"{SEARCH}?{urlencode({'q': words, 'from': last + 1})}" if last < hits.total else ""
    return Paging(first + 1 if hits.entries else 0, last, hits.total, previous, following)
