"""Deleting a function mailbox, the list of deleted ones, and restoring one."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle.accounts import mailboxes
from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.permissions import require_admin
from budkavle.cases import mailbox_deletion
from budkavle.model.errors import Conflict
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.pages.mailboxes.tabs import shared
from budkavle.web.views.layout import page

DELETED = "/mailboxes/deleted"


@get("/mailboxes/{mailbox_id:uuid}/delete", sync_to_thread=True)
def ask_delete(visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID]) -> Response[str]:
    """Ask before a mailbox is deleted, and explain what happens to its content (feature F8)."""
    require_admin(visitor.actor)
    return _delete_page(visitor, shared(visitor, mailbox_id).mailbox)


@post("/mailboxes/{mailbox_id:uuid}/delete", sync_to_thread=True)
def remove(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    mailbox_id: FromPath[UUID],
) -> Response[Any]:
    """Delete a mailbox, and close as many open cases as the page has announced (features F8, F9)."""
    require_admin(visitor.actor)
    mailbox = shared(visitor, mailbox_id).mailbox
    told_of = form.get("closing")
    try:
        closing = int(told_of) if told_of.isascii() and told_of.isdecimal() and len(told_of) < 10 else 0
        with visitor.work() as work:
            mailbox_deletion.delete_mailbox(work, mailbox_id, closing=closing)
    except Conflict as error:
        return _delete_page(visitor, mailbox, visitor.say(error.message, **error.facts), error.status)
    return Redirect("/mailboxes?said=deleted", status_code=303)


@get(DELETED, sync_to_thread=True)
def list_deleted(visitor: NamedDependency[Visitor]) -> Response[str]:
    """List the deleted mailboxes that are still kept, with the day when each is destroyed (feature F8)."""
    return _deleted_page(visitor)


@post("/mailboxes/{mailbox_id:uuid}/restore", sync_to_thread=True)
def restore(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    mailbox_id: FromPath[UUID],
) -> Response[Any]:
    """Restore a deleted mailbox (features F8, F9)."""
    require_admin(visitor.actor)
    try:
        with visitor.work() as work:
            mailbox_deletion.restore_mailbox(work, mailbox_id)
    except Conflict as error:
        return _deleted_page(visitor, visitor.say(error.message, **error.facts), error.status)
    return Redirect(f"/mailboxes/{mailbox_id}?said=restored", status_code=303)


def _deleted_page(visitor: Visitor, fault: str = "", status: int = 200) -> Response[str]:
    require_admin(visitor.actor)
    with visitor.work() as work:
        rows = mailbox_deletion.deleted_mailboxes(work)
    context = {"rows": rows, "fault": fault, "days": visitor.settings(BinSettings).bin_days}
    return page(visitor, "pages/mailboxes_deleted.html", context, folder="mailboxes", status=status)


def _delete_page(visitor: Visitor, mailbox: FunctionMailbox, fault: str = "", status: int = 200) -> Response[str]:
    with visitor.work() as work:
        content = mailbox_deletion.content(work, mailbox.id)
        default = mailboxes.default_mailbox(work)
        default_box = mailboxes.mailbox(work, default).mailbox if default and default != mailbox.id else None
    context = {
        "mailbox": mailbox,
        "fault": fault,
        "content": content,
        "open": content.open,
        "rest": default_box,
        "days": visitor.settings(BinSettings).bin_days,
    }
    return page(visitor, "pages/mailbox_delete.html", context, mailbox_id=mailbox.id, folder="mailboxes", status=status)


HANDLERS = [ask_delete, remove, list_deleted, restore]
