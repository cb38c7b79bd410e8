"""COPY and MOVE of WebDAV, translated to the tree: catalogue, name, and the entry that is replaced."""

from dataclasses import dataclass
from typing import Any

from wsgidav.dav_error import DAVError

from budkavle import Forbidden, Host, Work
from budkavle_files.tables import entries
from budkavle_files.tree.binning import bin_entry
from budkavle_files.tree.entries import create_catalogue, rename_entry
from budkavle_files.tree.moving import copy_entry, move_entry, overwrite_entry
from budkavle_files.tree.store import entries_query, lies_in, load
from budkavle_files.tree.things import Entry, EntryKind
from budkavle_files.webdav.places import entry_name
from budkavle_files.webdav.visits import Visit

FORBIDDEN = 403
_HIDDEN = "Något i katalogen kräver en högre tillitsnivå."


@dataclass(frozen=True, slots=True)
class Place:
    """The destination of an entry.

    Attributes:
        name: Its new name.
        catalogue: Its new catalogue; None at the top.
        shelf: The name of the top-level folder, if it is to be there.
        there: The entry that is there now.
    """

    name: str
    catalogue: Entry | None
    shelf: str
    there: Entry | None

    @classmethod
    def read(cls, environ: dict[str, Any], path: str) -> "Place":
        """Find the destination of a path."""
        provider = environ["wsgidav.provider"]
        above, _, name = path.rstrip("/").rpartition("/")
        parent = provider.get_resource_inst(above or "/", environ)
        existing = provider.get_resource_inst(path, environ)
        catalogue = getattr(parent, "entry", None)
        return cls(name, catalogue, "" if catalogue else above, getattr(existing, "entry", None))


def move(visit: Visit, entry: Entry, place: Place) -> None:
    """Move an entry to another catalogue, rename it, or both.

    Raises:
        DAVError: It cannot be there, or cannot have that name.
    """
    name = _name(entry, place)
    with visit.work() as work:
        require_all_seen(visit.host, work, entry)
        if place.there is not None and place.there.id != entry.id:
            if _replaces(entry, place.there):
                overwrite_entry(visit.host, work, entry.id, place.there.id)
                bin_entry(visit.host, work, entry.id)
                return
            _make_room(visit.host, work, place.there)
        parent_id = place.catalogue.id if place.catalogue else None
        if parent_id is not None and parent_id != entry.parent_id:
            move_entry(visit.host, work, entry.id, parent_id)
        elif parent_id is None and entry.parent_id is not None:
            raise DAVError(FORBIDDEN)  # a top-level catalogue is created there, and keeps its owner
        rename_entry(visit.host, work, entry.id, name)
    visit.is_new = place.there is None


def copy(visit: Visit, entry: Entry, place: Place, *, whole: bool) -> None:
    """Copy an entry to a catalogue, with or without its content.

    Raises:
        DAVError: It cannot be there, or cannot have that name.
    """
    name = _name(entry, place)
    if place.catalogue is None:
        raise DAVError(FORBIDDEN)
    with visit.work() as work:
        require_all_seen(visit.host, work, entry)
        if place.there is not None and _replaces(entry, place.there):
            overwrite_entry(visit.host, work, entry.id, place.there.id)
            return
        if place.there is not None:
            _make_room(visit.host, work, place.there)
        if whole:
            made = copy_entry(visit.host, work, entry.id, place.catalogue.id)
            rename_entry(visit.host, work, made.id, name)
        else:
            create_catalogue(visit.host, work, name, place.catalogue.id)
    visit.is_new = place.there is None


def require_all_seen(host: Host, work: Work, entry: Entry) -> None:
    """Require that nothing below an entry is hidden from the visitor, who would move or delete it unseen.

    Raises:
        Forbidden: An entry requires a higher level than the visitor has.
    """
    if not entry.is_catalogue:
        return
    below = (lies_in(entry), entries.c.binned_at.is_(None), entries.c.loa > work.actor.loa)
    if load(host, work, entries_query(work, *below).limit(1)):
        raise Forbidden(_HIDDEN)


def _name(entry: Entry, place: Place) -> str:
    name = entry_name(entry, place.name)
    if name is None:
        raise DAVError(FORBIDDEN)
    return name


def _replaces(entry: Entry, there: Entry) -> bool:
    """Tell whether a file becomes a new version of another, which keeps its versions and shares."""
    return entry.kind is EntryKind.FILE and there.kind is EntryKind.FILE


def _make_room(host: Host, work: Work, there: Entry) -> None:
    require_all_seen(host, work, there)
    bin_entry(host, work, there.id)
