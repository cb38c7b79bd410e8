"""How the installation is, for administrators and for machines; and the event log."""

from collections.abc import Sequence
from typing import Any

from anyio import move_on_after, to_thread
from litestar import Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle.accounts import mailboxes, users
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.stored_settings import all_sections
from budkavle.model.people import ActorKind
from budkavle.model.times import moment
from budkavle.operations.health import health, ready
from budkavle.plugins.protocols.health import Health
from budkavle.storage import audit
from budkavle.web.auth import Visitor, platform_of
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.event_texts import PLUGIN, sentence
from budkavle.web.views.layout import page
from budkavle.web.views.tags import channel_text

LONG_LOG = 20_000
"""Entries; a longer log is verified only when somebody asks for it."""
EVENTS = 50
READY_SECONDS = 0.9
"""After which pages count as not served."""
LAST = 2**63 - 1
"""No entry has a greater number."""


@get("/health", sync_to_thread=True)
def show_health(visitor: NamedDependency[Visitor], log: FromQuery[bool] = False) -> Response[str]:
    """Show every check with what to do, and whether the event log is whole (feature Z10)."""
    answers = health(visitor.platform, visitor.actor)
    latest = next(iter(_entries(visitor, limit=1)), None)
    verify = log or latest is None or latest.number <= LONG_LOG
    context = {
        "answers": [
            _answer(visitor, answer) for answer in sorted(answers, key=lambda answer: (answer.ok, not answer.notable))
        ],
        "bad": sum(not answer.ok for answer in answers),
        "notable": sum(answer.ok and answer.notable for answer in answers),
        "log": _log(visitor) if verify else None,
    }
    return page(visitor, "pages/health.html", context, folder="health")


@get("/events", sync_to_thread=True)
def show_events(visitor: NamedDependency[Visitor], before: FromQuery[int | None] = None) -> Response[str]:
    """Show the organisation's event log in words, the latest first (feature O12)."""
    require_admin(visitor.actor)
    before = None if before is None else max(0, min(before, LAST))
    entries = _entries(visitor, before, EVENTS + 1)
    shown = entries[:EVENTS]
    names, words = _names(visitor, shown), visitor.platform.plugins.event_words
    sections = all_sections(visitor.platform)
    context = {
        "rows": [
            {
                "number": entry.number,
                "at_iso": entry.at.isoformat(),
                "at_text": moment(entry.at, visitor.language),
                "actor": _actor_text(visitor, entry),
                "text": sentence(entry, words, names, visitor.say, sections),
                "why": visitor.say(audit.reason(entry)),
            }
            for entry in shown
        ],
        "older_url": f"/events?before={shown[-1].number}" if len(entries) > EVENTS else None,
        "newest_url": "/events" if before else None,
    }
    return page(visitor, "pages/events.html", context, folder="events")


@get("/healthz", sync_to_thread=False)
def alive() -> Response[str]:
    """Tell a machine that the process runs."""
    return _word(well=True)


@get("/readyz")
async def can_serve(request: WebRequest) -> Response[str]:
    """Tell a machine whether pages can be served; the reasons are for administrators only.

    It goes the way that a page goes, through the threads of both kinds: where pages wait, so does this, for a while.
    """
    well = False
    with move_on_after(READY_SECONDS):
        await to_thread.run_sync(bool, abandon_on_cancel=True)  # one of those that find the session
        well = await sync_to_thread(ready, platform_of(request))  # one of those that make the page
    return _word(well=well)


def _word(*, well: bool) -> Response[str]:
    return Response("ok" if well else "not ok", status_code=200 if well else 503, media_type="text/plain")


def _answer(visitor: Visitor, answer: Health) -> dict[str, Any]:
    remedy = visitor.say(answer.remedy) if answer.remedy else ""
    return {
        "ok": answer.ok,
        "notable": answer.ok and answer.notable,
        "name": visitor.say(answer.name),
        "sentence": visitor.say(answer.sentence, **answer.facts),
        "remedy": remedy,
    }


def _log(visitor: Visitor) -> dict[str, Any]:
    report = audit.verify(visitor.platform.database, visitor.platform.vault, visitor.actor.organisation_id)
    values = {"number": report.first_bad, "rows": report.rows, "seals": report.seals}
    return {"ok": report.ok, "sentence": visitor.say(report.sentence, **values)}


def _entries(visitor: Visitor, before: int | None = None, limit: int = EVENTS) -> list[audit.Entry]:
    return audit.entries(visitor.platform.database, visitor.actor.organisation_id, before, limit)


def _actor_text(visitor: Visitor, entry: audit.Entry) -> str:
    """Return who did it; a plugin is marked as one."""
    name = visitor.say(channel_text(visitor, entry.actor))
    return visitor.say(PLUGIN, name=name) if entry.actor_kind is ActorKind.PLUGIN else name


def _names(visitor: Visitor, shown: Sequence[audit.Entry]) -> dict[str, str]:
    """Return names by id; a mailbox that is removed is named by what the log itself says of it."""
    named = {entry.thing: str(entry.facts["name"]) for entry in shown if entry.thing and "name" in entry.facts}
    with visitor.work() as work:
        people = {str(user.id): user.name for user in users.users_of(work)}
        return named | people | {str(mailbox.id): mailbox.name for mailbox in mailboxes.all_mailboxes(work)}


HANDLERS = [show_health, show_events, alive, can_serve]
