"""Recalling messages that have not been opened; a copy that has arrived is kept, and never opened (Y3).

`recall` is for the sender. If the recipient is in this installation too, `mark_recalled` is for the recipient.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias
from uuid import UUID

import structlog
from sqlalchemy import and_

from budkavle.accounts.permissions import require_writer
from budkavle.cases import message_store
from budkavle.cases.transitions import move_messages
from budkavle.deliveries import queue, receipts
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.logs import describe
from budkavle.model import sources
from budkavle.model.errors import Conflict, Forbidden, NotFound
from budkavle.model.messages import Address, Direction
from budkavle.model.people import ActorScope
from budkavle.model.states import DELIVERY, DeliveryState, IncomingState, may_follow
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.base import MaybeAsync
from budkavle.plugins.protocols.transport import ClaimsOpening, TakesBack, Transport
from budkavle.plugins.transport_calls import transport_call
from budkavle.storage import audit, case_log
from budkavle.storage.database import ResultRow
from budkavle.storage.outside import ledger
from budkavle.storage.outside.ledger import LedgerEvent
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import messages

SECONDS = 10.0
"""Timeout of a transport for taking something back, or for being told of it, in seconds."""
log = structlog.get_logger("budkavle.deliveries.recall")
Recalled: TypeAlias = Callable[[Address, UUID], MaybeAsync[None]]
"""The method of a transport that hears of a recall."""
OPENED = "Mottagaren har redan öppnat meddelandet, så det kan inte återkallas."


class _Queries(QueryFile):
    lock_delivery: Statement


QUERIES = _Queries.load()


def recall(work: Work, delivery_id: UUID) -> None:
    """Recall a message from one recipient, who has not opened it and can then never open it.

    Args:
        work: The unit of work; its actor is a member of the mailbox it was sent from.
        delivery_id: The recipient's delivery.

    Raises:
        NotFound: There is no such delivery, or the actor is not a member.
        Forbidden: The actor is a delegate who may only read.
        Conflict: It has been opened or recalled, or its transport cannot recall.
    """
    row = QUERIES.lock_delivery.one_or_none(work.connection, {"organisation": work.organisation_id, "id": delivery_id})
    if row is None:
        case_log.note_refused(work, [delivery_id])
        raise NotFound("Försändelsen finns inte.")
    require_writer(work, row.mailbox_id)
    _recall(work, delivery_id, row)
    settings, organisation_id = work.platform.settings, work.organisation_id

    def note() -> None:
        ledger.note(settings, LedgerEvent.RECALLED, organisation_id, delivery_id)
        ledger.keep()

    work.after_commit(note)


def recall_again(work: Work, delivery_id: UUID) -> bool:
    """Repeat a recall from before the database was restored.

    Args:
        work: In the delivery's organisation, on behalf of the installation.
        delivery_id: The delivery.

    Returns:
        Whether it was recalled now; False if it does not exist, is already recalled, waits, or has been opened.

    Raises:
        BudkavleError: Its transport cannot recall it now.
    """
    row = QUERIES.lock_delivery.one_or_none(work.connection, {"organisation": work.organisation_id, "id": delivery_id})
    try:
        if row is not None:
            _recall(work, delivery_id, row)
    except Conflict:
        return False
    return row is not None


def _recall(work: Work, delivery_id: UUID, row: ResultRow) -> None:
    state = DeliveryState.RECALLED
    transport = _judge(work.platform, row)
    if isinstance(transport, TakesBack):
        called = transport_call(work.platform.plugins, transport.name, "take_back")
        work.platform.plugins.walls.ask(called, SECONDS, transport.take_back, work.organisation_id, delivery_id)
    state_change = StateChange(sources.now(), state, work.actor.name)
    moved = queue.advance(work, delivery_id, Transition(state, (state_change,)))
    if moved is not None:
        payload = {"o": work.organisation_id, "m": row.mailbox_id, "c": moved.case_id, "d": delivery_id, "k": "state"}
        audit.record_and_tell(work, "delivery.recalled", delivery_id, payload)
    receipts.announce_after_commit(work, moved, state, released=False)
    if isinstance(transport, ClaimsOpening):
        recipient = message_store.open_address(work, delivery_id, row.recipient)
        called = transport_call(work.platform.plugins, row.transport, "recalled")
        work.after_commit(partial(_tell, work.platform, called, transport.recalled, recipient, delivery_id))


def _tell(platform: Platform, called: Called, recalled: Recalled, recipient: Address, delivery_id: UUID) -> None:
    """Let the transport mark the recipient's copy. If that fails, the copy asks before it is opened, and is marked."""
    try:
        platform.plugins.walls.ask(called, SECONDS, recalled, recipient, delivery_id)
    except Exception as error:  # noqa: BLE001 - the message is recalled, whatever a plugin raises
        log.warning("recall.not_told", delivery=str(delivery_id), plugin=called.plugin, **describe(error))


def mark_recalled(work: Work, transport: str, remote_id: str) -> bool:
    """Mark an incoming message as recalled by its sender; it stays in its case, and can never be opened.

    Args:
        work: The unit of work, in the recipient's organisation; its actor has the scope WRITE.
        transport: The transport that received the message.
        remote_id: The sender's id of the message, as in `Incoming`.

    Returns:
        Whether it was marked now: False if there is no such message, or it is already marked or destroyed.

    Raises:
        Forbidden: The actor has no scope WRITE.

    Example:
        with host.work(host.system(organisation_id, ActorScope.WRITE)) as work:
            mark_recalled(work, "pigeon", remote_id)
    """
    if not work.actor.may(ActorScope.WRITE):
        raise Forbidden("{name} får inte ändra organisationens meddelanden.", name=work.actor.name)
    is_of_transport = and_(messages.c.transport == transport, messages.c.direction == Direction.IN.value)
    is_this = and_(is_of_transport, messages.c.remote_id == remote_id)
    moved = move_messages(work, is_this, IncomingState.RECALLED)
    for message_id, mailbox_id, case_id in moved:
        notice = {"o": work.organisation_id, "m": mailbox_id, "c": case_id, "k": "recalled"}
        audit.record_and_tell(work, "message.recalled", message_id, notice, case=str(case_id))
    return bool(moved)


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
