"""A package as a stream: the zip of an E-ARK SIP, with only a piece of a file in memory at a time.

The files come first and the METS files last, since they contain the checksums of all the others. Everything is in one
folder with the same name as `mets/@OBJID`.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final
from uuid import UUID

from budkavle import Damaged
from budkavle_records.archive.package import erms, mets, premis, thread_pdf
from budkavle_records.archive.package.content import ArchivedCase, ArchivedFile, Delivering, PackedFile
from budkavle_records.archive.package.xml_parts import CARRIED, LOCAL, SCHEMAS

XML: Final = "application/xml"
ABOUT_PATH: Final = "documentation/om-leveransen.txt"
REPRESENTATION: Final = f"representations/{mets.REPRESENTATION}/"
LARGE: Final = 1 << 31
"""The size in bytes from which a zip needs its 64-bit form."""
_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,120}/[A-Za-z0-9!#$&^_.+-]{1,120}")
_ENDING: Final = re.compile(r"[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Package:
    """The identity of a package.

    Attributes:
        id: Its ID; the folder and `mets/@OBJID` are named after it.
        made_at: When it is made.
    """

    id: UUID
    made_at: datetime

    @property
    def name(self) -> str:
        """The name of its folder, and of its file without the extension."""
        return f"uuid-{self.id}"


def pieces(package: Package, case: ArchivedCase, by: Delivering) -> Iterator[bytes]:
    """Yield the zip of a package, piece by piece.

    Args:
        package: The identity of the package.
        case: The case that it contains.
        by: The delivering organisation.

    Raises:
        Damaged: While it is read: a file differs from the one that was stored, or a document cannot be made.

    Example:
        for piece in pieces(Package(uuid4(), now), case, delivering):
            stream.write(piece)
    """
    return _Writer(package, case, by).run()


class _Sink:
    """Takes what the zip writes until it is read; it cannot seek, so the zip is written as a stream."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is buffered."""

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


class _Writer:
    def __init__(self, package: Package, case: ArchivedCase, by: Delivering) -> None:
        self._package = package
        self._case = case
        self._by = by
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self._written: PackedFile | None = None

    def run(self) -> Iterator[bytes]:
        data = list[PackedFile]()
        for file in self._contents():
            yield from self._stream(*file)
            data.append(self._last())
        thread, file_format = thread_pdf.write(self._case, self._by, data)
        yield from self._stream("data/arende.pdf", thread_pdf.MEDIA_TYPE, "Hela ärendet", 0, [thread])
        data.append(replace(self._last(), file_format=file_format))
        case, by, package = self._case, self._by, self._package
        document = erms.write(case, by, data, package.made_at)
        yield from self._stream("data/ERMS.xml", XML, "Ärendets metadata", 0, [document])
        data.append(self._last())
        happened = premis.write(data, case, by, package.made_at, package.id)
        yield from self._stream("metadata/preservation/premis.xml", XML, "PREMIS", 0, [happened])
        of_data = mets.write_representation(self._heading(mets.REPRESENTATION), self._last(), data)
        yield from self._stream("METS.xml", XML, "METS", 0, [of_data])
        yield from self._root(replace(self._last(), path=f"{REPRESENTATION}METS.xml"))
        self._zip.close()
        yield self._sink.take()

    def _root(self, representation: PackedFile) -> Iterator[bytes]:
        package, by = self._package, self._by
        yield from self._stream(f"/{ABOUT_PATH}", "text/plain", "Om leveransen", 0, [self._about()])
        groups = [mets.Group("docs", "Documentation", [self._last()])]
        schemas = list[PackedFile]()
        for name in CARRIED:
            yield from self._stream(f"/schemas/{name}", XML, name, 0, [(SCHEMAS / name).read_bytes()])
            schemas.append(self._last())
        groups.append(mets.Group("schemas", "Schemas", schemas))
        document = premis.write_root([representation], by, package.made_at, package.id)
        yield from self._stream("/metadata/preservation/premis.xml", XML, "PREMIS", 0, [document])
        of_all = mets.write_package(self._heading(package.name), self._last(), groups, representation)
        yield from self._stream("/METS.xml", XML, "METS", 0, [of_all])

    def _contents(self) -> Iterator[tuple[str, str, str, int, Iterable[bytes]]]:
        """Yield the text, files and receipts of each message: path, media type, title, message number, bytes."""
        for number, message in enumerate(self._case.messages, 1):
            if message.destroyed:
                continue
            text = message.body.encode("utf-8", "replace")
            yield f"data/{number:03}-text.txt", "text/plain", "Meddelandets text", number, [text]
            for place, file in enumerate(message.files, 1):
                path = f"data/{number:03}-{place:02}{_ending(file.name)}"
                yield path, _media_type(file.content_type), file.name, number, _whole(file)
            receipts = [receipt for delivery in message.deliveries for receipt in delivery.receipts]
            for place, receipt in enumerate(receipts, 1):
                is_xml = receipt.lstrip()[:1] == b"<"
                path = f"data/{number:03}-kvittens-{place:02}{'.xml' if is_xml else '.bin'}"
                yield path, XML if is_xml else "application/octet-stream", f"Kvittens {place}", number, [receipt]

    def _stream(
        self, path: str, media_type: str, title: str, message: int, content: Iterable[bytes]
    ) -> Iterator[bytes]:
        """Write a file; a path with a leading slash is in the package's own folder, others in the representation's."""
        folder = self._package.name + "/" + ("" if path.startswith("/") else REPRESENTATION)
        path = path.removeprefix("/")
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(folder + path, self._package.made_at.astimezone(LOCAL).timetuple()[:6])
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        large = any(file.size >= LARGE for file in self._case.messages[message - 1].files) if message else False
        with self._zip.open(entry, "w", force_zip64=large) as member:
            for piece in content:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
                yield self._sink.take()
        yield self._sink.take()
        self._written = PackedFile(path, media_type, size, digest.hexdigest(), title, message, media_type)

    def _last(self) -> PackedFile:
        if self._written is None:
            raise TypeError("nothing has been written yet")
        return self._written

    def _heading(self, object_id: str) -> mets.Heading:
        return mets.Heading(object_id, self._case.label, self._package.made_at, self._by)

    def _about(self) -> bytes:
        by = self._by
        values: dict[str, Any] = {"version": by.version, "organisation": by.organisation, "number": by.number}
        return (
            (Path(__file__).parent / "about.txt")
            .read_text("utf-8")
            .format(**values, case=self._case.number)
            .encode("utf-8", "replace")
        )


def _whole(file: ArchivedFile) -> Iterator[bytes]:
    size = 0
    for piece in file.open():
        size += len(piece)
        yield piece
    if size != file.size:
        raise Damaged("En bilaga har en annan storlek än när den sparades.")


def _ending(name: str) -> str:
    ending = PurePosixPath(name).suffix.lower().removeprefix(".")
    return f".{ending}" if _ENDING.fullmatch(ending) else ".bin"


def _media_type(text: str) -> str:
    essence = text.partition(";")[0].strip().lower()
    return essence if _MEDIA_TYPE.fullmatch(essence) else "application/octet-stream"
