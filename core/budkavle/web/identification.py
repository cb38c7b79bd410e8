"""An identification flow in the browser: its cookies, the page of each step, and its result.

The pages work without JavaScript: a waiting step reloads itself, and a step that leads to another site has a button.
A form reaches a peer by a page in between, since the policy of our pages allows no form to end on another site.
"""

import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import segno
from litestar import Response
from litestar.response import Redirect
from markupsafe import Markup

from budkavle.identification import flow as sign_in
from budkavle.identification import flow_store, guest_sessions, providers
from budkavle.identification.mail_links import new_passwords
from budkavle.identification.outcome import GuestIn, GuestOf, Turn
from budkavle.model.errors import Conflict, NotFound, NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.plugins.protocols.identity_provider import Failed, IdentityProvider, Poll, Prompt
from budkavle.plugins.protocols.identity_provider import Redirect as Elsewhere
from budkavle.web.auth import (
    Visitor,
    open_session,
    pages_of,
    platform_of,
    remember_language,
    visitor_of,
)
from budkavle.web.browser_sessions import guest_of
from budkavle.web.http.cookies import (
    GUEST,
    KNOWN,
    NAMED,
    browser_mark,
    cookie_name,
    drop_cookie,
    keep_cookie,
)
from budkavle.web.http.embedding import Frame, frame_of
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.language import chosen_language, chosen_now, language_of
from budkavle.web.http.security_headers import policy
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.render import LANGUAGES
from budkavle.web.views.sender_view import organisation_as_sender

BROWSER, FLOW = "browser", "flow"
LAST_WAY = "way"
"""The cookie with this browser's latest sign-in method; it gives no access."""
FLOW_SECONDS = 600
BROWSER_SECONDS = 86_400 * 400
ON_ITS_WAY = 10.0
"""Seconds in which the response with another window's new session may not yet have reached the browser."""
LEVELS = {
    Loa.ONE: N_("Tillitsnivå 1"),
    Loa.TWO: N_("Tillitsnivå 2"),
    Loa.THREE: N_("Tillitsnivå 3"),
}


def begin(
    request: WebRequest,
    way: str,
    *,
    hints: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    **what: Any,
) -> Response[Any]:
    """Start a flow in this browser and answer with its first step; `what` is as in `flow.begin`.

    If the first step asks only for fields in `typed`, those values answer it at once.

    Raises:
        NotFound: The sign-in method does not exist, or not for these people or this frame.
    """
    provider = providers.provider_of(platform_of(request), way, trial=bool(what.get("trial")))
    if provider and not belongs(provider, frame_of(request)):
        raise NotFound("Det sättet att logga in finns inte här.")
    browser = request.cookies.get(cookie_name(request, BROWSER)) or secrets.token_urlsafe(32)
    request.scope["state"][NAMED] = browser
    browser_hints = {
        "language": language_of(request),
        "ip": request.client.host if request.client else "",
        "user_agent": request.headers.get("user-agent", "")[:256],
    }
    turn = sign_in.begin(platform_of(request), way, browser, hints={**browser_hints, **(hints or {})}, **what)
    if typed and isinstance(turn.step, Prompt) and all(prompt_field.name in typed for prompt_field in turn.step.fields):
        turn = sign_in.advance(platform_of(request), turn.flow, browser, typed)
    return keep_cookie(request, answer(request, turn), BROWSER, browser, BROWSER_SECONDS)


def identify_guest(
    request: WebRequest,
    way: str,
    guest: GuestOf,
    *,
    loa: Loa = Loa.ONE,
    return_to: str,
    hints: Mapping[str, str] | None = None,
) -> Response[Any]:
    """Let a person without an account identify, to read one message.

    The browser goes through the method's steps to `return_to`, where the dependency `guest` is the identified person.
    After a failure it gets there too, so that the person can choose again.

    Args:
        request: The current request.
        way: The method's name, one that the message's terms allow.
        guest: The message to read.
        loa: The level that must be reached.
        return_to: A path of ours.
        hints: `email`, `phone`, `personnummer` (the person must have that number), `purpose` (a sentence).
    """
    return begin(request, way, hints=hints, guest=guest, wanted=loa, return_to=return_to, again=return_to)


def try_provider(visitor: Visitor, provider: str, *, return_to: str, loa: Loa = Loa.ONE) -> Response[Any]:
    """Let an administrator of the installation try an identity provider, even if it is not enabled yet.

    The browser goes through its steps. Nobody is signed in: the provider's answer is passed to its source
    (`ProviderSource.tried`), and the browser is sent to `return_to`.

    Args:
        visitor: The administrator.
        provider: The provider's name.
        return_to: A path of ours, used also if the trial fails.
        loa: The level to ask for.

    Raises:
        Forbidden: The visitor is not an administrator of the installation.
        NotFound: There is no such provider.
    """
    return begin(
        visitor.request, provider, actor=visitor.actor, trial=True, wanted=loa, return_to=return_to, again=return_to
    )


