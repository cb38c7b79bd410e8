"""Sending what has been written: the adviser is asked, the draft is kept while it can be undone, and then it goes."""

import contextlib
from typing import Any

from litestar import Response
from litestar.response import Redirect

from budkavle import cases, drafts, kept_drafts, router
from budkavle.contracts import Advice
from budkavle.errors import BudkavleError, Conflict, Invalid
from budkavle.messages import Draft, Message
from budkavle.web.forms import Form, WebRequest
from budkavle.web.pages import compose_people
from budkavle.web.pages.compose_page import Sheet, advice_digest
from budkavle.web.pages.desk import with_news
from budkavle.web.pages.drafts import hold, keep_form


def send(request: WebRequest, sheet: Sheet, posted: Form) -> Response[Any]:
    """Send it, or say why not, with everything kept that has been typed; advice is to be read first (feature Z5)."""
    sheet.advice = advice(sheet)
    if sheet.advice and posted.get("advised") != advice_digest(sheet.advice):
        return sheet.answer(request)
    try:
        message = _send(sheet, posted)
    except Invalid as error:
        sheet.errors |= error.fields
        sheet.notice = None if error.fields else error
    except Conflict as error:
        sheet.notice, sheet.desk = error, with_news(sheet.desk, sheet.typed.seen)
        sheet.typed.seen = sheet.desk.answered.last if sheet.desk.answered else ""
    except BudkavleError as error:
        sheet.notice = error
    else:
        return Redirect(f"/c/{message.case_id}?sent={message.id}", status_code=303)
    return sheet.answer(request, sheet.notice.status if sheet.notice else 422)


def advice(sheet: Sheet) -> list[Advice]:
    """Return what the advisers say of what has been written."""
    visitor = sheet.desk.visitor
    return drafts.advise(visitor.platform, visitor.actor, _draft(sheet))


def _draft(sheet: Sheet) -> Draft:
    desk, typed = sheet.desk, sheet.typed
    kind = desk.kind_of(typed.kind)
    levelled = kind is not None and bool(kind.capabilities.family)
    terms = compose_people.terms_of(sheet, compose_people.chosen(sheet)) if levelled else None
    return typed.draft(desk.known, desk.answered.message.id if desk.answered else None, terms)


def _send(sheet: Sheet, posted: Form) -> Message:
    desk, visitor = sheet.desk, sheet.desk.visitor
    draft, wait = _draft(sheet), hold(visitor)
    drafts.check_words(draft)
    if posted.get("send") == "take" and desk.answered:
        cases.take(visitor.platform, visitor.actor, desk.answered.case.id)
    message = router.send(visitor.platform, visitor.actor, desk.mailbox.id, draft, hold=wait)
    _keep(sheet, posted, message)
    return message


def _keep(sheet: Sheet, posted: Form, message: Message) -> None:
    """Keep the form for as long as the sending can be undone.

    The message is stored by now: what fails here must not say that it was not sent, or somebody sends it twice.
    """
    visitor, draft_id = sheet.desk.visitor, sheet.typed.kept_as
    with contextlib.suppress(BudkavleError):
        kept_drafts.drop(visitor.platform, visitor.actor, draft_id)
        if hold(visitor):
            keep_form(visitor, posted, sheet.typed.attachments)
            kept_drafts.sent_as(visitor.platform, visitor.actor, draft_id, message.id)
