"""The page of the log of transfers, for administrators (feature SD19)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle import Actor, Host, Invalid, Visitor, WebRequest, plugin_page
from budkavle_sdk_transport.transfers import KINDS, SHOWN, Transfer, transfers

PATH: Final = "/plugin/sdk/transfers"
OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    "SEND_IN_PROGRESS": ("Skickas", ""),
    "SEND_ENQUEUED": ("Hos accesspunkten", ""),
    "WAITING_FOR_RETRY": ("Väntar på nytt försök", "wait"),
    "SEND_ATTEMPT_FAILED": ("Väntar på nytt försök", "wait"),
    "WAITING_FOR_RECEIPT": ("Väntar på kvittens", "wait"),
    "ACKNOWLEDGED": ("Framme", "ok"),
    "ACKNOWLEDGED_WITH_WARNING": ("Framme", "ok"),
    "REJECTED": ("Avvisat", "bad"),
    "SEND_FAILURE": ("Kom inte fram", "bad"),
    "NOT_FOUND": ("Okänt hos accesspunkten", "bad"),
    "RECALLED": ("Återtaget", ""),
    "DELETED": ("Gallrat", ""),
    "ACCEPTED": ("Mottaget", "ok"),
    "RECEIPT": ("Mottagen kvittens", "ok"),
    "SILENT": ("Oläsligt, ej kvitterat", "bad"),
    "REFUSED": ("Kvittens som inte gäller", "bad"),
    "STRANGE": ("Kvittens som inte gäller", "bad"),
}
"""What became of a transfer, in words and by its look."""


def router(host: Host) -> Router:
    """Return the page's route."""

    @get(PATH, sync_to_thread=True)
    def show(
        request: WebRequest, visitor: NamedDependency[Visitor], wanted: FromQuery[str] = "", before: FromQuery[str] = ""
    ) -> Response[str]:
        """Show the latest transfers, older ones, or those of one id."""
        found = transfers(host, visitor.actor, wanted=wanted, before=_moment(before), most=SHOWN + 1)
        older = ""
        if len(found) > SHOWN:
            older = f"{PATH}?{urlencode({'wanted': wanted, 'before': found[SHOWN - 1].at.isoformat()})}"
        context = {
            "rows": [_row(visitor, one) for one in found[:SHOWN]],
            "wanted": wanted,
            "path": PATH,
            "older_url": older,
            "newest_url": f"{PATH}?{urlencode({'wanted': wanted})}" if before else "",
            "months": host.settings.timing.log_months,
        }
        return plugin_page(request, visitor, "sdk/transfers.html", context)

    return Router("", route_handlers=[show])


def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return what the card among the organisation's settings shows."""
    return {"url": PATH}


def _row(visitor: Visitor, one: Transfer) -> dict[str, Any]:
    words, look = OUTCOMES.get(one.outcome, (one.outcome, ""))
    if one.direction == "out" and one.kind == "message" and one.outcome == "ACKNOWLEDGED":
        words = "Kvitterat"
    return {
        "at": one.at,
        "kind": visitor.say(KINDS[one.direction, one.kind]),
        "outcome": visitor.say(words),
        "look": look,
        "message_id": one.message_id,
        "transport_id": one.transport_id,
        "counterpart": one.counterpart,
    }


def _moment(written: str) -> datetime | None:
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Invalid("Tiden i adressen går inte att läsa. Börja om från de senaste.") from None
    return moment.astimezone()
