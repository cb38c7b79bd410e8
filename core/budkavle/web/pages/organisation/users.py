"""Min organisation, användare: who has an account, how it is opened, closing it (features O2, Q3; A10 for the number).

Whoever changes somebody's account has just shown who they are, as surely as the organisation's ways can (see
`administration`); before that the page shows no buttons, and leads there.
"""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts import users
from budkavle.accounts.permissions import require_admin
from budkavle.identification import account_methods, administration, identities, providers
from budkavle.identification.identities import PERSONNUMMER, Linked
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.people import Role, User
from budkavle.web.auth import Visitor, is_fresh, require_fresh
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.panels import panels

HERE = "/organisation/users"
SHOWN = 50
SAID = {
    "saved": N_("Personnumret är sparat."),
    "removed": N_("Sättet att logga in är borttaget. Användaren är utloggad överallt."),
    "confirmed": N_("Sättet att logga in är bekräftat och gäller nu."),
    "closed": N_("Kontot är stängt. Användaren är utloggad överallt."),
    "opened": N_("Kontot är öppet igen."),
    "ended": N_("Användaren är utloggad överallt."),
    "role": N_("Rollen är ändrad."),
}
NAMES = {
    PERSONNUMMER: N_("Personnummer, för e-legitimation"),
    "totp": N_("Kod från app"),
    "recovery": N_("Återställningskoder"),
}
ROLES = {
    Role.USER: N_("Användare"),
    Role.ADMIN: N_("Organisationens administratör"),
    Role.PLATFORM: N_("Installationens administratör"),
}
AGAIN = "Visa vem du är igen, innan du ändrar någon annans konto."


@get(HERE, sync_to_thread=True)
def list_users(visitor: NamedDependency[Visitor], q: FromQuery[str] = "", closed: FromQuery[str] = "") -> Response[str]:
    """List the organisation's users, or find some of them; and those whose way to sign in waits to be confirmed."""
    require_admin(visitor.actor)
    with visitor.work() as work:
        matches = users.search_users(work, q, limit=SHOWN + 1, active=not closed)
        waits = [] if q or closed else administration.waiting(work)
    whose = list(dict.fromkeys(method.user_id for method in waits))
    with visitor.work() as work:
        context = {
            "rows": matches[:SHOWN],
            "more": len(matches) > SHOWN,
            "q": q,
            "closed": bool(closed),
            "waits": [users.user(work, user_id) for user_id in whose[:SHOWN]],
            "more_wait": len(whose) - SHOWN,
        }
    return page(visitor, "pages/organisation_users.html", context, folder="organisation")


@get(f"{HERE}/{{user_id:uuid}}", sync_to_thread=True)
def show_user(visitor: NamedDependency[Visitor], user_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
    """Show one user's account, and how it is opened."""
    return _page(visitor, user_id, notice=visitor.say(SAID[said]) if said in SAID else "")


@post(f"{HERE}/{{user_id:uuid}}/personnummer", sync_to_thread=True)
def set_personnummer(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], user_id: FromPath[UUID]
) -> Response[Any]:
    """Say whose account it is, so that an e-identification opens it."""
    _require_fresh(visitor)
    try:
        with visitor.work() as work:
            administration.set_personnummer(work, user_id, form.get("personnummer"))
    except (Invalid, Conflict) as error:
        sentence = visitor.say(error.fields.get("personnummer", error.message))
        return _page(visitor, user_id, faults=[("personnummer", sentence)], status=error.status)
    return _done(user_id, "saved")


@post(f"{HERE}/{{user_id:uuid}}/methods/{{identity_id:uuid}}/remove", sync_to_thread=True)
def remove_method(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    user_id: FromPath[UUID],
    identity_id: FromPath[UUID],
) -> Response[Any]:
    """Take a way away from a user who has lost the phone or the key."""
    _require_fresh(visitor)
    with visitor.work() as work:
        administration.remove_method(work, user_id, identity_id)
    return _done(user_id, "removed")


@post(f"{HERE}/{{user_id:uuid}}/methods/{{identity_id:uuid}}/confirm", sync_to_thread=True)
def confirm_method(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    user_id: FromPath[UUID],
    identity_id: FromPath[UUID],
) -> Response[Any]:
    """Say that a way belongs to the account's own person."""
    _require_fresh(visitor)
    with visitor.work() as work:
        administration.confirm(work, user_id, identity_id)
    return _done(user_id, "confirmed")


@post(f"{HERE}/{{user_id:uuid}}/role", sync_to_thread=True)
def change_role(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], user_id: FromPath[UUID]
) -> Response[Any]:
    """Change what a user may do."""
    _require_fresh(visitor)
    try:
        with visitor.work() as work:
            administration.change_role(work, user_id, form.get("role"))
    except (Invalid, Conflict) as error:
        sentence = visitor.say(error.fields.get("role", error.message))
        return _page(visitor, user_id, faults=[("role", sentence)], status=error.status)
    return _done(user_id, "role")


