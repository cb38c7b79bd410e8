"""The search page: filters with counts, and the hits with their matching words; a case is read next to them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy import select

from budkavle.accounts.permissions import as_mailbox
from budkavle.cases import search as searches
from budkavle.cases.finding.index import is_unfinished
from budkavle.cases.finding.limits import Limits
from budkavle.cases.finding.query import Hit, Searcher, count_everywhere
from budkavle.cases.finding.saved import remove, save
from budkavle.cases.finding.snippets import Snippet, snippets
from budkavle.cases.finding.walk import Candidate
from budkavle.cases.finding.words import Place, Term, marked
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Work
from budkavle.storage.tables import mailboxes, tags, users
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.views import list_rows
from budkavle.web.views.layout import Group, Link, mailbox_name, page
from budkavle.web.views.list_rows import Row
from budkavle.web.views.panels import panels
from budkavle.web.views.searches.limits import (
    NOBODY,
    PLACES,
    STATES,
    TIMES,
    Chosen,
    address,
    limits_of,
    matches,
    period_of,
    read_address,
)
from budkavle.web.views.searches.saved import find_saved
from budkavle.web.views.tags import channel_text

MOST_CHOICES = 12
MOST_CHANGED = 40
"""How many changed cases are checked at a time for an open list."""


@dataclass(frozen=True, slots=True)
class HitRow:
    """A hit as the page shows it: its case, the subject in pieces, its mailbox, and the matching words."""

    row: Row
    subject: Sequence[tuple[str, bool]]
    mailbox: str
    snippet: Snippet


@get("/search", sync_to_thread=True)
def search(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """Search in all the user's mailboxes, by words in subjects, names, texts, attachments and notes."""
    return page(visitor, "pages/search.html", search_context(request, visitor), folder="search")


def search_context(
    request: WebRequest, visitor: Visitor, current: UUID | None = None, query: str | None = None
) -> dict[str, Any]:
    """Return the template context of the hits, read from the URL, or from another URL's `query`."""
    words, chosen = read_address(request.url.query if query is None else query)
    context: dict[str, Any] = {
        "search_query": words,
        "scope": visitor.say(searches.SCOPE),
        "fault": "",
        "wrong": (),
        "terms": (),
        "hits": [],
        "view": None,
        "facets": [],
        "search_pieces": panels(visitor, "search.results", {"words": words})
        if words.strip() and current is None
        else [],
        "search_place": f"/search{address(words, chosen)}",
        "saved": find_saved(visitor, address(words, chosen)),
        "saving": address(words, chosen),
        "clear_url": f"/search{address(words, {})}" if any(chosen.values()) else None,
        "days": [(name, ",".join(chosen[name])) for name in ("from", "to")],
        "kept": [("q", words), *((name, ",".join(chosen[name])) for name in chosen if name not in {"from", "to"})],
    }
    if not words.strip():
        return context
    try:
        with visitor.work() as work:
            return context | _results(request, visitor, work, words, chosen, current)
    except Invalid as error:
        return {**context, "fault": visitor.say(error.sentence), "wrong": tuple(error.fields)}


def _results(
    request: WebRequest, visitor: Visitor, work: Work, words: str, chosen: Chosen, current: UUID | None
) -> dict[str, Any]:
    terms = searches.terms_of(words)
    searcher, limits = Searcher(work, terms), limits_of(chosen)
    cursor = request.query_params.get("after", "")
    since, until = period_of(chosen)
    # Counted first: a page without other filters shows the first of the counted hits.
    counted, is_cut = count_everywhere(searcher, work, Limits(since=since, until=until))
    hits = searches.find_hits(work, searcher, words, limits, cursor)
    matching = [pair for pair in counted if matches(pair, limits)]
    boxes = _mailboxes(work, {pair[1].mailbox_id for pair in counted} | {hit.case.mailbox_id for hit in hits.hits})
    names = {box.id: mailbox_name(visitor, box) for box in boxes.values()}
    query = address(words, chosen, after=cursor)
    places = len({row.mailbox_id for _, row in matching})
    return {
        "terms": terms,
        "hits": _hit_rows(visitor, work, hits.hits, terms, query, current),
        "news_url": f"/search/news{query}&{urlencode({'since': datetime.now(UTC).isoformat()})}",
        "facets": _facets(visitor, work, words, chosen, counted, names),
        "total": None if cursor else max(len(matching), len(hits.hits)),
        "is_cut": is_cut,
        "is_limited": len(matching) < len(counted),
        "boxes": max(places, len({hit.case.mailbox_id for hit in hits.hits})),
        "unfinished": visitor.say(searches.UNFINISHED) if is_unfinished(work) else "",
        "older_url": f"/search{address(words, chosen, after=hits.after)}" if hits.after else None,
        "newer_url": f"/search{address(words, chosen)}" if cursor else None,
    }


