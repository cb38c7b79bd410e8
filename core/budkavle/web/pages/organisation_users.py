"""Min organisation, användare: who has an account, and how it is opened (feature O2; the number for feature A10)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import identities, methods, users
from budkavle.errors import Invalid
from budkavle.identities import PERSONNUMMER
from budkavle.rights import require_admin
from budkavle.web.forms import Form, WebRequest
from budkavle.web.frame import page
from budkavle.web.guard import Visitor
from budkavle.web.status import N_

HERE = "/organisation/users"
SHOWN = 50
SAID = {
    "saved": N_("Personnumret är sparat. Användaren kan nu logga in med e-legitimation."),
    "removed": N_("Sättet att logga in är borttaget."),
}
NAMES = {
    PERSONNUMMER: N_("Personnummer, för e-legitimation"),
    "totp": N_("Kod från app"),
    "recovery": N_("Återställningskoder"),
}


@get(HERE, sync_to_thread=True)
def list_users(request: WebRequest, visitor: NamedDependency[Visitor], q: FromQuery[str] = "") -> Response[str]:
    """List the organisation's active users, or find some of them."""
    require_admin(visitor.actor)
    found = users.search_users(visitor.platform, visitor.actor, q, limit=SHOWN + 1)
    context = {"rows": found[:SHOWN], "more": len(found) > SHOWN, "q": q}
    return page(request, visitor, "pages/organisation_users.html", context, folder="organisation")


@get(f"{HERE}/{{user_id:uuid}}", sync_to_thread=True)
def show_user(
    request: WebRequest, visitor: NamedDependency[Visitor], user_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """Show how one user's account is opened."""
    return _page(request, visitor, user_id, said=visitor.say(SAID[said]) if said in SAID else "")


@post(f"{HERE}/{{user_id:uuid}}/personnummer", sync_to_thread=True)
def set_personnummer(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], user_id: FromPath[UUID]
) -> Response[Any]:
    """Say whose account it is, so that an e-identification opens it."""
    users.user(visitor.platform, visitor.actor, user_id)
    try:
        methods.set_personnummer(visitor.platform, visitor.actor, user_id, form.get("personnummer"))
    except Invalid as error:
        return _page(request, visitor, user_id, fault=visitor.say(error.fields["personnummer"]), status=422)
    return Redirect(f"{HERE}/{user_id}?said=saved", status_code=303)


@post(f"{HERE}/{{user_id:uuid}}/methods/{{identity_id:uuid}}/remove", sync_to_thread=True)
def remove_method(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    user_id: FromPath[UUID],
    identity_id: FromPath[UUID],
) -> Response[Any]:
    """Take a way away from a user who has lost the phone or the key."""
    users.user(visitor.platform, visitor.actor, user_id)
    identities.unlink(visitor.platform, visitor.actor, identity_id, user_id=user_id)
    return Redirect(f"{HERE}/{user_id}?said=removed", status_code=303)


def _page(
    request: WebRequest, visitor: Visitor, user_id: UUID, *, said: str = "", fault: str = "", status: int = 200
) -> Response[str]:
    user = users.user(visitor.platform, visitor.actor, user_id)
    require_admin(visitor.actor)
    known = identities.linked(visitor.platform, visitor.actor, user_id)
    providers = visitor.platform.plugins.identity_providers
    labels = {name: one.label for name, one in providers.items()}
    context = {
        "person": user,
        "rows": [(one, visitor.say(NAMES.get(one.provider) or labels.get(one.provider, one.label))) for one in known],
        "has_number": any(one.provider == PERSONNUMMER for one in known),
        "has_password": methods.has_password(visitor.platform, user.acting()),
        "said": said,
        "fault": fault,
    }
    return page(request, visitor, "pages/organisation_user.html", context, folder="organisation", status=status)


HANDLERS = [list_users, show_user, set_personnummer, remove_method]
