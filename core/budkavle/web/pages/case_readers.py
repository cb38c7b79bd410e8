"""Vem har läst: who has read or printed a case, or opened one of its files, from the event log."""

from collections import deque
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle.cases.inbox import case_item
from budkavle.identification import providers
from budkavle.model.people import CORE_NAME, ActorScope, SystemActor
from budkavle.storage.audit import Entry
from budkavle.storage.event_log import EventLog
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

READINGS = {
    "case.viewed": N_("Läste ärendet"),
    "case.printed": N_("Skrev ut ärendet"),
    "case.file-opened": N_("Öppnade en fil"),
    "disclosure.case-read": N_("Läste ärendet vid utlämnande"),
    "api.read": N_("Hämtades genom API:et"),
    "log_control.case-read": N_("Läste ärendet vid loggkontroll"),
}
"""Kinds of event that mean that somebody has read, and their labels here."""
MOST = 500
"""The most entries shown, the latest ones; the rest are in the event log."""


@get("/c/{case_id:uuid}/readers", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """List the readers of the case, the latest first, for users who may read it themselves (feature ZS4)."""
    with visitor.work() as work:
        case = case_item(work, case_id)
    reader = SystemActor(visitor.session.organisation.id, CORE_NAME, scopes=frozenset({ActorScope.READ}))
    with visitor.platform.work(reader) as work:
        entries = _latest(EventLog(work), case_id)
    ways = {way.name: visitor.say(way.label) for way in providers.staff_providers(visitor.platform)}
    readings = [
        (entry, visitor.say(READINGS[entry.kind]), ways.get(entry.way, entry.way)) for entry in reversed(entries)
    ]
    query = f"?{request.url.query}" if request.url.query else ""
    context = {"case": case, "readings": readings, "back_url": f"/c/{case_id}{query}"}
    return page(visitor, "pages/case_readers.html", context, mailbox_id=case.mailbox_id, folder="inbox")


def _latest(log: EventLog, case_id: UUID) -> deque[Entry]:
    """Return the last entries in their order; the log is read from its start."""
    latest: deque[Entry] = deque(maxlen=MOST)
    while entries := log.about([case_id], list(READINGS), after=latest[-1].number if latest else 0, limit=MOST):
        latest.extend(entries)
    return latest


HANDLERS = (show,)
