"""Copying all files to another store, while everything runs; files that are there already are skipped."""

from collections.abc import Callable
from dataclasses import dataclass

from budkavle.accounts.permissions import require_platform
from budkavle.model.errors import Unavailable
from budkavle.model.people import Actor
from budkavle.storage.blobs import Blobs
from budkavle.storage.blobs.faults import MissingFile
from budkavle.storage.platform import Platform

_NOT_THE_SAME = "Filen {name} fick en annan storlek i det nya lagret. Försök igen."


@dataclass(slots=True)
class Moved:
    """The result of a run.

    Attributes:
        copied: Files that were copied.
        bytes: Their size.
        there: Files that were in the other store already.
    """

    copied: int = 0
    bytes: int = 0
    there: int = 0


def move(platform: Platform, actor: Actor, target: Blobs, tell: Callable[[str, Moved], None]) -> Moved:
    """Copy every file of the store to another one, still sealed; nothing is deleted here.

    An interrupted run continues when it is called again. Files that were added or deleted meanwhile are handled by the
    next run, so make the last run when nothing else runs.

    Args:
        platform: The installation.
        actor: Who moves them.
        target: The other store.
        tell: Called with a folder and what has been done so far, after each folder.

    Raises:
        Forbidden: The actor does not administer the installation.
        Unavailable: One of the stores does not answer.
    """
    require_platform(actor)
    moved = Moved()
    for folder in platform.blobs.folders():
        there = {file.name: file.size for file in target.all_files(folder)}
        for file in platform.blobs.all_files(folder):
            if there.get(file.name) == file.size:
                moved.there += 1
                continue
            if file.name in there:  # of another size: an interrupted copy
                target.delete(file.name)
            try:
                target.put_sealed(file.name, platform.blobs.sealed_pieces(file.name))
            except MissingFile:  # deleted meanwhile
                continue
            moved.copied, moved.bytes = moved.copied + 1, moved.bytes + file.size
        _require_same(platform.blobs, target, folder)
        tell(folder, moved)
    return moved


def _require_same(source: Blobs, target: Blobs, folder: str) -> None:
    there = {file.name: file.size for file in target.all_files(folder)}
    for file in source.all_files(folder):
        if there.get(file.name, file.size) != file.size:
            raise Unavailable(_NOT_THE_SAME, name=file.name)
