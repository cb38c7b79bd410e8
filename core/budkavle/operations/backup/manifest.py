"""The manifest of a backup: its content with sizes and checksums, sealed with the installation's key.

It is written last. A folder without it is an incomplete backup.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from budkavle.model.errors import Damaged, Misconfigured
from budkavle.storage.keys import derive, sync_folder

NAME: Final = "manifest.json"
FORMAT: Final = 1
_NONE = (
    "I mappen {folder} finns ingen hel säkerhetskopia: {name} saknas. Kopieringen blev inte klar, eller så är det fel"
    " mapp."
)
_UNREADABLE = "Säkerhetskopians innehållsförteckning {path} går inte att läsa."
_NEWER = "Säkerhetskopian i {folder} är gjord av en nyare version. Använd den versionen."
_FORGED = (
    "Säkerhetskopian är gjord med en annan huvudnyckel än den här, eller så har dess innehållsförteckning ändrats."
    " Lägg tillbaka rätt nyckel innan du återställer."
)


class TableFile(msgspec.Struct, frozen=True):
    """The rows of one table: the text format of PostgreSQL's COPY, compressed by gzip.

    Attributes:
        columns: In the order of the file.
        rows: How many lines the file has.
        bytes: The size of the compressed file.
        sha256: Of the compressed file, in hexadecimal.
    """

    name: str
    columns: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str


class Objects(msgspec.Struct, frozen=True):
    """The files of the store: a list of them, and if the store is a folder, the sealed files themselves.

    Attributes:
        copied: Whether the files are in the backup; a store such as S3 keeps its own versions.
        sha256: Of the list.
    """

    copied: bool
    count: int
    bytes: int
    sha256: str


class KeyNote(msgspec.Struct, frozen=True):
    """Which keys decrypt the backup; never a key that can decrypt anything alone.

    Attributes:
        provider: The key provider that holds the master key.
        check: The check value of the installation's key, in hexadecimal; the key cannot be derived from it.
        wrapped: The installation's key as the provider has wrapped it, in hexadecimal; empty if it is the key file.
        store: The id of the key store.
        generation: The key store's generation at that time.
    """

    provider: str
    check: str
    wrapped: str = ""
    store: str = ""
    generation: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds.

    Attributes:
        format: The version of the folder's format, 1.
        made_at: When the snapshot was taken.
        program: The version of Budkavle.
        server: The version of PostgreSQL.
        heads: The newest migration of the core, under `core`, and of each plugin.
        sequences: The last number of each sequence that has been used.
        seal: HMAC-SHA-256 of all the rest under a key derived from the installation's, in hexadecimal.
    """

    format: int
    made_at: datetime
    program: str
    server: str
    heads: Mapping[str, Sequence[str]]
    tables: Sequence[TableFile]
    sequences: Mapping[str, int]
    objects: Objects
    keys: KeyNote
    seal: str = ""

    @property
    def rows(self) -> int:
        """How many rows all tables have together."""
        return sum(table.rows for table in self.tables)


def write(folder: Path, manifest: Manifest, key: bytes) -> None:
    """Seal a manifest and write it to the folder atomically."""
    part = folder / f".{NAME}"
    sealed = replace(manifest, seal=_seal(manifest, key))
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(sealed), indent=1))
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder / NAME)
    sync_folder(folder)


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup.

    Raises:
        Misconfigured: There is none, so the backup is incomplete, or a newer version made it.
        Damaged: It cannot be read.
    """
    path = folder / NAME
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise Misconfigured(_NONE, folder=str(folder), name=NAME) from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(_UNREADABLE, path=str(path)) from error
    if manifest.format > FORMAT:
        raise Misconfigured(_NEWER, folder=str(folder))
    return manifest


def require_seal(manifest: Manifest, key: bytes) -> None:
    """Refuse a manifest that was not sealed under this installation's key.

    Raises:
        Damaged: It has been changed, or belongs to another installation.
    """
    if not hmac.compare_digest(_seal(manifest, key), manifest.seal):
        raise Damaged(_FORGED)


def _seal(manifest: Manifest, key: bytes) -> str:
    plain = msgspec.json.encode(replace(manifest, seal=""), order="deterministic")
    return hmac.digest(derive(key, "backup"), plain, hashlib.sha256).hex()