@post(f"{HERE}/{{user_id:uuid}}/password", sync_to_thread=True)
def reset_password(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    user_id: FromPath[UUID],
) -> Response[Any]:
    """Give a password that is changed when it is used, and show it this once."""
    _require_fresh(visitor)
    with visitor.work() as work:
        password = administration.reset_password(work, user_id)
        person = users.user(work, user_id)
    context = {"person": person, "given": password, "hours": administration.ONCE_FOR.total_seconds() // 3600}
    return page(visitor, "pages/organisation_password.html", context, folder="organisation")


@post(f"{HERE}/{{user_id:uuid}}/end-sessions", sync_to_thread=True)
def end_sessions(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    user_id: FromPath[UUID],
) -> Response[Any]:
    """Sign a user out everywhere."""
    _require_fresh(visitor)
    with visitor.work() as work:
        administration.end_sessions(work, user_id)
    return _done(user_id, "ended")


@post(f"{HERE}/{{user_id:uuid}}/close", sync_to_thread=True)
def close(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    user_id: FromPath[UUID],
) -> Response[Any]:
    """Close an account."""
    _require_fresh(visitor)
    with visitor.work() as work:
        administration.close(work, user_id)
    return _done(user_id, "closed")


@post(f"{HERE}/{{user_id:uuid}}/open", sync_to_thread=True)
def reopen(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    user_id: FromPath[UUID],
) -> Response[Any]:
    """Open a closed account again."""
    _require_fresh(visitor)
    with visitor.work() as work:
        administration.reopen(work, user_id)
    return _done(user_id, "opened")


def _require_fresh(visitor: Visitor) -> None:
    require_admin(visitor.actor)
    with visitor.work() as work:
        require_fresh(visitor, AGAIN, account_methods.required_loa(work))


def _done(user_id: UUID, code: str) -> Response[Any]:
    return Redirect(f"{HERE}/{user_id}?said={code}", status_code=303)


def _page(
    visitor: Visitor,
    user_id: UUID,
    *,
    notice: str = "",
    faults: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response[str]:
    require_admin(visitor.actor)
    with visitor.work() as work:
        user = users.user(work, user_id)
        linked = identities.linked(work, user_id)
    asking = providers.asking_for_password(visitor.platform)
    may, is_self = _may(visitor, user), user_id == visitor.actor.user_id
    nonce = visitor.request.scope["state"]["nonce"]
    with visitor.platform.work(user.acting()) as work:
        context = {
            "person": user,
            "own": is_self,
            "role": visitor.say(ROLES[user.role]),
            "roles": _roles(visitor),
            "rows": _rows(visitor, user, linked),
            "has_number": any(method.provider == PERSONNUMMER for method in linked),
            "uses_passwords": asking is not None,
            "by_password": asking.label if asking and account_methods.has_password(work) else "",
            "may": may,
            "above": user.role is Role.PLATFORM and visitor.actor.role is not Role.PLATFORM,
            "step_up": _step_up(visitor, user_id),
            "said": notice,
            "pieces": panels(visitor, "user.settings", {"user": user, "may": may}, nonce),
            "faults": faults or [],
            "fault": dict(faults or []),
        }
    return page(visitor, "pages/organisation_user.html", context, folder="organisation", status=status)


def _may(visitor: Visitor, user: User) -> bool:
    """Tell whether the account's buttons would do anything for this administrator now."""
    ranks = user.role is not Role.PLATFORM or visitor.actor.role is Role.PLATFORM
    with visitor.work() as work:
        sure = visitor.actor.loa.meets(account_methods.required_loa(work))
    return ranks and sure and is_fresh(visitor)


def _step_up(visitor: Visitor, user_id: UUID) -> str:
    with visitor.work() as work:
        loa = max(account_methods.required_loa(work), visitor.session.loa)
    return f"/step-up?loa={loa:d}&next={quote(f'{HERE}/{user_id}', safe='/')}"


def _roles(visitor: Visitor) -> list[tuple[str, str]]:
    roles = [role for role in Role if role is not Role.PLATFORM or visitor.actor.role is Role.PLATFORM]
    return [(role.value, visitor.say(ROLES[role])) for role in roles]


def _rows(visitor: Visitor, user: User, linked: list[Linked]) -> list[dict[str, Any]]:
    labels = {name: provider.label for name, provider in visitor.platform.plugins.identity_providers.items()}
    with visitor.work() as work:
        waits = {method.id for method in administration.lacking(work, linked)}
    return [
        {
            "one": method,
            "label": visitor.say(NAMES.get(method.provider) or labels.get(method.provider, method.label)),
            "waits": method.id in waits,
            "mine": method.bound_by == visitor.actor.user_id,
            "differs": not set(user.name.casefold().split()) <= set(method.name.casefold().split()),
        }
        for method in linked
    ]


HANDLERS = [
    list_users,
    show_user,
    set_personnummer,
    remove_method,
    confirm_method,
    change_role,
    reset_password,
    end_sessions,
    close,
    reopen,
]
