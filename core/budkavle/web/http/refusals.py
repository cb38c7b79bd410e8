"""Pages that somebody who is signed in was refused, in the event log of their organisation."""

import structlog

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Forbidden, NeedsApproval
from budkavle.storage.events.traces import record_once
from budkavle.web.auth import session_cookie, visitor_of
from budkavle.web.http.forms import Stale, WebRequest

REFUSED, STALE = "page.refused", "page.stale"
log = structlog.get_logger("budkavle.web")


def is_recorded(request: WebRequest, error: BudkavleError) -> bool:
    """Tell whether an error is a refusal that `record_refusal` records."""
    return isinstance(error, Forbidden) and not isinstance(error, NeedsApproval) and bool(session_cookie(request))


def record_refusal(request: WebRequest, error: BudkavleError) -> None:
    """Record who was refused which page, at most once a minute for each; call it in a thread.

    The entry has the page's route and no ids. What cannot be recorded stops no answer.
    """
    kind, route = STALE if isinstance(error, Stale) else REFUSED, str(request.scope.get("path_template") or "-")
    try:
        visitor = visitor_of(request)
        with visitor.work() as work:
            record_once(work, kind, visitor.session.user.id, route, path=route, method=str(request.method))
    except BudkavleError:
        return  # nobody is signed in
    except Exception as failure:  # noqa: BLE001 - the person is told of the refusal all the same
        log.warning("web.failed", method=request.method, handler=route, **describe(failure))
