"""The page of the log of transfers, for administrators (feature SD19)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle import Actor, Host, Invalid, Visitor, WebRequest, plugin_page
from budkavle_sdk_transport.transfers.log import KINDS, SHOWN, Said, Transfer, transfers

PATH: Final = "/plugin/sdk/transfers"
OUTCOMES: Final[Mapping[str, Said]] = {
    "SEND_IN_PROGRESS": Said(label="Skickas"),
    "SEND_ENQUEUED": Said(label="Hos accesspunkten"),
    "WAITING_FOR_RETRY": Said(label="Väntar på nytt försök", look="wait"),
    "SEND_ATTEMPT_FAILED": Said(label="Väntar på nytt försök", look="wait"),
    "WAITING_FOR_RECEIPT": Said(label="Väntar på kvittens", look="wait"),
    "ACKNOWLEDGED": Said(label="Framme", look="ok"),
    "ACKNOWLEDGED_WITH_WARNING": Said(label="Framme", look="ok"),
    "REJECTED": Said(label="Avvisat", look="bad"),
    "SEND_FAILURE": Said(label="Kom inte fram", look="bad"),
    "NOT_FOUND": Said(label="Okänt hos accesspunkten", look="bad"),
    "RECALLED": Said(label="Återtaget"),
    "DELETED": Said(label="Gallrat"),
    "ACCEPTED": Said(label="Mottaget", look="ok"),
    "RECEIPT": Said(label="Mottagen kvittens", look="ok"),
    "SILENT": Said(label="Oläsligt, ej kvitterat", look="bad"),
    "REFUSED": Said(label="Kvittens som inte gäller", look="bad"),
    "STRANGE": Said(label="Kvittens som inte gäller", look="bad"),
}
"""What became of a transfer."""
RECEIPTED: Final = Said(label="Kvitterat", look="ok")


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
    said = OUTCOMES.get(one.outcome, Said(one.outcome))
    if one.direction == "out" and one.kind == "message" and one.outcome == "ACKNOWLEDGED":
        said = RECEIPTED
    return {
        "at": one.at,
        "kind": visitor.say(KINDS[one.direction, one.kind].label),
        "outcome": visitor.say(said.label),
        "look": said.look,
        "message_id": one.message_id,
        "transport_id": one.transport_id,
        "counterpart": one.counterpart,
    }


def _moment(written: str) -> datetime | None:
    if not written:
        return None
    try:
        return datetime.fromisoformat(written).astimezone()
    except (ValueError, OverflowError):
        raise Invalid("Tiden i adressen går inte att läsa. Börja om från de senaste.") from None
