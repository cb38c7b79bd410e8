"""Refused requests: no permission for a page, a limit reached, or input that no browser sends.

Refusals of a signed-in user are entries in the event log of their organisation; all others are lines in the service
log. Neither contains anything of what was sent.

Source: ASVS 5.0, 16.3.2 and 16.3.3.
"""

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import structlog

from budkavle.logs import describe
from budkavle.measures.catalogue import OUTSIDE
from budkavle.model.errors import BudkavleError, Forbidden, NeedsApproval, NotFound, OutsideNetworks
from budkavle.model.sentences import Sentence
from budkavle.storage.events.traces import record_once
from budkavle.web.auth import known_visitor
from budkavle.web.browser_sessions import session_cookie
from budkavle.web.http.devices import network_address
from budkavle.web.http.forms import Stale, WebRequest
from budkavle.web.http.request_limits import place_of

REFUSED: Final = "page.refused"
OUTSIDE_NETWORKS: Final = "administration.refused"
STALE: Final = "page.stale"
LIMITED: Final = "limit.reached"
BROKEN: Final = "input.broken"
_LIMITS: Final = frozenset({408, 413, 429})
_MALFORMED: Final = frozenset({"bad-request", "malformed"})
_WITHIN: Final = 60.0
_MOST: Final = 1_000
"""Limits and broken requests that one process reports within a minute."""
_MOST_OF_ONE: Final = 50
"""The same for one network address, or a /64 of IPv6, whatever cookies it sends."""
log = structlog.get_logger("budkavle.web")


@dataclass(slots=True)
class Sparing:
    """Limits reports to one per minute of the same kind, `_MOST_OF_ONE` per address and `_MOST` in all.

    Use it only in the event loop.
    """

    began: float = field(default_factory=monotonic)
    told: set[tuple[str, ...]] = field(default_factory=set)
    by_place: Counter[str] = field(default_factory=Counter)

    def is_first(self, address: str, *what: str) -> bool:
        """Tell whether a report about a network address, or its /64, is the first within the minute."""
        if monotonic() - self.began > _WITHIN:
            self.began = monotonic()
            self.told.clear()
            self.by_place.clear()
        place = place_of(address)
        report = (place, *what)
        if report in self.told or len(self.told) >= _MOST or self.by_place[place] >= _MOST_OF_ONE:
            return False
        self.told.add(report)
        self.by_place[place] += 1
        return True


def refusal_of(request: WebRequest, error: BudkavleError) -> str:
    """Return the kind under which `record_refusal` is to record an error; empty if it is not recorded, or just was."""
    if isinstance(error, OutsideNetworks):
        OUTSIDE.count()
        return OUTSIDE_NETWORKS
    if isinstance(error, Forbidden):
        is_refusal = not isinstance(error, NeedsApproval) and bool(session_cookie(request))
        return (STALE if isinstance(error, Stale) else REFUSED) if is_refusal else ""
    kind = LIMITED if error.status in _LIMITS else BROKEN if _is_broken(request, error) else ""
    if not kind:
        return ""
    address = network_address(request)
    sparing: Sparing = request.app.state.sparing
    return kind if sparing.is_first(address, kind, error.slug, session_cookie(request) or "") else ""


def record_refusal(request: WebRequest, error: BudkavleError, kind: str) -> None:
    """Record what was refused, at most once a minute for each person and subject; call it in a thread.

    The entry has the page's route and no ids. If it cannot be recorded, the response is still sent.

    Args:
        request: The request.
        error: Why it was refused.
        kind: What `refusal_of` returned.
    """
    route = str(request.scope.get("path_template") or "-")
    details: dict[str, Any] = {"path": route, "method": str(request.method)}
    if kind in {LIMITED, BROKEN}:
        details["why"] = Sentence(error.title).to_text()
    try:
        visitor = known_visitor(request)
        with visitor.work() as work:
            who = error.slug if kind in {LIMITED, BROKEN, OUTSIDE_NETWORKS} else route
            record_once(work, kind, visitor.session.user.id, who, **details)
    except BudkavleError:
        _tell(request, error, kind, route)  # nobody is signed in
    except Exception as failure:  # noqa: BLE001 - the person is told about the refusal anyway
        log.warning("web.failed", method=request.method, handler=route, **describe(failure))


def _tell(request: WebRequest, error: BudkavleError, kind: str, route: str) -> None:
    fields = {"method": str(request.method), "handler": route, "reason": error.slug, "status": error.status}
    if kind == LIMITED:
        log.warning("web.limited", **fields)
    elif kind == BROKEN:
        log.warning("web.broken-request", **fields)


def _is_broken(request: WebRequest, error: BudkavleError) -> bool:
    return error.slug in _MALFORMED or (isinstance(error, NotFound) and _is_impossible(request.scope["path"]))


def _is_impossible(path: str) -> bool:
    """Tell whether an address is one that no page of ours and no browser produces."""
    odd = any(character < " " or character in "\\\x7f\ufffd" for character in path)
    return odd or ".." in path.split("/")
