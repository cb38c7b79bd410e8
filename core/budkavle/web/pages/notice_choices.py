"""Mitt konto, Aviseringar: what the user is notified of, how, and the quiet hours (feature E24)."""

from collections.abc import Mapping
from datetime import time
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.cases.member_news.choices import ChoicePage, choose, list_choices, notice_ways, what_lacks
from budkavle.cases.member_news.paces import QuietHours
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.notices import Pace
from budkavle.model.times import read_clock
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.notifier import NoticeWay
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import mailbox_name, page
from budkavle.web.views.paging import ListAddress, paging
from budkavle.web.views.panels import panels

HERE = "/account/notices"
PACES = {
    Pace.OFF: N_("Aldrig"),
    Pace.AT_ONCE: N_("Genast"),
    Pace.HOURLY: N_("Varje timme"),
    Pace.MORNING: N_("Varje morgon"),
}
NO_PACE = N_("Välj hur ofta i listan.")
NO_TIME = {
    "begin": N_("Skriv en tid vid Från, till exempel 22.00."),
    "end": N_("Skriv en tid vid Till, till exempel 07.00."),
}
SILENT = N_("Går inte att använda just nu.")
EMPTY_QUIET = N_("Tiderna ska vara olika.")


@get(HERE, sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """Show the user's choice for each mailbox and each kind of notification."""
    return _page(request, visitor, said=visitor.say(N_("Ändringarna är sparade.")) if said else "")


@post(HERE, sync_to_thread=True)
def save(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Save the choices for the mailboxes on the shown page."""
    try:
        quiet = _quiet(form)
        choices = _choices(form)
        with visitor.work() as work:
            choose(work, choices, quiet)
    except Invalid as error:
        typed = {name: values[-1] for name, values in form.values.items()}
        return _page(request, visitor, typed, error.fields, status=422)
    address = ListAddress.read(request)
    separator = "&" if "?" in address.here() else "?"
    return Redirect(f"{address.here()}{separator}said=saved", status_code=303)


def _choices(form: Form) -> dict[UUID, dict[str, Pace]]:
    choices: dict[UUID, dict[str, Pace]] = {}
    for name, values in form.values.items():
        prefix, _, rest = name.partition(".")
        mailbox, _, way = rest.partition(".")
        mailbox_id = as_uuid(mailbox)
        if prefix != "pace" or mailbox_id is None or not way:
            continue
        if values[-1] not in set(Pace):
            raise Invalid("Valet kunde inte sparas.", fields={name: NO_PACE})
        choices.setdefault(mailbox_id, {})[way] = Pace(values[-1])
    return choices


def _quiet(form: Form) -> QuietHours | None:
    if not form.get("quiet"):
        return None
    faults: dict[str, str] = {}
    times: dict[str, time] = {}
    for name, sentence in NO_TIME.items():
        at = read_clock(form.get(name))
        if at is None:
            faults[name] = sentence
        else:
            times[name] = at
    if not faults and times["begin"] == times["end"]:
        faults["end"] = EMPTY_QUIET
    if faults:
        raise Invalid("Valet kunde inte sparas.", fields=faults)
    return QuietHours(times["begin"], times["end"])


def _page(
    request: WebRequest,
    visitor: Visitor,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    *,
    said: str = "",
    status: int = 200,
) -> Response[str]:
    address = ListAddress.read(request)
    ways = notice_ways(visitor.platform)
    with visitor.work() as work:
        shown = list_choices(work, address.place)
        lacking = {name: _lacking(visitor, work, of) for name, of in ways.items()}
    quiet = shown.quiet or QuietHours(time(19), time(7))
    context = {
        "rows": _rows(visitor, shown, typed or {}),
        "ways": [(name, visitor.say(of.thing.label), lacking[name]) for name, of in ways.items()],
        "paces": [(pace.value, visitor.say(word)) for pace, word in PACES.items()],
        "quiet": bool(typed.get("quiet")) if typed is not None else shown.quiet is not None,
        "begin": (typed or {}).get("begin", f"{quiet.begin:%H:%M}"),
        "end": (typed or {}).get("end", f"{quiet.end:%H:%M}"),
        "faults": visitor.say_all(faults),
        "said": said,
        "here_url": address.here(),
        "paging": paging(address, shown.rows, shown.total),
        "pieces": panels(visitor, "account.notices", {"user": visitor.session.user}, request.scope["state"]["nonce"]),
    }
    return page(visitor, "pages/notice_choices.html", context, folder="account", status=status)


def _rows(visitor: Visitor, shown: ChoicePage, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": choice.mailbox.id,
            "name": mailbox_name(visitor, choice.mailbox),
            "own": choice.mailbox.owner_id == visitor.session.user.id,
            "paces": {
                way: _typed_pace(typed.get(f"pace.{choice.mailbox.id}.{way}"), pace)
                for way, pace in choice.paces.items()
            },
        }
        for choice in shown.choices
    ]


def _typed_pace(value: str | None, kept: Pace) -> str:
    """Return the submitted choice, or the stored one if that is missing or invalid."""
    return value if value is not None and value in set(Pace) else kept.value


def _lacking(visitor: Visitor, work: Work, of: Of[NoticeWay]) -> str:
    """Say what a person lacks to be notified this way, or that it cannot be used now if the check fails."""
    lack = what_lacks(work, of, visitor.session.user.id)
    return visitor.say(SILENT if lack is None else lack)


HANDLERS = [show, save]
