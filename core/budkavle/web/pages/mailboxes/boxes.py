"""Function mailboxes: the list of all or of the user's own, and creating one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts import mailboxes
from budkavle.accounts.mailbox_list import ListedMailbox, MailboxOrder, Show, list_mailboxes, set_favourite
from budkavle.accounts.permissions import require_admin
from budkavle.cases.counts import untaken_counts
from budkavle.model.errors import Invalid
from budkavle.organisation.licences import BeyondLicence, one_more, require_confirmed
from budkavle.organisation.usage import UsageKind
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.mailboxes.tabs import (
    confirmation_text,
    form_context,
    kinds,
    read_details,
    typed_values,
)
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import number, page
from budkavle.web.views.paging import ListAddress, paging

FILTERS = (
    (Show.ALL, N_("Alla brevlådor")),
    (Show.MINE, N_("Mina brevlådor")),
    (Show.EMPTY, N_("Utan användare")),
    (Show.HEADLESS, N_("Utan administratör")),
)


@get("/mailboxes", sync_to_thread=True)
def show_list(request: WebRequest, visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List the function mailboxes: all of them for administrators, their own for others (features F3, O14)."""
    address = ListAddress.read(request, tuple(MailboxOrder), {"show": tuple(Show)}, default="name")
    show = Show(address.filters.get("show", Show.ALL)) if visitor.actor.is_admin else Show.MINE
    with visitor.work() as work:
        listed = list_mailboxes(
            work,
            address.words,
            show=show,
            order=MailboxOrder(address.sort),
            descending=address.descending,
            place=address.place,
        )
        untaken = untaken_counts(work, [row.mailbox.id for row in listed.items if row.member])
    context = {
        "address": address,
        "rows": [_shown(row, untaken) for row in listed.items],
        "paging": paging(address.at(listed.rows), listed.rows, listed.total),
        "total": listed.total,
        "searched": bool(address.words or show not in {Show.ALL, Show.MINE}),
        "mine": show is Show.MINE,
        "show": show.value,
        "filters": [("" if value is Show.ALL else value.value, visitor.say(word)) for value, word in FILTERS],
        "columns": {
            "name": address.column("name", visitor.say("Brevlåda")),
            "members": address.column("members", visitor.say("Användare"), falling=True),
        },
        "here": address.here(),
        "is_admin": visitor.actor.is_admin,
        "said": confirmation_text(visitor, said),
    }
    return page(visitor, "pages/mailboxes.html", context, folder="mailboxes")


@post("/mailboxes/{mailbox_id:uuid}/favourite", sync_to_thread=True)
def mark(visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]) -> Response[Any]:
    """Set whether the user's navigation always shows a mailbox, and redirect back to the list."""
    with visitor.work() as work:
        set_favourite(work, mailbox_id, favourite=form.get("favourite") == "1")
    back = form.get("back")
    return Redirect(back if back.startswith("/mailboxes?") else "/mailboxes?show=mine", status_code=303)


@get("/mailboxes/new", sync_to_thread=True)
def ask_new(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the form for a new function mailbox."""
    require_admin(visitor.actor)
    return _new_page(visitor, {"language": visitor.language}, {})


@post("/mailboxes/new", sync_to_thread=True)
def create(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Create a function mailbox, and redirect to the page for adding members (feature F9)."""
    require_admin(visitor.actor)
    try:
        details = read_details(visitor, form)
        with visitor.work() as work:
            over = None if form.get("over_licence") else one_more(work, UsageKind.MAILBOXES)
            made = mailboxes.create_mailbox(work, **details)
            require_confirmed(over)  # last, so that the errors of the form are told first
    except BeyondLicence as asked:
        return _new_page(visitor, typed_values(form), {}, 409, over=visitor.say(asked.sentence))
    except Invalid as error:
        return _new_page(visitor, typed_values(form), error.fields, 422)
    return Redirect(f"/mailboxes/{made.id}/add?said=created", status_code=303)


def _shown(row: ListedMailbox, untaken: Mapping[UUID, int]) -> dict[str, Any]:
    return {"box": row, "mailbox": row.mailbox, "untaken": number(untaken.get(row.mailbox.id, 0))}


def _new_page(
    visitor: Visitor, typed: Mapping[str, Any], faults: Mapping[str, str], status: int = 200, *, over: str = ""
) -> Response[str]:
    ticked = [key for key, _, _ in kinds(visitor)]
    empty = {"name": "", "description": "", "kinds": ticked, "default": False, "needs_approval": False}
    context = {**form_context(visitor, {**empty, **typed}, faults), "over": over}
    return page(visitor, "pages/mailbox_new.html", context, folder="mailboxes", status=status)


HANDLERS = [show_list, mark, ask_new, create]
