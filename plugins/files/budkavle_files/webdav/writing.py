"""What a client sends by PUT: encrypted while it arrives, and added to the tree once it is complete, or not at all."""

from collections.abc import Generator
from typing import Any, Final

from wsgidav.dav_error import DAVError

from budkavle import Host, Work
from budkavle.cases import OwnedFile
from budkavle_files.content.uploads import MOST_BYTES, NewUpload, Place, finish, require_target, reserve
from budkavle_files.notes.content import LONGEST, read_note, save_note
from budkavle_files.tree import names
from budkavle_files.tree.quota import lock_room, require_room, room
from budkavle_files.tree.things import Entry
from budkavle_files.tree.versions import FILES
from budkavle_files.webdav.visits import Visit, refusing

BAD, TOO_LARGE, CONFLICT, NO_ROOM = 400, 413, 409, 507
_MEDIA: Final = "application/octet-stream"
_NOTE_BYTES: Final = LONGEST * 4


class FileWriter:
    """Receives the bytes of a new file, or of a new version of one.

    Args:
        visit: The request.
        target: The catalogue of a new file, or the file that gets a new version.
        name: The file's name.
        length: How many bytes to expect; None if the client does not say.

    Raises:
        DAVError: The target cannot be written, or there is no space.
    """

    def __init__(self, visit: Visit, target: Entry, name: str, length: int | None) -> None:
        self._host, self._target, self._user_id = visit.host, target, visit.actor.user_id
        self._length, self._came = length, 0
        with visit.work() as work:
            require_target(visit.host, work, target.id)
            self._name = names.checked(name)
            self._most = _free_bytes(visit.host, work, target)
        self._require(length or 0)
        platform, actor = visit.host.platform, visit.actor
        with refusing():
            FILES.check_size(platform, self._name, length or 0)
        self._taking: Generator[None, bytes, OwnedFile] = FILES.keeping(
            platform, actor, target.id, self._name, _MEDIA, when_kept=self._put
        )
        with refusing():
            next(self._taking)

    def write(self, data: bytes) -> None:
        """Receive bytes.

        Raises:
            DAVError: There are more than the owner has space for.
        """
        self._came += len(data)
        self._require(self._came)
        if data:
            with refusing():
                self._taking.send(data)

    def close(self) -> None:
        """Add the file to the tree.

        Raises:
            DAVError: Bytes are missing, or the file can no longer be added there.
        """
        if self._length is not None and self._came != self._length:
            self.give_up()
            raise DAVError(BAD)
        with refusing():
            try:
                self._taking.send(b"")
            except StopIteration:
                return
        raise AssertionError

    def give_up(self) -> None:
        """Discard all of it."""
        self._taking.close()

    def _put(self, work: Work, file: OwnedFile) -> None:
        target = require_target(self._host, work, self._target.id)
        lock_room(self._host, work)
        require_room(self._host, work, target.owner, file.size)
        parent_id = target.id if target.is_catalogue else target.parent_id
        place = Place(target, NewUpload(target.id, file.name, file.size), parent_id)
        reserve(self._host, work, file.id, self._user_id, place)
        finish(self._host, work, file)

    def _require(self, size: int) -> None:
        if size > self._most:
            raise DAVError(TOO_LARGE if self._most == MOST_BYTES else NO_ROOM)


class NoteWriter:
    """Receives the text of a note, which is held in memory until it is complete: a note is small.

    Raises:
        DAVError: The note cannot be written.
    """

    def __init__(self, visit: Visit, note: Entry) -> None:
        self._visit, self._note = visit, note
        self._text = bytearray()

    def write(self, data: bytes) -> None:
        """Receive bytes.

        Raises:
            DAVError: The text is too long for a note.
        """
        self._text += data
        if len(self._text) > _NOTE_BYTES:
            raise DAVError(TOO_LARGE)

    def close(self) -> None:
        """Save the note.

        Raises:
            DAVError: It is not text, or too long, or conflicts with another change.
        """
        try:
            text = self._text.decode()
        except UnicodeDecodeError as error:
            raise DAVError(BAD) from error
        with self._visit.work() as work:
            before = read_note(self._visit.host, work, self._note).text
            if save_note(self._visit.host, work, self._note.id, before, text).conflicts:
                raise DAVError(CONFLICT)

    def give_up(self) -> None:
        """Discard all of it."""
        self._text.clear()


Writer = FileWriter | NoteWriter


def length_of(environ: dict[str, Any]) -> int | None:
    """Return how many bytes the client announces; None if it does not."""
    said = environ.get("CONTENT_LENGTH") or environ.get("HTTP_X_EXPECTED_ENTITY_LENGTH") or ""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 18 else None


def _free_bytes(host: Host, work: Work, target: Entry) -> int:
    """Return how many more bytes the target's owner and the organisation have space for, and a file may have."""
    rooms = (room(host, work, target.owner), room(host, work))
    return min([MOST_BYTES, *(max(each.most - each.used, 0) for each in rooms if each.most)])
