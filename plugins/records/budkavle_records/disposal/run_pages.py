"""The pages of disposal: runs, what each would destroy and what is held back, requests, and protocols."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import ActorScope, Host, Invalid, NotFound, Sentence, as_uuid, record, write_csv
from budkavle.accounts import all_mailboxes, require_admin
from budkavle.web import Form, Visitor, require_authority
from budkavle_records.disposal import runs
from budkavle_records.disposal.protocols import list_protocols, read_protocol
from budkavle_records.disposal.runs import Run, Tally
from budkavle_records.disposal.working import progress
from budkavle_records.frame import N_, PATH, SHOWN, numbered, records_page
from budkavle_records.schedule.kinds import current_plan, kinds_by_id

RUNS = f"{PATH}/runs"
TAB = "runs"
AGAIN = N_("Visa vem du är, innan du ber om en gallring.")
STATES = {
    runs.COLLECTING: (N_("Listan tas fram"), "wait"),
    runs.READY: (N_("Listan är klar"), "info"),
    runs.ASKED: (N_("Väntar på godkännande"), "wait"),
    runs.RUNNING: (N_("Gallrar"), "wait"),
    runs.DONE: (N_("Klar"), "ok"),
    runs.DROPPED: (N_("Avbruten"), "plain"),
}
OUTCOMES = {
    runs.DUE: N_("Gallras"),
    runs.HELD: N_("Hålls kvar"),
    runs.UNKNOWN: N_("Går inte att bedöma"),
    runs.DESTROYING: N_("Gallras"),
    runs.DESTROYED: N_("Gallrat"),
    runs.KEPT: N_("Hölls kvar"),
    runs.GONE: N_("Fanns inte längre"),
}
VIEWS = {
    "": tuple(OUTCOMES),
    "go": (runs.DUE, runs.DESTROYING, runs.DESTROYED),
    "stay": (runs.HELD, runs.UNKNOWN, runs.KEPT, runs.GONE),
}
"""The outcomes shown by each view of a run."""
MOST = 200_000
"""The most rows in a file."""


def router(host: Host) -> Router:
    """Return the routes."""
    return Router("", route_handlers=[*_reading(host), *_changing(host), *_files(host)])


def _reading(host: Host) -> list[Any]:
    @get(RUNS, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], page: FromQuery[int] = 1) -> Response[str]:
        """Show the runs and their protocols, the latest first."""
        require_admin(visitor.actor)
        return _list_page(host, visitor, min(max(1, page), 10_000))

    @get(f"{RUNS}/{{run_id:uuid}}", sync_to_thread=True)
    def one(
        visitor: NamedDependency[Visitor],
        run_id: FromPath[UUID],
        view: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        page: FromQuery[int] = 1,
    ) -> Response[str]:
        """Show a run: what would be destroyed and what is held back, by kind and case by case."""
        require_admin(visitor.actor)
        place = (view if view in VIEWS else "", as_uuid(kind), min(max(1, page), 10_000))
        return _run_page(host, visitor, run_id, place)

    return [show, one]


def _changing(host: Host) -> list[Any]:
    @post(RUNS, sync_to_thread=True)
    def begin(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:  # noqa: ARG001
        """Start a run: its list is made, and nothing is destroyed."""
        with host.work(visitor.actor) as work:
            run_id = runs.begin_run(host, work)
        return Redirect(f"{RUNS}/{run_id}", status_code=303)

    @post(f"{RUNS}/{{run_id:uuid}}/ask", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], form: NamedDependency[Form], run_id: FromPath[UUID]) -> Response[Any]:
        """Ask a second person to approve the run."""
        require_authority(visitor, AGAIN)
        try:
            with host.work(visitor.actor) as work:
                runs.ask_run(host, work, run_id, form.get("reason"))
        except Invalid as error:
            fields = error.fields or {"reason": error.sentence}
            return _run_page(host, visitor, run_id, ("", None, 1), form, fields)
        return Redirect(f"{RUNS}/{run_id}", status_code=303)

    @post(f"{RUNS}/{{run_id:uuid}}/drop", sync_to_thread=True)
    def drop(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        run_id: FromPath[UUID],
    ) -> Response[Any]:
        """End a run that has not been approved."""
        with host.work(visitor.actor) as work:
            runs.drop_run(host, work, run_id)
        return Redirect(RUNS, status_code=303)

    return [begin, ask, drop]


def _files(host: Host) -> list[Any]:
    @get(f"{RUNS}/{{run_id:uuid}}/cases.csv", sync_to_thread=True)
    def give_csv(visitor: NamedDependency[Visitor], run_id: FromPath[UUID]) -> Response[bytes]:
        """Return all cases of a run as a CSV file."""
        require_admin(visitor.actor)
        with host.work(visitor.actor) as work:
            run = runs.find_run(host, work, run_id)
            rows = runs.cases_of_run(host, work, run_id, tuple(OUTCOMES), None, (MOST, 0))
        shown = _rows(host, visitor, run, rows)
        names = ("Ärende", "Brevlåda", "Handlingstyp", "Vad som händer", "Skäl", "Av", "Meddelanden", "Byte")
        head = tuple(visitor.say(name) for name in names)
        lines = [
            tuple(row[name] for name in ("number", "mailbox", "kind", "outcome", "why", "by", "messages", "size"))
            for row in shown
        ]
        return _file(write_csv([head, *lines]), "text/csv", f"gallring-{run.number}.csv")

    @get(f"{RUNS}/{{run_id:uuid}}/protocol/{{file_kind:str}}", sync_to_thread=True)
    def give_protocol(
        visitor: NamedDependency[Visitor], run_id: FromPath[UUID], file_kind: FromPath[str]
    ) -> Response[bytes]:
        """Return the protocol of a run as signed JSON or PDF."""
        require_admin(visitor.actor)
        if file_kind not in {"json", "pdf"}:
            raise NotFound("Sidan finns inte.")
        with host.work(visitor.actor) as work:
            number, content = read_protocol(host, work, run_id, file_kind)
            record(work, "records.protocol-fetched", run_id, number=str(number))
        kind = "application/pdf" if file_kind == "pdf" else "application/json"
        return _file(content, kind, f"gallringsprotokoll-{number}.{file_kind}")

    return [give_csv, give_protocol]


def _list_page(host: Host, visitor: Visitor, page: int) -> Response[str]:
    with host.work(visitor.actor) as work:
        every = runs.list_runs(host, work, SHOWN, (page - 1) * SHOWN)
        total = runs.count_runs(host, work)
        plan = current_plan(host, work)
        signed = {protocol.run_id for protocol in list_protocols(host, work, SHOWN, (page - 1) * SHOWN)}
    context = {
        "path": RUNS,
        "plan_path": PATH,
        "plan": plan,
        "runs": [{"run": run, "state": _state(visitor, run), "has_protocol": run.id in signed} for run in every],
        "may_begin": plan is not None and not any(run.state not in {runs.DONE, runs.DROPPED} for run in every),
        "paging": numbered(total, page, f"{RUNS}?"),
    }
    return records_page(visitor, "runs.html", TAB, context)


def _run_page(
    host: Host,
    visitor: Visitor,
    run_id: UUID,
    place: tuple[str, UUID | None, int],
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    view, kind_id, page = place
    with host.work(visitor.actor) as work:
        run = runs.find_run(host, work, run_id)
        counts = runs.tallies(host, work, run_id)
        rows = runs.cases_of_run(host, work, run_id, VIEWS[view], kind_id, (SHOWN, (page - 1) * SHOWN))
        handled, listed = progress(host, work, run)
        kinds = kinds_by_id(host, work, run.plan_version)
        is_waiting = runs.is_waiting(work, run) if run.state == runs.ASKED else False
    total = sum(tally.cases for tally in counts if tally.outcome in VIEWS[view] and kind_id in {None, tally.kind_id})
    query = f"view={view}&kind={kind_id or ''}"
    field_faults = visitor.say_all(faults)
    context = {
        "path": f"{RUNS}/{run.id}",
        "list_path": RUNS,
        "run": run,
        "state": _state(visitor, run),
        "by_kind": _by_kind(visitor, counts, kinds),
        "rows": _rows(host, visitor, run, rows),
        "view": view,
        "kind_id": str(kind_id or ""),
        "paging": numbered(total, page, f"{RUNS}/{run.id}?{query}"),
        "listed": listed,
        "done": handled,
        "due": sum(tally.cases for tally in counts if tally.outcome == runs.DUE),
        "expires_days": runs.EXPIRES.days,
        "is_waiting": is_waiting,
        "is_over": run.state == runs.ASKED and not is_waiting,
        "has_protocol": run.state == runs.DONE,
        "typed": form.get("reason") if form else "",
        "fault": field_faults,
        "faults": list(field_faults.items()),
    }
    return records_page(visitor, "run.html", TAB, context, 422 if field_faults else 200)


def _by_kind(visitor: Visitor, counts: Sequence[Tally], kinds: Mapping[UUID, Any]) -> list[dict[str, Any]]:
    """Return for each kind how many cases are destroyed, and how many are held back or cannot be checked."""
    rows: dict[UUID | None, dict[str, Any]] = {}
    for tally in counts:
        kind = kinds.get(tally.kind_id) if tally.kind_id else None
        name = kind.label if kind else visitor.say("Finns inte i planen")
        row = rows.setdefault(
            tally.kind_id,
            {
                "id": str(tally.kind_id or ""),
                "name": name,
                "decision": kind.decision if kind else "",
                "go": 0,
                "stay": 0,
            },
        )
        row["go" if tally.outcome in VIEWS["go"] else "stay"] += tally.cases
    return sorted(rows.values(), key=lambda row: row["name"])


def _rows(host: Host, visitor: Visitor, run: Run, rows: Sequence[Any]) -> list[dict[str, Any]]:
    with host.work(host.system(visitor.actor.organisation_id, ActorScope.READ)) as work:
        mailboxes = {mailbox.id: mailbox.name for mailbox in all_mailboxes(work)}
        kinds = kinds_by_id(host, work, run.plan_version)
    return [
        {
            "number": row.number,
            "mailbox": mailboxes.get(row.mailbox_id, "–"),
            "kind": kinds[row.kind_id].label if row.kind_id in kinds else "–",
            "outcome": visitor.say(OUTCOMES[row.outcome]),
            "goes": row.outcome in VIEWS["go"],
            "why": visitor.say(Sentence.from_stored(row.why)),
            "by": "" if row.held_by in {"", "records"} else row.held_by,
            "messages": row.messages,
            "size": row.size,
        }
        for row in rows
    ]


def _state(visitor: Visitor, run: Run) -> tuple[str, str]:
    text, kind = STATES[run.state]
    return visitor.say(text), kind


def _file(content: bytes, kind: str, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=kind, headers=headers)
