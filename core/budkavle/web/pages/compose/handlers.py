"""Writing a new message, an answer, or a forwarded message. Every button works without JavaScript."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4

from litestar import Response, get, head, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery

from budkavle.cases import attachments
from budkavle.cases.owned import file_metadata_choice
from budkavle.messaging import directories, drafts
from budkavle.messaging.case_view import case as read_case
from budkavle.messaging.recipients import find_typed
from budkavle.model.errors import BudkavleError, NotFound, Unresponsive
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.messages import Attachment
from budkavle.model.states import IncomingState
from budkavle.model.times import moment, when
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages import uploads
from budkavle.web.pages.compose import earlier_drafts, forwarding, recipients
from budkavle.web.pages.compose.context import (
    FRESH,
    ComposeContext,
    context_for_answer,
    context_for_message,
    context_of_typed,
    context_without_case,
)
from budkavle.web.pages.compose.form import PersonRow, ReferenceRow, address, form_of_draft, key, read
from budkavle.web.pages.compose.later import LATER, kept_time
from budkavle.web.pages.compose.page import matching_recipients, missing_books, respond
from budkavle.web.pages.compose.send import advice, done, lacking, send, sent_before
from budkavle.web.pages.compose.state import ComposePage
from budkavle.web.pages.compose.texts import insert
from budkavle.web.pages.drafts import keep_form, reopened
from budkavle.web.pages.uploads import Taken, read_checked
from budkavle.web.views.markdown import LONGEST, markdown

_OWN = frozenset({"to", "all", "draft", FRESH})
"""Query parameters that an answer's page uses itself; the others belong to the list or search next to it."""


def list_query(request: WebRequest) -> str:
    """Return the part of the URL that says which list or search the case was opened from."""
    pairs = [pair for pair in parse_qsl(request.url.query) if pair[0] not in _OWN]
    return f"?{urlencode(pairs)}" if pairs else ""


