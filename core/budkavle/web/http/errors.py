"""Errors for people and programs: a page, a fragment for htmx, or problem details (RFC 9457)."""

from collections.abc import Callable, Mapping
from gettext import NullTranslations
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from anyio import to_thread
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send
from psycopg.errors import NumericValueOutOfRange
from sqlalchemy.exc import DataError

from budkavle import i18n
from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Copied, Locked, NotFound, NotSignedIn, StepUp, Unavailable, Unsure
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import Late
from budkavle.storage.database.silence import DOWN
from budkavle.web.auth import (
    known_visitor,
    pages_of,
    platform_of,
    sign_in_url,
    step_up_url,
    unlock_url,
)
from budkavle.web.browser_sessions import session_cookie
from budkavle.web.http.forms import AskedAgain, SecretsGone, SignedOut, WebRequest, sends_form
from budkavle.web.http.kept_forms import hidden_fields, named_secrets, resume_token
from budkavle.web.http.language import language_of
from budkavle.web.http.page_threads import CALLED
from budkavle.web.http.refusals import record_refusal, refusal_of
from budkavle.web.required_code import PAGE, LacksCode
from budkavle.web.views.layout import page

log = structlog.get_logger("budkavle.web")
PROBLEM = "application/problem+json"
LOOKING = frozenset({"GET", "HEAD"})
UNEXPECTED = "Adressen eller formuläret är inte som sidan väntar sig. Gå tillbaka och försök igen."
FRAMED = frozenset({400, 403, 404, 409, 410, 413, 422})
"""Statuses shown with the menu; a fault of ours or a rate limit makes no more database queries."""


class Broken(BudkavleError):
    """A fault of ours; the log has the details."""

    slug, title, status = "broken", "Något gick fel hos oss", 500


class NotAllowed(BudkavleError):
    """The page does not accept the request."""

    slug, title, status = "bad-request", "Sidan kan inte visas", 400


def on_error(request: WebRequest, error: Exception) -> Response[Any]:
    """Answer with the error, in the form that suits the client."""
    error = _number_refused(request, error)
    count_fault(request, error)
    return _judged(request, _known(request, error))


def _number_refused(request: WebRequest, error: Exception) -> Exception:
    """Return the error, or a refusal if an address has a number that the database cannot hold, such as a page's."""
    is_number = isinstance(error, DataError) and isinstance(error.orig, NumericValueOutOfRange)
    return NotAllowed(UNEXPECTED) if is_number and request.method in LOOKING else error


def count_fault(request: WebRequest, error: Exception) -> None:
    """Count an error of a plugin's page as the plugin's fault, except HTTP errors below 500."""
    called: Called | None = request.scope["state"].get(CALLED)
    if called is not None and not (isinstance(error, HTTPException) and error.status_code < 500):
        platform_of(request).plugins.walls.judge(called, error, request.scope["route_handler"].fn)
        if not isinstance(error, BudkavleError) or isinstance(error, Late):
            request.scope["state"][CALLED] = None


def _judged(request: WebRequest, error: BudkavleError) -> Response[Any]:
    """Answer a failed request; if its page requires a session, a missing session is reported before a bad request."""
    handler = cast("Mapping[str, Any]", request.scope).get("route_handler")
    if isinstance(error, NotAllowed) and handler and _needs_visitor(handler):
        return _MadeInThread(lambda: _answer(request, _not_signed_in(request) or error))
    return _answer(request, error)


def _needs_visitor(handler: BaseRouteHandler) -> bool:
    """Tell whether a handler, or one of its dependencies, depends on `visitor`."""
    provided = handler.resolve_dependencies()
    waiting, seen = list(handler.parsed_fn_signature.parameters), set[str]()
    while waiting:
        name = waiting.pop()
        if name in provided and name not in seen:
            seen.add(name)
            waiting += provided[name].parsed_fn_signature.parameters
    return "visitor" in seen


