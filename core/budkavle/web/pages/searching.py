"""The page of a search: its limits with counts, the hits, and where their words stand; a case is read beside them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from sqlalchemy import select

from budkavle.accounts.permissions import as_mailbox
from budkavle.cases import search as searches
from budkavle.cases.finding.index import is_unfinished
from budkavle.cases.finding.query import Candidate, Hit, Limits, Searcher, count_everywhere
from budkavle.cases.finding.snippets import Snippet, snippets
from budkavle.cases.finding.words import NOWHERE, Place, Term, marked
from budkavle.model.errors import Invalid
from budkavle.model.identifiers import as_uuid
from budkavle.model.states import CaseState
from budkavle.storage.platform import Work
from budkavle.storage.tables import mailboxes, tags, users
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.views import list_rows
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import Group, Link, mailbox_name, page
from budkavle.web.views.list_rows import Row
from budkavle.web.views.panels import panels
from budkavle.web.views.tags import channel_text

NAMES = ("box", "where", "state", "time", "kind", "person", "label")
"""The limits of an address; several values are joined by commas."""
MOST_CHOICES = 12
NOBODY = "none"
PLACES = {
    "subject": (Place.SUBJECT, N_("Ämne")),
    "text": (Place.TEXT, N_("Text")),
    "file": (Place.FILE, N_("Bilagor")),
    "note": (Place.NOTE, N_("Anteckningar")),
}
STATES = {CaseState.OPEN.value: N_("Öppna"), CaseState.CLOSED.value: N_("Avslutade")}
TIMES = {
    "week": (timedelta(days=7), N_("Senaste veckan")),
    "month": (timedelta(days=31), N_("Senaste månaden")),
    "year": (timedelta(days=366), N_("Senaste året")),
}
Chosen = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class HitRow:
    """A hit as the page shows it: its case, the subject in pieces, its mailbox, and where the words stand."""

    row: Row
    subject: Sequence[tuple[str, bool]]
    mailbox: str
    snippet: Snippet


@get("/search", sync_to_thread=True)
def search(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """Find cases in all one's mailboxes by words of subjects, names, texts, attachments and notes."""
    return page(visitor, "pages/search.html", search_context(request, visitor), folder="search")


def search_context(request: WebRequest, visitor: Visitor, current: UUID | None = None) -> dict[str, Any]:
    """Return what the half of a page with the hits needs, read from the address."""
    words = request.query_params.get("q", "")
    chosen = {name: tuple(filter(None, request.query_params.get(name, "").split(","))) for name in NAMES}
    context: dict[str, Any] = {
        "search_query": words,
        "scope": visitor.say(searches.SCOPE),
        "fault": "",
        "hits": [],
        "facets": [],
        "pieces": panels(visitor, "search.results", {"words": words}) if words.strip() and current is None else [],
        "search_place": f"/search{_address(words, chosen)}",
        "clear_url": f"/search{_address(words, {})}" if any(chosen.values()) else None,
    }
    if not words.strip():
        return context
    try:
        with visitor.work() as work:
            found = _found(request, visitor, work, words, chosen, current)
    except Invalid as error:
        return {**context, "fault": visitor.say(error.message)}
    return {**context, **found}


def _found(
    request: WebRequest, visitor: Visitor, work: Work, words: str, chosen: Chosen, current: UUID | None
) -> dict[str, Any]:
    terms = searches.terms_of(words)
    searcher, limits = Searcher(work, terms), _limits(chosen)
    cursor = request.query_params.get("after", "")
    hits = searches.find_hits(work, searcher, words, limits, cursor)
    counted, is_cut = count_everywhere(searcher, work)
    matching = [pair for pair in counted if _matches(pair, limits)]
    names = _names(visitor, work, {pair[1].mailbox_id for pair in counted} | {hit.case.mailbox_id for hit in hits.hits})
    query = _address(words, chosen, after=cursor)
    around = snippets(work, hits.hits, terms)
    boxes = len({row.mailbox_id for _, row in matching})
    return {
        "hits": [
            _hit_row(
                hit,
                list_rows.case_row(visitor, hit.case, query, current),
                terms,
                names.get(hit.case.mailbox_id, ""),
                around.get(hit.case.id),
            )
            for hit in hits.hits
        ],
        "facets": _facets(visitor, work, words, chosen, counted, names),
        "total": None if cursor else max(len(matching), len(hits.hits)),
        "is_cut": is_cut,
        "boxes": max(boxes, len({hit.case.mailbox_id for hit in hits.hits})),
        "unfinished": visitor.say(searches.UNFINISHED) if is_unfinished(work) else "",
        "older_url": f"/search{_address(words, chosen, after=hits.after)}" if hits.after else None,
        "newer_url": f"/search{_address(words, chosen)}" if cursor else None,
    }


def _hit_row(hit: Hit, row: Row, terms: Sequence[Term], mailbox: str, snippet: Snippet | None) -> HitRow:
    subject = marked(terms, row.subject, Place.SUBJECT) if hit.case.subject else [(row.subject, False)]
    return HitRow(replace(row, action_url=None), subject, mailbox, snippet or Snippet())


