"""The event log of an organisation."""

from collections.abc import Sequence
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle.accounts import mailboxes
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.stored_settings import all_sections
from budkavle.accounts.user_list import names_of
from budkavle.model.people import ActorKind
from budkavle.model.times import moment
from budkavle.storage import audit
from budkavle.web.auth import Visitor
from budkavle.web.views.event_texts import PLUGIN, sentence
from budkavle.web.views.layout import page
from budkavle.web.views.tags import channel_text

EVENTS = 50
LAST = 2**63 - 1
"""No entry has a greater number."""


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


def _entries(visitor: Visitor, before: int | None = None, limit: int = EVENTS) -> list[audit.Entry]:
    return audit.entries(visitor.platform.database, visitor.actor.organisation_id, before, limit)


def _actor_text(visitor: Visitor, entry: audit.Entry) -> str:
    """Return who did it; a plugin is marked as one."""
    name = visitor.say(channel_text(visitor, entry.actor))
    return visitor.say(PLUGIN, name=name) if entry.actor_kind is ActorKind.PLUGIN else name


def _names(visitor: Visitor, shown: Sequence[audit.Entry]) -> dict[str, str]:
    """Return names by id; a mailbox that is removed is named by what the log itself says of it."""
    named = {entry.thing: str(entry.facts["name"]) for entry in shown if entry.thing and "name" in entry.facts}
    ids = [
        identifier for entry in shown for fact in (entry.thing, *entry.facts.values()) if (identifier := _as_id(fact))
    ]
    with visitor.work() as work:
        people = {str(user_id): name for user_id, name in names_of(work, ids).items()}
        return named | people | {str(mailbox.id): mailbox.name for mailbox in mailboxes.all_mailboxes(work)}


def _as_id(fact: object) -> UUID | None:
    try:
        return UUID(str(fact))
    except ValueError:
        return None


HANDLERS = [show_events]
