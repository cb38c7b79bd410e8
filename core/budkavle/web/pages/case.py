"""One case: reading it next to its list, acting on it, and printing it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.mailboxes import mailbox as find_mailbox
from budkavle.cases import actions as cases
from budkavle.cases.actions import record_print
from budkavle.cases.bulk.rows import next_case
from budkavle.cases.inbox import case_item
from budkavle.messaging.case_view import CaseView
from budkavle.messaging.case_view import case as read_case
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.mailboxes import Case
from budkavle.model.states import CaseState, IncomingState
from budkavle.model.times import spoken
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages import drafts
from budkavle.web.pages.desk.choices import list_choices
from budkavle.web.pages.desk.toasts import Toast
from budkavle.web.pages.drafts import planned_rows
from budkavle.web.pages.inbox import case_filter, counted, list_context, row_fragment
from budkavle.web.pages.searching import search_context
from budkavle.web.pages.teamwork.confirmations import OURS, confirmation
from budkavle.web.pages.teamwork.links import team_links
from budkavle.web.views import message_view, tags, timeline
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import made_at, page, standing
from budkavle.web.views.panels import panels
from budkavle.web.views.searches.places import mark_places

SENT = "sent"
"""In the query after a message was sent: its id."""
JUST_SENT = timedelta(seconds=30)
SHOWN = "shown"
"""In the query of an open page's update: how many messages the page shows."""
DID = "did"
"""In the query after an action on a case: the action's name."""
WITH = "with"
"""In the query too, if that was another case than the one shown: its id."""


@dataclass(frozen=True, slots=True)
class CaseAction:
    """An action on a case.

    Attributes:
        run: Does it, and returns the case as it is afterwards.
        confirmation: The sentence that confirms it; empty for an action that leaves the case.
        undo: The name of the action that undoes it.
        personal_confirmation: The sentence in a personal inbox, where there are messages and no cases.
        leads_on: Whether the next case of the list then opens, unless the user has chosen otherwise.
    """

    run: Callable[[Work, UUID], Case]
    confirmation: str
    undo: str | None = None
    personal_confirmation: str = ""
    leads_on: bool = False


def _mark_unread(work: Work, case_id: UUID) -> Case:
    cases.mark_unread(work, case_id)
    return case_item(work, case_id)


ACTIONS = {
    "take": CaseAction(cases.take, "Du har tagit ärendet.", "release"),
    "release": CaseAction(cases.release, "Ärendet är släppt.", "take"),
    "close": CaseAction(cases.close, "Ärendet är avslutat.", "reopen", N_("Meddelandet är arkiverat."), leads_on=True),
    "reopen": CaseAction(cases.reopen, "Ärendet är öppet igen.", "close", N_("Meddelandet ligger i inkorgen igen.")),
    "bin": CaseAction(
        cases.bin_case,
        "Ärendet ligger i papperskorgen i {days} dygn.",
        "restore",
        N_("Meddelandet ligger i papperskorgen i {days} dygn."),
    ),
    "restore": CaseAction(cases.restore, "Ärendet är tillbaka.", None, N_("Meddelandet är tillbaka.")),
    "unread": CaseAction(_mark_unread, ""),
}


