"""The pages of the contacts of a person and of a mailbox (features B1 to B8, F24)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, FunctionMailbox, Host, Invalid, MailboxKind, as_uuid
from budkavle.accounts import find_mailbox
from budkavle.cases import readable_mailboxes
from budkavle.web import Form, Visitor, plugin_page
from budkavle_addressbook.contacts import books
from budkavle_addressbook.contacts.books import Book
from budkavle_addressbook.contacts.contact import Contact

PATH = "/plugin/addressbook"
CONTACTS = f"{PATH}/contacts"
FOLDER = "addressbook.contacts"
MOST_BOOKS = 5
"""The most mailboxes above the list. With more, the book is found in the mailbox itself."""
FIELDS = ("name", "email", "phone", "fax", "personnummer")


def router(host: Host) -> Router:
    """Return the routes of the contacts."""
    return Router("", route_handlers=[*_reading(host), *_changing(host)])


def _reading(host: Host) -> list[HTTPRouteHandler]:
    @get(CONTACTS, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        mailbox: FromQuery[UUID | None] = None,
        q: FromQuery[str] = "",
    ) -> Response[str]:
        """Show a book, searched by name (feature B7)."""
        matching = books.search(host, visitor.actor, Book(mailbox), q)
        return _list(visitor, mailbox, matching, q)

    @get(f"{CONTACTS}/new", sync_to_thread=True)
    def new(visitor: NamedDependency[Visitor], mailbox: FromQuery[UUID | None] = None) -> Response[str]:
        """Show an empty form (feature B8)."""
        return contact_form(visitor, mailbox, None, dict.fromkeys(FIELDS, ""))

    @get(f"{CONTACTS}/{{contact_id:uuid}}", sync_to_thread=True)
    def edit(
        visitor: NamedDependency[Visitor],
        contact_id: FromPath[UUID],
        mailbox: FromQuery[UUID | None] = None,
    ) -> Response[str]:
        """Show a contact in the form."""
        fields = books.get(host, visitor.actor, Book(mailbox), contact_id).fields
        return contact_form(visitor, mailbox, contact_id, {name: getattr(fields, name) for name in FIELDS})

    return [show, new, edit]


def _changing(host: Host) -> list[HTTPRouteHandler]:
    @post(f"{CONTACTS}/new", sync_to_thread=True, status_code=200)
    def add(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        mailbox: FromQuery[UUID | None] = None,
    ) -> Response[Any]:
        """Add a contact to the book, or show the errors of the fields."""
        typed = _typed(form)
        try:
            books.add(host, visitor.actor, Book(mailbox), typed)
        except Invalid as fault:
            return contact_form(visitor, mailbox, None, typed, fault.fields)
        return _back(mailbox)

    @post(f"{CONTACTS}/{{contact_id:uuid}}", sync_to_thread=True, status_code=200)
    def change(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        contact_id: FromPath[UUID],
        mailbox: FromQuery[UUID | None] = None,
    ) -> Response[Any]:
        """Change a contact, or show the errors of the fields."""
        typed = _typed(form)
        try:
            books.change(host, visitor.actor, Book(mailbox), contact_id, typed)
        except Invalid as fault:
            return contact_form(visitor, mailbox, contact_id, typed, fault.fields)
        return _back(mailbox)

    @post(f"{CONTACTS}/remove", sync_to_thread=True, status_code=200)
    def remove(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        mailbox: FromQuery[UUID | None] = None,
    ) -> Response[Any]:
        """Ask for confirmation, and then delete the ticked contacts (feature B6)."""
        ticked = [contact for word in form.all("contact") if (contact := as_uuid(word))]
        if not ticked or not form.get("sure"):
            return _ask(visitor, mailbox, books.search(host, visitor.actor, Book(mailbox)), ticked)
        books.remove(host, visitor.actor, Book(mailbox), ticked)
        return _back(mailbox)

    return [add, change, remove]


def nav_item(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the link beside "Nytt meddelande": to the book of the open mailbox, otherwise one's own (B1, B8, F24)."""
    url = _book_of(subject.get("mailbox"))
    return {"url": url, "text": "Adressbok", "icon": "book", "current": subject.get("folder") == FOLDER, "beside": True}


