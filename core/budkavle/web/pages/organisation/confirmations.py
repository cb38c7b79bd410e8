"""Confirming sign-in methods of many accounts at once, such as those linked by a directory (features O2, OX1).

A method that the administrator has entered, or that opens their own account, must be confirmed by another
administrator: it has no checkbox.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle.accounts.permissions import require_admin
from budkavle.accounts.user_list import users_of
from budkavle.identification import account_methods, administration, identities
from budkavle.identification.identities import Linked
from budkavle.model.errors import Conflict
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.loa import Loa
from budkavle.model.people import User
from budkavle.model.times import moment
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor, is_fresh
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.organisation.user_changes import require_authority
from budkavle.web.pages.organisation.users import HERE, step_up_to
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

PATH = f"{HERE}/waiting"
BOUND = {
    identities.SELF: N_("Tillagt av användaren själv."),
    identities.ADMIN: N_("Inskrivet av en administratör."),
    identities.SYSTEM: N_("Kopplat av organisationens katalog."),
}
CHANGED = N_("Något har ändrats sedan listan visades. Se igenom den igen.")
NONE = N_("Kryssa för dem som ska bekräftas.")


@get(PATH, sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """List the methods that wait to be confirmed, the oldest first."""
    require_admin(visitor.actor)
    return _page(visitor, ticked="tick" in request.query_params)


@post(PATH, sync_to_thread=True)
def confirm(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Confirm the ticked methods, all of them or none."""
    require_authority(visitor)
    chosen = {method_id for text in form.all("method") if (method_id := as_uuid(text))}
    if not chosen:
        return _page(visitor, fault=visitor.say(NONE), status=422)
    try:
        with visitor.work() as work:
            _confirm_all(work, chosen)
    except Conflict as error:
        return _page(visitor, fault=visitor.say(error.sentence), status=409)
    return Redirect(f"{HERE}?said=many-confirmed", status_code=303)


def _confirm_all(work: Work, method_ids: Collection[UUID]) -> None:
    """Confirm each method.

    Raises:
        Conflict: One of them no longer waits.
    """
    waiting = {method.id: method.user_id for method in administration.waiting(work)}
    if not waiting.keys() >= set(method_ids):
        raise Conflict(CHANGED)
    for method_id in sorted(method_ids):
        administration.confirm(work, waiting[method_id], method_id)


def _page(visitor: Visitor, *, ticked: bool = False, fault: str = "", status: int = 200) -> Response[str]:
    with visitor.work() as work:
        waiting = administration.waiting(work)
        people = users_of(work, {method.user_id for method in waiting})
        required = max(account_methods.required_loa(work), _needed(waiting))
    excluded = [method for method in waiting if visitor.actor.user_id in {method.bound_by, method.user_id}]
    offered = [method for method in waiting if method not in excluded]
    context = {
        "methods": [
            (str(waiting_method.id), *_words(visitor, people[waiting_method.user_id], waiting_method))
            for waiting_method in offered
        ],
        "ticked": [str(waiting_method.id) for waiting_method in offered] if ticked else [],
        "own": [_words(visitor, people[waiting_method.user_id], waiting_method) for waiting_method in excluded],
        "more": len(waiting) >= identities.MOST_UNCONFIRMED,
        "fault": fault,
        "may": visitor.actor.loa.meets(required) and is_fresh(visitor),
        "step_up": step_up_to(visitor, PATH, required),
        "path": PATH,
    }
    return page(visitor, "pages/organisation_users_waiting.html", context, folder="organisation", status=status)


def _needed(waiting: Iterable[Linked]) -> Loa:
    """Return the level needed to confirm: 3 for methods that no administrator has entered."""
    return Loa.THREE if any(method.bound_by is None for method in waiting) else Loa.NONE


def _words(visitor: Visitor, user: User, method: Linked) -> tuple[str, str]:
    """Return the user, and a description of the sign-in method."""
    say = visitor.say
    labels = {name: provider.label for name, provider in visitor.platform.plugins.identity_providers.items()}
    is_number = method.provider == identities.PERSONNUMMER
    way = say("Personnummer, för e-legitimation" if is_number else labels.get(method.provider, method.label))
    parts = [f"{way}.", say(BOUND[method.source])]
    if method.name:
        parts.append(say("Legitimerad som {name}.", name=method.name))
    if method.opens_at:
        parts.append(say("Gäller annars från {at}.", at=moment(method.opens_at, visitor.language)))
    return f"{user.name}, {user.email}", " ".join(parts)


HANDLERS = [show, confirm]
