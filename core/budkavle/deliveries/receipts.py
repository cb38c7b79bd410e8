"""Receipts, which are what a peer reports about something we sent, and a person's "försök igen".

A receipt is always stored, once. It changes the state only if the table in `states` allows it: one that comes late,
twice or out of order changes nothing and is not an error.

A receipt can be faster than the answer to our own call, and then no delivery has its identifier yet. It is stored
without a delivery, and `apply_early_receipts` applies it when the attempt ends. Both sides lock the identifier first
(`one_at_a_time`), so that neither misses the other.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from psycopg.types.json import Json
from sqlalchemy import RowMapping, select

from budkavle.accounts import permissions
from budkavle.cases import case_updates, message_store
from budkavle.deliveries import held_messages, queue
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.measures import catalogue, tracing
from budkavle.model import sources
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.input_rules.identifiers import as_key, as_uuid
from budkavle.model.messages import Purpose
from budkavle.model.receipts import Reason, Receipt
from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, HANDED_OVER, TROUBLE, DeliveryState, may_follow
from budkavle.plugins.protocols.transport import Backoff
from budkavle.plugins.transport_calls import transport_actor
from budkavle.storage import audit, locks, tables
from budkavle.storage.database import ResultRow, execute_batch
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

_OUR_OWN = frozenset({DeliveryState.READY_TO_SEND, DeliveryState.SEND_IN_PROGRESS, DeliveryState.SEND_ATTEMPT_FAILED})
"""States that only our own workers or users set, never a peer."""
_NEVER = timedelta(days=36500)
_SENDER = "receipt-sender:{id}"
_REJECTED = "Mottagaren tog inte emot meddelandet: {reason}. Rätta och skicka på nytt."
_LOST = "Meddelandet kom inte fram: {reason}. Försök igen eller välj en annan väg."
_NO_REASON = "inget skäl angavs"


class _Queries(QueryFile):
    lock_delivery: Statement
    find_receipt: Statement
    claim_early_receipts: Statement
    add_receipt: Statement
    mark_applied: Statement


QUERIES = _Queries.load()


def receipt(work: Work, receipt: Receipt) -> bool:
    """Store a peer's receipt and let it change the delivery's state.

    Two states have a special meaning here. `WAITING_FOR_RETRY` says that the peer retries by itself, so our workers do
    not. `SEND_ATTEMPT_FAILED`, for a delivery that the peer had accepted (SEND_ENQUEUED), says that it gave up: then we
    hand over the same bytes again. `READY_TO_SEND` can only come from a person.

    Args:
        work: In the organisation that sent the delivery; its actor is the transport.
        receipt: The receipt, as read by a handler.

    Returns:
        Whether it changed the state.
    """
    receipt = replace(receipt, remote_id=as_key(receipt.remote_id), receipt_id=as_key(receipt.receipt_id))
    delivery, stored = _find(work, receipt)
    if stored:
        return False
    stranger = delivery is not None and _is_stranger(work, receipt, delivery)
    transition = None if stranger else _find_transition(work.platform, receipt, delivery)
    _store(work, receipt, delivery, applied=transition is not None)
    if delivery is None or transition is None:
        _note_unused(work, receipt, delivery, stranger=stranger)
        return False
    moved = queue.advance_locked(work, delivery, transition)
    before = DeliveryState(delivery.state)
    released = moved and apply_consequences(work, delivery, transition.state, before)
    announce_after_commit(work, delivery if moved else None, transition.state, released=released)
    if moved:
        _note_used(work, receipt, delivery, transition.state)
    return moved


def apply_consequences(work: Work, moved: ResultRow, state: DeliveryState, before: DeliveryState) -> bool:
    """Apply the consequences of a new state, in the same transaction: "Behöver åtgärd", and a held message.

    Args:
        work: The unit of work that moved the delivery.
        moved: The delivery.
        state: Its new state.
        before: Its previous state.

    Returns:
        Whether a held message has been released.
    """
    if moved.purpose == Purpose.RECEIPT.value:
        if moved.message_id is None or state not in HANDED_OVER:
            return False
        return held_messages.release(work, moved.message_id, moved.id)
    if state in TROUBLE or before in TROUBLE:
        case_updates.update_needs_action(work, moved.case_id, state.value)
    return False


def announce_after_commit(work: Work, moved: ResultRow | None, state: DeliveryState, *, released: bool) -> None:
    """Tell the plugins of the new state, after the commit.

    Args:
        work: The unit of work that moved the delivery.
        moved: The delivery; None if none was moved, and then nothing is told.
        state: Its new state.
        released: Whether a held message has been released.
    """
    if moved is None:
        return
    work.after_commit(lambda: announce(work.platform, work.organisation_id, moved, state, released=released))


def announce(
    platform: Platform, organisation_id: UUID, moved: ResultRow, state: DeliveryState, *, released: bool
) -> None:
    """Tell the plugins of the new state now.

    Args:
        platform: The installation.
        organisation_id: The delivery's organisation.
        moved: The delivery.
        state: Its new state.
        released: Whether a held message has been released.
    """
    event = {"organisation_id": organisation_id, "delivery_id": moved.id, "state": state.value}
    platform.plugins.emit("state_changed", **event)
    if released:
        held_messages.announce(platform, organisation_id, moved.message_id)


def one_at_a_time(work: Work, remote_id: str) -> None:
    """Lock a peer's identifier until the commit, so that receipts and the end of an attempt wait for each other.

    Args:
        work: The unit of work that holds the lock.
        remote_id: The peer's identifier of a delivery.
    """
    locks.one_at_a_time(work.connection, f"receipt {work.organisation_id} {remote_id}")


def apply_early_receipts(work: Work, moved: ResultRow, remote_id: str) -> DeliveryState | None:
    """Apply receipts that came before we knew the peer's identifier of the delivery.

    Args:
        work: A unit of work that has locked the identifier.
        moved: The delivery.
        remote_id: The peer's identifier.

    Returns:
        The last state that a receipt set; None if none changed it.
    """
    parameters = {
        "organisation": work.organisation_id,
        "transport": moved.transport,
        "remote_id": remote_id,
        "delivery": moved.id,
    }
    rows = QUERIES.claim_early_receipts.all(work.connection, parameters)
    last = None
    for row in sorted(rows, key=lambda row: row.received_at):
        early = _early_receipt(work, row, moved.transport, remote_id)
        # Read again for each: the one before may have changed its state, or have been a warning.
        delivery = QUERIES.lock_delivery.one_or_none(work.connection, {**parameters, "id": moved.id})
        if delivery is not None and _is_stranger(work, early, delivery):
            _note_unused(work, early, delivery, stranger=True)
            continue
        transition = _find_transition(work.platform, early, delivery)
        if delivery is not None and transition is not None and queue.advance(work, moved.id, transition) is not None:
            QUERIES.mark_applied.enqueue(work.connection, {"organisation": work.organisation_id, "id": row.id})
            _note_used(work, early, delivery, transition.state)
            last = transition.state
    return last


def _early_receipt(work: Work, row: ResultRow, transport: str, remote_id: str) -> Receipt:
    """Return a stored receipt as it came, without its evidence."""
    reasons = tuple(Reason.from_stored(reason) for reason in row.reasons)
    sender = ""
    if row.sender:
        label = _SENDER.format(id=row.id)
        sender = work.vault.open_small(work.organisation_id, label, row.sender, work.connection).decode()
    state = DeliveryState(row.state)
    return Receipt(
        work.organisation_id, transport, remote_id, state, row.at, b"", reasons, sender=sender, pause=row.pause
    )


def retry(work: Work, delivery_id: UUID) -> None:
    """Put a parked delivery in the queue again, as a member of its mailbox; a receipt also as an administrator.

    Args:
        work: The unit of work; its actor asks for the retry.
        delivery_id: The delivery.

    Raises:
        NotFound: There is no such delivery, or the actor is not a member.
        Conflict: It is not parked: it is under way, delivered, or rejected by the receiver.
    """
    row = _parked(work, delivery_id)
    if DeliveryState(row["state"]) not in {DeliveryState.SEND_FAILURE, DeliveryState.NOT_FOUND}:
        raise Conflict(_NOT_PARKED)
    transition = Transition(
        DeliveryState.READY_TO_SEND, (StateChange(sources.now(), DeliveryState.READY_TO_SEND, work.actor.name),)
    )
    moved = queue.advance(work, delivery_id, transition)
    if moved is None:
        raise Conflict(_NOT_PARKED)
    case_updates.update_needs_action(work, moved.case_id, transition.state.value)
    audit.record(work, "delivery.retried", delivery_id, **audit.of_mailbox(row["mailbox_id"]))
    payload = {"o": work.organisation_id, "m": row["mailbox_id"], "c": moved.case_id, "d": delivery_id}
    work.platform.database.notify(work.connection, {**payload, "k": "state", "w": [moved.transport]})
    announce_after_commit(work, moved, transition.state, released=False)


_NOT_PARKED = "Försändelsen väntar inte på åtgärd. Ladda om sidan för att se var den är."


def _parked(work: Work, delivery_id: UUID) -> RowMapping:
    delivery, message = tables.deliveries, tables.messages
    joined = delivery.outerjoin(
        message,
        (message.c.organisation_id == delivery.c.organisation_id) & (message.c.id == delivery.c.message_id),
    )
    query = select(delivery.c.state, delivery.c.purpose, message.c.mailbox_id).select_from(joined)
    this_delivery = (delivery.c.organisation_id == work.organisation_id, delivery.c.id == delivery_id)
    row = work.connection.execute(query.where(*this_delivery)).mappings().one_or_none()
    if row is None:
        raise NotFound("Försändelsen finns inte.")
    if row["purpose"] == Purpose.RECEIPT.value and (work.actor.is_admin or row["mailbox_id"] is None):
        permissions.require_admin(work.actor)
    else:
        permissions.require_writer(work, row["mailbox_id"])
    return row


def _find_transition(platform: Platform, receipt: Receipt, delivery: ResultRow | None) -> Transition | None:
    """Return the transition that the receipt causes; None if it changes nothing."""
    if delivery is None:
        return None
    old, new = DeliveryState(delivery.state), receipt.state
    if new is DeliveryState.SEND_ATTEMPT_FAILED and old is DeliveryState.SEND_ENQUEUED:
        return _hand_over_again(platform, receipt)
    if new in _OUR_OWN or not may_follow(DELIVERY, old, new):
        return None
    if new is DeliveryState.ACKNOWLEDGED and delivery.warned:
        new = DeliveryState.ACKNOWLEDGED_WITH_WARNING
    return _transition(new, receipt.reasons)


def _hand_over_again(platform: Platform, receipt: Receipt) -> Transition:
    """Return the transition to a retry, for a peer that had the delivery and has given up: the bytes stay the same."""
    transport = platform.plugins.transports.get(receipt.transport)
    pause = receipt.pause or queue.pause_after(transport.backoff if transport else Backoff(), 1)
    words, at, waiting = _words(receipt.reasons), sources.now(), DeliveryState.WAITING_FOR_RETRY
    timeline = (StateChange(at, DeliveryState.SEND_ATTEMPT_FAILED, words), StateChange(at, waiting))
    return Transition(waiting, timeline, words, pause=pause)


def _find(work: Work, receipt: Receipt) -> tuple[ResultRow | None, bool]:
    """Return the delivery, locked, and whether the receipt is already stored; concurrent duplicates wait here."""
    name = receipt.receipt_id or _fingerprint(receipt)
    parameters = {
        "organisation": receipt.organisation_id,
        "transport": receipt.transport,
        "id": as_uuid(receipt.remote_id),
        "remote_id": receipt.remote_id,
        "receipt_id": name,
    }
    one_at_a_time(work, receipt.remote_id)
    matching_deliveries, stored = execute_batch(
        work.connection, (QUERIES.lock_delivery, parameters), (QUERIES.find_receipt, parameters)
    )
    return (matching_deliveries[0] if matching_deliveries else None), bool(stored)


def _store(work: Work, receipt: Receipt, delivery: ResultRow | None, *, applied: bool) -> None:
    """Store the evidence."""
    row_id, evidence = sources.new_id(), receipt.evidence
    organisation_id = receipt.organisation_id
    label, slot = f"receipt:{row_id}", work.vault.slots.beside(delivery.recipient) if delivery else None
    sealed = work.vault.seal_small(organisation_id, label, evidence, work.connection, slot) if evidence else None
    row = {
        "organisation_id": organisation_id,
        "id": row_id,
        "delivery_id": delivery.id if delivery else None,
        "transport": receipt.transport,
        "remote_id": receipt.remote_id,
        "receipt_id": receipt.receipt_id or _fingerprint(receipt),
        "state": receipt.state.value,
        "applied": applied,
        "reasons": Json([reason.to_json() for reason in receipt.reasons]),
        "evidence": sealed,
        "sender": None if delivery else _sealed_sender(work, row_id, receipt),
        "pause": None if delivery else receipt.pause,
        "at": receipt.at,
        "received_at": sources.now(),
    }
    QUERIES.add_receipt.enqueue(work.connection, row)


def _sealed_sender(work: Work, row_id: UUID, receipt: Receipt) -> bytes | None:
    """Return the sender of a receipt that came early, sealed: who the recipient is is not known yet."""
    if not receipt.sender:
        return None
    label = _SENDER.format(id=row_id)
    return work.vault.seal_small(receipt.organisation_id, label, receipt.sender.encode(), work.connection)


def _fingerprint(receipt: Receipt) -> str:
    """Return an identifier for a receipt that has none: the hash of its state and evidence."""
    return hashlib.sha256(receipt.state.value.encode() + b"\0" + receipt.evidence).hexdigest()


def _is_stranger(work: Work, receipt: Receipt, delivery: ResultRow) -> bool:
    """Whether the receipt comes from another sender than the delivery's recipient."""
    if not receipt.sender or not delivery.recipient:  # the recipient is destroyed with its message
        return False
    recipient = message_store.open_address(work, delivery.id, delivery.recipient)
    return recipient.organisation_value != receipt.sender


