"""The shelf in a folder, which several hosts may share: the root, a file for each block, and a lock."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from budkavle.storage.keys import KeysUnavailable, sync_folder

ROOT, LOCK, BLOCK, NEW = "root", "lock", ".block", ".new"
AT_ONCE = 8
"""Files that are written in parallel: a disk syncs several as fast as one."""
_AWAY = "Nyckellagret i {place} svarar inte, så inget krypterat kan läsas eller skrivas: {error}"


class FolderShelf:
    """A shelf in a folder that only its owner can read.

    Args:
        folder: The folder; it is created when something is first written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = str(folder / ROOT)
        self.place = str(folder)

    def stamp(self) -> object | None:
        """Return the identity of the root file. It is opened, as a network file system checks for changes only then."""
        with self._told():
            try:
                handle = os.open(self._root, os.O_RDONLY)
            except FileNotFoundError:
                return None
            try:
                return _stamp(os.fstat(handle))
            finally:
                os.close(handle)

    def root(self) -> tuple[object, bytes] | None:
        """Return the root with its stamp."""
        with self._told():
            try:
                with (self._folder / ROOT).open("rb") as file:
                    return _stamp(os.fstat(file.fileno())), file.read()
            except FileNotFoundError:
                return None

    def block(self, name: str) -> bytes | None:
        """Return a block; None if it is gone."""
        with self._told():
            try:
                return (self._folder / (name + BLOCK)).read_bytes()
            except FileNotFoundError:
                return None

    @contextlib.contextmanager
    def writing(self) -> "Iterator[FolderWriter]":
        """Hold the lock of the folder while the block lasts."""
        with self._told():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield FolderWriter(self._folder)
            finally:
                os.close(handle)

    def close(self) -> None:
        """Do nothing: nothing is open."""

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise KeysUnavailable(_AWAY, place=self.place, error=os.strerror(error.errno or 0)) from error


class FolderWriter:
    """The folder while its lock is held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def root(self) -> bytes | None:
        """Return the root; None if there is none yet."""
        try:
            return (self._folder / ROOT).read_bytes()
        except FileNotFoundError:
            return None

    def replace(self, root: bytes, blocks: Mapping[str, bytes], gone: Collection[str]) -> None:
        """Write the blocks durably, then the root, then remove the blocks that it no longer names."""
        with ThreadPoolExecutor(AT_ONCE) if len(blocks) > 1 else contextlib.nullcontext() as threads:
            run = threads.map if threads else map
            list(run(self._write, blocks, blocks.values()))
        if blocks:
            sync_folder(self._folder)
        new = f"{ROOT}-{secrets.token_hex(4)}{NEW}"
        self._write_file(new, root)
        (self._folder / new).replace(self._folder / ROOT)
        sync_folder(self._folder)
        self.remove(gone)

    def names(self) -> set[str]:
        """Return the names of all blocks, and of files that a dead process has left."""
        names = {path.name for path in self._folder.iterdir() if path.suffix in {BLOCK, NEW}}
        return {name.removesuffix(BLOCK) for name in names}

    def remove(self, names: Collection[str]) -> None:
        """Remove blocks, and files that a dead process has left."""
        for name in names:
            (self._folder / (name if name.endswith(NEW) else name + BLOCK)).unlink(missing_ok=True)

    def _write(self, name: str, data: bytes) -> None:
        self._write_file(name + BLOCK, data)

    def _write_file(self, name: str, data: bytes) -> None:
        handle = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
