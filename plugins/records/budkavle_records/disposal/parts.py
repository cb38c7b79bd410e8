"""What the schedule, legal holds and disposal add to the plugin: pages, pieces and jobs."""

from collections.abc import Sequence
from datetime import timedelta

from litestar import Router

from budkavle import Host, Job
from budkavle.web import Panel
from budkavle_records.disposal.working import work_on_runs
from budkavle_records.schedule import case_pages, pages, rule_pages
from budkavle_records.schedule.rules import judge_arrivals


def routers(host: Host) -> Sequence[Router]:
    """Return the pages."""
    return [pages.router(host), case_pages.router(host), rule_pages.router(host)]


def panels(host: Host) -> Sequence[Panel]:
    """Return the pieces of a case, and the card of a mailbox."""
    return [
        Panel("case.panel", "case_panel.html", lambda _, subject: case_pages.case_piece(host, subject), order=30),
        Panel("case.actions", "case_action.html", lambda _, subject: case_pages.case_action(subject), order=30),
        Panel(
            "mailbox.settings",
            "mailbox_card.html",
            lambda actor, subject: case_pages.mailbox_piece(host, actor, subject),
            order=30,
        ),
    ]


def jobs(host: Host) -> Sequence[Job]:
    """Return the jobs: rules that give kinds to what comes in, and runs."""
    return [
        Job("rules", lambda: judge_arrivals(host), every=timedelta(seconds=30)),
        Job("disposal", lambda: work_on_runs(host), every=timedelta(seconds=5)),
    ]