def _not_signed_in(request: WebRequest) -> BudkavleError | None:
    """Return why there is no session; None if there is one, or if it cannot be looked up.

    It is one look-up, as for any page. The body is not read, so the `request_limits` for strangers still hold.
    """
    try:
        known_visitor(request)
    except (NotSignedIn, LacksCode) as error:
        return error
    except Exception as failure:  # noqa: BLE001 - the error of the request is reported anyway
        log.warning("web.failed", method=request.method, handler=_handler(request), **describe(failure))
    return None


def _answer(request: WebRequest, error: BudkavleError) -> Response[Any]:
    if isinstance(error, SignedOut | AskedAgain):
        return _keep_form(request, error)
    if _wants_page(request) and (way := _way_on(request, error)):
        return _lead(request, way, error.status)
    answer = _clothed(request, error)
    kind = refusal_of(request, error)
    return _MadeInThread(lambda: _recorded(request, error, kind, answer)) if kind else answer


def _clothed(request: WebRequest, error: BudkavleError) -> Response[Any]:
    if isinstance(error, SecretsGone) and sends_form(request) and (token := resume_token(request)):
        return _ask_secrets(request, error, token)
    return _page(request, error) if _wants_page(request) else _problem(request, error)


def _recorded(request: WebRequest, error: BudkavleError, kind: str, answer: Response[Any]) -> Response[Any]:
    """Record a refusal, and return its response."""
    record_refusal(request, error, kind)
    return answer


def _way_on(request: WebRequest, error: BudkavleError) -> str:
    """Return the page on which the visitor can do what is missing and then continue; empty if there is none."""
    if isinstance(error, LacksCode):
        return PAGE
    if isinstance(error, StepUp):
        return step_up_url(request, error.wanted, _asked(request))
    if isinstance(error, Copied):
        return ""  # the person is told why before they sign in again
    if isinstance(error, NotSignedIn) and (request.method == "GET" or _in_place(request)):
        return unlock_url(_asked(request)) if isinstance(error, Locked) else sign_in_url(request, _asked(request))
    return ""


def _page(request: WebRequest, error: BudkavleError) -> Response[Any]:
    if not _in_place(request) and error.status in FRAMED and session_cookie(request):
        return _MadeInThread(lambda: _framed(request, error) or _bare(request, error))
    return _bare(request, error)


def _bare(request: WebRequest, error: BudkavleError) -> Response[Any]:
    """Return the page without a menu, or the fragment for htmx."""
    template = "fragments/error.html" if _in_place(request) else "error.html"
    answer = pages_of(request).page(request, template, _context(request, error), language_of(request), error.status)
    if _in_place(request):
        answer.headers["hx-reswap"] = "none"
    return answer


def _context(request: WebRequest, error: BudkavleError) -> dict[str, Any]:
    return {
        "csrf": "",
        "error": error,
        "faulty": False,
        "fields": _fields(request, error),
        "sentence": _say(request, error),
        "title": _translate(request, error.title),
    }


def _framed(request: WebRequest, error: BudkavleError) -> Response[str] | None:
    """Return the page with the signed-in user's menu; None without a user, or if the menu cannot be made."""
    try:
        visitor = known_visitor(request)
        context = {**_context(request, error), "csrf": visitor.session.csrf}
        return page(visitor, "error.html", context, status=error.status)
    except BudkavleError:
        return None
    except Exception as failure:  # noqa: BLE001 - the page without the menu still says what went wrong
        log.warning("web.failed", method=request.method, handler=_handler(request), **describe(failure))
        return None


class _MadeInThread(Response[str]):
    """A response made in a thread, since it queries the database: error handlers run in the event loop."""

    def __init__(self, make: Callable[[], Response[Any]]) -> None:
        super().__init__("")
        self._make = make

    def to_asgi_response(self, app: None, request: WebRequest, **more: Any) -> ASGIResponse:  # type: ignore[override]
        """Return a response that waits for the thread, with the headers that were added meanwhile."""

        def make() -> ASGIResponse:
            made = self._make()
            made.headers.update(self.headers)
            return made.to_asgi_response(app, request, **more)

        return _FromThread(make)


