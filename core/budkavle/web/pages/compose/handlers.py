"""Writing: a new message, an answer, and one that is sent on. Every button works without JavaScript."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, head, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery

from budkavle.cases import attachments
from budkavle.messaging import directories, drafts
from budkavle.messaging.case_view import case as read_case
from budkavle.model.errors import BudkavleError, NotFound, Unresponsive
from budkavle.model.identifiers import as_uuid
from budkavle.model.messages import Attachment
from budkavle.model.states import IncomingState
from budkavle.model.times import moment
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages import uploads
from budkavle.web.pages.compose import recipients
from budkavle.web.pages.compose.context import Desk, desk_for, desk_to_answer
from budkavle.web.pages.compose.form import PersonRow, ReferenceRow, address, key, read, typed_of
from budkavle.web.pages.compose.page import found, missing_books, respond
from budkavle.web.pages.compose.send import advice, done, lacking, send, sent_before
from budkavle.web.pages.compose.sheet import Sheet
from budkavle.web.pages.drafts import keep_form, reopened
from budkavle.web.pages.uploads import Taken, read_checked


async def find_posted(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form, its files into the vault, and check that it belongs to the visitor's session."""
    return await read_checked(request, visitor)


POSTED = {"posted": Provide(find_posted)}


@get("/compose", sync_to_thread=True)
def begin(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    mailbox: FromQuery[UUID | None] = None,
    to: FromQuery[str] = "",
    draft: FromQuery[UUID | None] = None,
) -> Response[str]:
    """Show an empty page for a new message (features M4, M17, K1), with a recipient chosen elsewhere, or a draft."""
    if draft:
        kept = reopened(visitor, draft)
        return _open_draft(request, desk_for(visitor, as_uuid(kept.get("mailbox"))), kept)
    desk = desk_for(visitor, mailbox)
    sheet = Sheet(desk, desk.clean())
    if to:
        known = address(to)
        sheet.typed.kind = desk.kind(known.transport)
        sheet.typed.recipients += [to] if known.value else []
        recipients.fill_in(sheet)
        sheet.errors = recipients.astray(sheet)
    return respond(request, sheet)


@post("/compose", sync_to_thread=True, status_code=200, dependencies=POSTED)
def write(request: WebRequest, visitor: NamedDependency[Visitor], posted: NamedDependency[Form]) -> Response[Any]:
    """Do what the pressed button says, with everything kept that has been typed."""
    return _go_on(request, desk_for(visitor, as_uuid(posted.get("mailbox"))), posted)


@get("/compose/{mailbox_id:uuid}/{kind:str}/recipients", sync_to_thread=True)
def search(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    mailbox_id: FromPath[UUID],
    kind: FromPath[str],
    q: FromQuery[str] = "",
) -> Response[str]:
    """Give the recipients that match, while somebody types."""
    desk = desk_for(visitor, mailbox_id)
    name = desk.kind(kind)
    with directories.noting() as missing:
        context = {"results": found(desk, name, q), "query": q, "searched": bool(q.strip()), "chosen": []}
    context["missing"] = missing_books(visitor, missing)
    chosen = desk.kind_of(name)
    context["typed"] = bool(chosen and chosen.capabilities.guests)
    return visitor.pages.page(request, "fragments/recipients.html", context, visitor.language)


@get("/c/{case_id:uuid}/reply", sync_to_thread=True)
def begin_answer(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    case_id: FromPath[UUID],
    to: FromQuery[UUID | None] = None,
    all: FromQuery[bool] = False,  # noqa: A002 - the query's own word
    draft: FromQuery[UUID | None] = None,
) -> Response[str]:
    """Show a page for an answer, to the sender or to everybody, with what an answer begins with (features M14, M15)."""
    desk = desk_to_answer(visitor, case_id, to, everybody=all)
    if draft:
        return _open_draft(request, desk, reopened(visitor, draft))
    return respond(request, Sheet(desk, desk.clean()))


@post("/c/{case_id:uuid}/reply", sync_to_thread=True, status_code=200, dependencies=POSTED)
def answer(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    posted: NamedDependency[Form],
    case_id: FromPath[UUID],
    to: FromQuery[UUID | None] = None,
    all: FromQuery[bool] = False,  # noqa: A002 - the query's own word
) -> Response[Any]:
    """Do what the pressed button says; of an answer that is sent, its case may be taken first."""
    return _go_on(request, desk_to_answer(visitor, case_id, to, everybody=all), posted)


