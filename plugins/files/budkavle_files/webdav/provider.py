"""The tree as wsgidav asks for it: every folder and file is one of its resources.

The library judges the request: its headers, preconditions and locks. What may be done, and what it does to versions,
the bin and the event log, is judged and done by the same functions that the pages call.
"""

# The library has no types, and pyright reads the wrong ones out of methods that only raise.
# pyright: reportIncompatibleMethodOverride=false

from typing import Any, Final
from uuid import UUID

from wsgidav.dav_error import DAVError
from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider

from budkavle_files.content.downloads import safe_headers
from budkavle_files.tree import rights
from budkavle_files.tree.binning import bin_entry
from budkavle_files.tree.entries import create_catalogue
from budkavle_files.tree.quota import Room, room
from budkavle_files.tree.store import find_entry
from budkavle_files.tree.things import AccessRole, Entry, EntryKind, OwnerKind
from budkavle_files.webdav import places, rearranging
from budkavle_files.webdav.places import Shelf
from budkavle_files.webdav.reading import FileReader
from budkavle_files.webdav.visits import KEY, Visit
from budkavle_files.webdav.writing import FileWriter, NoteWriter, Writer, length_of

BY_ID: Final = "id:"
"""Begins what `ref_url_to_path` makes of a lock's root; no path of a request begins so."""
FORBIDDEN, CONFLICT, LOCKED = 403, 409, 423
Environ = dict[str, Any]


class Tree(DAVProvider):  # type: ignore[misc] # the library is not typed
    """Finds what a path leads to."""

    def get_resource_inst(self, path: str, environ: Environ) -> "Root | ShelfFolder | Catalogue | File | None":
        """Return what a path leads to; None where the visitor sees nothing there."""
        visit: Visit = environ[KEY]
        if path.startswith(BY_ID):
            return self._by_id(visit, UUID(path.removeprefix(BY_ID)), environ)
        parts = [part for part in path.split("/") if part]
        if not parts:
            return Root(environ)
        with visit.work() as work:
            shelf = next((each for each in places.shelves(visit.host, work) if each.is_called(parts[0])), None)
            if shelf is None:
                return None
            if len(parts) == 1:
                return ShelfFolder(shelf, environ)
            entry = shelf.find(parts[1])
            for part in parts[2:]:
                entry = places.find_in(visit.host, work, entry, part) if entry and entry.is_catalogue else None
            role = rights.role_in(visit.host, work, entry) if entry else None
        return resource(path, entry, role, environ) if entry and role else None

    def ref_url_to_path(self, ref_url: str) -> str:
        """Return the path of what a lock lies at."""
        return BY_ID + ref_url.rstrip("/").rpartition("/")[2]

    def _by_id(self, visit: Visit, entry_id: UUID, environ: Environ) -> "Catalogue | File":
        with visit.work() as work:
            entry, role = rights.reach(visit.host, work, entry_id)
            line = [*(find_entry(visit.host, work, each) for each in entry.path), entry]
            path = places.path_to(visit.host, work, line)
        return resource(path, entry, role, environ)


def resource(path: str, entry: Entry, role: AccessRole, environ: Environ) -> "Catalogue | File":
    """Return an entry as the library's resource."""
    made = Catalogue if entry.is_catalogue else File
    return made(path, entry, role, environ)


class _Folder(DAVCollection):  # type: ignore[misc]
    """A folder that only has what others have put there."""

    def get_member_list(self) -> list[Any]:
        """Return what is in it."""
        raise NotImplementedError

    def get_member_names(self) -> list[str]:
        """Return the names of what is in it."""
        return [member.name for member in self.get_member_list()]

    def prevent_locking(self) -> bool:
        """Say that nobody locks it."""
        return True

    def handle_delete(self) -> bool:
        """Refuse."""
        raise DAVError(FORBIDDEN)

    def handle_move(self, dest_path: str) -> bool:  # noqa: ARG002 - the library passes it
        """Refuse."""
        raise DAVError(FORBIDDEN)

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:  # noqa: ARG002 - the library passes it
        """Refuse."""
        raise DAVError(FORBIDDEN)

    @property
    def _visit(self) -> Visit:
        visit: Visit = self.environ[KEY]
        return visit


class Root(_Folder):
    """The top."""

    def __init__(self, environ: Environ) -> None:
        super().__init__("/", environ)

    def get_member_list(self) -> list[Any]:
        """Return the folders at the top."""
        with self._visit.work() as work:
            made = places.shelves(self._visit.host, work)
        return [ShelfFolder(shelf, self.environ) for shelf in made]


