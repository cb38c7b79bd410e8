"""Adding users: by hand, by an invitation, and from a file with a preview of every row (features O2, OX2).

The preview stores nothing. It contains the file itself, compressed, and its hash. Confirming reads the file again,
compares the hash, and validates every row again.
"""

import base64
import binascii
import gzip
import io
import zlib
from collections.abc import Generator, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from budkavle.accounts.permissions import require_admin
from budkavle.csv_files import MAX_BYTES, CsvFile, read_csv, write_csv
from budkavle.identification import new_accounts
from budkavle.identification.mail_links import invitations
from budkavle.identification.new_accounts import COLUMNS, TEMPLATE, ImportRow, NewAccount
from budkavle.model.errors import Conflict, Invalid, TooLarge
from budkavle.model.people import Role
from budkavle.organisation.licences import BeyondLicence, one_more, require_confirmed
from budkavle.organisation.usage import UsageKind
from budkavle.web.auth import Visitor, check_own
from budkavle.web.http.forms import Form, WebRequest, read_multipart
from budkavle.web.pages.organisation.user_changes import require_authority
from budkavle.web.pages.organisation.users import HERE, may_change, roles_to_give, step_up_to
from budkavle.web.views.layout import page

NEW, IMPORT = f"{HERE}/new", f"{HERE}/import"
SHOWN = 50
FIELDS = ("name", "email", "role", "language", "personnummer", "open")


