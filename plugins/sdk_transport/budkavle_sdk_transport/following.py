"""Asking the access point about parcels that it has taken and not yet told the outcome of (feature SD7)."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from budkavle import ACCESS_POINT, DeliveryState, Host, Reason, Receipt
from budkavle_sdk_transport import words
from budkavle_sdk_transport.access_point import AccessPoint, AccessPointUnavailable
from budkavle_sdk_transport.composing import NAME
from budkavle_sdk_transport.identities import Identities
from budkavle_sdk_transport.register import Register

MOST: Final = 200
"""How many are asked about for one organisation at a time."""
_SETTLED: Final = frozenset({DeliveryState.WAITING_FOR_RECEIPT, DeliveryState.SEND_FAILURE, DeliveryState.NOT_FOUND})


class Following:
    """Follows what is SEND_ENQUEUED until the access point says that it arrived or did not."""

    def __init__(self, host: Host, identities: Identities, access_point: AccessPoint) -> None:
        self._host = host
        self._identities = identities
        self._access_point = access_point

    def ask(self) -> int:
        """Ask about each; return 0, since asking again at once would be no use."""
        try:
            for identity in self._identities.all():
                register = Register(self._host, identity.organisation_id)
                for transport_id, delivery_id in register.enqueued(MOST):
                    self._ask(register, transport_id, delivery_id)
        except AccessPointUnavailable as error:
            self._host.log.warning("sdk.access_point_unavailable", error=type(error).__name__)
        return 0

    def _ask(self, register: Register, transport_id: str, delivery_id: UUID) -> None:
        word = self._access_point.status(transport_id)
        state = ACCESS_POINT.get(word)
        if state is None or state not in _SETTLED:
            return
        reasons = () if state is DeliveryState.WAITING_FOR_RECEIPT else (Reason("", words.NOT_DELIVERED),)
        self._host.receipt(
            Receipt(
                organisation_id=register.organisation_id,
                transport=NAME,
                remote_id=str(delivery_id),
                state=state,
                at=datetime.now(UTC),
                reasons=reasons,
                receipt_id=f"{transport_id} {word}",
            )
        )
        register.dequeue(transport_id)
