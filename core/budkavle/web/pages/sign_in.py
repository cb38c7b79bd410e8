"""Signing in and out, identifying at a higher level, returning from a peer, and choosing the language."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.identification import account_methods, flow, providers, sessions
from budkavle.identification.mail_links import new_passwords
from budkavle.identification.sessions import Session
from budkavle.identification.sign_out import passing_on
from budkavle.model.errors import Invalid, NotFound, Unavailable
from budkavle.model.loa import Loa
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.web import identification
from budkavle.web import sign_out as web_sign_out
from budkavle.web.auth import (
    LOOK,
    Visitor,
    is_fresh,
    platform_of,
    remember_language,
    sign_in_url,
    unlock_url,
)
from budkavle.web.browser_sessions import forget_proof, session_cookie, session_of
from budkavle.web.http import request_limits
from budkavle.web.http.cookies import cookie_name, drop_cookie
from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import Form, WebRequest, check_token, read_form
from budkavle.web.required_code import is_device_key
from budkavle.web.views.layout import page, standing
from budkavle.web.views.render import LANGUAGES

PASSWORDS = frozenset({"password", "again"})
"""Fields in which every character counts, spaces too."""
RETURNED_BYTES, RETURNED_RUNNING = 256_000, 16
"""The limits for what an identity provider sends by the browser: bytes, and concurrent bodies."""


@get("/sign-in", sync_to_thread=True)
def show_ways(request: WebRequest, next: FromQuery[str] = "/", way: FromQuery[str] = "") -> Response[Any]:  # noqa: A002 - the name in the query
    """Show the sign-in methods, or one of them; opening the page starts no flow, since a mail scanner may open it too.

    If there is only one method, and its form starts nothing elsewhere, its fields are shown here at once. Submitting
    them starts the flow and answers its first step.
    """
    platform, frame = platform_of(request), frame_of(request)
    if frame:
        return Redirect(frame.sign_in_url(flow.safe_path(next), ask=True), status_code=303)
    offered = [
        provider
        for provider in providers.staff_providers(platform)
        if way in ("", provider.name) and identification.belongs(provider, None)
    ]
    if not offered:
        raise NotFound("Det sättet att logga in finns inte här." if way else "Här är inget sätt att logga in påslaget.")
    prompt = flow.first_form(platform, offered[0]) if len(offered) == 1 else None
    context = {
        "ways": _with_last(request, shown(offered)),
        "next": flow.safe_path(next),
        "prompt": prompt,
        "chosen": bool(way),
        "forgotten": prompt is not None and new_passwords.is_offered(platform),
    }
    return identification.page(request, "pages/sign_in.html", context)


async def find_answers(request: WebRequest) -> dict[str, str]:
    """Read the step's fields. Nobody is signed in yet, so the flow's own cookies stand in for the token."""
    form = await read_form(request)
    return {name: form.values[name][-1] if name in PASSWORDS else form.get(name) for name in form.values}


async def find_returned(request: WebRequest) -> dict[str, str]:
    """Read what a peer sends by the browser: an assertion that lists a user's groups is longer than a form."""
    request_limits.allow(request, RETURNED_BYTES, "returned", RETURNED_RUNNING)
    return await find_answers(request)


@post("/sign-in/begin", sync_to_thread=True, status_code=200, dependencies={"answers": Provide(find_answers)})
def begin(request: WebRequest, answers: NamedDependency[dict[str, str]]) -> Response[Any]:
    """Start to sign in by the chosen method."""
    target = flow.safe_path(answers.get("next", "/"))
    again = f"/sign-in?next={quote(target, safe='/')}"
    return identification.begin(request, answers.get("way", ""), typed=answers, return_to=target, again=again)


@post("/sign-in", sync_to_thread=True, status_code=200, dependencies={"answers": Provide(find_answers)})
def go_on(request: WebRequest, answers: NamedDependency[dict[str, str]]) -> Response[Any]:
    """Pass the input, or the poll of a waiting step, to the provider, and show the next step."""
    return identification.go_on(request, answers)


@get("/sign-in/flow", sync_to_thread=True)
def wait(request: WebRequest) -> Response[Any]:
    """Show the flow's current step, for browsers without JavaScript, which reload a waiting step."""
    return identification.go_on(request, {"tick": "1"})


@post("/sign-in/cancel", sync_to_thread=True)
def cancel(request: WebRequest) -> Response[Any]:
    """Cancel the flow."""
    return identification.give_up(request)


@get("/sign-in/back/{provider:str}", sync_to_thread=True)
def come_back(request: WebRequest, provider: FromPath[str]) -> Response[Any]:
    """Handle the browser's return from a peer."""
    return identification.go_on(request, dict(request.query_params), provider)


