"""The dialog of "Skicka säkert": it shows the text to the person, who creates a draft from it or deletes it."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Draft, FunctionMailbox, Host, Invalid, as_uuid
from budkavle.cases import readable_mailboxes
from budkavle.messaging import begin_draft
from budkavle.web import Form, Visitor, plugin_page
from budkavle_microsoft_apps.plain_text import as_markdown
from budkavle_teams.extension import shared_texts
from budkavle_teams.settings import TenantSettings

CHOOSE = "Välj den brevlåda som meddelandet ska skickas från."


def handlers(host: Host, tenant: TenantSettings) -> list[HTTPRouteHandler]:
    """Return the routes of the dialog; they belong to the frame."""

    @get("/share", sync_to_thread=True)
    def nothing(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Explain what to do if the dialog has no text: the accounts are not linked, or the message was empty."""
        return plugin_page(visitor, "teams/shared_nothing.html", {"removed": False})

    @get("/share/{text_id:uuid}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], text_id: FromPath[UUID]) -> Response[str]:
        """Show the text."""
        return _page(host, tenant, visitor, text_id)

    @post("/share/{text_id:uuid}", sync_to_thread=True, status_code=200)
    def use(visitor: NamedDependency[Visitor], form: NamedDependency[Form], text_id: FromPath[UUID]) -> Response[Any]:
        """Create the draft, or delete the text; either way the text is removed."""
        if form.get("remove"):
            with visitor.work() as work:
                shared_texts.forget(host, work, text_id)
            return plugin_page(visitor, "teams/shared_nothing.html", {"removed": True})
        mailbox_id = as_uuid(form.get("mailbox"))
        if mailbox_id is None:
            return _page(host, tenant, visitor, text_id, {"mailbox": CHOOSE})
        try:
            with visitor.work() as work:
                text = shared_texts.read(host, work, text_id)
                draft_id = begin_draft(work, mailbox_id, Draft((), "", as_markdown(text)))
                shared_texts.forget(host, work, text_id)
        except Invalid as fault:
            return _page(host, tenant, visitor, text_id, dict(fault.fields) or {"mailbox": fault.message})
        return Redirect(f"/compose?draft={draft_id}", status_code=303)

    return [nothing, show, use]


def _page(
    host: Host, tenant: TenantSettings, visitor: Visitor, text_id: UUID, faults: dict[str, str] | None = None
) -> Response[str]:
    with visitor.work() as work:
        text = shared_texts.read(host, work, text_id)
        mailboxes = readable_mailboxes(work)
    context = {
        "url": f"{tenant.path}/share/{text_id}",
        "text": text,
        "mailboxes": _options(mailboxes, visitor.session.user.id),
        "faults": faults or {},
    }
    return plugin_page(visitor, "teams/shared.html", context, status=422 if faults else 200)


def _options(mailboxes: list[FunctionMailbox], user_id: UUID) -> list[tuple[str, str]]:
    """Return the mailboxes as options; the visitor's own first, without a name, which the page adds."""
    mine = [(str(box.id), "") for box in mailboxes if box.owner_id == user_id]
    return mine + [(str(box.id), box.name) for box in mailboxes if box.owner_id != user_id]
