"""Saving a sender: among the contacts, or among the mailbox's saved recipients (features E28, K2)."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Actor, Address, Direction, FunctionMailbox, Host, MailboxKind, NotFound
from budkavle.accounts import find_mailbox
from budkavle.messaging import read_case
from budkavle.web import Form, Visitor
from budkavle_addressbook.contacts import favourites
from budkavle_addressbook.contacts.numbers import any_number
from budkavle_addressbook.directory import FAX
from budkavle_addressbook.national.entries import TRANSPORT
from budkavle_addressbook.pages.contacts import CONTACTS, FIELDS, contact_form

_NUMBER_BEHIND = re.compile(r"\s*\(\+[\d ]+\)$")
"""How a fax shows its number after the name."""


def router(host: Host) -> Router:
    """Return the routes for saving senders."""

    @get(f"{CONTACTS}/from/{{case_id:uuid}}", sync_to_thread=True)
    def begin(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
        """Show the form of a new contact, filled in from the sender of the last message of a case."""
        mailbox, sender = _sender(host, visitor.actor, case_id)
        book_id = mailbox.id if mailbox.kind is MailboxKind.FUNCTION else None
        return contact_form(visitor, book_id, None, dict.fromkeys(FIELDS, "") | _known(sender))

    @post(f"{CONTACTS}/from/{{case_id:uuid}}", sync_to_thread=True)
    def favour(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token of the form
        case_id: FromPath[UUID],
    ) -> Response[Any]:
        """Save the sending function among the mailbox's saved recipients."""
        mailbox, sender = _sender(host, visitor.actor, case_id)
        favourites.save(host, visitor.actor, mailbox.id, sender.value)
        return Redirect(f"/c/{case_id}", status_code=303)

    return Router("", route_handlers=[begin, favour])


def action(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of the button for saving a sender. Empty if nobody outside has written."""
    sender: Address | None = subject.get("sender")
    if sender is None or not _can_be_saved(sender):
        return {"url": "", "is_function": False, "saved": False}
    is_function, saved = sender.transport == TRANSPORT, False
    if is_function:
        with host.transaction(actor.organisation_id) as connection:
            rows = favourites.rows(connection, actor, subject["case"].mailbox_id)
        saved = any(row["identifier"] == sender.value for row in rows)
    return {"url": f"{CONTACTS}/from/{subject['case'].id}", "is_function": is_function, "saved": saved}


def _can_be_saved(sender: Address) -> bool:
    """Tell whether an address is useful in a contact. Those of accounts here are not: they are found anyway."""
    return sender.transport in {TRANSPORT, FAX} or "@" in sender.value


def _sender(host: Host, actor: Actor, case_id: UUID) -> tuple[FunctionMailbox, Address]:
    """Return the mailbox of a case, and the sender of the last incoming message.

    Raises:
        NotFound: There is no sender, or it has an account here.
    """
    with host.work(actor) as work:
        view = read_case(work, case_id, opens=False)
        mailbox = find_mailbox(work, view.case.mailbox_id).mailbox
    came = [entry.message for entry in view.thread if entry.message.direction is Direction.IN]
    latest = max(came, key=lambda message: message.created_at, default=None)
    if latest is None or not _can_be_saved(latest.sender):
        raise NotFound("Avsändaren finns redan, eller har ingen adress som kan sparas.")
    return mailbox, latest.sender


def _known(sender: Address) -> dict[str, str]:
    """Return the fields of a contact that an address provides."""
    name = _NUMBER_BEHIND.sub("", sender.name)
    if sender.transport == FAX:
        number = any_number(sender.value)
        return {"name": "" if any_number(name) else name, "fax": number, "phone": number}
    return {"name": "" if name == sender.value else name, "email": sender.value}
