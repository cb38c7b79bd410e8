"""The tree as wsgidav's resources: every folder and file is one.

The library handles the request: its headers, preconditions and locks. Rights, versions, the bin and the event log are
handled by the same functions that the pages call.
"""

# The library has no types, and pyright infers wrong ones from methods that only raise.
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
"""The prefix of paths that `ref_url_to_path` makes from a lock's root; no path of a request starts with it."""
FORBIDDEN, CONFLICT, LOCKED = 403, 409, 423
Environ = dict[str, Any]


class Tree(DAVProvider):  # type: ignore[misc] # the library is not typed
    """Finds the resource of a path."""

    def get_resource_inst(self, path: str, environ: Environ) -> "Root | ShelfFolder | Catalogue | File | None":
        """Return the resource of a path; None if the visitor sees nothing there."""
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
        """Return the path of a lock's entry."""
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
    """A folder that clients cannot change."""

    def get_member_list(self) -> list[Any]:
        """Return its content."""
        raise NotImplementedError

    def get_member_names(self) -> list[str]:
        """Return the names of its content."""
        return [member.name for member in self.get_member_list()]

    def prevent_locking(self) -> bool:
        """Say that it cannot be locked."""
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
    """The root folder."""

    def __init__(self, environ: Environ) -> None:
        super().__init__("/", environ)

    def get_member_list(self) -> list[Any]:
        """Return the top-level folders."""
        with self._visit.work() as work:
            made = places.shelves(self._visit.host, work)
        return [ShelfFolder(shelf, self.environ) for shelf in made]


