"""The due date of a case, and the list of cases with due dates (feature E20)."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from budkavle.accounts.mailboxes import mailbox as find_mailbox
from budkavle.accounts.permissions import require_writer
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.due_dates import list_due, offered_days, set_due, today
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.states import CaseState
from budkavle.model.times import day_in_words, is_working_day, read_day
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.teamwork.confirmations import back_to_case, case_url, list_query
from budkavle.web.views import list_rows
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import is_open, mailbox_name, page, part

NO_DAY = N_("Skriv ett datum, till exempel 2027-03-10.")
FREE = N_("Dagen är ingen arbetsdag. Kryssa i att det ska vara så, eller välj en annan.")


@get("/c/{case_id:uuid}/due", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show days to choose from."""
    return _page(request, visitor, case_id, {}, {})


@post("/c/{case_id:uuid}/due", sync_to_thread=True)
def save(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[Any]:
    """Save the due date: an offered one, or one that was typed. An empty one removes it."""
    typed = {name: form.get(name) for name in ("day", "other", "free")}
    try:
        day = _day(form)
        with visitor.work() as work:
            before = case_item(work, case_id)
            if before.state is not CaseState.OPEN:
                raise Conflict("Ärendet är inte öppet. Öppna det igen först.")
            set_due(work, [case_id], day)
    except Invalid as error:
        return _page(request, visitor, case_id, typed, error.fields)
    return back_to_case(request, case_id, "due", before.due_on.isoformat() if before.due_on else "")


def _day(form: Form) -> date | None:
    chosen = form.get("day")
    text = form.get("other") if chosen == "other" else chosen
    if not text and chosen != "other":
        return None
    day = read_day(text)
    if day is None:
        raise Invalid("Datumet kunde inte sparas.", fields={"other": NO_DAY})
    if chosen == "other" and not is_working_day(day) and not form.get("free"):
        raise Invalid("Datumet kunde inte sparas.", fields={"other": FREE})
    return day


def _page(
    request: WebRequest, visitor: Visitor, case_id: UUID, typed: Mapping[str, str], faults: Mapping[str, str]
) -> Response[str]:
    with visitor.work() as work:
        case = case_item(work, case_id)
        require_writer(work, case.mailbox_id)
    first = today()
    words = {1: N_("Nästa arbetsdag"), 0: N_("Om {count} arbetsdagar")}
    days = [
        (day.isoformat(), visitor.say(words.get(count, words[0]), count=count), _spoken(visitor, day))
        for count, day in offered_days(first)
    ]
    now = case.due_on.isoformat() if case.due_on else ""
    offered = {day for day, _, _ in days}
    context = {
        "case": case,
        "days": [
            *days,
            ("other", visitor.say(N_("Ett annat datum")), None),
            ("", visitor.say(N_("Inget svarsdatum")), None),
        ],
        "chosen": typed.get("day", now if now in offered or not now else "other"),
        "other": typed.get("other", now if now not in offered else ""),
        "free": bool(typed.get("free")),
        "asks_free": faults.get("other") == FREE,
        "faults": visitor.say_all({"other" if name == "day" else name: text for name, text in faults.items()}),
        "query": list_query(request),
        "back_url": case_url(request, case_id),
        "least": first.isoformat(),
    }
    status = 422 if faults else 200
    return page(visitor, "pages/case_due.html", context, mailbox_id=case.mailbox_id, folder="inbox", status=status)


def _spoken(visitor: Visitor, day: date) -> str:
    return day_in_words(day, visitor.language, "EEEE d MMMM")


@get("/m/{mailbox_id:uuid}/due", sync_to_thread=True)
def show_due(
    request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], after: FromQuery[str] = ""
) -> Response[str]:
    """List the open cases of a mailbox that have a due date, the earliest first."""
    with visitor.work() as work:
        standing = find_mailbox(work, mailbox_id)
        batch = list_due(work, mailbox_id, after)
    mailbox, path = standing.mailbox, f"/m/{mailbox_id}/due"
    rows = [list_rows.case_row(visitor, case) for case in batch.items]
    context = {
        "mailbox": mailbox,
        "mailbox_title": mailbox_name(visitor, mailbox),
        "rows": rows if standing.may_answer else list_rows.as_reader(rows),
        "now_url": path + (f"?after={after}" if after else ""),
        "counts_url": f"/m/{mailbox_id}/counts?folder=due",
        "older_url": f"{path}?after={batch.next_cursor}" if batch.next_cursor else None,
        "newer_url": path if after else None,
    }
    if is_open(request):
        return part(visitor, "fragments/rows.html", context)
    return page(visitor, "pages/due.html", context, mailbox_id=mailbox_id, folder="due")


HANDLERS = [show, save, show_due]
