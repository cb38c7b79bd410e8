"""Administration: export of an organisation as an archive, encrypted to its recipient, by two administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from budkavle.accounts.permissions import require_platform
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.states import ApprovalState
from budkavle.model.times import moment
from budkavle.organisation import export_requests, register
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

HERE = "/administration/organisations/{organisation_id:uuid}/export"
AGAIN = "Visa vem du är igen, innan du exporterar en organisation."
SAID = {
    "asked": N_("Begäran är sparad. En annan administratör för installationen behöver godkänna den."),
    "approved": N_("Begäran är godkänd. Arkivet skrivs nu."),
    "ended": N_("Exporten är avslutad. Ingen fil finns kvar."),
}


@get(HERE, sync_to_thread=True)
def show_export(
    visitor: NamedDependency[Visitor], organisation_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """Show the progress of an export, or the form to request one (feature N2)."""
    return _show(visitor, organisation_id, said=visitor.say(SAID[said]) if said in SAID else "")


@post(HERE, sync_to_thread=True)
def change_export(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], organisation_id: FromPath[UUID]
) -> Response[Any]:
    """Request an export; approve it as another administrator; or end it and delete the file."""
    require_platform(visitor.actor)
    require_fresh(visitor, AGAIN)
    where = (visitor.platform, visitor.actor, organisation_id)
    answer, typed = form.get("answer"), {"why": form.get("why"), "receiver": form.get("receiver")}
    try:
        if answer == "approve":
            export_requests.approve_export(*where)
            return _done(organisation_id, "approved")
        if answer == "end":
            export_requests.end_export(*where)
            return _done(organisation_id, "ended")
        export_requests.ask_export(*where, typed["why"], typed["receiver"])
    except (Invalid, Conflict) as error:
        return _show(visitor, organisation_id, error=error, typed=typed)
    return _done(organisation_id, "asked")


@post(f"{HERE}/file", sync_to_thread=True, status_code=200)
def fetch_export(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    organisation_id: FromPath[UUID],
) -> Stream:
    """Download the archive, which only its recipient can open; for one of the two administrators."""
    require_platform(visitor.actor)
    require_fresh(visitor, AGAIN)
    slug = register.find_registered(visitor.platform, visitor.actor, organisation_id).organisation.slug
    pieces = export_requests.read_export(visitor.platform, visitor.actor, organisation_id)
    headers = {
        "content-disposition": f'attachment; filename="{slug}.zip.age"',
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Stream(pieces, media_type="application/octet-stream", headers=headers)


def _done(organisation_id: UUID, code: str) -> Response[Any]:
    return Redirect(f"/administration/organisations/{organisation_id}/export?said={code}", status_code=303)


def _show(
    visitor: Visitor,
    organisation_id: UUID,
    *,
    said: str = "",
    error: Invalid | Conflict | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response[str]:
    organisation = register.find_registered(visitor.platform, visitor.actor, organisation_id).organisation
    faults = {field: visitor.say(sentence) for field, sentence in (error.fields if error else {}).items()}
    context = {
        "name": organisation.name,
        "back": f"/administration/organisations/{organisation_id}",
        "url": f"/administration/organisations/{organisation_id}/export",
        "export": _export(visitor, organisation_id),
        "values": {"why": "", "receiver": "", **(typed or {})},
        "longest_reason": export_requests.LONGEST_REASON,
        "said": said,
        "fault": faults,
        "conflict": visitor.say(error.message, **error.facts) if error and not faults else "",
    }
    status = error.status if error else 200
    return page(visitor, "pages/administration_export.html", context, folder="administration", status=status)


def _export(visitor: Visitor, organisation_id: UUID) -> dict[str, Any] | None:
    request = export_requests.current_export(visitor.platform, visitor.actor, organisation_id)
    if request is None:
        return None
    return {
        "asker": visitor.say(request.words.asker),
        "decider": visitor.say(request.words.decider),
        "reason": request.words.reason,
        "receiver": request.words.receiver,
        "asked": moment(request.asked_at, visitor.language),
        "expires": moment(request.expires_at, visitor.language),
        "megabytes": max(1, -(-request.words.size // 1_000_000)),
        "is_waiting": request.state is ApprovalState.WAITING,
        "is_there": request.state is ApprovalState.DONE,
        "is_own": request.asker_id == visitor.actor.user_id,
        "is_of": request.is_of(visitor.actor),
    }


HANDLERS = [show_export, change_export, fetch_export]
