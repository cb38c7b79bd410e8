"""Administration of restricted cases, without reading them (feature E22)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.cases.teamwork.restricting import (
    LONGEST_REASON,
    add_reader,
    find_restricted,
    lift_as_administrator,
    list_restricted,
)
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.times import when
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.paging import ListAddress, paging

URL = "/organisation/restricted"
NOBODY_CHOSEN = N_("Välj vem som ska få läsa ärendet.")
SAID = {
    "named": N_("Personen får läsa ärendet nu. Varför står i händelseloggen."),
    "lifted": N_("Begränsningen är borttagen. Varför står i händelseloggen."),
}


@get(URL, sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List the restricted cases of the organisation, without any of their content."""
    address = ListAddress.read(request)
    with visitor.work() as work:
        listed = list_restricted(work, address.place)
    context = {
        "cases": [(case, when(case.at, visitor.language)) for case in listed.items],
        "paging": paging(address, listed.rows, listed.total),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return page(visitor, "pages/restricted_cases.html", context, folder="organisation")


@get(URL + "/{case_id:uuid}", sync_to_thread=True)
def show_one(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show who may read a case, and the people who can be added."""
    return _page(request, visitor, case_id)


@post(URL + "/{case_id:uuid}", sync_to_thread=True)
def save(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[Any]:
    """Add a reader to the case, or lift the restriction so that all members of its mailbox can read it."""
    lifts, user_id, reason = form.get("act") == "lift", as_uuid(form.get("user")), form.get("reason")
    if not lifts and user_id is None:
        return _page(request, visitor, case_id, reason, {"user": NOBODY_CHOSEN})
    try:
        with visitor.work() as work:
            if lifts or user_id is None:
                lift_as_administrator(work, case_id, form.get("why"))
            else:
                add_reader(work, case_id, user_id, reason)
    except Invalid as error:
        faults = {"why" if lifts and name == "reason" else name: text for name, text in error.fields.items()}
        return _page(request, visitor, case_id, reason, faults)
    return Redirect(f"{URL}?said={'lifted' if lifts else 'named'}", status_code=303)


def _page(
    request: WebRequest, visitor: Visitor, case_id: UUID, reason: str = "", faults: Mapping[str, str] | None = None
) -> Response[str]:
    address = ListAddress.read(request)
    with visitor.work() as work:
        case, people = find_restricted(work, case_id, address.words, address.place)
    readers = {reader.user_id for reader in case.readers}
    context = {
        "case": case,
        "since": when(case.at, visitor.language),
        "people": [(str(one.user_id), one.name, one.email) for one in people.items if one.user_id not in readers],
        "words": address.words,
        "searches": people.total > len(people.items) or bool(address.words),
        "paging": paging(address, people.rows, people.total),
        "reason": reason,
        "longest": LONGEST_REASON,
        "faults": visitor.say_all(faults),
    }
    status = 422 if faults else 200
    return page(visitor, "pages/restricted_case.html", context, folder="organisation", status=status)


HANDLERS = [show, show_one, save]
