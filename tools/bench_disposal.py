"""The speed of a run by the retention schedule, and of the archive's dry run, over 200,000 messages.

All cases have two messages, are closed, and have the kind of their mailbox. In every tenth case the answer is recent
and is kept. The list is made, requested by one administrator, approved by another, and processed as a worker does.
"""

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from bench_retention import cpu_spent
from bench_sealing import Figure
from bench_stage import PASSWORD, SENDER, Stage, stage
from sqlalchemy import text

from budkavle import Host, UserActor
from budkavle.accounts import mailboxes, users
from budkavle.approvals import approve
from budkavle.approvals.running import core_outboxes
from budkavle.model.people import Role
from budkavle.operations import outboxes
from budkavle.testing.bulk import add_old_messages
from budkavle_records.archive.transfers import Selection, plan_transfer
from budkavle_records.disposal.runs import COLLECTING, DONE, READY, ask_run, begin_run, find_run
from budkavle_records.disposal.working import work_on_runs
from budkavle_records.schedule.assignment import set_mailbox_kind
from budkavle_records.schedule.kinds import list_kinds
from budkavle_records.schedule.plan_files import import_plan

MESSAGES = 200_000
LEAST = 500.0
"""Messages per second for a run, and cases per second for its list."""
LIMIT_DRY_RUN = 5.0
"""How many seconds a person waits for the page with the contents of a transfer."""
PLAN = (
    "klass;handlingstyp;registrering;forvaring;gallringsfrist;frist_fran;frist_dagar;bevaras;till_arkiv_efter;"
    "sekretess;lagrum;beslut;anmarkning\r\n"
    "1;Gallras;hålls ordnad;Budkavle;90 dagar;sista_anteckning;90;nej;;;arkivlagen 10 §;KS 2025 § 41;\r\n"
    "2;Bevaras;hålls ordnad;Budkavle;bevaras;;;ja;5;;arkivlagen 10 §;KS 2025 § 41;\r\n"
).encode()


def measure(count: int = MESSAGES) -> Iterator[Figure]:
    """Yield the rates of a list and of a run over a number of messages, and the archive's dry run."""
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder,
        stage(Path(folder), plugins=("records",)) as made,
    ):
        actor, second = made.member(*SENDER), _second(made)
        if not isinstance(actor, UserActor):
            raise SystemExit("The bench's actor is nobody.")
        host = made.platform.plugins.host("records")
        with made.platform.work(made.installation.actor(actor.organisation_id)) as work:
            box = mailboxes.create_mailbox(work, "Gammalt").id
        due = add_old_messages(made.platform, actor.organisation_id, box, count, transport="sdk")
        with made.platform.database.transaction(actor.organisation_id) as connection:
            closed = (
                "UPDATE cases SET state = 'closed', closed_at = active_at, binned_at = NULL WHERE mailbox_id = :box"
            )
            connection.execute(text(closed), {"box": box})
        with made.platform.database.owner() as engine, engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        with host.work(actor) as work:
            import_plan(host, work, PLAN, hashlib.sha256(PLAN).hexdigest())
        yield from _dry_runs(host, actor, box, count)
        yield from _run(made, host, actor, second, box)
        _check(made, actor, box, count, due)


def _second(made: Stage) -> UserActor:
    """Return a second administrator of the organisation."""
    admin = made.installation.actor(made.installation.organisation(SENDER[0]))
    with made.platform.work(admin) as work:
        users.create_user(work, email="andra@bench.example", name="Sigrid Andra", password=PASSWORD, role=Role.ADMIN)
    user = users.account(made.platform, "andra@bench.example")
    if user is None:
        raise SystemExit("The bench's second administrator was not made.")
    return user.acting()


def _dry_runs(host: Host, actor: UserActor, box: UUID, count: int) -> Iterator[Figure]:
    """Select for the archive: all, of which a transfer takes its maximum, and what is due, which is nothing yet."""
    with host.work(actor) as work:
        keeps = next(kind for kind in list_kinds(host, work) if kind.preserve)
        set_mailbox_kind(host, work, box, keeps.id)
    for name, selection in (("all", Selection()), ("what is due, of which there is none", Selection(due_only=True))):
        begun = time.perf_counter()
        with host.work(actor) as work:
            planned = plan_transfer(host, work, selection)
        seconds = time.perf_counter() - begun
        yield {
            "name": f"archive, dry run over {count} messages: {name}",
            "value": round(seconds, 2),
            "unit": "s",
            "limit": LIMIT_DRY_RUN,
            "ratio": round(seconds / LIMIT_DRY_RUN, 2),
            "cases": len(planned.cases),
        }


def _run(made: Stage, host: Host, actor: UserActor, second: UserActor, box: UUID) -> Iterator[Figure]:
    with host.work(actor) as work:
        kind = next(kind for kind in list_kinds(host, work) if not kind.preserve)
        set_mailbox_kind(host, work, box, kind.id)
        run_id = begin_run(host, work)
    begun, cpu = time.perf_counter(), cpu_spent(made)
    judged = _work_while(host, actor, run_id, COLLECTING)
    yield _rate("the list of a run", judged, "cases/s", time.perf_counter() - begun, cpu_spent(made) - cpu)
    with host.work(actor) as work:
        if find_run(host, work, run_id).state != READY:
            raise SystemExit("The list of the run was not made.")
        request = ask_run(host, work, run_id, "Tiden har gått ut.").id
    with host.work(second) as work:
        approve(work, request)
    for queue, outbox in core_outboxes(made.platform, made.platform.plugins.approval_kinds).items():
        outboxes.run(made.platform, queue, outbox)
    begun, cpu = time.perf_counter(), cpu_spent(made)
    before = _left(made, actor, box)
    _work_while(host, actor, run_id, "running")
    gone = before - _left(made, actor, box)
    yield _rate("a run, messages destroyed", gone, "messages/s", time.perf_counter() - begun, cpu_spent(made) - cpu)
    with host.work(actor) as work:
        if find_run(host, work, run_id).state != DONE:
            raise SystemExit("The run was not done.")


def _work_while(host: Host, actor: UserActor, run_id: UUID, state: str) -> int:
    done = 0
    while True:
        with host.work(actor) as work:
            if find_run(host, work, run_id).state != state:
                return done
        done += work_on_runs(host)


def _left(made: Stage, actor: UserActor, box: UUID) -> int:
    query = "SELECT count(*) FROM messages WHERE mailbox_id = :box AND state IS DISTINCT FROM 'DELETED'"
    with made.platform.database.transaction(actor.organisation_id) as connection:
        return int(connection.execute(text(query), {"box": box}).scalar_one())


def _check(made: Stage, actor: UserActor, box: UUID, count: int, due: int) -> None:
    """Check that each case was destroyed completely or not at all, and that those with a recent answer are kept."""
    young = count - due
    if _left(made, actor, box) != 2 * young:
        raise SystemExit(f"{_left(made, actor, box)} messages are left, and {2 * young} should be.")


def _rate(name: str, number: int, unit: str, seconds: float, cpu: float) -> Figure:
    return {
        "name": f"retention schedule, {name}, of {number}",
        "value": round(number / seconds, 1),
        "unit": unit,
        "limit": LEAST,
        "note": f"CPU ms each, with the database: {cpu / number * 1000:.2f}",
    }


if __name__ == "__main__":
    for figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES):
        print(json.dumps(figure), flush=True)
