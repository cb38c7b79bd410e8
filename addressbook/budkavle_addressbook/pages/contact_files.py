"""Import and export of contacts as files, with a preview of every row (feature E28)."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle import Host, Invalid
from budkavle.web import Form, Visitor, WebRequest, check_token, read_multipart
from budkavle_addressbook.contacts import books, files
from budkavle_addressbook.contacts.books import Book
from budkavle_addressbook.contacts.contact import Fields
from budkavle_addressbook.contacts.files import ImportRow
from budkavle_addressbook.pages.contacts import CONTACTS, book_page, contacts_url

SHOWN = 50
FORMATS = {
    "csv": (files.to_csv, "text/csv", "kontakter.csv"),
    "vcard": (files.to_vcard, "text/vcard", "kontakter.vcf"),
}


def router(host: Host) -> Router:
    """Return the routes of files."""
    return Router("", route_handlers=[*_in(host), _out(host)])


def _in(host: Host) -> list[HTTPRouteHandler]:
    @get(f"{CONTACTS}/file", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], mailbox: FromQuery[UUID | None] = None) -> Response[str]:
        """Ask for a file, and offer the book as one."""
        return _ask_page(host, visitor, mailbox)

    @post(f"{CONTACTS}/file", sync_to_thread=True, status_code=200, dependencies={"posted": Provide(_posted)})
    def preview(
        visitor: NamedDependency[Visitor], posted: NamedDependency[Form], mailbox: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """Show each row of a file and its errors. Nothing is stored."""
        present = _present(host, visitor, mailbox)
        try:
            if posted.files:
                rows = files.read_file(posted.files[0], present)
            else:
                rows = files.unpack_rows(posted.get("packed"), present) if posted.get("packed") else []
        except Invalid as error:
            return _ask_page(host, visitor, mailbox, visitor.say(error.message, **error.facts))
        if not rows:
            return _ask_page(host, visitor, mailbox, visitor.say("Välj en fil."))
        return _preview_page(visitor, mailbox, rows, posted.get("from"))

    @post(f"{CONTACTS}/file/save", sync_to_thread=True, status_code=200)
    def save(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox: FromQuery[UUID | None] = None
    ) -> Response[Any]:
        """Add the contacts that were shown as new, all of them or none."""
        try:
            rows = files.unpack_rows(form.get("packed"), _present(host, visitor, mailbox))
            fields = [row.fields for row in rows if row.fields and row.is_new]
            books.add_many(host, visitor.actor, Book(mailbox), fields)
        except Invalid as error:
            return _ask_page(host, visitor, mailbox, visitor.say(error.message, **error.facts))
        return Redirect(contacts_url(mailbox), status_code=303)

    return [ask, preview, save]


def _out(host: Host) -> HTTPRouteHandler:
    @post(f"{CONTACTS}/file/export", sync_to_thread=True, status_code=200)
    def export(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox: FromQuery[UUID | None] = None
    ) -> Response[bytes]:
        """Return the book as a file, and note it in the event log."""
        write, media_type, name = FORMATS.get(form.get("format"), FORMATS["csv"])
        every = books.search(host, visitor.actor, Book(mailbox))
        books.note_export(host, visitor.actor, Book(mailbox), len(every))
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(write(every, numbers=bool(form.get("numbers"))), media_type=media_type, headers=headers)

    return export


async def _posted(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form with its file into memory, and check that it belongs to the visitor's session."""
    form = await read_multipart(request, _in_memory)
    check_token(form, visitor.session.csrf, request.headers.get("x-csrf"))
    return form


def _in_memory(_name: str, _kind: str) -> Generator[None, bytes, bytes]:
    content = bytearray()
    while piece := (yield):
        content += piece
        if len(content) > files.MAX_BYTES:
            break  # `read_file` reports that it is too large
    return bytes(content)


def _present(host: Host, visitor: Visitor, mailbox_id: UUID | None) -> list[Fields]:
    return [contact.fields for contact in books.search(host, visitor.actor, Book(mailbox_id))]


def _ask_page(host: Host, visitor: Visitor, mailbox_id: UUID | None, fault: str = "") -> Response[str]:
    context = {
        **_urls(mailbox_id),
        "fault": fault,
        "most": files.MOST,
        "headings": ", ".join(files.HEADINGS),
        "count": len(_present(host, visitor, mailbox_id)),
    }
    return book_page(visitor, "contact_file.html", mailbox_id, context, 422 if fault else 200)


def _preview_page(visitor: Visitor, mailbox_id: UUID | None, rows: Sequence[ImportRow], start: str) -> Response[str]:
    first = int(start) if start.isascii() and start.isdecimal() and len(start) < 6 and int(start) < len(rows) else 0
    context = {
        **_urls(mailbox_id),
        "rows": [_row(visitor, row) for row in rows[first : first + SHOWN]],
        "packed": files.pack_rows(rows),
        "new": sum(row.is_new for row in rows),
        "wrong": sum(bool(row.faults) for row in rows),
        "present": sum(row.exists for row in rows),
        "first": first + 1,
        "last": min(first + SHOWN, len(rows)),
        "total": len(rows),
        "previous": max(first - SHOWN, 0) if first else None,
        "next": first + SHOWN if first + SHOWN < len(rows) else None,
    }
    return book_page(visitor, "contact_rows.html", mailbox_id, context)


def _row(visitor: Visitor, row: ImportRow) -> dict[str, Any]:
    names = ("name", "email", "phone", "fax")
    shown = {name: getattr(row.fields, name) if row.fields else row.typed.get(name, "") for name in names}
    faults = [visitor.say(fault) for fault in row.faults]
    has_number = bool(row.typed.get("personnummer", "").strip())
    return {**shown, "line": row.line, "faults": faults, "exists": row.exists, "has_number": has_number}


def _urls(mailbox_id: UUID | None) -> Mapping[str, str]:
    return {
        "file_url": contacts_url(mailbox_id, "/file"),
        "save_url": contacts_url(mailbox_id, "/file/save"),
        "export_url": contacts_url(mailbox_id, "/file/export"),
    }