class ShelfFolder(_Folder):
    """A folder at the top: catalogues of the visitor, of a mailbox, or shared with the visitor."""

    def __init__(self, shelf: Shelf, environ: Environ) -> None:
        super().__init__(f"/{shelf.name}", environ)
        self.shelf = shelf

    def get_member_list(self) -> list[Any]:
        """Return the catalogues in it, and what else is shared."""
        visit = self._visit
        with visit.work() as work:
            roles = [
                (name, entry, rights.role_in(visit.host, work, entry)) for name, entry in self.shelf.entries.items()
            ]
        return [resource(f"{self.path}/{name}", entry, role, self.environ) for name, entry, role in roles if role]

    def create_collection(self, name: str) -> None:
        """Make a catalogue at the top."""
        owner = self.shelf.owner
        if owner is None:
            raise DAVError(FORBIDDEN)
        with self._visit.work() as work:
            mailbox_id = owner.id if owner.kind is OwnerKind.MAILBOX else None
            create_catalogue(self._visit.host, work, name, mailbox_id=mailbox_id)


class _Entry:
    """What a catalogue, a file and a note have in common."""

    environ: Environ
    path: str
    entry: Entry
    role: AccessRole

    def get_ref_url(self) -> str:
        """Return where its locks lie: the ids from the top of the tree down to it."""
        return "/" + "/".join(str(each) for each in self.entry.line)

    def get_creation_date(self) -> float:
        """Return when it was made."""
        return self.entry.created_at.timestamp()

    def get_last_modified(self) -> float:
        """Return when it was changed."""
        return self.entry.changed_at.timestamp()

    def set_last_modified(self, dest_path: str, time_stamp: str, *, dry_run: bool) -> bool:  # noqa: ARG002
        """Take no time from a client: when something was changed, the server knows. Windows insists on a yes."""
        return True

    def prevent_locking(self) -> bool:
        """Say whether the visitor may not lock it: who may only read would keep the others from writing."""
        return self.role < AccessRole.AUTHOR

    def handle_delete(self) -> bool:
        """Lay it into the bin."""
        visit = self._visit
        self._require_unlocked()
        with visit.work() as work:
            rearranging.require_all_seen(visit.host, work, self.entry)
            bin_entry(visit.host, work, self.entry.id)
        self.remove_all_locks(recursive=True)  # type: ignore[attr-defined]
        return True

    def handle_move(self, dest_path: str) -> bool:
        """Move or rename it; onto a file it becomes a new version of that one."""
        rearranging.move(self._visit, self.entry, rearranging.Place.read(self.environ, dest_path))
        self.remove_all_locks(recursive=True)  # type: ignore[attr-defined]
        return True

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:
        """Copy it; onto a file it becomes a new version of that one."""
        place = rearranging.Place.read(self.environ, dest_path)
        rearranging.copy(self._visit, self.entry, place, whole=depth_infinity or not self.entry.is_catalogue)
        return True

    def _require_unlocked(self) -> None:
        """Require that nobody has locked it or what lies in it, but the visitor who shows the lock's token.

        The library asks this for what moves; for what is deleted it only asks for the folder above.
        """
        tokens, user = self.environ["wsgidav.ifLockTokenList"], str(self._visit.actor.user_id)
        manager = self.provider.lock_manager  # type: ignore[attr-defined]
        manager.check_write_permission(url=self.get_ref_url(), depth="0", token_list=tokens, principal=user)
        for lock in manager.get_url_lock_list(self.get_ref_url(), recursive=True):
            if lock["principal"] != user or lock["token"] not in tokens:
                raise DAVError(LOCKED)

    @property
    def _visit(self) -> Visit:
        visit: Visit = self.environ[KEY]
        return visit


class Catalogue(_Entry, _Folder):
    """A catalogue."""

    def __init__(self, path: str, entry: Entry, role: AccessRole, environ: Environ) -> None:
        DAVCollection.__init__(self, path.rstrip("/"), environ)
        self.entry, self.role = entry, role

    def get_member_list(self) -> list[Any]:
        """Return what is in it that the visitor sees; who reaches it reaches that too."""
        visit = self._visit
        with visit.work() as work:
            inside = places.list_in(visit.host, work, self.entry)
        return [resource(f"{self.path}/{name}", entry, self.role, self.environ) for name, entry in inside.items()]

    def create_collection(self, name: str) -> None:
        """Make a catalogue in it."""
        with self._visit.work() as work:
            create_catalogue(self._visit.host, work, name, self.entry.id)

    def create_empty_resource(self, name: str) -> "NewFile":
        """Return a file that is to be; a lock needs one that is there, of no bytes."""
        new = NewFile(f"{self.path}/{name}", self, self.environ)
        if self.environ["REQUEST_METHOD"] == "LOCK":
            new.begin_write().close()
            made = self.provider.get_resource_inst(new.path, self.environ)
            if made is None:
                raise DAVError(CONFLICT)
            return made  # type: ignore[no-any-return]
        return new

    def get_used_bytes(self) -> int:
        """Return how many bytes the owner's files take."""
        return self._room().used

    def get_available_bytes(self) -> int | None:
        """Return how many bytes more there is room for; None without a limit."""
        there_is = self._room()
        return max(there_is.most - there_is.used, 0) if there_is.most else None

    def _room(self) -> Room:
        visit, owner = self._visit, self.entry.owner
        if owner not in visit.rooms:
            with visit.work() as work:
                visit.rooms[owner] = room(visit.host, work, owner)
        return visit.rooms[owner]


