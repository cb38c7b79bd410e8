"""What the organisation knows about messages that came and went: for the checks of new ones, and for never twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg.errors import UniqueViolation

from budkavle import ActorScope, DeliveryState, Host, Work
from budkavle.deliveries import delivery_states
from budkavle.storage import QueryFile, Statement
from budkavle_sdk_transport.access_points.interface import Parcel

ACCEPTED = "ACCEPTED"
FAILED = frozenset(
    {DeliveryState.SEND_FAILURE, DeliveryState.REJECTED, DeliveryState.NOT_FOUND, DeliveryState.RECALLED}
)


class _Queries(QueryFile):
    find_accepted: Statement
    find_arrival: Statement
    add_arrival: Statement


QUERIES = _Queries.load()

_IS_REMEMBERED = "sdk_arrivals_pkey"


@dataclass(frozen=True, slots=True)
class ReceivedMessages:
    """The rows of one organisation.

    UUIDs are compared in small letters: RFC 4122 lets them be written in either.
    """

    host: Host
    organisation_id: UUID

    @contextmanager
    def handling(self) -> Iterator[Work]:
        """Open the unit of work in which all that a parcel brings is stored, `record` at its end.

        Where the parcel has been remembered before, since it came again or two workers had it at once, all of it is
        taken back, and that is no error.
        """
        try:
            with self.host.work(self.host.system(self.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
                yield work
        except UniqueViolation as error:
            if error.diag.constraint_name != _IS_REMEMBERED:
                raise

    def has_handled(self, transport_id: str) -> bool:
        """Tell whether a parcel of this transport id has been remembered."""
        with self.host.transaction(self.organisation_id) as connection:
            parameters = {"organisation": self.organisation_id, "id": transport_id}
            return bool(QUERIES.find_arrival.one(connection, parameters).yes)

    def received_before(self, work: Work, message_id: str) -> bool:
        """Tell whether a message of this id has been accepted (detaljkod duplicate)."""
        with self.host.tables(work) as connection:
            parameters = {"organisation": self.organisation_id, "id": message_id.lower()}
            return bool(QUERIES.find_accepted.one(connection, parameters).yes)

    def has_failed(self, work: Work, message_id: str) -> bool:
        """Tell whether we have marked one of our messages as failed, so that it cannot be answered."""
        delivery_id = UUID(message_id)
        return delivery_states(work, [delivery_id]).get(delivery_id) in FAILED

    def record(self, work: Work, parcel: Parcel, message_id: str, outcome: str) -> None:
        """Note that a parcel has been dealt with; see `handling`."""
        row = {
            "organisation_id": self.organisation_id,
            "transport_id": parcel.transport_id,
            "message_id": message_id.lower(),
            "document": parcel.document,
            "sender": parcel.sender,
            "outcome": outcome,
            "at": datetime.now(UTC),
        }
        with self.host.tables(work) as connection:
            QUERIES.add_arrival.enqueue(connection, row)
