"""What the access point has of ours and we wait to hear of, what went once more, and what is overdue (feature SD7)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from budkavle import Host, Purpose, Statement

_ENQUEUE = Statement.insert(
    "sdk_enqueued",
    ("organisation_id", "transport_id", "delivery_id", "recipient", "purpose", "word", "at", "asked_at"),
    "ON CONFLICT DO NOTHING",
)
_ASK = Statement(  # in turns, so that nobody's many that do not get through hide what is known of the others
    # A CTE is read once; a subquery may be read again for each row, and then takes more. What a worker still has in
    # hand is left out: the answer would come before the state that it is about, change nothing, and be lost.
    "WITH due AS (SELECT e.transport_id FROM sdk_enqueued e WHERE e.organisation_id = :organisation"
    "  AND e.asked_at <= :now AND NOT EXISTS (SELECT FROM deliveries d WHERE d.organisation_id = e.organisation_id"
    "  AND d.id = e.delivery_id AND d.state = 'SEND_IN_PROGRESS')"
    "  ORDER BY e.asked_at LIMIT :most FOR UPDATE OF e SKIP LOCKED)"
    " UPDATE sdk_enqueued SET asked_at = :now WHERE organisation_id = :organisation"
    " AND transport_id IN (SELECT transport_id FROM due)"
    " RETURNING transport_id, delivery_id, purpose, word, at"
)
_HEAR = Statement(
    "UPDATE sdk_enqueued SET word = :word WHERE organisation_id = :organisation AND transport_id = :transport_id"
)
_DEQUEUE = Statement("DELETE FROM sdk_enqueued WHERE organisation_id = :organisation AND transport_id = :transport_id")
_COUNT = Statement(
    "SELECT count(*) AS number FROM sdk_enqueued WHERE organisation_id = :organisation AND recipient = :recipient"
    " AND purpose = 'message'"
)
_HISTORY = Statement(
    "WITH last AS (SELECT coalesce(max(number), 0) AS number, coalesce(max(at), '-infinity') AS at FROM sdk_resends"
    "  WHERE organisation_id = :organisation AND delivery_id = :id)"
    " SELECT last.number,"
    " EXISTS (SELECT FROM delivery_events asked JOIN delivery_events waited"
    "  ON waited.organisation_id = asked.organisation_id AND waited.delivery_id = asked.delivery_id"
    "  AND waited.state = 'WAITING_FOR_RECEIPT' AND waited.id < asked.id AND waited.at > last.at"
    "  WHERE asked.organisation_id = :organisation AND asked.delivery_id = :id AND asked.state = 'READY_TO_SEND'"
    " ) AS asked,"
    " EXISTS (SELECT FROM receipts WHERE organisation_id = :organisation AND delivery_id = :id"
    "  AND state = 'ACKNOWLEDGED' AND NOT applied) AS answered"
    " FROM last"
)
_RESEND = Statement.insert("sdk_resends", ("organisation_id", "delivery_id", "number", "transport_id", "at"))
_OVERDUE = Statement(
    "SELECT id, changed_at FROM deliveries WHERE organisation_id = :organisation AND transport = 'sdk'"
    " AND purpose = 'message' AND state = 'WAITING_FOR_RECEIPT' AND changed_at < :before"
    " ORDER BY changed_at LIMIT :most"
)
_TELL = Statement(
    "UPDATE deliveries SET failure = :words WHERE organisation_id = :organisation AND id = :id"
    " AND state = 'SEND_FAILURE'"
)


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
            _ENQUEUE.later(connection, row)

    def due(self, most: int) -> list[Submission]:
        """The parcels that the access point is to be asked about now, those first that have waited longest for it."""
        parameters = {"organisation": self.organisation_id, "most": most, "now": datetime.now(UTC)}
        with self.host.transaction(self.organisation_id) as connection:
            rows = _ASK.all(connection, parameters)
        return [Submission(row.transport_id, row.delivery_id, Purpose(row.purpose), row.word, row.at) for row in rows]

    def record_status(self, transport_id: str, word: str) -> None:
        """Note what the access point says of a parcel that is still on its way."""
        parameters = {"organisation": self.organisation_id, "transport_id": transport_id, "word": word}
        with self.host.transaction(self.organisation_id) as connection:
            _HEAR.later(connection, parameters)

    def remove(self, transport_id: str) -> None:
        """Note that nothing more is awaited of the access point about the parcel."""
        with self.host.transaction(self.organisation_id) as connection:
            _DEQUEUE.later(connection, {"organisation": self.organisation_id, "transport_id": transport_id})

    def count(self, recipient: str) -> int:
        """How many messages to this participant the access point has not told the outcome of."""
        with self.host.transaction(self.organisation_id) as connection:
            parameters = {"organisation": self.organisation_id, "recipient": recipient}
            row = _COUNT.one_or_none(connection, parameters)
        return int(row.number) if row else 0

    def history(self, delivery_id: UUID) -> ResendHistory:
        """What came of the tries so far."""
        with self.host.transaction(self.organisation_id) as connection:
            row = _HISTORY.one_or_none(connection, {"organisation": self.organisation_id, "id": delivery_id})
        return ResendHistory(row.number, row.asked, row.answered) if row else ResendHistory()

    def resend(self, delivery_id: UUID, number: int, transport_id: str) -> None:
        """Note, before it is handed over, that the same bytes go once more under this transport id."""
        row = {"organisation_id": self.organisation_id, "delivery_id": delivery_id, "number": number}
        with self.host.transaction(self.organisation_id) as connection:
            _RESEND.later(connection, {**row, "transport_id": transport_id, "at": datetime.now(UTC)})

    def overdue(self, before: datetime, most: int) -> list[tuple[UUID, datetime]]:
        """Messages that have waited for their receipt since before that time, the oldest first, and since when."""
        parameters = {"organisation": self.organisation_id, "before": before, "most": most}
        with self.host.transaction(self.organisation_id) as connection:
            return [(row.id, row.changed_at) for row in _OVERDUE.all(connection, parameters)]

    def explain_failure(self, delivery_id: UUID, words: str) -> None:
        """Let a failed message say in other words what is to be done about it."""
        with self.host.transaction(self.organisation_id) as connection:
            _TELL.later(connection, {"organisation": self.organisation_id, "id": delivery_id, "words": words})