@get(NEW, sync_to_thread=True)
def show_new(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the form for one new account."""
    require_admin(visitor.actor)
    blank = dict.fromkeys(FIELDS, "")
    return _new_page(visitor, blank | {"role": Role.USER.value, "language": "sv", "open": "invite"})


@post(NEW, sync_to_thread=True)
def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Add one account, open at once or by invitation."""
    require_authority(visitor)
    typed = {name: form.get(name) for name in FIELDS}
    by_invitation = typed["open"] == "invite"
    try:
        with visitor.work() as work:
            over = None if form.get("over_licence") else one_more(work, UsageKind.USERS)
            made = new_accounts.add_account(work, _account(typed))
            require_confirmed(over)  # last, so that the errors of the form are told first
    except BeyondLicence as asked:
        return _new_page(visitor, typed, status=409, over=visitor.say(asked.sentence))
    except (Invalid, Conflict) as error:
        fields = error.fields or {"personnummer" if isinstance(error, Conflict) else "email": error.sentence}
        faults = [(name, visitor.say(sentence)) for name, sentence in fields.items()]
        return _new_page(visitor, typed, faults, status=422)
    return Redirect(f"{HERE}/{made.id}?said={'invited' if by_invitation else 'added'}", status_code=303)


@get(IMPORT, sync_to_thread=True)
def show_import(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the form for a file of accounts."""
    require_admin(visitor.actor)
    return _import_page(visitor)


@get(f"{IMPORT}/template.csv", sync_to_thread=True)
def template(visitor: NamedDependency[Visitor]) -> Response[bytes]:
    """Return a template file with the headings and an example row."""
    require_admin(visitor.actor)
    headers = {"content-disposition": "attachment; filename=budkavle-users.csv"}
    return Response(write_csv(TEMPLATE), media_type="text/csv", headers=headers)


async def find_file_form(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read a form with a file, and check that its token belongs to the visitor's session."""
    form = await read_multipart(request, _in_memory)
    check_own(request, visitor, form)
    return form


@post(IMPORT, sync_to_thread=True, dependencies={"form": Provide(find_file_form)})
def preview(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Show every row of a file with its errors; nothing is stored."""
    require_authority(visitor)
    try:
        content = form.files[-1] if form.files else unpack(form.get("packed"))
        return _preview_page(visitor, content, form)
    except (Invalid, TooLarge) as error:
        return _import_page(visitor, [("file", visitor.say(error.sentence))], status=422)


@post(f"{IMPORT}/save", sync_to_thread=True)
def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Add the accounts of the shown file, for all rows without errors, or none."""
    require_authority(visitor)
    try:
        content, file = _same_file(form)
    except Invalid as error:
        return _import_page(visitor, [("file", visitor.say(error.sentence))], status=422)
    try:
        with visitor.work() as work:
            rows = new_accounts.read_rows(work, file, by_invitation=bool(form.get("invite")))
            new_accounts.add_rows(work, rows)
    except Invalid as error:
        return _preview_page(visitor, content, form, fault=visitor.say(error.sentence), status=422)
    return Redirect(f"{HERE}?said=imported", status_code=303)


def pack(content: bytes) -> str:
    """Encode a file as text for a hidden field."""
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


def unpack(packed: str) -> bytes:
    """Decode the file of a hidden field.

    Raises:
        Invalid: It is missing or damaged, or the file is too large.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(base64.b64decode(packed, validate=True))) as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error, binascii.Error) as error:
        raise Invalid("Välj en fil.") from error
    if not content or len(content) > MAX_BYTES:
        raise Invalid("Välj en fil.")
    return content


def _account(typed: dict[str, str]) -> NewAccount:
    if typed["role"] not in set(Role):
        raise Invalid("Kontot kunde inte sparas.", fields={"role": "Välj en roll ur listan."})
    by_invitation = typed["open"] == "invite"
    words = (typed["name"], typed["email"], Role(typed["role"]), typed["language"], typed["personnummer"])
    return NewAccount(*words, by_invitation=by_invitation)


def _same_file(form: Form) -> tuple[bytes, CsvFile]:
    """Return the file, if it is the one that was shown.

    Raises:
        Invalid: It is another file, or missing.
    """
    content = unpack(form.get("packed"))
    file = read_csv(content, COLUMNS)
    if file.sha256 != form.get("sha256"):
        raise Invalid("Filen är inte den som visades. Välj den igen.")
    return content, file


def _in_memory(name: str, content_type: str) -> Generator[None, bytes, bytes]:  # noqa: ARG001 - only its content counts
    content = bytearray()
    while piece := (yield):
        content += piece
        if len(content) > MAX_BYTES:
            raise TooLarge("Filen är för stor. Den får ha högst {size} MB.", size=MAX_BYTES // 1_000_000)
    return bytes(content)


def _new_page(
    visitor: Visitor,
    typed: dict[str, str],
    faults: Sequence[tuple[str, str]] = (),
    *,
    status: int = 200,
    over: str = "",
) -> Response[str]:
    context = {
        "over": over,
        "typed": typed,
        "faults": list(faults),
        "fault": dict(faults),
        "roles": roles_to_give(visitor),
        "can_invite": invitations.can_invite(visitor.platform),
        **_may(visitor, NEW),
    }
    return page(visitor, "pages/organisation_user_new.html", context, folder="organisation", status=status)


def _import_page(visitor: Visitor, faults: Sequence[tuple[str, str]] = (), *, status: int = 200) -> Response[str]:
    context = {"faults": list(faults), "fault": dict(faults), "most": new_accounts.MOST, **_may(visitor, IMPORT)}
    return page(visitor, "pages/organisation_user_import.html", context, folder="organisation", status=status)


def _preview_page(visitor: Visitor, content: bytes, form: Form, *, fault: str = "", status: int = 200) -> Response[str]:
    file = read_csv(content, COLUMNS)
    with visitor.work() as work:
        rows = new_accounts.read_rows(work, file)
    wrong = [row for row in rows if row.faults]
    only_wrong = bool(form.get("wrong"))
    listed = wrong if only_wrong else rows
    first = _first(form.get("from"), len(listed))
    context = {
        "rows": [_row(visitor, row) for row in listed[first : first + SHOWN]],
        "number": len(rows),
        "right": len(rows) - len(wrong),
        "wrong": len(wrong),
        "only_wrong": only_wrong,
        "first": first + 1,
        "last": min(first + SHOWN, len(listed)),
        "total": len(listed),
        "previous": max(first - SHOWN, 0) if first else None,
        "next": first + SHOWN if first + SHOWN < len(listed) else None,
        "can_invite": invitations.can_invite(visitor.platform),
        "invite": bool(form.get("invite")) or not form.get("packed"),
        "said_wrong": fault,
        **_file_fields(visitor, file, content),
    }
    return page(visitor, "pages/organisation_user_preview.html", context, folder="organisation", status=status)


def _file_fields(visitor: Visitor, file: CsvFile, content: bytes) -> dict[str, Any]:
    unused = ", ".join(file.unused)
    return {
        "packed": pack(content),
        "sha256": file.sha256,
        "read_as": visitor.say("Läst som {encoding}.", encoding=file.encoding.removesuffix("-sig").upper()),
        "unused": visitor.say("Kolumner som inte används: {names}.", names=unused) if unused else "",
    }


def _row(visitor: Visitor, row: ImportRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "name": row.name,
        "email": row.email,
        "role": row.role,
        "mailboxes": row.mailboxes,
        "has_number": row.has_number,
        "faults": [visitor.say(fault) for fault in row.faults],
    }


def _first(text: str, total: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(10**7)) else 0
    return number if number < total else 0


def _may(visitor: Visitor, path: str) -> dict[str, Any]:
    return {"may": may_change(visitor), "step_up": step_up_to(visitor, path)}


HANDLERS = [show_new, add, show_import, template, preview, save]
