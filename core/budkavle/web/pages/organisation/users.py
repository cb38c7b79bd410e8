"""Min organisation, Användare: the list of accounts, with the sheet of one account next to it (features O2, Q3).

To change an account, the administrator must have identified recently, at the highest level that the organisation's
methods reach (see `administration`). Before that, the sheet shows no buttons, but a link to identify. Without a script,
the sheet is a page of its own with the list next to it; a small screen shows only the sheet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from budkavle.accounts import user_list, users
from budkavle.accounts.closed_accounts.due import last_day
from budkavle.accounts.closed_accounts.settings import ClosedAccountSettings
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.stored_settings import read_settings
from budkavle.accounts.user_list import AccountState, LastSeen, ListedUser, UserFilter, UserSort
from budkavle.identification import account_methods, administration, identities, providers
from budkavle.identification.identities import PERSONNUMMER, Linked
from budkavle.identification.mail_links import invitations, new_passwords
from budkavle.model.errors import NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import Role, User
from budkavle.model.times import day_in_words
from budkavle.web.auth import Visitor, is_fresh
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.paging import ListAddress, paging
from budkavle.web.views.panels import panels
from budkavle.web.views.render import grouped

HERE = "/organisation/users"
EVERY = "all"
"""The choice of the filter by state that includes closed accounts."""
SHOWN = 10
"""How many users with methods to confirm are shown above the list."""
MAILBOXES = 5
"""How many of a user's mailboxes the sheet shows before all are requested."""
SAID = {
    "saved": N_("Personnumret är sparat."),
    "removed": N_("Sättet att logga in är borttaget. Användaren är utloggad överallt."),
    "confirmed": N_("Sättet att logga in är bekräftat och gäller nu."),
    "closed": N_("Kontot är stängt. Användaren är utloggad överallt."),
    "opened": N_("Kontot är öppet igen."),
    "ended": N_("Användaren är utloggad överallt."),
    "reset": N_("Sätten att logga in är borttagna. Användaren är utloggad överallt."),
    "role": N_("Rollen är ändrad."),
    "added": N_("Kontot är upplagt."),
    "invited": N_("Inbjudan är skickad."),
    "imported": N_("Kontona är upplagda."),
    "withdrawn": N_("Inbjudan är återtagen. Länken gäller inte längre."),
    "none-chosen": N_("Kryssa för dem som ska ändras, och välj vad som ska göras."),
    "many-close": N_("Kontona är stängda. Användarna är utloggade överallt."),
    "many-open": N_("Kontona är öppna igen."),
    "many-user": N_("Rollerna är ändrade."),
    "many-admin": N_("Rollerna är ändrade."),
    "many-mailbox": N_("Användarna har tillgång till brevlådan."),
    "many-confirmed": N_("Sätten att logga in är bekräftade och gäller nu."),
    "asked": N_("Begäran är skickad. En annan administratör avgör den."),
}
NAMES = {
    PERSONNUMMER: N_("Personnummer, för e-legitimation"),
    user_list.PASSWORD: N_("Lösenord"),
    "totp": N_("Kod från app"),
    "recovery": N_("Återställningskoder"),
}
SHORT_NAMES = {**NAMES, PERSONNUMMER: N_("E-legitimation")}
ROLES = {
    Role.USER: N_("Vanlig användare"),
    Role.ADMIN: N_("Organisationens administratör"),
    Role.PLATFORM: N_("Installationens administratör"),
}
SHORT_ROLES = {**ROLES, Role.ADMIN: N_("Administratör")}
STATES = {
    AccountState.OPEN: (N_("Öppet konto"), "ok", "check"),
    AccountState.BLOCKED: (N_("Spärrat"), "bad", "warn"),
    AccountState.INVITED: (N_("Inbjuden"), "wait", "wait"),
    AccountState.CLOSED: (N_("Stängt"), "bad", "lock"),
}
STATE_CHOICES = {
    AccountState.OPEN: N_("Öppna"),
    AccountState.BLOCKED: N_("Spärrade"),
    AccountState.INVITED: N_("Inbjudna"),
    AccountState.CLOSED: N_("Stängda"),
}
SEEN_CHOICES = {
    LastSeen.WEEK: N_("Senaste veckan"),
    LastSeen.MONTH: N_("Senaste månaden"),
    LastSeen.OLDER: N_("Mer än 90 dagar sedan"),
    LastSeen.NEVER: N_("Aldrig"),
}
CLOSE, OPEN, USER, ADMIN, MAILBOX = "close", "open", "user", "admin", "mailbox"
DEEDS = {
    CLOSE: N_("Stäng kontona"),
    OPEN: N_("Öppna kontona igen"),
    USER: N_("Ge rollen Vanlig användare"),
    ADMIN: N_("Ge rollen Administratör"),
    MAILBOX: N_("Lägg till i en funktionsbrevlåda"),
}
"""The actions on many accounts at once; see `many_users`."""
FILTERS = {
    "role": tuple(role.value for role in Role),
    "way": (),
    "state": (EVERY, *(state.value for state in AccountState)),
    "seen": tuple(seen.value for seen in LastSeen),
}


