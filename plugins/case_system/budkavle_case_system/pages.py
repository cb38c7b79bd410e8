"""The page Ärendesystem: the deliveries, the failures and their causes, sending again, and a new secret."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, Host, NotFound, as_uuid
from budkavle.accounts import all_mailboxes, find_mailbox, read_settings, require_admin, require_manager, write_settings
from budkavle.web import Form, Visitor, plugin_page, require_authority
from budkavle_case_system import events, lists
from budkavle_case_system.lists import PAGE, DeliveryFilter
from budkavle_case_system.settings import DeliverySettings

PATH: Final = "/plugin/case_system"
WHY: Final = "Visa vem du är, innan du byter den hemlighet som anropen skrivs under med."


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a sentence that is translated where it is shown."""
    return sentence


SAID = {"again": N_("Det skickas igen."), "none": N_("Inget har misslyckats.")}
STATES = {
    events.WAITING: (N_("Väntar"), "wait"),
    events.DELIVERED: (N_("Ligger i mappen"), "info"),
    events.ACKNOWLEDGED: (N_("Mottaget"), "ok"),
    events.FAILED: (N_("Misslyckades"), "bad"),
    events.PASSED: (N_("Lämnades inte"), "plain"),
}
KINDS = {
    events.OPENED: N_("Ärende skapat"),
    events.ARRIVED: N_("Meddelande kom"),
    events.ANSWERED: N_("Meddelande skickat"),
    events.CASE_CLOSED: N_("Ärende avslutat"),
    events.REGISTRATION: N_("Diarienummer behövs"),
}
WAYS = {events.WEBHOOK: N_("Webhook"), events.FOLDER: N_("Mapp")}


def router(host: Host) -> Router:
    """Return the routes of the page."""
    return Router("", route_handlers=[*_lists(host), *_secret()])


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the menu line under Min organisation, for its administrators."""
    if not actor.is_admin:
        return {}
    hint = N_("Vad som har lämnats över till ert ärendesystem, och vad som inte kom fram.")
    return {"url": PATH, "text": N_("Ärendesystem"), "icon": "network", "hint": hint}


def mailbox_piece(subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the link to the deliveries of a mailbox."""
    return {"url": f"{PATH}?mailbox={subject['mailbox'].id}"}


