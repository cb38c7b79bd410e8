"""The page and the panel where an administrator links a mailbox to its identifier."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Actor, FunctionMailbox, Host, Invalid
from budkavle.accounts import find_mailbox, require_admin
from budkavle.web import Form, Visitor, plugin_page
from budkavle_addressbook import health, links, participants
from budkavle_addressbook.national import local_copy
from budkavle_addressbook.national.entries import TRANSPORT

PATH = "/plugin/addressbook/link"


def router(host: Host) -> Router:
    """Return the routes of the page."""

    @get(f"{PATH}/{{mailbox_id:uuid}}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID]) -> Response[str]:
        """Show the form with the current identifier of the mailbox."""
        require_admin(visitor.actor)
        linked = links.of_mailbox(host, visitor.actor, mailbox_id)
        return _form(host, visitor, mailbox_id, linked.identifier if linked else "")

    @post(f"{PATH}/{{mailbox_id:uuid}}", sync_to_thread=True, status_code=200)
    def save(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]
    ) -> Response[Any]:
        """Link the mailbox, or show the error at the field. An empty field removes the link."""
        identifier, said = form.get(links.FIELD), "linked"
        try:
            if identifier:
                links.link(host, visitor.actor, mailbox_id, identifier)
            elif links.of_mailbox(host, visitor.actor, mailbox_id):
                links.unlink(host, visitor.actor, mailbox_id)
                said = "unlinked"
        except Invalid as fault:
            return _form(host, visitor, mailbox_id, identifier, fault)
        return Redirect(f"/mailboxes/{mailbox_id}/systems?said={said}", status_code=303)

    return Router("", route_handlers=[show, save])


def panel(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of the panel in a mailbox's settings: the link, and where to change it."""
    mailbox: FunctionMailbox = subject["mailbox"]
    linked = links.of_mailbox(host, actor, mailbox.id) if actor.is_admin else None
    channel = host.platform.plugins.transports.get(TRANSPORT)
    return {
        "link": linked,
        "icon": channel.icon if channel else "network",
        "label": channel.label if channel else "SDK",
        "may_change": actor.is_admin,
        "change_url": f"{PATH}/{mailbox.id}",
    }


def _form(
    host: Host, visitor: Visitor, mailbox_id: UUID, identifier: str, fault: Invalid | None = None
) -> Response[str]:
    copy = local_copy.status(host)
    age = copy.age(datetime.now(UTC)) if copy else None
    linked = links.of_mailbox(host, visitor.actor, mailbox_id)
    with visitor.work() as work:
        context = {
            "mailbox": find_mailbox(work, mailbox_id).mailbox,
            "identifier": identifier,
            "error": fault.fields[links.FIELD] if fault else None,
            "broken": visitor.say(linked.broken) if linked and linked.broken else "",
            "choices": links.choices(host, visitor.actor),
            "participant": participants.participant(host, visitor.actor.organisation_id),
            "ago": visitor.say(health.ago(age)) if age is not None else None,
            "action_url": f"{PATH}/{mailbox_id}",
            "back_url": f"/mailboxes/{mailbox_id}/systems",
        }
    status = 422 if fault else 200
    return plugin_page(visitor, "addressbook/link.html", context, mailbox_id=mailbox_id, status=status)
