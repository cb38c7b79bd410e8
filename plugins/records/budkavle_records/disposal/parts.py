"""What the schedule, legal holds and disposal add to the plugin: pages, panels and jobs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from litestar import Router

from budkavle import ActorScope, Host, Job
from budkavle.cases import find_case_times
from budkavle.web import Panel
from budkavle_records.disposal import run_pages
from budkavle_records.disposal.judging import judge_cases
from budkavle_records.disposal.working import work_on_runs
from budkavle_records.holds import hold_pages
from budkavle_records.holds.legal_holds import holds_of_cases
from budkavle_records.schedule import case_pages, pages, rule_pages
from budkavle_records.schedule.rules import judge_arrivals


def routers(host: Host) -> Sequence[Router]:
    """Return the pages."""
    return [
        pages.router(host),
        case_pages.router(host),
        rule_pages.router(host),
        hold_pages.router(host),
        run_pages.router(host),
    ]


def panels(host: Host) -> Sequence[Panel]:
    """Return the panels of a case, and the card of a mailbox."""
    return [
        Panel("case.panel", "case_panel.html", lambda _, subject: _case_piece(host, subject), order=30),
        Panel("case.actions", "case_action.html", lambda _, subject: case_pages.case_action(subject), order=30),
        Panel(
            "mailbox.settings",
            "mailbox_card.html",
            lambda actor, subject: case_pages.mailbox_piece(host, actor, subject),
            order=30,
        ),
    ]


def jobs(host: Host) -> Sequence[Job]:
    """Return the jobs: rules that give kinds to incoming messages, and runs."""
    return [
        Job("rules", lambda: judge_arrivals(host), every=timedelta(seconds=30)),
        Job("disposal", lambda: work_on_runs(host), every=timedelta(seconds=5)),
    ]


def _case_piece(host: Host, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    case = subject["case"]
    with host.work(host.system(case.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        candidates = judge_cases(host, work, find_case_times(work, [case.id]).values())
        kinds = {candidate.times.id: candidate.kind.id if candidate.kind else None for candidate in candidates}
        legal_holds = holds_of_cases(host, work, [candidate.times for candidate in candidates], kinds)
    return case_pages.case_piece(host, subject, held=bool(legal_holds))