def _limits(chosen: Chosen) -> Limits:
    since = next((datetime.now(UTC) - TIMES[name][0] for name in chosen["time"] if name in TIMES), None)
    places = NOWHERE
    for name in chosen["where"]:
        places |= PLACES[name][0] if name in PLACES else NOWHERE
    return Limits(
        mailboxes=_ids(chosen["box"]),
        places=places,
        since=since,
        channels=frozenset(chosen["kind"]),
        holders=_ids(chosen["person"]),
        untaken=NOBODY in chosen["person"],
        states=frozenset(chosen["state"]) & STATES.keys(),
        tags=_ids(chosen["label"]),
    )


def _ids(values: Iterable[str]) -> frozenset[UUID]:
    return frozenset(one for value in values if (one := as_uuid(value)))


def _matches(pair: tuple[Candidate, Any], limits: Limits) -> bool:
    candidate, row = pair
    holds = limits.holders or limits.untaken
    return (
        (not limits.mailboxes or row.mailbox_id in limits.mailboxes)
        and (not limits.places or bool(candidate.places & limits.places))
        and (limits.since is None or row.opened_at >= limits.since)
        and (not limits.channels or row.channel in limits.channels)
        and (not holds or (row.holder_id in limits.holders if row.holder_id else limits.untaken))
        and (not limits.states or row.state in limits.states)
        and (not limits.tags or bool(limits.tags & set(row.tags or ())))
    )


def _facets(
    visitor: Visitor,
    work: Work,
    words: str,
    chosen: Chosen,
    counted: Sequence[tuple[Candidate, Any]],
    names: Mapping[UUID, str],
) -> list[Group]:
    """Return the limits that can be chosen, each with how many hits it has beside what else is chosen."""

    def remaining(name: str) -> list[tuple[Candidate, Any]]:
        others = _limits({**chosen, name: ()})
        return [pair for pair in counted if _matches(pair, others)]

    def group(name: str, title: str, texts: Mapping[str, str], values: Callable[[Any], Iterable[str]]) -> Group:
        many = Counter(value for pair in remaining(name) for value in values(pair))
        ordered = list(texts) if name in {"where", "state", "time"} else [value for value, _ in many.most_common()]
        kept = [one for one in ordered if one in texts and (many[one] or one in chosen[name])][:MOST_CHOICES]
        links = [
            Link(
                f"/search{_address(words, _toggled(chosen, name, one))}",
                texts[one],
                count=str(many[one]),
                current=one in chosen[name],
            )
            for one in kept
        ]
        return Group(title, links)

    holders = {pair[1].holder_id for pair in counted if pair[1].holder_id}
    labels = {tag for pair in counted for tag in pair[1].tags or ()}
    people = {NOBODY: visitor.say("Otilldelade"), **_texts(work, users, holders)}
    now = datetime.now(UTC)
    groups = [
        group("box", visitor.say("Brevlåda"), {str(key): text for key, text in names.items()}, _one("mailbox_id")),
        group("where", visitor.say("Var orden finns"), _said(visitor, {k: v[1] for k, v in PLACES.items()}), _places),
        group("state", visitor.say("Läge"), _said(visitor, STATES), _one("state")),
        group(
            "time",
            visitor.say("Tid"),
            _said(visitor, {key: value[1] for key, value in TIMES.items()}),
            lambda pair: [key for key, (span, _) in TIMES.items() if pair[1].opened_at >= now - span],
        ),
        group(
            "kind",
            visitor.say("Kanal"),
            {pair[1].channel: channel_text(visitor, pair[1].channel) for pair in counted},
            _one("channel"),
        ),
        group("person", visitor.say("Ärende taget av"), people, lambda pair: [str(pair[1].holder_id or NOBODY)]),
        group("label", visitor.say("Etikett"), _texts(work, tags, labels), lambda pair: map(str, pair[1].tags or ())),
    ]
    return [one for one in groups if len(one.links) > 1 or any(link.current for link in one.links)]


def _places(pair: tuple[Candidate, Any]) -> list[str]:
    return [name for name, (place, _) in PLACES.items() if pair[0].places & place]


def _one(column: str) -> Callable[[Any], list[str]]:
    return lambda pair: [str(getattr(pair[1], column))]


def _said(visitor: Visitor, texts: Mapping[str, str]) -> dict[str, str]:
    return {key: visitor.say(text) for key, text in texts.items()}


def _texts(work: Work, table: Any, ids: Iterable[UUID]) -> dict[str, str]:
    query = select(table.c.id, table.c.name).where(
        table.c.organisation_id == work.organisation_id, table.c.id.in_(list(ids))
    )
    return {str(row.id): row.name for row in work.connection.execute(query)}


def _names(visitor: Visitor, work: Work, ids: Iterable[UUID]) -> dict[UUID, str]:
    query = select(mailboxes).where(mailboxes.c.organisation_id == work.organisation_id, mailboxes.c.id.in_(list(ids)))
    rows = work.connection.execute(query).mappings()
    return {row["id"]: mailbox_name(visitor, as_mailbox(row)) for row in rows}


def _toggled(chosen: Chosen, name: str, value: str) -> Chosen:
    """Return the limits with one value chosen, or given up where it is chosen; of times one alone."""
    if value in chosen[name]:
        return {**chosen, name: tuple(one for one in chosen[name] if one != value)}
    return {**chosen, name: (value,) if name == "time" else (*chosen[name], value)}


def _address(words: str, chosen: Chosen, after: str = "") -> str:
    values = {"q": words, **{name: ",".join(values) for name, values in chosen.items()}, "after": after}
    return f"?{urlencode({name: value for name, value in values.items() if value})}"


HANDLERS = [search]
