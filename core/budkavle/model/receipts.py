"""What a peer says about something we sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from budkavle.model.sentences import Sentence, StoredSentence
from budkavle.model.states import DeliveryState


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not accepted: the peer's code, its place in the message, and a sentence."""

    code: str
    text: str
    place: str = "NA"

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Reason":
        """Return what `to_json` gave."""
        return cls(stored["code"], Sentence.from_stored(stored["text"]), stored["place"])

    def to_json(self) -> dict[str, StoredSentence]:
        """Return it for a JSON document, with the facts of its sentence."""
        return {"code": self.code, "text": Sentence(self.text).to_json(), "place": self.place}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A peer's word about one delivery, with the bytes that prove it.

    Attributes:
        remote_id: What the peer calls the delivery; for SDK the XHE id, which is the delivery's own id.
        state: The state that the words mean, in our table.
        at: When the peer said it.
        evidence: The bytes as they came; always stored, whatever the state.
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


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """What a peer says about a delivery, in the peer's own words, as a transport hands it to `Host.receipt`.

    Attributes:
        organisation_id: Whose delivery it is.
        transport: The transport that the delivery went by. Its receipt handlers read the words.
        words: The bytes that a handler reads. The transport has verified who says them.
        context: What the transport knows beside the words, such as its own identifiers; `organisation_id` is added.
        evidence: The bytes that prove it, which are stored sealed; None means the words themselves, empty nothing.
    """

    organisation_id: UUID
    transport: str
    words: bytes
    context: Mapping[str, str] = field(default_factory=dict)
    evidence: bytes | None = None


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """What came of a peer's words.

    Attributes:
        receipt: What they mean; None where no receipt handler reads them, and then nothing is stored.
        changed: Whether they changed the delivery's state. Late, repeated and lower words change nothing.
    """

    receipt: Receipt | None
    changed: bool
