"""The pages of the schedule: its kinds, its versions, and importing a new one."""

import base64
import binascii
import zlib
from collections.abc import Generator, Mapping
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Host, Invalid, write_csv
from budkavle.accounts import require_admin
from budkavle.web import Form, Visitor, WebRequest, read_multipart
from budkavle_records.frame import PATH, SHOWN, numbered, records_page
from budkavle_records.schedule.kinds import Kind, current_plan, find_plan, list_kinds, list_plans, period_words
from budkavle_records.schedule.plan_files import HEADINGS, PlanFile, PlannedKind, export_rows, import_plan, read_plan

TAB = "schedule"
MAX_BYTES = 5_000_000
STALE = "Filen kom inte fram helt. Välj den igen."
SAID = {"imported": "Den nya versionen av hanteringsplanen gäller nu."}


def router(host: Host) -> Router:
    """Return the routes for the schedule."""
    return Router("", route_handlers=[*_of_plan(host), *_of_import(host)])


def _of_plan(host: Host) -> list[Any]:
    @get(PATH, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        version: FromQuery[int] = 0,
        page: FromQuery[int] = 1,
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show the kinds of a version of the schedule; the latest version is the default."""
        require_admin(visitor.actor)
        return _plan_page(host, visitor, version, max(1, page), said)

    @get(f"{PATH}/versions/{{version:int}}/plan.csv", sync_to_thread=True)
    def give_csv(visitor: NamedDependency[Visitor], version: FromPath[int]) -> Response[bytes]:
        """Return a version as a CSV file that can be imported again."""
        require_admin(visitor.actor)
        with host.work(visitor.actor) as work:
            content = write_csv(export_rows(host, work, version))
        headers = {"content-disposition": f'attachment; filename="hanteringsplan-{version}.csv"'}
        return Response(content, media_type="text/csv", headers=headers)

    return [show, give_csv]


def _of_import(host: Host) -> list[Any]:
    @get(f"{PATH}/import", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the form for a file, with the columns that it must have."""
        require_admin(visitor.actor)
        return _ask_page(visitor)

    @post(f"{PATH}/import", status_code=200, sync_to_thread=True, dependencies={"posted": Provide(_posted)})
    def preview(visitor: NamedDependency[Visitor], posted: NamedDependency[Form]) -> Response[str]:
        """Show each row of a file and its faults; nothing is stored."""
        if not posted.files and not posted.get("content"):
            return _ask_page(visitor, visitor.say("Välj en CSV-fil."), 422)
        try:
            content = posted.files[0] if posted.files else _unpacked(posted.get("content"))
            with host.work(visitor.actor) as work:
                file = read_plan(host, work, content)
        except Invalid as error:
            return _ask_page(visitor, visitor.say(error.message, **error.facts), 422)
        return _preview_page(visitor, content, file, posted)

    @post(f"{PATH}/import/confirm", sync_to_thread=True, asks_fresh=True)
    def confirm(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Create the new version, if the file is the one that was shown."""
        require_admin(visitor.actor)
        content = _unpacked(form.get("content"))
        with host.work(visitor.actor) as work:
            import_plan(host, work, content, form.get("shown"))
        return Redirect(f"{PATH}?said=imported", status_code=303)

    return [ask, preview, confirm]


async def _posted(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form with its file into memory, and check that it belongs to an administrator's session."""
    require_admin(visitor.actor)
    form = await read_multipart(request, _in_memory)
    visitor.check_form(form)
    return form


def _in_memory(_name: str, _kind: str) -> Generator[None, bytes, bytes]:
    content = bytearray()
    while piece := (yield):
        content += piece
        if len(content) > MAX_BYTES:
            break  # `read_csv` reports that it is too large
    return bytes(content)


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")


def _unpacked(text: str) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(base64.b64decode(text, validate=True), MAX_BYTES + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Invalid(STALE) from error
    if not content or not (unpacker.eof or len(content) > MAX_BYTES):
        raise Invalid(STALE)
    return content


def _plan_page(host: Host, visitor: Visitor, version: int, page: int, said: str) -> Response[str]:
    with host.work(visitor.actor) as work:
        plan = find_plan(host, work, version) if version else current_plan(host, work)
        every = list_kinds(host, work, plan.version) if plan else []
        versions = list_plans(host, work)
    first = (page - 1) * SHOWN
    context = {
        "path": PATH,
        "plan": plan,
        "is_current": plan is not None and plan.version == versions[0].version,
        "versions": versions,
        "kinds": [_shown(visitor, kind) for kind in every[first : first + SHOWN]],
        "paging": numbered(len(every), page, f"{PATH}?version={plan.version if plan else 0}"),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return records_page(visitor, "schedule.html", TAB, context)


def _shown(visitor: Visitor, kind: Kind) -> Mapping[str, Any]:
    archive = ""
    if kind.archive_years:
        archive = visitor.say("Till arkiv efter {years} år", years=kind.archive_years)
    return {
        "klass": kind.klass,
        "name": kind.name,
        "time": visitor.say(period_words(kind)),
        "preserve": kind.preserve,
        "archive": archive,
        "period": kind.period,
        "ground": kind.legal_ground,
        "decision": kind.decision,
        "remark": kind.remark,
    }


def _ask_page(visitor: Visitor, fault: str = "", status: int = 200) -> Response[str]:
    return records_page(
        visitor,
        "schedule_import.html",
        TAB,
        {"fault": fault, "path": PATH, "columns": {name: name for name in HEADINGS}},
        status,
    )


def _preview_page(visitor: Visitor, content: bytes, file: PlanFile, form: Form) -> Response[str]:
    only_faults = bool(form.get("faulty"))
    rows = [row for row in file.rows if row.faults or not only_faults]
    start = form.get("from")
    begin = int(start) if start.isascii() and start.isdecimal() and int(start[:6]) < len(rows) else 0
    context = {
        "path": PATH,
        "content": _packed(content),
        "shown": file.sha256,
        "unused": file.unused,
        "rows": [_planned(visitor, row) for row in rows[begin : begin + SHOWN]],
        "first": begin + 1,
        "total": len(rows),
        "previous": max(begin - SHOWN, 0) if begin else None,
        "following": begin + SHOWN if begin + SHOWN < len(rows) else None,
        "only_faults": only_faults,
        "kinds": len(file.rows),
        "faulty": file.faulty,
        "new": sum(row.is_new for row in file.rows),
        "removed": [kind.label for kind in file.removed[:SHOWN]],
        "removed_count": len(file.removed),
    }
    return records_page(visitor, "schedule_preview.html", TAB, context)


def _planned(visitor: Visitor, row: PlannedKind) -> Mapping[str, Any]:
    return {
        "line": row.line,
        "klass": row.kind.klass,
        "name": row.kind.name,
        "time": "" if row.faults else visitor.say(period_words(row.kind)),
        "is_new": row.is_new,
        "faults": [visitor.say(fault) for fault in row.faults],
    }
