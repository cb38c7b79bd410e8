"""The queue: deliveries are claimed under a lease, loaded for a worker, and moved to their next state.

A worker may be slow, or suspended for longer than its lease. So each claim has a fence, a number that grows with each
claim of the row, and every write of a worker names it: the write of a late worker changes nothing. A state changes only
as the table in `states` allows, and the update checks the row (`WHERE state = ...`), so that of two workers, or of a
worker and a receipt, only one wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from budkavle.cases import message_store
from budkavle.deliveries import transitions
from budkavle.deliveries.destinations.naming import ONLY
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.model import sources
from budkavle.model.messages import Address, Delivery, Message, Purpose, Terms
from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, DeliveryState, before
from budkavle.plugins.protocols.transport import Backoff
from budkavle.storage.database import ResultRow, execute_batch
from budkavle.storage.key_slots.sealing import slot_number
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.vault import Slot

SMALL = 256_000
"""Up to this many bytes, wire bytes or evidence are sealed in their row; larger ones are stored as a file."""

References = Mapping[tuple[UUID, tuple[str, str]], str]
"""What to refer to, by a message and where its recipient is reached."""
_HELD = (DeliveryState.SEND_IN_PROGRESS, DeliveryState.WAITING_FOR_RETRY)


class _Queries(QueryFile):
    load_deliveries: Statement
    load_messages: Statement
    load_earlier_deliveries: Statement
    renew_leases: Statement
    begin_attempt: Statement
    store_remote_id: Statement
    store_wire: Statement
    add_event: Statement
    add_event_once: Statement
    load_wire: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this worker has claimed until its lease ends.

    Attributes:
        fence: The number of the lease.
        crashes: How many workers in a row have crashed during an attempt of it.
        died: Whether the last worker that claimed it crashed.
        has_wire: Whether an earlier attempt has stored its bytes, so that handing it over again causes no duplicate.
        destination: The number of its destination within the transport.
    """

    organisation_id: UUID
    id: UUID
    fence: int
    crashes: int = 0
    died: bool = False
    has_wire: bool = False
    destination: int = ONLY


@dataclass(frozen=True, slots=True)
class Loaded:
    """A claimed delivery with its message, and the stored bytes of an earlier attempt, still sealed.

    `slot` is the slot that its bytes are sealed under; `is_destroyed` says that there was one, now destroyed.
    """

    claim: Claim
    delivery: Delivery
    message: Message | None
    wire: bytes | None
    wire_blob: str | None
    terms: Terms = Terms()  # noqa: RUF009 - a frozen value
    slot: Slot | None = None
    is_destroyed: bool = False

    @property
    def has_wire(self) -> bool:
        """Whether an earlier attempt has stored its bytes."""
        return self.wire is not None or self.wire_blob is not None


def renew_leases(work: Work, claims: Sequence[Claim], lease: timedelta) -> set[UUID]:
    """Renew leases; return the ids of the deliveries that are still ours.

    Args:
        work: The unit of work.
        claims: Deliveries of its organisation, and the leases they were claimed under.
        lease: For how long from now.
    """
    ids, fences = [claim.id for claim in claims], [claim.fence for claim in claims]
    parameters = {"organisation": work.organisation_id, "ids": ids, "fences": fences, "lease": lease}
    return {row.id for row in QUERIES.renew_leases.all(work.connection, parameters)}


