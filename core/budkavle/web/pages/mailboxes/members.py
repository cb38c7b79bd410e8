"""Access to a function mailbox: the list of members, adding by search, removing, and its administrators."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts import mailboxes, users
from budkavle.accounts.mailbox_list import MemberOrder, chosen_members, list_members, set_reading, would_be_headless
from budkavle.accounts.permissions import Standing
from budkavle.model.errors import Invalid
from budkavle.model.people import User
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.mailboxes.tabs import confirmation_text, head, managed, shared
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.paging import ListAddress, paging


@get("/mailboxes/{mailbox_id:uuid}/users", sync_to_thread=True)
def show_users(
    visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """List the members; administrators of the mailbox tick those to remove (features F11, F21)."""
    return _users_page(visitor, shared(visitor, mailbox_id), notice=confirmation_text(visitor, said))


@post("/mailboxes/{mailbox_id:uuid}/users/remove", sync_to_thread=True, status_code=200)
def remove(visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]) -> Response[Any]:
    """Ask for confirmation about the ticked members, and then remove their access (feature F11)."""
    standing = managed(visitor, mailbox_id)
    ticked = _ids(form, "user")
    with visitor.work() as work:
        chosen = chosen_members(work, mailbox_id, ticked)
        headless = would_be_headless(work, mailbox_id, ticked)
    if not chosen:
        fault = visitor.say("Kryssa för dem som ska tas bort.")
        return _users_page(visitor, standing, fault=fault, status=422)
    if not form.get("confirmed") or (headless and not form.get("headless")):
        context = {
            "mailbox": standing.mailbox,
            "chosen": chosen,
            "headless": headless,
            "me": visitor.actor.user_id,
        }
        return page(visitor, "pages/mailbox_remove.html", context, mailbox_id=mailbox_id, folder="mailboxes")
    with visitor.work() as work:
        mailboxes.remove_members(work, mailbox_id, [member.user_id for member in chosen])
    loses_access = visitor.actor.user_id in ticked and not visitor.actor.is_admin
    return Redirect("/" if loses_access else f"/mailboxes/{mailbox_id}/users?said=removed", status_code=303)


@post("/mailboxes/{mailbox_id:uuid}/users/administrator", sync_to_thread=True, status_code=200, asks_fresh=True)
def set_administrator(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]
) -> Response[Any]:
    """Make a member an administrator of the mailbox, or not; asks before the last one is removed (feature Q5)."""
    standing = managed(visitor, mailbox_id)
    administrator, user_ids = form.get("administrator") == "1", _ids(form, "user")
    with visitor.work() as work:
        headless = not administrator and would_be_headless(work, mailbox_id, user_ids)
        chosen = chosen_members(work, mailbox_id, user_ids)
    if headless and not form.get("headless"):
        context = {"mailbox": standing.mailbox, "chosen": chosen, "me": visitor.actor.user_id}
        return page(visitor, "pages/mailbox_headless.html", context, mailbox_id=mailbox_id, folder="mailboxes")
    with visitor.work() as work:
        for user_id in user_ids:
            mailboxes.set_administrator(work, mailbox_id, user_id, administrator=administrator)
    return Redirect(f"/mailboxes/{mailbox_id}/users?said=administrator", status_code=303)


@post("/mailboxes/{mailbox_id:uuid}/users/reading", sync_to_thread=True, asks_fresh=True)
def choose_reading(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]
) -> Response[Any]:
    """Restrict a member to reading, or let them write again (feature E23)."""
    managed(visitor, mailbox_id)
    with visitor.work() as work:
        for user_id in _ids(form, "user"):
            set_reading(work, mailbox_id, user_id, reads_only=form.get("reads") == "1")
    return Redirect(f"/mailboxes/{mailbox_id}/users?said=administrator", status_code=303)


@get("/mailboxes/{mailbox_id:uuid}/add", sync_to_thread=True)
def ask_add(visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
    """Show the page for searching and choosing colleagues (feature F10)."""
    return _add_page(visitor, managed(visitor, mailbox_id), Form(), notice=confirmation_text(visitor, said))


@post("/mailboxes/{mailbox_id:uuid}/add", sync_to_thread=True, status_code=200)
def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]) -> Response[Any]:
    """Search colleagues, choose one or many, and give them access (feature F10)."""
    standing = managed(visitor, mailbox_id)
    if not form.get("save"):
        return _add_page(visitor, standing, form)
    chosen = _ids(form, "chosen")
    if not chosen:
        fault = visitor.say("Sök efter och välj minst en person.")
        return _add_page(visitor, standing, form, fault=fault, status=422)
    with visitor.work() as work:
        mailboxes.add_members(work, mailbox_id, chosen)
    return Redirect(f"/mailboxes/{mailbox_id}/users?said=added", status_code=303)


@get("/mailboxes/{mailbox_id:uuid}/add/found", sync_to_thread=True)
def find(
    request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], q: FromQuery[str] = ""
) -> Response[str]:
    """Return the results below the field, while the user types."""
    managed(visitor, mailbox_id)
    context = {"results": _results(visitor, mailbox_id, q, set()) if q.strip() else [], "query": q}
    return visitor.pages.page(request, "fragments/people_found.html", context, visitor.language)


def _users_page(
    visitor: Visitor, standing: Standing, *, notice: str = "", fault: str = "", status: int = 200
) -> Response[str]:
    mailbox_id = standing.mailbox.id
    requested = ListAddress.read(visitor.request, tuple(MemberOrder), default="name")
    address = replace(requested, path=f"/mailboxes/{mailbox_id}/users")  # also when a posted form shows the list
    order, descending = MemberOrder(address.sort), address.descending
    with visitor.work() as work:
        listed = list_members(work, mailbox_id, address.words, order=order, descending=descending, place=address.place)
    context = {
        **head(standing, "users", "access"),
        "address": address,
        "rows": listed.items,
        "paging": paging(address.at(listed.rows), listed.rows, listed.total),
        "columns": {
            "name": address.column("name", visitor.say("Namn")),
            "role": address.column("role", visitor.say("Roll")),
        },
        "me": visitor.actor.user_id,
        "said": notice,
        "fault": fault,
    }
    template = "pages/mailbox_users.html"
    return page(visitor, template, context, mailbox_id=mailbox_id, folder="mailboxes", status=status)


def _add_page(
    visitor: Visitor,
    standing: Standing,
    form: Form,
    *,
    notice: str = "",
    fault: str = "",
    status: int = 200,
) -> Response[str]:
    chosen = (_ids(form, "chosen") | _ids(form, "add")) - _ids(form, "remove")
    query = "" if form.get("add") else form.get("q")
    with visitor.work() as work:
        people = [users.user(work, user_id) for user_id in chosen]
    context = {
        **head(standing, "users", "add"),
        "chosen": [_shown(person) for person in sorted(people, key=lambda person: person.name)],
        "results": _results(visitor, standing.mailbox.id, query, chosen) if query or form.get("find") else [],
        "query": query,
        "searched": bool(query),
        "said": notice,
        "fault": fault,
    }
    return page(
        visitor,
        "pages/mailbox_add.html",
        context,
        mailbox_id=standing.mailbox.id,
        folder="mailboxes",
        status=status,
    )


def _results(visitor: Visitor, mailbox_id: UUID, query: str, chosen: set[UUID]) -> list[dict[str, Any]]:
    with visitor.work() as work:
        matches = users.search_users(work, query, outside=mailbox_id)
    return [_shown(person) for person in matches if person.id not in chosen]


def _shown(user: User) -> dict[str, Any]:
    return {"id": user.id, "name": user.name, "detail": user.email, "favourite": False}


def _ids(form: Form, name: str) -> set[UUID]:
    try:
        return {UUID(value) for value in form.all(name)}
    except ValueError as error:
        raise Invalid(N_("Sidan är för gammal. Öppna den på nytt och försök igen.")) from error


HANDLERS = [show_users, remove, set_administrator, choose_reading, ask_add, add, find]
