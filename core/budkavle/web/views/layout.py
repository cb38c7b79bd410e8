"""The layout of every page for a signed-in user: the navigation with its counts, the menu, and the session."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response

from budkavle.approvals.requests import count_waiting
from budkavle.cases.counts import CAP, MailboxCounts, Navigation, counts, navigation
from budkavle.cases.teamwork.due_dates import count_overdue, today
from budkavle.identification.sessions import Session
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.people import ActorScope, Role
from budkavle.storage.outside import quarantine
from budkavle.web.auth import Visitor
from budkavle.web.help_texts import help_url
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.organisation_menu import administration_menu, organisation_menu
from budkavle.web.views.panels import MenuLine, head_pieces, menu_lines
from budkavle.web.views.render import LANGUAGES, grouped, initials
from budkavle.web.views.searches.saved import counted_searches

MY_MAILBOXES = "/mailboxes?show=mine"
"""The list of the function mailboxes that the visitor may open."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the navigation; `hot` marks a link that needs action."""

    url: str
    text: str
    icon: str = ""
    count: str | None = None
    hot: bool = False
    current: bool = False
    children: Sequence["Link"] = ()
    hue: str = ""
    """The name of a tag's colour; empty if the link is not a tag."""


@dataclass(frozen=True, slots=True)
class Group:
    """Links under a heading; `search_url` finds those that are not listed."""

    title: str | None
    links: Sequence[Link]
    search_url: str = ""


def number(count: int, *, zero: bool = False) -> str | None:
    """Return a count as text, with a cap; None for zero, unless `zero` is set."""
    if count == 0 and not zero:
        return None
    return f"{CAP - 1}+" if count >= CAP else str(count)


def page(
    visitor: Visitor,
    template: str,
    context: Mapping[str, Any],
    *,
    mailbox_id: UUID | None = None,
    folder: str = "",
    status: int = 200,
) -> Response[str]:
    """Answer with a page for a signed-in user, with navigation and menu; plugins call it `plugin_page`.

    Args:
        visitor: The signed-in user.
        template: The page's template, which extends `layout.html`; a plugin's is `PLUGIN/TEMPLATE`.
        context: What the template needs in addition to the layout.
        mailbox_id: The mailbox that the page belongs to.
        folder: `inbox`, `sent`, `links`, `trouble`, `closed`, `binned`, or the name of a page outside the mailboxes.
        status: The HTTP status.

    Returns:
        The page, in the visitor's language.

    Example:
        return plugin_page(visitor, "pigeon/loft.html", {"pigeons": pigeons}, folder="pigeon")
    """
    return visitor.pages.page(
        visitor.request,
        template,
        {**_frame(visitor, mailbox_id, folder), **context},
        visitor.language,
        status,
    )


def part(visitor: Visitor, template: str, context: Mapping[str, Any]) -> Response[str]:
    """Answer with a part of a page, for an open page; see `is_open`."""
    whole = {"csrf": visitor.session.csrf, **context}
    return visitor.pages.page(visitor.request, template, whole, visitor.language)


def is_open(request: WebRequest) -> bool:
    """Tell whether the request comes from the script of an open page, which needs only the parts that may change."""
    return bool(request.headers.get("hx-request"))


def _frame(visitor: Visitor, mailbox_id: UUID | None, folder: str) -> dict[str, Any]:
    session = visitor.session
    return {
        "csrf": session.csrf,
        "session_left": seconds_left(session),
        "session_who": session.user.id,
        "session_key": writing_key(visitor),
        "live_url": live_url(visitor),
        "made_at": made_at(visitor),
        "lock_minutes": session.lock_minutes,
        "rail_url": rail_url(mailbox_id, folder),
        "user": {"name": session.user.name, "initials": initials(session.user.name)},
        "organisation": session.organisation.name,
        "is_in_quarantine": _is_in_quarantine(visitor),
        "home_url": "/",
        "search_url": "/search",
        "help_url": help_url(visitor),
        "sign_out_url": "/sign-out",
        "user_links": _user_links(visitor),
        "head_pieces": head_pieces(visitor),
        "languages": [
            (f"/language/{code}", code, text) for code, text in LANGUAGES.items() if code != visitor.language
        ],
        "organisation_menu": partial(organisation_menu, visitor),
        "administration_menu": partial(administration_menu, visitor),
        **navigation_counts(visitor, mailbox_id, folder),
    }


def _is_in_quarantine(visitor: Visitor) -> bool:
    """Tell whether the restored installation is in quarantine and sends nothing; False for non-administrators."""
    if not visitor.actor.may(ActorScope.ADMINISTER):
        return False
    return quarantine.find(visitor.platform.database) is not None


