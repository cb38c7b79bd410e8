"""The page of versions of a file or a note: their authors, earlier texts of a note, and restoring a version."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Host, Invalid, NotFound, Work
from budkavle.accounts import require_loa
from budkavle.web import Form, Visitor, plugin_page
from budkavle_files.notes.content import read_text
from budkavle_files.notes.differences import DifferentLine, differences
from budkavle_files.pages.rail import framed
from budkavle_files.reading.readings import list_readings, note_reading
from budkavle_files.tree import rights
from budkavle_files.tree.guest_names import guest_names, name_guests
from budkavle_files.tree.search_words import index_text
from budkavle_files.tree.things import GONE, AccessRole, Entry, EntryKind, Version
from budkavle_files.tree.versions import find_version, list_versions, restore_version
from budkavle_files.views import breadcrumbs

PATH = "/plugin/files/versions"
N_ = str
"""Marks a sentence for the translations."""
RESTORED = N_("Version {number} är återställd, som en ny version.")


def router(host: Host) -> Router:
    """Return the routes."""

    @get("/{entry_id:uuid}", sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        entry_id: FromPath[UUID],
        number: FromQuery[int | None] = None,
        restored: FromQuery[int | None] = None,
    ) -> Response[str]:
        """Show the versions, and for a note, the changes of one of them (feature D15)."""
        return _page(host, visitor, entry_id, number, restored)

    @post("/{entry_id:uuid}/restore", sync_to_thread=True)
    def restore(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]
    ) -> Response[Any]:
        """Restore a version as the latest one."""
        typed = form.get("number")
        if not typed.isdecimal() or len(typed) > 9:
            raise Invalid("Välj en version.")
        number = int(typed)
        with visitor.work() as work:
            entry = _entry(host, work, entry_id, AccessRole.AUTHOR)
            require_loa(work.actor, entry.level)
            version = restore_version(host, work, entry_id, number)
            if entry.kind is EntryKind.NOTE:
                index_text(host, work, entry_id, read_text(work, version))
        return Redirect(f"{PATH}/{entry_id}?restored={number}", status_code=303)

    return Router(PATH, route_handlers=[show, restore])


def _entry(host: Host, work: Work, entry_id: UUID, role: AccessRole = AccessRole.READER) -> Entry:
    entry = rights.require(host, work, entry_id, role)
    if entry.is_catalogue:
        raise NotFound(GONE)
    return entry


def _page(host: Host, visitor: Visitor, entry_id: UUID, number: int | None, restored: int | None) -> Response[str]:
    with visitor.work() as work:
        entry = _entry(host, work, entry_id)
        versions = list_versions(host, work, entry)
        lines = _changes(host, work, entry, versions, number) if number is not None else None
        role = rights.role_in(host, work, entry) or AccessRole.READER
        readings = list_readings(host, work, entry) if role is AccessRole.ADMINISTRATOR else None
        unknown = [reading.reader_id for reading in readings or () if not reading.reader]
        readers = guest_names(host, work, unknown)
        authors = name_guests(host, work, (version.author for version in versions))
        above = breadcrumbs(host, work, entry)
        frame = framed(host, visitor, work, above[-1] if above else None)
    context = {
        **frame,
        "entry": entry,
        "above": above,
        "versions": versions,
        "number": number,
        "lines": lines,
        "is_note": entry.kind is EntryKind.NOTE,
        "writes": role >= AccessRole.AUTHOR,
        "readings": readings,
        "readers": readers,
        "authors": authors,
        "said": visitor.say(RESTORED, number=restored) if restored else "",
        "own": f"{PATH}/{entry.id}",
    }
    return plugin_page(visitor, "files/versions/versions.html", context, folder="files")


def _changes(host: Host, work: Work, entry: Entry, versions: list[Version], number: int) -> list[DifferentLine]:
    """Return the changes of a note's version; opening it is recorded like any reading."""
    if entry.kind is not EntryKind.NOTE:
        raise NotFound("Versionen finns inte.")
    require_loa(work.actor, entry.level)
    version = find_version(host, work, entry, number)
    before = next((older for newer, older in pairwise(versions) if newer.number == number), None)
    note_reading(host, work, entry, number)
    return differences(read_text(work, before) if before else "", read_text(work, version))
