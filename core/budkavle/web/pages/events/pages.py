"""The pages of the event log: an organisation's, and the installation's own."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency

from budkavle.accounts.permissions import require_admin, require_platform
from budkavle.accounts.stored_settings import all_sections
from budkavle.model.people import INSTALLATION, ActorKind, SystemActor
from budkavle.model.times import ZONE, day, moment, second
from budkavle.storage import audit
from budkavle.storage.events.chaining import count_waiting
from budkavle.storage.events.search import EventFilter, actors_in, find_entries, names_in
from budkavle.storage.paging import FIRST_PAGE, RowPage
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.pages.events.filters import DAY, FIELDS, Question, understand
from budkavle.web.views.event_texts import (
    GROUPS,
    ICONS,
    INSTALLATION_WORDS,
    PLUGIN,
    WORDS,
    group_of,
    happened,
    number_of_case,
    sentence,
)
from budkavle.web.views.layout import page
from budkavle.web.views.paging import ListAddress, paging
from budkavle.web.views.tags import channel_text, plugin_labels

OF_INSTALLATION = ("since", "until", "kind", "person", "session_mark", "address_mark")
"""The fields of the installation's log: it has no mailboxes and no cases."""
SHORT = 8
"""The number of characters of a mark that are shown."""


@get("/events", sync_to_thread=True)
def show_events(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the organisation's event log in words, the latest first (feature O12)."""
    require_admin(visitor.actor)
    address = ListAddress.read(request, (), dict.fromkeys(FIELDS, ()))
    with visitor.work() as work:
        question = understand(work, address.filters, visitor.platform.plugins.event_words)
        rows_page = _nothing() if question.errors else find_entries(work, question.event_filter, address.place)
        entries = [audit.parse_entry(row["number"], row["entry"]) for row in rows_page.rows]
        names = names_in(work, entries)
        waiting = count_waiting(work.connection, work.organisation_id)
    words = Words(visitor, names)
    context = _context(visitor, question, address, rows_page, [_row(words, request, entry) for entry in entries])
    context["waiting"] = waiting
    return page(visitor, "pages/events.html", context, folder="events", status=_status(question))


@get("/administration/events", sync_to_thread=True)
def show_installation_events(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the installation's own event log to its administrators (feature N6)."""
    require_platform(visitor.actor)
    address = ListAddress.read(request, (), dict.fromkeys(OF_INSTALLATION, ()))
    with visitor.platform.work(reader(visitor)) as work:
        question = understand(work, address.filters, {})
        rows_page = _nothing() if question.errors else find_entries(work, question.event_filter, address.place)
        people = actors_in(work)
    entries = [audit.parse_entry(row["number"], row["entry"]) for row in rows_page.rows]
    words = Words(visitor, of_installation(entries), INSTALLATION_WORDS)
    context = _context(visitor, question, address, rows_page, [_row(words, request, entry) for entry in entries])
    groups = {group_of(kind) for kind in INSTALLATION_WORDS}
    context["groups"] = [choice for choice in context["groups"] if choice[0] in {"", *groups}]
    context["who"] = [("", visitor.say("Alla")), *sorted(people.items(), key=lambda choice: choice[1])]
    return page(
        visitor,
        "pages/installation_events.html",
        context,
        folder="administration",
        status=_status(question),
    )


def reader(visitor: Visitor) -> SystemActor:
    """Return the actor that reads the installation's log for an administrator: in no organisation, without scopes."""
    return SystemActor(INSTALLATION, visitor.actor.name)


def of_installation(entries: Sequence[audit.Entry]) -> dict[str, str]:
    """Return the names of the objects in the installation's log, taken from its entries."""
    return {entry.thing: str(entry.facts["name"]) for entry in entries if entry.thing and "name" in entry.facts}


def _same_marks(path: str, entry: audit.Entry) -> list[dict[str, str]]:
    """Return an entry's marks, with links to all entries of the same session or from the same address.

    The links include the day before and the day after, since a session may pass midnight.
    """
    at = entry.at.astimezone(ZONE).date()
    period = {"since": str(at - DAY), "until": str(at + DAY)}
    return [
        {"name": name, "mark": mark[:SHORT], "url": f"{path}?{urlencode({name: mark} | period)}"}
        for name, mark in (("session_mark", entry.session), ("address_mark", entry.address))
        if mark
    ]


class Words:
    """Entries in words, in the visitor's language.

    Args:
        visitor: The reader.
        names: Names of users and mailboxes by their ids.
        words: Sentences that override the usual ones.
    """

    def __init__(self, visitor: Visitor, names: Mapping[str, str], words: Mapping[str, str] | None = None) -> None:
        self._visitor = visitor
        self._labels = plugin_labels(visitor)
        self._names = {**self._labels, **names}
        self._words = {**visitor.platform.plugins.event_words, **WORDS, **(words or {})}
        self._sections = all_sections(visitor.platform)

    def text(self, entry: audit.Entry) -> str:
        """Return what happened."""
        return sentence(entry, self._words, self._names, self._visitor.say, self._sections)

    def actor(self, entry: audit.Entry) -> str:
        """Return who did it; a plugin is marked as one."""
        way = self._visitor.say(channel_text(self._visitor, entry.actor))
        if entry.actor_kind is not ActorKind.PLUGIN:
            return way
        label = self._labels.get(entry.actor, entry.actor)
        return self._visitor.say(PLUGIN, name=way if label == entry.actor else label)

    def row(self, entry: audit.Entry) -> dict[str, Any]:
        """Return a line of the page."""
        language = self._visitor.language
        has_reason = "{reason}" in self._words.get(entry.kind, "")
        return {
            "number": entry.number,
            "icon": ICONS[group_of(entry.kind)],
            "at_iso": entry.at.isoformat(),
            "at_text": moment(entry.at, language),
            "day": day(entry.at, language),
            "time": second(entry.at, language),
            "case": number_of_case(entry, self._names),
            "thing": entry.thing,
            "actor": self.actor(entry),
            "text": happened(entry, self._words, self._names, self._visitor.say, self._sections),
            "why": "" if has_reason else self._visitor.say(audit.reason(entry)),
        }


def _context(
    visitor: Visitor, question: Question, address: ListAddress, rows_page: RowPage, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    address = address.at(rows_page)
    return {
        "rows": rows,
        "values": {name: address.filters.get(name, "") for name in FIELDS},
        "errors": visitor.say_all(question.errors),
        "groups": [("", visitor.say("Alla typer")), *((key, visitor.say(text)) for key, text in GROUPS.items())],
        "matches": {
            name: [(match, address.url(FIRST_PAGE, **{name: str(match.id)})) for match in matches]
            for name, matches in (("person", question.people), ("mailbox", question.mailboxes))
        },
        "filtered": question.event_filter != EventFilter(),
        "address": address,
        "paging": paging(address, rows_page, None, "number"),
        "csrf": visitor.session.csrf,
    }


def _row(words: Words, request: WebRequest, entry: audit.Entry) -> dict[str, Any]:
    return {**words.row(entry), "marks": _same_marks(request.url.path, entry)}


def _nothing() -> RowPage:
    return RowPage((), FIRST_PAGE, more_before=False, more_after=False)


def _status(question: Question) -> int:
    return 422 if question.errors else 200


HANDLERS = [show_events, show_installation_events]
