"""Saved searches in the navigation, each with its current number of hits."""

from time import monotonic
from urllib.parse import parse_qsl
from uuid import UUID

from budkavle.cases.finding.limits import Limits
from budkavle.cases.finding.query import MOST_COUNTED, Searcher, count_everywhere
from budkavle.cases.finding.saved import SavedSearch, list_saved
from budkavle.cases.search import terms_of
from budkavle.model.errors import Invalid
from budkavle.web.auth import Visitor
from budkavle.web.views.searches.limits import limits_of, matches, read_address

SECONDS = 60.0
"""How long a count is cached: the navigation is on every page."""
MOST_KEPT = 10_000
_counts: dict[UUID, tuple[float, int | None]] = {}


def counted_searches(visitor: Visitor) -> list[tuple[SavedSearch, int | None]]:
    """Return the visitor's saved searches with their numbers of hits; None for those that could not be counted."""
    with visitor.work() as work:
        saved = list_saved(work)
    return [(one, _count(visitor, one)) for one in saved]


def find_saved(visitor: Visitor, query: str) -> SavedSearch | None:
    """Return the saved search that has this query, or None."""
    with visitor.work() as work:
        saved = list_saved(work)
    return next((one for one in saved if parse_qsl(one.address[1:]) == parse_qsl(query[1:])), None)


def _count(visitor: Visitor, saved: SavedSearch) -> int | None:
    now = monotonic()
    at, number = _counts.get(saved.id, (now - 2 * SECONDS, None))
    if now - at < SECONDS:
        return number
    words, chosen = read_address(saved.address[1:])
    try:
        with visitor.work() as work:
            limits = limits_of(chosen)
            period = Limits(since=limits.since, until=limits.until)
            counted, _ = count_everywhere(Searcher(work, terms_of(words)), work, period)
        number = min(sum(matches(pair, limits) for pair in counted), MOST_COUNTED)
    except Invalid:
        number = None
    if len(_counts) >= MOST_KEPT:
        _counts.clear()
    _counts[saved.id] = (now, number)
    return number
