"""Min organisation: the levels of assurance and the sign-in methods of the whole organisation (features O5, O6)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.accounts import organisations
from budkavle.accounts.organisations import EMERGENCY, LONGEST_TEXT
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.stored_settings import all_sections
from budkavle.accounts.user_list import AccountState, UserFilter, list_users
from budkavle.identification import account_methods, providers
from budkavle.messaging.assurance import TEXTS, levels
from budkavle.model.errors import Invalid
from budkavle.model.people import Role
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form
from budkavle.web.identification import words
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.organisation_menu import Place, places

HERE = "/organisation"
SAVED = N_("Ändringarna är sparade.")
SIGN_OUT = "budkavle.sign_out"
NAMES_NOBODY = N_(
    "Högst tillitsnivå {loa} för den som saknar konto: det säger inte vilket personnummer läsaren har, så det kan inte "
    "jämföras med det som avsändaren skrev."
)
BY_ADDRESS = N_("Öppnar kontot som har e-postadressen, utan att ha lagts till på det.")


@get(f"{HERE}/security", sync_to_thread=True)
def show_security(visitor: NamedDependency[Visitor]) -> Response[str]:
    """List the pages about levels, sign-in methods, sign-out and health."""
    require_admin(visitor.actor)
    return page(visitor, "pages/organisation_security.html", {"places": _security(visitor)}, folder="organisation")


@get(f"{HERE}/levels", sync_to_thread=True)
def show_levels(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """Show the levels of assurance with their descriptions (features A11 to A13)."""
    require_admin(visitor.actor)
    typed = {
        f"{what}.{level.loa:d}": value
        for level in levels(visitor.session.organisation.settings)
        for what, value in (
            ("on", "1" if level.on else ""),
            ("text", "" if level.text == TEXTS[level.loa] else level.text),
        )
    }
    return _levels_page(visitor, typed, notice=said)


@post(f"{HERE}/levels", sync_to_thread=True, asks_fresh=True)
def save_levels(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Switch levels on and off, and change their descriptions (features A11, A12)."""
    typed = {f"{what}.{n}": form.get(f"{what}.{n}") for n in "123" for what in ("on", "text")}
    levels_to_store = {n: {"on": bool(typed[f"on.{n}"]), "text": typed[f"text.{n}"].strip()} for n in "123"}
    try:
        with visitor.work() as work:
            organisations.update_organisation(work, settings={"loa": levels_to_store})
    except Invalid as error:
        long = [f"text.{n}" for n in "321" if len(typed[f"text.{n}"]) > LONGEST_TEXT]
        faults = dict.fromkeys(long or ["on.3"], visitor.say(error.fields["loa"]))
        return _levels_page(visitor, typed, faults, status=422)
    return Redirect(f"{HERE}/levels?said=saved", status_code=303)


