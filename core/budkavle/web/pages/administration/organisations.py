"""Administration: the register of organisations, and a page for each: its name, pausing and resuming it (N2)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts.permissions import require_platform
from budkavle.messaging.recipients import channels_of, group_by_family
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.states import ApprovalState, OrganisationState
from budkavle.model.times import day, moment
from budkavle.operations import organisation_states
from budkavle.organisation import register, removal_requests
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.mailboxes.tabs import NONE_CHOSEN
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.paging import ListAddress, paging
from budkavle.web.views.panels import panels

LIST = "/administration"
HERE = "/administration/organisations"
STATES = {
    OrganisationState.ACTIVE: (N_("Igång"), "ok", "check"),
    OrganisationState.PAUSED: (N_("Pausad"), "wait", "clock"),
    OrganisationState.REMOVING: (N_("Tas bort"), "bad", "bin"),
    OrganisationState.LEAVING: (N_("Flyttas"), "wait", "forward"),
    OrganisationState.MOVING: (N_("Stängd för flytt"), "wait", "forward"),
    OrganisationState.MOVED: (N_("Har flyttat"), "wait", "forward"),
    OrganisationState.ARRIVING: (N_("Flyttar hit"), "wait", "forward"),
}
"""The label of each state, with its style and icon."""
REMOVAL_AGAIN = "Visa vem du är igen, innan du tar bort en organisation."
SAID = {
    "asked": N_("Begäran är sparad. En annan administratör för installationen behöver godkänna den."),
    "approved": N_("Organisationen tas bort nu. Nycklarna förstörs först, sedan filerna och alla uppgifter."),
    "refused": N_("Organisationen tas inte bort."),
    "saved": N_("Uppgifterna är sparade."),
    "paused": N_("Organisationen är pausad. Alla är utloggade."),
    "resumed": N_("Organisationen är igång igen. Det som väntade skickas nu."),
}
AGAIN = "Visa vem du är igen, innan du ändrar en organisation."


@get(LIST, sync_to_thread=True)
def list_organisations(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """List the organisations of the installation, or search among them (feature Q4)."""
    require_platform(visitor.actor)
    address = ListAddress.read(
        request, register.SORTS, {"state": [state.value for state in OrganisationState]}, default="name"
    )
    listed = register.list_organisations(
        visitor.platform,
        visitor.actor,
        words=address.words,
        state=address.filters.get("state", ""),
        sort=(address.sort, address.descending),
        place=address.place,
    )
    address = address.at(listed.page)
    context = {
        "rows": [_row(visitor, registered) for registered in listed.rows],
        "address": address,
        "paging": paging(address, listed.page, listed.total),
        "by_name": address.column("name", visitor.say("Namn")),
        "by_created": address.column("created", visitor.say("Upplagd"), falling=True),
        "states": [("", visitor.say("Alla")), *((state.value, visitor.say(STATES[state][0])) for state in STATES)],
        "state": address.filters.get("state", ""),
        "removals": [
            (request.name, f"{HERE}/{request.organisation_id}")
            for request in removal_requests.waiting_removals(visitor.platform, visitor.actor)
        ],
        "pieces": panels(visitor, "administration.page", {}, request.scope["state"]["nonce"]),
    }
    return page(visitor, "pages/administration_organisations.html", context, folder="administration")


@get(f"{HERE}/{{organisation_id:uuid}}", sync_to_thread=True)
def show_organisation(
    visitor: NamedDependency[Visitor], organisation_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """Show one organisation, with the actions for administrators of the installation."""
    return show(visitor, organisation_id, said=visitor.say(SAID[said]) if said in SAID else "")


@post(f"{HERE}/{{organisation_id:uuid}}", sync_to_thread=True)
def change_organisation(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], organisation_id: FromPath[UUID]
) -> Response[Any]:
    """Change the name, the organisation number and the kinds of message."""
    require_platform(visitor.actor)
    require_fresh(visitor, AGAIN)
    names = [name for name, _, _ in channel_choices(visitor)]
    chosen = [name for name in names if name in form.all("channels")]
    typed = {"name": form.get("name"), "number": form.get("number")}
    if names and not chosen:  # an empty list would allow all of them
        error = Invalid("Organisationen kunde inte sparas.", fields={"channels": NONE_CHOSEN})
        return show(visitor, organisation_id, error=error, typed={**typed, "channels": chosen})
    try:
        register.change_organisation(
            visitor.platform,
            visitor.actor,
            organisation_id,
            **typed,
            channels=[] if len(chosen) == len(names) else chosen,
        )
    except Invalid as error:
        return show(visitor, organisation_id, error=error, typed={**typed, "channels": chosen})
    return done(organisation_id, "saved")


@post(f"{HERE}/{{organisation_id:uuid}}/pause", sync_to_thread=True)
def pause_organisation(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], organisation_id: FromPath[UUID]
) -> Response[Any]:
    """Pause an organisation."""
    require_platform(visitor.actor)
    require_fresh(visitor, AGAIN)
    try:
        organisation_states.pause(visitor.platform, visitor.actor, organisation_id, form.get("reason"))
    except (Invalid, Conflict) as error:
        return show(visitor, organisation_id, error=error, typed={"reason": form.get("reason")})
    return done(organisation_id, "paused")


@post(f"{HERE}/{{organisation_id:uuid}}/resume", sync_to_thread=True)
def resume_organisation(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    organisation_id: FromPath[UUID],
) -> Response[Any]:
    """Resume a paused organisation."""
    require_platform(visitor.actor)
    require_fresh(visitor, AGAIN)
    try:
        organisation_states.resume(visitor.platform, visitor.actor, organisation_id)
    except Conflict as error:
        return show(visitor, organisation_id, error=error)
    return done(organisation_id, "resumed")


@post(f"{HERE}/{{organisation_id:uuid}}/remove", sync_to_thread=True)
def remove_organisation(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], organisation_id: FromPath[UUID]
) -> Response[Any]:
    """Request that an organisation is removed; or approve or refuse that as another administrator."""
    require_platform(visitor.actor)
    require_fresh(visitor, REMOVAL_AGAIN)
    where = (visitor.platform, visitor.actor, organisation_id)
    answer = form.get("answer")
    try:
        if answer == "approve":
            removal_requests.approve_removal(*where)
            return done(organisation_id, "approved")
        if answer == "refuse":
            removal_requests.refuse_removal(*where)
            return done(organisation_id, "refused")
        removal_requests.ask_removal(*where, form.get("why"), form.get("slug"))
    except (Invalid, Conflict) as error:
        return show(visitor, organisation_id, error=error, typed={"why": form.get("why"), "slug": form.get("slug")})
    return done(organisation_id, "asked")


def done(organisation_id: UUID, code: str) -> Response[Any]:
    """Redirect to the organisation's page, with a confirmation."""
    return Redirect(f"{HERE}/{organisation_id}?said={code}", status_code=303)


