"""What the parts of the plugin add to the pages of catalogues: tabs of the sheet, and pieces of the list."""

from collections.abc import Mapping
from typing import Any

from budkavle import Host, Work
from budkavle.web import Visitor
from budkavle_files.guests import share_pages
from budkavle_files.guests.guest_shares import guest_name
from budkavle_files.history import version_pages as versions
from budkavle_files.messages import attach_pages
from budkavle_files.notes import note_pages as notes
from budkavle_files.pages.pieces import Extras, Piece, Tab
from budkavle_files.tree.things import AccessRole, Entry, EntryKind

NOTE = frozenset({EntryKind.NOTE})
WITH_VERSIONS = frozenset({EntryKind.FILE, EntryKind.NOTE})


def extras(host: Host) -> Extras:  # noqa: ARG001 - parts whose pieces look something up take it
    """Return what all parts add."""
    return Extras(
        tabs=[
            Tab("content", "Innehåll", NOTE, lambda entry: f"{notes.PATH}/{entry.id}", order=30),
            Tab("versions", "Versioner", WITH_VERSIONS, lambda entry: f"{versions.PATH}/{entry.id}", order=40),
        ],
        pieces=[
            Piece("catalogue.actions", "files/notes/add.html", _new_note, order=10),
            Piece("bulk.actions", "files/messages/attach_button.html", _attach, order=10),
            Piece("entry.menu", "files/messages/attach_line.html", _attach_one, order=10),
            Piece("sheet.shares", "files/guests/piece.html", share_pages.piece, order=10),
        ],
        guest_name=guest_name,
    )


def _new_note(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any] | None:  # noqa: ARG001
    return {"url": f"{notes.PATH}/new?catalogue={entry.id}"} if role >= AccessRole.AUTHOR else None


def _attach(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any]:  # noqa: ARG001
    return {"url": attach_pages.PATH}


def _attach_one(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any] | None:  # noqa: ARG001
    return None if entry.is_catalogue else {"url": f"{attach_pages.PATH}?id={entry.id}"}
