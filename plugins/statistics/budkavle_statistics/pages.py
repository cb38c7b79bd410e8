"""The statistics pages and their files. Only administrators of the organisation see them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Actor, ActorScope, Host, Invalid, NotFound, write_csv
from budkavle.accounts import require_admin
from budkavle.cases import list_mailbox_people
from budkavle.web import Visitor, plugin_page
from budkavle_statistics import numbers, views
from budkavle_statistics.mailbox_list import PAGE, MailboxRows, mailbox_file, mailbox_rows
from budkavle_statistics.numbers import Answers
from budkavle_statistics.periods import BEFORE, LOCAL, N_, YEAR, Period, quick_periods, read_period, today
from budkavle_statistics.question import Question
from budkavle_statistics.views import Cell, View

PATH = "/plugin/statistics"
LONGEST_WORDS = 200
COMPARISONS = {"": N_("Jämför inte"), YEAR: N_("Samma tid i fjol"), BEFORE: N_("Tiden före")}


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the menu line under Min organisation. Empty for others than administrators."""
    if not actor.is_admin:
        return {}
    hint = "Meddelanden, svarstider, inloggningar, konton och brevlådor över tid."
    return {"url": PATH, "text": N_("Statistik"), "icon": "chart", "hint": hint}


@dataclass(frozen=True, slots=True)
class Typed:
    """The parameters of the address: the period, what it is compared with, and words to search mailboxes by."""

    period: Period
    compare: str
    words: str
    page: int
    raw: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, visitor: Visitor) -> "Typed":
        """Read the address. If the period is invalid, use the default one and keep the errors."""
        parameters = dict(visitor.request.query_params)
        faults: Mapping[str, str] = {}
        try:
            period = read_period(parameters, today())
        except Invalid as fault:
            period, faults = read_period({}, today()), fault.fields
        compare = parameters.get("compare", YEAR if not {"from", "to"} & set(parameters) else "")
        page = parameters.get("page", "1")
        return cls(
            period,
            compare if compare in COMPARISONS else "",
            parameters.get("q", "").strip()[:LONGEST_WORDS],
            max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
            parameters,
            faults,
        )

    def query(self, period: Period | None = None, **more: str) -> str:
        """Return the same as a query string, with another period or more parameters."""
        shown = period or self.period
        values = {
            "from": shown.first.isoformat(),
            "to": shown.last.isoformat(),
            "compare": self.compare,
            "q": self.words,
        }
        return urlencode({name: value for name, value in (values | more).items() if value or name == "compare"})


def router(host: Host) -> Router:
    """Return the routes of the pages and files."""

    @get(PATH, sync_to_thread=True)
    def organisation(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the numbers of the organisation (P1 to P6)."""
        typed = Typed.read(visitor)
        with _question(host, visitor, typed) as q:
            shown = {name: view(q) for name, view in views.ORGANISATION.items() if name != "mailboxes"}
            counted = {name: view(q) for name, view in views.of_plugins(host.platform).items()}
            context = {"views": shown, "counted": counted, "figures": _figures(q)}
        return _page(visitor, "statistics/organisation.html", typed, context | {"tab": "organisation"})

    @get(f"{PATH}/mailboxes", sync_to_thread=True)
    def mailboxes(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the numbers of function mailboxes, fifty per page (P7 to P9)."""
        typed = Typed.read(visitor)
        with _question(host, visitor, typed) as q:
            listed = mailbox_rows(q, typed.words, (typed.page - 1) * PAGE)
            context = {"views": {"mailboxes": views.mailboxes(q)}, "found": listed, "q": q}
            context |= {"paging": _paging(typed, listed), "longest": max([row.untaken for row in listed.rows] + [1])}
        return _page(visitor, "statistics/mailboxes.html", typed, context | {"tab": "mailboxes"})

    @get(f"{PATH}/mailboxes/{{mailbox_id:uuid}}", sync_to_thread=True)
    def mailbox(visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID]) -> Response[str]:
        """Show the numbers of one function mailbox."""
        typed = Typed.read(visitor)
        with _question(host, visitor, typed, mailbox_id) as q:
            context = {"views": {name: view(q) for name, view in views.MAILBOX.items()}, "mailbox": q.mailbox}
        return _page(visitor, "statistics/mailbox.html", typed, context | {"tab": "mailbox"})

    @get(f"{PATH}/files/{{file_name:str}}", sync_to_thread=True)
    def file(visitor: NamedDependency[Visitor], file_name: FromPath[str]) -> Response[bytes]:
        """Return one view of the organisation as a file."""
        name = file_name.removesuffix(".csv")
        typed = Typed.read(visitor)
        with _question(host, visitor, typed) as q:
            rows: Sequence[Sequence[Cell]] = (
                mailbox_file(q, typed.words)
                if name == "mailbox-list"
                else _view(views.ORGANISATION | views.of_plugins(host.platform), name, q).file
            )
        return _csv(name, typed, rows)

    @get(f"{PATH}/mailboxes/{{mailbox_id:uuid}}/{{file_name:str}}", sync_to_thread=True)
    def mailbox_view(
        visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], file_name: FromPath[str]
    ) -> Response[bytes]:
        """Return one view of a function mailbox as a file."""
        name = file_name.removesuffix(".csv")
        typed = Typed.read(visitor)
        with _question(host, visitor, typed, mailbox_id) as q:
            rows = _view(views.MAILBOX, name, q).file
        return _csv(name, typed, rows)

    return Router("", route_handlers=[organisation, mailboxes, mailbox, file, mailbox_view])


