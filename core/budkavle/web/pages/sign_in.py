"""Signing in and out: the steps of an identity provider as pages; and the choice of language."""

import secrets
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import sessions, sign_in
from budkavle.contracts import Failed, Poll
from budkavle.contracts import Redirect as Elsewhere
from budkavle.sign_in import Turn
from budkavle.web.forms import Form, WebRequest, read_form
from budkavle.web.guard import Visitor, cookie_name, keep_cookie, pages_of, platform_of
from budkavle.web.language import COOKIE, language_of
from budkavle.web.render import LANGUAGES

BROWSER, FLOW = "browser", "flow"
FLOW_SECONDS = 600
YEAR = 31_536_000


@get("/sign-in", sync_to_thread=True)
def ways(request: WebRequest, next: FromQuery[str] = "/", way: FromQuery[str] = "") -> Response[Any]:  # noqa: A002 - the query's own word
    """Show the ways to sign in; begin at once where there is only one."""
    offered = list(sign_in.providers(platform_of(request)).values())
    chosen = way or (offered[0].name if len(offered) == 1 else "")
    if not chosen:
        return _page(request, "pages/sign_in.html", {"ways": offered, "next": sign_in.safe_path(next), "turn": None})
    browser = request.cookies.get(cookie_name(request, BROWSER)) or secrets.token_urlsafe(32)
    hints = {"language": language_of(request), "ip": _address(request)}
    turn = sign_in.begin(platform_of(request), chosen, browser, return_to=next, hints=hints)
    return keep_cookie(request, _answer(request, turn), BROWSER, browser)


async def find_answers(request: WebRequest) -> dict[str, str]:
    """Read the step's fields. Nobody is signed in yet, so the flow's own cookies stand in for the token."""
    form = await read_form(request)
    return {name: form.get(name) if name != "password" else form.values[name][-1] for name in form.values}


@post("/sign-in", sync_to_thread=True, status_code=200, dependencies={"answers": Provide(find_answers)})
def go_on(request: WebRequest, answers: NamedDependency[dict[str, str]]) -> Response[Any]:
    """Take what was typed to the provider and show what comes next."""
    flow = request.cookies.get(cookie_name(request, FLOW), "")
    browser = request.cookies.get(cookie_name(request, BROWSER), "")
    return _answer(request, sign_in.advance(platform_of(request), flow, browser, answers))


@post("/sign-out", sync_to_thread=True)
def sign_out(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:  # noqa: ARG001 - checks the token
    """End the session and forget its cookie."""
    sessions.end(visitor.platform, request.cookies.get(cookie_name(request)))
    answer = Redirect("/sign-in", status_code=303)
    answer.delete_cookie(cookie_name(request))
    answer.headers["clear-site-data"] = '"cache"'
    return answer


@get("/language/{language:str}", sync_to_thread=False)
def choose_language(request: WebRequest, language: FromPath[str]) -> Response[Any]:
    """Remember the language in this browser; the account's own language is chosen under Mitt konto."""
    answer = Redirect(_back(request), status_code=303)
    if language in LANGUAGES:
        answer.set_cookie(COOKIE, language, max_age=YEAR, samesite="lax", httponly=True)
    return answer


def _answer(request: WebRequest, turn: Turn) -> Response[Any]:
    if turn.signed_in:
        old = request.cookies.get(cookie_name(request))
        cookie = sessions.start(platform_of(request), turn.signed_in, old)
        answer: Response[Any] = Redirect(turn.signed_in.return_to, status_code=303)
        answer.delete_cookie(cookie_name(request, FLOW))
        answer.set_cookie(COOKIE, turn.signed_in.user.language, max_age=YEAR, samesite="lax", httponly=True)
        return keep_cookie(request, answer, "budkavle", cookie)
    if isinstance(turn.step, Elsewhere):
        answer = Redirect(turn.step.url, status_code=303)
    else:
        status = 422 if isinstance(turn.step, Failed) else 200
        kind = type(turn.step).__name__.lower()
        context = {"turn": turn, "kind": kind, "polls": isinstance(turn.step, Poll), "ways": [], "next": "/"}
        answer = _page(request, "pages/sign_in.html", context, status)
    return keep_cookie(request, answer, FLOW, turn.flow, FLOW_SECONDS)


def _page(request: WebRequest, template: str, context: dict[str, Any], status: int = 200) -> Response[str]:
    language = language_of(request)
    others = [(f"/language/{code}", code, text) for code, text in LANGUAGES.items() if code != language]
    whole = {"csrf": "", "languages": others, **context}
    return pages_of(request).page(request, template, whole, language, status)


def _back(request: WebRequest) -> str:
    """The page that the choice was made on, if it is one of ours."""
    origin, _, path = request.headers.get("referer", "").partition(request.headers.get("host", "\0"))
    return sign_in.safe_path(path or "/") if origin else "/"


def _address(request: WebRequest) -> str:
    return request.client.host if request.client else ""


HANDLERS = [ways, go_on, sign_out, choose_language]
