"""The progress of registration in the organisation, for its administrators: by mailbox and by month."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from babel.dates import format_date
from litestar import Response, Router, get
from litestar.di import NamedDependency

from budkavle import Host, write_csv
from budkavle.accounts import all_mailboxes, require_admin
from budkavle.web import Visitor
from budkavle_records.frame import records_page
from budkavle_records.registration import lists
from budkavle_records.registration.clock import swedish_date
from budkavle_records.registration.lists import Figures
from budkavle_records.registration.outcomes import N_
from budkavle_records.registration.views import PATH

MONTHS = 12
HEADS = (N_("Kom in"), N_("I tid"), N_("Försent beslutade"), N_("Väntar"), N_("Väntar, försenade"))


def router(host: Host) -> Router:
    """Return the routes."""

    @get(f"{PATH}/overview", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show both tables."""
        mailboxes, months = _tables(host, visitor)
        context = {
            "heads": [visitor.say(head) for head in HEADS],
            "mailboxes": mailboxes,
            "months": months,
            "csv": f"{PATH}/overview.csv",
        }
        return records_page(visitor, "registration/overview.html", "registration", context)

    @get(f"{PATH}/overview.csv", sync_to_thread=True)
    def give(visitor: NamedDependency[Visitor]) -> Response[bytes]:
        """Return the table of mailboxes as a file."""
        mailboxes, _ = _tables(host, visitor)
        content = write_csv([[visitor.say("Brevlåda"), *(visitor.say(head) for head in HEADS)], *mailboxes])
        headers = {"content-disposition": 'attachment; filename="registrering.csv"'}
        return Response(content, media_type="text/csv", headers=headers)

    return Router("", route_handlers=[show, give])


def _tables(host: Host, visitor: Visitor) -> tuple[list[list[Any]], list[list[Any]]]:
    require_admin(visitor.actor)
    now = datetime.now(UTC)
    first = swedish_date(now).replace(day=1)
    index = first.year * 12 + first.month - MONTHS
    since = first.replace(year=index // 12, month=index % 12 + 1)
    with visitor.work() as work:
        names = {box.id: box.name for box in all_mailboxes(work)}
        by_mailbox, by_month = lists.figures_since(host, work, since, now)
    unnamed = [each for each in by_mailbox if each.key not in names]
    shared = sorted((each for each in by_mailbox if each.key in names), key=lambda each: names[each.key].casefold())
    rows: list[list[Any]] = [[names[each.key], *_cells(each)] for each in shared]
    if unnamed:
        rows.append([visitor.say("Egna inkorgar"), *_added(unnamed)])
    return rows, [[_month(each.key, visitor.language), *_cells(each)] for each in by_month]


def _cells(figures: Figures) -> list[int]:
    return [figures.arrived, figures.in_time, figures.late, figures.waiting, figures.waiting_late]


def _added(figures: Sequence[Figures]) -> list[int]:
    """Return the sums of users' own inboxes, so that no user is shown by name."""
    return [sum(column) for column in zip(*(_cells(each) for each in figures), strict=True)]


def _month(first: Any, language: str) -> str:
    return str(format_date(first, "LLLL y", locale=language)).capitalize()
