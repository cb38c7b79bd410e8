"""The lists: inbox with its folders and filters, sent messages, one row, and the live stream."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from budkavle.accounts.mailboxes import mailbox as find_mailbox
from budkavle.cases.bulk.rows import list_some
from budkavle.cases.counts import count_list, counts, mailbox_ids, navigation
from budkavle.cases.inbox import CaseFilter, Scope, case_item, inbox, sent
from budkavle.cases.teamwork.restricting import hidden_cases
from budkavle.cases.teamwork.tags import list_tags
from budkavle.identification import sessions
from budkavle.messaging.recipients import group_by_family
from budkavle.model.errors import NotSignedIn
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.states import CaseState
from budkavle.web.auth import Visitor
from budkavle.web.browser_sessions import session_cookie
from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.live.server_events import Listener, View
from budkavle.web.pages.desk.buttons import bulk_buttons
from budkavle.web.pages.desk.choices import ListChoices, list_choices
from budkavle.web.pages.drafts import planned_rows, waiting_rows
from budkavle.web.pages.help_pages.tour import TOUR, is_new
from budkavle.web.views import list_rows
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import Link, is_open, mailbox_name, navigation_counts, number, page, part
from budkavle.web.views.list_rows import Row
from budkavle.web.views.panels import panels

FOLDERS = {"inbox": CaseState.OPEN, "trouble": CaseState.OPEN, "closed": CaseState.CLOSED, "binned": CaseState.BINNED}

LIST_PARAMETERS = ("folder", "scope", "channel", "tag", "after")
"""The query parameters that identify a list."""

FILTERED = frozenset({"inbox", "closed"})
"""The folders that have filters: open and closed cases."""


@get("/", sync_to_thread=True)
def home(visitor: NamedDependency[Visitor]) -> Response[Any]:
    """Redirect to the first function mailbox, or else the user's own inbox; a new user is sent to the tour."""
    if frame_of(visitor.request) is None and is_new(visitor):
        return Redirect(TOUR, status_code=303)
    with visitor.work() as work:
        boxes = navigation(work).boxes
    first = next((box for box in boxes if box.mailbox.kind is MailboxKind.FUNCTION), boxes[0])
    return Redirect(f"/m/{first.mailbox.id}", status_code=303)


@get("/m/{mailbox_id:uuid}", sync_to_thread=True)
def show_inbox(request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID]) -> Response[str]:
    """Show a mailbox's cases; folder, scope, channel and position in the list are in the URL."""
    context = list_context(request, visitor, mailbox_id)
    context["view"] = None
    folder = context["folder"]
    return page(visitor, "pages/inbox.html", context, mailbox_id=mailbox_id, folder=folder)


@get("/m/{mailbox_id:uuid}/sent", sync_to_thread=True)
def show_sent(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    mailbox_id: FromPath[UUID],
    after: FromQuery[str | None] = None,
) -> Response[str]:
    """Show the messages sent from a mailbox, with the state of each (features M10, M11)."""
    with visitor.work() as work:
        standing = find_mailbox(work, mailbox_id)
        mailbox = standing.mailbox
        batch = sent(work, mailbox_id, after)
    context = {
        "mailbox": mailbox,
        "mailbox_title": mailbox_name(visitor, mailbox),
        "title": visitor.say("Skickade"),
        "rows": [
            list_rows.sent_row(visitor, sent_message, shared=mailbox.kind.is_shared) for sent_message in batch.items
        ],
        "waiting": [] if after else _waiting(visitor, mailbox),
        "stops": standing.may_answer,
        "list_actions": panels(visitor, "list.actions", {"mailbox": mailbox, "folder": "sent"}),
        "now_url": f"/m/{mailbox_id}/sent" + (f"?after={after}" if after else ""),
        "counts_url": f"/m/{mailbox_id}/counts?folder=sent",
        "older_url": f"/m/{mailbox_id}/sent?after={batch.next_cursor}" if batch.next_cursor else None,
        "newer_url": f"/m/{mailbox_id}/sent" if after else None,
    }
    if is_open(request):
        return part(visitor, "fragments/rows.html", context)
    return page(visitor, "pages/sent.html", context, mailbox_id=mailbox_id, folder="sent")


