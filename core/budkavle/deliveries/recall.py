"""Taking back what nobody has opened yet (features R1 to R5, Y5); what has arrived is kept, and never opened (Y3)."""

from datetime import UTC, datetime
from uuid import UUID

from budkavle.accounts.permissions import require_writer
from budkavle.cases import case_updates, message_store
from budkavle.deliveries import queue, receipts
from budkavle.deliveries.local_copies import LOCAL, close_copy, organisation_of
from budkavle.deliveries.queue import Change, Step
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.people import Actor
from budkavle.model.states import DELIVERY, DeliveryState, may_follow
from budkavle.plugins.calls import call
from budkavle.plugins.protocols import TakesBack, Transport
from budkavle.storage import audit
from budkavle.storage.database import Line, Statement
from budkavle.storage.platform import Platform

OPENED = "Mottagaren har redan öppnat meddelandet, så det kan inte återkallas."
_LOCK = Statement(
    "SELECT d.id, d.state, d.opened_at, d.transport, d.recipient, m.mailbox_id FROM deliveries d"
    " JOIN messages m ON m.organisation_id = d.organisation_id AND m.id = d.message_id"
    " WHERE d.organisation_id = :organisation AND d.id = :id AND d.purpose = 'message' FOR UPDATE OF d"
)


def recall(platform: Platform, actor: Actor, delivery_id: UUID) -> None:
    """Take a message back from one recipient, who has not opened it; the recipient can never open it.

    Args:
        platform: What everything stands on.
        actor: A member of the mailbox that it was sent from.
        delivery_id: The recipient's delivery.

    Raises:
        NotFound: There is no such delivery, or the actor is no member.
        Forbidden: The actor stands in for the owner, and only reads.
        Conflict: It has been opened or recalled, or its transport cannot take anything back.
    """
    organisation_id, state = actor.organisation_id, DeliveryState.RECALLED
    with platform.database.transaction(organisation_id) as connection:
        row = _LOCK.one_or_none(connection, {"organisation": organisation_id, "id": delivery_id})
        if row is None:
            raise NotFound("Försändelsen finns inte.")
        require_writer(connection, actor, row.mailbox_id)
        transport = _judge(platform, row)
        if isinstance(transport, TakesBack):
            call(transport.take_back, organisation_id, delivery_id)
        step = Step(datetime.now(UTC), state, actor.name)
        moved = queue.advance(connection, organisation_id, delivery_id, Change(state, (step,)))
        if moved is not None:
            case_updates.weigh_trouble(connection, organisation_id, moved.case_id, state.value)
            payload = {"o": organisation_id, "m": row.mailbox_id, "c": moved.case_id, "d": delivery_id, "k": "state"}
            audit.record_and_tell(connection, actor, "delivery.recalled", delivery_id, payload)
    receipts.tell(platform, organisation_id, moved, state, released=False)
    if row.transport == LOCAL:
        recipient = message_store.open_address(platform, organisation_id, delivery_id, row.recipient)
        if to := organisation_of(recipient):
            close_copy(platform, to, delivery_id)


def _judge(platform: Platform, row: Line) -> Transport:
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
