"""The states that an access point reports for a message, and what each means for a delivery."""

from collections.abc import Mapping
from typing import Final

from budkavle import DeliveryState as D

DELIVERY_STATES: Final[Mapping[str, D]] = {
    "READY_TO_SEND": D.SEND_ENQUEUED,
    "READY_TO_PULL": D.SEND_ENQUEUED,
    "BEING_PULLED": D.SEND_ENQUEUED,
    "SEND_ENQUEUED": D.SEND_ENQUEUED,
    "SEND_IN_PROGRESS": D.SEND_ENQUEUED,
    "WAITING_FOR_RECEIPT": D.SEND_ENQUEUED,
    "ACKNOWLEDGED": D.WAITING_FOR_RECEIPT,
    "ACKNOWLEDGED_WITH_WARNING": D.WAITING_FOR_RECEIPT,
    "RECEIVED": D.WAITING_FOR_RECEIPT,
    "RECEIVED_WITH_WARNINGS": D.WAITING_FOR_RECEIPT,
    "DOWNLOADED": D.WAITING_FOR_RECEIPT,
    "DELETED": D.WAITING_FOR_RECEIPT,
    "SEND_ATTEMPT_FAILED": D.WAITING_FOR_RETRY,
    "WAITING_FOR_RETRY": D.WAITING_FOR_RETRY,
    "SEND_FAILURE": D.SEND_FAILURE,
    "NOT_FOUND": D.NOT_FOUND,
}
"""What each of the sixteen values of Domibus' MessageStatus means for a delivery.

ACKNOWLEDGED of the access point is the transport's receipt: the message's own receipt is still awaited.
"""
