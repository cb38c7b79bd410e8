"""The list of deliveries, and sending again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update

from budkavle import Host, NotFound, Sentence, Work, record
from budkavle_case_system.events import FAILED, WAITING, queue_up
from budkavle_case_system.tables import deliveries

PAGE: Final = 50
MOST_AGAIN: Final = 1_000
AGAIN: Final = "case_system.sent-again"
_C = deliveries.c


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries to list; None means all."""

    mailbox_id: UUID | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery to the case system.

    Attributes:
        fault: Why the last attempt failed, or why it was not delivered.
        is_sendable: Whether it may be sent again now: not while it waits to be sent.
    """

    id: UUID
    way: str
    kind: str
    state: str
    mailbox_id: UUID
    case_id: UUID
    happened_at: datetime
    tries: int
    fault: str
    tried_at: datetime | None
    acknowledged_at: datetime | None

    @property
    def is_sendable(self) -> bool:
        """Whether it may be sent again now: not while it waits to be sent."""
        return self.state != WAITING


def count(host: Host, work: Work, wanted: DeliveryFilter) -> dict[str, int]:
    """Return the number of deliveries by state, regardless of the state in the filter."""
    query = select(_C.state, func.count()).where(*_conditions(work, DeliveryFilter(wanted.mailbox_id)))
    with host.tables(work) as connection:
        rows = connection.execute(query.group_by(_C.state)).all()
    return {state: number for state, number in rows}  # noqa: C416 - mypy does not see the rows as pairs


def page(host: Host, work: Work, wanted: DeliveryFilter, first: int) -> list[Delivery]:
    """Return a page of deliveries, the latest first."""
    query = select(deliveries).where(*_conditions(work, wanted)).order_by(_C.happened_at.desc(), _C.id.desc())
    with host.tables(work) as connection:
        rows = connection.execute(query.offset(first).limit(PAGE)).all()
    return [_delivery(row) for row in rows]


def find(host: Host, work: Work, delivery_id: UUID) -> Delivery:
    """Return one delivery.

    Raises:
        NotFound: The organisation has none with this id.
    """
    query = select(deliveries).where(_C.organisation_id == work.organisation_id, _C.id == delivery_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("Leveransen finns inte.")
    return _delivery(row)


def send_again(host: Host, work: Work, delivery_id: UUID) -> None:
    """Send a delivery again. The receiver recognises it by the same id, with a new time and signature.

    Nothing happens if it already waits to be sent. The caller has checked the permission.
    """
    _again(host, work, [_C.id == delivery_id, _C.state != WAITING])


def send_failed_again(host: Host, work: Work, mailbox_id: UUID | None) -> int:
    """Send the failed ones again, at most 1,000 at once, and return the number."""
    conditions = _conditions(work, DeliveryFilter(mailbox_id, FAILED))
    query = select(_C.id).where(*conditions).order_by(_C.happened_at).limit(MOST_AGAIN)
    with host.tables(work) as connection:
        ids = connection.execute(query).scalars().all()
    return _again(host, work, [_C.id.in_(ids), _C.state == FAILED]) if ids else 0


def _again(host: Host, work: Work, conditions: Sequence[Any]) -> int:
    values = {"state": WAITING, "round": _C.round + 1, "fault": "", "acknowledged_at": None}
    statement = update(deliveries).where(_C.organisation_id == work.organisation_id, *conditions).values(values)
    with host.tables(work) as connection:
        rows = connection.execute(statement.returning(_C.id, _C.round, _C.mailbox_id)).all()
    for row in rows:
        queue_up(work, row.id, row.round)
        record(work, AGAIN, row.id, mailbox=str(row.mailbox_id))
    return len(rows)


def _conditions(work: Work, wanted: DeliveryFilter) -> list[Any]:
    conditions = [_C.organisation_id == work.organisation_id]
    if wanted.mailbox_id is not None:
        conditions.append(_C.mailbox_id == wanted.mailbox_id)
    if wanted.state is not None:
        conditions.append(_C.state == wanted.state)
    return conditions


def _delivery(row: Any) -> Delivery:
    return Delivery(
        row.id,
        row.way,
        row.kind,
        row.state,
        row.mailbox_id,
        row.case_id,
        row.happened_at,
        row.tries,
        Sentence.from_stored(row.fault),
        row.tried_at,
        row.acknowledged_at,
    )