@contextmanager
def _question(host: Host, visitor: Visitor, typed: Typed, mailbox_id: UUID | None = None) -> Iterator[Question]:
    """Return the question of a request, only for administrators. The plugin itself reads the log and the counts."""
    require_admin(visitor.actor)
    with host.work(host.system(visitor.actor.organisation_id, ActorScope.READ)) as work:
        q = Question(host.platform, work, visitor.say, visitor.language, typed.period, typed.compare)
        if mailbox_id is not None:
            mailboxes = list_mailbox_people(work, mailbox_id=mailbox_id).mailboxes
            if not mailboxes:
                raise NotFound("Brevlådan finns inte.")
            q = replace(q, mailbox=mailboxes[0])
        yield q


def _view(views_by_name: Mapping[str, Callable[[Question], View]], name: str, q: Question) -> View:
    if name not in views_by_name:
        raise NotFound("Sidan finns inte.")
    return views_by_name[name](q)


def _csv(name: str, typed: Typed, rows: Sequence[Sequence[Cell]]) -> Response[bytes]:
    file_name = f"{name}-{typed.period.first}-{typed.period.last}.csv"
    headers = {"content-disposition": f'attachment; filename="{file_name}"'}
    return Response(write_csv(rows), media_type="text/csv", headers=headers)


def _figures(q: Question) -> list[tuple[str, str, str]]:
    """Return the four figures at the top: the name, the number, and the comparison."""
    now = numbers.total(numbers.by_channel(q.messages(q.period)).values())
    answers = q.first_answers(q.period).get(None, Answers())
    untaken = [group for group in q.waiting() if not group.is_taken]
    changes = ["", "", ""]
    if compared := q.compared:
        before = numbers.total(numbers.by_channel(q.messages(compared)).values())
        earlier = q.first_answers(compared).get(None, Answers()).median
        changes = [q.change(now.sent, before.sent), q.change(now.received, before.received), ""]
        if earlier is not None:
            changes[2] = q.say("{time} {compared}", time=q.duration(earlier), compared=q.compared_text)
    oldest = min((group.oldest_at.astimezone(LOCAL).date() for group in untaken), default=None)
    return [
        (q.say("Skickade"), q.number(now.sent), changes[0]),
        (q.say("Mottagna"), q.number(now.received), changes[1]),
        (q.say("Tid till första svar"), q.duration(answers.median), changes[2]),
        (q.say("Otilldelade nu"), q.number(sum(group.count for group in untaken)), _oldest(q, oldest)),
    ]


def _oldest(q: Question, day: date | None) -> str:
    if day is None:
        return ""
    days = (today() - day).days
    return q.say("äldst från i dag") if days == 0 else q.say("äldst {count} dagar", count=days)


@dataclass(frozen=True, slots=True)
class Paging:
    """Paging data for the macro `pages` of `macros/paging.html`."""

    first: int
    last: int
    total: int | None
    previous_url: str
    next_url: str


def _paging(typed: Typed, listed: MailboxRows) -> Paging:
    first = (typed.page - 1) * PAGE
    last = first + len(listed.rows)
    path = f"{PATH}/mailboxes"
    previous = f"{path}?{typed.query(page=str(typed.page - 1))}" if typed.page > 1 else ""
    following = f"{path}?{typed.query(page=str(typed.page + 1))}" if last < listed.matches else ""
    return Paging(first + 1 if last > first else 0, last if last > first else 0, listed.matches, previous, following)


def _page(visitor: Visitor, template: str, typed: Typed, context: Mapping[str, Any]) -> Response[str]:
    path = visitor.request.url.path
    quick = [
        (visitor.say(text), f"{path}?{typed.query(period)}", period == typed.period)
        for text, period in quick_periods(today()).items()
    ]
    frame = {
        "typed": typed,
        "dates": {name: typed.raw.get(name) or default for name, default in _dates(typed.period).items()},
        "faults": {name: visitor.say(fault) for name, fault in typed.faults.items()},
        "quick": quick,
        "comparisons": [(key, visitor.say(text)) for key, text in COMPARISONS.items()],
        "path": PATH,
        "here": path,
        "query": typed.query(),
    }
    return plugin_page(visitor, template, {**frame, **context}, status=422 if typed.faults else 200)


def _dates(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}
