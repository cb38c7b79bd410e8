"""Assigning a case to a colleague (feature E17)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle.accounts.permissions import require_writer
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.assignment import assign, list_assignable
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.teamwork.choosing import choice_page, list_address
from budkavle.web.pages.teamwork.confirmations import back_to_case
from budkavle.web.views.delivery_status import N_

NOBODY_CHOSEN = N_("Välj vem som ska få ärendet.")


@get("/c/{case_id:uuid}/assign", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show the people to whom a case can be assigned."""
    return _page(request, visitor, case_id)


@post("/c/{case_id:uuid}/assign", sync_to_thread=True)
def save(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[Any]:
    """Assign the case, if its holder is still the one on the page; an empty person removes the assignment."""
    chosen = form.get("user")
    if "user" not in form.values or (chosen and as_uuid(chosen) is None):
        return _page(request, visitor, case_id, visitor.say(NOBODY_CHOSEN))
    held_by = as_uuid(form.get("holder"))
    try:
        with visitor.work() as work:
            assign(work, [case_id], as_uuid(chosen), held_by={case_id: held_by})
    except Invalid as error:
        return _page(request, visitor, case_id, visitor.say(error.fields.get("user", error.sentence)))
    return back_to_case(request, case_id, "assigned", str(held_by or ""))


def _page(request: WebRequest, visitor: Visitor, case_id: UUID, fault: str = "") -> Response[str]:
    address = list_address(request)
    with visitor.work() as work:
        case = case_item(work, case_id)
        if not require_writer(work, case.mailbox_id).mailbox.kind.is_shared:
            raise Invalid("I en personlig inkorg tilldelas inga ärenden.")
        people = list_assignable(work, case.mailbox_id, address.words, address.place, [case_id])
    others = [person for person in people.items if person.user_id != case.holder_id]
    return choice_page(
        request, visitor, "pages/case_assign.html", case, people, people=others, me=visitor.actor.user_id, fault=fault
    )


HANDLERS = [show, save]
