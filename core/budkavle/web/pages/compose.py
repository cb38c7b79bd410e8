"""Writing: a new message, an answer, and one that is sent on. Every button works without JavaScript."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, head, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import cases, drafts, router, uploads
from budkavle.errors import BudkavleError, Conflict, Invalid, NotFound
from budkavle.messages import Attachment
from budkavle.reading import case as read_case
from budkavle.web.forms import Form, WebRequest
from budkavle.web.guard import Visitor
from budkavle.web.pages import attachments, compose_people
from budkavle.web.pages.attachments import Taken, read_checked
from budkavle.web.pages.compose_form import PersonRow, ReferenceRow, address, read, typed_of, uuid
from budkavle.web.pages.compose_page import Sheet, found
from budkavle.web.pages.desk import Desk, desk_for, desk_to_answer, with_news
from budkavle.web.render import moment


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
) -> Response[str]:
    """Show an empty page for a new message (features M4, M17, K1); `to` is a recipient chosen elsewhere."""
    desk = desk_for(visitor, mailbox)
    sheet = Sheet(desk, desk.clean())
    if to:
        sheet.typed.recipients.append(to)
    return sheet.answer(request)


@post("/compose", sync_to_thread=True, status_code=200, dependencies=POSTED)
def write(request: WebRequest, visitor: NamedDependency[Visitor], posted: NamedDependency[Form]) -> Response[Any]:
    """Do what the pressed button says, with everything kept that has been typed."""
    return _go_on(request, desk_for(visitor, uuid(posted.get("mailbox"))), posted)


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
    context = {"results": found(desk, desk.kind(kind), q), "query": q, "searched": bool(q.strip()), "chosen": []}
    return visitor.pages.page(request, "fragments/recipients.html", context, visitor.language)


@get("/c/{case_id:uuid}/reply", sync_to_thread=True)
def begin_answer(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    case_id: FromPath[UUID],
    to: FromQuery[UUID | None] = None,
    all: FromQuery[bool] = False,  # noqa: A002 - the query's own word
) -> Response[str]:
    """Show a page for an answer, to the sender or to everybody, with what an answer begins with (features M14, M15)."""
    desk = desk_to_answer(visitor, case_id, to, everybody=all)
    return Sheet(desk, desk.clean()).answer(request)


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
    view = read_case(visitor.platform, visitor.actor, case_id)
    wanted = uuid(form.get("message"))
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
    return sheet.answer(request)


@head("/present", sync_to_thread=True)
def present(visitor: NamedDependency[Visitor]) -> None:
    """Hear that somebody who writes for a long time is still there; finding the session is what keeps it."""


def _copied(visitor: Visitor, attachment_id: UUID) -> Taken:
    try:
        return uploads.copy(visitor.platform, visitor.actor, attachment_id)
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
    if "send" in posted.values and not sheet.errors:
        return _send(request, sheet, take=posted.get("send") == "take")
    return sheet.answer(request, 422 if sheet.errors else 200)


def _take_typed(sheet: Sheet) -> None:
    """Let every address that was typed in full be a recipient, whichever button was pressed."""
    kind = sheet.desk.kind_of(sheet.typed.kind)
    if kind is None or not kind.capabilities.family:
        return
    found, sheet.typed.query = compose_people.addresses_in(sheet.typed.query)
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
    sheet.files = uploads.mine(visitor.platform, visitor.actor, list(wanted))
    if len(sheet.files) < len(wanted):
        sheet.errors.setdefault("attachments", uploads.GONE)
    sheet.typed.attachments = [one.id for one in sheet.files]


def _send(request: WebRequest, sheet: Sheet, *, take: bool) -> Response[Any]:
    desk, typed = sheet.desk, sheet.typed
    platform, actor = desk.visitor.platform, desk.visitor.actor
    answered = desk.answered
    kind = desk.kind_of(typed.kind)
    levelled = kind is not None and bool(kind.capabilities.family)
    terms = compose_people.terms_of(sheet, compose_people.chosen(sheet)) if levelled else None
    draft = typed.draft(desk.known, answered.message.id if answered else None, terms)
    try:
        drafts.check_words(draft)
        if take and answered:
            cases.take(platform, actor, answered.case.id)
        message = router.send(platform, actor, desk.mailbox.id, draft)
    except Invalid as error:
        sheet.errors |= error.fields
        sheet.notice = None if error.fields else error
    except Conflict as error:
        sheet.notice, sheet.desk = error, with_news(desk, typed.seen)
        typed.seen = sheet.desk.answered.last if sheet.desk.answered else ""
    except BudkavleError as error:
        sheet.notice = error
    else:
        return Redirect(f"/c/{message.case_id}?sent=1", status_code=303)
    return sheet.answer(request, sheet.notice.status if sheet.notice else 422)


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
        drafts.set_favourite(visitor.platform, visitor.actor, sheet.desk.mailbox.id, address(word), kept=kept)
    except NotFound as error:
        sheet.errors["recipients"] = str(error)


def _more(sheet: Sheet, what: str) -> None:
    if what == "persons":
        sheet.typed.persons.append(PersonRow())
    else:
        sheet.typed.references.append(ReferenceRow())


def _less(sheet: Sheet, which: str) -> None:
    what, _, number = which.rpartition("-")
    rows: list[Any] = sheet.typed.persons if what == "persons" else sheet.typed.references
    if number.isdecimal() and int(number) < len(rows):
        del rows[int(number)]


def _drop(sheet: Sheet, word: str) -> None:
    gone = uuid(word)
    if gone is not None and gone in sheet.typed.attachments:
        uploads.discard(sheet.desk.visitor.platform, sheet.desk.visitor.actor, gone)
    sheet.typed.attachments = [one for one in sheet.typed.attachments if one != gone]
    sheet.files = [one for one in sheet.files if one.id != gone]


def _preview(sheet: Sheet, _: str) -> None:
    sheet.preview = True


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
}
"""What the buttons do to the page, by their names; `find` only shows it anew."""

HANDLERS = [begin, write, search, begin_answer, answer, forward, present, *attachments.HANDLERS]
