"""The page of the log of transfers, for administrators (feature SD19)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle import Actor, Host, Invalid
from budkavle.web import Visitor, plugin_page
from budkavle_sdk_transport.transfers.log import KINDS, SHOWN, Label, Transfer, transfers

PATH: Final = "/plugin/sdk/transfers"
OUTCOMES: Final[Mapping[str, Label]] = {
    "SEND_IN_PROGRESS": Label(label="Skickas"),
    "SEND_ENQUEUED": Label(label="Hos accesspunkten"),
    "WAITING_FOR_RETRY": Label(label="Väntar på nytt försök", look="wait"),
    "SEND_ATTEMPT_FAILED": Label(label="Väntar på nytt försök", look="wait"),
    "WAITING_FOR_RECEIPT": Label(label="Väntar på kvittens", look="wait"),
    "ACKNOWLEDGED": Label(label="Framme", look="ok"),
    "ACKNOWLEDGED_WITH_WARNING": Label(label="Framme", look="ok"),
    "REJECTED": Label(label="Avvisat", look="bad"),
    "SEND_FAILURE": Label(label="Kom inte fram", look="bad"),
    "NOT_FOUND": Label(label="Okänt hos accesspunkten", look="bad"),
    "RECALLED": Label(label="Återtaget"),
    "DELETED": Label(label="Gallrat"),
    "ACCEPTED": Label(label="Mottaget", look="ok"),
    "RECEIPT": Label(label="Mottagen kvittens", look="ok"),
    "SILENT": Label(label="Oläsligt, ej kvitterat", look="bad"),
    "REFUSED": Label(label="Kvittens som inte gäller", look="bad"),
    "STRANGE": Label(label="Kvittens som inte gäller", look="bad"),
}
"""What became of a transfer."""
RECEIPTED: Final = Label(label="Kvitterat", look="ok")


def router(host: Host) -> Router:
    """Return the page's route."""

    @get(PATH, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor], wanted: FromQuery[str] = "", before: FromQuery[str] = ""
    ) -> Response[str]:
        """Show the latest transfers, older ones, or those of one id."""
        found_transfers = transfers(host, visitor.actor, wanted=wanted, before=_moment(before), most=SHOWN + 1)
        older = ""
        if len(found_transfers) > SHOWN:
            older = f"{PATH}?{urlencode({'wanted': wanted, 'before': found_transfers[SHOWN - 1].at.isoformat()})}"
        context = {
            "rows": [_row(visitor, transfer) for transfer in found_transfers[:SHOWN]],
            "wanted": wanted,
            "path": PATH,
            "older_url": older,
            "newest_url": f"{PATH}?{urlencode({'wanted': wanted})}" if before else "",
            "months": host.settings.timing.log_months,
        }
        return plugin_page(visitor, "sdk/transfers.html", context)

    return Router("", route_handlers=[show])


def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return what the card among the organisation's settings shows."""
    return {"url": PATH}


def _row(visitor: Visitor, transfer: Transfer) -> dict[str, Any]:
    label = OUTCOMES.get(transfer.outcome, Label(transfer.outcome))
    if transfer.direction == "out" and transfer.kind == "message" and transfer.outcome == "ACKNOWLEDGED":
        label = RECEIPTED
    return {
        "at": transfer.at,
        "kind": visitor.say(KINDS[transfer.direction, transfer.kind].label),
        "outcome": visitor.say(label.label),
        "look": label.look,
        "message_id": transfer.message_id,
        "transport_id": transfer.transport_id,
        "counterpart": transfer.counterpart,
    }


def _moment(written: str) -> datetime | None:
    if not written:
        return None
    try:
        return datetime.fromisoformat(written).astimezone()
    except (ValueError, OverflowError):
        raise Invalid("Tiden i adressen går inte att läsa. Börja om från de senaste.") from None
