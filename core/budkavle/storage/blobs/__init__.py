"""Attachments and other large files, encrypted while streaming, in a folder or any store that obstore supports."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

import obstore
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from obstore.store import LocalStore, from_url

from budkavle.settings import Settings
from budkavle.storage.blobs.faults import MissingFile, answering
from budkavle.storage.blobs.format import CHUNK, DAMAGED, HEADER, TAG, cut, nonce, read_header
from budkavle.storage.blobs.local import LocalFile, local_pieces
from budkavle.storage.blobs.writer import BlobWriter, File, Written
from budkavle.storage.keys import Damaged, sync_folder

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ObjectStore

BUFFER = 8 << 20


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
    ) -> BlobWriter:
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
            with answering(), contextlib.suppress(FileNotFoundError):
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
        with answering():
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
        with answering():
            for page in obstore.list(self._store, prefix=f"{prefix}/" if prefix else None):
                for item in page:
                    if "#" not in item["path"]:
                        yield StoredFile(item["path"], item["size"], item["last_modified"])

    def folders(self) -> list[str]:
        """Return the first parts of all file names, up to the first slash: the ids of organisations.

        Raises:
            Unavailable: The store does not answer.
        """
        with answering():
            return sorted(obstore.list_with_delimiter(self._store)["common_prefixes"])

    def check(self) -> None:
        """List the first file of the store, and check whether a folder is writable.

        Raises:
            Unavailable: It does not answer, does not exist, or cannot be read or written.
        """
        with answering():
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
        with answering():
            file = self.open_file(name)
            try:
                for piece in pieces:
                    file.write(piece)
                file.close()
                self.make_durable(name)
            except BaseException:
                self.discard(file, name)
                raise

    def _pieces(self, name: str, first: int = 0) -> Iterator[bytes]:
        """Yield the bytes as stored: the header, then everything from a given chunk on."""
        with answering():
            try:
                if self._folder is not None:
                    yield from local_pieces(self._folder / name, first)
                    return
                if first:
                    yield bytes(obstore.get_range(self._store, name, start=0, length=HEADER))
                options: GetOptions | None = {"range": {"offset": HEADER + first * (CHUNK + TAG)}} if first else None
                pieces = obstore.get(self._store, name, options=options).stream(min_chunk_size=BUFFER)
            except FileNotFoundError as error:
                raise MissingFile("Filens innehåll finns inte i lagringen.") from error
            for piece in pieces:
                yield bytes(piece)

    def open_file(self, name: str) -> File:
        """Begin a file that gets this name when it is closed."""
        if self._folder is not None:
            return LocalFile(self._folder / name)
        return obstore.open_writer(self._store, name, buffer_size=BUFFER)

    def discard(self, file: File, name: str) -> None:
        """Remove an incomplete file; in a folder it never gets its final name."""
        if isinstance(file, LocalFile):
            file.discard()
        else:  # the store has no other way to end the upload
            file.close()
            self.delete(name)

    def make_durable(self, name: str) -> None:
        """Sync the folders of a local file; other stores answer only when the file is stored durably."""
        if self._folder is not None:
            sync_folder((self._folder / name).parent)
            sync_folder(self._folder)
