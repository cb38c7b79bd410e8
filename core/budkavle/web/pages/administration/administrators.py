"""Administration: listing, adding and removing administrators of the whole installation (N1)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.accounts.organisations import all_organisations
from budkavle.accounts.permissions import require_platform
from budkavle.model.errors import BudkavleError, Conflict, Invalid, NotFound
from budkavle.organisation import administrators, register
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

HERE = "/administration/administrators"
SAID = {
    "added": N_("Kontot administrerar nu hela installationen."),
    "removed": N_("Kontot administrerar inte längre installationen."),
}
AGAIN = "Visa vem du är igen, innan du ändrar vem som administrerar installationen."


@get(HERE, sync_to_thread=True)
def list_administrators(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List the administrators of the installation."""
    return _page(visitor, said=visitor.say(SAID[said]) if said in SAID else "")


@post(HERE, sync_to_thread=True)
def add_administrator(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Make an account an administrator of the installation."""
    require_platform(visitor.actor)
    require_fresh(visitor, AGAIN)
    try:
        administrators.add(visitor.platform, visitor.actor, form.get("email"))
    except (Invalid, Conflict) as error:
        return _page(visitor, error=error, typed=form.get("email"))
    return Redirect(f"{HERE}?said=added", status_code=303)


@post(f"{HERE}/remove", sync_to_thread=True)
def remove_administrator(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Remove the role from an account, which then administers its own organisation."""
    require_platform(visitor.actor)
    require_fresh(visitor, AGAIN)
    try:
        user_id = UUID(form.get("user"))
    except ValueError as error:
        raise NotFound(administrators.NOT_ONE) from error
    try:
        administrators.remove(visitor.platform, visitor.actor, user_id)
    except Conflict as error:
        return _page(visitor, error=error)
    return Redirect(f"{HERE}?said=removed", status_code=303)


def _page(visitor: Visitor, *, said: str = "", error: BudkavleError | None = None, typed: str = "") -> Response[str]:
    listed = register.installation_administrators(visitor.platform, visitor.actor)
    names = {organisation.id: organisation.name for organisation in all_organisations(visitor.platform, visitor.actor)}
    faults = {field: visitor.say(sentence) for field, sentence in (error.fields if error else {}).items()}
    context = {
        "rows": [
            {
                "id": administrator.id,
                "name": administrator.name,
                "email": administrator.email,
                "organisation": names.get(administrator.organisation_id, ""),
                "is_self": administrator.id == visitor.actor.user_id,
            }
            for administrator in listed
        ],
        "is_last": len(listed) == 1,
        "typed": typed,
        "fault": faults,
        "said": said,
        "conflict": visitor.say(error.message, **error.facts) if error and not faults else "",
    }
    status = error.status if error else 200
    return page(visitor, "pages/administration_administrators.html", context, folder="administration", status=status)


HANDLERS = [list_administrators, add_administrator, remove_administrator]
