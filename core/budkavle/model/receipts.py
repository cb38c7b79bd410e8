"""What a peer says about something we sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from budkavle.model.states import DeliveryState


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not accepted: the peer's code, its place in the message, and a sentence."""

    code: str
    text: str
    place: str = "NA"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A peer's word about one delivery, with the bytes that prove it.

    Attributes:
        remote_id: What the peer calls the delivery; for SDK the XHE id, which is the delivery's own id.
        state: The state that the words mean, in our table.
        at: When the peer said it.
        evidence: The bytes as they came; always stored, whatever the state (feature SD6).
    """

    organisation_id: UUID
    transport: str
    remote_id: str
    state: DeliveryState
    at: datetime
    evidence: bytes = b""
    reasons: tuple[Reason, ...] = ()
    receipt_id: str = ""
    """The peer's own identifier of the receipt, so that the same one is stored once."""
    sender: str = ""
    """Who says so, as the transport has verified it (the `organisation_value` of an address). Where it is given, a
    receipt from somebody else than the delivery's recipient is stored as evidence and changes nothing."""
    pause: timedelta | None = None
    """With `SEND_ATTEMPT_FAILED`: when to hand over again; None leaves it to the transport's `backoff`."""