def _lists(host: Host) -> list[Any]:
    @get(PATH, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        mailbox: FromQuery[str] = "",
        first: FromQuery[int] = 0,
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show the deliveries, the latest first."""
        state = visitor.request.query_params.get("state", "")  # Litestar reserves the name as an argument
        chosen = DeliveryFilter(_mailbox(mailbox), state if state in STATES else None)
        return _page(host, visitor, chosen, max(first, 0), said)

    @post(f"{PATH}/again/{{delivery_id:uuid}}", sync_to_thread=True)
    def again(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], delivery_id: FromPath[UUID]
    ) -> Response[Any]:
        """Send a delivery again."""
        with visitor.work() as work:
            _require(work, lists.find(host, work, delivery_id).mailbox_id)
            lists.send_again(host, work, delivery_id)
        return Redirect(_back(form, "again"), status_code=303)

    @post(f"{PATH}/again", sync_to_thread=True)
    def all_again(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Send all failed ones again."""
        mailbox_id = _mailbox(form.get("mailbox"))
        with visitor.work() as work:
            _require(work, mailbox_id)
            sent = lists.send_failed_again(host, work, mailbox_id)
        return Redirect(_back(form, "again" if sent else "none"), status_code=303)

    return [show, again, all_again]


def _secret() -> list[Any]:
    @get(f"{PATH}/secret", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Ask for confirmation before making a new secret."""
        require_authority(visitor, WHY)
        with visitor.work() as work:
            current = read_settings(work, DeliverySettings).secret
        return _secret_page(visitor, of=_fingerprint(current))

    @post(f"{PATH}/secret", sync_to_thread=True, status_code=200)
    def make(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[str]:
        """Make a new secret and show it this once. The current one also signs until it is removed.

        The form names the secret that it replaces: the page that shows the new one, loaded again, makes no other.
        """
        require_authority(visitor, WHY)
        made = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        with visitor.work() as work:
            former = read_settings(work, DeliverySettings).secret
            if form.get("of") != _fingerprint(former):
                return _secret_page(visitor, of=_fingerprint(former), is_late=True)
            write_settings(work, DeliverySettings, {"secret": made, "former_secret": former or None})
        return _secret_page(visitor, made)

    return [ask, make]


def _fingerprint(secret: str) -> str:
    """Return what tells one secret from another, and nothing about either."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def _secret_page(visitor: Visitor, made: str = "", *, of: str = "", is_late: bool = False) -> Response[str]:
    settings_url = "/organisation/settings/case_system.delivery"
    context = {"path": PATH, "made": made, "of": of, "is_late": is_late, "settings_url": settings_url}
    status = 409 if is_late else 200
    answer = plugin_page(visitor, "case_system/secret.html", context, folder="case_system", status=status)
    answer.headers["cache-control"] = "no-store"
    return answer


def _page(host: Host, visitor: Visitor, wanted: DeliveryFilter, first: int, said: str) -> Response[str]:
    with visitor.work() as work:
        _require(work, wanted.mailbox_id)
        counts = lists.count(host, work, wanted)
        rows = lists.page(host, work, wanted, first)
        names = _names(work, wanted.mailbox_id)
    total = counts.get(wanted.state, 0) if wanted.state else sum(counts.values())
    query = "".join(
        f"{name}={value}&" for name, value in (("mailbox", wanted.mailbox_id), ("state", wanted.state)) if value
    )
    context = {
        "path": PATH,
        "rows": [_row(visitor, row, names) for row in rows],
        "states": [
            ("", visitor.say("Alla statusar")),
            *((name, visitor.say(text)) for name, (text, _) in STATES.items()),
        ],
        "state": wanted.state or "",
        "mailbox": str(wanted.mailbox_id or ""),
        "mailbox_name": names.get(wanted.mailbox_id, "") if wanted.mailbox_id else "",
        "boxes": [(str(key), name) for key, name in names.items()],
        "failed": counts.get(events.FAILED, 0),
        "any": bool(counts),
        "is_admin": visitor.actor.is_admin,
        "paging": _paging(f"{PATH}?{query}", first, len(rows), total),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return plugin_page(visitor, "case_system/deliveries.html", context, folder="case_system")


def _row(visitor: Visitor, row: lists.Delivery, names: Mapping[UUID, str]) -> dict[str, Any]:
    text, kind = STATES[row.state]
    return {
        "id": row.id,
        "kind": visitor.say(KINDS.get(row.kind, row.kind)),
        "way": visitor.say(WAYS[row.way]),
        "mailbox": names.get(row.mailbox_id) or visitor.say("Egen inkorg"),
        "happened_at": row.happened_at,
        "tag": (visitor.say(text), kind),
        "tries": row.tries,
        "fault": visitor.say(row.fault) if row.fault else "",
        "sendable": row.is_sendable,
        "again_url": f"{PATH}/again/{row.id}",
    }


def _paging(url: str, first: int, shown: int, total: int) -> dict[str, Any]:
    before = f"{url}first={max(first - PAGE, 0)}" if first else None
    after = f"{url}first={first + PAGE}" if first + shown < total else None
    last = first + shown if shown else 0
    return {"first": first + 1, "last": last, "total": total, "previous_url": before, "next_url": after}


def _names(work: Any, mailbox_id: UUID | None) -> dict[UUID, str]:
    if mailbox_id is not None:
        return {mailbox_id: find_mailbox(work, mailbox_id).mailbox.name}
    return {box.id: box.name for box in all_mailboxes(work)}


def _require(work: Any, mailbox_id: UUID | None) -> None:
    """Allow administrators of the organisation, and administrators of a mailbox for its own deliveries."""
    if mailbox_id is None:
        require_admin(work.actor)
    elif work.actor.is_admin:
        find_mailbox(work, mailbox_id)  # one of another organisation is not found
    else:
        require_manager(work, mailbox_id)


def _mailbox(text: str) -> UUID | None:
    mailbox_id = as_uuid(text)
    if text and mailbox_id is None:
        raise NotFound("Brevlådan finns inte.")
    return mailbox_id


def _back(form: Form, said: str) -> str:
    mailbox_id = as_uuid(form.get("mailbox"))
    return f"{PATH}?{f'mailbox={mailbox_id}&' if mailbox_id else ''}said={said}"