@post(
    "/sign-in/back/{provider:str}",
    sync_to_thread=True,
    status_code=200,
    dependencies={"answers": Provide(find_returned)},
    opt={"foreign_callers": True},
)
def come_back_with_form(
    request: WebRequest, provider: FromPath[str], answers: NamedDependency[dict[str, str]]
) -> Response[Any]:
    """Handle a peer's form. It comes from another site, without our cookies, so our own page posts it again."""
    if request.headers.get("sec-fetch-site", "cross-site") != "same-origin" and not _from_us(request):
        context = {"url": request.url.path, "fields": answers}
        return identification.page(request, "pages/come_back.html", context)
    return identification.go_on(request, {**dict(request.query_params), **answers}, provider)


@get("/step-up", sync_to_thread=True)
def ask_more(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    loa: FromQuery[int] = 3,
    next: FromQuery[str] = "/",  # noqa: A002 - the query's own word
) -> Response[Any]:
    """Ask a signed-in user to identify at a higher level (feature Y10).

    Methods that the account lacks are not offered here: a method added by the user reaches no higher than the session.
    """
    level, target = _level(loa), flow.safe_path(next)
    if visitor.session.loa.meets(level) and is_fresh(visitor):
        return Redirect(target, status_code=303)
    frame = frame_of(request)
    if frame:
        return Redirect(frame.step_up_url(level, target), status_code=303)
    with visitor.work() as work:
        reaching = account_methods.reaching(work, level)
    context = {
        "wanted": int(level),
        "next": target,
        "ways": shown(reaching.linked),
        "unconfirmed": bool(reaching.unconfirmed),
        "reachable": bool(reaching.addable),
        "is_admin": visitor.actor.is_admin,
    }
    return page(visitor, "pages/step_up.html", context)


