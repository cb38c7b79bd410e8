"""The register: decisions, found by number, day and mailbox, and both lists as files."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle import Host, as_uuid, record, write_csv
from budkavle.organisation import read_day
from budkavle.web import Visitor, plugin_page
from budkavle_records.registration import lists, views
from budkavle_records.registration.lists import RegisterFilter
from budkavle_records.registration.outcomes import LABELS, N_, Outcome
from budkavle_records.registration.views import PATH

EXPORTED = "records.register-exported"
MOST_IN_A_FILE = 20_000
HEADS = (
    N_("Kom in"),
    N_("Nummer"),
    N_("Avsändare"),
    N_("Vad det gäller"),
    N_("Beslut"),
    N_("Beslutat"),
    N_("Av"),
    N_("Senast"),
    N_("Försenat"),
    N_("Brevlåda"),
)


def handlers(host: Host) -> list[Any]:
    """Return the routes."""

    @get(f"{PATH}/register", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], first: FromQuery[int] = 0) -> Response[str]:
        """Show the register."""
        return _register(host, visitor, max(first, 0))

    @get(f"{PATH}/register.csv", sync_to_thread=True)
    def give_register(visitor: NamedDependency[Visitor]) -> Response[bytes]:
        """Return the register as a file, without the details that are to be left out."""
        return _file(host, visitor, _asked(visitor), "register")

    @get(f"{PATH}/waiting.csv", sync_to_thread=True)
    def give_waiting(visitor: NamedDependency[Visitor]) -> Response[bytes]:
        """Return what is to be registered as a file."""
        return _file(host, visitor, None, "waiting")

    return [show, give_register, give_waiting]


def _asked(visitor: Visitor) -> RegisterFilter:
    query = visitor.request.query_params
    outcome = query.get("outcome", "")
    return RegisterFilter(
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        number=query.get("q", "").strip()[:100],
        since=read_day(query.get("since", "")),
        until=read_day(query.get("until", "")),
        late=query.get("late") == "1",
    )


def _mailbox(visitor: Visitor) -> UUID | None:
    return as_uuid(visitor.request.query_params.get("mailbox", ""))


def _query(filters: RegisterFilter, mailbox_id: UUID | None) -> str:
    values = {
        "q": filters.number,
        "outcome": filters.outcome or "",
        "since": filters.since or "",
        "until": filters.until or "",
        "late": "1" if filters.late else "",
        "mailbox": mailbox_id or "",
    }
    return urlencode({name: str(value) for name, value in values.items() if value})


def _register(host: Host, visitor: Visitor, first: int) -> Response[str]:
    chosen, mailbox_id = _asked(visitor), _mailbox(visitor)
    with visitor.work() as work:
        boxes = views.own_mailboxes(work, visitor.actor.user_id)
        ids = views.chosen_mailboxes(boxes, mailbox_id)
        total = lists.count_register(host, work, ids, chosen)
        rows = lists.register_page(host, work, ids, chosen, first)
    names, query = {box.id: box.name for box in boxes}, _query(chosen, mailbox_id)
    url = f"{PATH}/register?{query}&" if query else f"{PATH}/register?"
    context = {
        "path": PATH,
        "tab": "register",
        "rows": [
            views.shown_row(visitor, row, names)
            | {"sender": views.register_sender(visitor, row), "about": views.register_about(visitor, row)}
            for row in rows
        ],
        "wanted": chosen,
        "filtered": bool(query),
        "outcomes": [("", visitor.say("Alla beslut")), *((each.value, visitor.say(LABELS[each])) for each in Outcome)],
        "paging": views.pages(url, first, len(rows), total),
        "csv": f"{PATH}/register.csv?{query}".rstrip("?"),
        "boxes": [(str(box.id), box.name) for box in boxes],
        "chosen": str(mailbox_id or ""),
    }
    return plugin_page(visitor, "records/registration/register.html", context, folder="registration")


def _file(host: Host, visitor: Visitor, filters: RegisterFilter | None, name: str) -> Response[bytes]:
    mailbox_id = _mailbox(visitor)
    with visitor.work() as work:
        boxes = views.own_mailboxes(work, visitor.actor.user_id)
        ids = views.chosen_mailboxes(boxes, mailbox_id)
        names = {box.id: box.name for box in boxes}
        listed = islice(lists.whole_list(host, work, ids, filters), MOST_IN_A_FILE)
        rows = list(_cells(visitor, listed, names))
        record(work, EXPORTED, mailbox_id, what=name, count=len(rows))
    content = write_csv([[visitor.say(head) for head in HEADS], *rows])
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, media_type="text/csv", headers=headers)


def _cells(visitor: Visitor, rows: Iterator[lists.RegisterRow], names: dict[UUID, str]) -> Iterator[list[object]]:
    for row in rows:
        registration = row.registration
        yield [
            views.day_text(registration.arrived_at),
            registration.number,
            views.register_sender(visitor, row),
            views.register_about(visitor, row),
            visitor.say(LABELS[registration.outcome]) if registration.outcome else None,
            views.day_text(registration.settled_at) if registration.settled_at else None,
            registration.settled_by or None,
            views.day_text(registration.last_at),
            visitor.say("ja") if registration.is_late else None,
            names.get(registration.mailbox_id),
        ]
