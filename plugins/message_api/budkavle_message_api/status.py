"""The statuses of a message in the API, and the mapping of our states to them.

Source: Digg B1.4.2 Rekommendation API MT-MK (pages 31 to 37) and its OpenAPI file.
"""

from collections.abc import Mapping
from typing import Final

from budkavle import DeliveryState, Direction, IncomingState

SCHEDULED: Final = "SCHEDULED"
ACKNOWLEDGE: Final = "ACKNOWLEDGE"
WAITING: Final = "WAITING_FOR_RECEIPT"
ACCEPTED: Final = "ACCEPTED"
REJECTED: Final = "REJECTED"
FAILED: Final = "MESSAGE_EXCHANGE_ERROR"
ERROR: Final = "ERROR"
NEW: Final = "NEW"
FINAL: Final = frozenset({NEW, ACCEPTED, FAILED})
"""Messages that a client may delete (page 9)."""

KV_MEDDELANDESTATUS: Mapping[DeliveryState | IncomingState, str] = {
    DeliveryState.READY_TO_SEND: "SCHEDULED",
    DeliveryState.SEND_IN_PROGRESS: "SUBMITTED",
    DeliveryState.SEND_ENQUEUED: "SUBMITTED",
    DeliveryState.SEND_ATTEMPT_FAILED: "SCHEDULED_FOR_RESEND",
    DeliveryState.WAITING_FOR_RETRY: "SCHEDULED_FOR_RESEND",
    DeliveryState.WAITING_FOR_RECEIPT: "WAITING_FOR_RECEIPT",
    DeliveryState.ACKNOWLEDGED: "ACCEPTED",
    DeliveryState.ACKNOWLEDGED_WITH_WARNING: "ACCEPTED",
    DeliveryState.REJECTED: "REJECTED",
    DeliveryState.SEND_FAILURE: "MESSAGE_EXCHANGE_ERROR",
    DeliveryState.RECALLED: "MESSAGE_EXCHANGE_ERROR",
    DeliveryState.NOT_FOUND: "ERROR",
    DeliveryState.DELETED: "MESSAGE_EXCHANGE_ERROR",
    IncomingState.HELD: "RETRIEVED",
    IncomingState.RECEIVED: "NEW",
    IncomingState.RECEIVED_WITH_WARNINGS: "NEW",
    IncomingState.DOWNLOADED: "NEW",
    IncomingState.RECALLED: "NEW",
    IncomingState.DELETED: "NEW",
}
"""Our states as statuses of KV Meddelandestatus (B1.4.2, pages 31 to 36)."""

_SHOWN_AS_FAILED: Final = frozenset({REJECTED, ERROR})
"""Statuses that are not final: they are shown as MESSAGE_EXCHANGE_ERROR at once, and listed among the events."""


def status_of(state: str, *, incoming: bool) -> str:
    """Return the status that the API shows for one of our states.

    Args:
        state: A `DeliveryState`, or an `IncomingState` if `incoming`.
        incoming: Whether the message is incoming.
    """
    status = KV_MEDDELANDESTATUS[IncomingState(state) if incoming else DeliveryState(state)]
    return FAILED if status in _SHOWN_AS_FAILED else status


def states_of(status: str) -> list[tuple[Direction, str]]:
    """Return our states that are shown as this status, each with the direction of its messages."""
    incoming = [(Direction.IN, state.value) for state in IncomingState if status_of(state, incoming=True) == status]
    outgoing = [(Direction.OUT, state.value) for state in DeliveryState if status_of(state, incoming=False) == status]
    return incoming + outgoing
