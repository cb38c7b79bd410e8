"""A file of a message, shown in the page to users who may read its case.

Opening a file here counts as a download. The thumbnail on a tile does not: its viewer has already opened the case,
and nothing can be read in it.
"""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from budkavle.cases import attachments
from budkavle.messaging.case_view import open_attachment
from budkavle.previews.reading import FileReader
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.pages.files.downloads import SANDBOX
from budkavle.web.views.layout import page as whole_page


@get("/a/{attachment_id:uuid}/view", sync_to_thread=True)
def show_file(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    attachment_id: FromPath[UUID],
    page: FromQuery[int] = 1,
    zoom: FromQuery[int] = 1,
) -> Response[str]:
    """Show a page of a file; an htmx request gets only the viewer, to be placed below the message."""
    with visitor.work() as work:
        file, _ = open_attachment(work, attachment_id)
    with visitor.work() as work:
        mailbox_id, case_id = attachments.place_of(work, attachment_id)
    context = FileReader(file, partial(_read, visitor, attachment_id)).show(page)
    context |= {"zoom": zoom > 1, "url": f"/a/{attachment_id}"}
    context |= {"back_url": f"/c/{case_id}" if case_id else "/", "back_text": visitor.say("Till ärendet")}
    if request.headers.get("hx-request"):
        return visitor.pages.page(request, "fragments/viewer.html", {**context, "alone": False}, visitor.language)
    return whole_page(visitor, "pages/file.html", {**context, "alone": True}, mailbox_id=mailbox_id, folder="inbox")


@get("/a/{attachment_id:uuid}/pages/{number:int}", sync_to_thread=True)
def show_picture(
    visitor: NamedDependency[Visitor], attachment_id: FromPath[UUID], number: FromPath[int]
) -> Response[bytes]:
    """Return the image of a page."""
    with visitor.work() as work:
        file, _ = open_attachment(work, attachment_id)
    return _picture(FileReader(file, partial(_read, visitor, attachment_id)).picture(number))


@get("/a/{attachment_id:uuid}/tile", sync_to_thread=True)
def show_tile(visitor: NamedDependency[Visitor], attachment_id: FromPath[UUID]) -> Response[bytes]:
    """Return the thumbnail of a file's first page; without one, the tile shows its text."""
    with visitor.work() as work:
        file, pieces = attachments.open_attachment(work, attachment_id)
    return _picture(FileReader(file, lambda: pieces).tile())


def _picture(content: bytes) -> Response[bytes]:
    headers = {"content-disposition": "inline", "content-security-policy": SANDBOX}
    return Response(content, media_type="image/webp", headers=headers)


def _read(visitor: Visitor, attachment_id: UUID) -> Iterable[bytes]:
    with visitor.work() as work:
        _, pieces = attachments.open_attachment(work, attachment_id)
    return pieces


HANDLERS = [show_file, show_picture, show_tile]
