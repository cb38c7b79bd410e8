"""The pane: the start page in Outlook, sending a draft as a secure message, and opening a notice.

A draft is sent to the core's own compose page, by the form in our template (`Frame.compose`).
"""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery

from budkavle import Host, MailboxKind
from budkavle.cases import readable_mailboxes
from budkavle.messaging import message_kinds, read_case
from budkavle.web import Form, Visitor, WebRequest, guest_page, plugin_page, read_multipart
from budkavle_microsoft_apps import AppPages
from budkavle_outlook.apps import App
from budkavle_outlook.body import markdown_of
from budkavle_outlook.pages.guard import guard_routes
from budkavle_outlook.pages.reading import shown_case

TRUSTED_TYPES = "default"
"""Office.js loads more of Microsoft's scripts: our own script creates a policy that only allows those."""


async def find_fields(request: WebRequest) -> Form:
    """Read a multipart form: URL-encoded, a draft would take several times the space."""
    return await read_multipart(request)


def router(host: Host, app: App) -> Router:
    """Return the routes; a page opened inside Outlook stays in the frame from then on."""
    framed = app.framed(host)
    path = framed.path

    @get("/open", sync_to_thread=True)
    def open_pane(request: WebRequest) -> Response[str]:
        """Return the page that Outlook opens first: it loads office.js, and a script continues to the pane."""
        return guest_page(request, "outlook/open.html", {"next": f"{path}/pane"})

    @get("/begin", sync_to_thread=True, opt={"window": True})
    def begin(request: WebRequest, challenge: FromQuery[str] = "", loa: FromQuery[int] = 1) -> Response[str]:
        """Return the first page of the window: office.js must be on it to return a result from the last page."""
        return guest_page(request, "outlook/begin.html", {"start": f"{path}/start", "challenge": challenge, "loa": loa})

    @get("/pane", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the pane: the item open in Outlook decides whether it is for writing or reading."""
        return plugin_page(visitor, "outlook/pane.html", {"path": path, **_writing(visitor)})

    @post("/body", sync_to_thread=True, status_code=200, dependencies={"fields": Provide(find_fields)})
    def body(visitor: NamedDependency[Visitor], fields: NamedDependency[Form]) -> Response[str]:
        """Return a draft's text in the format of messages."""
        visitor.check_form(fields)
        pictures = {cid: name for cid, _, name in (picture.partition(" ") for picture in fields.all("picture"))}
        return Response(markdown_of(fields.get("html"), pictures), media_type="text/plain")

    @get("/read/{case_id:uuid}", sync_to_thread=True)
    def read(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
        """Show the messages that a notice is about; files are opened in a tab of their own (features C7 to C9)."""
        with visitor.work() as work:
            case = shown_case(visitor, read_case(work, case_id))
        return plugin_page(visitor, "outlook/read.html", {"path": path, "case": case})

    @get("/shown/{case_id:uuid}", sync_to_thread=True)
    def shown(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
        """Return the messages for Outlook to show in place of the notice."""
        with visitor.work() as work:
            case = shown_case(visitor, read_case(work, case_id))
        return plugin_page(visitor, "outlook/shown.html", {"case": case})

    @get("/files/{case_id:uuid}", sync_to_thread=True, opt={"frame": None})
    def files(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
        """Show only the files, in a browser tab, with a link back to Outlook (feature C8)."""
        with visitor.work() as work:
            case = shown_case(visitor, read_case(work, case_id))
        return plugin_page(visitor, "outlook/files.html", {"case": case}, mailbox_id=case.mailbox_id)

    routes = [open_pane, begin, show, body, read, shown, files, *guard_routes(host, app.settings)]
    return AppPages(host, framed).router(routes, TRUSTED_TYPES)


def _writing(visitor: Visitor) -> dict[str, Any]:
    """Return the initial sender of a draft from Outlook: the writer's own inbox, as a message to people."""
    with visitor.work() as work:
        boxes = sorted(readable_mailboxes(work), key=lambda box: box.kind is not MailboxKind.PERSONAL)
        kinds = message_kinds(work, boxes[0].id) if boxes else []
    to_people = next((kind.name for kind in kinds if kind.capabilities.family), "")
    return {"mailbox_id": boxes[0].id if boxes else "", "kind": to_people}