def tool(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - only the mailbox matters
    """Return the link of a mailbox's book icon: to the shared book of its members, or to one's own (F24, B1)."""
    return {"url": _book_of(subject["mailbox"])}


def _book_of(mailbox: FunctionMailbox | None) -> str:
    return contacts_url(mailbox.id if mailbox and mailbox.kind is MailboxKind.FUNCTION else None)


def contacts_url(mailbox_id: UUID | None, path: str = "") -> str:
    """Return the address of a book, or of a page in it."""
    return f"{CONTACTS}{path}" + (f"?{urlencode({'mailbox': mailbox_id})}" if mailbox_id else "")


def contact_form(
    visitor: Visitor,
    mailbox_id: UUID | None,
    contact_id: UUID | None,
    typed: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    """Show the form of a contact, a new one if `contact_id` is None, with each error at its field."""
    errors = {name: visitor.say(sentence) for name, sentence in (faults or {}).items()}
    context = {
        "typed": typed,
        "errors": errors,
        "action_url": contacts_url(mailbox_id, f"/{contact_id or 'new'}"),
        "is_new": contact_id is None,
    }
    return book_page(visitor, "contact.html", mailbox_id, context, 422 if errors else 200)


def _ask(
    visitor: Visitor,
    mailbox_id: UUID | None,
    matching: Sequence[Contact],
    ticked: Collection[UUID],
) -> Response[str]:
    """Ask for confirmation before deleting the ticked contacts, or say that none is ticked."""
    if ticked:
        ticked_contacts = [contact for contact in matching if contact.id in ticked]
        return book_page(visitor, "contacts_remove.html", mailbox_id, {"contacts": ticked_contacts})
    return _list(visitor, mailbox_id, matching, fault=visitor.say("Kryssa för dem som ska tas bort."))


def _list(
    visitor: Visitor, mailbox_id: UUID | None, matching: Sequence[Contact], q: str = "", fault: str = ""
) -> Response[str]:
    """Show a book, with links to the other books that the visitor may open."""
    with visitor.work() as work:
        boxes = [box for box in readable_mailboxes(work) if box.kind is MailboxKind.FUNCTION]
    shelf = [(contacts_url(box.id), box.name, box.id == mailbox_id) for box in boxes[:MOST_BOOKS]]
    context = {"contacts": matching, "q": q, "fault": fault, "shelf": shelf}
    return book_page(visitor, "contacts.html", mailbox_id, context, 422 if fault else 200)


def book_page(
    visitor: Visitor,
    template: str,
    mailbox_id: UUID | None,
    context: Mapping[str, Any],
    status: int = 200,
) -> Response[str]:
    """Show a page of a book, with the addresses of its other pages."""
    book: dict[str, Any] = {
        "mailbox": _mailbox(visitor, mailbox_id),
        "book_url": contacts_url(mailbox_id),
        "new_url": contacts_url(mailbox_id, "/new"),
        "remove_url": contacts_url(mailbox_id, "/remove"),
        "file_url": contacts_url(mailbox_id, "/file"),
        "edit_url": lambda contact: contacts_url(mailbox_id, f"/{contact.id}"),
        "personal_url": contacts_url(None),
        "actions": _actions(visitor, mailbox_id) if template == "contacts.html" else [],
    }
    template = f"addressbook/{template}"
    whole = {**book, **context}
    return plugin_page(visitor, template, whole, mailbox_id=mailbox_id, folder=FOLDER, status=status)


def _actions(visitor: Visitor, mailbox_id: UUID | None) -> list[tuple[str, Callable[[Contact], str]]]:
    """Return the actions of other plugins for a contact: the text of the link, and its address for each contact."""
    mailbox = {"mailbox": str(mailbox_id)} if mailbox_id else {}

    def at(path: str) -> Callable[[Contact], str]:
        return lambda contact: f"{path}?{urlencode({'to': contact.fields.email, **mailbox})}"

    answers = visitor.platform.plugins.call_hook("addressbook_contact_action")
    return [(visitor.say(text), at(path)) for text, path in (of.thing for of in answers)]


def _mailbox(visitor: Visitor, mailbox_id: UUID | None) -> FunctionMailbox | None:
    with visitor.work() as work:
        return None if mailbox_id is None else find_mailbox(work, mailbox_id).mailbox


def _typed(form: Form) -> dict[str, str]:
    typed = {name: form.get(name) for name in (*FIELDS, "identifier")}
    return typed if form.get("identifier") != "none" else typed | {"personnummer": ""}


def _back(mailbox_id: UUID | None) -> Response[Any]:
    return Redirect(contacts_url(mailbox_id), status_code=303)
