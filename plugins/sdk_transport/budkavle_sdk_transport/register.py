"""What the organisation knows about messages that came and went: for the checks of new ones, and for never twice."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import TextClause, text

from budkavle import Host
from budkavle_sdk_transport.access_point import Parcel

ACCEPTED = "ACCEPTED"
_FAILED = text("SELECT true FROM deliveries WHERE id::text = :id AND state IN ('SEND_FAILURE', 'RECALLED')")
_BEFORE = text("SELECT true FROM sdk_arrivals WHERE message_id = :id AND outcome = 'ACCEPTED'")
_KNOWN = text("SELECT true FROM sdk_arrivals WHERE transport_id = :id")
_REMEMBER = text(
    "INSERT INTO sdk_arrivals (organisation_id, transport_id, message_id, document, sender, outcome, at)"
    " VALUES (:organisation, :transport_id, :message_id, :document, :sender, :outcome, :at) ON CONFLICT DO NOTHING"
)
_ENQUEUE = text(
    "INSERT INTO sdk_enqueued (organisation_id, transport_id, delivery_id, at)"
    " VALUES (:organisation, :transport_id, :delivery, :at) ON CONFLICT DO NOTHING"
)
_ENQUEUED = text("SELECT transport_id, delivery_id FROM sdk_enqueued ORDER BY at LIMIT :most")
_DEQUEUE = text("DELETE FROM sdk_enqueued WHERE transport_id = :transport_id")


@dataclass(frozen=True, slots=True)
class Register:
    """The rows of one organisation.

    UUIDs are compared in small letters: RFC 4122 lets them be written in either.
    """

    host: Host
    organisation_id: UUID

    def knows(self, transport_id: str) -> bool:
        """Whether the parcel has been dealt with, so that nothing is to be done when it comes again."""
        return self._any(_KNOWN, transport_id)

    def received_before(self, message_id: str) -> bool:
        """Whether a message of this id has been accepted (detaljkod duplicate)."""
        return self._any(_BEFORE, message_id.lower())

    def has_failed(self, message_id: str) -> bool:
        """Whether we have marked a message of ours as failed, so that nobody can answer it."""
        return self._any(_FAILED, message_id.lower())

    def remember(self, parcel: Parcel, message_id: str, outcome: str) -> None:
        """Note that a parcel has been dealt with."""
        row = {
            "organisation": self.organisation_id,
            "transport_id": parcel.transport_id,
            "message_id": message_id.lower(),
            "document": parcel.document,
            "sender": parcel.sender,
            "outcome": outcome,
            "at": datetime.now(UTC),
        }
        with self.host.transaction(self.organisation_id) as connection:
            connection.execute(_REMEMBER, row)

    def enqueue(self, transport_id: str, delivery_id: UUID) -> None:
        """Note that the access point has a parcel of ours, and has not said yet whether it arrived."""
        row = {"organisation": self.organisation_id, "transport_id": transport_id, "delivery": delivery_id}
        with self.host.transaction(self.organisation_id) as connection:
            connection.execute(_ENQUEUE, {**row, "at": datetime.now(UTC)})

    def enqueued(self, most: int) -> list[tuple[str, UUID]]:
        """The parcels that the access point is to be asked about, oldest first: transport id and delivery."""
        with self.host.transaction(self.organisation_id) as connection:
            return [(row.transport_id, row.delivery_id) for row in connection.execute(_ENQUEUED, {"most": most})]

    def dequeue(self, transport_id: str) -> None:
        """Note that the access point has said what became of the parcel."""
        with self.host.transaction(self.organisation_id) as connection:
            connection.execute(_DEQUEUE, {"transport_id": transport_id})

    def _any(self, query: TextClause, value: str) -> bool:
        with self.host.transaction(self.organisation_id) as connection:
            return connection.execute(query, {"id": value}).first() is not None