@post("/c/{case_id:uuid}/forward", sync_to_thread=True, status_code=200)
def forward(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[str]:
    """Show a new message with the text and copies of the files of one in the case (the form's `message`)."""
    with visitor.work() as work:
        view = read_case(work, case_id)
    wanted = as_uuid(form.get("message"))
    known = view.message(wanted) if wanted else view.thread[-1]
    if known is None:
        raise NotFound("Meddelandet finns inte kvar i den här brevlådan.")
    message = known.message
    heading = visitor.say(
        "Vidarebefordrat meddelande från {sender}, {at}:",
        sender=message.sender,
        at=moment(message.created_at, visitor.language),
    )
    desk = desk_for(visitor, view.case.mailbox_id)
    sheet = Sheet(desk, typed_of(drafts.forward(message, heading), desk.mailbox.id, desk.kind(message.transport)))
    _attach(sheet, [_copied(visitor, one.id) for one in message.attachments])
    return respond(request, sheet)


@head("/present", sync_to_thread=True)
def present(visitor: NamedDependency[Visitor]) -> None:
    """Hear that somebody who writes for a long time is still there; finding the session is what keeps it."""


def _copied(visitor: Visitor, attachment_id: UUID) -> Taken:
    try:
        return attachments.copy(visitor.platform, visitor.actor, attachment_id)
    except BudkavleError as error:
        return error


def _go_on(request: WebRequest, desk: Desk, posted: Form) -> Response[Any]:
    typed = read(posted)
    typed.mailbox, typed.kind = desk.mailbox.id, desk.kind(typed.kind)
    sheet = Sheet(desk, typed)
    _attach(sheet, posted.files)
    _take_typed(sheet)
    for name, deed in DEEDS.items():
        if name in posted.values:
            deed(sheet, posted.get(name))
    recipients.fill_in(sheet)
    if "keep" in posted.values:
        sheet.kept = keep_form(desk.visitor, posted, typed.attachments)
    astray = recipients.astray(sheet)
    if "send" in posted.values:
        before = sent_before(sheet)
        if before and before.state is not IncomingState.DELETED:  # its files are the message's now, and would seem gone
            return done(request, before)
        sheet.errors = recipients.half_typed(sheet) | astray | sheet.errors
        if not sheet.errors:
            return send(request, sheet, posted)
    if {"send", "checked"} & posted.values.keys():
        sheet.errors = lacking(sheet) | sheet.errors
    status = 422 if sheet.errors else 200
    sheet.errors = astray | sheet.errors
    return respond(request, sheet, status)


def _open_draft(request: WebRequest, desk: Desk, kept: Form) -> Response[str]:
    """Show a draft as it was left, with the files that are still there."""
    typed = read(kept)
    typed.mailbox, typed.kind, typed.once = desk.mailbox.id, desk.kind(typed.kind), uuid4()
    sheet = Sheet(desk, typed)
    _attach(sheet, [])
    return respond(request, sheet)


def _take_typed(sheet: Sheet) -> None:
    """Let every address that was typed in full be a recipient, whichever button was pressed."""
    kind, desk = sheet.desk.kind_of(sheet.typed.kind), sheet.desk
    if kind is None or not kind.capabilities.family:
        visitor, name = desk.visitor, kind.name if kind else ""
        with visitor.work() as work:
            exact = drafts.exact(work, desk.mailbox.id, name, sheet.typed.query)
        for known in exact:
            _add(sheet, key(known))
        return
    found, sheet.typed.query = recipients.addresses_in(sheet.typed.query)
    for one in found:
        _add(sheet, f"{kind.name}:{one}", keep=sheet.typed.query)


def _attach(sheet: Sheet, files: Sequence[Taken]) -> None:
    """Add the form's files, and leave out ids of files that are not the writer's or are gone."""
    visitor = sheet.desk.visitor
    for file in files:
        if isinstance(file, Attachment):
            sheet.typed.attachments.append(file.id)
        else:
            sheet.errors["attachments"] = file.fields.get("attachments", str(file))
    wanted = dict.fromkeys(sheet.typed.attachments)
    with visitor.work() as work:
        sheet.files = attachments.mine(work, list(wanted))
    if len(sheet.files) < len(wanted):
        sheet.errors.setdefault("attachments", attachments.GONE)
    sheet.typed.attachments = [one.id for one in sheet.files]


def _add(sheet: Sheet, word: str, *, keep: str = "") -> None:
    if word not in sheet.typed.recipients:
        sheet.typed.recipients.append(word)
    sheet.typed.query = keep


def _remove(sheet: Sheet, word: str) -> None:
    sheet.typed.recipients = [one for one in sheet.typed.recipients if one != word]


def _star(sheet: Sheet, word: str) -> None:
    _favour(sheet, word, kept=True)


def _ask_unstar(sheet: Sheet, word: str) -> None:
    sheet.unstar = word


def _unstar(sheet: Sheet, word: str) -> None:
    _favour(sheet, word, kept=False)


def _favour(sheet: Sheet, word: str, *, kept: bool) -> None:
    visitor = sheet.desk.visitor
    sheet.open = word
    try:
        with visitor.work() as work:
            directories.set_favourite(work, sheet.desk.mailbox.id, address(word), is_favourite=kept)
    except (NotFound, Unresponsive) as error:
        sheet.errors["recipients"] = str(error)


def _more(sheet: Sheet, what: str) -> None:
    if what == "persons":
        sheet.typed.persons.append(PersonRow())
    else:
        sheet.typed.references.append(ReferenceRow())


def _less(sheet: Sheet, which: str) -> None:
    what, _, number = which.rpartition("-")
    rows: list[Any] = sheet.typed.persons if what == "persons" else sheet.typed.references
    if number in map(str, range(len(rows))):
        del rows[int(number)]


def _drop(sheet: Sheet, word: str) -> None:
    gone = as_uuid(word)
    if gone is not None and gone in sheet.typed.attachments:
        with sheet.desk.visitor.work() as work:
            attachments.discard(work, gone)
    sheet.typed.attachments = [one for one in sheet.typed.attachments if one != gone]
    sheet.files = [one for one in sheet.files if one.id != gone]


def _preview(sheet: Sheet, _: str) -> None:
    sheet.preview = True
    _advise(sheet, _)


def _advise(sheet: Sheet, _: str) -> None:
    sheet.advice = advice(sheet)


DEEDS = {
    "add": _add,
    "remove": _remove,
    "star": _star,
    "ask_unstar": _ask_unstar,
    "unstar": _unstar,
    "more": _more,
    "less": _less,
    "drop": _drop,
    "preview": _preview,
    "advise": _advise,
}
"""What the buttons do to the page, by their names; `find` only shows it anew."""

HANDLERS = [begin, write, search, begin_answer, answer, forward, present, *uploads.HANDLERS]
