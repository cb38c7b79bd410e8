"""What the transport needs of an access point, whichever product it is.

The states are Domibus's own words (WebServicePlugin, MessageStatus), which the field uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["SENDING", "RECEIVING"]


class AccessPointUnavailable(Exception):
    """The access point could not be reached just now; try again later.

    Args:
        told: Why, in a Swedish sentence, with the access point's own words.
        reason: The same without them, for the log and the health page; the sentence where it has none.
    """

    def __init__(self, told: str = "", reason: str = "") -> None:
        super().__init__(told)
        self.reason = reason or told


class Unanswered(AccessPointUnavailable):
    """It was reached, and what it did is not known: it broke off, took too long, or spoke nonsense.

    That may be about this one parcel only.
    """


MOST_UNANSWERED = 3
"""Answers that may fail in one round before the access point counts as away, and the rest waits for the next round."""


class ParcelRefused(ValueError):
    """The access point will not take the parcel, now or later; the sentence says why."""


class ParcelNotFound(LookupError):
    """The access point has no parcel of that transport id to hand out."""


class ParcelLost(ParcelNotFound):
    """A parcel was being fetched when something broke off, and the access point has let go of it meanwhile."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """An envelope on its way, with what the access point must know of it.

    Attributes:
        transport_id: The AS4 message id, unique; a second parcel of the same id is refused.
        sender: The originalSender, a participant without its scheme.
        recipient: The finalRecipient.
        document: The document type, `DOCUMENT_MESSAGE` or `DOCUMENT_RECEIPT`.
        conversation_id: The AS4 ConversationId.
        payload: The XHE document.
    """

    transport_id: str
    sender: str
    recipient: str
    document: str
    conversation_id: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Submitted:
    """The access point has taken a parcel and will not forget it."""

    transport_id: str
    state: str


class AccessPoint(Protocol):
    """An access point, seen from the message system (gränsyta C).

    Every method may raise `AccessPointUnavailable`.
    """

    def submit(self, parcel: Parcel) -> Submitted:
        """Hand over a parcel. Raises `ParcelRefused`, for instance for a transport id that was used before."""
        ...

    def pending(self, participant: str) -> list[str]:
        """Return the transport ids that wait for a participant, oldest first."""
        ...

    def parcel(self, transport_id: str) -> Parcel:
        """Return a whole waiting parcel, without removing it. Raises `ParcelNotFound`."""
        ...

    def retrieve(self, transport_id: str) -> bytes:
        """Return the payload of a waiting parcel, without removing it. Raises `ParcelNotFound`."""
        ...

    def mark_downloaded(self, transport_id: str) -> None:
        """Say that the parcel is safely kept; it is not offered again. Raises `ParcelNotFound`."""
        ...

    def status(self, transport_id: str, role: Role = "SENDING") -> str:
        """Return how far a parcel has come; `NOT_FOUND` for an unknown one."""
        ...
