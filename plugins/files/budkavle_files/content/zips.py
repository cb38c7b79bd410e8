"""Several files and catalogues as one ZIP, written while it is sent: nothing of it lies anywhere, in no size."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from stat import S_IFREG
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Stream
from stream_zip import ZIP_AUTO, Method, stream_zip

from budkavle import Actor, Host, Invalid, NotFound, TooLarge, Work, as_uuid, record
from budkavle.accounts import require_loa
from budkavle.web import Visitor, WebRequest
from budkavle_files.content.downloads import gathered, safe_headers
from budkavle_files.reading.readings import note_reading
from budkavle_files.tree import rights
from budkavle_files.tree.entries import list_catalogue
from budkavle_files.tree.things import AccessRole, Entry, EntryKind
from budkavle_files.tree.versions import FILES, find_version

MOST_FILES: Final = 10_000
BATCH: Final = 200
_MODE: Final = S_IFREG | 0o600
_STORED: Final = 0
"""The level of compression: none, which costs nothing; most large files are compressed already."""
Member = tuple[str, datetime, int, Method, Iterable[bytes]]


def handlers(host: Host) -> list[Any]:
    """Return the routes."""

    @get("/plugin/files/zip", sync_to_thread=True, as_it_is=True)
    def download(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[Any]:
        """Give what is ticked as one ZIP; the answer begins before the last file has been read."""
        ids = [entry_id for entry_id in map(as_uuid, request.query_params.getall("id", [])) if entry_id]
        with visitor.work() as work:
            chosen = collect(host, work, ids)
            record(work, "files.zip-downloaded", None, count=len(chosen))
        name = visitor.say("Filer") + ".zip"
        return Stream(
            gathered(write_zip(host, visitor.actor, chosen)), media_type="application/zip", headers=safe_headers(name)
        )

    return [download]


def collect(host: Host, work: Work, entry_ids: Iterable[UUID]) -> list[tuple[str, Entry]]:
    """Return the files of what is ticked, each with its path in the ZIP; those of catalogues with all below them.

    Raises:
        Invalid: Nothing is ticked.
        NotFound: Something is out of the actor's reach.
        StepUp: Something asks for a higher level than the actor's session has.
        TooLarge: There are more than 10,000 files.
    """
    chosen = list[tuple[str, Entry]]()
    for entry_id in dict.fromkeys(entry_ids):
        entry = rights.require(host, work, entry_id, AccessRole.READER)
        for path, file in _below(host, work, entry, ""):
            require_loa(work.actor, file.level)
            chosen.append((path, file))
            if len(chosen) > MOST_FILES:
                raise TooLarge("Det är fler än {most} filer. Välj färre åt gången.", most=MOST_FILES)
    if not chosen:
        raise Invalid("Det finns ingen fil i det du har valt.", fields={"id": "Markera minst en fil."})
    return _unique(chosen)


def write_zip(host: Host, actor: Actor, chosen: Iterable[tuple[str, Entry]]) -> Iterator[bytes]:
    """Yield the ZIP; what is destroyed meanwhile is left out."""
    yield from stream_zip(_members(host, actor, chosen))


def _members(host: Host, actor: Actor, chosen: Iterable[tuple[str, Entry]]) -> Iterator[Member]:
    for path, entry in chosen:
        try:
            with host.work(actor) as work:
                version = find_version(host, work, rights.require(host, work, entry.id, AccessRole.READER))
                pieces = FILES.open(work, version.file_id)
                note_reading(host, work, entry, version.number)
        except NotFound:
            continue
        yield path, version.created_at, _MODE, ZIP_AUTO(version.size, level=_STORED), pieces


def _below(host: Host, work: Work, entry: Entry, above: str) -> Iterator[tuple[str, Entry]]:
    path = f"{above}{_safe(entry.name)}"
    if not entry.is_catalogue:
        yield path + (".md" if entry.kind is EntryKind.NOTE else ""), entry
        return
    offset = 0
    while rows := list_catalogue(host, work, entry, offset=offset, limit=BATCH).entries:
        for child in rows:
            yield from _below(host, work, child, f"{path}/")
        offset += BATCH


def _safe(name: str) -> str:
    """Return a name that leads nowhere else where it is unpacked; Windows takes no colon and no backslash."""
    return name.translate(dict.fromkeys(map(ord, '<>:"|?*\\/'), "_")).strip(". ") or "_"


def _unique(chosen: list[tuple[str, Entry]]) -> list[tuple[str, Entry]]:
    taken, result = dict[str, int](), list[tuple[str, Entry]]()
    for path, entry in chosen:
        count = taken[path.casefold()] = taken.get(path.casefold(), 0) + 1
        stem, dot, ending = path.rpartition(".")
        numbered = f"{stem} ({count}){dot}{ending}" if stem and "/" not in ending else f"{path} ({count})"
        result.append((path if count == 1 else numbered, entry))
    return result
