"""Mitt konto: the user's account, name, language and password (features U1 to U4)."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.accounts import passwords, preferences, users
from budkavle.identification import account_methods, providers, rate_limit
from budkavle.identification.outcome import SignedIn
from budkavle.model.errors import Invalid
from budkavle.web.auth import Visitor, open_session, remember_language
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.desk.choices import NOT_OFFERED, list_choices, save_choices
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.panels import panels
from budkavle.web.views.render import LANGUAGES

SAID = {
    "saved": N_("Ändringarna är sparade."),
    "password": N_("Lösenordet är bytt. Du är utloggad överallt utom här."),
}
LOOKS = {"": N_("Som i datorn eller telefonen"), "light": N_("Ljust"), "dark": N_("Mörkt")}
"""The themes to choose from; the first follows the system."""
TOO_OFTEN = N_("För många försök med fel lösenord. Vänta en kvart och försök igen.")
LEVELS = {
    0: N_("Ingen"),
    1: N_("1: du nådde kontot"),
    2: N_("2: du visade vem du är med lösenord eller kod"),
    3: N_("3: du visade vem du är med e-legitimation"),
}
"""What each level of assurance of a session means, in the user's words."""


@get("/account", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """Show the user's account and the level of the session (feature U2)."""
    user = visitor.session.user
    return _page(request, visitor, {"name": user.name, "language": user.language}, {}, notice=said)


@post("/account", sync_to_thread=True)
def save(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Change the user's name and language (features U3, U4)."""
    name, language = form.get("name"), form.get("language")
    me = visitor.session.user.id
    try:
        with visitor.work() as work:
            users.update_user(work, me, name=name, language=language)
    except Invalid as error:
        return _page(request, visitor, {"name": name, "language": language}, error.fields, status=422)
    answer = Redirect("/account?said=saved", status_code=303)
    if language in LANGUAGES:
        remember_language(request, answer, language)
    return answer


@post("/account/signature", sync_to_thread=True)
def sign(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Save the user's signature for messages (feature U6); an empty text means none."""
    user, text = visitor.session.user, form.get("signature").replace("\r\n", "\n")
    try:
        with visitor.work() as work:
            preferences.prefer(work, "signature", text)
    except Invalid as error:
        typed = {"name": user.name, "language": user.language, "signature": text}
        return _page(request, visitor, typed, error.fields, status=422)
    return Redirect("/account?said=saved", status_code=303)


@post("/account/lists", sync_to_thread=True)
def choose_lists(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Save the user's choices for lists."""
    try:
        with visitor.work() as work:
            save_choices(work, form)
    except Invalid as error:
        return _again(request, visitor, error.fields)
    return Redirect("/account?said=saved", status_code=303)


@post("/account/look", sync_to_thread=True)
def choose_look(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Save whether the pages are light or dark (feature E30)."""
    look = form.get("look")
    if look not in LOOKS:
        return _again(request, visitor, {"look": NOT_OFFERED})
    with visitor.work() as work:
        preferences.prefer(work, preferences.THEME, look)
    return Redirect("/account?said=saved", status_code=303)


@post("/account/password", sync_to_thread=True)
def change_password(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]
) -> Response[Any]:
    """Change the user's password, given the old one; every session ends, and this browser gets a new one."""
    provider = providers.require_password(visitor.platform)
    user = visitor.session.user
    old, new, again = (form.values.get(name, [""])[-1] for name in ("old", "password", "again"))
    address = request.client.host if request.client else ""
    try:
        _check_typed(visitor, old, new, again)
        _count_try(visitor, address)
        with visitor.work() as work:
            users.set_password(work, user.id, new, old=old)
    except Invalid as error:
        return _again(request, visitor, error.fields)
    rate_limit.succeeded(visitor.platform, f"old password|{user.id}", address)
    loa = min(visitor.session.loa, provider.traits.max_loa)
    since = visitor.session.identified_at
    signed_in = SignedIn(user, loa, visitor.session.provider, "/account", identified_at=since)
    return open_session(request, Redirect("/account?said=password", status_code=303), signed_in)


def _count_try(visitor: Visitor, address: str) -> None:
    """Count a try of the old password; without one, a password may be chosen only with the account's surest method."""
    with visitor.work() as work:
        has_password = account_methods.has_password(work)
        if not has_password:
            account_methods.require_strength(work)
    if has_password and not rate_limit.begin(visitor.platform, f"old password|{visitor.session.user.id}", address):
        raise Invalid("Lösenordet kunde inte sparas.", fields={"old": TOO_OFTEN})


def _check_typed(visitor: Visitor, old: str, new: str, again: str) -> None:
    """Report all errors at once that can be found without trying the old password."""
    with visitor.work() as work:
        lacking = not old and account_methods.has_password(work)
        unfit = passwords.fault_for(work, visitor.session.user, new)
    faults = {
        "old": N_("Skriv det gamla lösenordet.") if lacking else "",
        "password": unfit or "",
        "again": "" if new == again else N_("Skriv samma lösenord två gånger."),
    }
    if wrong := {field: sentence for field, sentence in faults.items() if sentence}:
        raise Invalid("Lösenordet kunde inte sparas.", fields=wrong)


def _again(request: WebRequest, visitor: Visitor, faults: Mapping[str, str]) -> Response[str]:
    """Answer with the page and what is wrong in one of the forms below the first."""
    user = visitor.session.user
    return _page(request, visitor, {"name": user.name, "language": user.language}, faults, status=422)


def _page(
    request: WebRequest,
    visitor: Visitor,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    *,
    notice: str = "",
    status: int = 200,
) -> Response[str]:
    session = visitor.session
    with visitor.work() as work:
        chosen = preferences.preferences(work, session.user.id)
        has_password = account_methods.has_password(work)
        choices = list_choices(work)
    context = {
        "typed": {"signature": chosen.get("signature", ""), **typed},
        "faults": {name: visitor.say(sentence) for name, sentence in faults.items()},
        "languages_offered": list(LANGUAGES.items()),
        "lists": choices,
        "looks": [(look, visitor.say(text)) for look, text in LOOKS.items()],
        "look": session.theme,
        "facts": [
            (visitor.say("E-post"), session.user.email),
            (visitor.say("Organisation"), session.organisation.name),
            (visitor.say("Tillitsnivå"), visitor.say(LEVELS[int(session.loa)])),
        ],
        "pieces": panels(visitor, "account.settings", {"user": session.user}, request.scope["state"]["nonce"]),
        "email": session.user.email,
        "uses_passwords": providers.asking_for_password(visitor.platform) is not None,
        "has_password": has_password,
        "said": visitor.say(SAID[notice]) if notice in SAID else "",
    }
    return page(visitor, "pages/account.html", context, folder="account", status=status)


HANDLERS = [show, save, sign, choose_lists, choose_look, change_password]
