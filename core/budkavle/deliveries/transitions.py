"""The only code that writes a delivery's state, but for the claim by a worker, which is a function of the database.

What may follow what stands in `budkavle.model.states`. Each write says from which states it may come, so that of two
that happen at once, such as a receipt and the end of an attempt, the second changes nothing.
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
    """A delivery's transition: its new state, the reason in words, and when a worker may claim it again."""

    state: DeliveryState
    timeline: Sequence[StateChange]
    failure: str = ""
    remote_id: str | None = None
    pause: timedelta = timedelta(0)
    uncounted: bool = False
    """Whether the attempt does not count, since nothing was tried."""


def move_statement(
    organisation_id: UUID,
    delivery_id: UUID,
    transition: Transition,
    *,
    held: Collection[DeliveryState] = _ANY,
    fence: int | None = None,
) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that moves one delivery, for a pipeline, and tells open pages once it is committed.

    Args:
        organisation_id: The delivery's organisation.
        delivery_id: The delivery.
        transition: What it comes to. The table says from which states.
        held: Of these states, those in which it must be.
        fence: The number of the lease under which a worker moves it; None for what needs no lease.

    Returns:
        The statement and its values. It gives the delivery's id, message, case, purpose and transport where the
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
    """Move deliveries to DELETED, each where the table allows it from the state that it is in.

    Args:
        work: In the organisation whose deliveries they are.
        which: Which deliveries.

    Returns:
        The ids of those that were moved.
    """
    allowed = deliveries.c.state.in_(sorted(before(DELIVERY, DeliveryState.DELETED)))
    condition = and_(deliveries.c.organisation_id == work.organisation_id, allowed, which)
    write = update(deliveries).where(condition).values(state=DeliveryState.DELETED.value, changed_at=func.now())
    return work.connection.execute(write.returning(deliveries.c.id)).scalars().all()
