"""The files of a message, for a reader who has identified: downloads, and the viewer in the page.

Each file requires the same identification as the message. Viewing a file counts as a download; its thumbnail, in which
nothing can be read, does not.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from budkavle import Attachment, Host
from budkavle.operations import FileReader
from budkavle.web import Guest, WebRequest, open_guest_file
from budkavle_email_link.pages.guests import Door
from budkavle_email_link.pages.views import Pages, private

PATH = "/l/{token:str}/file/{attachment_id:uuid}"
SANDBOX = "default-src 'none'; sandbox"


def file_routes(host: Host, pages: Pages) -> list[HTTPRouteHandler]:
    """Return the routes of the files."""

    @get(PATH, sync_to_thread=True)
    def download(
        request: WebRequest, token: FromPath[str], attachment_id: FromPath[UUID], guest: NamedDependency[Guest | None]
    ) -> Response[Any] | Stream:
        """Download a file; it is never shown inside our own pages."""
        door = pages.door(request, token)
        if guest is None or not door.is_for(guest):
            return Redirect(door.path, status_code=303)
        return _saved(*_open(host, door, guest, attachment_id))

    @get(f"{PATH}/view", sync_to_thread=True)
    def view(
        request: WebRequest,
        token: FromPath[str],
        attachment_id: FromPath[UUID],
        guest: NamedDependency[Guest | None],
        page: FromQuery[int] = 1,
        zoom: FromQuery[int] = 1,
    ) -> Response[Any]:
        """Show a page of a file."""
        door = pages.door(request, token)
        if guest is None or not door.is_for(guest):
            return Redirect(door.path, status_code=303)
        file, pieces = _open(host, door, guest, attachment_id)
        context = FileReader(file, lambda: pieces).show(page)
        context |= {"url": door.file_path(attachment_id), "zoom": zoom > 1, "alone": True, "back_url": door.path}
        return pages.page(request, "file.html", door, context)

    @get(f"{PATH}/pages/{{number:int}}", sync_to_thread=True)
    def picture(
        request: WebRequest,
        token: FromPath[str],
        attachment_id: FromPath[UUID],
        number: FromPath[int],
        guest: NamedDependency[Guest | None],
    ) -> Response[Any]:
        """Return the image of a page of a file."""
        door = pages.door(request, token)
        if guest is None or not door.is_for(guest):
            return Redirect(door.path, status_code=303)
        file, pieces = _open(host, door, guest, attachment_id)
        return _picture(FileReader(file, lambda: pieces).picture(number))

    @get(f"{PATH}/tile", sync_to_thread=True)
    def tile(
        request: WebRequest, token: FromPath[str], attachment_id: FromPath[UUID], guest: NamedDependency[Guest | None]
    ) -> Response[Any]:
        """Return the thumbnail of a file's first page."""
        door = pages.door(request, token)
        if guest is None or not door.is_for(guest):
            return Redirect(door.path, status_code=303)
        file, pieces = _open(host, door, guest, attachment_id, taken=False)
        return _picture(FileReader(file, lambda: pieces).tile())

    return [download, view, picture, tile]


def _open(
    host: Host, door: Door, guest: Guest, attachment_id: UUID, *, taken: bool = True
) -> tuple[Attachment, Iterator[bytes]]:
    organisation_id, delivery_id = door.which
    with host.work(host.system(organisation_id)) as work:
        return open_guest_file(work, delivery_id, attachment_id, **door.shown(guest), taken=taken)


def _saved(file: Attachment, pieces: Iterator[bytes]) -> Stream:
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(file.file_name, safe='')}",
        "content-length": str(file.size),
        "content-security-policy": SANDBOX,
        "referrer-policy": "no-referrer",
    }
    return Stream((piece for piece in pieces if piece), media_type="application/octet-stream", headers=headers)


def _picture(content: bytes) -> Response[Any]:
    headers = {"content-disposition": "inline", "content-security-policy": SANDBOX}
    return private(Response(content, media_type="image/webp", headers=headers))
