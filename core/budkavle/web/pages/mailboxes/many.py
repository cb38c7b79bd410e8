"""Many function mailboxes at once: a CSV file with a preview of each row, and all mailboxes as such a file."""

import base64
import binascii
import zlib
from collections.abc import Generator
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from budkavle.accounts.bulk.mailboxes import (
    COLUMNS,
    ImportPlan,
    PlannedRow,
    export_rows,
    import_mailboxes,
    plan_import,
)
from budkavle.accounts.permissions import require_admin
from budkavle.csv_files import MAX_BYTES, write_csv
from budkavle.model.errors import Conflict, Invalid
from budkavle.storage import audit
from budkavle.web.auth import Visitor, check_own
from budkavle.web.http.forms import Form, WebRequest, read_multipart
from budkavle.web.views.layout import page

PATH = "/mailboxes/import"
ROWS_A_PAGE = 100
STALE = "Filen kom inte fram helt. Välj den igen."


@get(PATH, sync_to_thread=True)
def ask_file(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the form for a file, with the columns that it may have (feature OX2)."""
    require_admin(visitor.actor)
    return _ask_page(visitor)


async def find_posted(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form with its file into memory, and check that it belongs to an administrator's session."""
    require_admin(visitor.actor)
    form = await read_multipart(request, _in_memory)
    check_own(request, visitor, form)
    return form


@post(PATH, status_code=200, sync_to_thread=True, dependencies={"posted": Provide(find_posted)})
def preview(visitor: NamedDependency[Visitor], posted: NamedDependency[Form]) -> Response[str]:
    """Show what each row of a file would do, and its errors; nothing is stored (feature OX2)."""
    if not posted.files and not posted.get("content"):
        return _ask_page(visitor, visitor.say("Välj en CSV-fil."), 422)
    try:
        content = posted.files[0] if posted.files else _unpacked(posted.get("content"))
        with visitor.work() as work:
            plan = plan_import(work, content)
    except Invalid as error:
        return _ask_page(visitor, visitor.say(error.message, **error.facts), 422)
    if not plan.rows:
        return _ask_page(visitor, visitor.say("Filen har inga rader under rubrikerna."), 422)
    return _preview_page(visitor, content, plan, posted)


@post(f"{PATH}/confirm", sync_to_thread=True)
def confirm(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Import the rows without errors, if there are still as many as in the preview (features O14, OX2)."""
    require_admin(visitor.actor)
    content, count = _unpacked(form.get("content")), form.get("told")
    try:
        with visitor.work() as work:
            import_mailboxes(
                work, content, int(count) if count.isascii() and count.isdecimal() and len(count) < 10 else 0
            )
    except Conflict as error:
        with visitor.work() as work:
            plan = plan_import(work, content)
        return _preview_page(visitor, content, plan, form, visitor.say(error.sentence), error.status)
    return Redirect("/mailboxes?said=imported", status_code=303)


@post("/mailboxes/export", sync_to_thread=True, status_code=200)
def export(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
) -> Response[bytes]:
    """Export all mailboxes with their users as a CSV file (feature OX2)."""
    require_admin(visitor.actor)
    with visitor.work() as work:
        content = write_csv(export_rows(work))
        audit.record(work, "mailboxes.exported")
    headers = {"content-disposition": 'attachment; filename="brevlador.csv"', "cache-control": "no-store"}
    return Response(content, media_type="text/csv", headers=headers)


def _in_memory(_name: str, _kind: str) -> Generator[None, bytes, bytes]:
    content = bytearray()
    while piece := (yield):
        content += piece
        if len(content) > MAX_BYTES:
            break  # `read_csv` reports that it is too large
    return bytes(content)


def _ask_page(visitor: Visitor, fault: str = "", status: int = 200) -> Response[str]:
    swedish = visitor.language == "sv"
    headings = [column.headings[0 if swedish else 1].capitalize() for column in COLUMNS]
    context = {"fault": fault, "headings": headings}
    return page(visitor, "pages/mailboxes_import.html", context, folder="mailboxes", status=status)


def _preview_page(
    visitor: Visitor, content: bytes, plan: ImportPlan, form: Form, fault: str = "", status: int = 200
) -> Response[str]:
    only_faults = bool(form.get("faulty"))
    rows = [row for row in plan.rows if row.faults or not only_faults]
    start = form.get("from")
    begin = int(start) if start.isascii() and start.isdecimal() and int(start[:6]) < len(rows) else 0
    right = plan.right
    context = {
        "fault": fault,
        "content": base64.b64encode(zlib.compress(content, 9)).decode("ascii"),
        "unused": plan.unused,
        "rows": [_shown(visitor, row) for row in rows[begin : begin + ROWS_A_PAGE]],
        "first": begin + 1,
        "total": len(rows),
        "previous": max(begin - ROWS_A_PAGE, 0) if begin else None,
        "following": begin + ROWS_A_PAGE if begin + ROWS_A_PAGE < len(rows) else None,
        "only_faults": only_faults,
        "right": len(right),
        "wrong": len(plan.rows) - len(right),
        "made": sum(row.is_new for row in right),
        "members": sum(len(row.members) for row in right),
    }
    return page(visitor, "pages/mailboxes_preview.html", context, folder="mailboxes", status=status)


def _shown(visitor: Visitor, row: PlannedRow) -> dict[str, Any]:
    does = visitor.say("Skapas") if row.is_new else visitor.say("Ändras") if row.changes else visitor.say("Finns")
    return {
        "line": row.line,
        "name": row.name,
        "does": does,
        "kind": "info" if row.is_new or row.changes else "plain",
        "members": len(row.members),
        "administrators": len(row.administrators),
        "takes_rest": row.takes_rest,
        "faults": [visitor.say(fault) for fault in row.faults],
    }


def _unpacked(text: str) -> bytes:
    """Decompress the file that the preview page carries.

    Raises:
        Invalid: It does not come from a preview.
    """
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(base64.b64decode(text, validate=True), MAX_BYTES + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Invalid(STALE) from error
    if not content:
        raise Invalid(STALE)
    return content


HANDLERS = [ask_file, preview, confirm, export]