@post("/step-up", sync_to_thread=True)
def identify_more(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Start identification at a higher level; the same person must identify, and gets a new session."""
    level_needed = Loa(int(level)) if (level := form.get("loa")) in {"1", "2", "3"} else Loa.THREE
    target = flow.safe_path(form.get("next"))
    return identification.begin(
        request,
        form.get("way"),
        wanted=level_needed,
        return_to=target,
        again=f"/step-up?loa={level_needed:d}&next={quote(target, safe='/')}",
        actor=visitor.actor,
        hints={"email": visitor.session.user.email, "purpose": visitor.say("Visa vem du är, för att läsa vidare")},
    )


@get("/unlock", sync_to_thread=True)
def show_lock(request: WebRequest, next: FromQuery[str] = "/") -> Response[Any]:  # noqa: A002 - the query's own word
    """Ask for a passkey to unlock the session; nothing of the session is shown."""
    session, target = _even_locked(request), flow.safe_path(next)
    if not session.is_locked:
        return Redirect(target, status_code=303)
    with platform_of(request).work(session.actor) as work:
        ways = account_methods.device_keys(work)
    context = {"csrf": session.csrf, "next": target, "ways": shown(ways), "other": sign_in_url(request, target)}
    return identification.page(request, "pages/unlock.html", context)


@post("/unlock", sync_to_thread=True, dependencies={"answers": Provide(find_answers)})
def unlock(request: WebRequest, answers: NamedDependency[dict[str, str]]) -> Response[Any]:
    """Start the flow with a passkey; the same person must identify, and continues in the same session."""
    session, target = _even_locked(request), flow.safe_path(answers.get("next", "/"))
    check_token(Form({"csrf": [answers.get("csrf", "")]}), session.csrf, None)
    way = answers.get("way", "")
    if not is_device_key(platform_of(request), way):
        raise NotFound("Det sättet att låsa upp finns inte här.")
    hints = {"email": session.user.email}
    restart_url = unlock_url(target)
    return identification.begin(request, way, return_to=target, again=restart_url, actor=session.actor, hints=hints)


def _even_locked(request: WebRequest) -> Session:
    return session_of(request, touch=False, even_locked=True)


@get(LOOK, sync_to_thread=True)
def look(visitor: NamedDependency[Visitor]) -> dict[str, int | str]:
    """Say how long the session lasts, whose it is, and its form token; this request does not count as activity."""
    return standing(visitor)


@get("/session/stay", sync_to_thread=True)
def stay(request: WebRequest, visitor: NamedDependency[Visitor]) -> dict[str, int | str]:
    """Say the same, and count the request as activity, so that the session is extended."""
    session = sessions.find(visitor.platform, session_cookie(request))
    return standing(replace(visitor, session=session))


@post("/session/present", sync_to_thread=True, status_code=204, dependencies={"answers": Provide(find_answers)})
def note_present(request: WebRequest, answers: NamedDependency[dict[str, str]]) -> None:
    """Record that a page is being looked at, so that a session with a lock does not lock."""
    session = session_of(request, touch=False)
    check_token(Form({"csrf": [answers.get("csrf", "")]}), session.csrf, None)
    sessions.note_present(platform_of(request), session_cookie(request))


@get("/signed-in", sync_to_thread=True)
def signed_in_again(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Say that the user can continue in the other tab."""
    return page(visitor, "pages/signed_in.html", {})


@post("/sign-out", sync_to_thread=True)
def sign_out(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:  # noqa: ARG001 - checks the token
    """End the session and delete its cookie; if the user has a session at the provider, sign out there too."""
    answer = web_sign_out.answer_ended(request, sessions.end(visitor.platform, session_cookie(request)))
    answer.headers["clear-site-data"] = '"cache"'
    forget_proof(request)
    return drop_cookie(request, answer, "budkavle")


@get("/signed-out", sync_to_thread=True)
def signed_out(request: WebRequest, way: FromQuery[str]) -> Response[str]:
    """Say that the user is signed out here, and perhaps not at the provider."""
    return web_sign_out.signed_out_page(request, way, is_out_there=False)


@get("/sign-out/back/{provider:str}", sync_to_thread=True)
def come_back_signed_out(request: WebRequest, provider: FromPath[str]) -> Response[Any]:
    """Handle the browser's return from signing out at a provider."""
    return web_sign_out.answer_back(request, provider)


@get("/sign-out/from/{provider:str}", sync_to_thread=True)
def take_sign_out_by_browser(request: WebRequest, provider: FromPath[str]) -> Response[Any]:
    """Handle a provider's message, by the browser, that its user has signed out there (SAML)."""
    query = request.scope["query_string"].decode("latin-1")
    sign_out_request = passing_on.take(platform_of(request), provider, dict(request.query_params), query)
    if sign_out_request is None:
        raise Invalid("Det gick inte att läsa vem som har loggat ut. Logga ut här också.")
    if sign_out_request.reply is None:  # the provider has no address for our answer
        return web_sign_out.signed_out_page(request, provider, is_out_there=True)
    return Redirect(sign_out_request.reply.url, status_code=303)


@post(
    "/sign-out/from/{provider:str}",
    sync_to_thread=True,
    dependencies={"answers": Provide(find_answers)},
    opt={"foreign_callers": True},
)
def take_sign_out(
    request: WebRequest, provider: FromPath[str], answers: NamedDependency[dict[str, str]]
) -> Response[Any]:
    """Handle a provider's message that a user has signed out there (OpenID Connect Back-Channel Logout 1.0)."""
    headers = {"cache-control": "no-store"}
    try:
        sign_out_request = passing_on.take(platform_of(request), provider, answers, "")
    except Unavailable:
        return Response({"error": "temporarily_unavailable"}, status_code=503, headers={**headers, "retry-after": "30"})
    if sign_out_request is None:
        return Response({"error": "invalid_request"}, status_code=400, headers=headers)
    return Response(None, status_code=200, headers=headers)


@get("/language/{language:str}", sync_to_thread=False)
def choose_language(request: WebRequest, language: FromPath[str]) -> Response[Any]:
    """Store the language in this browser; the account's own language is chosen under Mitt konto."""
    answer = Redirect(_back(request), status_code=303)
    if language in LANGUAGES:
        remember_language(request, answer, language)
    return answer


def _with_last(request: WebRequest, ways: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Mark the method that this browser used last; that one, or else the first, is highlighted."""
    last = request.cookies.get(cookie_name(request, identification.LAST_WAY), "")
    is_offered = any(way["name"] == last for way in ways)
    return [
        {**way, "last": way["name"] == last, "first": way["name"] == last if is_offered else place == 0}
        for place, way in enumerate(ways)
    ]


def shown(ways: Sequence[IdentityProvider]) -> list[dict[str, str]]:
    """Return methods as the pages show them; those of a frame have their own pages there."""
    return [
        {"name": way.name, "label": way.label, "icon": way.icon, "level": identification.words(way)}
        for way in ways
        if identification.belongs(way, None)
    ]


def _level(loa: int) -> Loa:
    if loa not in set(Loa) - {Loa.NONE}:
        raise Invalid("Tillitsnivån finns inte. Nivåerna är 1, 2 och 3.")
    return Loa(loa)


def _from_us(request: WebRequest) -> bool:
    """Tell whether an older browser, without Fetch Metadata, posts from our own page."""
    origin = request.headers.get("origin", "")
    return "sec-fetch-site" not in request.headers and origin.partition("://")[2] == request.headers.get("host")


def _back(request: WebRequest) -> str:
    """Return the page where the choice was made, if it is one of ours."""
    origin, _, path = request.headers.get("referer", "").partition(request.headers.get("host", "\0"))
    return flow.safe_path(path or "/") if origin else "/"


HANDLERS = [
    show_ways,
    begin,
    go_on,
    wait,
    cancel,
    come_back,
    come_back_with_form,
    ask_more,
    identify_more,
    look,
    stay,
    note_present,
    show_lock,
    unlock,
    signed_in_again,
    sign_out,
    signed_out,
    come_back_signed_out,
    take_sign_out_by_browser,
    take_sign_out,
    choose_language,
]
