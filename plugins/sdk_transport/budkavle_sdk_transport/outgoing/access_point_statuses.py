"""The receipt handler of access points' statuses: how far what we handed over has come.

Sources: KV Meddelandestatus; the values of Domibus' MessageStatus.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from budkavle import DeliveryState, Purpose, Reason, Receipt
from budkavle_sdk_transport import texts
from budkavle_sdk_transport.access_points.message_status import DELIVERY_STATES
from budkavle_sdk_transport.message.conversion import NAME

SENTENCES: Final = {
    DeliveryState.NOT_FOUND: texts.LOST,
    DeliveryState.SEND_FAILURE: texts.NOT_DELIVERED,
    DeliveryState.SEND_ATTEMPT_FAILED: texts.SENT_AGAIN,
}
"""What people read of a state that the access point has given."""
WARNED: Final = "ACKNOWLEDGED_WITH_WARNING"
"""The access point's word for a message that the other one has taken, and warned of something."""


class AccessPointStatuses:
    """Reads the status that the access point gives a message: one word, a value of Domibus' MessageStatus.

    Its context has `delivery_id`, `transport_id`, `purpose`, `since` (when the access point took it) and `at` (when it
    was asked); and `pause`, in seconds, where the transport hands the same bytes over once more after a failure.
    """

    name = "sdk_access_point"
    transport = NAME

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        """Turn a status into a receipt; None where the word is none of the access point's."""
        word = words.decode("ascii", "replace")
        state = DELIVERY_STATES.get(word)
        if state is None:
            return None
        pause = None
        if state is DeliveryState.SEND_FAILURE and context.get("pause"):
            state, pause = DeliveryState.SEND_ATTEMPT_FAILED, timedelta(seconds=float(context["pause"]))
        elif state is DeliveryState.WAITING_FOR_RECEIPT and context["purpose"] == Purpose.RECEIPT:
            state = DeliveryState.ACKNOWLEDGED  # a receipt is never receipted: to have arrived is its end
        at = datetime.fromisoformat(context["at"])
        on_its_way = state in {DeliveryState.SEND_ENQUEUED, DeliveryState.WAITING_FOR_RETRY}
        status = f"{word} {at}" if on_its_way else f"{state} {context['since']}"
        return Receipt(
            organisation_id=UUID(context["organisation_id"]),
            transport=NAME,
            remote_id=context["delivery_id"],
            state=state,
            at=at,
            evidence=words,
            reasons=_reasons(word, state),
            receipt_id=f"{context['transport_id']} {status}",
            pause=pause,
        )


def _reasons(word: str, state: DeliveryState) -> tuple[Reason, ...]:
    """Return what people read; a warning stays with the message, whose receipt then leads to a state with a warning."""
    if word == WARNED and state is DeliveryState.WAITING_FOR_RECEIPT:
        return (Reason("", texts.WARNED),)
    return (Reason("", SENTENCES[state]),) if state in SENTENCES else ()