def navigation_counts(visitor: Visitor, mailbox_id: UUID | None = None, folder: str = "") -> dict[str, Any]:
    """Return the navigation: mailboxes and plugins' pages with their counts, and the URL for a new message."""
    with visitor.work() as work:
        boxes, waiting = navigation(work, mailbox_id), count_waiting(work)
    sender = _sender(boxes.boxes, mailbox_id)
    trouble = boxes.trouble or any(box.trouble for box in boxes.boxes)
    open_box = next((box.mailbox for box in boxes.boxes if box.mailbox.id == mailbox_id), None)
    lines = menu_lines(visitor, "nav.item", {"folder": folder, "mailbox": open_box})
    return {
        "compose_url": f"/compose?mailbox={sender}" if sender else None,
        "trouble": trouble or visitor.session.way_opens_at is not None,
        "reader_waits": number(_waiting(boxes)),
        "rail_tools": [line for line in lines if line.beside],
        "rail_groups": [
            *_groups(visitor, boxes, mailbox_id, folder, _approvals(visitor, waiting, folder)),
            *_others(visitor, [line for line in lines if not line.beside]),
        ],
    }


def rail_url(mailbox_id: UUID | None, folder: str) -> str:
    """Return the URL from which an open page refreshes its navigation."""
    where = f"/m/{mailbox_id}/counts" if mailbox_id else "/counts"
    return f"{where}?{urlencode({'folder': folder})}"


def _waiting(mine: Navigation) -> int:
    """Return the pending counts: unread messages in personal inboxes, and untaken cases in the others."""
    personal = (box.unread for box in mine.boxes if box.mailbox.kind is MailboxKind.PERSONAL)
    shared = (box.untaken for box in mine.boxes if box.mailbox.kind is MailboxKind.FUNCTION)
    return sum(personal) + sum(shared) + mine.untaken


def _sender(mine: Sequence[MailboxCounts], mailbox_id: UUID | None) -> UUID | None:
    """Return the mailbox for a new message: the open one if the user may write from it, else a function mailbox."""
    may = [box.mailbox for box in mine if box.writes]
    may.sort(key=lambda box: (box.id != mailbox_id, box.kind is not MailboxKind.FUNCTION))
    return may[0].id if may else None


def standing(visitor: Visitor) -> dict[str, int | str]:
    """Return what a page must know about its session: how long it lasts, its form token, and its user."""
    session = visitor.session
    who = str(session.user.id)
    return {"left": seconds_left(session), "csrf": session.csrf, "who": who, "live": live_url(visitor)}


def writing_key(visitor: Visitor) -> str:
    """Return the key, in base64, with which a page seals unsent text when the session ends.

    It is the same in all sessions of the user, so that the next session can open what the last one sealed, and no
    other user's session can.
    """
    return b64encode(visitor.platform.vault.subject_hash("unsent writing", str(visitor.session.user.id))).decode()


def live_url(visitor: Visitor) -> str:
    """Return the URL of the stream of changes, for this session's pages only."""
    return f"/live?{urlencode({'session': visitor.mark})}"


def made_at(visitor: Visitor) -> int:
    """Return when the request began, in milliseconds since 1970: what was committed later, the page hears as news."""
    return round(visitor.began.timestamp() * 1000)


def seconds_left(session: Session) -> int:
    """Return the seconds until the session ends without activity, or at its latest end."""
    return max(int((min(session.idle_at, session.ends_at) - datetime.now(UTC)).total_seconds()), 0)


def _user_links(visitor: Visitor) -> list[tuple[str, str, str]]:
    links = [("/account", visitor.say("Mitt konto"), "people")]
    if visitor.actor.role is not Role.USER:
        links.append(("/organisation", visitor.say("Min organisation"), "house"))
    if visitor.actor.role is Role.PLATFORM:
        links.append(("/administration", visitor.say("Administration"), "settings"))
    return links


def _approvals(visitor: Visitor, waiting: tuple[int, int], folder: str) -> list[Link]:
    """Return the link to approvals, if the visitor has requests to decide or of their own."""
    to_decide, own = waiting
    if not to_decide and not own and folder != "approvals":
        return []
    text = visitor.say("Väntar på godkännande")
    return [Link("/approvals", text, "check", number(to_decide), hot=to_decide > 0, current=folder == "approvals")]


def _groups(
    visitor: Visitor, boxes: Navigation, mailbox_id: UUID | None, folder: str, approvals: Sequence[Link]
) -> list[Group]:
    personal = [box for box in boxes.boxes if box.mailbox.kind is MailboxKind.PERSONAL]
    personal_links = [_personal(visitor, box, mailbox_id, folder) for box in personal]
    drafts = Link("/drafts", visitor.say("Utkast"), "compose", current=folder == "drafts")
    groups = [
        Group(None, [*_warning(visitor, folder), *([*personal_links, drafts] if personal_links else []), *approvals])
    ]
    if boxes.functions or visitor.actor.is_admin:
        groups.append(_functions(visitor, boxes, mailbox_id, folder))
    if saved := counted_searches(visitor):
        searches = [
            Link(f"/search{search.address}", search.name, "search", None if count is None else number(count))
            for search, count in saved
        ]
        groups.append(Group(visitor.say("Sparade sökningar"), searches))
    return groups