def _hit_rows(
    visitor: Visitor,
    work: Work,
    hits: Sequence[Hit],
    terms: Sequence[Term],
    query: str,
    current: UUID | None,
) -> list[HitRow]:
    around, rows = snippets(work, hits, terms), list[HitRow]()
    boxes = _mailboxes(work, {hit.case.mailbox_id for hit in hits})
    for hit in hits:
        box = boxes[hit.case.mailbox_id]
        row = list_rows.case_row(visitor, hit.case, query, current, shared=box.kind.is_shared)
        subject = marked(terms, row.subject, Place.SUBJECT) if hit.case.subject else [(row.subject, False)]
        snippet = around.get(hit.case.id, Snippet())
        rows.append(HitRow(replace(row, action_url=None), subject, mailbox_name(visitor, box), snippet))
    return rows


@get("/search/news", sync_to_thread=True)
def search_news(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """Return rows of an open list of hits again, and say whether cases that have changed since are new hits.

    The URL is that of the list, with the `rows` that it shows, other cases (`ids`), and when it was opened (`since`).
    """
    words, chosen = read_address(request.url.query)
    parameters = request.query_params
    current, since = _open_case(request), _moment(parameters.get("since", ""))
    shown, others = _ids(parameters.get("rows", "")), _ids(parameters.get("ids", ""))
    query = address(words, chosen, after=parameters.get("after", ""))
    with visitor.work() as work:
        terms = searches.terms_of(words)
        hits = Searcher(work, terms).among(limits_of(chosen), shown | others)
        listed = [hit for hit in hits if hit.case.id in shown]
        rows = _hit_rows(visitor, work, listed, terms, query, current)
    is_news = any(hit.case.id in others and hit.case.active_at > since for hit in hits)
    url = f"/c/{current}{query}" if current else f"/search{query}"
    context = {"hits": rows, "is_news": is_news, "missed": "missed" in parameters, "url": url}
    return visitor.pages.page(request, "fragments/search_news.html", context, visitor.language)


def _open_case(request: WebRequest) -> UUID | None:
    path = urlsplit(request.headers.get("hx-current-url", "")).path
    return as_uuid(path.removeprefix("/c/")) if path.startswith("/c/") else None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # a time near the limits of datetime overflows in another zone
        return datetime.now(UTC)


def _ids(text: str) -> set[UUID]:
    return {case_id for value in text.split(",")[:MOST_CHANGED] if (case_id := as_uuid(value))}


def _facets(
    visitor: Visitor,
    work: Work,
    words: str,
    chosen: Chosen,
    counted: Sequence[tuple[Candidate, Any]],
    names: Mapping[UUID, str],
) -> list[Group]:
    """Return the filters to choose from, each with its number of hits together with the other chosen filters."""

    def remaining(name: str) -> list[tuple[Candidate, Any]]:
        others = limits_of({**chosen, name: ()})
        return [pair for pair in counted if matches(pair, others)]

    def group(name: str, title: str, texts: Mapping[str, str], values: Callable[[Any], Iterable[str]]) -> Group:
        many = Counter(value for pair in remaining(name) for value in values(pair))
        ordered = list(texts) if name in {"where", "state", "time"} else [value for value, _ in many.most_common()]
        offered = [value for value in ordered if value in texts and (many[value] or value in chosen[name])]
        links = [
            Link(
                f"/search{address(words, _toggled(chosen, name, value))}",
                texts[value],
                count=str(many[value]),
                current=value in chosen[name],
            )
            for value in offered[:MOST_CHOICES]
        ]
        return Group(title, links)

    holders = {pair[1].holder_id for pair in counted if pair[1].holder_id}
    labels = {tag for pair in counted for tag in pair[1].tags or ()}
    people = {NOBODY: visitor.say("Otilldelade"), **_texts(work, users, holders)}
    now = datetime.now(UTC)
    groups = [
        group("box", visitor.say("Brevlåda"), {str(key): text for key, text in names.items()}, _column("mailbox_id")),
        group(
            "where", visitor.say("Var orden finns"), _translated(visitor, {k: v[1] for k, v in PLACES.items()}), _places
        ),
        group("state", visitor.say("Status"), _translated(visitor, STATES), _column("state")),
        group(
            "time",
            visitor.say("Tid"),
            _translated(visitor, {key: value[1] for key, value in TIMES.items()}),
            lambda pair: [key for key, (span, _) in TIMES.items() if pair[1].opened_at >= now - span],
        ),
        group(
            "kind",
            visitor.say("Kanal"),
            {pair[1].channel: channel_text(visitor, pair[1].channel) for pair in counted},
            _column("channel"),
        ),
        group("person", visitor.say("Ärende taget av"), people, lambda pair: [str(pair[1].holder_id or NOBODY)]),
        group("label", visitor.say("Etikett"), _texts(work, tags, labels), lambda pair: map(str, pair[1].tags or ())),
    ]
    return [group for group in groups if len(group.links) > 1 or any(link.current for link in group.links)]


def _places(pair: tuple[Candidate, Any]) -> list[str]:
    return [name for name, (place, _) in PLACES.items() if pair[0].places & place]


def _column(name: str) -> Callable[[Any], list[str]]:
    return lambda pair: [str(getattr(pair[1], name))]


def _translated(visitor: Visitor, texts: Mapping[str, str]) -> dict[str, str]:
    return {key: visitor.say(text) for key, text in texts.items()}


def _texts(work: Work, table: Any, ids: Iterable[UUID]) -> dict[str, str]:
    query = select(table.c.id, table.c.name).where(
        table.c.organisation_id == work.organisation_id, table.c.id.in_(list(ids))
    )
    return {str(row.id): row.name for row in work.connection.execute(query)}


def _mailboxes(work: Work, ids: Iterable[UUID]) -> dict[UUID, FunctionMailbox]:
    query = select(mailboxes).where(mailboxes.c.organisation_id == work.organisation_id, mailboxes.c.id.in_(list(ids)))
    return {row["id"]: as_mailbox(row) for row in work.connection.execute(query).mappings()}


def _toggled(chosen: Chosen, name: str, value: str) -> Chosen:
    """Return the filters with one value switched on, or off if it was on; only one time can be chosen."""
    if value in chosen[name]:
        return {**chosen, name: tuple(other for other in chosen[name] if other != value)}
    return {**chosen, name: (value,) if name == "time" else (*chosen[name], value)}


@post("/searches", sync_to_thread=True)
def save_search(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Save a search under a name, or say at the field why it cannot be saved."""
    words, chosen = read_address(form.get("search").removeprefix("?"))
    try:
        with visitor.work() as work:
            save(work, form.get("name"), address(words, chosen) if words.strip() else "")
    except (Invalid, Conflict) as error:
        context = search_context(request, visitor, query=address(words, chosen).removeprefix("?"))
        fault = visitor.say(error.sentence)
        context |= {"save_fault": fault, "save_name": form.get("name"), "faulty": True}
        context["fault"] = context["fault"] or ("" if words.strip() else fault)
        return page(visitor, "pages/search.html", context, folder="search", status=422)
    return Redirect(f"/search{address(words, chosen)}", status_code=303)


@post("/searches/{saved_id:uuid}/remove", sync_to_thread=True)
def remove_search(visitor: NamedDependency[Visitor], form: NamedDependency[Form], saved_id: FromPath[UUID]) -> Redirect:
    """Remove a saved search, and redirect back to its hits."""
    words, chosen = read_address(form.get("search").removeprefix("?"))
    with visitor.work() as work:
        remove(work, saved_id)
    return Redirect(f"/search{address(words, chosen)}", status_code=303)


HANDLERS = [search, search_news, save_search, remove_search]
