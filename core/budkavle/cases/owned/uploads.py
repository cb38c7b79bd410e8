"""Resumable uploads of plugins' files: received bytes are kept, and the rest is sent later.

A file has a row and a size before its first byte. Bytes are encrypted into pieces while they arrive. After each piece
the row says how much of the file is stored, so another process can continue where this one stopped. Whoever continues
takes the upload over: its fence increases, and bytes from an earlier sender are no longer kept.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Self, TypeAlias
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from budkavle.cases import file_types
from budkavle.cases.owned import files
from budkavle.cases.owned.files import OwnedFile, OwnedFiles
from budkavle.cases.owned.pieces import (
    PART,
    PIECE_BYTES,
    Piece,
    PieceKeys,
    join_names,
    list_pieces,
    read_pieces,
    split_names,
)
from budkavle.cases.owned.screening import FileRefused, check_size, screen_file
from budkavle.model import sources
from budkavle.model.errors import Conflict, NotFound, TooLarge, Unavailable
from budkavle.model.people import Actor
from budkavle.storage.blobs.writer import BlobWriter, Written
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import owned_file_pieces, owned_files

_NOT_FOUND = "Uppladdningen finns inte kvar. Börja om med filen."
_ELSEWHERE = "Filen har kommit längre eller kortare än så. Fråga hur långt, och fortsätt därifrån."
_TAKEN_OVER = "Uppladdningen har gått vidare från ett annat ställe."
_TOO_LONG = "Det kom fler byte än filen skulle ha."
WhenWhole: TypeAlias = Callable[[Work, OwnedFile], None]
"""The plugin's own changes for a complete file, in the unit of work that completes it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An unfinished file.

    Attributes:
        id: The file's id; it stays the same when the file is complete.
        owner_id: Its owner.
        name: Its name.
        received: How many bytes of it are stored.
        size: How many bytes it will have.
    """

    id: UUID
    owner_id: UUID
    name: str
    received: int
    size: int


class OwnedUploads:
    """The unfinished files of one plugin; complete ones are in `OwnedFiles`. It checks no rights.

    Args:
        plugin: The plugin's name.
        scanned: Whether each file is scanned for malware before it counts as complete; see `OwnedFiles`.

    Example:
        uploads = OwnedUploads("pigeon")
        with host.work(actor) as work:
            upload = uploads.begin(work, flight_id, "karta.pdf", "application/pdf", 40_000_000)
        form = uploads.receiving(host.platform, actor, upload.id, 0, add_map)
        next(form)
        form.send(b"...")  # `read_multipart` does this for the files of a form
    """

    def __init__(self, plugin: str, *, scanned: bool = False) -> None:
        self._plugin = plugin
        self._scanned = scanned

    def begin(self, work: Work, owner_id: UUID, name: str, content_type: str, size: int) -> Upload:
        """Create the row of a file before any of its bytes have arrived.

        Args:
            work: In the organisation that the file belongs to.
            owner_id: Its owner: an object of the plugin's, a case or a message.
            name: The file's name.
            content_type: Its media type.
            size: How many bytes it will have.

        Raises:
            TooLarge: The scanners do not allow files this large.
        """
        if self._scanned:
            check_size(work.platform, file_types.clean_name(name), size)
        upload_id, slot, name = sources.new_id(), work.vault.slots.take(), file_types.clean_name(name)
        keys = [(upload_id, PART, work.vault.new_key())]
        work.vault.store_keys(work.connection, work.organisation_id, keys, {upload_id: slot})
        values = {
            "organisation_id": work.organisation_id,
            "id": upload_id,
            "plugin": self._plugin,
            "owner_id": owner_id,
            "name": files.seal_name(work, upload_id, name, slot),
            "content_type": file_types.clean_type(content_type),
            "size": size,
            "blob": "",
            "received": 0,
            "kept_at": func.now(),
        }
        work.connection.execute(insert(owned_files).values(values))
        return Upload(upload_id, owner_id, name, 0, size)

    def find(self, work: Work, file_id: UUID) -> Upload:
        """Return how much of a file has been stored.

        Raises:
            NotFound: There is no such file, or it is complete.
        """
        return _upload(work, self._row(work, file_id))

    def list(self, work: Work, file_ids: Sequence[UUID]) -> Sequence[Upload]:
        """Return those of some files that are unfinished, the oldest first."""
        c = owned_files.c
        query = select(owned_files).where(*self._own(work), c.id.in_(file_ids)).order_by(c.kept_at, c.id)
        return [_upload(work, row) for row in work.connection.execute(query)]

    def unfinished_since(self, work: Work, age: timedelta) -> Sequence[Upload]:
        """Return the files without new bytes for this long; the plugin discards them by `OwnedFiles.destroy`."""
        c = owned_files.c
        query = select(owned_files).where(*self._own(work), c.kept_at < func.now() - age).order_by(c.kept_at)
        return [_upload(work, row) for row in work.connection.execute(query)]

    def receiving(
        self, platform: Platform, actor: Actor, file_id: UUID, offset: int, when_whole: WhenWhole
    ) -> Generator[None, bytes, Upload]:
        """Receive bytes of a file: send each piece, and an empty one at the end.

        If it is closed earlier, the bytes so far are kept.

        Args:
            platform: The installation.
            actor: The sender.
            file_id: The file.
            offset: The offset of the first byte in the file.
            when_whole: Called if these bytes complete the file.

        Returns:
            How much of the file is stored.

        Raises:
            NotFound: There is no such file, or it is complete.
            Conflict: The file does not continue at `offset`, or another sender has taken it over.
            TooLarge: There are more bytes than announced; the excess is not kept.
            Unavailable: The store or the database does not accept them.
            FileRefused: The complete file contains malware, or is larger than scanners read; it has been destroyed.
            ScannerUnavailable: The file would be complete and cannot be scanned now; send its last piece again.
        """
        receiver = _Receiver(platform, actor, when_whole, OwnedFiles(self._plugin) if self._scanned else None)
        with platform.work(actor) as work:
            left_over = receiver.take_over(work, self._row(work, file_id), offset)
        platform.blobs.delete(*left_over)
        with receiver:
            try:
                while piece := (yield):
                    receiver.write(piece)
            except GeneratorExit:
                receiver.keep()
                raise
            receiver.keep()
        return receiver.upload

    def _row(self, work: Work, file_id: UUID) -> Row[Any]:
        query = select(owned_files).where(*self._own(work), owned_files.c.id == file_id)
        row = work.connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(_NOT_FOUND)
        return row

    def _own(self, work: Work) -> tuple[Any, ...]:
        c = owned_files.c
        return c.organisation_id == work.organisation_id, c.plugin == self._plugin, c.received.is_not(None)


class _Receiver:
    """Encrypts arriving bytes into pieces; each is stored together with the file's new length.

    A full piece is made durable and stored by a thread while the next one is encrypted, one after the other. So at most
    two blobs belong to no row yet; the row names both before either of them is started.
    """

    upload: Upload
    """How much of the file is stored."""
    _keys: PieceKeys
    _fence: int

    def __init__(
        self, platform: Platform, actor: Actor, when_whole: WhenWhole, scanned: OwnedFiles | None = None
    ) -> None:
        self._platform = platform
        self._scanned = scanned
        self._actor = actor
        self._when_whole = when_whole
        self._writer: BlobWriter | None = None
        self._names = (self._new_name(), self._new_name())
        """The names of the current piece and of the next one."""
        self._sealed = 0
        """How many bytes of the file are in full pieces, stored or not."""
        self._thread: ThreadPoolExecutor | None = None
        self._storing: Future[None] | None = None

    def take_over(self, work: Work, row: Row[Any], offset: int) -> list[str]:
        """Become the sender whose bytes are kept; return blobs that an earlier one may have left half written."""
        if row.received != offset:
            raise Conflict(_ELSEWHERE)
        (key,) = work.vault.content_keys(work.connection, work.organisation_id, [(row.id, PART)])
        if key is None:
            raise NotFound(_NOT_FOUND)
        self.upload, self._fence = _upload(work, row), row.fence + 1
        self._sealed = row.received
        self._keys = PieceKeys(work.organisation_id, row.id, key, row.size)
        self._note(work, row.fence, {"fence": self._fence, "writing": join_names(self._names)})
        return split_names(row.writing)

    def write(self, data: bytes) -> None:
        """Write the next bytes, of any length."""
        at = 0
        while at < len(data):
            writer = self._writer or self._open()
            room = min(PIECE_BYTES, self.upload.size - self._sealed) - writer.size
            if room <= 0:
                raise TooLarge(_TOO_LONG)
            writer.write(data[at : at + room] if at or room < len(data) else data)
            at += room
            if writer.size == PIECE_BYTES:
                self._hand_over()

    def keep(self) -> None:
        """Store all bytes so far, and call the plugin if they complete the file."""
        self._wait()
        writer = self._next_piece()
        if writer is not None or not self.upload.size:
            self._keep_piece(writer, self._names)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Discard what is not stored."""
        if self._thread is not None:
            self._thread.shutdown()
        if self._writer is not None:
            with suppress(Unavailable):  # the row names the blob: the next sender deletes it
                self._writer.abandon()

    def _hand_over(self) -> None:
        """Let a thread store the full piece, once the previous one is stored."""
        self._wait()
        writer = self._next_piece()
        if self._sealed == self.upload.size:  # nothing follows the last one
            self._keep_piece(writer, self._names)
            return
        self._thread = self._thread or ThreadPoolExecutor(1, "upload")
        self._storing = self._thread.submit(self._keep_piece, writer, self._names)

    def _next_piece(self) -> BlobWriter | None:
        """Detach the current piece, to be stored, and move on to the next one."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._sealed += writer.size
            self._names = (self._names[1], self._new_name())
        return writer

    def _wait(self) -> None:
        """Wait until the previous piece is stored.

        Raises:
            BudkavleError: Storing it failed.
        """
        storing, self._storing = self._storing, None
        if storing is not None:
            storing.result()

    def _keep_piece(self, writer: BlobWriter | None, following: tuple[str, str]) -> None:
        try:
            self._store(writer, following)
        except Conflict:  # otherwise the row still names the blob, or the commit may have succeeded
            self._platform.blobs.delete(*([writer.name] if writer else []))
            raise

    def _store(self, writer: BlobWriter | None, following: tuple[str, str]) -> None:
        written = self._close(writer) if writer else None
        received = self.upload.received + (written.size if written else 0)
        is_whole = received == self.upload.size
        if is_whole and self._scanned is not None:
            self._screen(self._scanned, written)
        values = {
            "received": None if is_whole else received,
            "writing": "" if is_whole else join_names(following),
            "kept_at": func.now(),
        }
        with self._platform.work(self._actor) as work:
            row = self._note(work, self._fence, values)
            if written:
                piece = {"file_id": row.id, "start": self.upload.received, "size": written.size, "blob": written.name}
                work.connection.execute(insert(owned_file_pieces).values(organisation_id=row.organisation_id, **piece))
            if is_whole:
                self._when_whole(work, files.read_row(work, row))
        self.upload = replace(self.upload, received=received)

    def _screen(self, plugin_files: OwnedFiles, written: Written | None) -> None:
        """Refuse and destroy a file with malware, before it counts as complete: its last piece has no row yet."""
        with self._platform.work(self._actor) as work:
            pieces = list_pieces(work, self.upload.id)
        if written:
            pieces.append(Piece(self.upload.received, written.size, written.name))
        open_at = partial(read_pieces, self._platform.blobs, self._keys, pieces)
        try:
            screen_file(self._platform, self._actor, self.upload.owner_id, self.upload.name, open_at)
        except FileRefused:
            with self._platform.work(self._actor) as work:
                plugin_files.destroy(work, self.upload.id)
            raise

    def _close(self, writer: BlobWriter) -> Written:
        try:
            return writer.close()
        except Unavailable:
            with self._platform.work(self._actor) as work:  # a newer sender deletes an older one's blob
                self._note(work, self._fence, {"fence": self._fence})
            raise

    def _note(self, work: Work, fence: int, values: dict[str, Any]) -> Row[Any]:
        c = owned_files.c
        is_current = (c.organisation_id == work.organisation_id, c.id == self.upload.id, c.fence == fence)
        is_unchanged = c.received == self.upload.received
        row = work.connection.execute(
            update(owned_files).where(*is_current, is_unchanged).values(values).returning(owned_files)
        ).one_or_none()
        if row is None:
            raise Conflict(_TAKEN_OVER)
        return row

    def _open(self) -> BlobWriter:
        start, keys = self._sealed, self._keys
        self._writer = self._platform.blobs.writer(
            keys.organisation_id, keys.key_of(start), keys.aad_of(start), name=self._names[0]
        )
        return self._writer

    def _new_name(self) -> str:
        return self._platform.blobs.new_name(self._actor.organisation_id)


def _upload(work: Work, row: Row[Any]) -> Upload:
    return Upload(row.id, row.owner_id, files.read_row(work, row).name, row.received, row.size)
