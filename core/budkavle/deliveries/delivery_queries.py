"""Queries of plugins about deliveries: which wait or are unopened, their states, and what a transport has sent.

They are for a system actor with READ, not on behalf of a user; nothing is logged.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from budkavle.accounts.permissions import require_reader
from budkavle.model.messages import Purpose
from budkavle.model.states import DeliveryState
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    waiting: Statement
    states: Statement
    unopened: Statement
    sent: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A message that has been handed over and whose receipt has not arrived.

    Attributes:
        id: The delivery.
        since: When its state last changed.
        transport: The transport's name.
        message_id: The message.
        mailbox_id: The mailbox it was sent from.
    """

    id: UUID
    since: datetime
    transport: str
    message_id: UUID
    mailbox_id: UUID


@dataclass(frozen=True, slots=True)
class SentDelivery:
    """A delivery that has been attempted, for a log of what was sent; without content.

    Attributes:
        id: The delivery.
        purpose: Whether it carries a message or a receipt.
        state: Its current state.
        created_at: When it was created.
        answers: The remote id of the message that a receipt answers; empty for a message.
    """

    id: UUID
    purpose: Purpose
    state: DeliveryState
    created_at: datetime
    answers: str = ""


@dataclass(frozen=True, slots=True)
class SentFilter:
    """Which of the sent deliveries to return.

    Attributes:
        since: Only deliveries created at this time or later.
        before: Only deliveries created before this time.
        only: Only these deliveries, and the receipts that `answers` selects; None for all.
        answers: In addition to `only`: the remote id of a message whose receipts to return too.
    """

    since: datetime
    before: datetime
    only: Collection[UUID] | None = None
    answers: str | None = None


def waiting_deliveries(
    work: Work,
    transport: str | None,
    *,
    before: datetime,
    since: datetime | None = None,
    limit: int = 500,
) -> list[WaitingDelivery]:
    """Return the messages of a transport that wait for their receipt.

    Args:
        work: In the organisation of the deliveries.
        transport: The transport's name; None for all transports with readers, where waiting means unopened.
        before: Only those that have waited since before this time.
        since: Only those that have waited since this time or later.
        limit: The most to return.

    Returns:
        The deliveries, the longest waiting first.

    Raises:
        Forbidden: The actor has no scope READ.

    Example:
        overdue = waiting_deliveries(work, "sdk", before=now - timedelta(hours=4))
        unopened = waiting_deliveries(work, None, before=now - timedelta(days=7))
    """
    require_reader(work.actor)
    transports = work.platform.plugins.transports
    opened = [name for name, one in transports.items() if one.capabilities.family]
    parameters = {
        "organisation": work.organisation_id,
        "transports": opened if transport is None else [transport],
        "before": before,
        "since": since,
        "limit": limit,
    }
    return [
        WaitingDelivery(row.id, row.changed_at, row.transport, row.message_id, row.mailbox_id)
        for row in QUERIES.waiting.all(work.connection, parameters)
    ]


def delivery_states(work: Work, delivery_ids: Collection[UUID]) -> dict[UUID, DeliveryState]:
    """Return the states of deliveries.

    Args:
        work: In the organisation of the deliveries.
        delivery_ids: The deliveries.

    Returns:
        The states by delivery; ids that are not deliveries of the organisation are left out.

    Raises:
        Forbidden: The actor has no scope READ.
    """
    require_reader(work.actor)
    if not delivery_ids:
        return {}
    parameters = {"organisation": work.organisation_id, "ids": list(delivery_ids)}
    return {row.id: DeliveryState(row.state) for row in QUERIES.states.all(work.connection, parameters)}


def unopened_deliveries(work: Work, delivery_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the deliveries that have not been opened.

    Args:
        work: In the organisation of the deliveries.
        delivery_ids: The deliveries.

    Returns:
        The unopened deliveries, including recalled ones; ids that are not deliveries of the organisation are left out.

    Raises:
        Forbidden: The actor has no scope READ.
    """
    require_reader(work.actor)
    if not delivery_ids:
        return frozenset()
    parameters = {"organisation": work.organisation_id, "ids": list(delivery_ids)}
    return frozenset(row.id for row in QUERIES.unopened.all(work.connection, parameters))


def sent_deliveries(work: Work, transport: str, conditions: SentFilter, limit: int = 50) -> list[SentDelivery]:
    """Return the deliveries that a transport has been given to send, including those of destroyed messages.

    Args:
        work: In the organisation of the deliveries.
        transport: The transport's name.
        conditions: Which of them.
        limit: The most to return.

    Returns:
        The deliveries, the latest first; those not yet started are left out.

    Raises:
        Forbidden: The actor has no scope READ.
    """
    require_reader(work.actor)
    parameters = {
        "organisation": work.organisation_id,
        "transport": transport,
        "since": conditions.since,
        "before": conditions.before,
        "ids": None if conditions.only is None else list(conditions.only),
        "answers": conditions.answers,
        "limit": limit,
    }
    return [
        SentDelivery(row.id, Purpose(row.purpose), DeliveryState(row.state), row.created_at, row.answers)
        for row in QUERIES.sent.all(work.connection, parameters)
    ]