class _FromThread(ASGIResponse):
    def __init__(self, make: Callable[[], ASGIResponse]) -> None:
        super().__init__()
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        made = await to_thread.run_sync(self._make)
        await made(scope, receive, send)


def _keep_form(request: WebRequest, error: SignedOut | AskedAgain) -> Response[Any]:
    """Return the submitted form, to be submitted again after the user has identified in another tab."""
    person, token = str(error.user_id) if isinstance(error, AskedAgain) else "", resume_token(request)
    context = {
        "csrf": "",
        "fields": hidden_fields(request, error.form, person) if token else [],
        "token": token,
        "url": _address(request),
        "sentence": _say(request, error),
        "locked": isinstance(error.__cause__, Locked),
        "copied": isinstance(error.__cause__, Copied),
        "step_up": step_up_url(request, error.wanted, "/signed-in") if isinstance(error, AskedAgain) else "",
    }
    return pages_of(request).page(request, "pages/signed_out.html", context, language_of(request), error.status)


def _ask_secrets(request: WebRequest, error: SecretsGone, token: str) -> Response[Any]:
    """Return the submitted form again, and ask only for the secrets."""
    secrets = named_secrets(error.form)
    for name in secrets:
        error.form.values.pop(name, None)
    context = _context(request, error) | {
        "fields": hidden_fields(request, error.form),
        "secrets": secrets,
        "token": token,
        "url": _address(request),
    }
    return pages_of(request).page(request, "pages/secrets_gone.html", context, language_of(request), error.status)


def _address(request: WebRequest) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _lead(request: WebRequest, url: str, status: int) -> Response[Any]:
    if _in_place(request):
        return Response("", status_code=status, headers={"hx-redirect": url})
    return Redirect(url, status_code=303)


def _asked(request: WebRequest) -> str:
    """Return the page to come back to: the requested page, or the one that sent the request."""
    address = _address(request) if request.method == "GET" else request.headers.get("referer", "/")
    try:
        shown_page = urlsplit(request.headers["hx-current-url"] if _in_place(request) else address)
    except ValueError:
        return "/"
    return shown_page.path + (f"?{shown_page.query}" if shown_page.query else "")


def _known(request: WebRequest, error: Exception) -> BudkavleError:
    if isinstance(error, Unsure) and request.method in LOOKING:
        return Unavailable(DOWN)  # a read stores nothing, so the outcome is not unsure
    if isinstance(error, BudkavleError):
        return error
    if isinstance(error, HTTPException):
        if error.status_code == 404:
            return NotFound("Kontrollera adressen, eller börja om från inkorgen.")
        if error.status_code < 500:
            return NotAllowed(UNEXPECTED)
    log.error("web.failed", method=request.method, handler=_handler(request), **describe(error))
    return Broken("Försök igen om en stund. Det du hade sparat finns kvar.")


def _handler(request: WebRequest) -> str:
    return str(request.scope.get("route_handler", ""))


def _problem(request: WebRequest, error: BudkavleError) -> Response[Any]:
    content = {
        "type": f"urn:budkavle:problem:{error.slug}",
        "title": _translate(request, error.title),
        "status": error.status,
        "detail": _say(request, error),
        **({"errors": _fields(request, error)} if error.fields else {}),
    }
    return Response(content, status_code=error.status, media_type=PROBLEM)


def _wants_page(request: WebRequest) -> bool:
    return "text/html" in request.headers.get("accept", "") or _in_place(request)


def _in_place(request: WebRequest) -> bool:
    return bool(request.headers.get("hx-request") and request.headers.get("hx-current-url"))


def _say(request: WebRequest, error: BudkavleError) -> str:
    return i18n.say(error, _words(request))


def _fields(request: WebRequest, error: BudkavleError) -> dict[str, str]:
    return {name: i18n.say(sentence, _words(request)) for name, sentence in error.fields.items()}


def _translate(request: WebRequest, sentence: str) -> str:
    return _words(request).gettext(sentence)


def _words(request: WebRequest) -> NullTranslations:
    return i18n.translations(language_of(request), dict(platform_of(request).plugins.folders("locale")))
