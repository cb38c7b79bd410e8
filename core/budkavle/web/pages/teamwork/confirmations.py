"""The confirmation on a case's page after an action on another page, with its undo."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from litestar.response import Redirect

from budkavle.model.mailboxes import Case
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.delivery_status import N_

WHAT, BEFORE = "team", "was"
"""In the query: what was done, and what was there before."""
OURS = frozenset({WHAT, BEFORE})
PAGE_OF_PEOPLE = frozenset({"q", "before", "from"})
"""In the query of a page that lists people: the position. An `after` with a `_` belongs to a list of cases."""
LIST_FILTERS: Mapping[str, tuple[str, ...]] = {"folder": (), "scope": (), "channel": ()}
"""In the query: the filters of the list of cases next to the case."""

SAID = {
    "due": N_("Svarsdatumet är sparat."),
    "no-due": N_("Ärendet har inget svarsdatum längre."),
    "tagged": N_("Taggarna är sparade."),
    "restricted": N_("Ärendet är begränsat. Bara de som du valde ser det."),
    "unrestricted": N_("Begränsningen är borttagen. Alla som läser brevlådan ser ärendet igen."),
    "moved": N_("Ärendet är flyttat."),
}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A sentence that confirms what was done, with the form that undoes it."""

    text: str
    undo_url: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


def back_to_case(request: WebRequest, case_id: UUID, what: str = "", before: str = "") -> Redirect:
    """Redirect back to the case, next to the list that it was opened from.

    Args:
        request: The request that did it.
        case_id: The case.
        what: What was done, by its name in `confirmation`; empty if nothing was.
        before: The previous value, for undoing it.
    """
    return Redirect(case_url(request, case_id, what, before), status_code=303)


def case_url(request: WebRequest, case_id: UUID, what: str = "", before: str = "") -> str:
    """Return the URL of a case next to its list."""
    added = [(WHAT, what), (BEFORE, before)] if what else []
    return f"/c/{case_id}{_query(request, added)}#row-{case_id}"


def list_query(request: WebRequest) -> str:
    """Return the query that keeps the list next to the case, for the URL of a page about the case."""
    return _query(request, [])


def _query(request: WebRequest, added: list[tuple[str, str]]) -> str:
    pairs = [
        (name, value)
        for name, value in parse_qsl(request.url.query)
        if name not in OURS | PAGE_OF_PEOPLE and (name != "after" or "_" in value)
    ]
    return f"?{urlencode(pairs + added)}" if pairs + added else ""


def confirmation(request: WebRequest, visitor: Visitor, case: Case) -> list[Confirmation]:
    """Return the confirmation of the action that led here."""
    action, before = request.query_params.get(WHAT, ""), request.query_params.get(BEFORE, "")
    if action == "assigned":
        fields = {"user": before, "holder": str(case.holder_id or "")}
        undo = f"/c/{case.id}/assign"
        if case.holder_id is None:
            return [Confirmation(visitor.say(N_("Ingen har ärendet nu.")), undo if before else None, fields)]
        text = visitor.say(N_("{name} har fått ärendet."), name=case.holder)
        return [Confirmation(text, undo, fields)]
    if action == "due":
        text = visitor.say(SAID["due"] if case.due_on else SAID["no-due"])
        return [Confirmation(text, f"/c/{case.id}/due", {"day": before})]
    return [Confirmation(visitor.say(SAID[action]))] if action in SAID else []