@get(f"{HERE}/methods", sync_to_thread=True)
def show_methods(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """Show which sign-in methods the organisation allows (feature C2)."""
    require_admin(visitor.actor)
    return _methods_page(visitor, {}, notice=said)


@post(f"{HERE}/methods", sync_to_thread=True)
def save_methods(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Choose the methods for users with an account, and for readers without one."""
    require_admin(visitor.actor)
    require_fresh(visitor, "Visa vem du är igen, innan du ändrar hur ni loggar in.")
    try:
        with visitor.work() as work:
            account_methods.choose_emergency_account(work, form.get(EMERGENCY))
        for audience, key in providers.CHOICE.items():
            with visitor.work() as work:
                account_methods.choose(work, audience, form.all(key))
    except Invalid as error:
        return _methods_page(visitor, error.fields, form, status=422)
    return Redirect(f"{HERE}/methods?said=saved", status_code=303)


def _security(visitor: Visitor) -> list[Place]:
    sign_out = all_sections(visitor.platform)[SIGN_OUT]
    title, hint = visitor.say(sign_out.title), visitor.say(sign_out.help)
    levels_and_methods, health = places(visitor)[:2], places(visitor)[2]
    return [*levels_and_methods, Place(f"{HERE}/settings/{SIGN_OUT}", title, hint, "clock"), health]


def _levels_page(
    visitor: Visitor,
    typed: Mapping[str, str],
    faults: Mapping[str, str] = MappingProxyType({}),
    *,
    notice: str = "",
    status: int = 200,
) -> Response[str]:
    context = {
        "typed": typed,
        "faults": faults,
        "longest": LONGEST_TEXT,
        "usual": {f"{level:d}": visitor.say(text) for level, text in TEXTS.items()},
        "said": visitor.say(SAVED) if notice else "",
    }
    return page(visitor, "pages/organisation_levels.html", context, folder="organisation", status=status)


def _methods_page(
    visitor: Visitor,
    faults: Mapping[str, str],
    typed: Form | None = None,
    *,
    notice: str = "",
    status: int = 200,
) -> Response[str]:
    organisation, installed = visitor.session.organisation, providers.providers(visitor.platform).values()
    groups = []
    for audience, title, hint in (
        (providers.STAFF, N_("För dem som har konto"), N_("Så loggar organisationens användare in.")),
        (
            providers.GUEST,
            N_("För mottagare utan konto"),
            N_("Så legitimerar sig den som får ett meddelande som länk."),
        ),
    ):
        offered = [provider for provider in installed if providers.offered(provider, organisation, audience)]
        key = providers.CHOICE[audience]
        groups.append(
            {
                "key": key,
                "title": visitor.say(title),
                "hint": visitor.say(hint),
                "options": [
                    (provider.name, visitor.say(provider.label), _worth(visitor, provider, audience))
                    for provider in offered
                ],
                "values": typed.all(key)
                if typed
                else [provider.name for provider in offered if providers.fits(provider, organisation, audience)],
                "fault": visitor.say(faults[key]) if key in faults else None,
            }
        )
    emergency = _emergency(visitor, faults, typed)
    fault_list = [(group["key"], group["fault"]) for group in (*groups, emergency) if group["fault"]]
    confirmation = visitor.say(SAVED) if notice else ""
    context = {"groups": groups, "emergency": emergency, "faults": fault_list, "said": confirmation}
    return page(visitor, "pages/organisation_methods.html", context, folder="organisation", status=status)


def _emergency(visitor: Visitor, faults: Mapping[str, str], typed: Form | None) -> dict[str, Any]:
    """Return the choice of the emergency account, for when the organisation's sign-in methods fail."""
    with visitor.work() as work:
        administrators = [
            listed.user
            for role in (Role.ADMIN, Role.PLATFORM)
            for listed in list_users(work, UserFilter(role=role, states=frozenset({AccountState.OPEN}))).users
        ]
        stored = account_methods.emergency_account(work)
    options = [(str(user.id), f"{user.name}, {user.email}") for user in administrators]
    return {
        "key": EMERGENCY,
        "options": [("", visitor.say("Inget")), *options],
        "value": typed.get(EMERGENCY) if typed else str(stored or ""),
        "fault": visitor.say(faults[EMERGENCY]) if EMERGENCY in faults else None,
    }


def _worth(visitor: Visitor, provider: IdentityProvider, audience: str) -> str:
    """Describe a provider's level for an audience, and whether it opens accounts that it is not linked to.

    A reader without an account reaches level 3 only if the provider says who they are (feature A10).
    """
    if audience == providers.GUEST and (most := providers.guest_loa(provider)) < provider.traits.max_loa:
        return visitor.say(NAMES_NOBODY, loa=int(most))
    level = visitor.say(words(provider))
    if not provider.traits.opens_account_by_address:
        return level
    return f"{level}. {visitor.say(BY_ADDRESS)}"


HANDLERS = [show_security, show_levels, save_levels, show_methods, save_methods]