def admit_guest(request: WebRequest, guest: GuestOf, *, method: str, return_to: str) -> Response[Any]:
    """Give a reader access by the link alone, which proves that it reached them: level 1, never higher.

    Args:
        request: The current request.
        guest: The message to read.
        method: The method's name as shown to the sender.
        return_to: A path of ours.
    """
    entered = GuestIn(guest, Loa.ONE, "link", sign_in.safe_path(return_to), method)
    return _let_in(request, Turn("", guest=entered))


def dismiss_guest(request: WebRequest, answer: Response[Any]) -> Response[Any]:
    """End the guest's session in this browser, with this response."""
    guest_sessions.end(platform_of(request), request.cookies.get(cookie_name(request, GUEST)))
    return drop_cookie(request, answer, GUEST)


def go_on(
    request: WebRequest, answers: Mapping[str, str], provider: str | None = None, tries: int = 3
) -> Response[Any]:
    """Pass the browser's input to its flow, and answer with the next step.

    A return from a peer may collide with the polling of the page that was left open. It is then retried rather than
    lost, and the later of the two requests continues to where the first one went.
    """
    secret, browser = _cookies(request)
    try:
        _require_owner(request, secret, browser)
        turn = sign_in.advance(platform_of(request), secret, browser, answers, provider=provider)
    except NotFound as error:
        if (ended := flow_store.ended(platform_of(request), secret, browser)) and (followed := _follow(request, ended)):
            return followed
        restart_path = sign_in.restart(platform_of(request), secret, browser)
        turn = Turn(secret, Failed(error.message, retry=False), again=restart_path)
    except Conflict:
        if in_place(request) or (tries == 1 and request.method == "GET"):
            return _again(request)  # another window is ahead; this one waits for its turn
        if provider is None or tries == 1:
            raise
        return go_on(request, answers, provider, tries - 1)
    return answer(request, turn)


def give_up(request: WebRequest) -> Response[Any]:
    """End the browser's flow, and redirect to where it can start again."""
    again = sign_in.cancel(platform_of(request), *_cookies(request))
    return drop_cookie(request, Redirect(again, status_code=303), FLOW)


def answer(request: WebRequest, turn: Turn) -> Response[Any]:
    """Show a step, or finish the flow and let the person in."""
    if turn.signed_in or turn.guest or turn.linked or turn.tried:
        return _let_in(request, turn)
    if isinstance(turn.step, Elsewhere) and turn.step.form is None and request.method == "GET":
        led: Response[Any] = Redirect(turn.step.url, status_code=303)
        return keep_cookie(request, led, FLOW, turn.flow, FLOW_SECONDS)
    return keep_cookie(request, _step(request, turn), FLOW, turn.flow, FLOW_SECONDS)


def page(
    request: WebRequest,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
    language: str = "",
    *,
    keep_language: bool = False,
) -> Response[str]:
    """Return a page for a visitor who is not signed in; plugins call it `guest_page`.

    Args:
        request: The current request.
        template: The page's template, which extends `layout.html`; a plugin's is `PLUGIN/TEMPLATE`.
        context: What the template needs; `csrf` is empty unless given.
        status: The HTTP status.
        language: `sv` or `en`, as `reader_language` returns it; empty means the one chosen in the browser or requested
            by it.
        keep_language: Whether to store the language in a cookie for further pages if there is none yet. A language
            chosen in the URL is stored anyway.

    Returns:
        The page, without navigation and menu.
    """
    is_new = keep_language and not chosen_language(request)
    language = language or language_of(request)
    others = [(f"/language/{code}", code, text) for code, text in LANGUAGES.items() if code != language]
    whole = {"csrf": "", "languages": others, **context}
    answer = pages_of(request).page(request, template, whole, language, status)
    if is_new or chosen_now(request) == language:
        remember_language(request, answer, language)
    return answer


def qr(text: str) -> Markup:
    """Return a QR code as inline SVG, drawn in black for its own white field."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=0, svgclass=None, lineclass=None))  # noqa: S704 - made here


def belongs(way: IdentityProvider, frame: Frame | None) -> bool:
    """Tell whether a method is offered here: in the frame that it names, or outside of frames if it names none."""
    return way.traits.frame == (frame.name if frame else "")


def words(way: IdentityProvider) -> str:
    """Return the level that a method reaches, in Swedish, to be translated."""
    return LEVELS.get(way.traits.max_loa, "")


def in_place(request: WebRequest) -> bool:
    """Tell whether it is a request from the page's script, which needs only the step."""
    return bool(request.headers.get("hx-request"))


