"""Preview of a fax: every page as it will be faxed, from the form where it is written."""

import base64
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from litestar import Response, Router, post
from litestar.di import NamedDependency, Provide

from budkavle import Actor, File, Host, Invalid, NotFound, Temporary, TooLarge, as_uuid
from budkavle.accounts import require_member
from budkavle.messaging import open_attachment
from budkavle.web import Form, Visitor, WebRequest, plugin_page, read_multipart
from budkavle_fax.directory import FAX
from budkavle_fax.documents import sandbox
from budkavle_fax.documents.cover import Cover
from budkavle_fax.language import speaks
from budkavle_fax.mailbox_cover import front
from budkavle_fax.settings import FaxSettings
from budkavle_fax.transport import MOST_BYTES

PATH = "/plugin/fax/preview"
WIDTH = 640
SHOWN = 40
"""Pages that are shown; the rest are only counted."""
TOO_LARGE = "Bilagorna är för stora att visa. Ta bort några."


async def find_posted(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form, with the files that are not yet uploaded; they are kept in memory."""
    taken = 0

    def keep(name: str, content_type: str) -> Generator[None, bytes, File]:
        nonlocal taken
        content = bytearray()
        while piece := (yield):
            taken += len(piece)
            if taken > MOST_BYTES:
                raise TooLarge(TOO_LARGE)
            content += piece
        return File(name, content_type, bytes(content))

    form = await read_multipart(request, keep)
    visitor.check_form(form)
    return form


def router(host: Host) -> Router:
    """Return the route."""

    @post(PATH, sync_to_thread=True, status_code=200, dependencies={"posted": Provide(find_posted)})
    def preview(visitor: NamedDependency[Visitor], posted: NamedDependency[Form]) -> Response[str]:
        """Show every page, or why there are none."""
        settings: FaxSettings = host.settings
        pages: list[str] = []
        fault, count = "", 0
        try:
            cover = _cover(host, visitor, posted)
            files = list(_files(host, visitor, posted))
            say = speaks(host, cover.language)
            count, drawn = sandbox.previews(cover, files, settings.max_pages, say, (WIDTH, SHOWN))
            pages = [base64.b64encode(png).decode() for png in drawn]
        except (Invalid, Temporary) as error:
            fault = visitor.say(error.message, **error.facts)
        context = {"pages": pages, "count": count, "fault": fault}
        return plugin_page(visitor, "fax/preview.html", context, status=422 if fault else 200)

    return Router("", route_handlers=[preview])


def _cover(host: Host, visitor: Visitor, posted: Form) -> Cover:
    mailbox_id, actor = as_uuid(posted.get("mailbox")), visitor.actor
    if mailbox_id is None:
        raise NotFound("Brevlådan finns inte.")
    with host.work(actor) as work:
        require_member(work, mailbox_id)
    to = next((word.removeprefix(f"{FAX}:") for word in posted.all("recipients") if word.startswith(f"{FAX}:")), "")
    return front(host, actor.organisation_id, mailbox_id, to, posted.get("subject"), posted.get("body"))


def _files(host: Host, visitor: Visitor, posted: Form) -> Iterator[File]:
    taken = sum(len(file.content) for file in posted.files)
    for file_id in dict.fromkeys(map(as_uuid, posted.all("attachment"))):
        if file_id is None:
            continue
        with host.work(visitor.actor) as work:
            attachment, pieces = open_attachment(work, file_id)
        taken += attachment.size
        if taken > MOST_BYTES:
            raise TooLarge(TOO_LARGE)
        yield File(attachment.file_name, attachment.content_type, b"".join(pieces))
    yield from posted.files


def compose_panel(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the protocol has it
    """Return the data of the panel beside a fax that is being written; empty for other kinds."""
    return {"shown": subject.get("transport") == FAX, "preview_url": PATH}
