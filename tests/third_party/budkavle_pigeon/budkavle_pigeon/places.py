"""What stands in the core's pages: a piece for each place that a plugin without forms has something to say in."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from budkavle import Actor, Host
from budkavle.accounts import read_settings
from budkavle.web import Panel
from budkavle_pigeon.loft import Loft
from budkavle_pigeon.settings import LoftSettings

BIRDS = "/plugin/pigeon/birds"


def panels(host: Host) -> list[Panel]:
    """Return the pieces."""
    loft = Loft(host)

    def flights(actor: Actor, page: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"flights": loft.flights(actor.organisation_id)}

    def rest(actor: Actor, page: Mapping[str, Any]) -> Mapping[str, Any]:
        with host.work(actor) as work:
            settings = read_settings(work, LoftSettings, mailbox_id=page["case"].mailbox_id)
        return {"hours": settings.rest // timedelta(hours=1)}

    return [
        Panel("message.panel", "flights.html", flights),
        Panel("case.panel", "case.html", rest),
        Panel("case.actions", "case_action.html", _nothing),
        Panel("list.actions", "list_action.html", _nothing),
        Panel("user.settings", "user.html", lambda actor, page: {"name": page["user"].name}),
        Panel("administration.page", "administration.html", lambda actor, page: {"birds": loft.birds}),
        Panel("organisation.menu", "", _birds),
        Panel("administration.menu", "", _birds),
    ]


def _nothing(actor: Actor, page: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def _birds(actor: Actor, page: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"url": BIRDS, "text": "Duvor", "icon": "sent", "hint": "Hur många det finns."}
