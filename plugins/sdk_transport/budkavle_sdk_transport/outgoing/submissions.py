"""What the access point has of ours and we wait to hear of, what went once more, and what is overdue (feature SD7)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from budkavle import ActorScope, DeliveryEvent, DeliveryState, Host, Purpose, Work
from budkavle.deliveries import delivery_histories, delivery_states, waiting_deliveries
from budkavle.storage import QueryFile, Statement
from budkavle_sdk_transport.message.conversion import NAME


class _Queries(QueryFile):
    add_submission: Statement
    claim_submissions: Statement
    store_word: Statement
    remove_submission: Statement
    count_submissions: Statement
    find_last_resend: Statement
    add_resend: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Submission:
    """A parcel that the access point has, whose outcome is awaited; `word` is what it said of it last."""

    transport_id: str
    delivery_id: UUID
    purpose: Purpose
    word: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ResendHistory:
    """What came of the tries before this one.

    Attributes:
        number: How many times it has gone once more; 0 is the first time.
        asked: Whether a person wants it sent again, since its message receipt never came.
        answered: Whether an accepting receipt has come that changed nothing, too late or from whomever.
    """

    number: int = 0
    asked: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Submissions:
    """The rows of one organisation."""

    host: Host
    organisation_id: UUID

    def add(self, submission: Submission, recipient: str) -> None:
        """Note that the access point has a parcel of ours, and has not said yet whether it arrived."""
        row = {
            "organisation_id": self.organisation_id,
            "transport_id": submission.transport_id,
            "delivery_id": submission.delivery_id,
            "recipient": recipient,
            "purpose": submission.purpose.value,
            "word": submission.word,
            "at": submission.at,
            "asked_at": submission.at,
        }
        with self.host.transaction(self.organisation_id) as connection:
            QUERIES.add_submission.enqueue(connection, row)

    def due(self, most: int) -> list[Submission]:
        """Return the parcels to ask the access point about now, those first that have waited longest."""
        parameters = {"organisation": self.organisation_id, "most": most, "now": datetime.now(UTC)}
        with self.host.transaction(self.organisation_id) as connection:
            rows = QUERIES.claim_submissions.all(connection, parameters)
        with self._work() as work:
            states = delivery_states(work, [row.delivery_id for row in rows])
        # What a worker still has in hand waits for its next turn: the answer would come before the state that it is
        # about, change nothing, and be lost.
        return [
            Submission(row.transport_id, row.delivery_id, Purpose(row.purpose), row.word, row.at)
            for row in rows
            if states.get(row.delivery_id) is not DeliveryState.SEND_IN_PROGRESS
        ]

    def record_status(self, transport_id: str, word: str) -> None:
        """Note what the access point says of a parcel that is still on its way."""
        parameters = {"organisation": self.organisation_id, "transport_id": transport_id, "word": word}
        with self.host.transaction(self.organisation_id) as connection:
            QUERIES.store_word.enqueue(connection, parameters)

    def remove(self, transport_id: str) -> None:
        """Note that nothing more is awaited of the access point about the parcel."""
        with self.host.transaction(self.organisation_id) as connection:
            QUERIES.remove_submission.enqueue(
                connection, {"organisation": self.organisation_id, "transport_id": transport_id}
            )

    def count(self, recipient: str) -> int:
        """Return how many messages to this participant the access point has not told the outcome of."""
        with self.host.transaction(self.organisation_id) as connection:
            parameters = {"organisation": self.organisation_id, "recipient": recipient}
            row = QUERIES.count_submissions.one_or_none(connection, parameters)
        return int(row.number) if row else 0

    def history(self, delivery_id: UUID) -> ResendHistory:
        """Return what came of the tries so far."""
        with self.host.transaction(self.organisation_id) as connection:
            last = QUERIES.find_last_resend.one(connection, {"organisation": self.organisation_id, "id": delivery_id})
        with self._work() as work:
            history = delivery_histories(work, [delivery_id])[delivery_id]
        return ResendHistory(
            number=last.number,
            asked=_was_asked_again(history.events, last.at),
            answered=any(one.state is DeliveryState.ACKNOWLEDGED and not one.applied for one in history.receipts),
        )

    def resend(self, delivery_id: UUID, number: int, transport_id: str) -> None:
        """Note, before it is handed over, that the same bytes go once more under this transport id."""
        row = {"organisation_id": self.organisation_id, "delivery_id": delivery_id, "number": number}
        with self.host.transaction(self.organisation_id) as connection:
            QUERIES.add_resend.enqueue(connection, {**row, "transport_id": transport_id, "at": datetime.now(UTC)})

    def overdue(self, before: datetime, most: int) -> dict[UUID, datetime]:
        """Messages that wait for their receipt, with the time since when, before that time; the oldest first."""
        with self._work() as work:
            return {one.id: one.since for one in waiting_deliveries(work, NAME, before=before, limit=most)}

    def _work(self) -> AbstractContextManager[Work]:
        return self.host.work(self.host.system(self.organisation_id, ActorScope.READ, ActorScope.RESTRICTED))


def _was_asked_again(events: Sequence[DeliveryEvent], since: datetime | None) -> bool:
    """Tell whether a user has asked to resend a message that has waited for its receipt after the last resend."""
    has_waited = False
    for event in events:
        if event.state == DeliveryState.READY_TO_SEND and has_waited:
            return True
        has_waited |= event.state == DeliveryState.WAITING_FOR_RECEIPT and (since is None or event.at > since)
    return False
