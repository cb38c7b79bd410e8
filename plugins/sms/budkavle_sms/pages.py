"""The administrators' page of sent messages."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from budkavle import Actor, Host
from budkavle.accounts import require_admin
from budkavle.notices import NoticeKind, NoticeState, list_notices
from budkavle.web import Visitor, plugin_page
from budkavle_sms.messages.phone_numbers import masked
from budkavle_sms.notices.arrivals import TOPIC as ARRIVAL
from budkavle_sms.provider import TOPIC as CODE

PATH = "/plugin/sms"
OLD_SETTINGS, OUTBOX = f"{PATH}/settings", f"{PATH}/outbox"
SETTINGS = "/organisation/settings/sms.notices"
SHOWN = 50
LOOKS = {NoticeState.DELIVERED: "ok", NoticeState.FAILED: "bad", NoticeState.PARKED: "bad"}


def router(host: Host) -> Router:
    """Return the pages."""
    return Router("", route_handlers=_handlers(host))


def _handlers(host: Host) -> list[HTTPRouteHandler]:
    @get(OLD_SETTINGS)
    async def show_settings(visitor: NamedDependency[Visitor]) -> Redirect:
        """Redirect to the new address of the organisation's settings."""
        require_admin(visitor.actor)
        return Redirect(SETTINGS, status_code=301)

    @get(OUTBOX, sync_to_thread=True)
    def show_sent(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the sent messages; with texts only if the gateway is the one for development."""
        require_admin(visitor.actor)
        kinds, states, is_log = _kinds(visitor), _states(visitor), host.settings.gateway == "log"
        with visitor.work() as work:
            latest = list_notices(work, NoticeKind.SMS, SHOWN)
        rows = [
            {
                "at": sent.status.asked_at,
                "kind": kinds.get(sent.status.topic, visitor.say("Annat")),
                "to": masked(sent.notice.address),
                "state": states[sent.status.state],
                "look": LOOKS.get(sent.status.state, "wait"),
                "failure": visitor.say(sent.status.failure) if sent.status.failure else "",
                "text": sent.notice.text if is_log and sent.status.state is not NoticeState.WAITING else "",
            }
            for sent in latest
        ]
        context = {"rows": rows, "settings_url": SETTINGS, "is_log": is_log}
        return plugin_page(visitor, "sms/outbox.html", context, folder="sms")

    return [show_settings, show_sent]


def nav_item(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the navigation item of the page, for administrators only."""
    if not actor.is_admin:
        return {}
    return {"url": OUTBOX, "text": "SMS", "icon": "chat", "current": subject.get("folder") == "sms"}


def _kinds(visitor: Visitor) -> dict[str, str]:
    return {CODE: visitor.say("Kod"), ARRIVAL: visitor.say("Besked om meddelande")}


def _states(visitor: Visitor) -> dict[NoticeState, str]:
    return {
        NoticeState.WAITING: visitor.say("Väntar"),
        NoticeState.SENT: visitor.say("Skickat"),
        NoticeState.UNSURE: visitor.say("Kan ha skickats"),
        NoticeState.DELIVERED: visitor.say("Framme"),
        NoticeState.FAILED: visitor.say("Misslyckades"),
        NoticeState.PARKED: visitor.say("Misslyckades"),
        NoticeState.WITHDRAWN: visitor.say("Skickades inte"),
    }
