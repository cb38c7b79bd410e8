"""Moving a case to another function mailbox, after showing who will read it (feature E21)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle.accounts.permissions import require_writer
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.moving import find_target, list_targets, move_to_mailbox
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.teamwork.choosing import choice_page, list_address
from budkavle.web.pages.teamwork.confirmations import back_to_case, case_url, list_query
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

NOTHING_CHOSEN = N_("Välj vart ärendet ska flyttas.")


@get("/c/{case_id:uuid}/move", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show the mailboxes that the case can be moved to."""
    return _page(request, visitor, case_id)


@post("/c/{case_id:uuid}/move", sync_to_thread=True, status_code=200)
def save(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[Any]:
    """Show who will read the case and what; once that is confirmed, move it."""
    mailbox_id = as_uuid(form.get("to"))
    if mailbox_id is None:
        return _page(request, visitor, case_id, visitor.say(NOTHING_CHOSEN))
    if not form.get("confirmed"):
        return _question(request, visitor, case_id, mailbox_id)
    with visitor.work() as work:
        origin = case_item(work, case_id).mailbox_id
        move_to_mailbox(work, [case_id], mailbox_id)
        is_mine = find_target(work, mailbox_id).is_mine
    if is_mine:
        return back_to_case(request, case_id, "moved")
    return Redirect(f"/m/{origin}", status_code=303)


def _question(request: WebRequest, visitor: Visitor, case_id: UUID, mailbox_id: UUID) -> Response[str]:
    with visitor.work() as work:
        case = case_item(work, case_id)
        require_writer(work, case.mailbox_id)
        target = find_target(work, mailbox_id)
    context = {
        "case": case,
        "target": target,
        "more": target.readers - len(target.names),
        "query": list_query(request),
        "back_url": case_url(request, case_id),
    }
    return page(visitor, "pages/case_move_question.html", context, mailbox_id=case.mailbox_id, folder="inbox")


def _page(request: WebRequest, visitor: Visitor, case_id: UUID, fault: str = "") -> Response[str]:
    address = list_address(request)
    with visitor.work() as work:
        case = case_item(work, case_id)
        if not require_writer(work, case.mailbox_id).mailbox.kind.is_shared:
            raise Invalid("Ett ärende i en personlig inkorg flyttas inte. Vidarebefordra det i stället.")
        targets = list_targets(work, case.mailbox_id, address.words, address.place)
    return choice_page(request, visitor, "pages/case_move.html", case, targets, targets=targets.items, fault=fault)


HANDLERS = [show, save]
