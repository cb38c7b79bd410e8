"""Restricting a case to named people, changing them, and lifting the restriction (feature E22)."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle.accounts.permissions import require_user, require_writer
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.restricting import (
    LONGEST_REASON,
    PERSONAL,
    find_restriction,
    lift,
    list_namable,
    restrict,
)
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.mailboxes import Member
from budkavle.model.times import when
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.teamwork.choosing import choice_page, list_address
from budkavle.web.pages.teamwork.confirmations import back_to_case


@get("/c/{case_id:uuid}/restrict", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show the case's named readers, and the people who can be added."""
    return _page(request, visitor, case_id)


@post("/c/{case_id:uuid}/restrict", sync_to_thread=True)
def save(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[Any]:
    """Restrict the case to the ticked people; a visitor who is not among them is sent to the mailbox."""
    ticked = {user_id for value in form.all("user") if (user_id := as_uuid(value))}
    try:
        with visitor.work() as work:
            restriction = restrict(work, case_id, ticked, form.get("reason"))
    except Invalid as error:
        return _page(request, visitor, case_id, ticked, form.get("reason"), error.fields or {"user": error.message})
    if visitor.actor.user_id not in ticked:
        return Redirect(f"/m/{restriction.mailbox_id}", status_code=303)
    return back_to_case(request, case_id, "restricted")


@post("/c/{case_id:uuid}/unrestrict", sync_to_thread=True)
def remove(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - it has the token
    case_id: FromPath[UUID],
) -> Response[Any]:
    """Lift the restriction, so that all members of the mailbox can read the case."""
    with visitor.work() as work:
        lift(work, case_id)
    return back_to_case(request, case_id, "unrestricted")


def _page(
    request: WebRequest,
    visitor: Visitor,
    case_id: UUID,
    ticked: Collection[UUID] | None = None,
    reason: str = "",
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    address = list_address(request)
    with visitor.work() as work:
        case = case_item(work, case_id)
        if not require_writer(work, case.mailbox_id).mailbox.kind.is_shared:
            raise Invalid(PERSONAL)
        restriction = find_restriction(work, case_id)
        people = list_namable(work, case.mailbox_id, address.words, address.place)
    named = restriction.readers if restriction else []
    ids = {person.user_id for person in named}
    if ticked is None:
        ticked = ids or {require_user(visitor.actor)}
    others = [person for person in people.items if person.user_id not in ids]
    return choice_page(
        request,
        visitor,
        "pages/case_restrict.html",
        case,
        people,
        restriction=restriction,
        since=when(restriction.at, visitor.language) if restriction else "",
        people=[(str(person.user_id), _name(visitor, person), person.email) for person in (*named, *others)],
        found=bool(others),
        ticked=[str(user_id) for user_id in ticked],
        reason=reason or (restriction.reason if restriction else ""),
        longest=LONGEST_REASON,
        faults=visitor.say_all(faults),
    )


def _name(visitor: Visitor, person: Member) -> str:
    return f"{person.name} ({visitor.say('du')})" if person.user_id == visitor.actor.user_id else person.name


HANDLERS = [show, save, remove]
