"""Sending what has been written: the adviser is asked, the draft is kept while it can be undone, and then it goes."""

import contextlib
from typing import Any
from uuid import uuid4

from litestar import Response
from litestar.response import Redirect

from budkavle.cases import actions
from budkavle.messaging import case_view, drafts, saved_drafts, sending
from budkavle.model.errors import BudkavleError, Conflict, Invalid
from budkavle.model.messages import Draft, Message
from budkavle.model.states import IncomingState
from budkavle.plugins.protocols import Advice
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.compose import recipients
from budkavle.web.pages.compose.context import with_news
from budkavle.web.pages.compose.page import advice_digest, respond
from budkavle.web.pages.compose.sheet import Sheet
from budkavle.web.pages.drafts import hold, keep_form


def send(request: WebRequest, sheet: Sheet, posted: Form) -> Response[Any]:
    """Send it, or say why not, with everything kept that has been typed; advice is to be read first (feature Z5).

    A form that comes twice, as by a double click or after an answer that got lost, leads both times to the one message
    that it has become.
    """
    sheet.advice = advice(sheet)
    if sheet.advice and posted.get("advised") != advice_digest(sheet.advice):
        return respond(request, sheet)
    try:
        message = _send(sheet, posted)
    except BudkavleError as error:
        before = sent_before(sheet)
        if before is None:
            return _refused(request, sheet, error)
        if before.state is IncomingState.DELETED:  # it was undone, and the form is sent from its old page
            sheet.typed.once = uuid4()
            return send(request, sheet, posted)
        message = before
    return done(request, message)


def done(request: WebRequest, message: Message) -> Response[Any]:
    """Lead to the message that has been sent."""
    target = f"/c/{message.case_id}?sent={message.id}"
    if request.headers.get("hx-request"):  # the page is left only now, when it is known to be sent
        return Response("", headers={"hx-redirect": target})
    return Redirect(target, status_code=303)


def _refused(request: WebRequest, sheet: Sheet, error: BudkavleError) -> Response[Any]:
    sheet.errors |= error.fields if isinstance(error, Invalid) else {}
    sheet.notice = None if sheet.errors else error
    if isinstance(error, Conflict):
        sheet.desk = with_news(sheet.desk, sheet.typed.seen)
        sheet.typed.seen = sheet.desk.answered.last if sheet.desk.answered else ""
    return respond(request, sheet, sheet.notice.status if sheet.notice else 422)


def sent_before(sheet: Sheet) -> Message | None:
    """Return the message that this very form has become already."""
    desk = sheet.desk
    with desk.visitor.work() as work:
        return case_view.sent_message(work, desk.mailbox.id, sheet.typed.once)


def advice(sheet: Sheet) -> list[Advice]:
    """Return what the advisers say of what has been written."""
    visitor = sheet.desk.visitor
    with visitor.work() as work:
        return drafts.advise(work, _draft(sheet))


def lacking(sheet: Sheet) -> dict[str, str]:
    """Return what is lacking in the words themselves, so that it is told together with what else is wrong."""
    try:
        drafts.check_words(_draft(sheet))
    except Invalid as error:
        return dict(error.fields)
    return {}


def _draft(sheet: Sheet) -> Draft:
    desk, typed = sheet.desk, sheet.typed
    kind = desk.kind_of(typed.kind)
    levelled = kind is not None and bool(kind.capabilities.family)
    terms = recipients.terms_of(sheet, recipients.chosen(sheet)) if levelled else None
    return typed.draft(desk.known, desk.answered.message.id if desk.answered else None, terms)


def _send(sheet: Sheet, posted: Form) -> Message:
    desk, visitor = sheet.desk, sheet.desk.visitor
    draft, wait = _draft(sheet), hold(visitor)
    drafts.check_words(draft)
    if posted.get("send") == "take" and desk.answered:
        with visitor.work() as work:
            actions.take(work, desk.answered.case.id)
    with visitor.work() as work:
        message = sending.send(work, desk.mailbox.id, draft, hold=wait)
    _keep(sheet, posted, message)
    return message


def _keep(sheet: Sheet, posted: Form, message: Message) -> None:
    """Keep the form for as long as the sending can be undone.

    The message is stored by now: what fails here must not say that it was not sent, or somebody sends it twice.
    """
    visitor, draft_id = sheet.desk.visitor, sheet.typed.kept_as
    with contextlib.suppress(BudkavleError):
        with visitor.work() as work:
            saved_drafts.drop(work, draft_id)
        if hold(visitor):
            keep_form(visitor, posted, sheet.typed.attachments)
            with visitor.work() as work:
                saved_drafts.sent_as(work, draft_id, message.id)
