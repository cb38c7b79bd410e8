"""Taking back what nobody has opened yet; what has arrived is kept, and never opened (Y3)."""

from datetime import UTC, datetime
from uuid import UUID

from budkavle.accounts.permissions import require_writer
from budkavle.cases import case_updates, message_store
from budkavle.deliveries import queue, receipts
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.states import DELIVERY, DeliveryState, may_follow
from budkavle.plugins.calls import call
from budkavle.plugins.optional_protocols import ClaimsOpening, TakesBack
from budkavle.plugins.protocols import Transport
from budkavle.storage import audit
from budkavle.storage.database import ResultRow
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

OPENED = "Mottagaren har redan öppnat meddelandet, så det kan inte återkallas."


class _Queries(QueryFile):
    lock_delivery: Statement


QUERIES = _Queries.load()


def recall(work: Work, delivery_id: UUID) -> None:
    """Take a message back from one recipient, who has not opened it; the recipient can never open it.

    Args:
        work: The unit of work; its actor is a member of the mailbox that it was sent from.
        delivery_id: The recipient's delivery.

    Raises:
        NotFound: There is no such delivery, or the actor is no member.
        Forbidden: The actor stands in for the owner, and only reads.
        Conflict: It has been opened or recalled, or its transport cannot take anything back.
    """
    state = DeliveryState.RECALLED
    row = QUERIES.lock_delivery.one_or_none(work.connection, {"organisation": work.organisation_id, "id": delivery_id})
    if row is None:
        raise NotFound("Försändelsen finns inte.")
    require_writer(work, row.mailbox_id)
    transport = _judge(work.platform, row)
    if isinstance(transport, TakesBack):
        call(transport.take_back, work.organisation_id, delivery_id)
    state_change = StateChange(datetime.now(UTC), state, work.actor.name)
    moved = queue.advance(work, delivery_id, Transition(state, (state_change,)))
    if moved is not None:
        case_updates.update_needs_action(work, moved.case_id, state.value)
        payload = {"o": work.organisation_id, "m": row.mailbox_id, "c": moved.case_id, "d": delivery_id, "k": "state"}
        audit.record_and_tell(work, "delivery.recalled", delivery_id, payload)
    receipts.announce_after_commit(work, moved, state, released=False)
    if isinstance(transport, ClaimsOpening):
        recipient, recalled = message_store.open_address(work, delivery_id, row.recipient), transport.recalled
        work.after_commit(lambda: call(recalled, recipient, delivery_id))


def _judge(platform: Platform, row: ResultRow) -> Transport:
    state = DeliveryState(row.state)
    transport = platform.plugins.transports.get(row.transport)
    if state is DeliveryState.RECALLED:
        raise Conflict("Meddelandet är redan återkallat från den mottagaren.")
    if transport is None or not transport.capabilities.recall:
        raise Conflict("Det här slaget av meddelande kan inte återkallas. Kontakta mottagaren i stället.")
    if row.opened_at is not None:
        raise Conflict(OPENED)
    if not may_follow(DELIVERY, state, DeliveryState.RECALLED):
        raise Conflict("Meddelandet har inte kommit fram till mottagaren, så det finns inget att återkalla.")
    return transport