class _File(DAVNonCollection):  # type: ignore[misc]
    """A file, or one that is to be."""

    _writer: Writer | None = None

    def get_content_type(self) -> str:
        """Return what it is to a browser: bytes to be stored, never a page of ours."""
        return "application/octet-stream"

    def support_etag(self) -> bool:
        """Say that it has a mark of its version."""
        return True

    def support_ranges(self) -> bool:
        """Say that it can be read from any byte on."""
        return True

    def end_write(self, *, with_errors: bool) -> None:
        """Keep nothing of what did not come whole."""
        if with_errors and self._writer is not None:
            self._writer.give_up()


class File(_Entry, _File):
    """A file, or a note as a file."""

    def __init__(self, path: str, entry: Entry, role: AccessRole, environ: Environ) -> None:
        DAVNonCollection.__init__(self, path.rstrip("/"), environ)
        self.entry, self.role = entry, role

    def get_content_length(self) -> int:
        """Return its size."""
        return self.entry.size

    def get_etag(self) -> str:
        """Return the mark of its version; a note has several texts in one version."""
        entry = self.entry
        mark = f"{entry.id.hex}-{entry.version}-{entry.size}"
        return mark if entry.kind is EntryKind.FILE else f"{mark}-{int(entry.changed_at.timestamp() * 1000)}"

    def get_content(self) -> FileReader:
        """Open it."""
        return FileReader(self._visit, self.entry)

    def begin_write(self, *, content_type: str | None = None) -> Writer:  # noqa: ARG002 - the library passes it
        """Begin a new version."""
        visit = self._visit
        with visit.work() as work:
            rights.require(visit.host, work, self.entry.id, AccessRole.AUTHOR)
        is_note = self.entry.kind is EntryKind.NOTE
        length = length_of(self.environ)
        self._writer = NoteWriter(visit, self.entry) if is_note else self._file_writer(visit, length)
        return self._writer

    def end_write(self, *, with_errors: bool) -> None:
        """Read it again, for the mark of the new version."""
        super().end_write(with_errors=with_errors)
        if not with_errors:
            with self._visit.work() as work:
                self.entry = find_entry(self._visit.host, work, self.entry.id)

    def finalize_headers(self, environ: Environ, response_headers: list[tuple[str, str]]) -> None:  # noqa: ARG002
        """Let a browser that comes here store it, and show nothing of it as a page of ours."""
        response_headers.extend(safe_headers(self.entry.name).items())

    def _file_writer(self, visit: Visit, length: int | None) -> FileWriter:
        return FileWriter(visit, self.entry, self.entry.name, length)


class NewFile(_File):
    """A file that is to be: nothing of it is in the tree before all of it has come."""

    def __init__(self, path: str, catalogue: Catalogue, environ: Environ) -> None:
        super().__init__(path, environ)
        self._catalogue = catalogue

    def get_ref_url(self) -> str:
        """Return where a lock would lie."""
        return f"{self._catalogue.get_ref_url()}/new"

    def get_content_length(self) -> int:
        """Return 0."""
        return 0

    def get_content(self) -> FileReader:
        """Refuse: there is nothing yet."""
        raise DAVError(CONFLICT)

    def get_etag(self) -> str | None:
        """Return the mark of its version, once it is there."""
        made = self.provider.get_resource_inst(self.path, self.environ)
        return made.get_etag() if isinstance(made, File) else None

    def begin_write(self, *, content_type: str | None = None) -> FileWriter:  # noqa: ARG002 - the library passes it
        """Begin to take its bytes."""
        visit: Visit = self.environ[KEY]
        is_lock = self.environ["REQUEST_METHOD"] == "LOCK"
        writer = FileWriter(visit, self._catalogue.entry, self.name, 0 if is_lock else length_of(self.environ))
        self._writer = writer
        return writer
