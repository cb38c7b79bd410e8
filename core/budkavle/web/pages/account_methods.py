"""Mitt konto, hur man loggar in: sign-in methods, codes in addition to the password, recovery codes (feature U5)."""

import base64
import binascii
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.identification import (
    account_methods,
    administration,
    flow,
    identities,
    providers,
    rate_limit,
    second_factor,
)
from budkavle.identification.identities import PERSONNUMMER
from budkavle.identification.outcome import SignedIn
from budkavle.identification.second_factor import RECOVERY, TOTP, Verdict
from budkavle.model.errors import Conflict, Invalid
from budkavle.storage.keys import Damaged
from budkavle.web import identification
from budkavle.web.auth import Visitor, open_session, require_fresh
from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.sign_in import shown
from budkavle.web.required_code import lacks_code
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

HERE = "/account/methods"
SAID = {
    "added": N_("Sättet att logga in är tillagt."),
    "removed": N_("Sättet att logga in är borttaget. Du är utloggad överallt utom här."),
    "code-on": N_("Nu behövs en kod från appen när du loggar in med lösenord. Du är utloggad överallt utom här."),
}
WRONG = {
    Verdict.WRONG: N_("Koden stämmer inte. Skriv den som appen visar just nu."),
    Verdict.CLOCK: N_("Koden gäller en annan tid. Låt telefonens klocka ställas automatiskt, och skriv nästa kod."),
}


