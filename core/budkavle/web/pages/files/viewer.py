"""A file in the page: pictures of its pages, drawn by a closed child, with the text on them; nothing of it runs.

Opening a file here counts as taking it, as a download does. The small picture on a tile does not: whoever sees it has
opened the case, and nothing can be read in it.
"""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from budkavle.cases import attachments
from budkavle.messaging.case_view import open_attachment
from budkavle.model.errors import Invalid, NotFound, Temporary, TooLarge
from budkavle.model.messages import Attachment
from budkavle.previews.drawing import Page
from budkavle.previews.kinds import is_drawn
from budkavle.previews.looking import Preview, preview_file
from budkavle.previews.shelf import PreviewShelf
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.pages.files.downloads import SANDBOX
from budkavle.web.views.layout import page as whole_page
from budkavle.web.views.render import size

AT_ONCE: Final = 5
"""Pages that are drawn by one child."""
WIDTH: Final = 1100
TILE_WIDTH: Final = 120
MOST_PAGES: Final = 10_000
NO_PAGE: Final = "Sidan finns inte."
_shelf = PreviewShelf()


@get("/a/{attachment_id:uuid}/view", sync_to_thread=True)
def show_file(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    attachment_id: FromPath[UUID],
    page: FromQuery[int] = 1,
    zoom: FromQuery[int] = 1,
) -> Response[str]:
    """Show a page of a file; a script gets only the viewer, to be placed beneath the message."""
    with visitor.work() as work:
        file, _ = open_attachment(work, attachment_id)
    with visitor.work() as work:
        mailbox_id, case_id = attachments.place_of(work, attachment_id)
    context = {"file": file, "back_url": f"/c/{case_id}" if case_id else "/", **_seen(visitor, file, page)}
    context |= {"zoom": zoom > 1, "url": f"/a/{attachment_id}", "size_text": size(file.size, visitor.language)}
    if request.headers.get("hx-request"):
        return visitor.pages.page(request, "fragments/viewer.html", {**context, "alone": False}, visitor.language)
    return whole_page(visitor, "pages/file.html", {**context, "alone": True}, mailbox_id=mailbox_id, folder="inbox")


@get("/a/{attachment_id:uuid}/pages/{number:int}", sync_to_thread=True)
def show_picture(
    visitor: NamedDependency[Visitor], attachment_id: FromPath[UUID], number: FromPath[int]
) -> Response[bytes]:
    """Give the picture of a page."""
    try:
        with visitor.work() as work:
            file, _ = open_attachment(work, attachment_id)
        shown, _ = _page(visitor, file, number)
    except (Invalid, TooLarge) as error:
        raise NotFound(NO_PAGE) from error
    if shown is None:
        raise NotFound(NO_PAGE)
    return _picture(shown.picture)


@get("/a/{attachment_id:uuid}/tile", sync_to_thread=True)
def show_tile(visitor: NamedDependency[Visitor], attachment_id: FromPath[UUID]) -> Response[bytes]:
    """Give the small picture of a file's first page; where there is none, the tile's word is seen."""
    with visitor.work() as work:
        file, pieces = attachments.open_attachment(work, attachment_id)
    if not is_drawn(file):
        raise NotFound(NO_PAGE)
    key = (attachment_id, "tile")
    preview = _shelf.find(key)
    if preview is None:
        try:
            preview = preview_file(
                file.file_name, file.content_type, file.size, pieces, pages=range(1), width=TILE_WIDTH
            )
        except (Invalid, TooLarge, Temporary) as error:
            raise NotFound(NO_PAGE) from error
        _shelf.keep(key, preview)
    if not preview.pages:
        raise NotFound(NO_PAGE)
    return _picture(preview.pages[0].picture)


def _picture(content: bytes) -> Response[bytes]:
    headers = {"content-disposition": "inline", "content-security-policy": SANDBOX}
    return Response(content, media_type="image/webp", headers=headers)


def _seen(visitor: Visitor, file: Attachment, number: int) -> dict[str, Any]:
    """Return what the viewer shows of a file, or the sentence why there is nothing to see."""
    number = min(max(number, 1), MOST_PAGES)
    seen: dict[str, Any] = {"fault": "", "page": None, "text": "", "number": number, "count": 0, "more": False}
    try:
        shown, preview = _page(visitor, file, number)
    except (Invalid, TooLarge, Temporary) as error:
        return seen | {"fault": visitor.say(error.sentence)}
    if shown is None and not preview.text and number > 1:
        return seen | {"fault": visitor.say(NO_PAGE)}
    last = (number - 1) // AT_ONCE * AT_ONCE + len(preview.pages)
    more = number < preview.count or number < last or (preview.more and not preview.count)
    return seen | {
        "page": shown,
        "text": preview.text,
        "count": preview.count,
        "more": preview.more if not shown else more,
    }


def _page(visitor: Visitor, file: Attachment, number: int) -> tuple[Page | None, Preview]:
    """Return a page of a file, where it has it, and what was drawn together with it."""
    if number < 1:
        raise NotFound(NO_PAGE)
    first = (number - 1) // AT_ONCE * AT_ONCE
    preview = _shelf.find((file.id, first))
    if preview is None:
        with visitor.work() as work:
            _, pieces = attachments.open_attachment(work, file.id)
        preview = preview_file(
            file.file_name, file.content_type, file.size, pieces, pages=range(first, first + AT_ONCE), width=WIDTH
        )
        _shelf.keep((file.id, first), preview)
    at = number - 1 - first
    return (preview.pages[at] if at < len(preview.pages) else None), preview


HANDLERS = [show_file, show_picture, show_tile]
