"""The history of deliveries: each step of their timeline, and their receipts."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from budkavle.accounts.permissions import require_reader
from budkavle.cases import message_store
from budkavle.model.messages import DeliveryEvent
from budkavle.model.receipts import Reason
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import delivery_events, receipts, without_bytes


class _Queries(QueryFile):
    completed: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A receipt for a delivery; `applied` tells whether it changed the state."""

    at: datetime
    received_at: datetime
    state: DeliveryState
    applied: bool
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryHistory:
    """The history of one delivery.

    Attributes:
        events: Each step, the oldest first.
        receipts: Each receipt, in the order they came.
        completes: The delivery that its recipient got of an earlier message, if this one completes that; only
            `delivery_histories` looks it up.
    """

    events: tuple[DeliveryEvent, ...] = ()
    receipts: tuple[StoredReceipt, ...] = ()
    completes: UUID | None = None

    @property
    def rejection(self) -> tuple[Reason, ...]:
        """The reasons in the receipt by which the receiver rejected it; empty if it was not rejected."""
        rejecting = [
            receipt for receipt in self.receipts if receipt.applied and receipt.state is DeliveryState.REJECTED
        ]
        return rejecting[-1].reasons if rejecting else ()


def delivery_histories(work: Work, delivery_ids: Collection[UUID]) -> dict[UUID, DeliveryHistory]:
    """Return the history of deliveries, for a system actor with READ.

    Args:
        work: In the organisation of the deliveries.
        delivery_ids: The deliveries.

    Returns:
        The histories by delivery; an empty one if the organisation has no such delivery.

    Raises:
        Forbidden: The actor has no scope READ.

    Example:
        history = delivery_histories(work, [delivery_id])[delivery_id]
        reasons = [reason.code for reason in history.rejection]
    """
    require_reader(work.actor)
    completed = _completed(work, delivery_ids)
    return {
        delivery_id: replace(history, completes=completed.get(delivery_id))
        for delivery_id, history in histories_of(work, delivery_ids).items()
    }


def histories_of(work: Work, delivery_ids: Collection[UUID]) -> dict[UUID, DeliveryHistory]:
    """Return the same as `delivery_histories`, without checking the reader; with two queries for any number of them.

    Args:
        work: In the organisation of the deliveries.
        delivery_ids: The deliveries.
    """
    if not delivery_ids:
        return {}
    events, stored = _events(work, delivery_ids), _receipts(work, delivery_ids)
    return {
        delivery_id: DeliveryHistory(tuple(events[delivery_id]), tuple(stored[delivery_id]))
        for delivery_id in delivery_ids
    }


def _completed(work: Work, delivery_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the earlier delivery to the same recipient, by delivery. Recipients are sealed, so they are compared here.

    An attempt refers to the same (`queue.load`).
    """
    parameters = {"organisation": work.organisation_id, "ids": list(delivery_ids)}
    rows = QUERIES.completed.all(work.connection, parameters) if delivery_ids else []
    sealed = {row.id: row.recipient for row in rows} | {row.earlier_id: row.earlier_recipient for row in rows}
    addresses = {delivery_id: message_store.open_address(work, delivery_id, it) for delivery_id, it in sealed.items()}
    places = {delivery_id: (address.transport, address.value) for delivery_id, address in addresses.items()}
    return {row.id: row.earlier_id for row in rows if places[row.id] == places[row.earlier_id]}


def _events(work: Work, delivery_ids: Collection[UUID]) -> dict[UUID, list[DeliveryEvent]]:
    query = select(delivery_events).where(
        delivery_events.c.organisation_id == work.organisation_id, delivery_events.c.delivery_id.in_(delivery_ids)
    )
    events: defaultdict[UUID, list[DeliveryEvent]] = defaultdict(list)
    for row in work.connection.execute(query.order_by(delivery_events.c.at, delivery_events.c.id)):
        events[row.delivery_id].append(DeliveryEvent(row.at, row.state, Sentence.from_stored(row.detail)))
    return events


def _receipts(work: Work, delivery_ids: Collection[UUID]) -> dict[UUID, list[StoredReceipt]]:
    query = select(*without_bytes(receipts)).where(
        receipts.c.organisation_id == work.organisation_id, receipts.c.delivery_id.in_(delivery_ids)
    )
    stored: defaultdict[UUID, list[StoredReceipt]] = defaultdict(list)
    for row in work.connection.execute(query.order_by(receipts.c.received_at, receipts.c.id)):
        stored[row.delivery_id].append(_as_receipt(row))
    return stored


def _as_receipt(row: Row[Any]) -> StoredReceipt:
    reasons = tuple(Reason.from_stored(reason) for reason in row.reasons)
    return StoredReceipt(row.at, row.received_at, DeliveryState(row.state), row.applied, reasons)