async def find_posted(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form, store its files in the vault, and check that it belongs to the visitor's session."""
    return await read_checked(request, visitor)


POSTED = {"posted": Provide(find_posted)}


@get("/compose", sync_to_thread=True)
def begin(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    mailbox: FromQuery[UUID | None] = None,
    to: FromQuery[str] = "",
    draft: FromQuery[UUID | None] = None,
) -> Response[Any]:
    """Show the page for a new message (features M4, M17, K1), with a recipient from elsewhere, or with a draft."""
    if draft:
        if held := earlier_drafts.held_page(request, visitor, draft):
            return held
        saved = reopened(visitor, draft)
        context, errors = context_of_typed(visitor, as_uuid(saved.get("mailbox")))
        return _open_draft(request, context, saved, errors=errors)
    context = context_for_message(visitor, mailbox)
    compose_page = ComposePage(context, context.clean())
    if to:
        recipient = address(to)
        compose_page.form.kind = context.kind(recipient.transport)
        compose_page.form.recipients += [to] if recipient.value else []
        recipients.fill_in(compose_page)
        compose_page.errors = recipients.astray(compose_page)
    return respond(request, compose_page)


@post("/compose", sync_to_thread=True, status_code=200, dependencies=POSTED)
def write(request: WebRequest, visitor: NamedDependency[Visitor], posted: NamedDependency[Form]) -> Response[Any]:
    """Do what the pressed button says, and keep all input."""
    context, errors = context_of_typed(visitor, as_uuid(posted.get("mailbox")))
    return _go_on(request, context, posted, errors)


@get("/compose/{mailbox_id:uuid}/{kind:str}/recipients", sync_to_thread=True)
def search(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    mailbox_id: FromPath[UUID],
    kind: FromPath[str],
    q: FromQuery[str] = "",
) -> Response[str]:
    """Return the recipients that match, while the user types."""
    context = context_for_message(visitor, mailbox_id)
    name = context.kind(kind)
    with directories.collect_missing() as missing:
        values = {
            "results": matching_recipients(context, name, q),
            "query": q,
            "searched": bool(q.strip()),
            "chosen": [],
        }
    values["missing"] = missing_books(visitor, missing)
    chosen = context.kind_of(name)
    values["typed"] = bool(chosen and chosen.capabilities.guests)
    return visitor.pages.page(request, "fragments/recipients.html", values, visitor.language)


@get("/c/{case_id:uuid}/reply", sync_to_thread=True)
def begin_answer(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    case_id: FromPath[UUID],
    to: FromQuery[UUID | None] = None,
    all: FromQuery[bool] = False,  # noqa: A002 - the name in the query
    draft: FromQuery[UUID | None] = None,
) -> Response[Any]:
    """Show the page for an answer, to the sender or to everybody, with its initial text (features M14, M15)."""
    try:
        context = context_for_answer(visitor, case_id, to, everybody=all, list_query=list_query(request))
    except NotFound:
        if draft is None:
            raise
        context, errors = context_without_case(visitor)
    else:
        errors = {}
    resumed = earlier_drafts.answer(visitor, context) if draft is None and FRESH not in request.query_params else None
    draft_id = resumed.id if resumed else draft
    if draft_id:
        at = when(resumed.changed_at, visitor.language) if resumed else ""
        held = earlier_drafts.held_page(request, visitor, draft_id)
        return held or _open_draft(request, context, reopened(visitor, draft_id), at, errors)
    return respond(request, ComposePage(context, context.clean()))


@post("/c/{case_id:uuid}/reply", sync_to_thread=True, status_code=200, dependencies=POSTED)
def answer(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    posted: NamedDependency[Form],
    case_id: FromPath[UUID],
    to: FromQuery[UUID | None] = None,
    all: FromQuery[bool] = False,  # noqa: A002 - the query's own word
) -> Response[Any]:
    """Do what the pressed button says; sending an answer may also take its case."""
    try:
        context = context_for_answer(visitor, case_id, to, everybody=all, list_query=list_query(request))
    except NotFound:
        context, errors = context_without_case(visitor)
        return _go_on(request, context, posted, errors)
    return _go_on(request, context, posted, {})


@post("/c/{case_id:uuid}/forward", sync_to_thread=True, status_code=200)
def forward(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[str]:
    """Show a new message with the text and copies of the files of a message in the case (the form's `message`).

    If a function has been chosen (`to`), it is the recipient; for a restricted case this is confirmed first.
    """
    target = as_uuid(form.get("to"))
    if target is None and form.get("function"):
        return forwarding.functions_page(request, visitor, case_id, visitor.say(forwarding.NOTHING_CHOSEN))
    with visitor.work() as work:
        view = read_case(work, case_id)
    if target is not None and view.case.restricted and not form.get("confirmed"):
        return forwarding.question_page(request, visitor, view.case, target, form)
    message_id = as_uuid(form.get("message"))
    entry = view.message(message_id) if message_id else view.thread[-1]
    if entry is None:
        raise NotFound("Meddelandet finns inte kvar i den här brevlådan.")
    message = entry.message
    heading = visitor.say(
        "Vidarebefordrat meddelande från {sender}, {at}:",
        sender=message.sender,
        at=moment(message.created_at, visitor.language),
    )
    context = context_for_message(visitor, view.case.mailbox_id)
    kind = context.kind(message.transport)
    compose_form = form_of_draft(drafts.forward(message, heading), context.mailbox.id, kind)
    if target is not None:
        recipient = forwarding.find_address(context, target)
        compose_form.kind, compose_form.recipients = context.kind(recipient.transport), [key(recipient)]
        compose_form.loa = compose_form.loa or context.begin_with.default_loa
        compose_form.told = [str(target)]
    compose_page = ComposePage(context, compose_form)
    _attach(compose_page, [_copied(visitor, attachment.id) for attachment in message.attachments])
    return respond(request, compose_page)


@post("/compose/drawn", sync_to_thread=True, status_code=200)
def draw(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[str]:
    """Render the text being written as its readers will see it; nothing is stored."""
    text = form.values.get("body", [""])[-1].replace("\r\n", "\n").strip("\n")[:LONGEST]
    context = {"drawn": markdown(text, visitor.say) if text.strip() else ""}
    return visitor.pages.page(request, "fragments/drawn.html", context, visitor.language)


@head("/present", sync_to_thread=True)
def present(visitor: NamedDependency[Visitor]) -> None:
    """Keep the session of a user who writes for a long time; finding the session renews it."""


def _copied(visitor: Visitor, attachment_id: UUID) -> Taken:
    try:
        return attachments.copy(visitor.platform, visitor.actor, attachment_id)
    except BudkavleError as error:
        return error


def _go_on(request: WebRequest, context: ComposeContext, posted: Form, errors: Mapping[str, str]) -> Response[Any]:
    form = read(posted, context.begin_with)
    form.mailbox, form.kind = context.mailbox.id, context.kind(form.kind)
    compose_page = ComposePage(context, form, dict(errors))
    _attach(compose_page, posted.files)
    _take_typed(compose_page)
    for name, action in ACTIONS.items():
        if name in posted.values:
            action(compose_page, posted.get(name))
    compose_page.later = posted.get(LATER)
    compose_page.to_open = bool(posted.values.keys() & ABOUT_RECIPIENTS)
    recipients.fill_in(compose_page)
    if "keep" in posted.values:
        compose_page.kept = keep_form(context.visitor, posted, form.attachments)
    astray = recipients.astray(compose_page)
    if "send" in posted.values:
        compose_page.errors = recipients.half_typed(compose_page) | astray | compose_page.errors
        if not compose_page.errors:
            return send(request, compose_page, posted)
        before = sent_before(compose_page)
        if before and before.state is not IncomingState.DELETED:  # its files belong to the message now and seem gone
            return done(request, before, context)
    if {"send", "checked"} & posted.values.keys():
        compose_page.errors = lacking(compose_page) | compose_page.errors
    status = 422 if compose_page.errors else 200
    compose_page.errors = astray | compose_page.errors
    return respond(request, compose_page, status)


def _open_draft(
    request: WebRequest,
    context: ComposeContext,
    saved: Form,
    resumed: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response[str]:
    """Show a draft as it was left, with the files that still exist."""
    form = read(saved, context.begin_with)
    form.mailbox, form.kind, form.once = context.mailbox.id, context.kind(form.kind), uuid4()
    compose_page = ComposePage(context, form, dict(errors or {}), resumed=resumed, later=kept_time(saved))
    _attach(compose_page, [])
    return respond(request, compose_page)


def _take_typed(compose_page: ComposePage) -> None:
    """Make every fully typed address a recipient, whichever button was pressed."""
    kind, context = compose_page.context.kind_of(compose_page.form.kind), compose_page.context
    if kind is None or not kind.capabilities.family:
        visitor, name = context.visitor, kind.name if kind else ""
        with visitor.work() as work:
            exact = find_typed(work, context.mailbox.id, name, compose_page.form.query)
        for recipient in exact:
            _add(compose_page, key(recipient))
        return
    emails, compose_page.form.query = recipients.addresses_in(compose_page.form.query)
    for email in emails:
        _add(compose_page, f"{kind.name}:{email}", keep=compose_page.form.query)


def _attach(compose_page: ComposePage, files: Sequence[Taken]) -> None:
    """Add the form's files, and drop ids of files that are not the writer's or no longer exist."""
    visitor = compose_page.context.visitor
    for file in files:
        if isinstance(file, Attachment):
            compose_page.form.attachments.append(file.id)
        else:
            compose_page.errors["attachments"] = file.fields.get("attachments", str(file))
    attachment_ids = dict.fromkeys(compose_page.form.attachments)
    with visitor.work() as work:
        compose_page.files = attachments.mine(work, list(attachment_ids))
        compose_page.file_notes = file_metadata_choice.notes(work, list(attachment_ids))
    if len(compose_page.files) < len(attachment_ids):
        compose_page.errors.setdefault("attachments", attachments.GONE)
    compose_page.form.attachments = [file.id for file in compose_page.files]


def _add(compose_page: ComposePage, word: str, *, keep: str = "") -> None:
    if word not in compose_page.form.recipients:
        compose_page.form.recipients.append(word)
    compose_page.form.query = keep


def _remove(compose_page: ComposePage, word: str) -> None:
    compose_page.form.recipients = [recipient for recipient in compose_page.form.recipients if recipient != word]


def _star(compose_page: ComposePage, word: str) -> None:
    _favour(compose_page, word, is_favourite=True)


def _ask_unstar(compose_page: ComposePage, word: str) -> None:
    compose_page.unstar = word


def _unstar(compose_page: ComposePage, word: str) -> None:
    _favour(compose_page, word, is_favourite=False)


def _favour(compose_page: ComposePage, word: str, *, is_favourite: bool) -> None:
    visitor = compose_page.context.visitor
    compose_page.open = word
    try:
        with visitor.work() as work:
            directories.set_favourite(work, compose_page.context.mailbox.id, address(word), is_favourite=is_favourite)
    except (NotFound, Unresponsive) as error:
        compose_page.errors["recipients"] = str(error)


def _more(compose_page: ComposePage, what: str) -> None:
    if what == "persons":
        compose_page.form.persons.append(PersonRow())
    else:
        compose_page.form.references.append(ReferenceRow())


def _less(compose_page: ComposePage, which: str) -> None:
    row_kind, _, number = which.rpartition("-")
    rows: list[Any] = compose_page.form.persons if row_kind == "persons" else compose_page.form.references
    if number in map(str, range(len(rows))):
        del rows[int(number)]


def _drop(compose_page: ComposePage, word: str) -> None:
    dropped_id = as_uuid(word)
    if dropped_id is not None and dropped_id in compose_page.form.attachments:
        with compose_page.context.visitor.work() as work:
            attachments.discard(work, dropped_id)
    compose_page.form.attachments = [
        attachment_id for attachment_id in compose_page.form.attachments if attachment_id != dropped_id
    ]
    compose_page.files = [file for file in compose_page.files if file.id != dropped_id]


def _preview(compose_page: ComposePage, _: str) -> None:
    compose_page.preview = True
    _advise(compose_page, _)


def _advise(compose_page: ComposePage, _: str) -> None:
    compose_page.advice = advice(compose_page)


def _browse(compose_page: ComposePage, word: str) -> None:
    compose_page.form.book = word


ACTIONS = {
    "browse": _browse,
    "add": _add,
    "remove": _remove,
    "star": _star,
    "ask_unstar": _ask_unstar,
    "unstar": _unstar,
    "more": _more,
    "less": _less,
    "drop": _drop,
    "insert": insert,
    "preview": _preview,
    "advise": _advise,
}
"""What the buttons do to the page, by name; `find` and `find_text` only show it again."""

ABOUT_RECIPIENTS = frozenset({"find", "add", "remove", "star", "ask_unstar", "unstar"})

HANDLERS = [begin, write, search, begin_answer, answer, forward, draw, present, *forwarding.HANDLERS, *uploads.HANDLERS]
