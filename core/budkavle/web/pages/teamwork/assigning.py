"""Assigning a case to a colleague (feature E17)."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle.accounts.permissions import require_writer
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.assignment import assign, list_assignable
from budkavle.model.errors import Invalid
from budkavle.model.identifiers import as_uuid
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.teamwork.confirmations import LIST_FILTERS, back_to_case, case_url, list_query
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.paging import ListAddress, paging
from budkavle.web.views.render import initials

NOBODY_CHOSEN = N_("Välj vem som ska få ärendet.")


@get("/c/{case_id:uuid}/assign", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show whom a case can be assigned to."""
    return _page(request, visitor, case_id)


@post("/c/{case_id:uuid}/assign", sync_to_thread=True)
def save(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[Any]:
    """Assign the case as the page had it; an empty person takes the assignment back."""
    if "user" not in form.values:
        return _page(request, visitor, case_id, visitor.say(NOBODY_CHOSEN))
    held_by = as_uuid(form.get("holder"))
    try:
        with visitor.work() as work:
            assign(work, [case_id], as_uuid(form.get("user")), held_by={case_id: held_by})
    except Invalid as error:
        return _page(request, visitor, case_id, visitor.say(error.fields.get("user", error.message)))
    return back_to_case(request, case_id, "assigned", str(held_by or ""))


def _page(request: WebRequest, visitor: Visitor, case_id: UUID, fault: str = "") -> Response[str]:
    address = ListAddress.read(request, filters=LIST_FILTERS)
    with visitor.work() as work:
        case = case_item(work, case_id)
        if not require_writer(work, case.mailbox_id).mailbox.kind.is_shared:
            raise Invalid("I en personlig inkorg tilldelas inga ärenden.")
        people = list_assignable(work, case.mailbox_id, address.words, address.place)
    me = visitor.actor.user_id
    context = {
        "case": case,
        "people": [
            {"id": person.user_id, "name": person.name, "email": person.email, "initials": initials(person.name)}
            for person in people.items
            if person.user_id != case.holder_id
        ],
        "me": me,
        "words": address.words,
        "searches": people.total > len(people.items) or bool(address.words),
        "paging": paging(address, people.rows, people.total),
        "fault": fault,
        "query": list_query(request),
        "kept": parse_qsl(list_query(request).removeprefix("?")),
        "back_url": case_url(request, case_id),
    }
    status = 422 if fault else 200
    return page(visitor, "pages/case_assign.html", context, mailbox_id=case.mailbox_id, folder="inbox", status=status)


HANDLERS = [show, save]
