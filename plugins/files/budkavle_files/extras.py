"""What the parts of the plugin add to the pages of catalogues: tabs of an entry's panel, and parts of the list."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from budkavle import Host, Work
from budkavle.web import Visitor
from budkavle_files.content import pages as content
from budkavle_files.disposal import disposal_pages as disposal
from budkavle_files.guests import share_pages
from budkavle_files.guests.guest_shares import guest_name
from budkavle_files.history import version_pages as versions
from budkavle_files.messages import attach_pages
from budkavle_files.notes import note_pages as notes
from budkavle_files.pages.pieces import Extras, Piece, Tab
from budkavle_files.previews.preview_pages import Previews
from budkavle_files.tree.quota import room
from budkavle_files.tree.things import AccessRole, Entry, EntryKind

N_ = str
"""Marks a sentence for the translations."""
FILE = frozenset({EntryKind.FILE})
NOTE = frozenset({EntryKind.NOTE})
ALL_KINDS = frozenset(EntryKind)
WITH_VERSIONS = frozenset({EntryKind.FILE, EntryKind.NOTE})


def extras(host: Host, previews: Previews) -> Extras:
    """Return the additions of all parts."""
    return Extras(
        tabs=[
            Tab("preview", "Förhandsvisning", FILE, None, "files/previews/preview.html", previews.tab, order=15),
            Tab("content", "Innehåll", NOTE, lambda entry: f"{notes.PATH}/{entry.id}", order=30),
            Tab("new-version", N_("Ny version"), FILE, lambda entry: f"{content.PATH}/{entry.id}/add", order=35),
            Tab("versions", "Versioner", WITH_VERSIONS, lambda entry: f"{versions.PATH}/{entry.id}", order=40),
            Tab("retention", "Gallring", ALL_KINDS, lambda entry: f"{disposal.PATH}/{entry.id}", order=45),
        ],
        pieces=[
            Piece("catalogue.actions", "files/content/add.html", _add, order=5),
            Piece("catalogue.foot", "files/content/foot.html", partial(_drop, host), order=10),
            Piece("bulk.actions", "files/content/zip.html", _zip, order=5),
            Piece("entry.menu", "", _download, order=5),
            Piece("catalogue.actions", "files/notes/add.html", _new_note, order=10),
            Piece("bulk.actions", "files/messages/attach_button.html", _attach, order=10),
            Piece("sheet.shares", "files/guests/piece.html", share_pages.piece, order=10),
            Piece("entry.menu", "", _attach_one, order=10),
        ],
        guest_name=guest_name,
    )


def _add(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any] | None:  # noqa: ARG001
    return {"url": f"{content.PATH}/{entry.id}/add"} if role >= AccessRole.AUTHOR else None


def _drop(host: Host, visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any] | None:  # noqa: ARG001
    return content.box(entry, room(host, work, entry.owner), again=True) if role >= AccessRole.AUTHOR else None


def _zip(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any]:  # noqa: ARG001
    return {"url": f"{content.PATH}/zip"}


def _download(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any]:  # noqa: ARG001
    whole = f"{content.PATH}/zip?id={entry.id}"
    url = f"{content.PATH}/{entry.id}/content" if entry.kind is EntryKind.FILE else whole
    return {"url": url, "text": visitor.say("Hämta")}


def _new_note(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any] | None:  # noqa: ARG001
    return {"url": f"{notes.PATH}/new?catalogue={entry.id}"} if role >= AccessRole.AUTHOR else None


def _attach(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any]:  # noqa: ARG001
    return {"url": attach_pages.PATH}


def _attach_one(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any] | None:  # noqa: ARG001
    if entry.is_catalogue:
        return None
    return {"url": f"{attach_pages.PATH}?id={entry.id}", "text": visitor.say("Bifoga i ett meddelande")}
