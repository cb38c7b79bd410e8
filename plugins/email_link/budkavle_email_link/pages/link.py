"""The routes of a link: its first page, identification, the message, files, a reply, and signing out.

GET changes nothing, since mail scanners open every address that they see. The address itself is a secret, so the pages
send no referrer; `views` renders them.
"""

from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from litestar import Response, Router, get, post, route
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import BudkavleError, Forbidden, Host
from budkavle.web import Guest, WebRequest, admit_guest, dismiss_guest, identify_guest, read_multipart
from budkavle_email_link.pages import guests
from budkavle_email_link.pages.files import file_routes
from budkavle_email_link.pages.guests import METHOD, Elsewhere
from budkavle_email_link.pages.replies import Answering, Files
from budkavle_email_link.pages.views import Gone, Pages, private

PATH = "/l/{token:str}"
FOREIGN = {"foreign_callers": True}
"""Our pages send no referrer, so older browsers send `null` as the origin of their forms; see `_from_us`."""


def router(host: Host) -> Router:
    """Return the routes of the links."""
    pages = Pages(host)
    return Router(
        "",
        route_handlers=[*_before(host, pages), *_inside(host, pages), *file_routes(host, pages)],
        exception_handlers={Elsewhere: pages.elsewhere, Gone: pages.gone, BudkavleError: pages.refused},
    )


def _before(host: Host, pages: Pages) -> list[HTTPRouteHandler]:
    @route(PATH, http_method=["GET", "HEAD"], sync_to_thread=True)
    def show(request: WebRequest, token: FromPath[str], guest: NamedDependency[Guest | None]) -> Response[Any]:
        """Show the link's first page, or the message to a guest who has identified for it."""
        door = pages.door(request, token)
        if guest is not None and door.is_for(guest):
            return pages.message(request, door, guest)
        return pages.first(request, door)

    @post(f"{PATH}/open", sync_to_thread=True, status_code=200, opt=FOREIGN)
    def enter(request: WebRequest, token: FromPath[str]) -> Response[Any]:
        """Give the reader access by the link alone, if the sender requires no more (level 1)."""
        _from_us(request)
        door = pages.door(request, token)
        if not door.by_link_alone:
            raise Forbidden("Avsändaren vill att du visar vem du är. Öppna länken igen, och välj ett sätt.")
        return private(admit_guest(request, door.of, method=METHOD, return_to=door.path))

    @post(f"{PATH}/identify/{{way:str}}", sync_to_thread=True, status_code=200, opt=FOREIGN)
    def identify(request: WebRequest, token: FromPath[str], way: FromPath[str]) -> Response[Any]:
        """Start identification by the chosen method."""
        _from_us(request)
        door = pages.door(request, token)
        preview, path = door.known, door.path
        chosen = {provider.name: provider for provider in guests.ways(host, door)}.get(way)
        if chosen is None:
            raise Forbidden("Avsändaren vill att du visar vem du är på ett annat sätt. Öppna länken igen.")
        hints = pages.hints(request, door, chosen)
        return private(identify_guest(request, way, door.of, loa=preview.loa, return_to=path, hints=hints))

    @get([f"{PATH}/{place}" for place in ("open", "answer", "leave", "identify/{way:str}")], sync_to_thread=False)
    def back(token: FromPath[str]) -> Response[Any]:
        """Redirect a visitor who returns to the address of a form to the link's own page."""
        return private(Redirect(f"/l/{quote(token, safe='')}", status_code=303))

    return [show, enter, identify, back]


def _inside(host: Host, pages: Pages) -> list[HTTPRouteHandler]:
    answering = Answering(host, pages)

    @post(f"{PATH}/answer", status_code=200, opt=FOREIGN)
    async def answer(request: WebRequest, token: FromPath[str], guest: NamedDependency[Guest | None]) -> Response[Any]:
        """Receive an answer with its files."""
        _from_us(request)
        door = await to_thread.run_sync(pages.door, request, token)
        may_answer = guest is not None and door.is_for(guest)
        form = await read_multipart(request, Files(host).take if may_answer else None)
        return await to_thread.run_sync(answering.take, request, door, guest, form)

    @post(f"{PATH}/leave", sync_to_thread=True, status_code=200, opt=FOREIGN)
    def leave(request: WebRequest, token: FromPath[str]) -> Response[Any]:
        """End the guest's session; anyone with the link may do that."""
        _from_us(request)
        return dismiss_guest(request, pages.done(request, pages.door(request, token), answered=False))

    return [answer, leave]


def _from_us(request: WebRequest) -> None:
    """Refuse a form from another site's page.

    Browsers without Fetch Metadata send `null` as the origin from a page without referrer. Then the secret in the
    address, which no other site has, must be enough.

    Raises:
        Forbidden: It comes from another site.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
    ours = site == "same-origin" if site else origin == "null" or urlsplit(origin).netloc == request.headers.get("host")
    if not ours:
        raise Forbidden("Formuläret kom från en annan webbplats. Öppna länken på nytt och försök igen.")
