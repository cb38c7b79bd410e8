"""Sending the message: the advisers are asked first, and the draft is kept while sending can be undone."""

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from litestar import Response
from litestar.response import Redirect

from budkavle.approvals.requests import find_approval
from budkavle.cases import actions
from budkavle.messaging import case_view, drafts, held_sends, sending
from budkavle.model.errors import BudkavleError, Conflict, Invalid, NeedsApproval, NotFound, StepUp, Unavailable, Unsure
from budkavle.model.messages import Attachment, Draft, Message
from budkavle.model.states import IncomingState
from budkavle.plugins.protocols.adviser import Advice
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.compose import forwarding, later, recipients
from budkavle.web.pages.compose.context import ComposeContext, with_news
from budkavle.web.pages.compose.page import advice_digest, respond
from budkavle.web.pages.compose.state import ComposePage
from budkavle.web.pages.drafts import hold, saved_form


def send(request: WebRequest, compose_page: ComposePage, posted: Form) -> Response[Any]:
    """Send the message, or say why not and keep all input; advice must be read first (feature Z5).

    Notes about a file that is uploaded with this same request must be read first too. A form that is sent twice, as by
    a double click or after a lost response, leads both times to the one message that it has become.
    """
    compose_page.advice = advice(compose_page)
    is_read = posted.get("advised") == advice_digest(compose_page.advice)
    new = [file.id for file in posted.files if isinstance(file, Attachment)]  # without JavaScript
    notes = dict.fromkeys(note for file_id in new for note in compose_page.file_notes.get(file_id, ()))
    compose_page.told = [Advice("attachments", note.message, facts=note.facts) for note in notes]
    if compose_page.told or not is_read:
        return respond(request, compose_page)
    try:
        return leave(request, _send_or_ask(compose_page, posted))
    except Unsure as error:
        try:
            return _explained(request, compose_page, posted, error)
        except Unavailable:
            raise error from None  # the first error says more
    except Unavailable as error:  # nothing was stored, and another query would wait again
        return _refused(request, compose_page, error)
    except BudkavleError as error:
        return _explained(request, compose_page, posted, error)


def _explained(request: WebRequest, compose_page: ComposePage, posted: Form, error: BudkavleError) -> Response[Any]:
    """Redirect to what the form has already become, or say why it was not sent."""
    before = sent_before(compose_page)
    if before is None and _is_asked(compose_page):
        return leave(request, f"/approvals/{compose_page.form.once}")
    if before is None:
        return _refused(request, compose_page, error)
    if before.state is IncomingState.DELETED:  # it was undone, and the form is sent from its old page
        compose_page.form.once = uuid4()
        return send(request, compose_page, posted)
    return done(request, before, compose_page.context)


def _send_or_ask(compose_page: ComposePage, posted: Form) -> str:
    """Send it, schedule it, or request a colleague's approval; return the URL to go to."""
    if later.is_later(posted):
        return later.let_wait(compose_page, _draft(compose_page), posted)
    if not compose_page.context.mailbox.needs_approval:
        with suppress(NeedsApproval):  # by its level of assurance
            return _address(_send(compose_page, posted), compose_page.context)
    return f"/approvals/{_ask(compose_page, posted)}?said=asked"


def done(request: WebRequest, message: Message, context: ComposeContext) -> Response[Any]:
    """Redirect to the sent message, next to the list that its case was opened from."""
    return leave(request, _address(message, context))


def _address(message: Message, context: ComposeContext) -> str:
    beside = context.answered.list_query.replace("?", "&", 1) if context.answered else ""
    return f"/c/{message.case_id}?sent={message.id}{beside}"


def leave(request: WebRequest, target: str) -> Response[Any]:
    """Redirect the whole page, also from a script that updates a part of it."""
    if request.headers.get("hx-request"):  # htmx leaves the page only now that the message is known to be sent
        return Response("", headers={"hx-redirect": target})
    return Redirect(target, status_code=303)


def _ask(compose_page: ComposePage, posted: Form) -> UUID:
    """Request a colleague's approval; return the id of the request."""
    context, form = compose_page.context, compose_page.form
    with context.visitor.work() as work:
        return held_sends.ask_to_send(
            work,
            context.mailbox.id,
            _draft(compose_page),
            form.approval_reason,
            routes=compose_page.routes,
            saved=saved_form(posted, form.attachments),
        ).id


def _is_asked(compose_page: ComposePage) -> bool:
    """Tell whether this form already waits for approval, as after a double click."""
    with compose_page.context.visitor.work() as work, suppress(NotFound, StepUp):
        find_approval(work, compose_page.form.once)
        return True
    return False


def _refused(request: WebRequest, compose_page: ComposePage, error: BudkavleError) -> Response[Any]:
    compose_page.errors |= error.fields if isinstance(error, Invalid) else {}
    compose_page.notice = None if compose_page.errors else error
    if isinstance(error, Conflict):
        compose_page.context = with_news(compose_page.context, compose_page.form.seen)
        compose_page.form.seen = compose_page.context.answered.last if compose_page.context.answered else ""
    return respond(request, compose_page, compose_page.notice.status if compose_page.notice else 422)


def sent_before(compose_page: ComposePage) -> Message | None:
    """Return the message that this form has already become, or None."""
    context = compose_page.context
    with context.visitor.work() as work:
        return case_view.sent_message(work, context.mailbox.id, compose_page.form.once)


def advice(compose_page: ComposePage) -> list[Advice]:
    """Return the advisers' remarks on the message, and warnings about restricted cases."""
    visitor, draft = compose_page.context.visitor, _draft(compose_page)
    with visitor.work() as work:
        return [*forwarding.ask_readers(work, draft, compose_page.form.told), *drafts.advise(work, draft)]


def lacking(compose_page: ComposePage) -> dict[str, str]:
    """Return the errors in the text itself, so that they are shown together with the other errors."""
    try:
        drafts.check_words(_draft(compose_page))
    except Invalid as error:
        return dict(error.fields)
    return {}


def _draft(compose_page: ComposePage) -> Draft:
    context, form = compose_page.context, compose_page.form
    kind = context.kind_of(form.kind)
    levelled = kind is not None and bool(kind.capabilities.family)
    terms = recipients.terms_of(compose_page, recipients.chosen(compose_page)) if levelled else None
    return form.draft(context.answered_addresses, context.answered.message.id if context.answered else None, terms)


def _send(compose_page: ComposePage, posted: Form) -> Message:
    context, visitor, form = compose_page.context, compose_page.context.visitor, compose_page.form
    draft, saved = _draft(compose_page), saved_form(posted, form.attachments)
    drafts.check_words(draft)
    with visitor.work() as work:
        held_sends.require_free(work, saved, draft.once)
        if posted.get("send") == "take" and context.answered:
            actions.take(work, context.answered.case.id)
        return sending.send(
            work, context.mailbox.id, draft, hold=hold(visitor), routes=compose_page.routes, saved=saved
        )