@get(HERE, sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """Show the user's sign-in methods, and those that can be added."""
    return _page(request, visitor, notice=visitor.say(SAID[said]) if said in SAID else "")


@post(HERE, sync_to_thread=True)
def add(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Start the flow that adds a sign-in method to the account, and return to the page that the user wanted."""
    _may_change(visitor)
    target = flow.safe_path(form.get("next") or f"{HERE}?said=added")
    return identification.begin(
        request,
        form.get("way"),
        typed={name: form.get(name) for name in form.values},
        return_to=target,
        again=HERE,
        actor=visitor.actor,
        link=True,
        hints={"email": visitor.session.user.email, "purpose": visitor.say("Lägg till ett sätt att logga in")},
    )


@post(f"{HERE}/{{identity_id:uuid}}/remove", sync_to_thread=True)
def remove(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    identity_id: FromPath[UUID],
) -> Response[Any]:
    """Remove a sign-in method; never the last one."""
    _may_change(visitor)
    try:
        with visitor.work() as work:
            account_methods.remove(work, identity_id)
    except Conflict as error:
        return _page(request, visitor, fault=visitor.say(error.sentence), status=error.status)
    return _stay(request, visitor, f"{HERE}?said=removed")


@get("/account/code", sync_to_thread=True)
def ask_code(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show a new key for an authenticator app, as a QR code and as text."""
    providers.require_second_factor(visitor.platform)
    _may_change(visitor)
    return _code_page(visitor, second_factor.new_key())


@post("/account/code", sync_to_thread=True)
def switch_code_on(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]
) -> Response[Any]:
    """Store the key once the app has given a correct code; other sessions end."""
    providers.require_second_factor(visitor.platform)
    _may_change(visitor)
    key = _opened(visitor, form.get("key"))
    if not form.get("code"):  # no guess: it takes none of the tries
        return _code_page(visitor, key, N_("Skriv koden som appen visar."), 422)
    if not _may_try(request, visitor):
        return _code_page(visitor, key, N_("För många försök. Vänta en kvart och försök igen."), 422)
    verdict = second_factor.switch_on(visitor.platform, visitor.session.user, key, form.get("code"))
    if verdict is not Verdict.RIGHT:
        return _code_page(visitor, key, WRONG[verdict], 422)
    with visitor.work() as work:
        account_methods.sign_out_everywhere(work)
    return _stay(request, visitor, f"{HERE}?said=code-on")


@post("/account/recovery", sync_to_thread=True)
def make_codes(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
) -> Response[str]:
    """Make new recovery codes and show them; they are shown only once."""
    providers.require_second_factor(visitor.platform)
    _may_change(visitor)
    with visitor.work() as work:
        codes = second_factor.make_recovery_codes(work, visitor.session.user)
    return page(visitor, "pages/account_recovery.html", {"codes": codes}, folder="account")


def _may_change(visitor: Visitor) -> None:
    """Require that the user has identified recently, with their surest method, before changing how they sign in."""
    with visitor.work() as work:
        account_methods.require_strength(work)
    require_fresh(visitor, "Visa vem du är igen, innan du ändrar hur du loggar in.")


def _may_try(request: WebRequest, visitor: Visitor) -> bool:
    address = request.client.host if request.client else ""
    return rate_limit.begin(visitor.platform, f"switch code on|{visitor.session.user.id}", address)


def _stay(request: WebRequest, visitor: Visitor, target: str) -> Response[Any]:
    """Give this browser a new session, after all others have ended."""
    session = visitor.session
    signed_in = SignedIn(session.user, session.loa, session.provider, target, identified_at=session.identified_at)
    return open_session(request, Redirect(target, status_code=303), signed_in)


def _page(
    request: WebRequest, visitor: Visitor, *, notice: str = "", fault: str = "", status: int = 200
) -> Response[str]:
    platform, user = visitor.platform, visitor.session.user
    with visitor.work() as work:
        linked = identities.linked(work)
        reaching = account_methods.reaching(work)
    labels = {way.name: (way.label, way.icon) for way in [*reaching.linked, *reaching.addable]}
    with visitor.work() as work:
        unconfirmed = {method.id for method in administration.lacking(work, linked)}
    asking = providers.asking_for_password(platform)
    labels[PERSONNUMMER] = (visitor.say("Personnummer, för e-legitimation"), "people")
    with visitor.work() as work:
        context = {
            "said": notice,
            "fault": fault,
            "by_password": shown([asking])[0] if asking and account_methods.has_password(work) else None,
            "asks_for_code": providers.asks_for_second_factor(platform),
            "own": [
                {
                    "one": method,
                    "label": labels.get(method.provider, (method.label, "key"))[0],
                    "icon": _icon(labels, method.provider),
                    "unconfirmed": method.id in unconfirmed,
                }
                for method in linked
                if method.provider not in second_factor.KINDS
            ],
            "addable": [] if frame_of(request) else shown(reaching.addable),
            "code": next((method for method in linked if method.provider == TOTP), None),
            "recovery": next((method for method in linked if method.provider == RECOVERY), None),
            "left": second_factor.recovery_codes_left(platform, user),
        }
    return page(visitor, "pages/account_methods.html", context, folder="account", status=status)


def _icon(labels: dict[str, tuple[str, str]], provider: str) -> str:
    return labels.get(provider, ("", "key"))[1]


def _code_page(visitor: Visitor, key: str, fault: str = "", status: int = 200) -> Response[str]:
    user = visitor.session.user
    host = urlsplit(visitor.platform.settings.base_url).hostname or ""
    sealed = visitor.platform.vault.seal_installation(_label(visitor), key.encode())
    required = lacks_code(visitor.platform, visitor.session)
    context = {
        "qr": identification.qr(second_factor.key_uri(key, user, f"Budkavle {host}")),
        "key": " ".join(key[n : n + 4] for n in range(0, len(key), 4)),
        "sealed": base64.urlsafe_b64encode(sealed).decode(),
        "fault": visitor.say(fault) if fault else "",
        "required": required,
    }
    if required:
        context["search_url"] = ""
    return page(visitor, "pages/account_code.html", context, folder="account", status=status)


def _opened(visitor: Visitor, sealed: str) -> str:
    try:
        return visitor.platform.vault.open_installation(_label(visitor), base64.urlsafe_b64decode(sealed)).decode()
    except (Damaged, binascii.Error, ValueError) as error:
        raise Invalid("Sidan är för gammal. Öppna den på nytt och läs av koden igen.") from error


def _label(visitor: Visitor) -> str:
    return f"totp:{visitor.session.user.id}:{visitor.session.csrf}"


HANDLERS = [show, add, remove, ask_code, switch_code_on, make_codes]