def begin_attempt_statement(claim: Claim, lease: timedelta) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that marks an attempt as begun; it returns a row if the lease is still ours.

    Args:
        claim: The delivery, and the lease of the attempt.
        lease: For how long the lease is renewed.
    """
    parameters = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence, "lease": lease}
    return QUERIES.begin_attempt, parameters


def load(work: Work, claims: Sequence[Claim]) -> list[Loaded]:
    """Load claimed deliveries with their messages, in a fixed number of queries.

    Deliveries that another worker has claimed or a receipt has ended since are left out. The order is kept. A message
    that completes an earlier one of ours refers to what its recipient got of that one.

    Args:
        work: The unit of work.
        claims: The claimed deliveries of its organisation.
    """
    mine = {claim.id: claim for claim in claims}
    parameters = {"organisation": work.organisation_id, "ids": list(mine)}
    rows, letters = execute_batch(
        work.connection, (QUERIES.load_deliveries, parameters), (QUERIES.load_messages, parameters)
    )
    loaded_rows = {row.id: row for row in rows if row.fence == mine[row.id].fence}
    opened = {message.id: message for message in message_store.open_rows(work, letters)}
    completed = {letter.id: letter.completed_id for letter in letters if letter.completed_id}
    references = _load_references(work, completed) if completed else {}
    claimed_rows = [(claim, loaded_rows[claim.id]) for claim in claims if claim.id in loaded_rows]
    return [_loaded(work, row, claim, opened.get(row.message_id), references) for claim, row in claimed_rows]


def finish_attempt(work: Work, claim: Claim, transition: Transition, *, late: bool = False) -> ResultRow | None:
    """Record how an attempt ended, if the lease is still ours and no receipt was faster.

    Args:
        work: A unit of work in the delivery's organisation.
        claim: The delivery.
        transition: How it ended.
        late: Whether the attempt was given up before it answered, so that the delivery may wait for the next one.

    Returns:
        The delivery's id, message, case, purpose and transport; None if the state was not changed.
    """
    statement, parameters = finish_attempt_statement(claim, transition, late=late)
    return statement.one_or_none(work.connection, parameters)


def finish_attempt_statement(
    claim: Claim, transition: Transition, *, late: bool = False
) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that `finish_attempt` executes.

    Args:
        claim: The delivery, and the lease of the attempt.
        transition: The result of the attempt.
        late: Whether the answer came after the deadline; then the delivery must wait for its next attempt.
    """
    held = _HELD[: 1 + late]
    return transitions.move_statement(claim.organisation_id, claim.id, transition, held=held, fence=claim.fence)


def store_remote_id_statement(claim: Claim, remote_id: str) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that `store_remote_id` executes.

    Args:
        claim: The delivery.
        remote_id: The peer's identifier.
    """
    parameters = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence, "remote_id": remote_id}
    return QUERIES.store_remote_id, parameters


def store_remote_id(work: Work, claim: Claim, remote_id: str) -> ResultRow | None:
    """Store only the peer's identifier, if a receipt was faster than the end of the attempt.

    Args:
        work: The unit of work that records the attempt.
        claim: The delivery.
        remote_id: The peer's identifier.
    """
    statement, parameters = store_remote_id_statement(claim, remote_id)
    return statement.one_or_none(work.connection, parameters)


def advance_locked(work: Work, delivery: ResultRow, transition: Transition) -> bool:
    """Do the same as `advance` for a row that this transaction has locked; the statement is queued with the next one.

    Args:
        work: The unit of work that locked the row.
        delivery: The row.
        transition: Its new state.
    """
    if delivery.state not in before(DELIVERY, transition.state):
        return False
    statement, values = transitions.move_statement(work.organisation_id, delivery.id, transition)
    statement.enqueue(work.connection, values)
    return True


def advance(work: Work, delivery_id: UUID, transition: Transition) -> ResultRow | None:
    """Move a delivery to a state if the table allows it, whoever holds it; None if it does not.

    Args:
        work: A unit of work in the delivery's organisation.
        delivery_id: The delivery.
        transition: Its new state.
    """
    statement, values = transitions.move_statement(work.organisation_id, delivery_id, transition)
    return statement.one_or_none(work.connection, values)


def add_event_statement(
    claim: Claim, state_change: StateChange, *, once: bool = False
) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that adds a row to the timeline of a delivery whose lease is still ours.

    Args:
        claim: The delivery, and the lease of the attempt.
        state_change: The row of the timeline.
        once: Whether to add nothing if the timeline already says the same.
    """
    parameters = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence}
    return QUERIES.add_event_once if once else QUERIES.add_event, {
        **parameters,
        "at": state_change.at,
        "state": state_change.state.value,
        "detail": Sentence(state_change.detail).to_text(),
    }


