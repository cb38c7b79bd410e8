"""Folders that a case system watches. Each appears complete or not at all.

They are at `FOLDER/ORGANISATION/NAME`, where FOLDER comes from the settings of the installation. A folder that is being
written has a name that begins with a dot; once it is on disk it is renamed. The case system removes a folder when it
has read it.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from budkavle import Permanent, Temporary
from budkavle_case_system.settings import NO_FOLDER

OUTSIDE = "Mappen leder ut ur den mapp som er IT-avdelning har valt. Be er IT-avdelning ta bort länken."
UNWRITABLE = "Det går inte att skriva i mappen {name}: {why}"
_LETTERS = re.compile(r"[^\w.-]+")


def place_of(base: Path | None, organisation: str, name: str) -> Path:
    """Return the folder in which the folders of an organisation appear, and create it if it is missing.

    Args:
        base: The installation's folder.
        organisation: The short name of the organisation in addresses.
        name: What the organisation calls its folder. It was checked when it was saved, and is checked again here.

    Raises:
        Permanent: There is no base folder, or the path leads out of it.
        Temporary: It cannot be created now.
    """
    if base is None:
        raise Permanent(NO_FOLDER)
    if {organisation, name} & {"", ".", ".."} or any(set(part) & set("/\\\0") for part in (organisation, name)):
        raise Permanent(OUTSIDE)
    place = base / organisation / name
    try:
        if not base.is_dir():
            raise Temporary(UNWRITABLE, name=str(base.name), why="finns inte")
        place.mkdir(mode=0o770, parents=True, exist_ok=True)
    except OSError as error:
        raise Temporary(UNWRITABLE, name=name, why=error.strerror or "") from error
    if place.resolve() != base.resolve() / organisation / name:
        raise Permanent(OUTSIDE)
    return place


class NewFolder:
    """A folder that is being written. Its name begins with a dot until it is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, pieces: Iterator[bytes]) -> None:
        """Write a file and sync it to disk; `name` may contain one folder."""
        target = self._path.joinpath(*name.split("/"))
        target.parent.mkdir(mode=0o770, exist_ok=True)
        with target.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def settle(self) -> None:
        """Sync the names of its files to disk too."""
        for folder in (self._path, *(each for each in self._path.iterdir() if each.is_dir())):
            _sync(folder)


@contextmanager
def appearing(place: Path, name: str) -> Iterator[NewFolder | None]:
    """Let a folder appear once the block has written all of it. What an interrupted worker left is deleted.

    Args:
        place: Where it appears.
        name: Its name, the same at every attempt.

    Returns:
        The folder to write in. None if it is already there.

    Raises:
        Temporary: Writing to the disk failed.
    """
    final, unfinished = place / name, place / f".{name}.part"
    try:
        if final.exists():
            yield None
            return
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o770)
        folder = NewFolder(unfinished)
        yield folder
        folder.settle()
        unfinished.rename(final)
        _sync(place)
    except OSError as error:
        raise Temporary(UNWRITABLE, name=place.name, why=error.strerror or "") from error


def is_taken(base: Path | None, place: str) -> bool:
    """Tell whether a folder that appeared has been removed. False if the whole disk is missing.

    Args:
        base: The installation's folder.
        place: Where it appeared, below the base.
    """
    if base is None or not place:
        return False
    path = base / place
    return path.parent.is_dir() and not path.exists()


def file_name(number: int, name: str) -> str:
    """Return a name for an attachment that works on every system. The metadata file has the original name."""
    plain = _LETTERS.sub("_", name).strip("._")[-80:]
    return f"{number:02}-{plain or 'bilaga'}"


def try_place(place: Path) -> None:
    """Write a file and remove it, to test that it works."""
    _attempt(place, lambda: (place / ".budkavle-prov").write_bytes(b"prov"))
    _attempt(place, (place / ".budkavle-prov").unlink)


def _attempt(place: Path, step: Callable[[], object]) -> None:
    try:
        step()
    except OSError as error:
        raise Temporary(UNWRITABLE, name=place.name, why=error.strerror or "") from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
