"""What the writer has written before: a draft of this answer, and a draft that already waits for approval."""

from typing import Any
from uuid import UUID

from litestar import Response

from budkavle.messaging import held_sends, saved_drafts
from budkavle.messaging.saved_drafts import SavedDraft
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.pages.compose.context import ComposeContext
from budkavle.web.pages.compose.send import leave
from budkavle.web.pages.drafts import URL


def answer(visitor: Visitor, context: ComposeContext) -> SavedDraft | None:
    """Return the writer's own draft of this answer, to the sender or to everybody, or None."""
    answered = context.answered
    if answered is None:
        return None
    with visitor.work() as work:
        drafts = saved_drafts.load_of_case(work, answered.case.id)
    path, everybody = f"/c/{answered.case.id}/reply?", "all=1" if answered.everybody else ""
    urls = ((draft, draft.get(URL)) for draft in drafts)
    return next((draft for draft, url in urls if url.startswith(path) and ("all=1" in url) == bool(everybody)), None)


def held_page(request: WebRequest, visitor: Visitor, draft_id: UUID) -> Response[Any] | None:
    """Return a redirect to the request that a draft waits with, or None if it may be opened."""
    with visitor.work() as work:
        held = held_sends.find_held(work).get(draft_id)
    return leave(request, f"/approvals/{held.id}?said=waits") if held else None
