"""The guard's endpoints: the page and the file that Outlook loads, and the guard's requests to the server."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from budkavle import Host
from budkavle.web import Form, Visitor, WebRequest, guest_page
from budkavle_outlook.guard import recipients
from budkavle_outlook.guard.script import organisation_of, script
from budkavle_outlook.settings import AppSettings

PAGE_KEPT = "private, max-age=86400"
FILE_KEPT = "public, max-age=600, stale-while-revalidate=604800"
"""Outlook continues with its cached copy if the server cannot be reached."""


def guard_routes(host: Host, app: AppSettings) -> list[HTTPRouteHandler]:
    """Return the routes; they belong to the pane's frame."""

    @get("/guard/{slug:str}/{code:str}", sync_to_thread=True)
    def page(request: WebRequest, slug: FromPath[str], code: FromPath[str]) -> Response[str]:
        """Load office.js and the guard, for an Outlook that runs it in an invisible page."""
        organisation_of(host, app, slug, code)
        answer = guest_page(request, "outlook/guard.html", {"url": f"{app.path}/guard/{slug}/{code}/send.js"})
        answer.headers["cache-control"] = PAGE_KEPT
        return answer

    @get("/guard/{slug:str}/{code:str}/send.js", sync_to_thread=True)
    def file(slug: FromPath[str], code: FromPath[str]) -> Response[str]:
        """Return the guard with the organisation's rules; it needs no session, and has no personal data."""
        organisation = organisation_of(host, app, slug, code)
        headers = {"cache-control": FILE_KEPT}
        return Response(script(host, app, organisation.id), media_type="text/javascript", headers=headers)

    @get("/session", sync_to_thread=True)
    def session(visitor: NamedDependency[Visitor]) -> dict[str, str]:
        """Return the CSRF token of the session to one of our pages."""
        return {"csrf": visitor.session.csrf}

    @post("/recipients", sync_to_thread=True, status_code=200)
    def secure(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> dict[str, Any]:
        """Return the recipients who could get a secure message; nothing is stored."""
        return {"secure": recipients.secure_recipients(host, visitor.actor, form.all("email"))}

    return [page, file, session, secure]
