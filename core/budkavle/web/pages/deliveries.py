"""One recipient of a sent message: its status, recalling it, retrying it; and the list of all links."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts.mailboxes import mailbox as find_mailbox
from budkavle.deliveries.recall import recall
from budkavle.messaging.sending import retry
from budkavle.messaging.tracking import Followed, followed, links
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.loa import Loa
from budkavle.model.times import moment, when
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.views import tags, timeline
from budkavle.web.views.layout import is_open, mailbox_name, page, part
from budkavle.web.views.recipient_status import shown

DONE = "recalled"
"""In the query after a message was recalled."""


@get("/m/{mailbox_id:uuid}/links", sync_to_thread=True)
def show_links(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    mailbox_id: FromPath[UUID],
    after: FromQuery[str | None] = None,
) -> Response[str]:
    """Show every link that was sent to people without an account (features L1, L2)."""
    with visitor.work() as work:
        mailbox = find_mailbox(work, mailbox_id).mailbox
        batch = links(work, mailbox_id, after)
    base = f"/m/{mailbox_id}/links"
    context = {
        "mailbox": mailbox,
        "mailbox_title": mailbox_name(visitor, mailbox),
        "links": [_link(visitor, link) for link in batch.items],
        "now_url": f"{base}?after={after}" if after else base,
        "older_url": f"{base}?after={batch.next_cursor}" if batch.next_cursor else None,
        "newer_url": base if after else None,
    }
    if is_open(request):
        return part(visitor, "fragments/links_now.html", context)
    return page(visitor, "pages/links.html", context, mailbox_id=mailbox_id, folder="links")


@get("/d/{delivery_id:uuid}", sync_to_thread=True)
def show_delivery(request: WebRequest, visitor: NamedDependency[Visitor], delivery_id: FromPath[UUID]) -> Response[str]:
    """Show the status of a message for one recipient (features M13, L3 to L6)."""
    with visitor.work() as work:
        delivery, track = followed(work, delivery_id)
    confirmation = visitor.say("Meddelandet är återkallat.") if DONE in request.query_params else ""
    to = timeline.recipient(visitor, track)
    context = {
        "one": delivery,
        "to": to,
        "facts": [(visitor.say("Nästa steg"), to["turn"]), *_facts(visitor, delivery)],
        "told": confirmation,
        "message_url": f"/c/{delivery.case_id}#message-{delivery.message_id}",
        "answer_url": f"/c/{delivery.case_id}#message-{delivery.answers[-1]}" if delivery.answers else None,
        "back_url": f"/m/{delivery.mailbox_id}/{_folder(visitor, delivery)}",
    }
    if is_open(request):
        return part(visitor, "fragments/delivery.html", {**context, "alone": True})
    return _page(visitor, "pages/delivery.html", context, delivery)


@get("/d/{delivery_id:uuid}/recall", sync_to_thread=True)
def ask_recall(visitor: NamedDependency[Visitor], delivery_id: FromPath[UUID]) -> Response[str]:
    """Ask before a message is recalled, and name the recipient (feature R5)."""
    with visitor.work() as work:
        delivery, track = followed(work, delivery_id)
    context = {
        "one": delivery,
        "to": timeline.recipient(visitor, track),
        "can": timeline.can_recall(visitor, delivery.to),
        "back_url": f"/d/{delivery_id}",
    }
    return _page(visitor, "pages/recall.html", context, delivery)


@post("/d/{delivery_id:uuid}/recall", sync_to_thread=True)
def take_back(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
    delivery_id: FromPath[UUID],
) -> Response[Any]:
    """Recall a message from one recipient who has not opened it (features R1 to R5)."""
    with visitor.work() as work:
        recall(work, delivery_id)
    return Redirect(f"/d/{delivery_id}?{DONE}=1", status_code=303)


@post("/d/{delivery_id:uuid}/retry", sync_to_thread=True)
def retry_delivery(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], delivery_id: FromPath[UUID]
) -> Response[Any]:
    """Retry a parked delivery at a user's request."""
    with visitor.work() as work:
        retry(work, delivery_id)
    case_id = as_uuid(form.get("case"))
    return Redirect(f"/c/{case_id}" if case_id else f"/d/{delivery_id}", status_code=303)


def _page(visitor: Visitor, template: str, context: dict[str, Any], delivery: Followed) -> Response[str]:
    return page(visitor, template, context, mailbox_id=delivery.mailbox_id, folder=_folder(visitor, delivery))


def _folder(visitor: Visitor, delivery: Followed) -> str:
    transport = visitor.platform.plugins.transports.get(delivery.transport)
    return "links" if transport and transport.capabilities.guests else "sent"


def _link(visitor: Visitor, delivery: Followed) -> dict[str, Any]:
    now = shown(visitor, delivery.to)
    return {
        "id": delivery.to.delivery_id,
        "case": delivery.case_id,
        "url": f"/d/{delivery.to.delivery_id}",
        "name": str(delivery.to.recipient),
        "subject": delivery.subject or visitor.say("(utan ämne)"),
        "method": _method(visitor, delivery),
        "status": visitor.say(now.word),
        "kind": now.kind,
        "icon": now.icon,
        "at_iso": delivery.sent_at.isoformat(),
        "at_text": when(delivery.sent_at, visitor.language),
    }


def _method(visitor: Visitor, delivery: Followed) -> str:
    """Return how the reader has identified, or must identify."""
    if used := tags.way_text(visitor, delivery.to):
        return used
    way = visitor.platform.plugins.identity_providers.get(delivery.terms.method)
    if way:
        return visitor.say("{way}, nivå {loa}", way=visitor.say(way.label), loa=int(way.traits.max_loa))
    if _folder(visitor, delivery) == "sent":
        return visitor.say("Inloggning, lägst nivå {loa}", loa=int(delivery.loa))
    if delivery.loa <= Loa.ONE:
        return visitor.say("Ingen legitimation krävs")
    return visitor.say("Valfritt sätt, lägst nivå {loa}", loa=int(delivery.loa))


def _facts(visitor: Visitor, delivery: Followed) -> list[tuple[str, str]]:
    """Return the known events of one recipient with their times, and the terms (features S1 to S5, S19)."""
    say, to = visitor.say, delivery.to
    times = [
        (say("Skickat"), delivery.sent_at),
        (say("Notis skickad"), to.notified_at),
        (say("Öppnat"), to.opened_at),
        (say("Bilagor hämtade"), to.downloaded_at),
        (say("Besvarat"), to.answered_at),
    ]
    times_shown = [(term, moment(at, visitor.language)) for term, at in times if at]
    if delivery.loa:
        identified = to.opened_at and to.method
        times_shown.append((say("Tillitsnivå"), say("Nivå {loa}", loa=int(delivery.loa))))
        times_shown.append(
            (say("Legitimerade sig med") if identified else say("Ska legitimera sig med"), _method(visitor, delivery))
        )
        times_shown.append((say("Får svara"), say("Ja") if delivery.reply_allowed else say("Nej")))
    return times_shown


HANDLERS = [show_links, show_delivery, ask_recall, take_back, retry_delivery]
