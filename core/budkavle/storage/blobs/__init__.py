"""Attachments and other large files, encrypted while streaming, in a folder or any store that obstore supports."""

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

import obstore
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from budkavle.model.errors import NotFound, TooLarge, Unavailable
from budkavle.settings import Settings
from budkavle.storage.blobs.format import CHUNK, DAMAGED, HEADER, TAG, cut, new_header, nonce, read_header
from budkavle.storage.keys import Damaged, sync_folder

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ObjectStore

BUFFER = 8 << 20
LOCAL_BUFFER = 1 << 20
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""The system's errors for a full disk, or for an exceeded quota."""
_NO_ROOM = "Det finns inte plats för filen i lagringen. Den som kör Budkavle behöver frigöra utrymme."


class MissingFile(NotFound):
    """There is no such file in the store."""


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a writer: the name in the store and how many plain bytes it holds."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A whole file, as stored.

    Attributes:
        size: Size of the sealed bytes.
        modified: When it was written.
    """

    name: str
    size: int
    modified: datetime


class Blobs:
    """The store of large files.

    Args:
        store: The object store.
        folder: The same store as a local folder, if it is one; used to make files durable.
    """

    def __init__(self, store: "ObjectStore", folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    @classmethod
    def open(cls, settings: Settings) -> "Blobs":
        """Open the store that the settings name, by default a folder in the data folder."""
        place = urlsplit(settings.storage or "")
        if len(place.scheme) > 1 and place.scheme != "file":
            return cls(from_url(settings.storage or ""))
        folder = Path(unquote(place.path)) if settings.storage else settings.blob_folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(LocalStore(prefix=folder), folder)

    @staticmethod
    def new_name(organisation_id: UUID) -> str:
        """Return a name for a new file, to be recorded before it is written; it begins with the organisation's id."""
        return f"{organisation_id}/{uuid4().hex}"

    def writer(
        self, organisation_id: UUID, key: bytes, aad: bytes, most: int | None = None, name: str = ""
    ) -> "BlobWriter":
        """Begin a new file.

        Args:
            organisation_id: Whose it is; its name in the store begins with this id.
            key: A fresh key for this file alone (`Vault.new_key`).
            aad: What it belongs to (`vault.part_aad`).
            most: The most plain bytes it may get.
            name: A name from `new_name`; otherwise it gets one.
        """
        return BlobWriter(self, name or self.new_name(organisation_id), key, aad, most)

    def store(self, organisation_id: UUID, key: bytes, aad: bytes, data: bytes | Iterable[bytes]) -> Written:
        """Write a whole file."""
        with self.writer(organisation_id, key, aad) as writer:
            for piece in (data,) if isinstance(data, bytes) else data:
                writer.write(piece)
            return writer.close()

    def read(self, name: str, key: bytes, aad: bytes, start: int = 0) -> Iterator[bytes]:
        """Yield the plain bytes, chunk by chunk; each is authenticated before it is yielded.

        Args:
            name: The file's name in the store.
            key: Its key.
            aad: What it belongs to.
            start: The first plain byte that is wanted; earlier chunks are not read. The file must have such a byte.

        Raises:
            MissingFile: There is no such file.
            Damaged: It is not what was written under this key for this purpose; bytes yielded before are correct.
            Unavailable: The store does not answer.
        """
        first, skipped = divmod(start, CHUNK)
        box, number = AESGCM(key), first
        header, chunks = b"", cut(self._pieces(name, first))
        for chunk, last in chunks:
            if not header:
                header = read_header(chunk)
                continue
            try:
                plain = box.decrypt(nonce(header, number, last=last), chunk, header + aad)
            except InvalidTag as error:
                raise Damaged(DAMAGED) from error
            yield plain[skipped:] if number == first else plain
            number += 1
        if number == first:
            raise Damaged(DAMAGED)

    def fetch(self, name: str, key: bytes, aad: bytes) -> bytes:
        """Return the whole file."""
        return b"".join(self.read(name, key, aad))

    def delete(self, *names: str) -> None:
        """Delete files, and partial files that a killed process left; missing files are not an error.

        Raises:
            Unavailable: The store does not answer.
        """
        for name in names:
            with _answering(), contextlib.suppress(FileNotFoundError):
                obstore.delete(self._store, name)
            if self._folder is not None:  # partial files, under the store's own temporary names
                path = self._folder / name
                for part in path.parent.glob(f"{path.name}#*"):
                    part.unlink(missing_ok=True)

    def names(self, organisation_id: UUID) -> Iterator[str]:
        """Yield the names of all files of an organisation, to find those that nothing refers to."""
        for page in obstore.list(self._store, prefix=f"{organisation_id}/"):
            for item in page:
                yield item["path"]

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has, sealed; None if it does not exist.

        Raises:
            Unavailable: The store does not answer.
        """
        with _answering():
            try:
                return obstore.head(self._store, name)["size"]
            except FileNotFoundError:
                return None

    @property
    def is_local(self) -> bool:
        """Whether the files are in a folder of this host, or a folder that is mounted here."""
        return self._folder is not None

    def all_files(self, prefix: str = "") -> Iterator[StoredFile]:
        """Yield each complete file of the store, or of a folder in it, such as an organisation's id.

        Raises:
            Unavailable: The store does not answer.
        """
        with _answering():
            for page in obstore.list(self._store, prefix=f"{prefix}/" if prefix else None):
                for item in page:
                    if "#" not in item["path"]:
                        yield StoredFile(item["path"], item["size"], item["last_modified"])

    def folders(self) -> list[str]:
        """Return the first parts of all file names, up to the first slash: the ids of organisations.

        Raises:
            Unavailable: The store does not answer.
        """
        with _answering():
            return sorted(obstore.list_with_delimiter(self._store)["common_prefixes"])

    def check(self) -> None:
        """List the first file of the store, and check whether a folder is writable.

        Raises:
            Unavailable: It does not answer, does not exist, or cannot be read or written.
        """
        with _answering():
            if self._folder is not None and not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError
            next(iter(obstore.list(self._store, chunk_size=1)), None)

    def sealed_pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file as stored, still sealed.

        Raises:
            MissingFile: There is no such file.
            Unavailable: The store does not answer.
        """
        return self._pieces(name)

    def put_sealed(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file from `sealed_pieces` under the same name; an existing file is kept.

        Raises:
            Unavailable: The store does not accept it.
        """
        if self._folder is not None and (self._folder / name).exists():
            return
        if self._folder is not None:
            (self._folder / f"{name}#1").unlink(missing_ok=True)  # of an interrupted copy
        with _answering():
            file = self._open_file(name)
            try:
                for piece in pieces:
                    file.write(piece)
                file.close()
                self._make_durable(name)
            except BaseException:
                self._discard(file, name)
                raise

    def _pieces(self, name: str, first: int = 0) -> Iterator[bytes]:
        """Yield the bytes as stored: the header, then everything from a given chunk on."""
        with _answering():
            try:
                if self._folder is not None:
                    yield from _local_pieces(self._folder / name, first)
                    return
                if first:
                    yield bytes(obstore.get_range(self._store, name, start=0, length=HEADER))
                options: GetOptions | None = {"range": {"offset": HEADER + first * (CHUNK + TAG)}} if first else None
                pieces = obstore.get(self._store, name, options=options).stream(min_chunk_size=BUFFER)
            except FileNotFoundError as error:
                raise MissingFile("Filens innehåll finns inte i lagringen.") from error
            for piece in pieces:
                yield bytes(piece)

    def _open_file(self, name: str) -> "_File":
        if self._folder is not None:
            return _LocalFile(self._folder / name)
        return obstore.open_writer(self._store, name, buffer_size=BUFFER)

    def _discard(self, file: "_File", name: str) -> None:
        """Remove an incomplete file; in a folder it never gets its final name."""
        if isinstance(file, _LocalFile):
            file.discard()
        else:  # the store has no other way to end the upload
            file.close()
            self.delete(name)

    def _make_durable(self, name: str) -> None:
        """Sync the folders of a local file; other stores answer only when the file is stored durably."""
        if self._folder is not None:
            sync_folder((self._folder / name).parent)
            sync_folder(self._folder)


class _File(Protocol):
    """A file to write to; it gets its name when it is closed."""

    def write(self, data: bytes, /) -> object:
        """Write the next bytes."""

    def close(self) -> None:
        """Complete the file."""


class _LocalFile:
    """A file in a folder; until it is closed it has the temporary name that the store also uses for partial files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_named = False
        self._part = path.with_name(f"{path.name}#1")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("xb", buffering=0)

    def write(self, data: bytes, /) -> object:
        """Write the next bytes."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        return None

    def close(self) -> None:
        """Rename the file once it is on disk, so that a power cut leaves no partial file with that name."""
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self._path)
        self._is_named = True

    def discard(self) -> None:
        """Remove the file."""
        try:
            self._file.close()
        finally:
            (self._path if self._is_named else self._part).unlink(missing_ok=True)


class BlobWriter:
    """Takes plain bytes and writes ciphertext; leaving the block without `close` removes the file.

    Example:
        with blobs.writer(organisation_id, key, aad) as writer:
            for piece in pieces:
                writer.write(piece)
            written = writer.close()
    """

    def __init__(self, blobs: Blobs, name: str, key: bytes, aad: bytes, most: int | None) -> None:
        self.name = name
        self.size = 0
        self._blobs = blobs
        self._box = AESGCM(key)
        self._header = new_header()
        self._aad = self._header + aad
        self._most = most
        self._number = 0
        self._waiting = bytearray()
        self._done = False
        with _answering():
            self._file = blobs._open_file(name)
        try:
            self._put(self._header)
        except BaseException:
            self.abandon()
            raise

    def write(self, data: bytes) -> None:
        """Write the next bytes, of any length.

        Raises:
            TooLarge: There are more than allowed.
            Unavailable: The store does not accept them.
        """
        self.size += len(data)
        if self._most is not None and self.size > self._most:
            raise TooLarge("Filen är större än {most} byte, som är det mesta som tas emot.", most=self._most)
        rest = memoryview(data)  # copy only what must wait: the last chunk is known only at the end
        if self._waiting:
            missing = CHUNK - len(self._waiting)
            self._waiting += rest[:missing]
            rest = rest[missing:]
            if not rest:
                return
            self._seal(self._waiting, last=False)
            self._waiting.clear()
        whole = max(len(rest) - 1, 0) // CHUNK * CHUNK
        for start in range(0, whole, CHUNK):
            self._seal(rest[start : start + CHUNK], last=False)
        self._waiting += rest[whole:]

    def close(self) -> Written:
        """Write the last chunk and make the file durable.

        Raises:
            Unavailable: The store does not accept it.
        """
        self._seal(self._waiting, last=True)
        with _answering():
            self._file.close()
            self._blobs._make_durable(self.name)
        self._done = True
        return Written(self.name, self.size)

    def abandon(self) -> None:
        """Remove what has been written."""
        self._done = True
        with _answering():
            self._blobs._discard(self._file, self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._done:
            self.abandon()

    def _seal(self, plain: bytearray | memoryview, *, last: bool) -> None:
        self._put(self._box.encrypt(nonce(self._header, self._number, last=last), plain, self._aad))
        self._number += 1

    def _put(self, data: bytes) -> None:
        with _answering():
            self._file.write(data)


def _local_pieces(path: Path, first: int) -> Iterator[bytes]:
    """Do the same as `_pieces` for a file in a folder; the store's own stream is ten times slower."""
    with path.open("rb", buffering=0) as file:
        if first:
            yield file.read(HEADER)
            file.seek(HEADER + first * (CHUNK + TAG))
        while piece := file.read(LOCAL_BUFFER):
            yield piece


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Turn errors of the store into `Unavailable`."""
    try:
        yield
    except (BaseError, OSError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise Unavailable(_NO_ROOM) from error
        raise Unavailable("Lagringen av filer svarar inte ({reason}).", reason=type(error).__name__) from error