class ShelfFolder(_Folder):
    """A top-level folder: catalogues of the visitor, of a mailbox, or shared with the visitor."""

    def __init__(self, shelf: Shelf, environ: Environ) -> None:
        super().__init__(f"/{shelf.name}", environ)
        self.shelf = shelf

    def get_member_list(self) -> list[Any]:
        """Return the catalogues in it, and other shared entries."""
        visit = self._visit
        with visit.work() as work:
            roles = [
                (name, entry, rights.role_in(visit.host, work, entry)) for name, entry in self.shelf.entries.items()
            ]
        return [resource(f"{self.path}/{name}", entry, role, self.environ) for name, entry, role in roles if role]

    def create_collection(self, name: str) -> None:
        """Create a top-level catalogue."""
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
        """Return where its locks are stored: the ids from the top of the tree down to it."""
        return "/" + "/".join(str(each) for each in self.entry.line)

    def get_creation_date(self) -> float:
        """Return when it was created."""
        return self.entry.created_at.timestamp()

    def get_last_modified(self) -> float:
        """Return when it was changed."""
        return self.entry.changed_at.timestamp()

    def set_last_modified(self, dest_path: str, time_stamp: str, *, dry_run: bool) -> bool:  # noqa: ARG002
        """Ignore a client's time: the server knows when something was changed. Windows requires a positive answer."""
        return True

    def prevent_locking(self) -> bool:
        """Say whether the visitor may not lock it: a reader's lock would keep the others from writing."""
        return self.role < AccessRole.AUTHOR

    def handle_delete(self) -> bool:
        """Move it to the bin."""
        visit = self._visit
        self._require_unlocked()
        with visit.work() as work:
            rearranging.require_all_seen(visit.host, work, self.entry)
            bin_entry(visit.host, work, self.entry.id)
        self.remove_all_locks(recursive=True)  # type: ignore[attr-defined]
        return True

    def handle_move(self, dest_path: str) -> bool:
        """Move or rename it; onto a file it becomes a new version of that file."""
        rearranging.move(self._visit, self.entry, rearranging.Place.read(self.environ, dest_path))
        self.remove_all_locks(recursive=True)  # type: ignore[attr-defined]
        return True

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:
        """Copy it; onto a file it becomes a new version of that file."""
        place = rearranging.Place.read(self.environ, dest_path)
        rearranging.copy(self._visit, self.entry, place, whole=depth_infinity or not self.entry.is_catalogue)
        return True

    def _require_unlocked(self) -> None:
        """Require that it and its content are unlocked, except for the visitor's own locks with the right tokens.

        The library checks this when moving; when deleting it only checks the folder above.
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
        """Return its content that the visitor sees; a role for it applies to the content too."""
        visit = self._visit
        with visit.work() as work:
            inside = places.list_in(visit.host, work, self.entry)
        return [resource(f"{self.path}/{name}", entry, self.role, self.environ) for name, entry in inside.items()]

    def create_collection(self, name: str) -> None:
        """Create a catalogue in it."""
        with self._visit.work() as work:
            create_catalogue(self._visit.host, work, name, self.entry.id)

    def create_empty_resource(self, name: str) -> "NewFile":
        """Return a file to be written; a lock needs an existing one, so an empty one is created for it."""
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
        """Return how many more bytes there is space for; None without a limit."""
        there_is = self._room()
        return max(there_is.most - there_is.used, 0) if there_is.most else None

    def _room(self) -> Room:
        visit, owner = self._visit, self.entry.owner
        if owner not in visit.rooms:
            with visit.work() as work:
                visit.rooms[owner] = room(visit.host, work, owner)
        return visit.rooms[owner]


class _File(DAVNonCollection):  # type: ignore[misc]
    """A file, or one to be created."""

    _writer: Writer | None = None

    def get_content_type(self) -> str:
        """Return its type for a browser: bytes to be saved, never one of our pages."""
        return "application/octet-stream"

    def support_etag(self) -> bool:
        """Say that it has an ETag."""
        return True

    def support_ranges(self) -> bool:
        """Say that it can be read from any byte on."""
        return True

    def end_write(self, *, with_errors: bool) -> None:
        """Discard a file that did not arrive completely."""
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
        """Return the ETag of its version; a note has several texts in one version."""
        entry = self.entry
        mark = f"{entry.id.hex}-{entry.version}-{entry.size}"
        return mark if entry.kind is EntryKind.FILE else f"{mark}-{int(entry.changed_at.timestamp() * 1000)}"

    def get_content(self) -> FileReader:
        """Open it."""
        return FileReader(self._visit, self.entry)

    def begin_write(self, *, content_type: str | None = None) -> Writer:  # noqa: ARG002 - the library passes it
        """Start a new version."""
        visit = self._visit
        with visit.work() as work:
            rights.require(visit.host, work, self.entry.id, AccessRole.AUTHOR)
        is_note = self.entry.kind is EntryKind.NOTE
        length = length_of(self.environ)
        self._writer = NoteWriter(visit, self.entry) if is_note else self._file_writer(visit, length)
        return self._writer

    def end_write(self, *, with_errors: bool) -> None:
        """Read the entry again, for the ETag of the new version."""
        super().end_write(with_errors=with_errors)
        if not with_errors:
            with self._visit.work() as work:
                self.entry = find_entry(self._visit.host, work, self.entry.id)

    def finalize_headers(self, environ: Environ, response_headers: list[tuple[str, str]]) -> None:  # noqa: ARG002
        """Make a browser save it, and not show it as one of our pages."""
        response_headers.extend(safe_headers(self.entry.name).items())

    def _file_writer(self, visit: Visit, length: int | None) -> FileWriter:
        return FileWriter(visit, self.entry, self.entry.name, length)


class NewFile(_File):
    """A file to be created: it is not in the tree before all of it has arrived."""

    def __init__(self, path: str, catalogue: Catalogue, environ: Environ) -> None:
        super().__init__(path, environ)
        self._catalogue = catalogue

    def get_ref_url(self) -> str:
        """Return where a lock would be stored."""
        return f"{self._catalogue.get_ref_url()}/new"

    def get_content_length(self) -> int:
        """Return 0."""
        return 0

    def get_content(self) -> FileReader:
        """Refuse: there is nothing yet."""
        raise DAVError(CONFLICT)

    def get_etag(self) -> str | None:
        """Return the ETag of its version, once it exists."""
        made = self.provider.get_resource_inst(self.path, self.environ)
        return made.get_etag() if isinstance(made, File) else None

    def begin_write(self, *, content_type: str | None = None) -> FileWriter:  # noqa: ARG002 - the library passes it
        """Start receiving its bytes."""
        visit: Visit = self.environ[KEY]
        is_lock = self.environ["REQUEST_METHOD"] == "LOCK"
        writer = FileWriter(visit, self._catalogue.entry, self.name, 0 if is_lock else length_of(self.environ))
        self._writer = writer
        return writer