def _waiting(visitor: Visitor, mailbox: FunctionMailbox) -> list[dict[str, Any]]:
    """Return the scheduled messages: the visitor's own, and in a function mailbox also colleagues'."""
    return planned_rows(visitor, mailbox.id) if mailbox.kind.is_shared else waiting_rows(visitor, mailbox.id)


@get("/c/{case_id:uuid}/row", sync_to_thread=True)
def row(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Return one row again, for an open list."""
    return row_fragment(request, visitor, case_id)


@get("/m/{mailbox_id:uuid}/counts", sync_to_thread=True)
def show_counts(request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID]) -> Response[str]:
    """Return the navigation and the filters with new counts, for an open list while others work."""
    with visitor.work() as work:
        mailbox = find_mailbox(work, mailbox_id).mailbox
    context = {"toasts": (), **counted(request, visitor, mailbox)}
    return visitor.pages.page(request, "fragments/counts.html", context, visitor.language)


@get("/counts", sync_to_thread=True)
def show_rail(request: WebRequest, visitor: NamedDependency[Visitor], folder: FromQuery[str] = "") -> Response[str]:
    """Return the navigation with new counts, for an open page without a mailbox while others work."""
    context = {"toasts": (), "chips": (), **navigation_counts(visitor, None, folder)}
    return visitor.pages.page(request, "fragments/counts.html", context, visitor.language)


@get("/live")
async def live(
    request: WebRequest, visitor: NamedDependency[Visitor], session: FromQuery[str] = "", since: FromQuery[int] = 0
) -> Stream:
    """Notify open pages of changes in the visitor's mailboxes, by ids, from the time when the page was made.

    One stream serves all windows of a session in a browser. A page of another session than the browser's gets none:
    somebody else may have signed in meanwhile.
    """
    if session != visitor.mark:
        raise NotSignedIn("Du är inte inloggad.")
    platform, actor, cookie = visitor.platform, visitor.actor, session_cookie(request)

    def look() -> View:
        with platform.work(sessions.find(platform, cookie, touch=False).actor) as work:
            return View(mailbox_ids(work), hidden_cases(work))

    listener = Listener(actor.organisation_id, visitor.session.user.id, session, look)
    events = request.app.state.live.open(listener, since or None)
    return Stream(events, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


def list_context(
    request: WebRequest, visitor: Visitor, mailbox_id: UUID, current: UUID | None = None
) -> dict[str, Any]:
    """Return the template context of the list, read from the URL."""
    with visitor.work() as work:
        standing = find_mailbox(work, mailbox_id)
    mailbox = standing.mailbox
    parameters = {name: request.query_params.get(name, "") for name in LIST_PARAMETERS}
    with visitor.work() as work:
        choices = list_choices(work)
        folder, chosen = case_filter(request, choices)
        batch = inbox(work, mailbox_id, chosen, parameters["after"] or None)
        more = batch.next_cursor or parameters["after"]
        total = count_list(work, mailbox_id, chosen) if more else len(batch.items)
    query, shared = _query(parameters), mailbox.kind.is_shared
    rows = [list_rows.case_row(visitor, case, query, current, shared=shared, ticks=True) for case in batch.items]
    older = _query({**parameters, "after": batch.next_cursor}) if batch.next_cursor else None
    return {
        "mailbox": mailbox,
        "mailbox_title": mailbox_name(visitor, mailbox),
        "writes": standing.may_answer,
        "folder": folder,
        "choices": choices,
        "filtered": chosen.scope is not Scope.ALL or bool(parameters["channel"] or chosen.tag),
        "chips": _chips(visitor, mailbox, parameters) if folder in FILTERED else [],
        "tools": panels(visitor, "inbox.toolbar", {"mailbox": mailbox}),
        "list_actions": panels(visitor, "list.actions", {"mailbox": mailbox, "folder": folder}),
        "rows": rows if standing.may_answer else list_rows.as_reader(rows),
        "bulk": bulk_buttons(folder, shared=shared, writes=standing.may_answer),
        "bulk_url": f"/m/{mailbox_id}/many{query}",
        "total": number(total) if total > len(batch.items) else None,
        "rows_url": f"/m/{mailbox_id}/rows{query}",
        "list_url": f"/m/{mailbox_id}{query}",
        "row_url": f"/c/{{id}}/row{query}",
        "counts_url": f"/m/{mailbox_id}/counts{query}",
        "older_url": f"/m/{mailbox_id}{older}" if older else None,
        "newer_url": f"/m/{mailbox_id}{_query({**parameters, 'after': ''})}" if parameters["after"] else None,
    }


def case_filter(request: WebRequest, choices: ListChoices) -> tuple[str, CaseFilter]:
    """Return the folder and the filter from the URL of a list, or of a case next to it."""
    names = request.query_params
    folder = names.get("folder", "") if names.get("folder", "") in FOLDERS else "inbox"
    scope = Scope(names["scope"]) if names.get("scope", "") in set(Scope) else Scope.ALL
    kind = names.get("channel", "") or None
    trouble, tag = folder == "trouble", as_uuid(names.get("tag", ""))
    order = choices.oldest_first
    return folder, CaseFilter(scope, FOLDERS[folder], kind, trouble=trouble, tag=tag, oldest_first=order)


def case_rows(request: WebRequest, visitor: Visitor, mailbox_id: UUID, case_ids: Sequence[UUID]) -> list[Row]:
    """Return some rows of an open list as they are now."""
    with visitor.work() as work:
        standing = find_mailbox(work, mailbox_id)
        listed = list_some(work, mailbox_id, case_ids)
    query, current = list_query(request), open_case(request)
    shared = standing.mailbox.kind.is_shared
    rows = [list_rows.case_row(visitor, case, query, current, shared=shared, ticks=True) for case in listed]
    return rows if standing.may_answer else list_rows.as_reader(rows)


def row_fragment(request: WebRequest, visitor: Visitor, case_id: UUID, toasts: object = ()) -> Response[str]:
    """Return one row as it is now, with toasts."""
    with visitor.work() as work:
        case = case_item(work, case_id)
        standing = find_mailbox(work, case.mailbox_id)
    mailbox = standing.mailbox
    query, ticks = list_query(request), _open_page(request) != "/search"
    item = list_rows.case_row(visitor, case, query, open_case(request), shared=mailbox.kind.is_shared, ticks=ticks)
    if not standing.may_answer:
        (item,) = list_rows.as_reader([item])
    context = {"item": item, "csrf": visitor.session.csrf, "toasts": toasts}
    if toasts:
        context |= counted(request, visitor, mailbox)
    return visitor.pages.page(request, "fragments/row.html", context, visitor.language)


def counted(request: WebRequest, visitor: Visitor, mailbox: FunctionMailbox) -> dict[str, Any]:
    """Return the filters and the navigation, with the counts after an action on the open page."""
    searching_now = _open_page(request) == "/search"
    parameters = {name: request.query_params.get(name, "") for name in ("folder", "scope", "channel", "tag")}
    folder = parameters["folder"] or "inbox"
    return {
        "chips": _chips(visitor, mailbox, parameters) if folder in FILTERED and not searching_now else [],
        **(navigation_counts(visitor) if searching_now else navigation_counts(visitor, mailbox.id, folder)),
    }


def list_query(request: WebRequest) -> str:
    """Return the part of the URL that identifies the list."""
    return _query({name: request.query_params.get(name, "") for name in LIST_PARAMETERS})


def open_case(request: WebRequest) -> UUID | None:
    """Return the case that is open on the page that sent the htmx request."""
    path = _open_page(request)
    return as_uuid(path.removeprefix("/c/")) if path.startswith("/c/") else None


def _open_page(request: WebRequest) -> str:
    """Return the path of the page that sent the htmx request."""
    return urlsplit(request.headers.get("hx-current-url", "")).path


def _query(parameters: dict[str, str]) -> str:
    filled = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(filled)}" if filled else ""


def _chips(visitor: Visitor, mailbox: FunctionMailbox, parameters: dict[str, str]) -> list[Link]:
    """Return the filters of the inbox: open or closed, by holder (features F19, F20), and by kind of message."""
    chips = _shared_chips(visitor, mailbox, parameters) if mailbox.kind.is_shared else _own_chips(visitor, parameters)
    every = group_by_family(visitor.platform.plugins.transports.values())
    # A personal inbox gets only messages between people: addresses of the other kinds are linked to functions.
    kinds = [kind for kind in every if mailbox.kind.is_shared or kind.capabilities.family]
    may_choose = mailbox.kind.is_shared or parameters["folder"] in {"", "inbox"}
    if (len(kinds) > 1 or parameters["channel"]) and may_choose:
        chips += [_toggle(visitor, parameters, "channel", kind.name, kind.label) for kind in kinds]
    chips += tag_chips(visitor, mailbox, parameters)
    return [replace(chip, url=f"/m/{mailbox.id}{chip.url}") for chip in chips]


def _shared_chips(visitor: Visitor, mailbox: FunctionMailbox, parameters: dict[str, str]) -> list[Link]:
    is_closed = parameters["folder"] == "closed"
    with visitor.work() as work:
        many = counts(work, mailbox.id, CaseState.CLOSED if is_closed else CaseState.OPEN)
    all_of_them = not parameters["scope"]
    states = (
        ("", N_("Öppna"), "open", all_of_them and not is_closed),
        ("closed", N_("Avslutade"), "closed", all_of_them and is_closed),
    )
    scopes = ((Scope.UNTAKEN, N_("Otilldelade")), (Scope.MINE, N_("Mina")), (Scope.OTHERS, N_("Andras")))
    return [
        *(
            Link(
                _query({**parameters, "folder": folder, "scope": "", "after": ""}),
                visitor.say(word),
                count=number(many[counted], zero=True),
                current=is_current,
            )
            for folder, word, counted, is_current in states
        ),
        *(
            replace(_toggle(visitor, parameters, "scope", scope, word), count=number(many[scope], zero=True))
            for scope, word in scopes
        ),
    ]


def _own_chips(visitor: Visitor, parameters: dict[str, str]) -> list[Link]:
    is_closed = parameters["folder"] == "closed"
    return [
        Link("", visitor.say(N_("Inkorg")), current=not is_closed),
        Link("?folder=closed", visitor.say(N_("Arkiv")), current=is_closed),
    ]


def _toggle(visitor: Visitor, parameters: dict[str, str], name: str, value: str, word: str) -> Link:
    """Return a filter that one press switches on and the next switches off."""
    current = parameters[name] == value
    return Link(_query({**parameters, name: "" if current else value, "after": ""}), visitor.say(word), current=current)


def tag_chips(visitor: Visitor, mailbox: FunctionMailbox, parameters: dict[str, str]) -> list[Link]:
    """Return a filter for each tag of the mailbox."""
    if not mailbox.kind.is_shared:
        return []
    with visitor.work() as work:
        mailbox_tags = list_tags(work, mailbox.id)
    return [
        replace(_toggle(visitor, parameters, "tag", str(tag.id), ""), text=tag.name, hue=tag.colour)
        for tag in mailbox_tags
    ]


HANDLERS = [home, show_inbox, show_sent, row, show_counts, show_rail, live]
