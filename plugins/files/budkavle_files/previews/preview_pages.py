"""The tab Förhandsvisning of a file's panel, and the pictures in it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Host, Invalid, NotFound, Temporary, TooLarge, Work
from budkavle.operations import Preview, PreviewShelf, preview_file
from budkavle.web import Visitor
from budkavle_files.content.downloads import require_readable, safe_headers
from budkavle_files.reading.readings import note_reading
from budkavle_files.tree.things import AccessRole, Entry, Version
from budkavle_files.tree.versions import FILES, find_version

PATH = "/plugin/files/previews"
_MARKDOWN = (".md", ".markdown")


class Previews:
    """Previews of files, each made once for a page and its pictures."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._shelf = PreviewShelf()

    def tab(self, visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the context of the tab: the pages, the text, or why there is no preview. It counts as a reading.

        Raises:
            StepUp: The file requires a higher level than the visitor's session has.
        """
        entry, version = self._require(work, entry.id)
        note_reading(self._host, work, entry, version.number)
        try:
            preview = self.look(work, entry, version)
        except (Invalid, TooLarge, Temporary) as error:
            return {"fault": visitor.say(error.sentence)}
        return {
            "fault": "",
            "pages": [
                {"url": f"{PATH}/{entry.id}/{version.number}/{number}", "number": number, "page": page}
                for number, page in enumerate(preview.pages, 1)
            ],
            "count": preview.count,
            "text": preview.text,
            "markdown": entry.name.lower().endswith(_MARKDOWN),
            "more": preview.more,
        }

    def picture(self, work: Work, entry_id: UUID, number: int, page: int) -> bytes:
        """Return the picture of a page of a version that the work's actor may open.

        Raises:
            NotFound: There is no such page, or it is out of the actor's reach.
            StepUp: The file requires a higher level than the actor's session has.
        """
        entry, version = self._require(work, entry_id, number)
        pages = self.look(work, entry, version).pages
        if not 1 <= page <= len(pages):
            raise NotFound("Sidan finns inte.")
        return pages[page - 1].picture

    def look(self, work: Work, entry: Entry, version: Version) -> Preview:
        """Return the preview of a version, from the cache if it has just been made."""
        preview = self._shelf.find(version.file_id)
        if preview is None:
            pieces = FILES.open(work, version.file_id)
            work.commit()  # the child may take long
            preview = preview_file(entry.name, version.media_type, version.size, pieces)
            self._shelf.keep(version.file_id, preview)
        return preview

    def _require(self, work: Work, entry_id: UUID, number: int | None = None) -> tuple[Entry, Version]:
        entry = require_readable(self._host, work, entry_id)
        return entry, find_version(self._host, work, entry, number)


def router(previews: Previews) -> Router:
    """Return the routes."""

    @get("/{entry_id:uuid}/{version:int}/{page:int}", sync_to_thread=True)
    def picture(
        visitor: NamedDependency[Visitor], entry_id: FromPath[UUID], version: FromPath[int], page: FromPath[int]
    ) -> Response[bytes]:
        """Return the picture of a page."""
        with visitor.work() as work:
            try:
                shown = previews.picture(work, entry_id, version, page)
            except (Invalid, TooLarge) as error:
                raise NotFound("Sidan finns inte.") from error
        headers = safe_headers("sida.webp") | {"content-disposition": "inline"}
        return Response(shown, media_type="image/webp", headers=headers)

    return Router(PATH, route_handlers=[picture])
