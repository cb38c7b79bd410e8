"""The only code that writes a delivery's state, except for a worker's claim, which is a function of the database.

The allowed transitions are in `budkavle.model.states`. Each write names the states it may come from, so that of two
concurrent writes, such as a receipt and the end of an attempt, the second changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, update

from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, DeliveryState, before
from budkavle.storage.database import CHANNEL
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import deliveries

_ANY = frozenset(DeliveryState)


class _Queries(QueryFile):
    move_delivery: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class StateChange:
    """A row for the delivery's timeline."""

    at: datetime
    state: DeliveryState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """A transition of a delivery: its new state, the reason as text, and when a worker may claim it again."""

    state: DeliveryState
    timeline: Sequence[StateChange]
    failure: str = ""
    remote_id: str | None = None
    pause: timedelta = timedelta(0)
    uncounted: bool = False
    """Whether the attempt does not count, because nothing was attempted."""


def move_statement(
    organisation_id: UUID,
    delivery_id: UUID,
    transition: Transition,
    *,
    held: Collection[DeliveryState] = _ANY,
    fence: int | None = None,
) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that moves one delivery, for a pipeline, and notifies open pages once it is committed.

    Args:
        organisation_id: The delivery's organisation.
        delivery_id: The delivery.
        transition: Its new state. The table says from which states it is allowed.
        held: It must also be in one of these states.
        fence: The number of the lease under which a worker moves it; None if no lease is needed.

    Returns:
        The statement and its values. It returns the delivery's id, message, case, purpose and transport if the
        delivery was moved.
    """
    return QUERIES.move_delivery, {
        "organisation": organisation_id,
        "id": delivery_id,
        "channel": CHANNEL,
        "fence": fence,
        "state": transition.state.value,
        "before": sorted(before(DELIVERY, transition.state) & frozenset(held)),
        "failure": Sentence(transition.failure).to_text(),
        "remote_id": transition.remote_id,
        "pause": transition.pause,
        "uncounted": int(transition.uncounted),
        "ats": [state_change.at for state_change in transition.timeline],
        "states": [state_change.state.value for state_change in transition.timeline],
        "details": [Sentence(state_change.detail).to_text() for state_change in transition.timeline],
    }


def delete(work: Work, which: ColumnElement[bool]) -> Sequence[UUID]:
    """Move deliveries to DELETED, each only if the table allows it from its current state.

    Args:
        work: In the organisation of the deliveries.
        which: Which deliveries.

    Returns:
        The ids of the moved ones.
    """
    allowed = deliveries.c.state.in_(sorted(before(DELIVERY, DeliveryState.DELETED)))
    condition = and_(deliveries.c.organisation_id == work.organisation_id, allowed, which)
    write = update(deliveries).where(condition).values(state=DeliveryState.DELETED.value, changed_at=func.now())
    return work.connection.execute(write.returning(deliveries.c.id)).scalars().all()
