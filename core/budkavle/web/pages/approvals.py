"""Requests that need a second person's approval: the list, and one request with its decision."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.approvals import requests
from budkavle.messaging.held_sends import KIND, all_kinds
from budkavle.model.approvals import ApprovalRequest
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.states import ApprovalState
from budkavle.model.times import minute, moment, when
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

STATES = {
    ApprovalState.WAITING: (N_("Väntar på godkännande"), "wait", "clock"),
    ApprovalState.APPROVED: (N_("Godkänt, görs strax"), "wait", "clock"),
    ApprovalState.DONE: (N_("Godkänt och gjort"), "ok", "check-circle"),
    ApprovalState.FAILED: (N_("Godkänt, men gick inte att göra"), "bad", "warn"),
    ApprovalState.REJECTED: (N_("Avslaget"), "bad", "cross-circle"),
    ApprovalState.WITHDRAWN: (N_("Återtaget"), "plain", "release"),
    ApprovalState.EXPIRED: (N_("Tiden gick ut"), "plain", "clock"),
}
"""The label of each state, with its style and icon."""
NOT_DONE = frozenset({ApprovalState.REJECTED, ApprovalState.WITHDRAWN, ApprovalState.EXPIRED})
"""The states in which nothing was done, and a message is still a draft."""
SAID = {
    "asked": N_("Skickat för godkännande. Det görs när en kollega har godkänt det."),
    "approved": N_("Du har godkänt det."),
    "rejected": N_("Du har avslagit det."),
    "waits": N_("Det här väntar redan på godkännande. Dra tillbaka det om du vill ändra något."),
    "withdrawn": N_("Du har dragit tillbaka det."),
}
"""The confirmation on a page, by `said` in its URL."""
LABELS = (N_("Från"), N_("Till"), N_("Ämne"), N_("Okrypterad text i aviseringen"), N_("Bilagor"), N_("Text"))
"""Labels of the parts of a waiting message."""
TITLES = (N_("Skicka meddelande"),)
"""The titles of the core's own kinds."""


@get("/approvals", sync_to_thread=True)
def show_list(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List the requests that the visitor may decide, and the visitor's own."""
    with visitor.work() as work:
        listed = requests.list_approvals(work)
    own = [request for request in listed if request.asker_id == visitor.actor.user_id]
    context = {
        "to_decide": [_row(visitor, request) for request in listed if request not in own],
        "own": [_row(visitor, request) for request in own],
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return page(visitor, "pages/approvals.html", context, folder="approvals")


@get("/approvals/{request_id:uuid}", sync_to_thread=True)
def show(visitor: NamedDependency[Visitor], request_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
    """Show one request, with the buttons to decide it."""
    with visitor.work() as work:
        request = requests.find_approval(work, request_id)
    return _page(visitor, request, said=visitor.say(SAID[said]) if said in SAID else "")


@post("/approvals/{request_id:uuid}", sync_to_thread=True)
def answer(visitor: NamedDependency[Visitor], form: NamedDependency[Form], request_id: FromPath[UUID]) -> Response[Any]:
    """Approve or reject a request, or withdraw one's own."""
    choice, reason = form.get("answer"), form.get("reason")
    try:
        with visitor.work() as work:
            code = _answer(work, request_id, choice, reason)
    except (Invalid, Conflict) as error:
        return _again(visitor, request_id, reason, error)
    return Redirect(f"/approvals/{request_id}?said={code}", status_code=303)


def _answer(work: Work, request_id: UUID, choice: str, reason: str) -> str:
    """Do what the pressed button says, and return the key of the confirmation."""
    if choice == "approve":
        requests.approve(work, request_id, reason)
        return "approved"
    if choice == "reject":
        requests.reject(work, request_id, reason)
        return "rejected"
    if choice == "withdraw":
        requests.withdraw(work, request_id)
        return "withdrawn"
    raise Invalid("Begäran kunde inte sparas.", fields={"reason": "Välj Godkänn eller Avslå."})


def _again(visitor: Visitor, request_id: UUID, reason: str, error: Invalid | Conflict) -> Response[str]:
    """Show the request as it is now, with the error and the submitted text."""
    with visitor.work() as work:
        request = requests.find_approval(work, request_id)
    fault = visitor.say(error.fields.get("reason", "")) if isinstance(error, Invalid) else ""
    sentence = "" if fault else visitor.say(error.message, **error.facts)
    return _page(visitor, request, typed=reason, fault=fault, conflict=sentence, status=error.status)


def _page(visitor: Visitor, request: ApprovalRequest, *, status: int = 200, **more: str) -> Response[str]:
    prose = {label for label, text in request.details if label == "Text" or "\n" in text or len(text) >= LONG}
    context = {
        "one": _row(visitor, request),
        "facts": [(visitor.say(label), text) for label, text in request.details if label not in prose],
        "texts": [(visitor.say(label), text, label == "Text") for label, text in request.details if label in prose],
        "is_own": request.asker_id == visitor.actor.user_id,
        "may_decide": request.may_decide,
        "is_waiting": request.state is ApprovalState.WAITING,
        "draft_left": request.kind == KIND and request.state in NOT_DONE,
        "longest": requests.LONGEST_REASON,
        "typed": "",
        "fault": "",
        "conflict": "",
        "said": "",
        **more,
    }
    return page(visitor, "pages/approval.html", context, folder="approvals", status=status)


LONG = 200
"""From this length a text is shown on its own, below its label."""


def _row(visitor: Visitor, request: ApprovalRequest) -> dict[str, Any]:
    kind = all_kinds(visitor.platform.plugins).get(request.kind)
    word, look, icon = STATES[request.state]
    decided_at = request.decided_at
    return {
        "url": f"/approvals/{request.id}",
        "title": visitor.say(kind.title) if kind else request.kind,
        "subject": dict(request.details).get("Ämne", ""),
        "sentence": visitor.say(request.sentence),
        "reason": request.reason,
        "asker": request.asker,
        "asked_iso": request.asked_at.isoformat(),
        "asked": when(request.asked_at, visitor.language),
        "expires": minute(request.expires_at, visitor.language),
        "state": visitor.say(word),
        "look": look,
        "icon": icon,
        "decider": request.decider,
        "decided": moment(decided_at, visitor.language) if decided_at else "",
        "decision": request.decision,
        "failure": visitor.say(request.failure),
    }


HANDLERS = [show_list, show, answer]
