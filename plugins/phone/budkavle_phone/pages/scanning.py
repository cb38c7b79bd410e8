"""The scanner: pages are photographed or chosen, ordered and cropped, and become a PDF in a new message."""

from collections.abc import Generator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from anyio import to_thread
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle import Bounds, Draft, Invalid, Sentence, TooLarge, as_uuid, bounded
from budkavle.cases import store_attachment
from budkavle.messaging import begin_draft
from budkavle.web import Form, Visitor, WebRequest, allow_body, plugin_page, read_multipart
from budkavle_phone.app.manifest import PATH
from budkavle_phone.pages.senders import choose_sender, senders
from budkavle_phone.scanning.pages_to_pdf import Cut, pages_to_pdf

SCAN = f"{PATH}/scan"
MOST_PAGES = 30
MOST_BYTES = 100_000_000
BOUNDS = Bounds(cpu=40, wall=90, memory=700_000_000, closed=True)
CAMERA = "camera=(self), display-capture=(), geolocation=(), microphone=()"
LOCAL = ZoneInfo("Europe/Stockholm")
TOO_MUCH = "Det blev för mycket: högst {pages} sidor och {most} MB. Ta bort några sidor och skicka dem för sig."


def router() -> Router:
    """Return the routes."""

    @get(SCAN, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the scanner."""
        return _page(visitor)

    @post(SCAN, status_code=200)
    async def make(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[Any]:
        """Create a PDF of the pages, and a draft with it."""
        allow_body(request, MOST_BYTES, f"session {visitor.session.csrf}")
        form = Form()
        try:
            form = await read_multipart(request, _Pictures().take)
            visitor.check_form(form)
            return await to_thread.run_sync(_begin, visitor, form)
        except (Invalid, TooLarge) as fault:
            sentence = next(iter(fault.fields.values()), fault)
            return await to_thread.run_sync(_page, visitor, sentence, form.get("mailbox"))

    return Router("", route_handlers=[show, make])


class _Pictures:
    """Reads the pictures of one scan into memory, up to a total size."""

    def __init__(self) -> None:
        self._left = MOST_BYTES
        self._count = 0

    def take(self, name: str, content_type: str) -> Generator[None, bytes, bytes]:  # noqa: ARG002 - as called
        """Read one picture."""
        self._count += 1
        content = bytearray()
        while piece := (yield):
            self._left -= len(piece)
            if self._left < 0 or self._count > MOST_PAGES:
                raise TooLarge(TOO_MUCH, pages=MOST_PAGES, most=MOST_BYTES // 1_000_000)
            content += piece
        return bytes(content)


def _begin(visitor: Visitor, form: Form) -> Response[Any]:
    mailbox_id = choose_sender(visitor, as_uuid(form.get("mailbox")))
    pictures = [picture for picture in form.files if picture]
    pdf: bytes = bounded(pages_to_pdf, pictures, _cuts(form.get("cuts")), bounds=BOUNDS)
    name = f"{visitor.say('Skannat')} {datetime.now(LOCAL):%Y-%m-%d %H.%M}.pdf"
    file = store_attachment(visitor.platform, visitor.actor, name, "application/pdf", [pdf])
    with visitor.work() as work:
        draft_id = begin_draft(work, mailbox_id, Draft((), "", "", attachments=(file.id,)))
    return Redirect(f"/compose?draft={draft_id}", status_code=303)


def _cuts(text: str) -> list[Cut]:
    try:
        return msgspec.json.decode(text or "[]", type=list[Cut])[:MOST_PAGES]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _page(visitor: Visitor, fault: Exception | Sentence | str = "", chosen: str = "") -> Response[str]:
    context = {
        "scan": SCAN,
        "senders": senders(visitor),
        "chosen": chosen,
        "most": MOST_PAGES,
        "most_bytes": MOST_BYTES,
        "fault": visitor.say(fault) if fault else "",  # type: ignore[arg-type]
    }
    shown = plugin_page(visitor, "phone/scan.html", context, folder="drafts", status=422 if fault else 200)
    shown.headers["permissions-policy"] = CAMERA
    return shown