def _note_used(work: Work, receipt: Receipt, delivery: ResultRow, state: DeliveryState) -> None:
    """Record a receipt that has changed the delivery's state, and measure how long it took."""
    kind = f"delivery.{receipt.state.value.lower().replace('_', '-')}"
    by = transport_actor(work.platform.plugins, work.organisation_id, receipt.transport)
    audit.record(work, kind, delivery.id, by, transport=receipt.transport, **audit.of_mailbox(delivery.mailbox_id))
    if receipt.transport not in work.platform.plugins.transports:
        return
    name, seconds = receipt.transport, (sources.now() - delivery.created_at).total_seconds()
    work.after_commit(partial(tracing.note, "delivery.receipt", delivery.id, transport=name, state=state.value))
    work.after_commit(lambda: catalogue.RECEIPT.observe(seconds, name, state.value))


def _note_unused(work: Work, receipt: Receipt, delivery: ResultRow | None, *, stranger: bool) -> None:
    kind = "receipt.unmatched" if delivery is None else "receipt.stranger" if stranger else "receipt.late"
    details = {"transport": receipt.transport, "state": receipt.state.value}
    by = transport_actor(work.platform.plugins, work.organisation_id, receipt.transport)
    if delivery is None:
        audit.record(work, kind, receipt.remote_id, by, **details)
    else:
        audit.record(work, kind, delivery.id, by, **details, **audit.of_mailbox(delivery.mailbox_id))


def _transition(state: DeliveryState, reasons: Sequence[Reason]) -> Transition:
    """Return the transition of a receipt; if the state is a failure, its reasons become the delivery's failure text.

    A reason without a code is a transport's own sentence, which says what to do.
    `WAITING_FOR_RETRY` means that the peer retries: our workers do not claim it.
    """
    words, failure = _words(reasons), Sentence()
    if state is DeliveryState.REJECTED:
        failure = Sentence(_REJECTED, reason=words or Sentence(_NO_REASON))
    elif state in TROUBLE and words and not any(reason.code for reason in reasons):
        failure = words
    elif state in TROUBLE:
        failure = Sentence(_LOST, reason=words or Sentence(_NO_REASON))
    pause = _NEVER if state is DeliveryState.WAITING_FOR_RETRY else timedelta(0)
    return Transition(state, (StateChange(sources.now(), state, words),), failure, pause=pause)


def _words(reasons: Sequence[Reason]) -> Sentence:
    return Sentence.joined(
        (
            Sentence("{text} ({code})", text=Sentence(reason.text), code=reason.code) if reason.code else reason.text
            for reason in reasons
        ),
        by="; ",
    )
