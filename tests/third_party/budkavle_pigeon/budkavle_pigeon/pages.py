"""The plugin's own pages."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle import Address, Draft, Invalid, as_uuid
from budkavle.messaging import begin_draft
from budkavle.web import Form, Visitor
from budkavle_pigeon.loft import Loft


def router(loft: Loft) -> Router:
    """Make the routes under `/plugin/pigeon/`."""

    @get("/birds", sync_to_thread=False)
    def birds() -> dict[str, int]:
        """Say how many birds there are."""
        return {"birds": loft.birds}

    @post("/write", sync_to_thread=True)
    def write(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Begin a message with what is known of the weather; a person goes on with it on the page for writing."""
        mailbox_id = as_uuid(form.get("mailbox"))
        if mailbox_id is None:
            raise Invalid("Välj en brevlåda.")
        return Redirect(f"/compose?draft={report(visitor, mailbox_id, form.get('to'))}", status_code=303)

    return Router("/plugin/pigeon", route_handlers=[birds, write])


def report(visitor: Visitor, mailbox_id: UUID, loft: str) -> UUID:
    """Begin a message about the weather to a loft; a pigeon carries no files."""
    draft = Draft((Address("pigeon", loft),), "Väder", "Vinden är god.")
    with visitor.work() as work:
        return begin_draft(work, mailbox_id, draft)