@get(HERE, sync_to_thread=True)
def list_users(request: WebRequest, visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List or search the organisation's users, and list those with sign-in methods to confirm."""
    return list_page(request, visitor, notice=visitor.say(SAID[said]) if said in SAID else "")


@get(f"{HERE}/{{user_id:uuid}}", sync_to_thread=True)
def show_user(
    request: WebRequest, visitor: NamedDependency[Visitor], user_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """Show one user's account and its sign-in methods, next to the list."""
    return sheet_page(request, visitor, user_id, notice=visitor.say(SAID[said]) if said in SAID else "")


def list_page(
    request: WebRequest,
    visitor: Visitor,
    sheet: Mapping[str, Any] | None = None,
    *,
    notice: str = "",
    status: int = 200,
) -> Response[str]:
    """Answer with the list, and the sheet of one user next to it, if given."""
    require_admin(visitor.actor)
    address = ListAddress.read(request, tuple(UserSort), FILTERS, default=UserSort.NAME)
    with visitor.work() as work:
        listed_users = user_list.list_users(
            work, _chosen(address), UserSort(address.sort), descending=address.descending, place=address.place
        )
        counts = user_list.count_users(work)
        waits = [] if sheet or address.here() != HERE else administration.waiting(work)
    listed = replace(address.at(listed_users.rows), path=HERE)
    current = sheet["listed"].user.id if sheet else None
    context = {
        "address": listed,
        "summary": _summary(visitor, counts),
        "columns": {
            "name": listed.column(UserSort.NAME, visitor.say("Namn")),
            "role": listed.column(UserSort.ROLE, visitor.say("Roll")),
            "last": listed.column(UserSort.LAST, visitor.say("Senast inloggad"), falling=True),
        },
        "filters": _filters(visitor, address),
        "rows": [_row(visitor, listed, user, current) for user in listed_users.users],
        "paging": paging(listed, listed_users.rows, listed_users.total),
        "filtered": bool(address.words or address.filters),
        "waits": _waiting(visitor, waits),
        "more_wait": len({method.user_id for method in waits}) - SHOWN,
        "said": notice,
        "sheet": sheet,
        "beside": _query(listed),
        "deeds": [(key, visitor.say(text)) for key, text in DEEDS.items()],
        "ticked": "tick" in request.query_params,
        "tick": f"{_query(listed) or '?'}&tick=1",
    }
    return page(visitor, "pages/organisation_users.html", context, folder="organisation", status=status)


@dataclass(frozen=True, slots=True)
class Refused:
    """A change that a sheet did not make.

    Attributes:
        faults: The error of each field.
        typed: What was typed or chosen in the fields.
        status: The status of the response.
    """

    faults: Mapping[str, str]
    typed: Mapping[str, str]
    status: int = 422


UNCHANGED = Refused({}, {}, 200)


def sheet_page(
    request: WebRequest,
    visitor: Visitor,
    user_id: UUID,
    *,
    notice: str = "",
    refused: Refused = UNCHANGED,
) -> Response[str]:
    """Answer with the sheet of one user, next to the list."""
    require_admin(visitor.actor)
    with visitor.work() as work:
        listed = user_list.find_listed(work, user_id)
        if listed is None:
            raise NotFound("Användaren finns inte.")
        linked = identities.linked(work, user_id)
        boxes = user_list.mailboxes_of(work, user_id)
        by_mail = new_passwords.can_send(work)
        counts = user_list.count_users(work)
    user, is_self = listed.user, user_id == visitor.actor.user_id
    may = _may(visitor, user)
    asking = providers.asking_for_password(visitor.platform)
    nonce = visitor.request.scope["state"]["nonce"]
    with visitor.platform.work(user.acting()) as work:
        by_password = asking.label if asking and account_methods.has_password(work) else ""
    sheet = {
        "listed": listed,
        "person": user,
        "own": is_self,
        "state": _state(visitor, listed),
        "role": visitor.say(ROLES[user.role]),
        "roles": _roles(visitor),
        "administrators": grouped(counts.administrators, visitor.language) if user.role is not Role.USER else "",
        "last_administrator": user.active and user.role is not Role.USER and counts.administrators == 1,
        "rows": _methods(visitor, user, linked),
        "has_number": any(method.provider == PERSONNUMMER for method in linked),
        "uses_passwords": asking is not None,
        "password_by_mail": by_mail,
        "can_invite": invitations.can_invite(visitor.platform),
        "by_password": by_password,
        "open_until": _open_until(visitor, listed),
        "over": listed.ends_at is not None and listed.ends_at <= datetime.now(UTC),
        "boxes": boxes if "all" in request.query_params else boxes[:MAILBOXES],
        "number_of_boxes": len(boxes),
        "may": may,
        "above": user.role is Role.PLATFORM and visitor.actor.role is not Role.PLATFORM,
        "step_up": step_up_to(visitor, f"{HERE}/{user_id}"),
        "pieces": panels(visitor, "user.settings", {"user": user, "may": may and not user.destroyed}, nonce),
        "faults": list(refused.faults.items()),
        "fault": refused.faults,
        "typed": {"role": user.role.value, "personnummer": "", "reason": "", **refused.typed},
    }
    return list_page(request, visitor, sheet, notice=notice, status=refused.status)


def step_up_to(visitor: Visitor, path: str, least: Loa = Loa.NONE) -> str:
    """Return the URL where the visitor identifies at the required level, at least `least`, before a page of ours."""
    with visitor.work() as work:
        loa = max(account_methods.required_loa(work), visitor.session.loa, least)
    return f"/step-up?loa={loa:d}&next={quote(path, safe='/')}"


def may_change(visitor: Visitor) -> bool:
    """Tell whether the visitor has identified recently, at the level required to change accounts."""
    with visitor.work() as work:
        return visitor.actor.loa.meets(account_methods.required_loa(work)) and is_fresh(visitor)


def roles_to_give(visitor: Visitor) -> list[tuple[str, str]]:
    """Return the roles that the visitor may give, with their labels."""
    return _roles(visitor)


def _chosen(address: ListAddress) -> UserFilter:
    chosen = address.filters
    return UserFilter(
        address.words,
        Role(chosen["role"]) if "role" in chosen else None,
        chosen.get("way", ""),
        _states(chosen.get("state", "")),
        LastSeen(chosen["seen"]) if "seen" in chosen else None,
    )


def _states(choice: str) -> frozenset[AccountState]:
    if choice == EVERY:
        return frozenset()
    return frozenset({AccountState(choice)}) if choice else user_list.NOT_CLOSED


def _query(address: ListAddress) -> str:
    """Return the part of the URL that keeps the list as it is next to a sheet."""
    return address.here().removeprefix(HERE)


def _summary(visitor: Visitor, counts: user_list.UserCounts) -> str:
    numbers = [
        (N_("Öppna konton: {number}"), counts.open, True),
        (N_("Spärrade: {number}"), counts.blocked, False),
        (N_("Inbjudna: {number}"), counts.invited, False),
        (N_("Stängda: {number}"), counts.closed, False),
    ]
    shown = [(text, grouped(number, visitor.language)) for text, number, always in numbers if number or always]
    return " · ".join(visitor.say(text, number=number) for text, number in shown)


def _filters(visitor: Visitor, address: ListAddress) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    offered = {provider.name: provider.label for provider in visitor.platform.plugins.identity_providers.values()}
    ways = {user_list.PASSWORD: NAMES[user_list.PASSWORD], PERSONNUMMER: SHORT_NAMES[PERSONNUMMER], **offered}
    choices: dict[str, tuple[str, str, Mapping[Any, str]]] = {
        "role": (N_("Roll"), N_("Roll: alla"), SHORT_ROLES),
        "way": (N_("Inloggning"), N_("Inloggning: alla"), {**offered, **ways}),
        "state": (N_("Status"), N_("Status: alla utom stängda"), {EVERY: N_("Alla"), **STATE_CHOICES}),
        "seen": (N_("Senast inloggad"), N_("Senast inloggad: alla"), SEEN_CHOICES),
    }
    return [
        (
            name,
            visitor.say(label),
            [("", visitor.say(every)), *((str(key), visitor.say(text)) for key, text in options.items())],
            address.filters.get(name, ""),
        )
        for name, (label, every, options) in choices.items()
    ]


def _row(visitor: Visitor, address: ListAddress, listed: ListedUser, current: UUID | None) -> dict[str, Any]:
    user = listed.user
    return {
        "id": user.id,
        "url": f"{HERE}/{user.id}{_query(address)}",
        "name": user.name,
        "email": user.email,
        "role": visitor.say(SHORT_ROLES[user.role]),
        "ways": ", ".join(_ways(visitor, listed)),
        "tag": None if listed.state is AccountState.OPEN else _state(visitor, listed),
        "mailboxes": listed.mailboxes,
        "signed_in_at": listed.signed_in_at,
        "current": user.id == current,
        "destroyed": user.destroyed,
        "ticks": user.role is not Role.PLATFORM and user.id != visitor.actor.user_id,
    }


def _ways(visitor: Visitor, listed: ListedUser) -> list[str]:
    labels = {name: provider.label for name, provider in visitor.platform.plugins.identity_providers.items()}
    names = {**labels, **SHORT_NAMES}
    return [visitor.say(names.get(way, way)) for way in sorted(listed.ways) if way != "recovery"]


def _state(visitor: Visitor, listed: ListedUser) -> dict[str, Any]:
    text, kind, icon = STATES[listed.state]
    at = listed.invited_at or listed.blocked_until
    return {"text": visitor.say(text), "kind": kind, "icon": icon, "at": at}


def _open_until(visitor: Visitor, listed: ListedUser) -> str:
    """Return the last day when a closed account can be reopened, in words; empty if it cannot."""
    if listed.state is not AccountState.CLOSED or listed.closed_at is None or listed.user.destroyed:
        return ""
    with visitor.work() as work:
        days = read_settings(work, ClosedAccountSettings).retention_days
    return day_in_words(last_day(listed.closed_at, days), visitor.language)


def _waiting(visitor: Visitor, waits: Sequence[Linked]) -> list[User]:
    whose = list(dict.fromkeys(method.user_id for method in waits))[:SHOWN]
    with visitor.work() as work:
        return [users.user(work, user_id) for user_id in whose]


def _may(visitor: Visitor, user: User) -> bool:
    """Tell whether this administrator may change the account now."""
    ranks = user.role is not Role.PLATFORM or visitor.actor.role is Role.PLATFORM
    return ranks and may_change(visitor)


def _roles(visitor: Visitor) -> list[tuple[str, str]]:
    roles = [role for role in Role if role is not Role.PLATFORM or visitor.actor.role is Role.PLATFORM]
    return [(role.value, visitor.say(ROLES[role])) for role in roles]


def _methods(visitor: Visitor, user: User, linked: list[Linked]) -> list[dict[str, Any]]:
    labels = {name: provider.label for name, provider in visitor.platform.plugins.identity_providers.items()}
    with visitor.work() as work:
        waits = {method.id for method in administration.lacking(work, linked)}
    return [
        {
            "one": method,
            "label": visitor.say(NAMES.get(method.provider) or labels.get(method.provider, method.label)),
            "waits": method.id in waits,
            "mine": method.bound_by == visitor.actor.user_id,
            "differs": not set(user.name.casefold().split()) <= set(method.name.casefold().split()),
        }
        for method in linked
    ]


HANDLERS = [list_users, show_user]
