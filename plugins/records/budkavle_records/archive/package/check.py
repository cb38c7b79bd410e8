"""Checks a finished package: one folder, valid METS files, and every file with its size and checksum.

A receiver does this check first. It reads the zip from any stream that can seek, and holds only a piece of a file at a
time. The other requirements of the specifications are checked by the schemas when a package is made.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any, Final
from urllib.parse import unquote

from lxml import etree

from budkavle import Damaged, Sentence
from budkavle_records.archive.package.sealed_stream import SealedStream
from budkavle_records.archive.package.xml_parts import METS, METS_SCHEMA, XLINK, parse, require_valid

PIECE: Final = 1 << 18
LARGEST_METS: Final = 64 << 20
"""The largest METS file that is read, in bytes."""
MOST: Final = 50
"""The most faults that are reported."""
_NAMED: Final = (f"{{{METS}}}file", f"{{{METS}}}mdRef")


def check(stream: IO[bytes] | SealedStream) -> list[Sentence]:
    """Return the faults of a package as sentences; an empty list if there are none.

    Args:
        stream: The zip; it must be able to seek.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            return [fault for fault, _ in zip(_Check(archive).faults(), range(MOST), strict=False)]
    except Damaged as error:  # the store reports it before anything can be compared
        return [error.sentence]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        return [Sentence("Filen är ingen hel zip-fil.")]


class _Check:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._sizes = {item.filename: item.file_size for item in archive.infolist() if not item.is_dir()}
        self._named = set[str]()

    def faults(self) -> Iterator[Sentence]:
        names = [item.filename for item in self._archive.infolist() if not item.is_dir()]
        folders = {name.partition("/")[0] for name in names}
        if len(folders) != 1 or any("/" not in name for name in names):
            yield Sentence("Paketet ska ha en enda mapp överst.")
            return
        if len(names) != len(set(names)):
            yield Sentence("En fil finns två gånger i paketet.")
        (folder,) = folders
        yield from self._document(folder, is_root=True)
        for name in sorted(set(self._sizes) - self._named):
            yield Sentence("Ingen METS-fil nämner {file}.", file=_inside(name))

    def _document(self, folder: str, *, is_root: bool) -> Iterator[Sentence]:
        """Check a METS file and the files it names; the package's METS file names those of the representations."""
        path = f"{folder}/METS.xml"
        self._named.add(path)
        size = self._sizes.get(path)
        if size is None or size > LARGEST_METS:
            yield Sentence("{file} saknas.", file=_inside(path))
            return
        try:
            root = parse(self._archive.read(path))
            require_valid(root, METS_SCHEMA)
        except (etree.XMLSyntaxError, Damaged):
            yield Sentence("{file} följer inte sitt schema.", file=_inside(path))
            return
        except (zipfile.BadZipFile, EOFError, zlib.error):
            yield Sentence("{file} har en annan kontrollsumma.", file=_inside(path))
            return
        if is_root and root.get("OBJID") != folder:
            yield Sentence("Mappen heter inte som paketets OBJID.")
        for node in root.iter(*_NAMED):
            yield from self._file(folder, node)
        for pointer in root.iter(f"{{{METS}}}mptr"):
            inner = PurePosixPath(folder, unquote(pointer.get(f"{{{XLINK}}}href", "")))
            if is_root and inner.name == "METS.xml" and ".." not in inner.parts:
                yield from self._document(str(inner.parent), is_root=False)

    def _file(self, folder: str, node: Any) -> Iterator[Sentence]:
        place = node if node.tag == _NAMED[1] else node.find(f"{{{METS}}}FLocat")
        href = unquote(place.get(f"{{{XLINK}}}href", "")) if place is not None else ""
        parts = PurePosixPath(href).parts
        if not href or ".." in parts or href.startswith("/") or ":" in href:
            yield Sentence("En hänvisning leder ut ur paketet.")
            return
        path = f"{folder}/{href}"
        self._named.add(path)
        if path not in self._sizes:
            yield Sentence("{file} saknas.", file=_inside(path))
        elif str(self._sizes[path]) != node.get("SIZE"):
            yield Sentence("{file} har en annan storlek.", file=_inside(path))
        elif node.get("CHECKSUMTYPE") != "SHA-256" or self._digest(path) != (node.get("CHECKSUM") or "").lower():
            yield Sentence("{file} har en annan kontrollsumma.", file=_inside(path))

    def _digest(self, path: str) -> str:
        digest = hashlib.sha256()
        try:
            with self._archive.open(path) as member:
                while piece := member.read(PIECE):
                    digest.update(piece)
        except (zipfile.BadZipFile, EOFError, zlib.error):
            return ""
        return digest.hexdigest()


def _inside(path: str) -> str:
    return path.partition("/")[2]