def _others(visitor: Visitor, lines: Sequence[MenuLine]) -> list[Group]:
    """Return the plugins' pages as a separate group, if there are any."""
    links = [
        Link(line.url, line.text, line.icon, number(line.count), hot=line.count > 0, current=line.current)
        for line in lines
    ]
    return [Group(visitor.say("Övrigt"), links)] if links else []


def _functions(visitor: Visitor, mine: Navigation, mailbox_id: UUID | None, folder: str) -> Group:
    """Return the function mailboxes; if there are very many, some of them and a link to find the others."""
    shared = [box for box in mine.boxes if box.mailbox.kind is MailboxKind.FUNCTION]
    links = [_shared(visitor, box, mailbox_id, folder) for box in shared]
    if mine.hidden:
        text = visitor.say("Alla {number} brevlådor", number=grouped(mine.functions, visitor.language))
        links.append(Link(MY_MAILBOXES, text, "group", number(mine.untaken), hot=mine.untaken > 0))
    current = folder == "mailboxes" and mailbox_id is None
    links.append(Link("/mailboxes", visitor.say("Hantera funktionsbrevlådor"), "settings", current=current))
    return Group(visitor.say("Funktionsbrevlådor"), links, MY_MAILBOXES if mine.hidden else "")


def _warning(visitor: Visitor, folder: str) -> list[Link]:
    """Return the link to check a sign-in method that an administrator has added, before it becomes valid."""
    if visitor.session.way_opens_at is None:
        return []
    text = visitor.say("Kontrollera ditt konto")
    return [Link("/account/methods", text, "shield", hot=True, current=folder == "account")]


def mailbox_name(visitor: Visitor, mailbox: FunctionMailbox) -> str:
    """Return a mailbox's display name: the function's name, the user's own inbox, or its owner's name."""
    if mailbox.kind is MailboxKind.FUNCTION:
        return mailbox.name
    if mailbox.owner_id == visitor.actor.user_id:
        return visitor.say("Min inkorg")
    return visitor.say("Inkorg: {owner}", owner=mailbox.name)


def _personal(visitor: Visitor, box: MailboxCounts, mailbox_id: UUID | None, folder: str) -> Link:
    is_current = box.mailbox.id == mailbox_id
    return Link(
        f"/m/{box.mailbox.id}",
        mailbox_name(visitor, box.mailbox),
        "inbox",
        number(box.unread),
        current=is_current and folder == "inbox",
        children=_folders(visitor, box, folder) if is_current else _trouble(visitor, box),
    )


def _shared(visitor: Visitor, box: MailboxCounts, mailbox_id: UUID | None, folder: str) -> Link:
    is_current = box.mailbox.id == mailbox_id
    return Link(
        f"/m/{box.mailbox.id}",
        box.mailbox.name,
        "group",
        number(box.untaken),
        hot=box.untaken > 0,
        current=is_current and folder == "inbox",
        children=_folders(visitor, box, folder) if is_current else _trouble(visitor, box),
    )


def _trouble(visitor: Visitor, box: MailboxCounts) -> list[Link]:
    """Return the link to failed deliveries, also while another mailbox is open: users would not look for it there."""
    url = f"/m/{box.mailbox.id}?folder=trouble"
    return [Link(url, visitor.say("Behöver åtgärd"), count=number(box.trouble), hot=True)] if box.trouble else []


def _has_guests(visitor: Visitor) -> bool:
    return any(transport.capabilities.guests for transport in visitor.platform.plugins.transports.values())


def _folders(visitor: Visitor, box: MailboxCounts, folder: str) -> list[Link]:
    shared = box.mailbox.kind is MailboxKind.FUNCTION
    with visitor.work() as work:
        many = counts(work, box.mailbox.id)
        late = count_overdue(work, box.mailbox.id, today(), CAP) if shared else 0
    base = f"/m/{box.mailbox.id}"
    closed = visitor.say("Avslutade") if shared else visitor.say("Arkiv")
    names = [
        ("sent", visitor.say("Skickade"), f"{base}/sent", None),
        *([("links", visitor.say("Länkar"), f"{base}/links", None)] if _has_guests(visitor) else []),
        ("trouble", visitor.say("Behöver åtgärd"), f"{base}?folder=trouble", number(many["trouble"])),
        *([("due", visitor.say("Svarsdatum"), f"{base}/due", number(late))] if shared else []),
        ("closed", closed, f"{base}?folder=closed", number(many["closed"])),
        ("binned", visitor.say("Papperskorg"), f"{base}?folder=binned", number(many["binned"])),
    ]
    return [
        Link(url, text, count=count, hot=name in {"trouble", "due"} and bool(count), current=name == folder)
        for name, text, url, count in names
    ]
