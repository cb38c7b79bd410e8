"""Receipts: what a peer reports about a sent message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from budkavle.model.sentences import Sentence, StoredSentence
from budkavle.model.states import DeliveryState


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not accepted.

    Attributes:
        code: The peer's code; empty if the text is a whole sentence that also says what to do.
        text: Why, in Swedish, a translation key. With a code it has no full stop: it is shown within a sentence.
        place: The place in the message.
    """

    code: str
    text: str
    place: str = "NA"

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Reason":
        """Return the reason that `to_json` stored."""
        return cls(stored["code"], Sentence.from_stored(stored["text"]), stored["place"])

    def to_json(self) -> dict[str, StoredSentence]:
        """Return it as JSON values, with the facts of its sentence."""
        return {"code": self.code, "text": Sentence(self.text).to_json(), "place": self.place}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A peer's receipt for one delivery, with the bytes that prove it.

    Attributes:
        organisation_id: Whose delivery it is, and `transport` its transport; for a receipt handler, `Host.receipt` sets
            both and the evidence.
        remote_id: The peer's id of the delivery; for SDK the XHE id, which is the delivery's own id.
        state: The corresponding state in our table.
        at: When the peer issued it.
        evidence: The bytes as received; always stored, whatever the state.
        receipt_id: The peer's own identifier of the receipt, so that a repeated one is stored once.
        sender: Its sender, as verified by the transport (the `organisation_value` of an address). If it is given, a
            receipt from another sender than the delivery's recipient is stored as evidence and changes nothing.
        pause: With `SEND_ATTEMPT_FAILED`: when to retry; None leaves it to the transport's `backoff`.
    """

    organisation_id: UUID
    transport: str
    remote_id: str
    state: DeliveryState
    at: datetime
    evidence: bytes = b""
    reasons: tuple[Reason, ...] = ()
    receipt_id: str = ""
    sender: str = ""
    pause: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """An unparsed receipt of a peer for a delivery, which a transport passes to `Host.receipt`.

    Attributes:
        organisation_id: Whose delivery it is.
        transport: The delivery's transport. Its receipt handlers parse the words.
        words: The bytes for the handler. The transport has verified their sender.
        context: What else the transport knows, such as its own identifiers; `organisation_id` is added.
        evidence: The bytes that prove it, which are stored sealed; None means the words themselves, empty nothing.
    """

    organisation_id: UUID
    transport: str
    words: bytes
    context: Mapping[str, str] = field(default_factory=dict)
    evidence: bytes | None = None


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """The result of processing a peer's receipt.

    Attributes:
        receipt: The parsed receipt; None if no receipt handler could parse it, and then nothing is stored.
        changed: Whether it changed the delivery's state. Late, repeated and lower receipts change nothing.
    """

    receipt: Receipt | None
    changed: bool