def store_wire(connection: Connection, claim: Claim, sealed: bytes | None, blob: str | None) -> bool:
    """Store the wire bytes, once; False if the lease is lost or bytes are already stored.

    Args:
        connection: Of the transaction that also stores the file's key.
        claim: The delivery.
        sealed: The sealed bytes, if they are small.
        blob: The name of the sealed file, if they are large.
    """
    statement, parameters = store_wire_statement(claim, sealed, blob)
    return statement.one_or_none(connection, parameters) is not None


def store_wire_statement(
    claim: Claim, sealed: bytes | None, blob: str | None
) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that `store_wire` executes; it returns a row if it has stored the bytes.

    Args:
        claim: The delivery, and the lease of the attempt.
        sealed: The sealed bytes, if they are small.
        blob: The name of the sealed file, if they are large.
    """
    parameters = {
        "organisation": claim.organisation_id,
        "id": claim.id,
        "fence": claim.fence,
        "wire": sealed,
        "blob": blob,
    }
    return QUERIES.store_wire, parameters


def load_wire(connection: Connection, claim: Claim) -> ResultRow | None:
    """Return the row's wire bytes; None if the lease is lost.

    Args:
        connection: In the delivery's organisation.
        claim: The delivery, and the lease of the attempt.
    """
    parameters = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence}
    return QUERIES.load_wire.one_or_none(connection, parameters)


def pause_after(backoff: Backoff, attempt: int) -> timedelta:
    """Return the pause after a failed attempt: doubled each time up to the longest, plus or minus a fifth.

    The random part spreads deliveries that failed together, so that a recovering peer does not get them all at once.

    Args:
        backoff: The transport's rule.
        attempt: How many attempts have been made.
    """
    doublings = min((attempt - 1) % max(1, backoff.tries), 30)
    pause: timedelta = min(backoff.first * 2**doublings, backoff.longest)
    return pause * sources.chance().uniform(0.8, 1.2)


def _load_references(work: Work, completed: Mapping[UUID, UUID]) -> References:
    """Return the references of messages to what each recipient got of the earlier message that they complete.

    Args:
        work: The unit of work.
        completed: The id of the earlier message, by that of the message.
    """
    parameters = {"organisation": work.organisation_id, "ids": list(set(completed.values()))}
    earlier: dict[UUID, list[tuple[tuple[str, str], str]]] = {}
    for row in QUERIES.load_earlier_deliveries.all(work.connection, parameters):
        recipient = message_store.open_address(work, row.id, row.recipient)
        earlier.setdefault(row.message_id, []).append((_place(recipient), str(row.id)))
    return {
        (message_id, place): reference
        for message_id, earlier_id in completed.items()
        for place, reference in earlier.get(earlier_id, ())
    }


def _place(recipient: Address) -> tuple[str, str]:
    """Return where a recipient is reached; its name may have changed since."""
    return recipient.transport, recipient.value


def _loaded(work: Work, row: ResultRow, claim: Claim, message: Message | None, references: References) -> Loaded:
    delivery = Delivery(
        id=row.id,
        organisation_id=row.organisation_id,
        message_id=row.message_id,
        purpose=Purpose(row.purpose),
        transport=row.transport,
        recipient=message_store.open_address(work, row.id, row.recipient),
        state=DeliveryState(row.state),
        attempt=row.attempt,
        fence=row.fence,
        remote_id=row.remote_id,
        created_at=row.created_at,
        failure=Sentence.from_stored(row.failure),
    )
    if message is not None:
        reference = references.get((message.id, _place(delivery.recipient)), message.ref_to)
        message = replace(message, ref_to=reference) if reference != message.ref_to else message
    terms = message_store.open_terms(work, row.id, row.terms)
    slot = work.vault.slots.beside(row.recipient)
    is_destroyed = slot is None and slot_number(row.recipient) is not None
    return Loaded(claim, delivery, message, row.wire, row.wire_blob, terms, slot, is_destroyed)