def channel_choices(visitor: Visitor) -> list[tuple[str, str, None]]:
    """Return the kinds of message of the installation, as `checkboxes` shows them."""
    kinds = group_by_family(visitor.platform.plugins.transports.values())
    return [(kind.name, visitor.say(kind.label), None) for kind in kinds]


def show(
    visitor: Visitor,
    organisation_id: UUID,
    *,
    said: str = "",
    error: Invalid | Conflict | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response[str]:
    """Show the page of one organisation, with errors and the submitted values."""
    registered = register.find_registered(visitor.platform, visitor.actor, organisation_id)
    organisation, choices = registered.organisation, channel_choices(visitor)
    allowed = list(channels_of(organisation)) or [name for name, _, _ in choices]
    stored = {
        "name": organisation.name,
        "number": registered.number,
        "channels": allowed,
        "reason": "",
        "why": "",
        "slug": "",
    }
    faults = {field: visitor.say(sentence) for field, sentence in (error.fields if error else {}).items()}
    context = {
        "one": _row(visitor, registered),
        "values": {**stored, **(typed or {})},
        "channels": choices,
        "is_paused": organisation.state is OrganisationState.PAUSED,
        "is_active": organisation.state is OrganisationState.ACTIVE,
        "removal": _removal(visitor, organisation_id),
        "is_own": organisation_id == visitor.actor.organisation_id,
        "longest_reason": organisation_states.LONGEST_REASON,
        "said": said,
        "fault": faults,
        "conflict": visitor.say(error.message, **error.facts) if error and not faults else "",
    }
    status = error.status if error else 200
    return page(visitor, "pages/administration_organisation.html", context, folder="administration", status=status)


def _removal(visitor: Visitor, organisation_id: UUID) -> dict[str, Any] | None:
    request = removal_requests.waiting_removal(visitor.platform, visitor.actor, organisation_id)
    if request is None:
        return None
    return {
        "asker": visitor.say(request.asker),
        "reason": request.reason,
        "asked": moment(request.asked_at, visitor.language),
        "expires": moment(request.expires_at, visitor.language),
        "is_waiting": request.state is ApprovalState.WAITING,
        "is_own": request.asker_id == visitor.actor.user_id,
    }


def _row(visitor: Visitor, registered: register.Registered) -> dict[str, Any]:
    word, look, icon = STATES[registered.organisation.state]
    return {
        "id": registered.organisation.id,
        "url": f"{HERE}/{registered.organisation.id}",
        "name": registered.organisation.name,
        "slug": registered.organisation.slug,
        "number": registered.number,
        "accounts": registered.accounts,
        "state": visitor.say(word),
        "look": look,
        "icon": icon,
        "created_iso": registered.created_at.isoformat(),
        "created": day(registered.created_at, visitor.language),
        "since": moment(registered.state_at, visitor.language) if registered.state_at else "",
    }


HANDLERS = [
    list_organisations,
    show_organisation,
    change_organisation,
    pause_organisation,
    resume_organisation,
    remove_organisation,
]
