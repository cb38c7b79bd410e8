"""Several files and catalogues as one ZIP of any size, written while it is sent and stored nowhere."""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from budkavle import Actor, Host, Invalid, NotFound, TooLarge, Work, as_uuid, record
from budkavle.accounts import require_loa
from budkavle.operations import ZipMember, safe_name, unique_paths, write_zip
from budkavle.web import Visitor, WebRequest
from budkavle_files.content.downloads import safe_headers
from budkavle_files.reading.readings import note_reading
from budkavle_files.tree import rights
from budkavle_files.tree.entries import list_catalogue
from budkavle_files.tree.things import AccessRole, Entry, EntryKind
from budkavle_files.tree.versions import FILES, find_version

MOST_FILES: Final = 10_000
BATCH: Final = 200


def handlers(host: Host) -> list[Any]:
    """Return the routes."""

    @get("/plugin/files/zip", sync_to_thread=True, as_it_is=True)
    def download(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[Any]:
        """Return the ticked entries as one ZIP; the response starts before the last file has been read."""
        ids = [entry_id for entry_id in map(as_uuid, request.query_params.getall("id", [])) if entry_id]
        with visitor.work() as work:
            chosen = collect(host, work, ids)
            record(work, "files.zip-downloaded", None, count=len(chosen))
        name = visitor.say("Filer") + ".zip"
        return Stream(
            write_zip(read_members(host, visitor.actor, chosen)),
            media_type="application/zip",
            headers=safe_headers(name),
        )

    return [download]


def collect(host: Host, work: Work, entry_ids: Iterable[UUID]) -> list[tuple[str, Entry]]:
    """Return the files of the ticked entries, each with its path in the ZIP; for catalogues, all files below them.

    Raises:
        Invalid: Nothing is ticked.
        NotFound: An entry is out of the actor's reach.
        StepUp: A file requires a higher level than the actor's session has.
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
    return list(zip(unique_paths(path for path, _ in chosen), (entry for _, entry in chosen), strict=True))


def read_members(host: Host, actor: Actor, chosen: Iterable[tuple[str, Entry]]) -> Iterator[ZipMember]:
    """Yield the files with their bytes; files destroyed meanwhile are left out."""
    for path, entry in chosen:
        try:
            with host.work(actor) as work:
                version = find_version(host, work, rights.require(host, work, entry.id, AccessRole.READER))
                pieces = FILES.open(work, version.file_id)
                note_reading(host, work, entry, version.number)
        except NotFound:
            continue
        yield path, version.created_at, version.size, pieces


def _below(host: Host, work: Work, entry: Entry, above: str) -> Iterator[tuple[str, Entry]]:
    path = f"{above}{safe_name(entry.name)}"
    if not entry.is_catalogue:
        yield path + (".md" if entry.kind is EntryKind.NOTE else ""), entry
        return
    offset = 0
    while rows := list_catalogue(host, work, entry, offset=offset, limit=BATCH).entries:
        for child in rows:
            yield from _below(host, work, child, f"{path}/")
        offset += BATCH