@get("/c/{case_id:uuid}", sync_to_thread=True)
def show_case(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show a case with its thread, next to the list that it was opened from."""
    return _show(request, visitor, case_id)


@post("/c/{case_id:uuid}/{action_name:str}", sync_to_thread=True, status_code=200)
def act_on_case(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    case_id: FromPath[UUID],
    action_name: FromPath[str],
) -> Response[Any]:
    """Do one action on a case, such as `take`.

    htmx gets a fragment to swap in; others are redirected to the same confirmation.

    Raises:
        Invalid: No such action.
        NotFound: No such case, or not the visitor's.
        Conflict: The case's state forbids it.
    """
    action = ACTIONS.get(action_name)
    if action is None:
        raise Invalid("Det går inte att göra det med ett ärende.")
    with visitor.work() as work:
        case = action.run(work, case_id)
        leads_on = action.leads_on and not request.query_params.get("q")
        following = _following(request, work, case) if leads_on else None
    in_place = bool(request.headers.get("hx-request"))
    if following is not None:
        target = f"/c/{following}{_query(request, **{DID: action_name, WITH: str(case_id)})}#row-{following}"
        return Response("", headers={"hx-redirect": target}) if in_place else Redirect(target, status_code=303)
    if not action.confirmation:
        # The case's page would mark it as read again.
        return Redirect(f"/m/{case.mailbox_id}#row-{case_id}", status_code=303)
    if not in_place:
        return Redirect(f"/c/{case_id}{_query(request, did=action_name)}#row-{case_id}", status_code=303)
    toast = _confirmation(visitor, case_id, action, shared=_is_shared(visitor, case.mailbox_id))
    render = row_fragment if form.get("swap").startswith("#row-") else _bar
    return render(request, visitor, case_id, [toast])


def _following(request: WebRequest, work: Work, case: Case) -> UUID | None:
    """Return the next case in the list; None if there is none, or if the reader has chosen to stay."""
    choices = list_choices(work)
    return next_case(work, case, case_filter(request, choices)[1]) if choices.next_case else None


def _confirmation(visitor: Visitor, case_id: UUID, action: CaseAction, *, shared: bool) -> Toast:
    """Confirm an action, with the URL that undoes it."""
    sentence = action.confirmation if shared else action.personal_confirmation or action.confirmation
    return Toast(visitor.say(sentence, days=bin_days(visitor)), f"/c/{case_id}/{action.undo}" if action.undo else None)


def bin_days(visitor: Visitor) -> int:
    """Return how many days the bin keeps a case."""
    return visitor.settings(BinSettings).bin_days


def _is_shared(visitor: Visitor, mailbox_id: UUID) -> bool:
    with visitor.work() as work:
        return find_mailbox(work, mailbox_id).mailbox.kind.is_shared


@post("/c/{case_id:uuid}/take-over", sync_to_thread=True)
def take_over(visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]) -> Response[Any]:
    """Take over the case, but only from the holder that the page named (feature Y2)."""
    with visitor.work() as work:
        cases.take_over(work, case_id, _holder(form))
    return Redirect(f"/c/{case_id}", status_code=303)


def _holder(form: Form) -> UUID:
    holder = as_uuid(form.get("holder"))
    if holder is None:
        raise Invalid("Sidan är för gammal. Öppna ärendet på nytt och försök igen.")
    return holder


@get("/c/{case_id:uuid}/now", sync_to_thread=True)
def now(
    request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID], shown: FromQuery[int] = 0
) -> Response[str]:
    """Return the parts that change on an open page: the bar, the status of each message, and the history.

    Newer messages are only counted, since nobody has opened them.
    """
    with visitor.work() as work:
        view = read_case(work, case_id, opens=False)
        standing_here = find_mailbox(work, view.case.mailbox_id)
    shared = standing_here.mailbox.kind.is_shared
    context = {
        **_moving(request, visitor, view, shown, shared=shared),
        "csrf": visitor.session.csrf,
        "writes": standing_here.may_answer,
        "newer": max(len(view.thread) - shown, 0) if shown else 0,
    }
    return visitor.pages.page(request, "fragments/now.html", context, visitor.language)


@get("/c/{case_id:uuid}/take-over", sync_to_thread=True)
def ask_take_over(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Ask before another person's case is taken over, and name its holder (feature Y2)."""
    with visitor.work() as work:
        item = case_item(work, case_id)
    context = {"case": item, "back_url": f"/c/{case_id}{_query(request)}"}
    return page(visitor, "pages/take_over.html", context, mailbox_id=item.mailbox_id, folder="inbox")


@get("/c/{case_id:uuid}/print", sync_to_thread=True)
def print_case(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show the whole case on one page for printing, and record that it was printed (feature F17)."""
    with visitor.work() as work:
        view = read_case(work, case_id)
        record_print(work, case_id)
        mailbox = find_mailbox(work, view.case.mailbox_id).mailbox
    context = {
        "case": view.case,
        "mailbox": mailbox,
        "thread": message_view.messages(visitor, view),
        "destroyed": message_view.destroyed(visitor, view),
        "history": timeline.history(visitor, view),
        "organisation": visitor.session.organisation.name,
        "csrf": visitor.session.csrf,
        "session": standing(visitor),
        "made_at": made_at(visitor),
    }
    return visitor.pages.page(request, "pages/print.html", context, visitor.language)


def _show(request: WebRequest, visitor: Visitor, case_id: UUID) -> Response[str]:
    with visitor.work() as work:
        view = read_case(work, case_id)
    context = case_context(request, visitor, view)
    confirmed = [
        Toast(confirmed.text, confirmed.undo_url, confirmed.fields)
        for confirmed in confirmation(request, visitor, view.case)
    ]
    shared = context["mailbox"].kind.is_shared
    context["toasts"] = _sent(request, visitor, view) + _done(request, visitor, case_id, shared=shared) + confirmed
    mailbox_id, folder = view.case.mailbox_id, context["folder"]
    return page(visitor, "pages/inbox.html", context, mailbox_id=mailbox_id, folder=folder)


def case_context(request: WebRequest, visitor: Visitor, view: CaseView) -> dict[str, Any]:
    """Return the template context of a case's page, with the list next to it."""
    context = list_context(request, visitor, view.case.mailbox_id, view.case.id)
    shared, nonce = context["mailbox"].kind.is_shared, request.scope["state"]["nonce"]
    context |= _moving(request, visitor, view, len(view.thread), shared=shared)
    if request.query_params.get("q"):
        context |= search_context(request, visitor, view.case.id)
        context |= {"list_url": context["search_place"], "places": _mark_places(visitor, context)}
    sender, messages = message_view.last_sender(view), {entry.message.id for entry in view.thread}
    return context | {
        "waiting": planned_rows(visitor, view.case.mailbox_id, messages) if shared else [],
        "view": view,
        "title": _title(visitor, view),
        "own_tags": tags.team_tags(visitor, view.case),
        "team": team_links(visitor, view, _query(request), shared=shared),
        "answerable": message_view.is_answerable(view),
        "me": visitor.actor.user_id,
        "bar_channel": tags.channel_tag(visitor, view.case.channel),
        "pieces": panels(visitor, "message.panel", {"case": view.case}, nonce),
        "case_pieces": panels(visitor, "case.panel", {"case": view.case}, nonce),
        "case_actions": panels(visitor, "case.actions", {"case": view.case}, nonce),
        "more_actions": panels(visitor, "message.actions", {"case": view.case, "sender": sender}, nonce),
        "several": any(len(entry.message.recipients) > 1 for entry in view.thread),
        "answer": None,
    }


def _mark_places(visitor: Visitor, context: Mapping[str, Any]) -> int:
    """Mark the words of the search in the thread, and return the number of matches."""
    bodies = [message["body"] for message in context["thread"]]
    onward, again = visitor.say("Nästa ställe"), visitor.say("Första stället")
    texts, count = mark_places(bodies, context["terms"], onward, again)
    for message, text in zip(context["thread"], texts, strict=True):
        message["body"] = text
    return count


def _moving(request: WebRequest, visitor: Visitor, view: CaseView, shown: int, *, shared: bool) -> dict[str, Any]:
    """Return the parts that can change on an open page of a case, and the URL that returns them again."""
    return {
        "case": view.case,
        "bar": case_bar(visitor, view.case, _query(request), shared=shared),
        "thread": message_view.messages(visitor, view),
        "destroyed": message_view.destroyed(visitor, view),
        "ending": message_view.ending(visitor, view),
        "history": timeline.history(visitor, view, shared=shared),
        "query": _query(request),
        "now_url": f"/c/{view.case.id}/now{_query(request, **{SHOWN: str(shown)})}",
    }


def _sent(request: WebRequest, visitor: Visitor, view: CaseView) -> list[Toast]:
    """Confirm that a message has been sent, with an undo button as long as it can be undone.

    The page may be opened again later from the same URL: then the confirmation is left out, and the page shows the
    message's status.
    """
    message_id = as_uuid(request.query_params.get(SENT, ""))
    sent = view.message(message_id) if message_id else None
    age = datetime.now(UTC) - sent.message.created_at if sent else JUST_SENT
    if age >= JUST_SENT:
        return []
    seconds_left = math.ceil((drafts.hold(visitor) - age).total_seconds())
    if seconds_left <= 0 or sent is None:
        return [Toast(visitor.say("Meddelandet är skickat."))]
    text, fields = visitor.say("Meddelandet skickas om några sekunder."), {"message": str(message_id)}
    follows = [track.to.delivery_id for track in sent.tracks]
    return [Toast(text, "/undo", fields, seconds=seconds_left, follows=follows)]


def _done(request: WebRequest, visitor: Visitor, case_id: UUID, *, shared: bool) -> list[Toast]:
    """Confirm the action that led to this page, when done without a script or from the menu."""
    action = ACTIONS.get(request.query_params.get(DID, ""))
    case_id = as_uuid(request.query_params.get(WITH, "")) or case_id
    return [_confirmation(visitor, case_id, action, shared=shared)] if action and action.confirmation else []


def _bar(request: WebRequest, visitor: Visitor, case_id: UUID, toasts: list[Toast]) -> Response[str]:
    with visitor.work() as work:
        case = case_item(work, case_id)
        mailbox = find_mailbox(work, case.mailbox_id).mailbox
    shared = mailbox.kind.is_shared
    context = {
        **(counted(request, visitor, mailbox) if toasts else {}),
        "case": case,
        "bar": case_bar(visitor, case, _query(request), shared=shared),
        "csrf": visitor.session.csrf,
        "toasts": toasts,
    }
    return visitor.pages.page(request, "fragments/casebar.html", context, visitor.language)


def _title(visitor: Visitor, view: CaseView) -> str:
    shown = (entry.message.subject for entry in view.thread if entry.message.state is not IncomingState.RECALLED)
    return next(shown, visitor.say("Återkallat av avsändaren"))


def _own_bar(visitor: Visitor, case: Case, query: str) -> dict[str, Any]:
    """Return the bar above a message in a personal inbox, if it is archived or in the bin (feature R7)."""
    say = visitor.say
    if case.state is CaseState.CLOSED:
        back = _action(f"/c/{case.id}/reopen{query}", say("Flytta till inkorgen"), "reopen", "secondary")
        return _as_bar("closed", say("Meddelandet är arkiverat."), say("Det ligger i Arkiv."), back)
    if case.state is CaseState.BINNED:
        back = _action(f"/c/{case.id}/restore{query}", say("Återställ"), "undo", "secondary")
        destroyed_after = say("Det försvinner efter {days} dygn.", days=bin_days(visitor))
        return _as_bar("closed", say("Meddelandet ligger i papperskorgen."), destroyed_after, back)
    return _as_bar("own", "", "")


def case_bar(visitor: Visitor, case: Case, query: str = "", *, shared: bool = True) -> dict[str, Any]:
    """Return who holds the case and what can be done now, for the macro `casebar`."""
    say = visitor.say
    if not shared:
        return _own_bar(visitor, case, query)
    base, is_mine = f"/c/{case.id}", case.holder_id == visitor.actor.user_id
    take = _action(f"{base}/take{query}", say("Ta ärendet"), "take", "primary", "t")
    close = _action(f"{base}/close{query}", say("Avsluta"), "close", "secondary", "e")
    if case.state is CaseState.BINNED:
        restore = _action(f"{base}/restore{query}", say("Återställ"), "undo", "primary")
        destroyed_after = say("Det försvinner efter {days} dygn.", days=bin_days(visitor))
        return _as_bar("closed", say("Ärendet ligger i papperskorgen."), destroyed_after, restore)
    if case.state is CaseState.CLOSED:
        reopen = _action(f"{base}/reopen{query}", say("Öppna igen"), "reopen", "primary")
        return _as_bar("closed", say("Ärendet är avslutat."), "", reopen)
    if case.holder_id is None:
        last_active = say("Senast aktivt {when}.", when=spoken(case.active_at, visitor.language))
        return _as_bar("untaken", say("Ingen har tagit ärendet."), last_active, take)
    if is_mine:
        release = _action(f"{base}/release{query}", say("Släpp"), "release", "secondary", "t")
        place = "" if case.in_inbox else say("Det finns under Skickade tills det kommer ett svar.")
        return _as_bar("mine", say("Du har tagit ärendet."), place, release, close)
    return _as_bar("theirs", say("{name} har tagit ärendet.", name=case.holder), "")


def _action(url: str, text: str, icon: str, variant: str, key: str | None = None) -> dict[str, str | None]:
    return {"url": url, "text": text, "icon": icon, "variant": variant, "key": key}


def _as_bar(kind: str, strong: str, text: str, *actions: dict[str, str | None]) -> dict[str, Any]:
    return {"kind": kind, "strong": strong, "text": text, "actions": list(actions)}


def _query(request: WebRequest, **added: str) -> str:
    ours = {SENT, DID, WITH, SHOWN, *OURS}
    pairs = [pair for pair in parse_qsl(request.url.query) if pair[0] not in ours] + [*added.items()]
    return f"?{urlencode(pairs)}" if pairs else ""


HANDLERS = [show_case, act_on_case, now, ask_take_over, take_over, print_case]
