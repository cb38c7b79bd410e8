"""Folders that a case system watches: each appears whole, or not at all.

They lie in `FOLDER/ORGANISATION/NAME`, where the installation's settings name FOLDER. What is being written has a name
that begins with a dot; it is written to the disk and then renamed. The case system takes a folder away when it has it.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from budkavle import Permanent, Temporary

NO_FOLDER = "Er IT-avdelning har inte valt var mappar får ligga. Be dem ange folder för tillägget case_system."
OUTSIDE = "Mappen leder ut ur den mapp som er IT-avdelning har valt. Be er IT-avdelning ta bort länken."
UNWRITABLE = "Det går inte att skriva i mappen {name}: {why}"
_LETTERS = re.compile(r"[^\w.-]+")


def place_of(base: Path | None, organisation: str, name: str) -> Path:
    """Return the folder in which an organisation's folders appear; it is made where it is missing.

    Args:
        base: The installation's folder.
        organisation: The organisation's word in addresses.
        name: What the organisation calls its folder; it was judged when it was saved, and is judged here again.

    Raises:
        Permanent: There is no base, or the way leads out of it.
        Temporary: It cannot be made now.
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
    """A folder that is being written; its name begins with a dot until it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, pieces: Iterator[bytes]) -> None:
        """Write a file and see that it is on the disk; `name` may have one folder before it."""
        target = self._path.joinpath(*name.split("/"))
        target.parent.mkdir(mode=0o770, exist_ok=True)
        with target.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def settle(self) -> None:
        """See that the names of its files are on the disk too."""
        for folder in (self._path, *(each for each in self._path.iterdir() if each.is_dir())):
            _sync(folder)


@contextmanager
def appearing(place: Path, name: str) -> Iterator[NewFolder | None]:
    """Let a folder appear once the block has written all of it; what an ended worker left behind is thrown away.

    Args:
        place: Where it appears.
        name: Its name, the same at every try.

    Returns:
        The folder to write in; None where it is there already.

    Raises:
        Temporary: The disk says no.
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
    """Tell whether a folder that appeared has been taken away; not where the whole disk is away.

    Args:
        base: The installation's folder.
        place: Where it appeared, below the base.
    """
    if base is None or not place:
        return False
    path = base / place
    return path.parent.is_dir() and not path.exists()


def file_name(number: int, name: str) -> str:
    """Return a name for an attachment that every system can have; the facts have the name that it was sent with."""
    plain = _LETTERS.sub("_", name).strip("._")[-80:]
    return f"{number:02}-{plain or 'bilaga'}"


def try_place(place: Path) -> None:
    """Write a file and take it away, to see that it can be done."""
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
