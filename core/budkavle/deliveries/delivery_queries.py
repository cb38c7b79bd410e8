"""What plugins ask about deliveries: which wait or are unopened, where some are now, what a transport has sent.

A system actor with READ asks, in nobody else's name; nothing is noted.
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
    """A message that has been handed over and whose receipt has not come.

    Attributes:
        id: The delivery.
        since: When its state last changed.
        transport: The transport's name.
        message_id: The message.
        mailbox_id: The mailbox that it was sent from.
    """

    id: UUID
    since: datetime
    transport: str
    message_id: UUID
    mailbox_id: UUID


@dataclass(frozen=True, slots=True)
class SentDelivery:
    """A delivery that has been tried, as a log of what was sent shows it; nothing of its content.

    Attributes:
        id: The delivery.
        purpose: Whether it carries a message or a receipt.
        state: Where it is now.
        created_at: When it was made.
        answers: The remote id of the message that a receipt is for; empty for a message.
    """

    id: UUID
    purpose: Purpose
    state: DeliveryState
    created_at: datetime
    answers: str = ""


@dataclass(frozen=True, slots=True)
class SentFilter:
    """Which of the sent deliveries are returned.

    Attributes:
        since: Only what was made at this time or later.
        before: Only what was made before this time.
        only: Only these deliveries, and the receipts that `answers` names; None for all.
        answers: Beside `only`: the remote id of a message whose receipts are wanted too.
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
        work: In the organisation whose deliveries they are.
        transport: The transport's name; None for all whose readers open the message. What waits there is unopened.
        before: Only those that have waited since before this time.
        since: Only those that have waited since this time or later.
        limit: The most to return.

    Returns:
        The deliveries, the one that has waited longest first.

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
    """Return the state of each delivery that there is.

    Args:
        work: In the organisation whose deliveries they are.
        delivery_ids: The deliveries.

    Returns:
        The states by delivery; an id that is no delivery of the organisation's is left out.

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
        work: In the organisation whose deliveries they are.
        delivery_ids: The deliveries.

    Returns:
        The deliveries without an opening, also those that have been recalled; an id that is no delivery of the
        organisation's is left out.

    Raises:
        Forbidden: The actor has no scope READ.
    """
    require_reader(work.actor)
    if not delivery_ids:
        return frozenset()
    parameters = {"organisation": work.organisation_id, "ids": list(delivery_ids)}
    return frozenset(row.id for row in QUERIES.unopened.all(work.connection, parameters))


def sent_deliveries(work: Work, transport: str, conditions: SentFilter, limit: int = 50) -> list[SentDelivery]:
    """Return what a transport has been given to send, also of messages that have been destroyed since.

    Args:
        work: In the organisation whose deliveries they are.
        transport: The transport's name.
        conditions: Which of them.
        limit: The most to return.

    Returns:
        The deliveries, the latest first; those that nothing has been done about yet are left out.

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
