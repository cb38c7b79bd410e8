"""Var du är inloggad: the user's own sessions, and ending one or all others."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.identification import providers
from budkavle.identification.refusals.wrong_tries import own_wrong_tries
from budkavle.identification.sign_out import own_sessions
from budkavle.web.auth import Visitor
from budkavle.web.browser_sessions import session_cookie
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

TRIES = {
    "user.sign-in-failed": N_("Fel lösenord eller kod"),
    "user.sign-in-blocked": N_("För många fel i rad: fler försök därifrån nekades"),
    "user.identification-failed": N_("E-legitimeringen avbröts eller misslyckades"),
    "user.session-copied": N_("Samma inloggning användes i två webbläsare, och avslutades i båda"),
}
"""The text for each kind of failed attempt."""
SAID = {
    "one": N_("Sessionen är avslutad."),
    "others": N_("Du är utloggad överallt utom här."),
}


@get("/account/sessions", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List the user's sessions, and failed attempts to sign in."""
    with visitor.work() as work:
        listed, refused = own_sessions.open_sessions(work, session_cookie(request)), own_wrong_tries(work)
    tries = [(tried.at, visitor.say(TRIES[tried.kind])) for tried in refused]
    ways = {way.name: visitor.say(way.label) for way in providers.staff_providers(visitor.platform)}
    words = visitor.say(SAID[said]) if said in SAID else ""
    context = {"sessions": listed, "ways": ways, "tries": tries, "said": words}
    return page(visitor, "pages/account_sessions.html", context, folder="account")


@post("/account/sessions/end", sync_to_thread=True)
def end(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """End one of the user's sessions; ending the current one signs the user out."""
    with visitor.work() as work:
        own_sessions.end_own(work, form.get("session"))
    return Redirect("/account/sessions?said=one", status_code=303)


@post("/account/sessions/end-others", sync_to_thread=True)
def end_others(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:  # noqa: ARG001 (the form judges the token)
    """End all other sessions."""
    with visitor.work() as work:
        own_sessions.end_others(work, session_cookie(request))
    return Redirect("/account/sessions?said=others", status_code=303)


HANDLERS = (show, end, end_others)
