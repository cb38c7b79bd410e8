"""Encrypted files of plugins that belong to no message: each is stored under the id of its owner.

Each file has a key of its own, so destroying the key destroys the file, in the store and in its backups. If the owner
is a case or a message, the file is destroyed with it when the bin is emptied. Other owners are the plugin's own; the
plugin destroys their files in the unit of work that removes the owner.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select

from budkavle.cases import file_types
from budkavle.cases.message_store import GONE_FILE
from budkavle.cases.owned import screening
from budkavle.cases.owned.pieces import PART, PieceKeys, list_pieces, read_pieces, split_names
from budkavle.model import sources
from budkavle.model.errors import NotFound, TooLarge
from budkavle.model.people import Actor
from budkavle.storage.blobs.writer import Written
from budkavle.storage.key_slots.store import Slot
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import owned_file_pieces, owned_files
from budkavle.storage.vault import Destroyed, part_aad

_NOT_FOUND = "Filen finns inte, eller så har den gallrats."


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """What is known of a file without opening it.

    Attributes:
        id: The file's own id.
        owner_id: Its owner.
        name: Its name, without folders and control characters.
        content_type: Its claimed media type, which is not checked against the bytes.
        size: How many bytes it has.
        kept_at: When it was stored.
    """

    id: UUID
    owner_id: UUID
    name: str
    content_type: str
    size: int
    kept_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class _Sealed:
    """A file whose bytes are stored, but whose row is not written yet."""

    id: UUID
    key: bytes
    name: str
    content_type: str
    written: Written


class OwnedFiles:
    """The encrypted files of one plugin. It checks no rights: the plugin knows who may see an owner's files.

    Args:
        plugin: The plugin's name. Other plugins' files are not visible through it.
        limit: The most bytes of a file; by default as many as an attachment may have.
        scanned: Whether each file is scanned for malware before it is stored. Use it if the files come from anyone but
            the plugin itself. A file with malware is destroyed and logged in the event log.

    Example:
        files = OwnedFiles("pigeon")
        with host.work(visitor.actor) as work:
            file = files.keep(work, flight_id, "karta.pdf", "application/pdf", chunks)
        with host.work(visitor.actor) as work:
            chunks = files.open(work, file.id)
    """

    def __init__(self, plugin: str, limit: int | None = None, *, scanned: bool = False) -> None:
        self._plugin = plugin
        self._limit = limit
        self._scanned = scanned

    def keep(self, work: Work, owner_id: UUID, name: str, content_type: str, chunks: Iterable[bytes]) -> OwnedFile:
        """Encrypt a file into the store while it streams; it is kept only if the unit of work commits.

        Call it first in a unit of work, or after `work.commit()`, so that no connection waits for the stream.

        Args:
            work: In the organisation that the file belongs to.
            owner_id: Its owner: an object of the plugin's, a case or a message.
            name: The file's name.
            content_type: Its media type.
            chunks: Its bytes.

        Raises:
            TooLarge: It has more bytes than the limit; nothing is kept.
            Unavailable: The store does not accept it.
            FileRefused: It contains malware, or is larger than scanners read; nothing is kept.
            ScannerUnavailable: It cannot be scanned now; nothing is kept.
        """
        taking = self._sealing(work.platform, work.organisation_id, (name, content_type))
        with closing(taking):
            next(taking)
            try:
                for chunk in chain(filter(None, chunks), (b"",)):
                    taking.send(chunk)
            except StopIteration as end:
                self._screen(work.platform, work.actor, owner_id, end.value)
                return self._insert(work, owner_id, end.value)
        raise AssertionError

    def keeping(
        self,
        platform: Platform,
        actor: Actor,
        owner_id: UUID,
        name: str,
        content_type: str,
        *,
        when_kept: Callable[[Work, OwnedFile], None] | None = None,
    ) -> Generator[None, bytes, OwnedFile]:
        """Do as `keep`, for `read_multipart`: send each piece of the file, and an empty one at the end.

        The row is stored in a separate unit of work. If it is closed before the end, nothing is kept.

        Args:
            platform: The installation.
            actor: The sender.
            owner_id: Its owner: an object of the plugin's, a case or a message.
            name: The file's name.
            content_type: Its media type.
            when_kept: The plugin's own changes in that unit of work: both are stored, or neither.

        Raises:
            TooLarge: As for `keep`.
            Unavailable: As for `keep`.
            FileRefused: As for `keep`; also `ScannerUnavailable`.
        """
        sealed = yield from self._sealing(platform, actor.organisation_id, (name, content_type))
        self._screen(platform, actor, owner_id, sealed)
        with platform.work(actor) as work:
            file = self._insert(work, owner_id, sealed)
            if when_kept is not None:
                when_kept(work, file)
            return file

    def check_size(self, platform: Platform, name: str, size: int) -> None:
        """Refuse a file before it is sent if its size is known and the scanners do not allow it.

        Args:
            platform: The installation.
            name: The file's name.
            size: How many bytes it will have.

        Raises:
            TooLarge: It is larger than they allow.
        """
        if self._scanned:
            screening.check_size(platform, name, size)

    def _sealing(
        self, platform: Platform, organisation_id: UUID, about: tuple[str, str]
    ) -> Generator[None, bytes, _Sealed]:
        file_id, key = sources.new_id(), platform.vault.new_key()
        most = platform.settings.uploads.max_bytes if self._limit is None else self._limit
        scanned = screening.most_bytes(platform) if self._scanned else None
        name, content_type = file_types.clean_name(about[0]), file_types.clean_type(about[1])
        try:
            with platform.blobs.writer(
                organisation_id, key, part_aad(organisation_id, file_id, PART), min(most, scanned or most)
            ) as writer:
                while chunk := (yield):
                    writer.write(chunk)
                return _Sealed(file_id, key, name, content_type, writer.close())
        except TooLarge as error:
            if scanned is not None and scanned < most:
                raise screening.too_large(name, scanned) from error
            raise TooLarge("Filen {name} är större än {most} byte.", name=name, most=most) from error

    def _screen(self, platform: Platform, actor: Actor, owner_id: UUID, sealed: _Sealed) -> None:
        if not self._scanned:
            return
        aad = part_aad(actor.organisation_id, sealed.id, PART)
        try:
            open_at = partial(platform.blobs.read, sealed.written.name, sealed.key, aad)
            screening.screen_file(platform, actor, owner_id, sealed.name, open_at)
        except BaseException:
            platform.blobs.delete(sealed.written.name)
            raise

    def _insert(self, work: Work, owner_id: UUID, sealed: _Sealed) -> OwnedFile:
        work.after_rollback(partial(work.platform.blobs.delete, sealed.written.name))
        slot = work.vault.slots.take()
        work.vault.store_keys(work.connection, work.organisation_id, [(sealed.id, PART, sealed.key)], {sealed.id: slot})
        values = {
            "organisation_id": work.organisation_id,
            "id": sealed.id,
            "plugin": self._plugin,
            "owner_id": owner_id,
            "name": seal_name(work, sealed.id, sealed.name, slot),
            "content_type": sealed.content_type,
            "size": sealed.written.size,
            "blob": sealed.written.name,
            "kept_at": func.now(),
        }
        return read_row(work, work.connection.execute(insert(owned_files).values(values).returning(owned_files)).one())

    def list(self, work: Work, owner_id: UUID) -> Sequence[OwnedFile]:
        """Return the files of an owner, in the order in which they were stored."""
        query = select(owned_files).where(*self._whole(work), owned_files.c.owner_id == owner_id)
        rows = work.connection.execute(query.order_by(owned_files.c.kept_at, owned_files.c.id))
        return [read_row(work, row) for row in rows]

    def list_kept_before(
        self, work: Work, age: timedelta, after: UUID | None = None, limit: int = 500
    ) -> Sequence[UUID]:
        """Return complete files stored this long ago, by id; a plugin uses it to find files that it has lost track of.

        Args:
            work: In the organisation that the files belong to.
            age: How long ago.
            after: The last id of the previous batch; None starts with the first.
            limit: The most files.
        """
        c = owned_files.c
        query = select(c.id).where(*self._whole(work), c.kept_at < func.now() - age)
        if after is not None:
            query = query.where(c.id > after)
        return work.connection.execute(query.order_by(c.id).limit(limit)).scalars().all()

    def find(self, work: Work, file_id: UUID) -> OwnedFile:
        """Return one file.

        Raises:
            NotFound: There is no such file, or it has been destroyed.
        """
        return read_row(work, self._row(work, file_id))

    def open(self, work: Work, file_id: UUID, start: int = 0) -> Iterator[bytes]:
        """Return the plain bytes of a file, chunk by chunk; they may be read after the unit of work has ended.

        Args:
            work: In the organisation that the file belongs to.
            file_id: The file.
            start: The first byte to return, below the file's size; a resumed download reads only the rest.

        Raises:
            NotFound: There is no such file, or it has been destroyed.
            Damaged: While reading: the bytes are not those that were stored.
            Unavailable: While reading: the store does not answer.
        """
        row = self._row(work, file_id)
        (key,) = work.vault.content_keys(work.connection, work.organisation_id, [(file_id, PART)])
        if key is None:
            raise NotFound(_NOT_FOUND)
        if row.blob:
            return work.platform.blobs.read(row.blob, key, part_aad(work.organisation_id, file_id, PART), start)
        keys = PieceKeys(work.organisation_id, file_id, key, row.size)
        return read_pieces(work.platform.blobs, keys, list_pieces(work, file_id, start), start)

    def destroy(self, work: Work, *file_ids: UUID) -> int:
        """Destroy files with their keys, and their bytes after the commit; this cannot be undone.

        Returns:
            How many there were.
        """
        return self._destroy(work, owned_files.c.id.in_(file_ids))

    def destroy_all(self, work: Work, owner_id: UUID) -> int:
        """Destroy every file of an owner, as `destroy` does; call it when the plugin removes the owner."""
        return self._destroy(work, owned_files.c.owner_id == owner_id)

    def _destroy(self, work: Work, condition: ColumnElement[bool]) -> int:
        count, blobs = _delete(work, and_(*self._own(work), condition))
        work.after_commit(partial(work.platform.blobs.delete, *blobs))
        return count

    def _row(self, work: Work, file_id: UUID) -> "Row[Any]":
        query = select(owned_files).where(*self._whole(work), owned_files.c.id == file_id)
        row = work.connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(_NOT_FOUND)
        return row

    def _whole(self, work: Work) -> tuple[ColumnElement[bool], ...]:
        return *self._own(work), owned_files.c.received.is_(None)

    def _own(self, work: Work) -> tuple[ColumnElement[bool], ...]:
        return owned_files.c.organisation_id == work.organisation_id, owned_files.c.plugin == self._plugin


def delete_with_owners(work: Work, owners: Sequence[UUID]) -> list[str]:
    """Delete every plugin's files of cases or messages that are being destroyed, and their keys.

    Returns:
        The names of their bytes in the store, to be deleted after the commit.
    """
    c = owned_files.c
    return _delete(work, and_(c.organisation_id == work.organisation_id, c.owner_id.in_(owners)))[1]


def _delete(work: Work, condition: ColumnElement[bool]) -> tuple[int, list[str]]:
    c, piece = owned_files.c, owned_file_pieces.c
    deleted = work.connection.execute(delete(owned_files).where(condition).returning(c.id, c.blob, c.writing)).all()
    file_ids = [row.id for row in deleted]
    of_files = (piece.organisation_id == work.organisation_id, piece.file_id.in_(file_ids))
    pieces = work.connection.execute(delete(owned_file_pieces).where(*of_files).returning(piece.blob)).scalars().all()
    work.vault.destroy(work.connection, work.organisation_id, *file_ids)
    whole = [row.blob for row in deleted if row.blob]
    return len(file_ids), [*whole, *pieces, *(name for row in deleted for name in split_names(row.writing))]


def seal_name(work: Work, file_id: UUID, name: str, slot: Slot | None) -> bytes:
    """Encrypt the name of a file under the file's slot."""
    return work.vault.seal_small(work.organisation_id, _label(file_id), name.encode(), work.connection, slot)


def read_row(work: Work, row: "Row[Any]") -> OwnedFile:
    """Return the file of a row."""
    try:
        name = work.vault.open_small(work.organisation_id, _label(row.id), row.name, work.connection).decode()
    except Destroyed:
        name = GONE_FILE
    return OwnedFile(row.id, row.owner_id, name, row.content_type, row.size, row.kept_at)


def _label(file_id: UUID) -> str:
    return f"owned-file-name:{file_id}"
