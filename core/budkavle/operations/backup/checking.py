"""Verifies a stored backup: it is complete, every checksum is right, and everything can be unpacked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from budkavle.model.errors import Damaged
from budkavle.model.sentences import Sentence
from budkavle.operations.backup import manifest, objects, tables
from budkavle.operations.backup.files import sum_of
from budkavle.operations.backup.manifest import Manifest

MOST_NAMED = 20
"""The most faults that are named one by one."""
_TABLE = "Tabellen {table} är inte som när säkerhetskopian gjordes: filen har ändrats, kortats eller saknas."
_ROWS = "Tabellen {table} har {rows} rader i filen och {noted} i innehållsförteckningen."
_LIST = "Listan över filer är inte som när säkerhetskopian gjordes."
_FILE = "Filen {name} är inte som när säkerhetskopian gjordes, eller saknas."


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of verifying a backup.

    Attributes:
        faults: What is wrong, in sentences; empty if nothing is.
        is_sealed: Whether the manifest was checked against the installation's key.
    """

    manifest: Manifest
    faults: tuple[Sentence, ...]
    is_sealed: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(folder: Path, key: bytes | None = None) -> Verified:
    """Verify a backup completely.

    Args:
        folder: The backup.
        key: The installation's key, if available: it shows that nobody else made the manifest.

    Raises:
        Misconfigured: There is no complete backup in the folder.
        Damaged: The manifest cannot be read, or was made under another key.
    """
    made = manifest.read(folder)
    if key is not None:
        manifest.require_seal(made, key)
    faults: list[Sentence] = []
    for fault in _faults(folder, made):
        faults.append(fault)
        if len(faults) == MOST_NAMED:
            break
    return Verified(made, tuple(faults), key is not None)


def _faults(folder: Path, made: Manifest) -> Iterator[Sentence]:
    for table in made.tables:
        path = tables.path_of(folder, table.name)
        if not path.is_file() or sum_of(path) != (table.bytes, table.sha256):
            yield Sentence(_TABLE, table=table.name)
        elif (rows := tables.rows_of(folder, table)) != table.rows:
            yield Sentence(_ROWS, table=table.name, rows=rows, noted=table.rows)
    path = folder / objects.LIST
    if not path.is_file() or sum_of(path)[1] != made.objects.sha256:
        yield Sentence(_LIST)
    elif made.objects.copied:
        for name in objects.damaged(folder):
            yield Sentence(_FILE, name=name)


def require_whole(folder: Path, key: bytes) -> Manifest:
    """Return the manifest of a backup without faults.

    Raises:
        Misconfigured: There is no complete backup in the folder.
        Damaged: Something is wrong; the sentence names the first fault.
    """
    verified = verify(folder, key)
    if verified.faults:
        raise Damaged(verified.faults[0])
    return verified.manifest