def _require_owner(request: WebRequest, secret: str, browser: str) -> None:
    """Require that the session in which a method is added or tried goes on.

    Several people may share a browser, and a later session of the same person may be at a lower level.

    Raises:
        NotFound: They have signed out, or somebody has signed in, since the flow started.
    """
    origin = flow_store.origin(platform_of(request), secret, browser)
    if origin and (origin.link or origin.trial) and _session_here(request) != origin.session:
        raise NotFound(flow_store.OVER)


def _session_here(request: WebRequest) -> str:
    try:
        return visitor_of(request).actor.session
    except NotSignedIn:
        return ""


def _cookies(request: WebRequest) -> tuple[str, str]:
    return (request.cookies.get(cookie_name(request, FLOW), ""), request.cookies.get(cookie_name(request, BROWSER), ""))


def _let_in(request: WebRequest, turn: Turn) -> Response[Any]:
    platform = platform_of(request)
    end = turn.guest or turn.linked or turn.signed_in or turn.tried
    response = _led(request, end.return_to if end else "/")
    if turn.signed_in:
        open_session(request, response, turn.signed_in)
        if turn.signed_in.provider:
            keep_cookie(request, response, LAST_WAY, turn.signed_in.provider, BROWSER_SECONDS)
        remember_language(request, response, turn.signed_in.user.language)
    if turn.guest:
        cookie = guest_sessions.start(platform, turn.guest, request.cookies.get(cookie_name(request, GUEST)))
        keep_cookie(request, response, GUEST, cookie)
        keep_cookie(request, response, KNOWN, browser_mark(request), BROWSER_SECONDS)
    # The flow has ended. Its cookie stays for a while, so that another window of this browser can follow (`_follow`).
    return response if turn.flow else drop_cookie(request, response, FLOW)


def _follow(request: WebRequest, flow: flow_store.Flow) -> Response[Any] | None:
    """Redirect a second window to where the first one went, if this browser is signed in as the person of the flow.

    It gives nobody a session: the session must exist already. None means that the flow is over for this window too.
    """
    if flow.content.ended is None:
        return None
    if _is_in(request, flow, flow.content.ended.who):
        return _led(request, flow.content.return_to)
    return _again(request) if time.time() - flow.content.ended.at < ON_ITS_WAY else None


def _is_in(request: WebRequest, flow: flow_store.Flow, who: str) -> bool:
    if flow.content.guest is not None:
        guest = guest_of(request)
        if guest is None or (guest.ref, str(guest.organisation_id)) != (who, flow.content.organisation):
            return False
        return guest.loa.meets(flow.wanted)
    try:
        session = visitor_of(request).session
    except NotSignedIn:
        return False
    return str(session.user.id) == who and (flow.content.link or flow.content.trial or session.loa.meets(flow.wanted))


def _led(request: WebRequest, target: str) -> Response[Any]:
    if in_place(request):
        return Response("", status_code=200, headers={"hx-redirect": target})
    return Redirect(target, status_code=303)


def _again(request: WebRequest) -> Response[Any]:
    """Make the window ask again in a moment: another window's step is not finished yet."""
    if in_place(request):
        return Response("", status_code=204)
    if request.method != "GET":
        return Redirect("/sign-in/flow", status_code=303)
    shown = page(request, "pages/signing_in.html", {})
    shown.headers["refresh"] = "1"
    return shown


def _step(request: WebRequest, turn: Turn) -> Response[Any]:
    step = turn.step
    kind = "choose" if step is None else "away" if isinstance(step, Elsewhere) else type(step).__name__.lower()
    context: dict[str, Any] = {
        "turn": turn,
        "step": step,
        "kind": kind,
        "faulty": kind == "failed"
        or (isinstance(step, Prompt) and any(prompt_field.error for prompt_field in step.fields)),
        "forgotten": _asks_for_password(step) and new_passwords.is_offered(platform_of(request)),
        "qr": qr(step.qr) if isinstance(step, Poll) and step.qr else "",
        "seconds": max(step.seconds, 0.5) if isinstance(step, Poll) else 0,
    }
    if turn.sender:
        with platform_of(request).work(SystemActor(turn.sender, CORE_NAME)) as work:
            context |= {"sender": organisation_as_sender(work), "home_url": turn.again}
    status = 422 if context["faulty"] and not in_place(request) else 200
    shown = page(request, "fragments/step.html" if in_place(request) else "pages/step.html", context, status)
    if isinstance(step, Elsewhere) and step.form is not None:
        shown.headers["content-security-policy"] = policy(
            request.scope["state"]["nonce"], origin_of(step.url), frame_of(request)
        )
    return shown


def _asks_for_password(step: object) -> bool:
    return isinstance(step, Prompt) and any(asked.autocomplete == "current-password" for asked in step.fields)


def origin_of(url: str) -> str:
    """Return the origin of a URL, as used in a policy."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
