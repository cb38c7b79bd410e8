"""Content from the phone's share sheet: shown to the person who signs in there, and put into a draft by a form.

It is accepted without a CSRF token, from a browser in which somebody has signed in before.
"""

from collections.abc import Generator
from typing import Any
from uuid import UUID

from anyio import to_thread
from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle import Draft, Forbidden, Host, Invalid, NotFound, TooLarge, as_uuid
from budkavle.cases import store_attachment
from budkavle.messaging import begin_draft
from budkavle.web import Form, Visitor, WebRequest, allow_body, plugin_page, read_multipart
from budkavle_phone.app.manifest import PATH
from budkavle_phone.pages.senders import choose_sender, senders
from budkavle_phone.sharing.waiting import LASTS, MOST_BYTES, MOST_FILES, Shared, SharedFile, WaitingShares

SHARE = f"{PATH}/share"
FIELDS_BYTES = 100_000
LONGEST_SUBJECT, LONGEST_TEXT = 200, 20_000
FOREIGN = "Det som delades kom från en annan webbplats. Dela från telefonens egen meny och försök igen."
TOO_LARGE = "Filerna är för stora för att delas: högst {most} MB tillsammans. Öppna appen och bifoga dem där."
TOO_MANY = "Dela högst {most} filer på en gång."
NOTHING = "Det som delades finns inte kvar. Dela det igen."


def router(host: Host) -> Router:
    """Return the routes."""
    waiting = WaitingShares(host)

    @post(SHARE, opt={"foreign_callers": True})
    async def take(request: WebRequest) -> Response[Any]:
        """Accept content from the share sheet; it is only stored until somebody signs in."""
        if not _from_the_phone(request):
            raise Forbidden(FOREIGN)
        key = f"share {request.client.host if request.client else ''}"
        allow_body(request, MOST_BYTES + FIELDS_BYTES, key, 4, only_known=True)
        form = await read_multipart(request, _InMemory().take)
        secret = await to_thread.run_sync(waiting.keep, _shared(form))
        answer: Response[Any] = Redirect(SHARE, status_code=303)
        answer.set_cookie(_cookie(host, secret, int(LASTS.total_seconds())))
        return answer

    @get(SHARE, sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the shared content, and ask for the sending mailbox."""
        return _page(visitor, waiting.find(_secret(host, visitor)))

    @post(f"{SHARE}/use", sync_to_thread=True, status_code=200)
    def use(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Create a draft with the shared content."""
        secret = _secret(host, visitor)
        shared = waiting.find(secret)
        if shared is None:
            raise NotFound(NOTHING)
        try:
            draft_id = begin(visitor, choose_sender(visitor, as_uuid(form.get("mailbox"))), shared)
        except (Invalid, TooLarge) as fault:
            sentence = next(iter(fault.fields.values()), fault.message)
            return _page(visitor, shared, visitor.say(sentence), status=422)
        waiting.forget(secret)
        return _over(host, Redirect(f"/compose?draft={draft_id}", status_code=303))

    @post(f"{SHARE}/drop", sync_to_thread=True)
    def drop(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:  # noqa: ARG001 - checks the token
        """Delete the shared content."""
        waiting.forget(_secret(host, visitor))
        return _over(host, Redirect("/", status_code=303))

    return Router("", route_handlers=[take, ask, use, drop])


def begin(visitor: Visitor, mailbox_id: UUID, shared: Shared) -> UUID:
    """Put files and text into a new draft of the visitor, and return its id.

    Raises:
        Invalid: A file may not be sent.
        TooLarge: A file is too large.
    """
    files = [
        store_attachment(visitor.platform, visitor.actor, file.name, file.content_type, [file.content])
        for file in shared.files
    ]
    with visitor.work() as work:
        draft = Draft((), shared.title, shared.text, attachments=tuple(file.id for file in files))
        return begin_draft(work, mailbox_id, draft)


class _InMemory:
    """Reads the files of one share into memory, up to a total size."""

    def __init__(self) -> None:
        self._left = MOST_BYTES
        self._count = 0

    def take(self, name: str, content_type: str) -> Generator[None, bytes, SharedFile]:
        """Read one file."""
        self._count += 1
        if self._count > MOST_FILES:
            raise TooLarge(TOO_MANY, most=MOST_FILES)
        content = bytearray()
        while piece := (yield):
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge(TOO_LARGE, most=MOST_BYTES // 1_000_000)
            content += piece
        return SharedFile(name, content_type, bytes(content))


def _from_the_phone(request: WebRequest) -> bool:
    """Tell whether the browser itself sends the request, as its share sheet does, and not another site's page."""
    return request.headers.get("sec-fetch-site") in {"none", "same-origin"}


def _shared(form: Form) -> Shared:
    text = "\n\n".join(part for part in (form.get("text"), form.get("url")) if part)
    return Shared(form.get("title")[:LONGEST_SUBJECT], text[:LONGEST_TEXT], list(form.files))


def _cookie_name(host: Host) -> str:
    return "__Host-share" if host.platform.settings.base_url.startswith("https://") else "share"


def _cookie(host: Host, secret: str, seconds: int) -> Cookie:
    name = _cookie_name(host)
    secure = name.startswith("__Host-")
    return Cookie(name, value=secret, path="/", httponly=True, secure=secure, samesite="lax", max_age=seconds)


def _over(host: Host, answer: Response[Any]) -> Response[Any]:
    answer.set_cookie(_cookie(host, "", 0))
    return answer


def _secret(host: Host, visitor: Visitor) -> str:
    return visitor.request.cookies.get(_cookie_name(host), "")


def _page(visitor: Visitor, shared: Shared | None, fault: str = "", status: int = 200) -> Response[str]:
    context = {
        "share": SHARE,
        "is_there": shared is not None,
        "title": shared.title if shared else "",
        "text": shared.text if shared else "",
        "files": [(file.name, len(file.content)) for file in shared.files] if shared else [],
        "senders": senders(visitor),
        "fault": fault,
    }
    return plugin_page(visitor, "phone/share.html", context, folder="drafts", status=status)
